"""What is said of a cycle is what passed in it."""

import math
from typing import Any

import pytest

from fixture.core.types import Event, EventKind
from fixture.frame.frame import Frame
from fixture.record.cycles import CycleRow, Cycles
from tests.record.synthetic import make_frame


def event(tick: int, kind: EventKind, cycle: int) -> Event:
    return Event(tick * 10**8, tick, kind, cycle, 0.0)


def cycled(values: list[dict[str, Any]]) -> list[CycleRow]:
    """Frames from tick 0, a cycle over all of them."""
    frames: list[Frame] = []
    last = len(values) - 1
    for tick, more in enumerate(values):
        happened = (event(tick, EventKind.CYCLE_BEGIN, 1),) if tick == 0 else ()
        happened += (event(tick, EventKind.CYCLE_END, 1),) if tick == last else ()
        frames.append(make_frame(tick, events=happened, **more))
    cycles = Cycles()
    return [row for frame in frames for row in cycles.add(frame)] + cycles.finish()


def test_charge_in_and_out_and_the_efficiency():
    currents = [2.0] * 10 + [-1.0] * 15 + [0.0]
    (row,) = cycled([{"current_a": i} for i in currents])
    assert row.charged_c == pytest.approx(2.0)
    assert row.discharged_c == pytest.approx(1.5)
    assert row.efficiency == pytest.approx(0.75)
    assert (row.cycle, row.complete, row.begin_ns, row.end_ns) == (1, 1, 0, 25 * 10**8)


def test_pressure_and_its_error():
    (row,) = cycled([{}] + [{"pressure_mpa": p} for p in (14.0, 15.0, 18.0)])
    assert (row.min_mpa, row.max_mpa, row.peak_mpa) == (14.0, 18.0, 3.0)
    assert row.mean_mpa == pytest.approx(47 / 3)
    assert row.rms_mpa == pytest.approx(math.sqrt(10 / 3))


def test_an_error_does_not_count_while_the_programme_presses():
    cycles = Cycles(frozenset({7}))
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    for tick, (row, pressure) in enumerate([(7, 74.0), (7, 20.0), (1, 16.0)], 1):
        cycles.add(make_frame(tick, row=row, pressure_mpa=pressure))
    (found,) = cycles.finish()
    assert (found.max_mpa, found.peak_mpa, found.rms_mpa) == (74.0, 1.0, 1.0)


def test_an_error_does_not_count_once_the_run_is_ending():
    (row,) = cycled([{}, {"pressure_mpa": 16.0}, {"pressure_mpa": 16.0, "setpoint_mpa": 0.0}])
    assert (row.peak_mpa, row.rms_mpa) == (1.0, 1.0)


def test_slips_and_travel_are_of_this_cycle_only():
    (row,) = cycled([{"slips": 3, "travel_um": 10.0}, {"slips": 5, "travel_um": 12.5}])
    assert (row.slips, row.travel_um) == (2, 2.5)


def test_what_was_never_known_is_nan_and_adds_nothing():
    nan = float("nan")
    (row,) = cycled([{"current_a": nan, "pressure_mpa": nan}] * 5)
    assert (row.charged_c, row.discharged_c) == (0.0, 0.0)
    assert all(math.isnan(v) for v in (row.efficiency, row.mean_mpa, row.min_mpa, row.rms_mpa))


def test_a_cycle_that_the_run_cut_off_is_not_complete():
    cycles = Cycles()
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 7),)))
    (row,) = cycles.finish()
    assert (row.cycle, row.complete) == (7, 0)
    assert cycles.finish() == []


def test_one_cycle_may_end_and_the_next_begin_in_one_tick():
    cycles = Cycles()
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    both = (event(1, EventKind.CYCLE_END, 1), event(1, EventKind.CYCLE_BEGIN, 2))
    assert [r.cycle for r in cycles.add(make_frame(1, events=both))] == [1]
    assert [r.cycle for r in cycles.finish()] == [2]


def test_outside_cycles_nothing_is_added():
    cycles = Cycles()
    assert cycles.add(make_frame(0)) == []
    assert cycles.add(make_frame(1, events=(event(1, EventKind.CYCLE_END, 1),))) == []
    assert cycles.finish() == []
