"""Travel since the setpoint was reached: what it is worth, and what explains it."""

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility.budget import Budget, begun, follow, is_spent
from tests.core.safety.plausibility.test_residual_window import RIG, K
from tests.core.samples import NAN

BEFORE = Budget(4.0, 20.0, 3.0, -1.0, 5.0, 20.0, 30.0, 2.0)
WORTH_UM = 16.0  # a fiftieth of 200 MPa, at 0.25 MPa/um
KNOWN = Known(mean_mpa=21.0, position_um=10.0, temperature_c=25.0)


def after(before: Budget = BEFORE, celsius: float = 25.0, grown_um: float = 4.0) -> Budget:
    """One more window, with 1.5 um lost to creep, and 6 um hidden."""
    known = msgspec.structs.replace(KNOWN, temperature_c=celsius)
    return follow(RIG, before, known, grown_um, 1.5, K, 6.0)


def left_um(grown_um: float, ranges_um: float, warmed_k: float) -> float:
    """What is left where the growth so far, its range and that of the warmth are these."""
    inward_um = 10.0 - 4.0 + grown_um - 1.0 / K
    return WORTH_UM + 6.0 + 3.5 + 0.6 * ranges_um + 4.0 * warmed_k - inward_um


@pytest.mark.parametrize(
    ("grown_um", "least_um", "most_um"), [(4.0, -1.0, 7.0), (-6.0, -3.0, 5.0), (1.0, -1.0, 5.0)]
)
def test_what_the_charge_makes_grow_counts_and_so_does_its_range(
    grown_um: float, least_um: float, most_um: float
):
    seen = after(grown_um=grown_um)
    assert (seen.from_um, seen.from_mpa, seen.lost_um) == (4.0, 20.0, 3.5)
    assert (seen.grown_um, seen.least_um, seen.most_um) == (3.0 + grown_um, least_um, most_um)
    assert seen.left_um == pytest.approx(left_um(3.0 + grown_um, most_um - least_um, 10.0))


@pytest.mark.parametrize(
    ("before", "celsius", "expected"),
    [
        ((20.0, 30.0), 25.0, (20.0, 30.0)),
        ((20.0, 30.0), 15.0, (15.0, 30.0)),
        ((20.0, 30.0), 35.0, (20.0, 35.0)),
        ((20.0, 30.0), NAN, (20.0, 30.0)),
        ((NAN, NAN), 25.0, (25.0, 25.0)),
    ],
)
def test_warmth_counts_by_its_range(
    before: tuple[float, float], celsius: float, expected: tuple[float, float]
):
    coldest_c, warmest_c = before
    given = msgspec.structs.replace(BEFORE, coldest_c=coldest_c, warmest_c=warmest_c)
    seen = after(given, celsius)
    assert (seen.coldest_c, seen.warmest_c) == expected
    assert seen.left_um == pytest.approx(left_um(7.0, 8.0, expected[1] - expected[0]))


def test_without_a_temperature_warmth_explains_nothing():
    seen = after(msgspec.structs.replace(BEFORE, coldest_c=NAN, warmest_c=NAN), NAN)
    assert seen.coldest_c != seen.coldest_c
    assert seen.left_um == pytest.approx(left_um(7.0, 8.0, 0.0))


def test_it_begins_where_the_setpoint_is_reached():
    assert begun(KNOWN) == Budget(10.0, 21.0, coldest_c=25.0, warmest_c=25.0)


@pytest.mark.parametrize(("left_um", "spent"), [(5e-324, False), (0.0, False), (-5e-324, True)])
def test_it_is_spent_once_less_than_nothing_is_left(left_um: float, spent: bool):
    assert is_spent(Budget(left_um=left_um)) is spent
