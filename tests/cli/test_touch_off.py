"""Touch-off: jogs to the stack, by the rows of a run."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from fixture.cli.touch_off import Approach, TouchError, TouchOff
from fixture.runtime.link.messages import Row

APPROACH = Approach(step_um=10.0, reach_um=300.0, touch_mpa=0.3, speed_um_per_s=5.0, settle_s=1.5)


def row(t_s: float, mpa: float | None) -> Row:
    shown = (mpa, None, None, 0.0, None, None, None, None)
    return Row(round(10 * t_s), t_s, "waiting for operator", "none", 0, 0, *shown)


def jogs(
    pressure_mpa: Callable[[float], float | None], approach: Approach = APPROACH
) -> tuple[list[float], bool]:
    """What is jogged on a stack whose pressure follows from the way, and whether it touches."""
    touch_off, made = TouchOff(approach), list[float]()
    for tick in range(20_000):
        jog_um = touch_off.seen(row(0.1 * tick, pressure_mpa(sum(made))))
        made += [jog_um] if jog_um else []
        if touch_off.touches:
            return made, True
    return made, False


def test_it_goes_on_by_steps_until_the_force_rises():
    made, touches = jogs(lambda gone_um: 0.01 * max(0.0, gone_um - 95.0))
    assert (made, touches) == ([10.0] * 13, True)


def test_a_press_that_touches_is_not_moved():
    assert jogs(lambda _: 0.5) == ([], True)


def test_a_zero_that_is_off_is_no_contact():
    made, touches = jogs(lambda gone_um: 0.2 if gone_um < 50.0 else 0.55)
    assert (len(made), touches) == (5, True)


def test_without_a_contact_it_ends_within_reach():
    with pytest.raises(TouchError, match=r"no contact within 25 um: .* give --reach"):
        jogs(lambda _: 0.0, APPROACH._replace(reach_um=25.0))


def test_the_reach_is_a_limit_of_the_last_step_too():
    touch_off = TouchOff(APPROACH._replace(reach_um=25.0))
    made = [touch_off.seen(row(0.1 * tick, 0.0)) for tick in range(130)]
    assert [jog for jog in made if jog] == [10.0, 10.0, 5.0]


def test_a_force_that_falls_is_the_wrong_way_round():
    with pytest.raises(TouchError, match="the wrong way round"):
        jogs(lambda gone_um: -0.01 * gone_um)


def test_nothing_moves_while_no_force_is_read():
    assert jogs(lambda _: None) == ([], False)


def test_a_jog_has_time_to_show_before_the_next():
    touch_off = TouchOff(APPROACH)
    times = [0.1 * tick for tick in range(200) if touch_off.seen(row(0.1 * tick, 0.0))]
    waits = [b - a for a, b in pairwise(times)]
    assert min(waits) >= 10.0 / 5.0 + 1.5 + 1.0
