"""A program that cycles the cell and writes its table: rows at its own pace, late as declared.

Rules: it never commands the cell; whoever runs the plant does. A row has the time at which it was
measured; it is in the file `emulated_late_ms` later. What is received asks for what the file has
more than before. The table is that of the form in the options (BDF where they leave it open).
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from instruments.potentiostat.follow_file import FollowFileOptions
from instruments.protocols import CellPlant


class Written(NamedTuple):
    """How a form is written: what stands above the rows, and one row of s, V and A."""

    header: str
    row: Callable[[float, float, float], str]


def _bdf(time_s: float, voltage_v: float, current_a: float) -> str:
    return f"{time_s:.3f},{voltage_v:.6f},{current_a:.9f}\n"


def _biologic(time_s: float, voltage_v: float, current_a: float) -> str:
    return f"1\t{time_s:.6f}\t{voltage_v:.6f}\t{1e3 * current_a:.6f}\r\n".replace(".", ",")


def _clock(time_s: float) -> str:
    minutes, rest = divmod(time_s, 60.0)
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}:{rest:06.3f}"


def _neware(time_s: float, voltage_v: float, current_a: float) -> str:
    return f"1,1,{_clock(time_s)},{1e3 * current_a:.6f},{voltage_v:.6f}\r\n"


def _landt(time_s: float, voltage_v: float, current_a: float) -> str:
    return f"1\t{time_s:.2f}\t{1e3 * current_a:.6f}\t{voltage_v:.6f}\r\n"


BIOLOGIC_HEADER = (
    "EC-Lab ASCII FILE\r\nNb header lines : 5\r\n\r\n"
    "Galvanostatic Cycling with Potential Limitation\r\nmode\ttime/s\tEwe/V\t<I>/mA\r\n"
)
WRITTEN: dict[str, Written] = {
    "bdf": Written("Test Time / s,Voltage / V,Current / A\n", _bdf),
    "biologic": Written(BIOLOGIC_HEADER, _biologic),
    "neware": Written("DataPoint,Step Index,Total Time,Current(mA),Voltage(V)\r\n", _neware),
    "landt": Written("Index\tTestTime/Sec.\tCurrent/mA\tVoltage/V\r\n", _landt),
}


class FollowFileEmulator:
    """`Emulator` of one such program; `tick` tells it the time."""

    def __init__(self, plant: CellPlant, options: FollowFileOptions) -> None:
        self._plant = plant
        self._every_ns = round(1e6 * options.emulated_every_ms)
        self._late_ns = round(1e6 * options.emulated_late_ms)
        self._written = WRITTEN.get(options.form, WRITTEN["bdf"])
        self._held: deque[tuple[int, str]] = deque([(0, self._written.header)])
        self._next_ns = 0

    def tick(self, t_ns: int) -> None:
        """Measure, where a row is due; what was missed is left out."""
        if t_ns < self._next_ns:
            return
        self._next_ns = t_ns - t_ns % self._every_ns + self._every_ns
        row = self._written.row(1e-9 * t_ns, self._plant.voltage_v(), self._plant.current_a())
        self._held.append((t_ns + self._late_ns, row))

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """What has come into the file since the last time."""
        del data
        text = ""
        while self._held and self._held[0][0] <= t_ns:
            text += self._held.popleft()[1]
        return text.encode()
