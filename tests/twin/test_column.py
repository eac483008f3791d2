"""The column as it stands: start, wall friction, stiffness that changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixture.twin.column import Column
from fixture.twin.parameters import Stack
from tests.twin.twins import AREA_MM2

STACK = Stack(stiffness_n_per_um=10.0, contact_mpa=15.0)
WALLED = replace(STACK, wall_friction=0.2)


def test_it_starts_at_its_contact_pressure() -> None:
    column = Column(WALLED, AREA_MM2)
    assert column.interface_n == pytest.approx(15.0 * AREA_MM2)
    assert column.settle(0.0, 0.0) == pytest.approx(15.0 * AREA_MM2 / 0.8)


@given(st.floats(1.0, 50_000.0))
def test_the_movement_for_a_force_gives_that_force(force_n: float) -> None:
    column = Column(STACK, AREA_MM2)
    assert column.at(column.movement_um(force_n)) == pytest.approx(force_n, rel=1e-9)


def test_without_a_wall_the_interface_feels_the_whole_force() -> None:
    column = Column(STACK, AREA_MM2)
    for moved_um in (0.0, 50.0, -20.0, -200.0, 10.0):
        assert column.settle(moved_um, 0.0) == column.interface_n


def test_a_wall_holds_against_whichever_way_the_force_goes() -> None:
    column = Column(WALLED, AREA_MM2)
    rising_n = column.settle(100.0, 0.0)
    assert column.interface_n == pytest.approx(0.8 * rising_n)
    stuck_n = column.interface_n
    assert column.settle(70.0, 0.0) < rising_n
    assert column.interface_n == stuck_n  # inside the friction: the die holds it
    falling_n = column.settle(-50.0, 0.0)
    assert column.interface_n == pytest.approx(falling_n / 0.8)
    column.settle(-1000.0, 0.0)
    assert column.interface_n == 0.0


def test_a_change_of_stiffness_changes_no_force_and_is_felt_by_what_moves_on() -> None:
    column = Column(STACK, AREA_MM2)
    before_n = column.settle(20.0, 0.0)
    column.stiffen(0.5)
    assert column.settle(20.0, 0.0) == pytest.approx(before_n)
    assert column.settle(21.0, 0.0) - before_n == pytest.approx(5.0, rel=1e-3)
    assert column.slope_n_per_um(before_n) == pytest.approx(5.0, rel=1e-3)


def test_a_gap_stays_as_wide_when_the_stiffness_changes() -> None:
    column = Column(STACK, AREA_MM2)
    touching_um = column.movement_um(1e-9)
    column.settle(touching_um - 10.0, 0.0)
    column.stiffen(0.5)
    assert column.at(touching_um - 1e-6) == 0.0
    assert column.at(touching_um + 10.0) > 0.0
