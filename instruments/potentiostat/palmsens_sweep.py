"""What a PalmSens potentiostat says while it measures a spectrum, line by line. PURE.

The script measures the potential at rest first, a package each interval, and then one package for
each point; an empty line ends it. A package that is damaged is a point without a value, since the
device does not say it again; the same package twice is one point. What is an overload is in the
status of each value.
"""

import math

from instruments.codecs import methodscript
from instruments.codecs.methodscript import FREQUENCY, IMAGINARY, OVERLOAD, POTENTIAL, REAL
from instruments.protocols import BadReply, CellReading, DeviceRefused, Sweep, SweepPoint

LEAST_S = 0.2  # a point takes so long at any frequency, with the change of ranges [A]
PERIODS = 3.0  # and so many periods: one to settle, two that are measured [A]
SILENT_POINTS = 3.0  # times what the slowest point takes: no longer is the device silent [A]
SILENT_S = 5.0  # beside that [A]


def point_s(frequency_hz: float) -> float:
    """How long a point takes, likely, s."""
    return LEAST_S + PERIODS / frequency_hz


class SweepUnderWay:
    """The points of one spectrum as they come."""

    def __init__(self, number: int, sweep: Sweep) -> None:
        """Nothing has come."""
        self.number, self.sweep = number, sweep
        self.points = 0  # so far
        self.over = False
        self.error: DeviceRefused | None = None  # that ended it
        self._rest_v: float | None = None  # the newest potential at rest
        self._begun = False  # the potential at rest is known, and the cell on
        self._last = ""  # package
        self._new: list[SweepPoint] = []

    def reading(self, t_ns: int) -> CellReading | None:
        """What is known of the cell at `t_ns`: at rest its potential, later that it is on."""
        if self._begun:
            return CellReading(math.nan, math.nan, True, False, t_ns, 0, absent=True)
        if self._rest_v is None:
            return None
        return CellReading(self._rest_v, 0.0, False, False, t_ns, 0)

    def silent_ns(self) -> int:
        """How long the device says nothing, at most, ns."""
        slowest_hz = min(self.sweep.start_hz, self.sweep.end_hz)
        return round(1e9 * (SILENT_S + SILENT_POINTS * point_s(slowest_hz)))

    def take(self, line: str) -> None:
        """One line of what the device says."""
        if self.over:
            return
        self.error = methodscript.refusal(line)
        if not line or self.error is not None:
            self.end()
        elif line.startswith("*"):
            self._begun = True
        elif line.startswith("P"):
            self._take_package(line)

    def end(self) -> None:
        """No more will come."""
        if not self.over:
            self.over = True
            self._new.append(SweepPoint(self.number, 0))

    def taken(self) -> tuple[SweepPoint, ...]:
        """What has come since the last call."""
        new, self._new = tuple(self._new), []
        return new

    def _take_package(self, line: str) -> None:
        try:
            values = methodscript.package(line)
        except BadReply:
            values = {}
        if not self._begun:
            potential = values.get(POTENTIAL)
            self._rest_v = potential.value if potential else self._rest_v
            return
        if line == self._last:  # the line said it twice: no two points have one frequency
            return
        self._last = line
        self.points += 1
        point = SweepPoint(self.number, self.points, doubtful=True)
        if {FREQUENCY, REAL, IMAGINARY} <= values.keys():
            of = [values[kind] for kind in (FREQUENCY, REAL, IMAGINARY)]
            hertz, real_ohm, imaginary_ohm = [one.value for one in of]
            over = any(one.status & OVERLOAD for one in of)
            doubtful = over or any(math.isnan(one.value) for one in of)
            point = SweepPoint(self.number, self.points, hertz, real_ohm, imaginary_ohm, doubtful)
        self._new.append(point)
