"""Another program's clock, fitted from when its rows come."""

import random

import pytest

from instruments.potentiostat.arrival import Arrivals, Lateness


def fitted(offset_s: float, drift: float, delays: list[float]) -> tuple[Arrivals, float]:
    """A clock of this offset and drift after so many rows, and the worst error of the last 100."""
    arrivals, worst = Arrivals(), 0.0
    for second, delay_s in enumerate(delays):
        true_s = 1000.0 + second
        row_s = (true_s - offset_s) * (1.0 - drift)
        arrivals.add(row_s, true_s + delay_s)
        if second > len(delays) - 100:
            worst = max(worst, abs(arrivals.measured_s(row_s) - true_s))
    return arrivals, worst


def delays(number: int, block: int) -> list[float]:
    """Rows that are written in blocks, through a share that now and then holds one up."""
    chance = random.Random(1)
    return [
        (block - 1 - i % block) + 0.2 * chance.random() + (5.0 if chance.random() < 0.02 else 0.0)
        for i in range(number)
    ]


@pytest.mark.parametrize("block", [1, 5, 10])
def test_rows_that_come_in_blocks_have_the_time_at_which_they_were_measured(block: int):
    _, worst = fitted(-500.0, 0.0, delays(3600, block))
    assert worst < 0.05


@pytest.mark.parametrize("drift", [1e-4, -1e-4])
def test_a_clock_that_drifts_is_followed(drift: float):
    arrivals, worst = fitted(0.0, drift, delays(4 * 3600, 1))
    assert arrivals.drift == pytest.approx(drift, abs=2e-5)
    assert worst < 0.1


def test_a_slow_start_is_forgotten_once_a_row_comes_sooner():
    arrivals = Arrivals()
    arrivals.add(0.0, 100.0)
    arrivals.add(1.0, 100.5)
    assert arrivals.measured_s(1.0) == 100.5
    assert arrivals.measured_s(0.0) == 99.5


def test_no_row_is_measured_after_it_came():
    arrivals = Arrivals()
    chance = random.Random(2)
    for second in range(5000):
        arrivals.add(second * 1.0002, second + chance.random())
        assert arrivals.measured_s(second * 1.0002) <= second + 1.0


def test_the_lateness_is_told_in_the_middle_and_at_most():
    lateness = Lateness()
    for late_s in (1.0, 9.0, 2.0):
        lateness.add(late_s)
    assert lateness.middle_and_most_s() == (2.0, 9.0)
