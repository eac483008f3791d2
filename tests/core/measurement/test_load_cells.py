"""Raw counts to newtons."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.config import LoadCells
from fixture.core.measurement.load_cells import absolute_force_n, forces_n, over_limit

CELLS = LoadCells((0.1, 0.2), (10.0, -20.0), (5.0, 0.0), (1000, 500))
RAW = st.integers(-(2**31), 2**31)


def test_force_is_counts_above_zero_and_tare_times_scale():
    assert forces_n(CELLS, CELLS.tare_counts, (115, -20)) == (pytest.approx(10.0), 0.0)


def test_absolute_force_ignores_the_tare():
    assert absolute_force_n(CELLS, (110, -10)) == pytest.approx(10.0 + 2.0)


@given(st.tuples(RAW, RAW), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_no_tare_moves_limit_or_absolute_force(counts: tuple[int, int], one: float, two: float):
    tared = LoadCells(CELLS.newton_per_count, CELLS.zero_counts, (one, two), CELLS.limit_counts)
    assert over_limit(tared, counts) == over_limit(CELLS, counts)
    assert absolute_force_n(tared, counts) == absolute_force_n(CELLS, counts)


@pytest.mark.parametrize(
    ("counts", "over"),
    [
        ((1010, 0), False),
        ((1011, 0), True),
        ((-990, 0), False),
        ((-991, 0), True),
        ((0, 480), False),
        ((0, 481), True),
        ((0, -520), False),
        ((0, -521), True),
    ],
)
def test_each_cell_trips_one_count_beyond_its_own_limit_from_its_zero(
    counts: tuple[int, int], over: bool
):
    assert over_limit(CELLS, counts) is over


def test_a_zero_that_is_not_a_number_is_over_the_limit():
    assert over_limit(LoadCells((1.0,), (math.nan,), (0.0,), (10,)), (0,))


def test_a_sample_with_a_load_cell_missing_is_refused():
    with pytest.raises(ValueError, match="1 counts of 2 load cells"):
        forces_n(CELLS, CELLS.tare_counts, (1,))
