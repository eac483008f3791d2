"""The elastic law of the column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.twin.parameters import Stack
from fixture.twin.stack import compression_um, force_n, tangent_n_per_um

STACK = Stack(stiffness_n_per_um=10.0, bedding_n=40.0, softness=0.6)


@given(st.floats(0.0, 60_000.0))
def test_the_compression_of_a_force_gives_that_force(force: float) -> None:
    assert force_n(STACK, compression_um(STACK, force)) == pytest.approx(force, rel=1e-9, abs=1e-9)


@given(st.floats(0.0, 5000.0), st.floats(1e-3, 100.0))
def test_more_compression_is_more_force(compression: float, more: float) -> None:
    assert force_n(STACK, compression + more) > force_n(STACK, compression)


@given(st.floats(0.1, 5000.0))
def test_the_tangent_is_the_slope_of_the_law(compression: float) -> None:
    slope = (force_n(STACK, compression + 1e-3) - force_n(STACK, compression - 1e-3)) / 2e-3
    tangent = tangent_n_per_um(STACK, force_n(STACK, compression))
    assert slope == pytest.approx(tangent, rel=1e-4)


def test_a_press_that_has_lifted_off_feels_nothing() -> None:
    assert force_n(STACK, -1.0) == force_n(STACK, 0.0) == 0.0


def test_the_column_is_soft_at_low_load_and_has_its_stiffness_at_high_load() -> None:
    assert tangent_n_per_um(STACK, 0.0) == pytest.approx(4.0)
    assert tangent_n_per_um(STACK, 1000.0) == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize("power", [1.0, 1.7, 2.5])
def test_a_power_law_has_its_stiffness_at_its_force_and_goes_back_and_forth(power: float) -> None:
    law = Stack(stiffness_n_per_um=10.0, power=power, power_at_n=500.0)
    assert tangent_n_per_um(law, 500.0) == pytest.approx(10.0)
    for force in (0.0, 5.0, 500.0, 5000.0):
        assert force_n(law, compression_um(law, force)) == pytest.approx(force)


def test_twice_the_compression_of_a_power_law_is_that_power_of_two_in_force() -> None:
    law = Stack(power=2.5)
    assert force_n(law, 20.0) / force_n(law, 10.0) == pytest.approx(2.0**2.5)
