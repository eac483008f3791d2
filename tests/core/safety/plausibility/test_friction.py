"""What friction hides is what the controller has found, or the rig says, whichever is more."""

import msgspec
import pytest

from fixture.core.config import Config
from fixture.core.safety.plausibility.friction import Friction, late_s
from tests.core.safety.plausibility.test_residual_window import RIG


def declared(band_um: float, backlash_um: float) -> Config:
    """A rig that declares this."""
    nominal = msgspec.structs.replace(RIG.nominal, stick_band_um=band_um, backlash_um=backlash_um)
    return msgspec.structs.replace(RIG, nominal=nominal)


@pytest.mark.parametrize(
    ("found", "says", "stick_um", "lost_um"),
    [
        ((2.0, 3.0), (1.0, 1.0), 2.0, 5.0),
        ((0.5, 0.25), (1.0, 2.0), 1.0, 3.0),
        ((4.0, 0.0), (1.0, 2.0), 4.0, 6.0),
    ],
)
def test_the_greater_of_both_counts(
    found: tuple[float, float], says: tuple[float, float], stick_um: float, lost_um: float
):
    friction, rig = Friction(*found, 0.0), declared(*says)
    assert (friction.stick_um(rig), friction.lost_um(rig)) == (stick_um, lost_um)


@pytest.mark.parametrize(("settle_ns", "seconds"), [(0, 1.0), (1_500_000_000, 2.5)])
def test_the_force_has_followed_a_second_after_the_declared_settling(
    settle_ns: int, seconds: float
):
    press = msgspec.structs.replace(RIG.press, settle_ns=settle_ns)
    assert late_s(msgspec.structs.replace(RIG, press=press)) == pytest.approx(seconds)
