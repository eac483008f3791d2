"""A clamp keeps a value within its reach, and makes no command of NaN."""

import math

import pytest

from fixture.core.control.clamp import within


@pytest.mark.parametrize(
    ("value", "kept"), [(3.0, 1.0), (-3.0, -1.0), (0.5, 0.5), (math.inf, 1.0), (-math.inf, -1.0)]
)
def test_a_value_ends_at_the_reach_on_its_own_side(value: float, kept: float) -> None:
    assert within(value, 1.0) == kept


def test_nan_stays_nan() -> None:
    assert math.isnan(within(math.nan, 1.0))
