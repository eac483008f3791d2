"""The sequence's table, walked row by row."""

import msgspec
import pytest

from fixture.core import config as c
from fixture.core.measurement.coulombs import Charge
from fixture.core.measurement.signals import Known
from fixture.core.safety.trips import Trip
from fixture.core.sequence import intervention, sequencer
from fixture.core.sequence.sequencer import advance, cell_demand, current_after
from fixture.core.sequence.state import Inputs, SequenceState
from fixture.core.types import Action, CellMode, EndReason, EventKind, Flag, Phase, Request
from tests.core.bench import ALL_NEW, END, Rig, config, current_row, press_row, request
from tests.core.samples import NAN, sample
from tests.core.sequence.walking import (
    INSIDE,
    OUTSIDE,
    SECOND,
    Walk,
    loop_row,
    open_row,
    voltage_row,
)


def test_before_the_first_tick_nothing_is_asked_of_the_cell():
    walk = Walk(current_row(1e-3, 1.0), END)
    assert cell_demand(walk.config, walk.state) == (CellMode.OPEN, 0.0, 0.0)


def test_rows_follow_each_other_by_time_to_the_end():
    walk = Walk(open_row(1.0), open_row(2.0), END).at(0).through(4.0)
    assert walk.codes(EventKind.STEP_BEGIN) == [0, 1]
    assert walk.codes(EventKind.STEP_END) == [EndReason.TIME, EndReason.TIME]
    ends = [event.t_ns for event in walk.events if event.kind == EventKind.STEP_END]
    assert ends == [1 * SECOND, 3 * SECOND]
    assert [e.value for e in walk.events if e.kind == EventKind.STEP_END] == [1.0, 2.0]


def test_a_row_ends_at_its_time_and_not_a_tick_before():
    walk = Walk(open_row(1.0), open_row(9.0), END).at(0)
    assert walk.at(0.9).state.step == 0
    assert walk.at(1.0).state.step == 1


def test_an_empty_table_is_over_at_once():
    walk = Walk(END).at(0)
    assert walk.state.phase == Phase.ENDING
    assert walk.codes(EventKind.END) == [Phase.ENDING]


def test_rows_with_nothing_to_wait_for_are_passed_within_one_tick():
    walk = Walk(press_row(15, wait=False), press_row(20, wait=False), open_row(), END).at(0)
    assert walk.state.step == 2
    assert walk.codes(EventKind.STEP_END) == [EndReason.PASSED] * 2
    assert walk.state.setpoint_mpa == 20.0


@pytest.mark.parametrize(
    ("row", "demand"),
    [
        (press_row(15), (CellMode.OPEN, 0.0, 0.0)),
        (open_row(), (CellMode.OPEN, 0.0, 0.0)),
        (current_row(1e-3, 9.0), (CellMode.CURRENT, 1e-3, 5.0)),
        (voltage_row(3.0, 1e-4), (CellMode.VOLTAGE, 3.0, 0.01)),
    ],
)
def test_each_kind_of_row_asks_its_own_of_the_cell(row: c.Step, demand: tuple[int, float, float]):
    walk = Walk(row, END).at(0)
    assert cell_demand(walk.config, walk.state) == demand


def test_an_observed_cell_is_asked_nothing():
    walk = Walk(current_row(1e-3, 9.0), END, observe=True).at(0)
    assert cell_demand(walk.config, walk.state) == (CellMode.OBSERVE, 0.0, 0.0)


def test_a_row_that_is_not_a_pressure_keeps_the_setpoint():
    walk = Walk(press_row(15, wait=False), open_row(), END).at(0)
    assert (walk.state.setpoint_mpa, walk.state.holding) == (15.0, True)


def test_without_a_pressure_row_nothing_is_held():
    assert not Walk(open_row(), END).at(0).state.holding


# -- pressure ----------------------------------------------------------------------------------


def test_pressure_is_settled_after_the_whole_settling_time_within_the_band():
    walk = Walk(press_row(15, 2.0), open_row(), END).at(0)
    assert walk.at(1.0, INSIDE).state.inside_ns == SECOND
    assert walk.at(5.9, INSIDE).state.settled_ns == -1
    assert walk.at(6.0, INSIDE).state.settled_ns == 6 * SECOND
    settled = [event for event in walk.events if event.kind == EventKind.SETTLED]
    assert [(event.code, event.value) for event in settled] == [(0, 15.0)]


def test_leaving_the_band_starts_the_settling_again():
    walk = Walk(press_row(15), open_row(), END).at(0).at(1.0, INSIDE).at(3.0, OUTSIDE)
    assert walk.state.inside_ns == -1
    walk.at(4.0, INSIDE)
    assert walk.at(8.9, INSIDE).state.settled_ns == -1
    assert walk.at(9.0, INSIDE).state.step == 1


def test_the_hold_is_counted_from_settling_and_ends_the_row():
    walk = Walk(press_row(15, 2.0), open_row(), END).at(0).at(1.0, INSIDE).at(6.0, INSIDE)
    assert walk.at(7.9, INSIDE).state.step == 0
    assert walk.at(8.0, INSIDE).state.step == 1
    assert walk.codes(EventKind.STEP_END) == [EndReason.SETTLED]


def test_once_settled_leaving_the_band_does_not_stop_the_hold():
    walk = Walk(press_row(15, 2.0), open_row(), END).at(0).at(1.0, INSIDE).at(6.0, INSIDE)
    assert walk.at(8.0, OUTSIDE).state.step == 1


@pytest.mark.parametrize(("mean", "inside"), [(15.075, True), (14.925, True), (15.08, False)])
def test_the_edge_of_the_band_belongs_to_it(mean: float, inside: bool):
    row = press_row(15, band_mpa=0.075)
    walk = Walk(row, END).at(0).at(1.0, Known(mean_mpa=mean, windows=1))
    assert (walk.state.inside_ns >= 0) is inside


def test_pressure_never_read_is_not_settled():
    walk = Walk(press_row(15), END).at(0, Known()).through(20.0, Known(mean_mpa=NAN))
    assert walk.state.inside_ns == -1


def test_a_pressure_that_does_not_settle_is_timed_out_and_not_before():
    walk = Walk(press_row(15, timeout_ns=30 * SECOND), END).at(0)
    assert not walk.at(30.0).state.fault
    assert walk.at(30.1).state.fault == Trip.NOT_SETTLED


def test_a_pressure_within_its_band_at_the_time_out_may_settle():
    walk = Walk(press_row(15, timeout_ns=30 * SECOND), open_row(), END).at(0)
    walk.at(29.0, INSIDE).at(31.0, INSIDE)
    assert not walk.state.fault
    assert walk.at(34.0, INSIDE).state.step == 1


def test_a_bound_pressure_holds_the_protocols_clock_and_the_cell_open():
    walk = Walk(current_row(1e-3, 2.0), press_row(15), current_row(-1e-3, 2.0), END).at(0).at(2.0)
    assert walk.state.step == 1
    walk.through(60.0)
    assert cell_demand(walk.config, walk.state)[0] == CellMode.OPEN
    walk.through(5.2, INSIDE)
    assert walk.state.step == 2
    begun_ns = walk.state.entered_ns
    assert walk.at(begun_ns / SECOND + 1.9, INSIDE).state.step == 2
    assert walk.at(begun_ns / SECOND + 2.0, INSIDE).state.phase == Phase.ENDING


# -- loops and cycles --------------------------------------------------------------------------


def test_a_loop_is_passed_so_often_in_total():
    walk = Walk(open_row(), open_row(), loop_row(0, 3), END).at(0).through(10.0)
    assert walk.codes(EventKind.STEP_BEGIN) == [0, 1] * 3
    assert walk.state.step_count == 6


def test_a_loop_of_one_pass_is_no_loop():
    walk = Walk(open_row(), loop_row(0, 1), END).at(0).through(3.0)
    assert walk.codes(EventKind.STEP_BEGIN) == [0]


def test_an_inner_loop_starts_again_in_each_pass_of_the_outer():
    rows = (open_row(), open_row(), loop_row(1, 2), loop_row(0, 2, 1), END)
    walk = Walk(*rows).at(0).through(10.0)
    assert walk.codes(EventKind.STEP_BEGIN) == [0, 1, 1, 0, 1, 1]


def test_a_loop_may_go_back_to_another_loop():
    rows = (open_row(), loop_row(0, 2), loop_row(1, 2, 1), END)
    walk = Walk(*rows).at(0).through(10.0)
    assert walk.codes(EventKind.STEP_BEGIN) == [0, 0, 0]
    assert walk.state.phase == Phase.ENDING


def test_rows_without_waiting_in_a_long_loop_take_more_ticks_but_end():
    walk = Walk(press_row(15, wait=False), loop_row(0, 100), END).at(0)
    assert walk.state.phase == Phase.RUNNING
    walk.through(10.0)
    assert len(walk.codes(EventKind.STEP_BEGIN)) == 100
    assert walk.state.phase == Phase.ENDING


def test_cycles_are_counted_by_the_rows_that_begin_and_end_them():
    first = msgspec.structs.replace(current_row(1e-3, 1.0), cycle_begin=True)
    rows = (first, current_row(-1e-3, 1.0), loop_row(0, 3, cycle_end=True), END)
    walk = Walk(*rows).at(0).through(7.0)
    assert walk.codes(EventKind.CYCLE_BEGIN) == [1, 2, 3]
    assert walk.codes(EventKind.CYCLE_END) == [1, 2, 3]


def test_a_row_may_end_a_cycle_itself():
    only = msgspec.structs.replace(current_row(1e-3, 1.0), cycle_begin=True, cycle_end=True)
    walk = Walk(only, END).at(0).through(1.0)
    kinds = [event.kind for event in walk.events]
    assert kinds == [
        EventKind.CYCLE_BEGIN,
        EventKind.STEP_BEGIN,
        EventKind.STEP_END,
        EventKind.CYCLE_END,
        EventKind.END,
    ]


# -- end conditions of the cell ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("current_a", "sign", "voltage_v", "over"),
    [
        (1e-3, 1, 4.0, True),
        (1e-3, 1, 3.999999, False),
        (-1e-3, -1, 4.0, True),
        (-1e-3, -1, 4.000001, False),
        (1e-3, 0, 9.0, False),
        (1e-3, 1, NAN, False),
    ],
)
def test_a_voltage_ends_a_current_row_from_its_own_side(
    current_a: float, sign: int, voltage_v: float, over: bool
):
    row = current_row(current_a, 99.0, until_voltage_v=4.0, until_voltage_sign=sign)
    walk = Walk(row, END).at(0).at(1.0, Known(voltage_v=voltage_v))
    assert walk.codes(EventKind.STEP_END) == ([EndReason.VOLTAGE] if over else [])


@pytest.mark.parametrize(
    ("current_a", "over"), [(1e-4, True), (-1e-4, True), (1.001e-4, False), (-1.001e-4, False)]
)
def test_a_small_current_of_either_sign_ends_a_voltage_row(current_a: float, over: bool):
    walk = Walk(voltage_row(3.0, 1e-4), END).at(0).at(1.0, Known(current_a=current_a))
    assert walk.codes(EventKind.STEP_END) == ([EndReason.CURRENT] if over else [])


def test_a_voltage_row_without_a_current_to_wait_for_ends_by_time():
    walk = Walk(voltage_row(3.0, 0.0, 5.0), END).at(0).at(1.0, Known(current_a=0.0))
    assert walk.codes(EventKind.STEP_END) == []
    assert walk.at(5.0, Known(current_a=0.0)).codes(EventKind.STEP_END) == [EndReason.TIME]


@pytest.mark.parametrize(("age_us", "over"), [(800_000, True), (800_001, False)])
@pytest.mark.parametrize(
    "row",
    [
        current_row(1e-3, 99.0, until_voltage_v=4.0, until_voltage_sign=1),
        voltage_row(4.5, 1e-2),
    ],
)
def test_a_reading_from_before_the_step_does_not_end_it(row: c.Step, age_us: int, over: bool):
    walk = Walk(row, END).at(0)
    walk.at(1.0, Known(voltage_v=4.5, current_a=1e-3), age_cell_us=age_us)
    assert bool(walk.codes(EventKind.STEP_END)) is over


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        (current_row(1e-3, 99.0, until_voltage_v=4.0, until_voltage_sign=1), Flag.NEW_VOLTAGE),
        (voltage_row(4.5, 1e-2), Flag.NEW_CURRENT),
    ],
)
def test_a_reading_that_is_not_new_does_not_end_a_step(row: c.Step, flag: Flag):
    known = Known(voltage_v=4.5, current_a=1e-3)
    walk = Walk(row, END).at(0).at(1.0, known, flags=ALL_NEW & ~int(flag))
    assert walk.codes(EventKind.STEP_END) == []


# -- the end, stop and halt --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_end", "phase"),
    [(-1, Phase.KEEPING), (Action.HALT, Phase.ENDING), (Action.RELEASE, Phase.ENDING)],
)
def test_the_table_ends_as_the_profile_says(at_end: int, phase: Phase):
    walk = Walk(open_row(), END, at_end=int(at_end)).at(0).through(1.0)
    assert (walk.state.phase, walk.state.ending) == (phase, at_end)
    assert cell_demand(walk.config, walk.state)[0] == CellMode.OPEN


def test_a_stop_ends_the_step_and_takes_the_declared_safe_state():
    walk = Walk(current_row(1e-3, 9.0), END, on_stop=int(Action.RELEASE)).at(0)
    walk.at(1.0, **request(Request.STOP))
    assert (walk.state.phase, walk.state.ending) == (Phase.ENDING, Action.RELEASE)
    assert walk.codes(EventKind.STEP_END) == [EndReason.REQUEST]
    assert walk.codes(EventKind.END) == [Phase.ENDING]
    assert cell_demand(walk.config, walk.state)[0] == CellMode.OPEN


def test_a_stop_while_keeping_ends_the_run_but_no_step():
    walk = Walk(open_row(), END, at_end=-1).at(0).through(1.0)
    walk.at(2.0, **request(Request.STOP))
    assert walk.state.phase == Phase.ENDING
    assert walk.codes(EventKind.STEP_END) == [EndReason.TIME]


def test_a_stop_at_the_first_tick_begins_no_step():
    walk = Walk(open_row(), END).at(0, **request(Request.STOP))
    assert [event.kind for event in walk.events] == [EventKind.END]


@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.ENDED])
def test_a_request_after_the_end_changes_nothing(phase: Phase):
    table = config((open_row(), END))
    state = SequenceState(phase=int(phase), step=0, passes=())
    inputs = Inputs(OUTSIDE, Charge(), sample(5, **request(Request.RESUME)))
    assert advance(table, state, inputs) == (state, ())


def test_a_reset_request_does_not_touch_a_running_sequence():
    walk = Walk(open_row(9.0), END).at(0)
    before = walk.state
    assert walk.at(1.0, **request(Request.RESET)).state == before


def test_a_trip_leaves_nothing_to_start_by_itself():
    state = intervention.halt(
        config((open_row(9.0), END)), SequenceState(step=0, ending=-1), Known(), 5
    )
    assert (state.phase, state.ending, state.before) == (
        Phase.TRIPPED, Action.HALT, Phase.RUNNING,
    )  # fmt: skip
    assert sequencer.end(state).phase == Phase.ENDED


# -- what is known beforehand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "seconds", "current_a"),
    [
        ((current_row(1e-3, 9.0), current_row(-2e-3, 1.0), END), 9.0, -2e-3),
        ((current_row(1e-3, 9.0), open_row(), END), 9.0, 0.0),
        ((current_row(1e-3, 9.0), press_row(15), END), 9.0, 0.0),
        ((current_row(1e-3, 9.0), END), 9.0, 0.0),
        ((current_row(1e-3, 9.0), voltage_row(3, 1e-4), END), float("inf"), 0.0),
        ((current_row(1e-3, 0.0), open_row(), END), float("inf"), 0.0),
        ((current_row(1e-3, 9.0), loop_row(0, 2), END), 9.0, 1e-3),
        ((current_row(1e-3, 9.0), loop_row(0, 1), open_row(), END), 9.0, 0.0),
    ],
)
def test_the_next_current_is_known_where_a_row_ends_by_time(
    rows: tuple[c.Step, ...], seconds: float, current_a: float
):
    walk = Walk(*rows).at(0)
    assert current_after(walk.config, walk.state) == (pytest.approx(seconds), current_a)


def test_the_next_current_is_known_through_loops_upon_loops():
    rows = (current_row(1e-3, 1.0), loop_row(0, 2), loop_row(1, 2, 1), END)
    walk = Walk(*rows).at(0)
    expected = [1e-3, 1e-3, 0.0]
    for second, current_a in enumerate(expected):
        assert current_after(walk.config, walk.state) == (second + 1.0, current_a)
        walk.through(1.0)


@pytest.mark.parametrize("phase", [Phase.KEEPING, Phase.ENDING, Phase.ENDED, Phase.TRIPPED])
def test_nothing_is_foreseen_when_no_row_runs(phase: Phase):
    table = config((open_row(), END))
    assert current_after(table, SequenceState(step=0, phase=int(phase)))[0] == float("inf")
    assert current_after(table, SequenceState())[0] == float("inf")


def test_on_the_rig_a_run_goes_through_all_its_steps():
    rig = Rig(config((press_row(5, 2.0), current_row(1e-3, 3.0), open_row(), END)))
    rig.run(120)
    ends = [event.code for event in rig.events if event.kind == EventKind.STEP_END]
    assert ends == [EndReason.SETTLED, EndReason.TIME, EndReason.TIME]
    assert rig.state.sequence.phase == Phase.ENDED
