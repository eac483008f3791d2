"""How far to move: the decisions of the hold, one at a time."""

import msgspec
import pytest

from fixture.core.control import disturbance, law
from fixture.core.control.friction import Friction
from fixture.core.control.state import PRECISE, SMOOTH, is_far, look_s, start
from tests.core.bench import AREA_MM2, END, config

TABLE = config((END,))
K = 10.0 / AREA_MM2
FRICTION = Friction(K, 0.5 * K, 0.5, 1.5)
DRIFT = msgspec.structs.replace(disturbance.start(TABLE), breathing=0.0)
NEVER = float("inf")


def planned(
    slips: float,
    rate: float = 0.0,
    change_s: float = NEVER,
    next_rate: float = 0.0,
    friction: Friction = FRICTION,
    **changes: object,
) -> float:
    """The move for an error of so many slips; the last push was upwards."""
    drift = msgspec.structs.replace(DRIFT, error_mpa=slips * FRICTION.slip_mpa)
    told = {"friction": friction, "drift": drift, "direction": 1} | changes
    state = msgspec.structs.replace(start(TABLE), **told)
    return law.how_far_um(TABLE, state, rate, change_s, next_rate)


@pytest.mark.parametrize("slips", [0.0, 0.49, -0.49])
def test_less_than_half_a_slip_off_it_waits(slips: float):
    assert planned(slips) == 0.0


def test_half_a_slip_too_low_it_pushes_nearly_to_the_next_slip():
    assert planned(-0.5) == pytest.approx(0.88 * 0.5)


def test_then_it_goes_on_in_small_increments():
    assert planned(-0.6, pushed_um=0.44) == pytest.approx(0.05)
    assert planned(-0.6, pushed_um=2.0) == pytest.approx(0.1)


def test_the_other_way_the_reversal_comes_on_top():
    assert planned(0.7) == pytest.approx(-0.88 * 1.5)


def test_a_push_begun_with_a_reversal_goes_on_to_the_reversals_end():
    assert planned(-0.6, pushed_um=0.7, reversed=True) == pytest.approx(0.88 * 1.5 - 0.7)


def test_a_move_that_the_drift_will_make_is_not_made():
    assert planned(-0.6, rate=1e-4) == 0.0
    assert planned(0.6, rate=-1e-4) == 0.0
    assert planned(-0.6, rate=-1e-4) > 0.0


def test_a_move_that_the_next_step_of_current_undoes_is_not_made():
    assert planned(-0.6, rate=-1e-4, change_s=20.0, next_rate=-1e-4) > 0.0
    assert planned(-0.6, rate=-1e-4, change_s=20.0, next_rate=1e-3) == 0.0
    assert planned(-0.6, rate=-1e-4, change_s=1e5, next_rate=1e-3) > 0.0
    assert planned(-0.6, rate=-1e-4, change_s=-1.0, next_rate=1e-3) > 0.0


def test_far_off_it_goes_half_the_way_never_believing_the_stack_softer_than_declared():
    assert planned(-10.0) == pytest.approx(0.5 * 10.0 * 0.5)
    soft = Friction(0.1 * K, 0.5 * K, 0.5, 1.5)
    assert planned(-10.0, friction=soft) == pytest.approx(2.5)
    stiff = Friction(2.0 * K, 0.5 * K, 0.5, 1.5)
    assert planned(-10.0, friction=stiff) == pytest.approx(1.25)


def test_without_friction_it_goes_straight_there_and_takes_up_the_slack_once():
    smooth = Friction(K, 0.05 * K, 0.05, 1.05)
    assert planned(-0.2, friction=smooth) == pytest.approx(0.1)
    assert planned(0.2, friction=smooth) == pytest.approx(-0.1 - 1.0)
    assert planned(0.055, friction=smooth) == 0.0


def test_once_the_ramp_has_measured_the_stiffness_most_of_a_little_rest_is_made_at_once():
    assert planned(-8.0, well_known=True) == pytest.approx(0.85 * 4.0)
    assert planned(-8.0, well_known=False) == pytest.approx(0.5 * 4.0)


def test_a_drift_that_will_have_carried_it_off_when_a_slip_shows_is_met_early():
    rate = 0.2 * FRICTION.slip_mpa / (law.LOOKS * look_s(TABLE))
    assert planned(-0.4, rate=-rate) > 0.0
    assert planned(-0.4, rate=-0.2 * rate) == 0.0


def test_no_forecast_is_waited_for_once_the_error_is_large():
    assert planned(-0.9, rate=1e-3) == 0.0
    assert planned(-1.3, rate=1e-3) > 0.0


def test_smooth_by_choice_goes_straight_whatever_the_friction():
    assert planned(-0.6, style=SMOOTH) == pytest.approx(0.3)


def test_a_precise_landing_goes_far_below_and_comes_up_to_the_target():
    drift = msgspec.structs.replace(DRIFT, error_mpa=0.3 * FRICTION.slip_mpa)
    state = msgspec.structs.replace(
        start(TABLE), friction=FRICTION, drift=drift, style=PRECISE, target_um=100.0
    )
    below_um, target_um = law.landing_um(TABLE, state, 0.0)
    assert below_um == pytest.approx(target_um - 1.65)
    assert target_um < 100.0


def test_a_drift_that_is_hardly_known_is_looked_at_before_a_move():
    unsure = 0.4 * FRICTION.slip_mpa / (law.LOOKS * look_s(TABLE))
    drift = msgspec.structs.replace(DRIFT, error_mpa=-0.7 * FRICTION.slip_mpa, p_rr=unsure**2)
    assert planned(-0.7) > 0.0
    assert planned(-0.7, drift=drift) == 0.0
    assert planned(-0.7, drift=drift, rested=law.UNSURE_MOST) > 0.0


def test_the_last_part_of_a_ramp_leaves_room_for_a_slip():
    assert planned(-4.0, well_known=True) == pytest.approx(2.0 - 0.5)
    late = Friction(K, 0.5 * K, 5.0, 5.0)
    assert planned(-4.0, well_known=True, friction=late) == pytest.approx(2.0 - 0.5)


def test_pressure_that_wanders_is_not_turned_after_at_once():
    far_mpa2 = (0.2 * FRICTION.slip_mpa) ** 2
    wandering = msgspec.structs.replace(
        DRIFT, error_mpa=0.7 * FRICTION.slip_mpa, far_mpa2=far_mpa2, rough_mpa=1e-3
    )
    assert planned(0.7) < 0.0
    assert planned(0.7, drift=wandering) == 0.0
    beyond = msgspec.structs.replace(wandering, error_mpa=1.1 * FRICTION.slip_mpa)
    assert planned(1.1, drift=beyond) < 0.0


def test_what_pressure_wanders_in_a_look_is_not_far():
    far_mpa2 = FRICTION.slip_mpa**2
    calm = msgspec.structs.replace(DRIFT, error_mpa=4.0 * FRICTION.slip_mpa)
    wandering = msgspec.structs.replace(calm, far_mpa2=far_mpa2)
    state = msgspec.structs.replace(start(TABLE), friction=FRICTION, drift=calm)
    assert is_far(TABLE, state)
    assert not is_far(TABLE, msgspec.structs.replace(state, drift=wandering))
