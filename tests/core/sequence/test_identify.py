"""An identify step holds the press for the controller's strokes, and ends with them or in time."""

from fixture.core import config as c
from fixture.core.sequence.sequencer import cell_demand, current_after
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, EndReason, EventKind, HoldMode, Phase
from tests.core.bench import END, current_row, press_row
from tests.core.sequence.walking import SECOND, Walk, loop_row, open_row, row_of


def identify_step(mpa: float = 12.0, timeout_s: float = 60.0) -> c.Step:
    """Identification at a pressure."""
    return row_of(Kind.IDENTIFY, setpoint_mpa=mpa, timeout_ns=round(timeout_s * SECOND))


def test_it_holds_its_pressure_in_the_mode_of_identification():
    walk = Walk(identify_step(), press_row(15.0), END).at(0)
    state = walk.state
    assert (state.holding, state.mode, state.setpoint_mpa) == (True, HoldMode.IDENTIFY, 12.0)
    assert cell_demand(walk.config, state)[0] == CellMode.OPEN
    assert current_after(walk.config, state)[0] == float("inf")


def test_it_ends_when_the_controller_reports_that_it_has_identified():
    walk = Walk(identify_step(), press_row(15.0), END).at(0).through(5.0)
    assert walk.state.step == 0
    walk.identified = True
    walk.through(0.1)
    assert walk.codes(EventKind.STEP_END) == [EndReason.MEASURED]
    assert (walk.state.step, walk.state.mode) == (1, HoldMode.PRESSURE)
    assert walk.state.setpoint_mpa == 15.0


def test_after_its_time_out_the_run_goes_on():
    walk = Walk(identify_step(timeout_s=3.0), press_row(15.0), END).at(0).through(3.0)
    assert walk.codes(EventKind.STEP_END) == [EndReason.TIME]
    assert (walk.state.step, walk.state.fault, walk.state.phase) == (1, 0, Phase.RUNNING)


def test_an_identification_that_was_over_before_does_not_count():
    walk = Walk(identify_step(), END)
    walk.identified = True
    assert walk.at(0).state.step == 0


def test_its_pressure_is_kept_by_a_step_that_gives_none():
    walk = Walk(identify_step(), open_row(9.0), END).at(0)
    walk.identified = True
    walk.through(0.1)
    assert (walk.state.mode, walk.state.setpoint_mpa) == (HoldMode.PRESSURE, 12.0)


def test_the_step_after_it_is_expected_without_a_current_before_a_loop_to_it():
    walk = Walk(identify_step(), current_row(1e-3, 2.0), loop_row(0, 2), END).at(0)
    walk.identified = True
    walk.through(0.1)
    assert current_after(walk.config, walk.state)[1] == 0.0


def test_increments_after_it_begin_at_the_setpoint_before_it():
    branch = row_of(Kind.INCREMENT, target=1, last=20.0, step=5.0, passes=4)
    rows = (identify_step(4.5), press_row(20.0, varies=2), branch, END)
    walk = Walk(*rows).at(0)
    walk.identified = True
    assert walk.through(0.1).state.setpoint_mpa == 5.0
    walk = Walk(press_row(8.0, wait=False), *(rows[0],), press_row(20.0, varies=3), branch, END)
    walk.at(0)
    walk.identified = True
    assert walk.through(0.1).state.setpoint_mpa == 13.0
