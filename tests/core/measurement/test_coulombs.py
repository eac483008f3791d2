"""Charge counted from the current."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.measurement import coulombs
from fixture.core.measurement.coulombs import Charge, Marks, count
from fixture.core.safety.trips import Trip
from fixture.core.types import EventKind
from tests.core.bench import END, current_row, limits
from tests.core.sequence.walking import SECOND, Bench, Cell, loop_row


def counted(*currents: float, start: Charge | None = None) -> Charge:
    """One current a second."""
    passed = start or Charge()
    for second, current_a in enumerate(currents):
        passed = count(passed, second * SECOND, current_a)
    return passed


@given(st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=40))
def test_what_was_put_in_and_drawn_is_current_by_time(currents: list[float]):
    passed = counted(*currents)
    put_in = sum(a for a in currents[:-1] if a > 0.0)
    drawn = -sum(a for a in currents[:-1] if a < 0.0)
    assert passed.charged_c == pytest.approx(put_in)
    assert passed.discharged_c == pytest.approx(drawn)


def test_without_current_nothing_is_counted_and_nothing_made():
    passed = Charge()
    assert count(passed, 5 * SECOND, 0.0) is passed


def test_one_way_is_counted_anew_when_the_current_turns_round():
    assert counted(1.0, 1.0, 1.0).one_way_c == 2.0
    assert counted(1.0, 1.0, 0.0, 0.0).one_way_c == 2.0
    assert counted(1.0, 1.0, -1.0, -1.0).one_way_c == -1.0
    assert counted(-1.0, -1.0, 1.0, 1.0).one_way_c == 1.0


def test_what_flows_back_in_the_pulses_of_a_measurement_is_no_turning_round():
    assert counted(9.0, 9.0, -1.0, 1.0, -1.0, 0.0).one_way_c == pytest.approx(17.0)
    assert counted(9.0, 9.0, -1.0, -1.0, -1.0).one_way_c == pytest.approx(-2.0)


def test_it_is_counted_anew_once_an_operator_has_looked():
    passed = coulombs.begin_way(counted(1.0, 1.0, 1.0))
    assert (passed.one_way_c, passed.charged_c) == (0.0, 2.0)
    assert counted(1.0, 1.0, start=coulombs.pause(passed)).one_way_c == 1.0


def test_a_current_as_small_as_noise_is_no_turning_round():
    assert counted(1.0, -1e-6, 1.0, 0.0).one_way_c == pytest.approx(2.0)


def test_rows_and_cycles_are_differences_to_their_marks():
    passed = counted(1.0, 1.0, -1.0, 0.0)
    marks = coulombs.begin_step(coulombs.begin_cycle(Marks(), passed), passed)
    later = counted(2.0, 2.0, -1.0, 0.0, start=coulombs.pause(passed))
    assert coulombs.of_step(marks, later) == pytest.approx(3.0)
    assert coulombs.efficiency(marks, later) == pytest.approx(0.25)


def test_where_nothing_was_put_in_the_efficiency_is_0():
    assert coulombs.efficiency(Marks(), counted(-1.0, -1.0)) == 0.0


def test_across_a_pause_nothing_is_counted():
    passed = coulombs.pause(counted(1.0, 1.0))
    assert count(passed, 99 * SECOND, 1.0).charged_c == passed.charged_c


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_more_charge_in_one_direction_than_allowed_is_a_fault(sign: float):
    rows = (current_row(sign * 1e-3, 60.0), current_row(sign * 1e-3, 60.0), END)
    bench = Bench(Cell(lambda mpa, a: 1.0), *rows, limits=limits(capacity_max_c=0.1)).run(200)
    assert bench.state.fault == Trip.CAPACITY
    assert bench.tick / 10 == pytest.approx(100.0, abs=0.3)


def test_cycling_to_and_fro_stays_within_the_same_limit():
    rows = (current_row(1e-3, 60.0), current_row(-1e-3, 60.0), loop_row(0, 3), END)
    bench = Bench(Cell(lambda mpa, a: 1.0), *rows, limits=limits(capacity_max_c=0.1)).run(500)
    assert bench.state.fault == 0


def cycling(down_s: float, least: float) -> Bench:
    rows = (
        current_row(1e-3, 20.0, cycle_begin=True),
        current_row(-1e-3, down_s),
        loop_row(0, 3, cycle_end=True),
        END,
    )
    return Bench(Cell(lambda mpa, a: 1.0), *rows, limits=limits(efficiency_min=least)).run(300)


def test_a_cycle_that_gives_too_little_back_is_shorted():
    bench = cycling(10.0, 0.6)
    assert bench.state.fault == Trip.SOFT_SHORT
    assert bench.codes(EventKind.CYCLE_END) == [1]
    assert cycling(10.0, 0.4).state.fault == 0
    assert cycling(10.0, 0.0).state.fault == 0
