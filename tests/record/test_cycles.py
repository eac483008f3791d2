"""What is said of a cycle is what passed in it."""

import math
from typing import Any

import msgspec
import pytest

from fixture.core.config import Config, Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Event, EventKind, Phase
from fixture.frame.frame import Frame
from fixture.record.cycles import CycleRow, Cycles
from tests.record.synthetic import make_config, make_frame

PRESSING = 0  # a row that presses; row 1 is a current
CONFIG = msgspec.structs.replace(
    make_config(), steps=(Step(int(Kind.PRESSURE), setpoint_mpa=15.0), Step(int(Kind.CURRENT)))
)
FOLLOWED = msgspec.structs.replace(
    CONFIG, followed=msgspec.structs.replace(CONFIG.followed, on=True, lost_us=60_000_000)
)


def event(tick: int, kind: EventKind, code: int, value: float = 0.0) -> Event:
    return Event(tick * 10**8, tick, kind, code, value)


def cycled(values: list[dict[str, Any]]) -> list[CycleRow]:
    """Frames from tick 0, a cycle over all of them."""
    frames: list[Frame] = []
    last = len(values) - 1
    for tick, more in enumerate(values):
        happened = (event(tick, EventKind.CYCLE_BEGIN, 1),) if tick == 0 else ()
        happened += (event(tick, EventKind.CYCLE_END, 1),) if tick == last else ()
        frames.append(make_frame(tick, events=happened, **more))
    cycles = Cycles(CONFIG)
    return [row for frame in frames for row in cycles.add(frame)] + cycles.finish()


def test_charge_in_and_out_and_the_efficiency():
    currents = [2.0] * 10 + [-1.0] * 15 + [0.0]
    (row,) = cycled([{"current_a": i} for i in currents])
    assert row.charged_c == pytest.approx(2.0)
    assert row.discharged_c == pytest.approx(1.5)
    assert row.efficiency == pytest.approx(0.75)
    assert (row.cycle, row.complete, row.begin_ns, row.end_ns) == (1, 1, 0, 25 * 10**8)


@pytest.mark.parametrize(
    ("config", "held_s"),
    [(CONFIG, 0.5), (FOLLOWED, 60.0)],
    ids=["commanded", "followed"],
)
def test_a_potentiostat_that_is_silent_adds_no_charge(config: Config, held_s: float) -> None:
    cycles = Cycles(config)
    cycles.add(make_frame(0, current_a=1.0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    for tick in range(1, 2000):
        cycles.add(make_frame(tick, current_a=1.0, age_cell_us=tick * 100_000))
    for tick in range(2000, 2010):
        cycles.add(make_frame(tick, current_a=-1.0))
    (row,) = cycles.finish()
    assert row.charged_c == pytest.approx(held_s + 0.1)
    assert row.discharged_c == pytest.approx(0.9)


def test_pressure_and_its_error():
    (row,) = cycled([{}] + [{"pressure_mpa": p} for p in (14.0, 15.0, 18.0)])
    assert (row.min_mpa, row.max_mpa, row.peak_mpa) == (14.0, 18.0, 3.0)
    assert row.mean_mpa == pytest.approx(47 / 3)
    assert row.rms_mpa == pytest.approx(math.sqrt(10 / 3))


def test_an_error_does_not_count_while_the_sequence_presses():
    cycles = Cycles(CONFIG)
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    for tick, (row, pressure) in enumerate([(PRESSING, 74.0), (PRESSING, 20.0), (1, 16.0)], 1):
        cycles.add(make_frame(tick, row=row, pressure_mpa=pressure))
    (found,) = cycles.finish()
    assert (found.max_mpa, found.peak_mpa, found.rms_mpa) == (74.0, 1.0, 1.0)


def test_an_error_does_not_count_once_the_run_is_ending():
    ending = {"pressure_mpa": 16.0, "setpoint_mpa": 0.0, "phase": int(Phase.ENDING)}
    (row,) = cycled([{}, {"pressure_mpa": 16.0}, ending])
    assert (row.peak_mpa, row.rms_mpa) == (1.0, 1.0)


def stopped(phase: Phase, setpoint_mpa: float, pressures_mpa: list[float]) -> list[dict[str, Any]]:
    return [
        {"phase": int(phase), "setpoint_mpa": setpoint_mpa, "pressure_mpa": mpa, "current_a": 0.0}
        for mpa in pressures_mpa
    ]


def test_a_trip_within_a_cycle_is_no_pressure_of_it() -> None:
    falls = [15.0 - 0.3 * tick for tick in range(50)]
    (row,) = cycled(
        [{}] * 100
        + stopped(Phase.TRIPPED, 0.0, falls)
        + stopped(Phase.TRIP_CLEARED, 0.0, [0.0] * 20)
        + stopped(Phase.REGAINING_PRESSURE, 15.0, falls[::-1])
        + [{"pressure_mpa": 15.5}] * 100
    )
    assert (row.complete, row.min_mpa, row.max_mpa, row.peak_mpa) == (1, 15.0, 15.5, 0.5)
    assert row.mean_mpa == pytest.approx(15.25, abs=0.01)
    assert row.swing_mpa == pytest.approx(0.5)


@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.ENDED])
def test_a_release_at_the_end_is_no_pressure_of_the_cycle_that_it_cut_off(phase: Phase) -> None:
    (row,) = cycled([{}] * 100 + stopped(phase, 0.0, [5.0, 0.0] * 10))
    assert (row.min_mpa, row.mean_mpa, row.swing_mpa, row.peak_mpa) == (15.0, 15.0, 0.0, 0.0)


def test_the_pressure_in_a_fixed_gap_counts_and_has_no_error() -> None:
    gap = {"setpoint_mpa": 0.0, "row": 1}
    (row,) = cycled([{"pressure_mpa": 15.0 + tick % 2, **gap} for tick in range(21)])
    assert (row.min_mpa, row.max_mpa) == (15.0, 16.0)
    assert math.isnan(row.rms_mpa)


def test_slips_and_travel_are_of_this_cycle_only():
    (row,) = cycled([{"slips": 3, "travel_um": 10.0}, {"slips": 5, "travel_um": 12.5}])
    assert (row.slips, row.travel_um) == (2, 2.5)


def test_what_was_never_known_is_nan_and_adds_nothing():
    nan = float("nan")
    (row,) = cycled([{"current_a": nan, "pressure_mpa": nan}] * 5)
    assert (row.charged_c, row.discharged_c) == (0.0, 0.0)
    assert all(math.isnan(v) for v in (row.efficiency, row.mean_mpa, row.min_mpa, row.rms_mpa))


def test_a_cycle_that_the_run_cut_off_is_not_complete():
    cycles = Cycles(CONFIG)
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 7),)))
    (row,) = cycles.finish()
    assert (row.cycle, row.complete) == (7, 0)
    assert cycles.finish() == []


CYCLING = msgspec.structs.replace(
    CONFIG,
    steps=(*CONFIG.steps, Step(int(Kind.CURRENT), cycle_begin=True), Step(3, cycle_end=True)),
)


def begun(config: Config, *frames: Frame) -> list[CycleRow]:
    """The rows of a record that begins with these frames, and ends with them."""
    cycles = Cycles(config)
    return [row for frame in frames for row in cycles.add(frame)] + cycles.finish()


@pytest.mark.parametrize(("config", "row"), [(CYCLING, 2), (CYCLING, 3), (FOLLOWED, 0)])
def test_a_cycle_that_goes_on_where_the_record_begins_is_not_complete(
    config: Config, row: int
) -> None:
    both = (event(9, EventKind.CYCLE_END, 4), event(9, EventKind.CYCLE_BEGIN, 5))
    frames = [make_frame(tick, row=row, cycle_count=4) for tick in range(5, 9)]
    ended, cut = begun(config, *frames, make_frame(9, row=row, cycle_count=5, events=both))
    assert (ended.cycle, ended.complete, ended.begin_ns, ended.end_ns) == (
        4,
        0,
        5 * 10**8,
        9 * 10**8,
    )
    assert ended.charged_c == pytest.approx(4 * 0.1 * frames[0].status.current_a)
    assert math.isnan(ended.irreversible_um)
    assert (cut.cycle, cut.complete, cut.begin_ns) == (5, 0, 9 * 10**8)


def test_a_run_that_ends_in_such_a_cycle_has_its_row() -> None:
    (row,) = begun(CYCLING, *(make_frame(tick, row=2, cycle_count=4) for tick in range(5, 9)))
    assert (row.cycle, row.complete, row.end_ns) == (4, 0, 8 * 10**8)


@pytest.mark.parametrize(
    ("config", "first"),
    [
        (CYCLING, {"row": 1, "cycle_count": 4}),
        (CYCLING, {"row": 2, "cycle_count": 0}),
        (FOLLOWED, {"cycle_count": 0}),
        (FOLLOWED, {"cycle_count": 4, "phase": int(Phase.ENDING)}),
    ],
    ids=["between cycles", "before the first", "nothing yet", "at its end"],
)
def test_a_record_that_begins_outside_a_cycle_has_no_row_of_one(
    config: Config, first: dict[str, int]
) -> None:
    assert begun(config, make_frame(5, **first), make_frame(6, **first)) == []


def test_a_cycle_that_begins_with_the_record_is_whole() -> None:
    both = (event(5, EventKind.CYCLE_END, 3), event(5, EventKind.CYCLE_BEGIN, 4))
    end = (event(6, EventKind.CYCLE_END, 4),)
    first = make_frame(5, row=2, cycle_count=4, events=both)
    (row,) = begun(CYCLING, first, make_frame(6, row=2, cycle_count=4, events=end))
    assert (row.cycle, row.complete) == (4, 1)


def test_one_cycle_may_end_and_the_next_begin_in_one_tick():
    cycles = Cycles(CONFIG)
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    both = (event(1, EventKind.CYCLE_END, 1), event(1, EventKind.CYCLE_BEGIN, 2))
    assert [r.cycle for r in cycles.add(make_frame(1, events=both))] == [1]
    assert [r.cycle for r in cycles.finish()] == [2]


def test_outside_cycles_nothing_is_added():
    cycles = Cycles(CONFIG)
    assert cycles.add(make_frame(0)) == []
    assert cycles.add(make_frame(1, events=(event(1, EventKind.CYCLE_END, 1),))) == []
    assert cycles.finish() == []


def test_the_last_resistance_measured_in_a_cycle_is_the_cycles():
    cycles = Cycles(CONFIG)
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    for tick, ohm in ((1, 90.0), (2, 80.0)):
        cycles.add(make_frame(tick, events=(event(tick, EventKind.MEASURED_RESISTANCE, 1, ohm),)))
    both = (event(3, EventKind.CYCLE_END, 1), event(3, EventKind.CYCLE_BEGIN, 2))
    (first,) = cycles.add(make_frame(3, events=both))
    (second,) = cycles.finish()
    assert first.resistance_ohm == 80.0
    assert math.isnan(second.resistance_ohm)


def test_steps_of_current_measure_the_resistance_that_answers_at_once():
    """90 ohm, and a polarisation that comes too late to be a part of it."""
    currents = [0.0] * 10 + [1e-3] * 10 + [-1e-3] * 10
    voltages = [3.5 + 90.0 * i for i in currents]
    voltages[19] = voltages[29] = 3.6
    (row,) = cycled(
        [{"current_a": i, "voltage_v": v} for i, v in zip(currents, voltages, strict=True)]
    )
    steps = [(90e-3, 1e-3), (3.41 - 3.6, -2e-3)]
    weighed = sum(v * i for v, i in steps) / sum(i * i for _, i in steps)
    assert row.step_resistance_ohm == pytest.approx(weighed)


def test_what_was_dropped_and_fallen_back_from_is_counted():
    cycles = Cycles(CONFIG)
    cycles.add(make_frame(0, events=(event(0, EventKind.CYCLE_BEGIN, 1),)))
    lost = (event(1, EventKind.DROPPED, 7), event(1, EventKind.FELL_BACK, 0, 0.1))
    cycles.add(make_frame(1, events=lost, style=2))
    (row,) = cycles.finish()
    assert (row.dropped, row.fell_back, row.style) == (1, 1, 2)


def test_the_swing_leaves_out_what_the_sequence_presses():
    levels = [(1, 15.0)] * 10 + [(PRESSING, 74.0)] * 10 + [(1, 15.0)] * 10 + [(1, 15.5)] * 10
    (row,) = cycled([{"row": r, "pressure_mpa": mpa} for r, mpa in levels])
    assert row.swing_mpa == pytest.approx(0.5)


def test_what_was_identified_is_as_it_stands_at_the_end():
    (row,) = cycled([{}, {"lag_s": 12.0, "slip_mpa": 0.05, "friction_um": 0.4, "reversal_um": 0.8}])
    assert (row.lag_s, row.slip_mpa, row.friction_um, row.reversal_um) == (12.0, 0.05, 0.4, 0.8)
