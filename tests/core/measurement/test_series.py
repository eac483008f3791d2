"""Load cells in series: which is used, when two disagree, what would crush one."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core import config as c
from fixture.core.control.noise import white_mpa2
from fixture.core.control.state import Noise
from fixture.core.measurement.load_cells import absolute_force_n, apart, over_limit, within_range
from fixture.core.measurement.signals import (
    Known,
    force_of,
    noise_mpa,
    nominal_readings,
    start,
    tare,
    update,
)
from fixture.core.safety.interlocks import apply, first_trip
from fixture.core.safety.state import Evidence, Safety
from fixture.core.safety.trips import Trip
from fixture.core.step import start as begin
from fixture.core.step import step
from fixture.core.types import Event, EventKind, Flag
from tests.core.bench import ALL_NEW, AREA_MM2, END, config, limits
from tests.core.safety.quiet_tick import KNOWN, QUIET, above, only
from tests.core.samples import NAN, sample

# 200 N, 4 kN and 60 kN: counts of 0.01, 0.1 and 1 N, used to 95 % and again from 85 %
UP = (19_000.0, 38_000.0, 57_000.0)
DOWN = (17_000.0, 34_000.0, 57_000.0)
CELLS = c.LoadCells(
    (0.01, 0.1, 1.0),
    (0.0,) * 3,
    (0.0,) * 3,
    (2**31 - 1, 2**31 - 1, 60_000),
    series=True,
    over_range_counts=UP,
    back_in_range_counts=DOWN,
    disagreement_n=(1.0, 20.0, 300.0),
    noise_mpa=(1e-5, 2e-4, 3e-3),
)
CONFIG = config((END,), load_cells=CELLS, limits=limits(force_max_n=50_000.0))
STOPS_N = (240.0, 4800.0, math.inf)
QUIET_SAMPLE = sample(flags=0)
FORCES = st.floats(-100.0, 59_000.0)


def counts(force_n: float) -> tuple[int, ...]:
    """What healthy load cells show of a force: each as far as its stop."""
    return tuple(
        [
            round(min(force_n, stop) / scale)
            for stop, scale in zip(STOPS_N, CELLS.newton_per_count, strict=True)
        ]
    )


def after(*forces: float, known: Known | None = None) -> Known:
    """Known after these forces, N."""
    known = known or start(CONFIG)
    for tick, force_n in enumerate(forces):
        known = update(CONFIG, known, sample(tick, counts=counts(force_n)))
    return known


# -- which is used ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force_n", "used"),
    [(0.0, 0), (190.0, 0), (190.01, 1), (3800.0, 1), (3800.1, 2), (59_000.0, 2), (-50.0, 0)],
)
def test_the_smallest_cell_within_its_range_is_used(force_n: float, used: int):
    known = after(force_n)
    assert known.used == used
    assert known.force_n == pytest.approx(force_n, abs=CELLS.newton_per_count[used])
    assert known.pressure_mpa == known.force_n / AREA_MM2


@pytest.mark.parametrize(
    ("force_n", "used"), [(189.0, 1), (170.01, 1), (170.0, 0), (3400.1, 1), (0.0, 0)]
)
def test_a_cell_that_was_left_is_used_again_only_well_inside_its_range(force_n: float, used: int):
    assert after(191.0, force_n).used == used


def test_a_force_that_wavers_at_the_end_of_a_range_changes_cells_once():
    used = [after(*([191.0, 189.0] * n)).used for n in range(1, 5)]
    assert used == [1, 1, 1, 1]


@given(FORCES, FORCES)
def test_whatever_came_before_the_force_is_right_to_a_count_of_the_cell_in_use(
    before_n: float, force_n: float
):
    known = after(before_n, force_n)
    assert known.force_n == pytest.approx(force_n, abs=CELLS.newton_per_count[known.used])
    assert within_range(CELLS, known.used, counts(force_n)) == known.used


@given(FORCES)
def test_the_force_of_some_counts_is_that_of_a_sample_with_them(force_n: float):
    known = after(force_n)
    assert force_of(CONFIG, known, counts(force_n)) == known.force_n
    assert force_of(CONFIG, start(CONFIG), counts(force_n)) == known.force_n


def test_cells_in_series_have_no_tilt():
    assert after(10_000.0).tilt == 0.0
    state = Safety(force_n=10_000.0)
    tilted = msgspec.structs.replace(KNOWN, tilt=9.0)
    assert apply(CONFIG, state, tilted, sample(flags=0), QUIET)[0].trip == 0
    beside = config((END,))
    assert apply(beside, state, tilted, sample(flags=0), QUIET)[0].trip == Trip.TILT


def test_noise_is_that_of_the_cell_in_use():
    assert noise_mpa(CONFIG, after(100.0)) == 1e-5
    assert noise_mpa(CONFIG, after(1000.0)) == 2e-4
    assert noise_mpa(config((END,)), start(config((END,)))) == 0.002


def test_a_window_is_worth_more_where_the_cell_in_use_is_quieter():
    """The nominal noise is 2e-3 MPa here, that of the smallest cell 1e-5."""
    window = CONFIG.control.window_ticks
    assert nominal_readings(CONFIG, after(*([100.0] * window))) == pytest.approx(40_000 * window)
    assert nominal_readings(CONFIG, after(*([5000.0] * window))) == pytest.approx(window / 2.25)
    beside = msgspec.structs.replace(start(config((END,))), mean_readings=5)
    assert nominal_readings(config((END,)), beside) == 5


def test_the_noise_of_a_window_follows_the_cell_in_use():
    window = CONFIG.control.window_ticks
    low, high = after(*([100.0] * window)), after(*([5000.0] * window))
    assert white_mpa2(CONFIG, Noise(), low) == pytest.approx(
        white_mpa2(CONFIG, Noise(), high) / 300**2
    )


def test_a_range_switch_is_an_event():
    state = begin(CONFIG)
    events: list[Event] = []
    for tick, force_n in enumerate((100.0, 1000.0, 1000.0, 100.0)):
        state, _, told = step(CONFIG, state, sample(tick, counts=counts(force_n)))
        events += [event for event in told if event.kind == EventKind.RANGE]
    assert [(event.tick, event.code, event.value) for event in events] == [
        (1, 1, 1000.0),
        (3, 0, 100.0),
    ]


# -- tare ----------------------------------------------------------------------------------------


def test_a_tare_is_the_same_force_for_every_cell():
    """One that is beyond its range cannot see it, and takes it from the one in use."""
    known = after(1000.0)
    known, events = tare(CONFIG, known, sample(counts=counts(1000.0)))
    assert known.tare_counts == pytest.approx((100_000.0, 10_000.0, 1000.0))
    assert [event.value for event in events] == list(known.tare_counts)
    assert after(1000.0, known=known).force_n == pytest.approx(0.0)
    assert after(1100.0, known=known).force_n == pytest.approx(100.0)
    assert after(100.0, known=known).force_n == pytest.approx(-900.0)


def test_no_tare_moves_the_range_or_the_limits():
    known, _ = tare(CONFIG, after(1000.0), sample(counts=counts(1000.0)))
    assert after(1050.0, known=known).used == 1
    assert absolute_force_n(CELLS, counts(1000.0)) == 1000.0


# -- disagreement --------------------------------------------------------------------------------


@given(FORCES)
def test_healthy_cells_agree_at_any_force(force_n: float):
    assert not apart(CELLS, counts(force_n))


@pytest.mark.parametrize(
    ("shown_n", "disagree"),
    [
        ((100.0, 120.0, 100.0), False),
        ((100.0, 120.1, 100.0), True),
        ((100.0, 80.0, 100.0), False),
        ((100.0, 79.9, 100.0), True),
        ((100.0, 100.0, 400.0), False),
        ((100.0, 100.0, 401.0), True),
        ((0.0, 3000.0, 3000.0), True),  # the smallest sees nothing of a force far beyond its range
        ((240.0, 3000.0, 3000.0), False),  # it stands on its stop
        ((240.0, 200.0, 200.0), True),  # it shows more than there is
        ((-100.0, 100.0, 100.0), True),  # its polarity is inverted
        ((190.0, 211.0, 211.0), True),  # at the end of its range it is still judged
        ((190.1, 211.0, 211.0), False),
    ],
)
def test_two_cells_disagree_beyond_a_share_of_the_larger(
    shown_n: tuple[float, ...], disagree: bool
):
    raw = tuple([round(n / s) for n, s in zip(shown_n, CELLS.newton_per_count, strict=True)])
    assert apart(CELLS, raw) is disagree


def test_a_zero_that_is_not_a_number_disagrees():
    broken = msgspec.structs.replace(CELLS, zero_counts=(0.0, NAN, 0.0))
    assert apart(broken, counts(0.0))
    assert over_limit(broken, counts(0.0))


def trip_after(*readings: tuple[float, float, float], flags: int = ALL_NEW) -> list[int]:
    """Trip after each of some readings, N, one a tick."""
    state, trips = Safety(), list[int]()
    table = config((END,), load_cells=CELLS, limits=limits(force_rate_n_per_s=1e9))
    for tick, shown_n in enumerate(readings):
        raw = tuple([round(n / s) for n, s in zip(shown_n, CELLS.newton_per_count, strict=True)])
        state = apply(table, state, KNOWN, sample(tick, counts=raw, flags=flags), QUIET)[0]
        trips.append(state.trip)
    return trips


GOOD, BAD = (100.0, 100.0, 100.0), (100.0, 150.0, 100.0)


def test_three_readings_in_a_row_that_disagree_are_a_fault():
    assert trip_after(BAD, BAD, BAD) == [0, 0, Trip.FORCE_FAULT]
    assert trip_after(BAD, BAD, GOOD, BAD, BAD) == [0] * 5


def test_readings_that_are_not_new_are_not_counted():
    assert trip_after(BAD, BAD, BAD, BAD, flags=ALL_NEW & ~int(Flag.NEW_FORCE)) == [0] * 4


def test_cells_side_by_side_may_differ():
    beside = config((END,), limits=limits(tilt_max=9.0))
    state = Safety()
    for tick in range(5):
        state = apply(beside, state, KNOWN, sample(tick, counts=(1000, 2000, 0)), QUIET)[0]
    assert (state.trip, state.apart) == (0, 0)


# -- what would crush ----------------------------------------------------------------------------


@pytest.mark.parametrize(("force_n", "trip"), [(300.0, 0), (301.0, Trip.OVERLOAD)])
def test_more_than_the_weakest_cell_survives_is_an_overload(force_n: float, trip: int):
    table = config((END,), load_cells=CELLS, limits=limits(overload_n=300.0))
    seen = sample(counts=counts(force_n))
    assert apply(table, Safety(), KNOWN, seen, QUIET)[0].trip == trip


@pytest.mark.parametrize(
    ("force_n", "trip"), [(50_000.0, 0), (above(50_000.0), Trip.OVERLOAD), (NAN, Trip.OVERLOAD)]
)
def test_an_overload_that_was_read_stays_one_until_a_new_reading(force_n: float, trip: int):
    found = first_trip(
        Evidence(only(Trip.OVERLOAD), Safety(force_n=force_n), KNOWN, QUIET_SAMPLE, QUIET), 0
    )
    assert found == trip


def test_the_force_that_safety_sees_is_the_largest_that_any_cell_shows():
    assert absolute_force_n(CELLS, counts(30_000.0)) == 30_000.0
    assert absolute_force_n(CELLS, (20_000, 0, 0)) == 200.0
    assert absolute_force_n(CELLS, (-100, -10, -1)) == -1.0


@pytest.mark.parametrize(("raw", "over"), [(60_000, False), (60_001, True), (-60_001, True)])
def test_only_the_largest_cell_has_a_limit_of_counts(raw: int, over: bool):
    assert over_limit(CELLS, (10**6, 10**6, raw)) is over
