"""Mantracourt digitisers on one line over a `ForcePlant`, by their ASCII protocol.

Rules: as the device: other stations' lines and broadcasts (station 000) are not answered, what is
not known is answered by `?`. STAT says how it is now, FLAG what has been since `FLAG=0`. A force
that is not a number is a load cell without integrity, and its value stays at the rail.

Source and marks: as in `instruments.loadcell.mantracourt_dsc`. [A] Numbers and temperature.
"""

import re
from collections.abc import Callable

from instruments.codecs import mantracourt_dsc as codec
from instruments.emulators.connection import Connection, of_lines
from instruments.loadcell import mantracourt_dsc as dsc
from instruments.loadcell.each import of_each
from instruments.protocols import ForcePlant

SERIAL, VERSION = 3 << 16 | 4711, 3 << 8 | 4
ABOVE, BELOW, RAW_ABOVE = 1 << 9, 1 << 8, 1 << 7
_LINE = re.compile(r"!(\d{3}):([A-Z0-9]{2,4})(\?|=(.*))?")


class Digitiser:
    """One station."""

    def __init__(
        self, plant: ForcePlant, cell: int, division_n: float, full_scale_n: float, step: float
    ) -> None:
        self._plant = plant
        self._cell = cell
        self._per_n = step / division_n
        self._full = full_scale_n * self._per_n
        self._flags = 0
        self._queries: dict[str, Callable[[], str]] = {
            "SYS": lambda: f"{self._read()[0]:+.4f}",
            "STAT": lambda: str(self._read()[1]),
            "FLAG": lambda: str(self._flags),
            "TEMP": lambda: "+23.0",
            "VER": lambda: str(VERSION),
            "SERH": lambda: str((SERIAL + cell) >> 16),
            "SERL": lambda: str((SERIAL + cell) & 0xFFFF),
        }

    def answer(self, name: str, said: str, value: str) -> str:
        """What follows the station and a colon: name, `?` or `=value`."""
        if said == "?":
            ask = self._queries.get(name)
            return ask() if ask else codec.REFUSED
        if name == "FLAG" and value == "0":
            self._flags = 0
            return ""
        return codec.REFUSED

    def _read(self) -> tuple[float, int]:
        """SYS and STAT."""
        force_n = self._plant.force_n(self._cell)
        if force_n != force_n:
            value, status = 1.1 * self._full, dsc.INTEGRITY | RAW_ABOVE
        else:
            value = force_n * self._per_n
            status = ABOVE if value > self._full else BELOW if value < -self._full else 0
        self._flags |= status
        return value, status


class MantracourtDscEmulator:
    """`Emulator` of all stations on one line, over load cells 0, 1, 2, …"""

    def __init__(self, plant: ForcePlant, options: dsc.MantracourtDscOptions) -> None:
        scales_n = of_each(options.full_scale_n, options.units)
        divisions_n = of_each(options.division_n, options.units)
        self._stations = {
            number: Digitiser(plant, cell, divisions_n[cell], scales_n[cell], options.step)
            for cell, number in enumerate(options.units)
        }
        self._own = self.line()

    def line(self) -> Connection[bytes]:
        """Another connection to the same stations, with its own half line."""
        return of_lines(self.hear, codec.END)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._own.receive(data, t_ns)

    def hear(self, line: bytes) -> bytes:
        """One line; what is answered."""
        found = _LINE.fullmatch(line.decode("latin-1").strip())
        station = self._stations.get(int(found[1])) if found else None
        if found is None or station is None:
            return b""
        return station.answer(found[2], found[3] or "", found[4] or "").encode() + codec.END
