"""One waveform read at different times through different filters: rows know one instant.

No real time: readings are made as drivers make them, made into samples and frames, and put into
rows. Each port has an exchange, a filter whose latency is declared, and turns that come late.
"""

import math
import random
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from fixture.core.config import Config
from fixture.record.synchronize import LogRow, Synchronizer
from fixture.runtime.tick import Latest, Moment, begin, run_tick
from instruments.protocols import CellReading, ForceReading, PressReading
from tests.core import bench

MS = 1_000_000
TICK_NS = 10 * MS
START_NS = 123_456_789_000
CURRENT_A = 1e-3
STEP_NS = 3_003 * MS  # when the current changes its sign
RESISTANCE_OHM = 100.0
NEWTON_PER_COUNT = 0.001  # so fine that quantising is not what is seen
STEEP = 0.7  # part of the steepest slope from which a value tells its time
OMEGA = 2.0 * math.pi * 0.5
SWING_N, SWING_V = 1000.0, 0.5


def make_config() -> Config:
    """100 Hz, 50 rows a second, and no limit that this force or voltage could meet."""
    config = bench.config((bench.press_row(5.0, 1e6), bench.END), tick_s=0.01)
    cells = replace(config.load_cells, newton_per_count=(NEWTON_PER_COUNT,) * 3)
    return replace(config, load_cells=cells, log_ns=20 * MS)


CONFIG = make_config()


class Line(NamedTuple):
    """How a port reads: filter, half an exchange, when in its turn, and turns to a reading."""

    filter_ns: int = 0  # first order; its declared latency
    half_ns: int = 0
    after_ns: int = 0  # from the tick that wakes it to the middle of the exchange
    every: int = 1
    off: float = 0.0  # where in the exchange it really measures: -1 begin, 0 middle, 1 end

    def middle_ns(self, tick: int) -> int:
        """Since the start of the run: of the newest exchange that this tick can know."""
        return (tick - 1) // self.every * self.every * TICK_NS + self.after_ns

    def seen(self, middle_ns: int) -> float:
        """-1 to 1: the waveform behind the filter."""
        lag = OMEGA * self.filter_ns * 1e-9
        measured_s = (middle_ns + self.off * self.half_ns) * 1e-9
        return math.sin(OMEGA * measured_s - math.atan(lag)) / math.hypot(1.0, lag)

    def t_ns(self, middle_ns: int) -> int:
        """What a driver gives as the reading's time."""
        return START_NS + middle_ns - self.filter_ns


def current_a(t_ns: int) -> float:
    """Charges, then discharges."""
    return CURRENT_A if t_ns < STEP_NS else -CURRENT_A


def resting(t_ns: int) -> float:
    """No current at any time."""
    del t_ns
    return 0.0


def rows(force: Line, cell: Line, current: Callable[[int], float] = current_a) -> list[LogRow]:
    """Six seconds at 100 Hz; ticks are up to a millisecond late, and a few are missing."""

    @cache
    def forces(middle_ns: int) -> ForceReading:
        count = round((2000.0 + SWING_N * force.seen(middle_ns)) / 3.0 / NEWTON_PER_COUNT)
        return ForceReading((count,) * 3, False, force.t_ns(middle_ns), force.half_ns)

    @cache
    def cells(middle_ns: int) -> CellReading:
        amperes = current(middle_ns)
        volts = 2.5 + SWING_V * cell.seen(middle_ns) + RESISTANCE_OHM * amperes
        return CellReading(volts, amperes, True, False, cell.t_ns(middle_ns), cell.half_ns)

    chance = random.Random(1)
    state, synchronizer = begin(CONFIG), Synchronizer(CONFIG, 0)
    made: list[LogRow] = []
    for tick in range(2, 600):
        if chance.random() < 0.01:
            continue
        press = PressReading(0, False, False, False, math.nan, START_NS + tick * TICK_NS, 0)
        latest = Latest(forces(force.middle_ns(tick)), press, cells(cell.middle_ns(tick)))
        state, frame = run_tick(
            CONFIG, state, Moment(tick, START_NS, chance.randrange(1000), 1), latest
        )
        made += synchronizer.add(frame)
    return made[5:]


def steep(made: Iterable[LogRow]) -> list[tuple[LogRow, float, float]]:
    """Rows that tell their time, with the waveform and its slope there."""
    told: list[tuple[LogRow, float, float]] = []
    for row in made:
        phase = OMEGA * row.t_ns * 1e-9
        if abs(math.cos(phase)) >= STEEP:
            told.append((row, math.sin(phase), OMEGA * math.cos(phase)))
    assert len(told) > 100
    return told


def skews_s(made: Iterable[LogRow]) -> list[tuple[LogRow, float, float]]:
    """By how much pressure and voltage are ahead of their row."""
    return [
        (
            row,
            ((row.force_n - 2000.0) / SWING_N - wave) / slope,
            ((row.voltage_v - 2.5 - RESISTANCE_OHM * row.current_a) / SWING_V - wave) / slope,
        )
        for row, wave, slope in steep(made)
    ]


LINES = (
    (Line(), Line()),
    (Line(half_ns=4 * MS, after_ns=4 * MS), Line(half_ns=MS // 2, after_ns=MS // 2)),
    (Line(filter_ns=20 * MS, after_ns=4 * MS), Line(filter_ns=10 * MS, after_ns=MS)),
    (Line(filter_ns=3 * MS, after_ns=9 * MS, every=2), Line(filter_ns=20 * MS, every=3)),
)


@pytest.mark.parametrize(("force", "cell"), LINES)
def test_ages_and_filters_leave_no_skew_in_a_row(force: Line, cell: Line) -> None:
    for _, pressure_s, voltage_s in skews_s(rows(force, cell, resting)):
        assert abs(pressure_s) < 1e-3
        assert abs(voltage_s) < 1e-3
        assert abs(pressure_s - voltage_s) < 1e-3


def test_a_delay_that_is_not_declared_is_seen() -> None:
    late = [
        pressure_s - voltage_s
        for _, pressure_s, voltage_s in skews_s(
            rows(Line(half_ns=5 * MS, off=-1.0), Line(), resting)
        )
    ]
    assert sum(late) / len(late) == pytest.approx(-5e-3, abs=2e-4)


@pytest.mark.parametrize("off", [-1.0, -0.5, 0.0, 1.0])
def test_the_stated_uncertainty_covers_wherever_in_the_exchange_was_measured(off: float) -> None:
    made = rows(
        Line(half_ns=4 * MS, after_ns=4 * MS, off=off), Line(half_ns=MS, after_ns=MS, off=-off)
    )
    told = skews_s(made)
    spare_s = 1e-4  # bow of the waveform between two readings, and microseconds cut off
    true = [
        abs(pressure_s) <= row.uncertainty_force_us * 1e-6 + spare_s
        and abs(voltage_s) <= row.uncertainty_cell_us * 1e-6 + spare_s
        for row, pressure_s, voltage_s in told
    ]
    assert sum(true) >= 0.99 * len(true)


@pytest.mark.parametrize(("force", "cell"), LINES)
def test_no_row_lies_on_a_step_of_current(force: Line, cell: Line) -> None:
    made = rows(force, cell)
    assert {round(row.current_a, 9) for row in made} == {CURRENT_A, -CURRENT_A}
    wave = [(row.voltage_v - 2.5 - RESISTANCE_OHM * row.current_a) / SWING_V for row in made]
    assert all(abs(value) <= 1.0 + 1e-6 for value in wave)


def test_at_a_step_of_current_the_distance_of_the_nearest_reading_is_stated() -> None:
    made = rows(Line(after_ns=4 * MS), Line(after_ns=4 * MS, every=8))
    near = [row for row in made if abs(row.t_ns - STEP_NS) < 40 * MS]
    assert max(row.uncertainty_cell_us for row in near) > 10_000
    for row, pressure_s, voltage_s in skews_s(made):
        assert abs(pressure_s) <= row.uncertainty_force_us * 1e-6 + 1e-3
        assert abs(voltage_s) <= row.uncertainty_cell_us * 1e-6 + 5e-3


def test_a_run_without_a_step_takes_no_nearest() -> None:
    made = rows(Line(half_ns=MS), Line(half_ns=2 * MS, every=2), resting)
    assert {row.uncertainty_force_us for row in made} == {1000}
    assert {row.uncertainty_cell_us for row in made} == {2000}
