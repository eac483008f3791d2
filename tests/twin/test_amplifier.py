"""What stands between the load cells' bridges and their readings."""

from itertools import pairwise
from math import exp, sqrt

import pytest
from msgspec.structs import replace

from fixture.twin.amplifier import Amplifier
from fixture.twin.loadcells import LoadCellBank
from fixture.twin.parameters import LoadCells
from tests.twin.twins import BENCH

TICK_S = 0.1
FULL_SCALE_N = 1000.0


def read(amplifier: Amplifier, readings_n: list[float], tick_s: float = TICK_S) -> list[float]:
    return [amplifier.follow(tick_s, [one_n])[0] for one_n in readings_n]


def amplifier(**cells: float) -> Amplifier:
    return Amplifier(replace(LoadCells(), **cells), [FULL_SCALE_N], 1)


def test_a_dead_time_shifts_readings() -> None:
    steps = [0.0] * 5 + [100.0] * 10
    assert read(amplifier(delay_s=0.3), steps) == [0.0] * 8 + [100.0] * 7


def test_a_low_pass_comes_to_a_step_as_an_exponential() -> None:
    found = read(amplifier(filter_s=0.5), [0.0] + [100.0] * 10)
    expected = [100.0 * (1.0 - exp(-TICK_S * tick / 0.5)) for tick in range(11)]
    assert found == pytest.approx(expected)


def test_dead_time_comes_before_the_filter() -> None:
    found = read(amplifier(delay_s=0.3, filter_s=0.5), [0.0] + [100.0] * 4)
    assert found[3] == 0.0
    assert found[4] == pytest.approx(100.0 * (1.0 - exp(-0.2)))


def test_pick_up_that_the_tick_aliases_is_a_slow_wave() -> None:
    found = read(amplifier(hum=0.01, mains_hz=50.02), [0.0] * 1000)
    assert max(found) == pytest.approx(10.0, rel=1e-3)
    assert found[500:] == pytest.approx(found[:500], abs=1e-6)  # 0.02 Hz: 50 s
    assert max(abs(b - a) for a, b in pairwise(found)) < 0.2


def test_pick_up_at_a_tick_that_does_not_alias_it_so_is_a_fast_one() -> None:
    found = read(amplifier(hum=0.01, mains_hz=50.02), [0.0] * 2000, tick_s=0.013)
    rms = sqrt(sum(one * one for one in found) / len(found))
    assert rms == pytest.approx(10.0 / sqrt(2.0), rel=0.02)
    assert sum(found) / len(found) == pytest.approx(0.0, abs=0.1)


def test_without_any_of_it_readings_are_the_bridges_own() -> None:
    plain = LoadCellBank(BENCH, LoadCells(), 1, 1000.0)
    shifted = LoadCellBank(BENCH, LoadCells(delay_s=1e-12), 1, 1000.0)
    for _ in range(50):
        plain.advance(TICK_S, 1200.0, 0.0)
        shifted.advance(TICK_S, 1200.0, 0.0)
    assert plain.force_n(0) == shifted.force_n(0)
