"""Another program's clock on ours, from when its rows arrive. Pure; times in s.

A row cannot arrive before it was measured, and what holds it up (buffers, a network share, our own
looks) only adds. So of `arrival - time` the smallest values are the clock's offset, and a line
below all of them is offset and drift. The smallest of each minute is kept; the line is the edge of
their lower convex hull above the middle (as for clocks of packets: Moon, Skelly & Towsley, 1999).
A delay that every row has does not show: it has to be declared, or found afterwards from steps of
current (`isostack merge`).
"""

from bisect import insort
from collections import deque
from itertools import pairwise

BIN_S = 60.0
MOST_BINS = 240  # four hours: the drift of a clock goes with the room's temperature
LEAST_BINS = 15  # a drift from less would be chance
MOST_DRIFT = 5e-4  # clocks of computers are within 1e-4 [B]
LATEST = 600  # rows of which the lateness is told

Point = tuple[float, float]


class Arrivals:
    """Offset and drift of one clock."""

    def __init__(self) -> None:
        self._origin: Point | None = None  # time and arrival of the first row
        self._bins: deque[Point] = deque(maxlen=MOST_BINS)  # time, least of arrival - time
        self._open: Point | None = None  # the bin that is being filled
        self._offset_s = self._drift = 0.0

    def add(self, time_s: float, arrival_s: float) -> None:
        """A row that came at `arrival_s` of our clock."""
        if self._origin is None:
            self._origin = (time_s, arrival_s)
        t, delay_s = (
            time_s - self._origin[0],
            (arrival_s - self._origin[1]) - (time_s - self._origin[0]),
        )
        if self._open is not None and t - self._open[0] < BIN_S:
            if delay_s < self._open[1]:
                self._open = (self._open[0], delay_s)
        else:
            if self._open is not None:
                self._bins.append(self._open)
                self._fit()
            self._open = (t, delay_s)
        if delay_s < self._offset_s + self._drift * t:  # nothing arrives before it is measured
            self._offset_s = delay_s - self._drift * t

    def measured_s(self, time_s: float) -> float:
        """When a row of this time was measured, on our clock; before the first row, that time."""
        if self._origin is None:
            return time_s
        t = time_s - self._origin[0]
        return self._origin[1] + t + self._offset_s + self._drift * t

    @property
    def is_fitted(self) -> bool:
        """Whether a row has come."""
        return self._origin is not None

    @property
    def drift(self) -> float:
        """How much slower the program's clock runs than ours, s/s; 0 while it is not known."""
        return self._drift

    @property
    def spread_s(self) -> float:
        """By how much the smallest delays of minutes differ, in the middle."""
        over = sorted(d - self._offset_s - self._drift * t for t, d in self._bins)
        return over[len(over) // 2] if over else 0.0

    def _fit(self) -> None:
        points = list(self._bins)
        self._drift, self._offset_s = 0.0, min(delay for _, delay in points)
        if len(points) < LEAST_BINS:
            return
        middle = sum(t for t, _ in points) / len(points)
        for (t0, d0), (t1, d1) in pairwise(_lower_hull(points)):
            if t0 <= middle <= t1 and t1 > t0:
                drift = (d1 - d0) / (t1 - t0)
                if abs(drift) <= MOST_DRIFT:
                    self._drift, self._offset_s = drift, d0 - drift * t0
                return


def _lower_hull(points: list[Point]) -> list[Point]:
    """Of points whose times rise."""
    hull: list[Point] = []
    for point in points:
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_down(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) <= (b[1] - a[1]) * (c[0] - a[0])


class Lateness:
    """How late the last rows were when they came."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=LATEST)

    def add(self, late_s: float) -> None:
        """One row."""
        self._last.append(late_s)

    def __len__(self) -> int:
        return len(self._last)

    def middle_and_most_s(self) -> tuple[float, float]:
        """Half of them, and all of them, came within this; NaN without a row."""
        if not self._last:
            return float("nan"), float("nan")
        ordered: list[float] = []
        for late_s in self._last:
            insort(ordered, late_s)
        return ordered[len(ordered) // 2], ordered[-1]
