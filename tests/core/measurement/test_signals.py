"""Fusion of load cells, window means, last known values."""

import math

import pytest

from fixture.core.measurement.signals import Known, branch, start, tare, tilt_of, update
from fixture.core.types import Branch, Flag
from tests.core.bench import ALL_NEW, AREA_MM2, END, config
from tests.core.samples import INF, NAN, sample

CONFIG = config((END,))
WINDOW = CONFIG.control.window_ticks


def after(*counts: int, known: Known | None = None) -> Known:
    """Known after samples with these counts on each cell."""
    known = known or start(CONFIG)
    for tick, raw in enumerate(counts):
        known = update(CONFIG, known, sample(tick, counts=(raw,) * 3))
    return known


def test_force_is_the_sum_of_the_cells_and_pressure_is_force_over_area():
    known = update(CONFIG, start(CONFIG), sample(counts=(1000, 1100, 1200)))
    assert known.force_n == pytest.approx(330.0)
    assert known.pressure_mpa == pytest.approx(330.0 / AREA_MM2)


def test_tilt_is_the_spread_over_the_mean():
    assert tilt_of(20.0, 3, 300.0) == pytest.approx(0.2)


@pytest.mark.parametrize("total", [0.0, -1.0, NAN])
def test_tilt_is_zero_where_the_mean_is_not_positive(total: float):
    assert tilt_of(1.0, 2, total) == 0.0


def test_what_is_not_new_keeps_its_last_value():
    first = update(CONFIG, start(CONFIG), sample(counts=(10,) * 3, position=7))
    gone = sample(
        1, flags=0, counts=(0,) * 3, position=0, voltage_v=NAN, current_a=NAN, temperature_c=NAN
    )
    second = update(CONFIG, first, gone)
    for name in ("force_n", "pressure_mpa", "position_um", "voltage_v", "temperature_c"):
        assert getattr(second, name) == getattr(first, name)
        assert not math.isnan(getattr(second, name))
    assert second.readings == first.readings
    assert second.ticks == first.ticks + 1


@pytest.mark.parametrize(
    ("flag", "field"),
    [
        (Flag.NEW_VOLTAGE, "voltage_v"),
        (Flag.NEW_CURRENT, "current_a"),
        (Flag.NEW_TEMPERATURE, "temperature_c"),
    ],
)
def test_each_new_bit_lets_in_its_own_quantity_alone(flag: Flag, field: str):
    known = update(
        CONFIG,
        start(CONFIG),
        sample(flags=int(flag), voltage_v=1.0, current_a=2.0, temperature_c=3.0),
    )
    fresh = {
        name
        for name in ("voltage_v", "current_a", "temperature_c")
        if getattr(known, name) in (1.0, 2.0, 3.0)
    }
    assert fresh == {field}
    assert math.isnan(known.force_n)
    assert math.isnan(known.position_um)


@pytest.mark.parametrize("value", [NAN, INF, -INF, 9.91e37, 1.0001e4, -1.0001e4])
def test_a_number_beyond_reason_never_enters_the_estimates(value: float):
    known = update(
        CONFIG, start(CONFIG), sample(voltage_v=value, current_a=value, temperature_c=value)
    )
    assert math.isnan(known.voltage_v)
    assert known.current_a == 0.0
    assert math.isnan(known.temperature_c)


@pytest.mark.parametrize("value", [1e4, -1e4])
def test_the_largest_reasonable_number_is_taken(value: float):
    assert update(CONFIG, start(CONFIG), sample(voltage_v=value)).voltage_v == value


def test_the_mean_is_of_a_whole_window_and_not_before():
    known = after(*range(WINDOW - 1))
    assert known.windows == 0
    assert math.isnan(known.mean_mpa)
    known = after(*range(WINDOW))
    assert known.windows == 1
    assert known.mean_readings == WINDOW
    assert known.mean_mpa == pytest.approx(0.3 * (WINDOW - 1) / 2 / AREA_MM2)
    assert (known.sum_mpa, known.readings, known.ticks) == (0.0, 0, 0)


def test_a_window_without_a_reading_is_no_window():
    known = after(*([100] * WINDOW))
    for tick in range(WINDOW):
        known = update(CONFIG, known, sample(tick, flags=ALL_NEW & ~int(Flag.NEW_FORCE)))
    assert known.windows == 1
    assert known.ticks == 0


def test_the_mean_counts_only_the_readings_that_came():
    known = start(CONFIG)
    for tick in range(WINDOW):
        flags = ALL_NEW if tick % 2 == 0 else ALL_NEW & ~int(Flag.NEW_FORCE)
        known = update(CONFIG, known, sample(tick, flags=flags, counts=(100,) * 3))
    assert known.mean_readings == (WINDOW + 1) // 2
    assert known.mean_mpa == pytest.approx(30.0 / AREA_MM2)


def test_the_peak_is_the_highest_window_mean_and_stays():
    known = after(*([1000] * WINDOW), *([10] * WINDOW))
    assert known.peak_mpa == pytest.approx(300.0 / AREA_MM2)
    assert known.mean_mpa == pytest.approx(3.0 / AREA_MM2)


@pytest.mark.parametrize(
    ("mean", "expected"),
    [(NAN, Branch.RISING), (10.0, Branch.RISING), (9.8, Branch.RISING), (9.79, Branch.FALLING)],
)
def test_the_branch_falls_more_than_two_per_cent_below_the_peak(mean: float, expected: Branch):
    assert branch(Known(mean_mpa=mean, peak_mpa=10.0)) == expected


def test_a_tare_makes_what_was_read_before_as_if_it_had_been_in_force_then():
    known = after(*(1000,) * WINDOW, 1000, 1000)
    tared, _ = tare(CONFIG, known, sample(WINDOW + 2, counts=(1000,) * 3))
    assert tared.mean_mpa == pytest.approx(0.0, abs=1e-12)
    assert (tared.force_n, tared.pressure_mpa) == (pytest.approx(0.0), pytest.approx(0.0))
    assert tared.peak_mpa == pytest.approx(0.0, abs=1e-12)
    later = after(*(1000,) * (WINDOW - 2), known=tared)
    assert later.windows == tared.windows + 1
    assert later.mean_mpa == pytest.approx(0.0, abs=1e-12)


def test_counts_that_are_no_force_are_not_taken_in():
    known = after(1000)
    faulty = sample(1, flags=ALL_NEW | int(Flag.FORCE_FAULT), counts=(8_000_000,) * 3)
    still = update(CONFIG, known, faulty)
    assert (still.force_n, still.readings) == (known.force_n, known.readings)


def test_a_tare_before_any_force_was_read_makes_nothing_of_it():
    faulty = sample(flags=ALL_NEW | int(Flag.FORCE_FAULT), counts=(7,) * 3)
    tared, _ = tare(CONFIG, update(CONFIG, start(CONFIG), faulty), faulty)
    assert tared.peak_mpa == 0.0
    assert after(*(10,) * WINDOW, known=tared).peak_mpa > 0.0
