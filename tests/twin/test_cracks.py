"""Sudden losses of force, and gas that a cell keeps."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from fixture.twin.plant import Plant
from tests.twin.twins import IDEAL, SECOND, after, changed, seen

HOUR = 3600


def forces_n(seed: int = 1, seconds: int = HOUR, **cracks: object) -> list[float]:
    """The force each second of a stack that begins at 10 MPa."""
    cracking = changed(IDEAL, stack={"contact_mpa": 10.0}, cracks=cracks)
    plant = Plant(replace(cracking, seed=seed))
    found: list[float] = []
    for second in range(1, seconds + 1):
        plant.advance(second * SECOND)
        found.append(seen(plant, "true_force_newton"))
    return found


def losses(forces: list[float]) -> list[float]:
    """Shares lost at once."""
    return [
        1.0 - after_n / before_n for before_n, after_n in pairwise(forces) if after_n < before_n
    ]


def test_a_crack_at_a_given_time_takes_its_share_of_the_force_at_once() -> None:
    found = forces_n(seconds=20, at_s=(10.5,), least=0.3, most=0.3)
    assert found[9] == pytest.approx(785.4)
    assert found[11] == pytest.approx(0.7 * 785.4)
    assert losses(found) == pytest.approx([0.3])


def test_cracks_come_by_the_seed_as_often_as_is_said_and_between_the_two_shares() -> None:
    shares = losses(forces_n(rate_per_h=20.0, least=0.02, most=0.1))
    assert 8 <= len(shares) <= 35
    assert all(0.02 <= share <= 0.1 + 1e-9 for share in shares)
    assert shares == losses(forces_n(rate_per_h=20.0, least=0.02, most=0.1))
    assert shares != losses(forces_n(2, rate_per_h=20.0, least=0.02, most=0.1))


def test_without_them_nothing_is_lost() -> None:
    assert losses(forces_n(seconds=100)) == []


def test_gas_grows_outward_at_its_rate() -> None:
    plant = after(Plant(changed(IDEAL, gas={"growth_um_per_h": 12.0})), 1800.0)
    assert seen(plant, "forming_metre") == pytest.approx(-6e-6, rel=1e-6)
    assert seen(plant, "true_force_newton") > 0.3 * 78.54 + 20.0
