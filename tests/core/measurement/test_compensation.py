"""What a load cell adds of its own is taken away, and nothing that comes in can run off with it."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.config import Compensation, Config
from fixture.core.measurement import compensation as compensate
from fixture.core.measurement.compensation import Offsets, begin, follow
from fixture.core.measurement.signals import Known, force_of, start, tare, update
from fixture.core.types import Flag
from tests.core.bench import ALL_NEW, AREA_MM2, END, config
from tests.core.samples import FLOATS, NAN, sample

WINDOW_S = 0.5
GAIN = 1.0 - math.exp(-WINDOW_S / 600.0)
FULL_N = 4000.0
NOTHING = Compensation(
    on=True,
    creep=(0.0,),
    creep_gain=(GAIN,),
    zero_n_per_k=(0.0,),
    non_linearity=(0.0,),
    full_n=(FULL_N,),
    slew_k=0.05,
    jump_k=10.0,
)
CREEPS = msgspec.structs.replace(NOTHING, creep=(0.001,))
WARMS = msgspec.structs.replace(NOTHING, zero_n_per_k=(0.2,))
BOWED = msgspec.structs.replace(NOTHING, non_linearity=(0.0008,))
ALL = msgspec.structs.replace(CREEPS, zero_n_per_k=(0.2,), non_linearity=(0.0008,))


def offset(table: Compensation, *readings: tuple[float, float]) -> float:
    """What a cell reads too high by, N, after (reading, temperature) once a window."""
    state = begin(table)
    for force_n, temperature_c in readings:
        state = follow(table, state, (force_n,), temperature_c)
    return state.total_n


# -- creep ---------------------------------------------------------------------------------------


def crept(hours: float, force_n: float, preload_n: float) -> list[tuple[float, float]]:
    """Reading and true force, window by window, after a step from a preload that stood long."""
    memory_n, rows = preload_n, [(preload_n * 1.001, preload_n)]
    for _ in range(round(hours * 3600 / WINDOW_S)):
        memory_n += GAIN * (force_n - memory_n)
        rows.append((force_n + 0.001 * memory_n, force_n))
    return rows


@pytest.mark.parametrize(("force_n", "preload_n"), [(1000.0, 20.0), (0.0, 3000.0), (3000.0, 0.0)])
def test_creep_is_taken_away_from_the_first_reading_on(force_n: float, preload_n: float):
    state = begin(CREEPS)
    for reading_n, true_n in crept(1.0, force_n, preload_n):
        state = follow(CREEPS, state, (reading_n,), NAN)
        assert reading_n - state.total_n == pytest.approx(true_n, abs=1e-3)


def test_without_compensation_the_same_step_reads_a_thousandth_too_high():
    reading_n, true_n = crept(1.0, 1000.0, 20.0)[-1]
    assert reading_n - true_n == pytest.approx(1.0, rel=0.01)


def test_the_load_at_the_start_is_taken_to_have_stood_for_long():
    assert offset(CREEPS, (1001.0, NAN)) == pytest.approx(1.0)


def test_a_cell_on_its_stop_remembers_what_it_feels_beyond_full_scale():
    assert offset(CREEPS, (6.006 * FULL_N, NAN)) == pytest.approx(0.006 * FULL_N)
    assert offset(CREEPS, (100.0 * FULL_N, NAN)) == pytest.approx(0.01 * FULL_N)


# -- non-linearity --------------------------------------------------------------------------------


@given(st.floats(0.0, FULL_N))
def test_bow_is_taken_away_over_the_whole_range(force_n: float):
    reading_n = force_n + 0.0008 * force_n * (1.0 - force_n / FULL_N)
    assert reading_n - offset(BOWED, (reading_n, NAN)) == pytest.approx(force_n, abs=1e-4)


@pytest.mark.parametrize("force_n", [0.0, FULL_N, FULL_N + 1.0, -FULL_N - 1.0])
def test_there_is_no_bow_at_no_load_at_full_scale_and_beyond(force_n: float):
    assert offset(BOWED, (force_n, NAN)) == 0.0


# -- temperature ---------------------------------------------------------------------------------


def test_zero_drift_is_counted_from_the_first_temperature():
    assert offset(WARMS, (100.0, 25.0)) == 0.0
    slowly = [(100.0, 25.0 + 0.01 * k) for k in range(101)]
    assert offset(WARMS, *slowly) == pytest.approx(0.2)


def test_or_from_the_temperature_of_the_calibration():
    table = msgspec.structs.replace(WARMS, reference_at_start=False, reference_c=20.0)
    assert offset(table, (100.0, 45.0)) == pytest.approx(5.0)
    assert offset(table, (100.0, NAN), (100.0, 21.0)) == pytest.approx(0.2)


def test_without_a_temperature_that_part_is_nothing():
    assert offset(WARMS, (100.0, NAN), (100.0, NAN)) == 0.0


def test_a_temperature_that_comes_late_is_the_reference():
    assert offset(WARMS, (100.0, NAN), (100.0, 30.0), (100.0, 30.04)) == pytest.approx(0.008)


def test_a_temperature_that_is_lost_leaves_the_last_one():
    assert offset(WARMS, (1.0, 25.0), (1.0, 25.04), (1.0, NAN)) == pytest.approx(0.008)


def test_warmth_is_followed_no_faster_than_a_fixture_can_warm():
    assert offset(WARMS, (1.0, 25.0), (1.0, 30.0)) == pytest.approx(0.2 * 0.05)
    assert offset(WARMS, (1.0, 25.0), (1.0, 20.0)) == pytest.approx(-0.2 * 0.05)


@pytest.mark.parametrize("broken_c", [35.1, 14.9, 82.0, -50.1, 150.1, 9999.0])
def test_a_temperature_that_jumps_is_a_broken_wire(broken_c: float):
    assert offset(WARMS, (1.0, 25.0), (1.0, broken_c)) == 0.0
    assert offset(WARMS, (1.0, 25.0), (1.0, broken_c), (1.0, 25.04)) == pytest.approx(0.008)


@pytest.mark.parametrize("c", [35.0, 15.0])
def test_the_largest_step_that_is_no_jump_is_followed(c: float):
    assert offset(WARMS, (1.0, 25.0), (1.0, c)) == pytest.approx(math.copysign(0.01, c - 25.0))


@pytest.mark.parametrize("c", [compensate.LOWEST_C, compensate.HIGHEST_C])
def test_the_most_extreme_temperature_is_one(c: float):
    table = msgspec.structs.replace(WARMS, reference_at_start=False, reference_c=20.0)
    assert offset(table, (1.0, c)) == pytest.approx(0.2 * (c - 20.0))


def test_a_broken_thermometer_at_the_start_gives_no_reference():
    assert offset(WARMS, (1.0, -200.0), (1.0, 25.0), (1.0, 25.04)) == pytest.approx(0.008)


# -- bounds --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=20))
def test_whatever_is_read_the_offset_stays_a_small_part_of_full_scale(
    readings: list[tuple[float, float]],
):
    state = begin(ALL)
    for force_n, temperature_c in readings:
        state = follow(ALL, state, (force_n,), temperature_c)
        assert abs(state.memory_n[0]) <= compensate.REACH * FULL_N
    state = follow(ALL, state, (100.0,), 25.0)
    assert abs(state.total_n) <= 0.02 * compensate.REACH * FULL_N


# -- in the estimates ----------------------------------------------------------------------------

THREE = msgspec.structs.replace(
    ALL,
    **{
        name: getattr(ALL, name) * 3
        for name in ("creep", "creep_gain", "zero_n_per_k", "non_linearity", "full_n")
    },
)
ON = config((END,), compensation=THREE)
OFF = config((END,))


def after(table: Config, ticks: int, raw: int) -> Known:
    """Known after so many samples with these counts on each cell."""
    known = start(table)
    for tick in range(ticks):
        known = update(table, known, sample(tick, counts=(raw,) * 3))
    return known


def test_pressure_and_force_are_without_what_the_cells_add():
    on, off = after(ON, 1, 10_000), after(OFF, 1, 10_000)
    each_n = 1000.0 - 0.0008 * 1000.0 * 0.75 - 1000.0 * 0.001
    assert off.force_n == pytest.approx(3000.0)
    assert on.force_n == pytest.approx(3.0 * each_n, abs=0.01)
    assert on.pressure_mpa == on.force_n / AREA_MM2


def test_offsets_are_found_once_a_window_and_stand_in_between():
    window = ON.control.window_ticks
    known = after(ON, 1, 10_000)
    for tick in range(1, window):
        known = update(ON, known, sample(tick, counts=(15_000,) * 3))
    assert known.offsets == after(ON, 1, 10_000).offsets
    moved = update(ON, known, sample(window, counts=(20_000,) * 3))
    assert moved.offsets != known.offsets
    assert moved.force_n == pytest.approx(6000.0 - moved.offsets.total_n)


def test_a_window_without_a_reading_changes_nothing():
    known = after(ON, ON.control.window_ticks, 10_000)
    silent = ALL_NEW & ~int(Flag.NEW_FORCE)
    for tick in range(3 * ON.control.window_ticks):
        known = update(ON, known, sample(tick, flags=silent))
    assert known.offsets == after(ON, 1, 10_000).offsets


def test_a_tare_leaves_no_force_and_keeps_what_is_taken_away():
    known = after(ON, 1, 500)
    tared, _ = tare(ON, known, sample(counts=(500,) * 3))
    assert tared.offsets == known.offsets
    assert force_of(ON, tared, (500,) * 3) == pytest.approx(0.0, abs=1e-9)
    assert tared.tare_counts[0] == pytest.approx(500.0, rel=0.01)
    assert tared.tare_counts[0] < 500.0


def test_switched_off_nothing_is_remembered():
    assert after(OFF, 100, 10_000).offsets == Offsets()
