"""Times are said in the two largest units, or as finely as is requested."""

import math

import pytest

from fixture.frame.time_text import time_text


@pytest.mark.parametrize(
    ("seconds", "to_s", "text"),
    [
        (0.0, 0.0, "0 s"), (0.5, 0.0, "0.5 s"), (7.2468, 0.0, "7.25 s"), (90.0, 0.0, "1 min 30 s"),
        (119.6, 0.0, "2 min"), (3599.9, 0.0, "1 h"), (86399.0, 0.0, "1 d"), (2.592e6, 0.0, "30 d"),
        (math.inf, 0.0, "any time"), (math.nan, 0.0, "nan s"), (0.0, 0.1, "0.0 s"),
        (7.24, 0.1, "7.2 s"), (90.0, 0.1, "1 min 30 s"), (7.0, 1.0, "7 s"),
        (0.125, 0.05, "0.125 s"),
        (65.0, 0.0, "1 min 5 s"), (3600.0, 0.0, "1 h"), (9240.0, 0.0, "2 h 34 min"),
        (3599.7, 0.0, "1 h"), (277200.0, 0.0, "3 d 5 h"), (277200.0, 600.0, "3 d 5 h"),
        (277800.0, 600.0, "3 d 5 h 10 min"), (-90.0, 0.0, "-1 min 30 s"),
    ],
)  # fmt: skip
def test_a_time_in_words(seconds: float, to_s: float, text: str) -> None:
    assert time_text(seconds, to_s) == text
