"""Raw counts to newtons."""

import math
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.config import LoadCells
from fixture.core.measurement.load_cells import (
    absolute_force_n,
    assess,
    forces_n,
    no_signal,
    over_limit,
    side_by_side,
)

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


@pytest.mark.parametrize("counts", [(1,), (1, 2, 3)])
def test_a_sample_with_another_number_of_load_cells_is_refused(counts: tuple[int, ...]):
    with pytest.raises(ValueError, match="zip"):
        forces_n(CELLS, CELLS.tare_counts, counts)
    with pytest.raises(ValueError, match="counts of 2 load cells"):
        side_by_side(CELLS, CELLS.tare_counts, counts, 0.0)


def test_side_by_side_forces_add_up_and_differ_by_their_spread():
    forces = forces_n(CELLS, CELLS.tare_counts, (300, 100))
    total_n, spread_n = side_by_side(CELLS, CELLS.tare_counts, (300, 100), 1.5)
    assert total_n == -1.5 + forces[0] + forces[1]
    assert spread_n == max(forces) - min(forces)


RAILED = msgspec.structs.replace(CELLS, rail_counts=(1200.0, 600.0))
NEAR = msgspec.structs.replace(CELLS, rail_counts=(100.0, 50.0))  # nearer than the limits
EDGES = (0, 30, 31, -70, -71, 110, 111, 480, 481, 580, 581, 1010, 1011, -990, -991, 1210, 1211)


@pytest.mark.parametrize("cells", [CELLS, RAILED, NEAR])
def test_one_look_says_what_the_checks_of_every_load_cell_say(cells: LoadCells):
    for counts in product(EDGES, repeat=2):
        well = not over_limit(cells, counts) and not no_signal(cells, counts)
        assert assess(cells, counts) == (absolute_force_n(cells, counts), well)
