"""An Alicat pressure controller with a press behind it, as ASCII lines, over a `PressPlant`.

Rules: as the device: commands in either case, each answered by one line; what it does not know by
`?`; other units' lines are heard by nobody; the letter with bare digits is a share of 64 000 of
full scale. A hold keeps the press as it is until it is cancelled. The plant's counts are pressures
of `per_count`.

Source and marks: as in `instruments.press.alicat`. [A] Names and serial number.
"""

import re
from collections.abc import Callable

from instruments.codecs import alicat as codec
from instruments.emulators.connection import Connection, of_lines
from instruments.press.alicat import AlicatOptions
from instruments.protocols import PressPlant

INFORMATION = (
    "Alicat Scientific", "www.alicat.com", "Ph   520-290-6060", "info@alicat.com",
    "Model Number PCD-100PSIG-D", "Serial Number 123456", "Date Manufactured 01/01/2024",
    "Date Calibrated   01/01/2024", "Calibrated By     AB", "Software Revision 10v05",
)  # fmt: skip
VERSION = "10v05.0-R24 Jan  9 2025,15:04:07"
FULL_SHARE = 64_000
UNIT_CODE, UNIT_LABEL = 10, "PSIG"
GAUGE_PRESSURE = 38  # register 122: what is controlled


class AlicatEmulator:
    """`Emulator` of one controller."""

    def __init__(self, plant: PressPlant, options: AlicatOptions) -> None:
        self._plant = plant
        self._options = options
        self._held = ""
        self._line = self.line()
        self.setpoint = options.per_count * plant.target()
        acts: tuple[tuple[str, Callable[[str], str]], ...] = (
            ("()", self._frame),
            (r"S\s*([+-]?\d+(?:\.\d+)?)", self._set_and_frame),
            (r"LS\s+([+-]?\d+(?:\.\d+)?)(?:\s+\d+)?", self._set),
            ("(LS)", self._setpoints),
            (r"(\d+)", self._set_share),
            (r"(?:\$\$)?(HP?|HC)", self._hold),
            (r"(?:\$\$)?(C)", self._cancel),
            ("(VE)", lambda _: f"   {VERSION}"),
            (r"\?\?(M)\*", _information),
            ("(R122)", lambda _: f"   122 = {GAUGE_PRESSURE}"),
        )
        self._commands = tuple((re.compile(pattern), act) for pattern, act in acts)

    def reset(self) -> None:
        """As after a loss of supply: no setpoint, no pressure."""
        self._held, self.setpoint = "", 0.0
        self._plant.move_to(0)

    def line(self) -> Connection[bytes]:
        """Another connection to the same controller, with its own half line."""
        return of_lines(self.hear, codec.END)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._line.receive(data, t_ns)

    def hear(self, line: bytes) -> bytes:
        """One line; what is answered."""
        text = line.decode("latin-1").strip().upper()
        if text[:1] not in (self._options.unit, "*"):
            return b""
        for pattern, act in self._commands:
            found = pattern.fullmatch(text[1:].strip())
            if found:
                answer = act(found[1])
                break
        else:
            answer = f" {codec.UNKNOWN}"
        said = (f"{self._options.unit}{line}" for line in answer.split("\n"))
        return b"".join(one.encode() + codec.END for one in said)

    def _frame(self, _: str) -> str:
        pressure = self._plant.position() * self._options.per_count
        held = f" {self._held}" if self._held else ""
        return f" {self._shown(pressure)} {self._shown(self.setpoint)}{held}"

    def _shown(self, value: float) -> str:
        decimals = self._options.decimals
        return f"{value:+0{5 + decimals}.{decimals}f}"

    def _setpoints(self, _: str) -> str:
        shown = self._shown(self.setpoint)
        return f" {shown} {shown} {UNIT_CODE} {UNIT_LABEL}"

    def _set(self, text: str) -> str:
        value = float(text)
        if not self._options.least <= value <= self._options.full_scale:
            return f" {codec.UNKNOWN}"
        self.setpoint = round(value, self._options.decimals)
        if not self._held:
            self._plant.move_to(round(self.setpoint / self._options.per_count))
        return self._setpoints("")

    def _set_and_frame(self, text: str) -> str:
        said = self._set(text)
        return said if said.endswith(codec.UNKNOWN) else self._frame("")

    def _set_share(self, text: str) -> str:
        return self._set_and_frame(str(self._options.full_scale * int(text) / FULL_SHARE))

    def _hold(self, _: str) -> str:
        self._held = "HLD"
        self._plant.stop()
        return self._frame("")

    def _cancel(self, _: str) -> str:
        if self._held:
            self._held = ""
            self._plant.move_to(round(self.setpoint / self._options.per_count))
        return self._frame("")


def _information(_: str) -> str:
    return "\n".join(f"  M{number:02d} {text}" for number, text in enumerate(INFORMATION))
