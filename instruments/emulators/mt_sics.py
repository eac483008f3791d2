"""A Mettler Toledo terminal over a `ForcePlant`, as MT-SICS lines.

Rules: as the device: weights are whole steps; a weight is stable if it is that of the last
question; zero and tare shift what is shown; over- and underload are 9 steps beyond full scale. A
force that is not a number is a load cell that is not connected: `S I` [B]. `SIR` is not known here:
an emulator speaks when it is spoken to.

Source and marks: as in `instruments.codecs.mt_sics`. [A] Names and serial number.
"""

from collections.abc import Callable

from instruments.emulators.connection import Connection, of_lines
from instruments.loadcell.mt_sics import MtSicsOptions
from instruments.protocols import ForcePlant

SERIAL = "B123456789"
TOLERANCE = 9  # steps beyond full scale that are still weighed
ABOUT = {
    "I1": '"01" "2.30" "2.20" "" ""',
    "I2": '"IND570 Standard"',
    "I3": '"2.03 30237850"',
    "I4": f'"{SERIAL}"',
    "I11": '"IND570"',
}


class MtSicsEmulator:
    """`Emulator` of one terminal, over load cell 0."""

    def __init__(self, plant: ForcePlant, options: MtSicsOptions) -> None:
        self._plant = plant
        self._options = options
        self._full = options.full_scale_n / options.division_n
        self._decimals = max(-_exponent(options.step), 0)
        self._zero = self._tare = 0
        self._last: int | None = None
        self._own = self.line()
        self._commands: dict[str, Callable[[str], str]] = {
            "SI": self._weigh,
            "S": self._weigh,
            "Z": self._set_zero,
            "ZI": self._set_zero,
            "T": self._set_tare,
            "TI": self._set_tare,
            "TA": self._shown_tare,
            "TAC": self._clear_tare,
            "@": lambda _: _about("I4"),
            **dict.fromkeys(ABOUT, _about),
        }

    def line(self) -> Connection[bytes]:
        """Another connection to the same terminal, with its own half line."""
        return of_lines(self.hear)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._own.receive(data, t_ns)

    def hear(self, line: bytes) -> bytes:
        """One line; what is answered."""
        head = line.decode("latin-1").strip()
        act = self._commands.get(head)
        return ((act(head) if act else "ES") + "\r\n").encode()

    def _raw(self) -> int | None:
        """Steps on the load cell; None where it is not connected."""
        force_n = self._plant.force_n(0)
        return None if force_n != force_n else round(force_n / self._options.division_n)

    def _weigh(self, _: str) -> str:
        raw = self._raw()
        if raw is None:
            return "S I"
        if abs(raw) > self._full + TOLERANCE:
            return "S +" if raw > 0 else "S -"
        steps = raw - self._zero - self._tare
        stable, self._last = steps == self._last, steps
        return f"S {'S' if stable else 'D'} {self._shown(steps)}"

    def _shown(self, steps: int) -> str:
        value = steps * self._options.step
        return f"{value:10.{self._decimals}f} {self._options.weighs_in}"

    def _set_zero(self, head: str) -> str:
        raw = self._raw()
        if raw is None:
            return f"{head} I"
        self._zero, self._tare = raw, 0
        return "ZI S" if head == "ZI" else "Z A"

    def _set_tare(self, head: str) -> str:
        raw = self._raw()
        if raw is None:
            return f"{head} I"
        self._tare = raw - self._zero
        return f"{head} S {self._shown(self._tare)}"

    def _shown_tare(self, head: str) -> str:
        return f"{head} A {self._shown(self._tare)}"

    def _clear_tare(self, head: str) -> str:
        self._tare = 0
        return f"{head} A"


def _about(head: str) -> str:
    return f"{head} A {ABOUT[head]}"


def _exponent(step: float) -> int:
    """Place of the last digit of a step: -1 for 0.1, -3 for 0.005."""
    text = f"{step:.9f}".rstrip("0")
    return -len(text.partition(".")[2])
