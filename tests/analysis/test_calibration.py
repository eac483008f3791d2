import math

import numpy as np
import pytest

from fixture.analysis.calibration import (
    CalibrationError,
    Level,
    Reading,
    creep,
    span,
    zero_drift,
)

FULL_N = 4000.0
LOADS_N = (0.0, 400.0, 1000.0, 2000.0, 3000.0, 4000.0)


def read(
    load_n: float, gain: float = 1.0, bent: float = 0.0, zero_n: float = 0.0, more_n: float = 0.0
) -> float:
    """What a load cell indicates, by the formula of the module."""
    return zero_n + more_n + gain * (load_n + bent * load_n * (1.0 - load_n / FULL_N))


def series(count: int, loads_n: tuple[float, ...] = LOADS_N, **how: float) -> list[Reading]:
    return [
        Reading(number, load_n, read(load_n, **how))
        for number in range(1, count + 1)
        for load_n in loads_n
    ]


def test_a_span_is_the_true_force_of_an_indicated_newton():
    found = span(series(3, gain=1.02, zero_n=17.0), FULL_N, 0.1)
    assert found.span == pytest.approx(1.0 / 1.02)
    assert found.uncertainty == pytest.approx(0.0, abs=1e-9)
    assert found.non_linearity == 0.0
    assert [level.error for level in found.levels] == pytest.approx([0.0] * 5, abs=1e-9)


def test_a_curved_characteristic_is_found_as_compensation_takes_it_away():
    found = span(series(3, gain=0.99, bent=0.008), FULL_N, 0.1)
    assert found.non_linearity == pytest.approx(0.002)
    assert found.span == pytest.approx(1.0 / 0.99)
    assert found.residual_n < 0.01


def test_the_interval_holds_the_truth_and_takes_the_references_uncertainty_in():
    noise = np.random.default_rng(3)
    readings = [
        one._replace(indicated_n=one.indicated_n + noise.normal(0.0, 0.5))
        for one in series(5, gain=1.01)
    ]
    found = span(readings, FULL_N, 0.1)
    assert abs(found.span * 1.01 - 1.0) < found.uncertainty < 5e-4
    assert span(readings, FULL_N, 0.1, 0.01).uncertainty == pytest.approx(0.01, rel=0.01)


def test_two_points_give_a_span_and_no_uncertainty():
    found = span([Reading(1, 0.0, 3.0), Reading(1, 1000.0, 1003.0)], FULL_N, 0.1)
    assert found.span == pytest.approx(1.0)
    assert math.isnan(found.uncertainty)


def test_each_series_has_its_own_zero():
    readings = [*series(1, zero_n=5.0), *[o._replace(series=2) for o in series(1, zero_n=-40.0)]]
    assert span(readings, FULL_N, 0.1).span == pytest.approx(1.0)


def test_repeatability_and_reversibility_are_read_from_series_and_from_falling_loads():
    up, down = LOADS_N, LOADS_N[-2::-1]
    first = [Reading(1, n, n) for n in up] + [Reading(1, n, n * 1.004) for n in down]
    second = [Reading(2, n, n * 1.002) for n in up]
    level = span([*first, *second], FULL_N, 0.1).levels[1]
    assert level.force_n == 1000.0
    assert level.repeatability == pytest.approx(0.2, rel=0.01)
    assert level.reversibility == pytest.approx(0.4, rel=0.01)


def test_the_lower_limit_of_a_class_is_where_its_resolution_ends():
    found = span(series(3), FULL_N, 5.0)  # 5 N are 0.5 % of 1000 N
    assert found.lower_limit_n(1.0) == 1000.0
    assert found.lower_limit_n(0.5) == 2000.0
    assert found.lower_limit_n(3.0) == 400.0


@pytest.mark.parametrize(
    ("level", "best"),
    [
        (Level(1.0, 0.5, 0.5, -0.75, 0.25), 0.5),
        (Level(1.0, -0.6, 0.1, 0.1, 0.1), 1.0),
        (Level(1.0, 0.1, 1.1, 0.1, 0.1), 2.0),
        (Level(1.0, 0.1, 0.1, 3.1, 0.1), 3.0),
        (Level(1.0, 0.1, 0.1, 0.1, 1.6), math.inf),
        (Level(1.0, 0.1, math.nan, math.nan, 0.1), 0.5),
    ],
)
def test_a_level_has_the_best_class_whose_every_limit_it_keeps(level: Level, best: float):
    assert level.iso_class() == best


@pytest.mark.parametrize(
    ("readings", "says"),
    [
        ([Reading(1, 0.0, 1.0)], "no force but zero"),
        ([Reading(1, 0.0, 0.0), Reading(1, 100.0, 981.0)], "another unit"),
        ([Reading(1, 0.0, 0.0), Reading(1, 100.0, 0.0)], "never put on"),
        ([Reading(1, 0.0, 0.0), Reading(1, 100.0, -99.0)], "Swap the load cell's signal wires"),
    ],
)
def test_readings_from_which_nothing_follows_say_what_is_wrong(readings: list[Reading], says: str):
    with pytest.raises(CalibrationError, match=says):
        span(readings, FULL_N, 0.1)


def test_creep_is_said_for_half_an_hour():
    time_s = np.arange(0.0, 1800.0, 5.0)
    noise = np.random.default_rng(1).normal(0.0, 0.05, len(time_s))
    found = creep(time_s, 2000.0 * (1.0 + 0.001 * (1.0 - np.exp(-time_s / 500.0))) + noise)
    assert found.share == pytest.approx(0.001 * (1.0 - math.exp(-1800.0 / 500.0)), rel=0.02)
    assert found.time_s == pytest.approx(500.0, rel=0.05)
    assert 0.0 < found.half < 5e-5


def test_creep_is_not_said_after_a_minute():
    with pytest.raises(CalibrationError, match="10 min at least"):
        creep(np.arange(0.0, 60.0, 2.0), np.full(30, 100.0))


def test_the_temperature_effect_on_zero_is_a_slope_with_its_interval():
    warmth_c = np.linspace(20.0, 26.0, 100)
    noise = np.random.default_rng(2).normal(0.0, 0.1, 100)
    found = zero_drift(np.append(warmth_c, math.nan), np.append(0.2 * warmth_c + noise, 0.0))
    assert found.n_per_k == pytest.approx(0.2, abs=found.half)
    assert found.half < 0.02


def test_a_room_that_stays_as_it_is_shows_no_temperature_effect():
    with pytest.raises(CalibrationError, match=r"changed by 0\.5 K; 2 K at least"):
        zero_drift(np.linspace(20.0, 20.5, 10), np.zeros(10))
