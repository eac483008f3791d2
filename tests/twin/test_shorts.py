"""Shorts: by pressure and time, by dendrites, and what follows."""

from math import isnan

import pytest
from msgspec.structs import replace

from fixture.twin.cell_parameters import LITHIUM_LPSCL_SHORTS, SODIUM_BORATE_SHORTS
from fixture.twin.parameters import Dendrite, Shorts
from fixture.twin.shorts import Hazard, mean_hours

CYCLED = 0.075  # mA/cm2, as the table was
DENDRITE = Dendrite(critical_ma_per_cm2=1.0, scatter=0.0)


def hours_to_short(seed: int, pressure_mpa: float, current: float = CYCLED) -> float:
    hazard = Hazard(LITHIUM_LPSCL_SHORTS, Dendrite(), seed)
    step_h = mean_hours(LITHIUM_LPSCL_SHORTS, pressure_mpa) / 50.0
    for step in range(1, 2000):
        hazard.advance(3600.0 * step_h, pressure_mpa, current, current)
        if not isnan(hazard.resistance_ohm_cm2):
            return step * step_h
    return float("inf")


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize(("pressure_mpa", "hours"), [(10, 474), (15, 272), (20, 190), (25, 48)])
def test_lithium_on_lpscl_shorts_after_the_published_hours(
    pressure_mpa: float, hours: float
) -> None:
    found = [hours_to_short(seed, pressure_mpa) for seed in range(60)]
    assert mean(found) == pytest.approx(hours, rel=0.15)
    assert min(found) < 0.8 * hours < 1.2 * hours < max(found)


def test_at_5_mpa_it_lasts_a_thousand_hours_and_at_75_not_one() -> None:
    assert min(hours_to_short(seed, 5.0) for seed in range(60)) > 700.0
    assert mean([hours_to_short(seed, 5.0) > 1000.0 for seed in range(60)]) > 0.95
    assert max(hours_to_short(seed, 75.0) for seed in range(60)) < 0.1


def test_between_and_beyond_the_table_more_pressure_is_less_time() -> None:
    for shorts in (LITHIUM_LPSCL_SHORTS, SODIUM_BORATE_SHORTS):
        hours = [mean_hours(shorts, 0.5 * step) for step in range(1, 200)]
        assert hours == sorted(hours, reverse=True)
    assert mean_hours(LITHIUM_LPSCL_SHORTS, 12.0) == pytest.approx(370.0, rel=0.05)


def test_current_shortens_the_time_and_rest_lengthens_it() -> None:
    cycled, driven, rested = (hours_to_short(3, 15.0, j) for j in (CYCLED, 10 * CYCLED, 0.0))
    assert cycled / driven == pytest.approx(9.1, rel=0.2)
    assert rested / cycled == pytest.approx(10.0, rel=0.1)


def test_sodium_on_soft_borate_shorts_above_35_mpa() -> None:
    assert mean_hours(SODIUM_BORATE_SHORTS, 30.0) > 10_000.0
    assert mean_hours(SODIUM_BORATE_SHORTS, 40.0) < 1.1


def test_a_short_is_soft_first_and_hardens() -> None:
    hazard = Hazard(LITHIUM_LPSCL_SHORTS, Dendrite(), 1)
    hazard.advance(3600.0, 75.0, CYCLED, CYCLED)
    assert hazard.resistance_ohm_cm2 == 30_000.0
    ohms: list[float] = []
    for _ in range(24):
        hazard.advance(600.0, 75.0, 0.0, 0.0)
        ohms.append(hazard.resistance_ohm_cm2)
    assert ohms == sorted(ohms, reverse=True)
    assert 1000.0 < ohms[0] < 30_000.0
    assert ohms[-1] == pytest.approx(2.0, rel=0.05)


def test_a_dendrite_grows_above_the_critical_current_alone() -> None:
    hazard = Hazard(Shorts(), DENDRITE, 1)
    for _ in range(3600):
        hazard.advance(1.0, 0.0, 0.99, 0.99)
    assert hazard.reach == 0.0
    for _ in range(301):
        hazard.advance(1.0, 0.0, 2.0, 2.0)
    assert hazard.reach == 1.0
    assert hazard.resistance_ohm_cm2 <= 30_000.0


def test_pressure_and_crowding_lower_the_critical_current() -> None:
    hazard = Hazard(Shorts(), DENDRITE, 1)
    assert hazard.limit_ma_per_cm2(0.0) == 1.0
    assert hazard.limit_ma_per_cm2(50.0) == 0.5
    hazard.advance(30.0, 50.0, 0.6, 0.6)
    assert hazard.reach == pytest.approx(0.02)
    hazard.advance(30.0, 0.0, 0.6, 1.2)  # on half of the face
    assert hazard.reach == pytest.approx(0.04)


def test_stripping_grows_no_dendrite() -> None:
    hazard = Hazard(Shorts(), DENDRITE, 1)
    hazard.advance(600.0, 0.0, 5.0, 0.0)
    assert hazard.reach == 0.0


def test_pairs_scatter_by_seed() -> None:
    scattered = replace(DENDRITE, scatter=0.1)
    limits = [Hazard(Shorts(), scattered, seed).limit_ma_per_cm2(0.0) for seed in range(200)]
    assert mean(limits) == pytest.approx(1.0, abs=0.03)
    assert mean([(limit - 1.0) ** 2 for limit in limits]) ** 0.5 == pytest.approx(0.1, rel=0.2)
