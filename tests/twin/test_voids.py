"""Voids at a stripped face."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.twin.parameters import Voids
from fixture.twin.voids import Face


def run(face: Face, stripped: float, pressure_mpa: float, seconds: float) -> float:
    for _ in range(round(seconds)):
        face.advance(1.0, stripped, pressure_mpa)
    return face.share


@pytest.mark.parametrize("pressure_mpa", [3.6, 7.2, 18.0])
def test_they_grow_only_above_the_published_critical_current(pressure_mpa: float) -> None:
    critical = pressure_mpa / 3.6  # mA/cm2
    assert run(Face(Voids()), 0.99 * critical, pressure_mpa, 3600.0) == 0.0
    assert run(Face(Voids()), 1.01 * critical, pressure_mpa, 3600.0) > 0.0


def test_plating_makes_none() -> None:
    assert run(Face(Voids()), -10.0, 0.0, 3600.0) == 0.0


def test_the_missing_metal_parts_the_face() -> None:
    # 0.1 mA/cm2 more than pressure brings, for 60 s: 0.0148 um of 5 um.
    assert run(Face(Voids()), 1.1, 3.6, 60.0) == pytest.approx(8.86 * 0.1 / 60.0 / 5.0, rel=0.02)


def test_current_that_crowds_parts_it_ever_faster_up_to_its_bound() -> None:
    face = Face(Voids(most=0.9))
    first = run(face, 2.0, 3.6, 600.0)
    second = run(face, 2.0, 3.6, 600.0) - first
    assert second > 1.05 * first
    assert run(face, 2.0, 3.6, 20_000.0) == 0.9


def test_pressure_at_rest_closes_them_by_its_own_rate() -> None:
    face = Face(Voids())
    parted = run(face, 5.0, 3.6, 600.0)
    per_s = 8.86 / 3600.0 / 5.0 * 36.0 / 3.6
    assert run(face, 0.0, 36.0, 300.0) == pytest.approx(parted * exp(-300.0 * per_s))
    stays = Face(Voids(healing=0.0))
    parted = run(stays, 5.0, 3.6, 600.0)
    assert run(stays, 0.0, 36.0, 300.0) == parted


def test_without_a_critical_pressure_there_are_none() -> None:
    assert run(Face(Voids(critical_mpa_cm2_per_ma=0.0)), 50.0, 0.0, 3600.0) == 0.0


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 100), st.floats(1e-3, 1e4)), max_size=20)
)
def test_the_share_stays_a_share_whatever_happens(steps: list[tuple[float, float, float]]) -> None:
    face = Face(Voids())
    for stripped, pressure_mpa, seconds in steps:
        assert 0.0 <= face.advance(seconds, stripped, pressure_mpa) <= 0.98
