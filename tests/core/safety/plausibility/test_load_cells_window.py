"""One window of load cells against each other: each number of it, at its limit and beyond."""

from typing import Any

import msgspec
import pytest

from fixture.core import config as c
from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import load_cells
from fixture.core.safety.plausibility.load_cells import (
    AVERAGED,
    FROZEN_NS,
    NONE,
    Cells,
    Stood,
)
from fixture.core.safety.plausibility.standing import SEEN
from tests.core.safety.plausibility.test_residual_window import RIG, STEP_UM

# Half a newton a count, and 20 kN at most: less than -100 N is reversed
RAW = c.LoadCells((0.5,) * 3, (0.0,) * 3, (0.0,) * 3, (40_000,) * 3)
TABLE = msgspec.structs.replace(RIG, load_cells=RAW)
TRUSTED = (0.25, 0.25, 0.5)  # shares
EMPTY = Cells()


def window(
    before: Cells = EMPTY,
    newtons: tuple[float, ...] = (500.0, 500.0, 1000.0),
    *,
    reached: bool = False,
    t_ns: int = 1,
    moved_mpa: float = 0.0,
    table: c.Config = TABLE,
    **known: Any,
) -> Cells:
    """One more, in which each load cell reads so much."""
    counts = tuple([round(2.0 * one) for one in newtons])
    read: dict[str, Any] = {"mean_mpa": 0.0, "position_um": 0.0}
    seen = Known(**(read | known))
    return load_cells.follow(table, before, seen, counts, t_ns, reached, moved_mpa, 0.0)


# -- shares --------------------------------------------------------------------------------------


def test_the_share_is_the_mean_of_the_windows_since_the_setpoint_was_reached():
    first = window(reached=True)
    assert (first.windows, first.shares, first.now) == (1.0, TRUSTED, TRUSTED)
    second = window(first, (600.0, 400.0, 1000.0), reached=True)
    assert second.windows == 2.0
    assert second.shares == second.now == pytest.approx((0.275, 0.225, 0.5))


@pytest.mark.parametrize(("reached", "newtons"), [(False, 500.0), (True, 0.0), (True, -1.0)])
def test_no_share_is_averaged_on_the_way_or_without_force(reached: bool, newtons: float):
    before = Cells(shares=TRUSTED, windows=9.0, now=TRUSTED)
    seen = window(before, (newtons,) * 3, reached=reached)
    assert (seen.shares, seen.windows, seen.now) == ((), 0.0, ())


def test_a_share_is_averaged_from_the_least_of_forces():
    assert window(newtons=(0.5, 0.0, 0.0), reached=True).shares == (1.0, 0.0, 0.0)


def test_an_average_stays_and_the_share_now_follows_it():
    last = Cells(shares=TRUSTED, windows=AVERAGED - 1.0, now=TRUSTED)
    assert window(last, reached=True).windows == AVERAGED
    averaged = msgspec.structs.replace(last, windows=AVERAGED)
    seen = window(averaged, (600.0, 400.0, 1000.0), reached=True)
    assert (seen.windows, seen.shares) == (AVERAGED, TRUSTED)
    assert seen.now == pytest.approx((0.2525, 0.2475, 0.5))


# -- which is named ------------------------------------------------------------------------------

HELD = (1000, 1000, 2000)
FROZEN = Cells(counts=(1000, 900, 2000), since_ns=(0, 0, 0), others=(0, 3000, 2000))  # the first
APART = Stood((0.0, 500.0, -500.0), SEEN)
SHIFTED = Cells(shares=TRUSTED, windows=AVERAGED, now=(0.25, 0.75, 0.0))


def test_one_that_is_frozen_is_named_before_one_that_bears_nothing():
    seen = window(FROZEN, (500.0, 500.0, 0.0), t_ns=FROZEN_NS)
    assert seen.odd == 0


def test_one_that_bears_nothing_is_named_before_one_that_has_gone_apart():
    for newtons, odd in (((1.0, 500.0, 1000.0), 0), ((500.0, 500.0, 1000.0), 1)):
        assert window(Cells(forces_n=newtons, stood=APART), newtons).odd == odd


def test_one_that_bears_nothing_is_named_before_one_whose_share_has_moved():
    assert window(SHIFTED, (1.0, 500.0, 1000.0), reached=True).odd == 0
    assert window(SHIFTED, (400.0, 500.0, 1000.0), reached=True).odd == 1


@pytest.mark.parametrize(("windows", "odd"), [(SEEN - 2, NONE), (SEEN - 1, 1), (SEEN, 1)])
def test_the_stands_are_judged_after_so_many_windows(windows: int, odd: int):
    stood = msgspec.structs.replace(APART, windows=windows)
    before = Cells(forces_n=(500.0, 500.0, 1000.0), stood=stood)
    assert window(before).odd == odd


# -- idle, reversed, swinging --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newtons", "odd"),
    [
        ((20.0, 290.0, 290.0), NONE),  # a tenth of the mean
        ((19.5, 290.0, 290.5), 0),
        ((290.5, 290.0, 19.5), 2),
        ((0.0, 100.0, 100.0), NONE),  # no more than the force from which a tilt counts
        ((0.0, 100.0, 100.5), 0),
        ((-100.0, 150.0, 0.0), NONE),  # as far below its zero as is allowed
        ((-100.5, 150.0, 0.0), 0),
        ((-150.0, 100.0, 0.0), NONE),  # no other is loaded
        ((-150.0, 100.5, 0.0), 0),
        ((50.0, 150.0, 0.0), NONE),
    ],
)
def test_one_that_bears_nothing_or_less_is_named(newtons: tuple[float, ...], odd: int):
    assert window(newtons=newtons).odd == odd


@pytest.mark.parametrize(("spread_mpa2", "swinging"), [(0.25, 0), (0.2501, 4)])
def test_a_window_swings_beyond_what_its_travel_explains(spread_mpa2: float, swinging: int):
    seen = window(Cells(swinging=3), moved_mpa=0.5, spread_mpa2=spread_mpa2)
    assert seen.swinging == swinging


def test_two_load_cells_are_compared():
    both = c.LoadCells((0.5,) * 2, (0.0,) * 2, (0.0,) * 2, (40_000,) * 2)
    table = msgspec.structs.replace(TABLE, load_cells=both)
    assert window(newtons=(500.0, 0.0), table=table).odd == 1


def test_load_cells_in_series_bear_the_same_and_are_not():
    series = msgspec.structs.replace(RAW, series=True)
    table = msgspec.structs.replace(TABLE, load_cells=series)
    assert window(Cells(swinging=3), (500.0, 0.0, 500.0), table=table) == Cells()


# -- stands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position_um", "stands"),
    [(5.0 + 2.0 * STEP_UM, True), (5.0 - 2.0 * STEP_UM, True), (5.01 + 2.0 * STEP_UM, False)],
)
def test_a_press_that_trembles_by_two_steps_stands(position_um: float, stands: bool):
    before = Cells(forces_n=(500.0, 500.0, 1000.0), position_um=5.0)
    seen = window(before, position_um=position_um)
    assert seen.stood.windows == stands
    assert (seen.position_um, seen.forces_n) == (position_um, (500.0, 500.0, 1000.0))


def test_the_least_of_forces_is_enough_to_stand_by():
    assert window(Cells(forces_n=(0.5, 0.0, 0.0))).stood.windows == 1
    assert window(Cells(forces_n=(0.5, 0.0, -0.5))).stood.windows == 0


# -- frozen --------------------------------------------------------------------------------------


def test_the_counts_of_each_and_of_the_others_are_kept_from_its_last_change():
    first = window(t_ns=7)
    assert (first.counts, first.since_ns, first.others) == (HELD, (7, 7, 7), (3000, 3000, 2000))
    second = window(first, (500.0, 600.0, 1000.0), t_ns=9)
    assert second.counts == (1000, 1200, 2000)
    assert (second.since_ns, second.others) == ((7, 9, 7), (3000, 3000, 2000))


@pytest.mark.parametrize(
    ("others", "t_ns", "odd"),
    [
        (2990, FROZEN_NS, 0),
        (3010, FROZEN_NS, 0),
        (2991, FROZEN_NS, NONE),  # five counts each of the others
        (3009, FROZEN_NS, NONE),
        (2990, FROZEN_NS - 1, NONE),
    ],
)
def test_one_is_frozen_while_the_others_move(others: int, t_ns: int, odd: int):
    before = Cells(counts=HELD, since_ns=(0, 0, 0), others=(others, 3000, 2000))
    assert window(before, t_ns=t_ns).odd == odd
