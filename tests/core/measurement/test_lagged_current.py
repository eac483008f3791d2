"""The lagged current, how it depends on its lag, and when it is settled."""

import math

import pytest

from fixture.core.measurement.lagged_current import UNSETTLED_LAGS, Current, follow
from tests.core.bench import END, config

CONFIG = config((END,))
CONTROL = CONFIG.control
LAG_S = 20.0


def after(seconds: float, current_a: float, lag_s: float = LAG_S) -> Current:
    """A step of current, so long ago."""
    current = Current()
    for tick in range(round(seconds / CONTROL.tick_s)):
        current = follow(CONFIG, current, tick * CONFIG.tick_ns, current_a, lag_s)
    return current


def test_the_lagged_current_follows_a_step_like_a_first_order_lag():
    lagged_a = after(LAG_S, 1e-3).lagged_a
    assert lagged_a == pytest.approx(1e-3 * (1.0 - math.exp(-1.0)), rel=0.01)


def test_in_the_end_it_is_the_current_itself_and_changes_no_more():
    assert after(400.0, 1e-3).lagged_a == 1e-3
    still = Current(0.0, 0.0, 0.0, 3.0)
    assert follow(CONFIG, still, 5, 0.0, LAG_S) is still


def test_the_bend_is_the_lagged_current_s_change_with_the_lag():
    step_s = 0.1
    more, less = after(30.0, 1e-3, LAG_S + step_s), after(30.0, 1e-3, LAG_S - step_s)
    slope = (more.lagged_a - less.lagged_a) / (2.0 * step_s)
    assert after(30.0, 1e-3).bend_a_per_s == pytest.approx(slope, rel=0.02)


def test_charge_is_counted_with_its_sign():
    current = after(100.0, 1e-3)
    assert current.charge_c == pytest.approx(0.1)
    back = follow(CONFIG, current, 0, -1e-3, LAG_S)
    assert back.charge_c < current.charge_c


def test_without_a_lag_it_is_there_at_once():
    assert follow(CONFIG, Current(), 0, 1e-3, 0.0).lagged_a == 1e-3


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_step_of_current_unsettles_for_two_lags_and_a_smaller_change_does_not(sign: float):
    step_a = sign * CONTROL.current_step_a
    at = follow(CONFIG, Current(), 5, step_a, LAG_S)
    beyond = follow(CONFIG, Current(), 5, step_a * (1 + 1e-12), LAG_S)
    assert at.unsettled_until_ns == 0
    assert beyond.unsettled_until_ns == 5 + round(1e9 * UNSETTLED_LAGS * LAG_S)
