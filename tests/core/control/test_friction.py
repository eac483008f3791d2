"""What slips and long pushes teach of friction and stiffness."""

import msgspec
import pytest

from fixture.core.control.friction import (
    ODD_MOST,
    Friction,
    Push,
    is_dropped,
    is_smooth,
    loosened,
    slipped,
    stiffened,
    unwound,
)
from tests.core.bench import AREA_MM2, END, config

TABLE = config((END,))
K = 10.0 / AREA_MM2
FRICTION = Friction(K, 0.5 * K, 0.5, 1.5)


def test_a_slip_teaches_the_travel_it_took_and_one_that_came_early_teaches_less():
    late = slipped(TABLE, FRICTION, Push(0.8, 0.05, False), 0.06)
    assert late.same_um == pytest.approx(0.5 + 0.3 * 0.3)
    early = slipped(TABLE, FRICTION, Push(0.5, 0.5, False), 0.06)
    assert early.same_um == pytest.approx(0.5 + 0.3 * (0.35 - 0.5))
    turned = slipped(TABLE, FRICTION, Push(0.8, 0.05, True), 0.06)
    assert (turned.same_um, turned.reverse_um) == (0.5, pytest.approx(1.5 + 0.3 * (0.8 - 1.5)))


def test_what_is_learnt_stays_above_a_count_of_the_drive():
    tiny = Friction(K, 0.05 * K, 0.05, 0.05)
    assert slipped(TABLE, tiny, Push(0.05, 0.05, False), 0.0) == tiny


def test_a_short_push_after_a_reversal_teaches_no_stiffness():
    tight = Friction(K, 0.05 * K, 0.05, 1.05)
    for answer_mpa in (0.05, 0.1, 1.0):
        for pushed_um in (0.6, 1.0, 1.6):
            assert stiffened(TABLE, tight, pushed_um, True, answer_mpa) == tight


def test_the_longer_a_push_the_more_its_stiffness_counts():
    near = stiffened(TABLE, FRICTION, 6.0, False, 6.0 * 0.5 * K)
    far = stiffened(TABLE, FRICTION, 600.0, False, 600.0 * 0.5 * K)
    assert K > near.mpa_per_um > 0.8 * K
    assert far.mpa_per_um == pytest.approx(0.5 * K, rel=0.05)
    assert far.slip_mpa == pytest.approx(far.mpa_per_um * 0.5)


def test_a_stiffness_out_of_all_reason_is_not_believed():
    assert stiffened(TABLE, FRICTION, 1e4, False, 1e5).mpa_per_um == pytest.approx(10.0 * K)


def test_slips_that_come_elsewhere_again_and_again_replace_what_was_learnt():
    friction = FRICTION
    for _ in range(ODD_MOST):
        friction = slipped(TABLE, friction, Push(0.05, 0.01, False), 0.006)
    last = slipped(TABLE, friction, Push(0.05, 0.01, False), 0.006)
    assert last.same_um == pytest.approx(0.05)
    assert is_dropped(friction, last)
    assert not is_dropped(FRICTION, slipped(TABLE, FRICTION, Push(0.5, 0.05, False), 0.06))


def test_a_slip_of_two_steps_is_no_friction():
    assert is_smooth(TABLE, Friction(K, 0.1 * K, 0.1, 1.0))
    assert not is_smooth(TABLE, FRICTION)


def test_a_slip_larger_than_its_push_and_than_was_believed_is_believed_at_once():
    smooth = Friction(K, 0.05 * K, 0.05, 0.5)
    burst = slipped(TABLE, smooth, Push(1.0, 0.05, False), 1.0 * K)
    assert burst.slip_mpa == pytest.approx(1.0 * K)
    assert burst.same_um >= 0.8
    long_push = slipped(TABLE, smooth, Push(1.0, 0.9, True), 0.3 * K)
    assert long_push.slip_mpa == smooth.slip_mpa


def test_travel_between_slips_is_never_much_less_than_a_slip():
    short = Friction(K, 0.2 * K, 0.2, 1.2)
    learnt = slipped(TABLE, short, Push(0.5, 0.05, False), 0.5 * K)
    assert learnt.same_um >= 0.8 * learnt.slip_mpa / learnt.mpa_per_um - 1e-12
    assert learnt.reverse_um >= learnt.same_um


def test_a_press_that_answers_every_first_push_is_soon_taken_for_smooth():
    friction = FRICTION
    for _ in range(12):
        push_um = max(0.88 * friction.same_um, 0.05)
        friction = slipped(TABLE, friction, Push(push_um, push_um, False), push_um * K)
    assert is_smooth(TABLE, friction)


@pytest.mark.parametrize("turned", [False, True])
def test_slips_never_run_away_from_a_stiffness_that_creep_has_made_too_small(turned: bool):
    friction = Friction(0.1 * K, 0.05 * K, 0.5, 1.5)
    for _ in range(20):
        whole_um = 0.9 * (friction.reverse_um if turned else friction.same_um)
        friction = slipped(TABLE, friction, Push(whole_um, whole_um, turned), K * whole_um)
    assert friction.same_um < 1.5
    assert friction.reverse_um < 3.0


def test_of_a_smooth_press_what_a_turn_did_not_give_is_its_wind_up():
    friction = Friction(K, 0.05 * K, 0.05, 0.85)
    for _ in range(12):
        push_um = friction.reverse_um + 0.05
        friction = slipped(TABLE, friction, Push(push_um, push_um, True), (push_um - 0.6) * K)
    assert friction.reverse_um == pytest.approx(0.65, abs=0.01)


@pytest.mark.parametrize("steps", [3, 5, 20])
def test_a_smooth_press_that_answers_several_steps_with_as_many_has_not_slipped(steps: int):
    smooth = Friction(K, 0.1 * K, 0.1, 1.1)
    pushed_um = 0.05 * steps
    assert slipped(TABLE, smooth, Push(pushed_um, pushed_um, False), pushed_um * K) == smooth
    burst = slipped(TABLE, smooth, Push(pushed_um + 0.4, 0.05, False), 0.5 * K)
    assert burst.slip_mpa == 0.5 * K


def test_slips_that_give_far_more_than_their_travel_say_that_the_stack_is_stiffer():
    soft = Friction(0.1 * K, 0.05 * K, 0.5, 1.5, ODD_MOST)
    once = msgspec.structs.replace(soft, odd=0)
    assert slipped(TABLE, once, Push(0.5, 0.5, False), 0.5 * K).mpa_per_um == soft.mpa_per_um
    learnt = slipped(TABLE, soft, Push(0.5, 0.5, False), 0.5 * K)
    assert learnt.mpa_per_um == pytest.approx(0.1 * K + 0.3 * 0.9 * K)
    turned = slipped(TABLE, soft, Push(0.5, 0.5, True), 0.5 * K)
    assert turned.mpa_per_um == soft.mpa_per_um


SMOOTH = Friction(K, 0.05 * K, 0.05, 0.65)


def test_turns_too_small_to_be_seen_find_the_wind_up_in_the_mean():
    friction, noise_um = SMOOTH, (0.15, -0.15)
    for turn in range(200):
        pushed_um = friction.reverse_um
        answer_mpa = K * (max(pushed_um - 0.85, 0.0) + noise_um[turn % 2])
        push = Push(pushed_um, pushed_um, True, 0.3 * K)
        friction = unwound(TABLE, friction, push, answer_mpa)
    assert friction.reverse_um == pytest.approx(0.9, abs=0.05)


def test_the_noisier_a_turn_the_less_it_teaches():
    clear = unwound(TABLE, SMOOTH, Push(0.7, 0.7, True), 0.0)
    faint = unwound(TABLE, SMOOTH, Push(0.7, 0.7, True, 0.1 * K), 0.0)
    assert clear.reverse_um - 0.65 == pytest.approx(2.0 * (faint.reverse_um - 0.65))


def test_no_turn_takes_less_than_a_step():
    assert unwound(TABLE, SMOOTH, Push(0.7, 0.7, True), 2.0 * K).reverse_um == SMOOTH.same_um


def test_what_may_be_noise_makes_no_press_stick():
    late = Push(0.2, 0.05, False, 0.15 * K)  # its first part seemed to do nothing
    assert slipped(TABLE, SMOOTH, late, 0.28 * K) == SMOOTH
    assert not is_smooth(TABLE, slipped(TABLE, SMOOTH, late._replace(noise_mpa=0.0), 0.28 * K))


def test_what_goes_without_slips_sticks_half_as_much_and_winds_up_as_before():
    looser = loosened(TABLE, FRICTION)
    assert (looser.same_um, looser.slip_mpa) == (0.25, pytest.approx(0.25 * K))
    assert looser.reverse_um - looser.same_um == pytest.approx(1.0)
    assert loosened(TABLE, SMOOTH) == SMOOTH
