"""A press is at rest where position and force are read the same, for long enough."""

import pytest

from fixture.core.measurement.at_rest import MOVES, SAME_SHARE, Standing, follow, stands
from tests.core.bench import END, config

CONFIG = config((END,))
MOST_N = SAME_SHARE * CONFIG.limits.force_max_n
NAN = float("nan")
SPAN_NS = 1_000_000_000


def read(*readings: tuple[int, float], step_ns: int = 500_000_000) -> Standing:
    """These readings of position and force, one after the other."""
    seen = MOVES
    for number, (position, force_n) in enumerate(readings):
        seen = follow(CONFIG, seen, position, force_n, number * step_ns)
    return seen


@pytest.mark.parametrize(
    ("readings", "rests"),
    [
        ([(7, 0.0)] * 3, True),
        ([(7, 0.0)] * 2, False),
        ([(7, 0.0), (8, 0.0), (6, 0.0)], True),
        ([(7, 0.0), (8, 0.0), (9, 0.0)], False),
        ([(7, 0.0), (7, MOST_N), (7, -MOST_N)], True),
        ([(7, 0.0), (7, 0.0), (7, 1.001 * MOST_N)], False),
        ([(7, 0.0), (9, 0.0), (9, 0.0), (9, 0.0)], True),
        ([(7, NAN)] * 3, True),
        ([(7, NAN), (7, 0.0), (7, 2.0 * MOST_N)], False),
        ([(7, 0.0), (7, NAN), (7, 0.0)], True),
    ],
)
def test_a_press_rests_where_position_and_force_stand(
    readings: list[tuple[int, float]], rests: bool
):
    assert stands(read(*readings), SPAN_NS) is rests


def test_it_has_to_stand_for_the_whole_span():
    seen = read(*[(7, 0.0)] * 10, step_ns=100_000_000)
    assert stands(seen, 900_000_000)
    assert not stands(seen, 900_000_001)


def test_readings_within_no_time_are_not_enough_and_neither_is_time_without_readings():
    assert not stands(read(*[(7, 0.0)] * 9, step_ns=0), SPAN_NS)
    assert not stands(read((7, 0.0), (7, 0.0), step_ns=10 * SPAN_NS), SPAN_NS)


def test_a_press_that_moves_stands_nowhere():
    assert not stands(MOVES, 0)
