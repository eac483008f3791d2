"""Ranges of current of a source-measure unit: where a current stands in them."""

from collections.abc import Sequence
from typing import NamedTuple

FULL_SCALE = 1.05  # of its range, that the instrument can limit and read
LEAST_OF_RANGE = 0.1  # a current stands so high in its range or higher, but in the lowest
MARGIN = 5.0  # of the data sheet: 4.3 for 50 °C (0.15 of it a kelvin beyond 28 °C), the rest noise


class Range(NamedTuple):
    """Most that source and reading together are off."""

    full_a: float
    share: float  # of the current
    offset_a: float


def range_for(ranges: Sequence[Range], current_a: float) -> float:
    """The smallest range that limits and reads a current, A."""
    return ranges[place(ranges, current_a)].full_a


def place(ranges: Sequence[Range], current_a: float) -> int:
    """Where in `ranges` the smallest one stands that has room for a current, else the last."""
    last = len(ranges) - 1
    fitting = [i for i, one in enumerate(ranges) if abs(current_a) <= FULL_SCALE * one.full_a]
    return fitting[0] if fitting else last
