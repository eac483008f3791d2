"""Thickness by charge: straight, curved, and by the way it came."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from fixture.twin.breathing import Swelling
from fixture.twin.curves import CURVES
from fixture.twin.parameters import Breathing, Electrochemistry
from tests.twin.twins import BENCH, SODIUM

CHEMISTRY = Electrochemistry(capacity_mah_per_cm2=1.5, initial_soc=0.0)
CAPACITY_C = 1.5 * 0.7854 * 3.6
STRAIGHT = Breathing(factor=1.0, lag_s=0.0, dead=0.0)
CURVED = replace(STRAIGHT, charge_shape=(0.0, 0.1, 0.3, 0.7, 1.0))
LOOPED = replace(CURVED, discharge_shape=(0.0, 0.3, 0.6, 0.9, 1.0), turn=0.05)
SWING_UM = 1.5 * SODIUM


def thickness(swelling: Swelling, charged: float, steps: int = 100) -> float:
    """Charge by a share of the capacity; the thickness then, um."""
    for _ in range(steps):
        swelling.advance(1.0, charged * CAPACITY_C / steps)
    return swelling.thickness_um


def made(breathing: Breathing, soc: float = 0.0) -> Swelling:
    return Swelling(BENCH, breathing, replace(CHEMISTRY, initial_soc=soc))


def test_a_straight_line_is_the_coefficient_times_the_charge() -> None:
    assert thickness(made(STRAIGHT), 0.4) == pytest.approx(0.4 * SWING_UM)


def test_a_shape_that_is_straight_is_the_straight_line() -> None:
    shaped = made(replace(STRAIGHT, charge_shape=(0.0, 0.5, 1.0)))
    assert thickness(shaped, 0.4) == pytest.approx(0.4 * SWING_UM)


def test_a_curve_goes_through_its_points_and_back_the_same_way() -> None:
    swelling = made(CURVED)
    for share in (0.1, 0.3, 0.7, 1.0):
        assert thickness(swelling, 0.25) == pytest.approx(share * SWING_UM)
    assert thickness(swelling, -0.5) == pytest.approx(0.3 * SWING_UM)


def test_thickness_counts_from_where_the_charge_began() -> None:
    assert thickness(made(CURVED, soc=0.5), 0.25) == pytest.approx(0.4 * SWING_UM)


def test_beyond_full_and_empty_the_ends_go_on() -> None:
    assert thickness(made(CURVED), 1.1) == pytest.approx((1.0 + 0.3 * 0.4) * SWING_UM)
    assert thickness(made(CURVED), -0.1) == pytest.approx(-0.1 * 0.4 * SWING_UM)


def test_two_shapes_are_a_loop_that_closes() -> None:
    swelling = made(LOOPED)
    up_um = thickness(swelling, 0.5)
    top_um = thickness(swelling, 0.5)
    down_um = thickness(swelling, -0.5)
    assert up_um == pytest.approx(0.3 * SWING_UM)
    assert down_um == pytest.approx(0.6 * SWING_UM)
    assert top_um == pytest.approx(SWING_UM)
    assert thickness(swelling, -0.5) == pytest.approx(0.0, abs=1e-9)
    assert thickness(swelling, 0.5) == pytest.approx(up_um)


def test_turning_round_changes_over_without_a_jump() -> None:
    swelling = made(LOOPED)
    thickness(swelling, 0.5)
    path: list[float] = []
    for _ in range(100):
        swelling.advance(1.0, -0.001 * CAPACITY_C)
        path.append(swelling.thickness_um)
    assert max(abs(b - a) for a, b in pairwise(path)) < 0.02 * SWING_UM
    assert path[-1] == pytest.approx((0.3 + 0.3 * 0.6) * SWING_UM, rel=0.02)


def test_some_of_what_is_gained_stays_dead() -> None:
    swelling = made(replace(CURVED, dead=0.01))
    thickness(swelling, 1.0)
    assert thickness(swelling, -1.0) == pytest.approx(0.01 * SWING_UM)


@pytest.mark.parametrize("name", CURVES)
def test_a_named_curve_begins_at_0_ends_at_1_and_never_falls(name: str) -> None:
    for shares in CURVES[name]:
        assert (shares[0], shares[-1]) == (0.0, 1.0)
        assert list(shares) == sorted(shares)


def test_indium_goes_back_the_way_it_came_and_silicon_stays_swollen() -> None:
    for name, apart in (("indium", 0.0), ("silicon", 0.2)):
        swelling = made(replace(STRAIGHT, curve=name))
        up_um = thickness(swelling, 0.5)
        thickness(swelling, 0.5)
        assert thickness(swelling, -0.5) - up_um >= apart * SWING_UM - 1e-9
        assert thickness(swelling, -0.5) == pytest.approx(0.0, abs=1e-9)


def test_a_curve_of_ones_own_goes_before_a_named_one() -> None:
    own = made(replace(CURVED, curve="silicon"))
    assert thickness(own, 0.25) == pytest.approx(0.1 * SWING_UM)
