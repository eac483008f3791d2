"""What a press's friction does beside sticking to one breakaway."""

import pytest
from msgspec.structs import replace

from fixture.twin.friction import StickSlip
from fixture.twin.parameters import Friction, Press
from fixture.twin.plant import Plant
from fixture.twin.seeds import seeded
from fixture.twin.sticking import Sticking
from tests.twin.twins import IDEAL, changed, seen

PRESS = replace(Press(), slip_um=1.0, slip_scatter=0.0, landing=0.0)


def stuck(press: Press = PRESS, **friction: float) -> Sticking:
    return Sticking(press, Friction(**friction), seeded(1, "friction"))


def rested(stick: Sticking, seconds: int) -> Sticking:
    for _ in range(seconds):
        stick.rest(1.0)
    return stick


def test_with_none_of_it_it_is_plain_stick_slip() -> None:
    press = replace(PRESS, slip_scatter=0.1, landing=0.3)
    plain = StickSlip(1.0, 0.1, 0.3, False, seeded(1, "friction"))
    drives = [0.05 * step for step in range(80)] + [4.0 - 0.05 * step for step in range(160)]
    own = stuck(press)
    assert [own.follow(um) for um in drives] == pytest.approx([plain.follow(um) for um in drives])
    assert own.slips == plain.slips > 4


def test_presliding_lets_a_share_of_a_small_stroke_through_at_once() -> None:
    stick = stuck(presliding=0.3)
    assert stick.follow(0.5) == pytest.approx(0.15)
    assert stick.follow(0.0) == pytest.approx(0.0)


def test_creep_lets_what_sticks_through_with_time() -> None:
    stick = stuck(creep=0.8, creep_time_s=30.0)
    assert stick.follow(0.5) == 0.0
    assert rested(stick, 30).rest(0.0) == pytest.approx(0.4 * 0.632, abs=1e-3)
    assert rested(stick, 600).rest(0.0) == pytest.approx(0.4)


def test_a_press_that_yields_wholly_comes_to_where_it_was_told_without_a_slip() -> None:
    stick = stuck(creep=1.0, creep_time_s=60.0)
    stick.follow(0.9)
    assert rested(stick, 900).rest(0.0) == pytest.approx(0.9)
    assert stick.slips == 0


def test_breakaway_grows_with_the_logarithm_of_rest_and_is_young_again_after_a_slip() -> None:
    stick = stuck(ageing=0.2)
    assert rested(stick, 99).breakaway_um(1) == pytest.approx(1.4)
    assert stick.follow(1.39) == 0.0
    assert stick.follow(1.41) == pytest.approx(1.41)
    assert stick.breakaway_um(1) == pytest.approx(1.0)


def test_it_takes_more_to_press_than_to_release() -> None:
    stick = stuck(asymmetry=0.4)
    assert stick.breakaway_um(1) == pytest.approx(1.4)
    assert stick.breakaway_um(-1) == pytest.approx(0.6)
    assert stick.follow(-0.5) == 0.0
    assert stick.follow(-0.7) == pytest.approx(-0.7)


def test_breakaway_goes_up_and_down_along_the_way() -> None:
    stick = stuck(waviness=0.5, wave_um=40.0)
    stick.follow(0.0)
    places = [0.5 * step for step in range(80)]
    found: list[float] = []
    for um in places:
        stick.follow(um)
        found.append(stick.breakaway_um(1))
    assert max(found) == pytest.approx(1.5, abs=1e-2)
    assert min(found) == pytest.approx(0.5, abs=1e-2)


def test_where_it_slides_it_follows_until_the_drive_rests() -> None:
    stick = stuck(replace(PRESS, slides=True), ageing=0.1)
    assert stick.follow(1.2) == pytest.approx(1.2)
    assert stick.follow(1.3) == pytest.approx(1.3)
    stick.rest(0.1)
    assert stick.follow(1.5) == pytest.approx(1.3)


def test_the_stack_feels_a_press_that_yields_while_the_drive_stands() -> None:
    yielding = changed(IDEAL, press={"slip_um": 2.0}, friction={"creep": 1.0, "creep_time_s": 10.0})
    plant = Plant(yielding)
    plant.press.move_to(20)
    plant.advance(2_000_000_000)
    early_n = seen(plant, "true_force_newton")
    plant.advance(60_000_000_000)
    assert seen(plant, "true_displacement_metre") == pytest.approx(1e-6, rel=1e-2)
    assert seen(plant, "true_force_newton") > early_n + 2.0
