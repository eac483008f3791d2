"""What a slip shows, and what is none: creep after an approach, a spring loaded before, the coarse
increments that a large backlash needs."""

import pytest

from fixture.core.control import friction, identification, response
from fixture.core.control.state import Friction, Identification, Stroke
from tests.core.bench import END, config

K, BAND_UM, JUMP_MPA = 0.1, 0.5, 0.05
MODEL = Friction(K, 1.3 * K, BAND_UM, JUMP_MPA, 1.0)
SECOND = Identification(stage=1)
TABLE = config((END,))


def made(travel_um: float, last_um: float, turned: bool = False) -> Stroke:
    """A stroke upwards that the press has made."""
    return Stroke(direction=1, travel_um=travel_um, last_um=last_um, turned=turned)


def test_in_identification_a_response_is_a_third_of_what_the_travel_is_worth():
    least = response.least_mpa(MODEL, made(0.4, 0.05), True)
    assert least == pytest.approx(response.SLIPPED * K * 0.4)


def test_a_press_that_does_not_stick_need_not_show_more_than_its_newest_displacement_and_a_band():
    least = response.least_mpa(MODEL, made(8.0, 1.0), True)
    assert least == pytest.approx(response.SLIPPED * K * 1.5)
    assert least < K * 1.0


def test_after_a_reversal_and_in_a_hold_it_is_a_third_of_a_slip_jump():
    for stroke, identifies in ((made(4.0, 0.6, turned=True), True), (made(4.0, 0.6), False)):
        least = response.least_mpa(MODEL, stroke, identifies)
        assert least == pytest.approx(response.SLIPPED * JUMP_MPA)


def test_a_second_stroke_that_released_more_than_its_travel_is_made_again_once():
    short = made(0.05, 0.05)
    found, model = identification.from_response(TABLE, SECOND, MODEL, short, 0.05)
    assert (found.stage, found.repeated, model) == (1, True, MODEL)
    found, model = identification.from_response(TABLE, found, MODEL, short, 0.05)
    assert found.stage == 2


def test_a_jump_that_the_stiffness_does_not_explain_raises_it_up_to_its_bound():
    soft = Friction(0.02, 0.2, BAND_UM, JUMP_MPA, 1.0)
    _, model = identification.from_response(TABLE, SECOND, soft, made(0.5, 0.05), 0.05)
    assert model.mpa_per_um == pytest.approx(friction.HOLDS * 0.05 / 0.5)


@pytest.mark.parametrize(("last_um", "is_shown"), [(0.2, True), (BAND_UM, True), (0.6, False)])
def test_a_reversal_in_increments_beyond_the_band_shows_the_backlash_alone(
    last_um: float, is_shown: bool
):
    after = friction.from_slip(TABLE, MODEL, 4.0, last_um, turned=True, mpa=0.08)
    assert (after.jump_mpa > JUMP_MPA) == is_shown
    assert after.backlash_um > MODEL.backlash_um


def test_no_band_is_longer_than_a_slip_of_its_jump_allows():
    hidden = Friction(K, 1.3 * K, 1.2, 0.02, 1.0)
    bounded = friction.consistent(TABLE, hidden)
    assert bounded.band_um == pytest.approx(0.02 / (friction.LEAST_PART * K))
    assert friction.consistent(TABLE, MODEL) == MODEL


def test_a_slip_that_stands_out_of_the_noise_is_identified_whatever_was_expected():
    small = Friction(K, 1.3 * K, 0.2, 0.01, 1.0)
    grown = friction.from_slip(TABLE, small, 1.0, 1.0, turned=False, mpa=0.09)
    assert grown.jump_mpa > small.jump_mpa


def test_events_at_reversals_make_no_backlash_odder_than_the_rig_may_have():
    model = MODEL
    for _ in range(100):
        model = friction.from_slip(TABLE, model, 500.0, 1.0, True, JUMP_MPA)
    declared = TABLE.nominal
    most_um = declared.backlash_um + friction.ODDEST * declared.stick_band_um
    assert model.backlash_um == pytest.approx(most_um)
    for _ in range(100):
        model = friction.from_smooth(TABLE, model, 500.0, True, 0.001, 0.0)
    assert model.backlash_um == pytest.approx(most_um)
