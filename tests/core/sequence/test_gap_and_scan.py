"""Rows that do something while they are stood on: a standing press, a relaxing stack, a scan."""

import pytest

from fixture.core import config as c
from fixture.core.measurement.signals import Known
from fixture.core.sequence.sequencer import cell_demand, current_after
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import status
from fixture.core.types import CellMode, EndReason, EventKind, HoldMode, Request
from tests.core.bench import END, Rig, config, current_row, press_row, request
from tests.core.samples import INF
from tests.core.sequence.walking import SECOND, Walk, open_row, row_of, voltage_row

GAP = int(HoldMode.GAP)
STANDS = Known(position_um=7.0)


def gap_row(seconds: float = 0.0, **changes: object) -> c.Step:
    """The press stands, for a time."""
    fields: dict[str, object] = {"mode": GAP, "wait": seconds > 0.0}
    return row_of(Kind.GAP, until_ns=round(seconds * SECOND), **(fields | changes))


def relax_row(mpa_per_s: float, most_s: float) -> c.Step:
    """The press stands until the pressure changes no faster; means of 4 windows are compared."""
    return gap_row(most_s, windows=4, relaxed_mpa_per_s=mpa_per_s)


def test_a_pressure_row_says_how_the_pressure_is_to_be_held():
    walk = Walk(press_row(15, wait=False, rate_mpa_per_s=0.1), open_row(), END).at(0)
    state = walk.state
    assert (state.holding, state.mode, state.setpoint_mpa) == (True, HoldMode.PRESSURE, 15.0)
    assert state.rate_mpa_per_s == 0.1


def test_a_gap_says_that_the_press_stands_and_lasts_until_a_pressure_is_given():
    rows = (gap_row(gap_um=2.0), open_row(), press_row(15, wait=False), open_row(), END)
    walk = Walk(*rows).at(0, STANDS)
    assert (walk.state.step, walk.state.mode, walk.state.place_um) == (0, GAP, 9.0)
    assert walk.state.holding
    walk.at(1.0, Known(position_um=9.0))
    assert walk.codes(EventKind.STEP_END) == [EndReason.PASSED]
    assert (walk.state.step, walk.state.mode) == (1, GAP)
    walk.through(1.0, Known(position_um=9.0))
    assert (walk.state.step, walk.state.mode) == (3, HoldMode.PRESSURE)


def test_a_gap_may_stay_for_a_time_with_the_cell_at_open_circuit():
    walk = Walk(gap_row(5.0), open_row(), END).at(0, STANDS)
    assert cell_demand(walk.config, walk.state)[0] == CellMode.OPEN
    assert walk.at(4.9, STANDS).state.step == 0
    assert walk.at(5.0, STANDS).codes(EventKind.STEP_END) == [EndReason.TIME]


def test_the_time_of_a_gap_counts_from_when_the_press_is_there():
    walk = Walk(gap_row(5.0, gap_um=2.0), open_row(), END).at(0, STANDS)
    assert walk.at(100.0, STANDS).state.settled_ns < 0
    arrived = Known(position_um=9.0)
    assert walk.at(101.0, arrived).state.settled_ns == 101 * SECOND
    assert walk.at(105.9, arrived).state.step == 0
    assert walk.at(106.0, arrived).codes(EventKind.STEP_END) == [EndReason.TIME]


def test_a_gap_whose_press_has_not_been_read_yet_is_made_from_where_it_is_found():
    walk = Walk(gap_row(5.0, gap_um=2.0), open_row(), END).at(0).at(1.0)
    assert (walk.state.step, walk.state.settled_ns) == (0, -1)
    assert walk.at(2.0, STANDS).state.place_um == 9.0


def relaxing(walk: Walk, seconds: float, tau_s: float) -> None:
    """A pressure that falls from 15 to 10 MPa with a time constant, read in windows of 0.5 s."""
    for tick in range(round(10 * seconds)):
        now = tick / 10
        mpa = 10.0 + 5.0 * (1.0 - 1.0 / tau_s) ** now
        known = Known(mean_mpa=mpa, pressure_mpa=mpa, position_um=7.0, windows=int(2.0 * now))
        walk.at(now, known)


def test_a_relaxing_stack_is_waited_for_until_its_pressure_stands():
    walk = Walk(relax_row(0.01, 600.0), open_row(900.0), END)
    relaxing(walk, 200.0, 20.0)
    assert walk.codes(EventKind.STEP_END) == [EndReason.RELAXED]
    ended = next(event for event in walk.events if event.kind == EventKind.STEP_END)
    reached_s = 20.0 * 3.22  # 5/20 MPa/s falls to 0.01 MPa/s in 3.22 time constants
    assert reached_s - 4.0 < ended.value < reached_s + 4.0


def test_a_stack_that_goes_on_relaxing_is_given_up_at_the_time_out():
    walk = Walk(relax_row(0.0, 30.0), open_row(900.0), END)
    relaxing(walk, 40.0, 20.0)
    assert walk.codes(EventKind.STEP_END) == [EndReason.TIME]


def test_a_pressure_from_before_the_row_says_nothing_of_it():
    walk = Walk(relax_row(1.0, 30.0), open_row(900.0), END)
    walk.at(0.0, Known(mean_mpa=15.0, position_um=7.0, windows=50))
    assert (walk.state.meter.window, walk.state.meter.readings) == (50, 0)


def test_while_the_press_stands_there_is_no_setpoint_to_be_judged_by():
    rig = Rig(config((press_row(5, 1.0), gap_row(5.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    assert rig.state.sequence.setpoint_mpa == 5.0
    assert status(rig.config, rig.state).setpoint_mpa == 0.0


@pytest.mark.parametrize(("start_v", "slope"), [(0.0, 0.01), (0.4, -0.02)])
def test_a_scan_is_a_staircase_of_millivolts_along_a_straight_line(start_v: float, slope: float):
    seconds = 10.0
    row = row_of(
        Kind.SCAN,
        cell_setpoint=start_v,
        cell_limit=0.01,
        slope_v_per_s=slope,
        until_ns=round(seconds * SECOND),
    )
    walk = Walk(row, END).at(0)
    assert cell_demand(walk.config, walk.state) == (CellMode.VOLTAGE, start_v, 0.01)
    for tick in range(1, round(10 * seconds)):
        walk.at(tick / 10)
        asked_v = cell_demand(walk.config, walk.state)[1]
        behind_v = abs(start_v + slope * tick / 10) - abs(asked_v)
        assert abs(behind_v) < 0.001 + 1e-12
        assert abs((asked_v - start_v) * 1e3) == pytest.approx(
            round(abs((asked_v - start_v) * 1e3)), abs=1e-6
        )
    assert walk.at(seconds).codes(EventKind.STEP_END) == [EndReason.TIME]


@pytest.mark.parametrize(
    "following", [row_of(Kind.SCAN, cell_setpoint=1.0, slope_v_per_s=0.1), voltage_row(3.0, 1e-4)]
)
def test_the_current_of_a_voltage_is_not_known_beforehand(following: c.Step):
    walk = Walk(current_row(1e-3, 9.0), following, END).at(0)
    assert current_after(walk.config, walk.state)[0] == INF


def test_a_gap_that_ends_by_time_is_followed_by_a_known_current():
    walk = Walk(gap_row(5.0), current_row(1e-3, 9.0), END).at(0)
    assert current_after(walk.config, walk.state) == (5.0, 1e-3)


def stood_um(*gaps: c.Step) -> float:
    """How much further a press stands after these, that held 5 MPa before."""
    rig = Rig(config((press_row(5.0, 5.0), *gaps, gap_row(60.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    before_um = rig.drive_um
    rig.run(55.0)
    assert rig.state.sequence.step == len(gaps) + 1
    return rig.drive_um - before_um


def test_gaps_that_follow_each_other_add_up():
    assert stood_um(gap_row(10.0, gap_um=5.0)) == pytest.approx(5.0, abs=0.05)
    assert stood_um(gap_row(10.0), gap_row(10.0, gap_um=5.0)) == pytest.approx(5.0, abs=0.05)
    one, other = gap_row(10.0, gap_um=5.0), gap_row(10.0, gap_um=-2.0)
    assert stood_um(one, other) == pytest.approx(3.0, abs=0.1)


def test_gaps_that_are_given_in_one_tick_add_up_too():
    assert stood_um(gap_row(gap_um=5.0), gap_row(gap_um=2.0)) == pytest.approx(7.0, abs=0.05)


def test_a_gap_that_is_left_before_it_is_made_ends_where_the_press_is():
    rig = Rig(config((press_row(15.0), gap_row(60.0, gap_um=150.0), press_row(5.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(2.0)
    rig.turn(**request(Request.SKIP))
    highest_mpa: list[float] = []
    rig.run(60.0, lambda r: highest_mpa.append(r.pressure_mpa))
    assert rig.state.sequence.step == 3 or rig.state.sequence.setpoint_mpa == 5.0
    assert max(highest_mpa) < 17.0
    assert rig.pressure_mpa < 6.0


@pytest.mark.parametrize(("tolerance_um", "short_um"), [(1.6, 1.9), (1.0, 0.0)])
def test_a_gap_between_two_counts_of_the_drive_ends_too(tolerance_um: float, short_um: float):
    coarse = c.Press(1.0, -500.0, 1500.0, -200.0, 5.0, 1_500_000_000, tolerance_um)
    rig = Rig(config((gap_row(1.0, gap_um=6.4), END), press=coarse), short_um=short_um)
    rig.run(60.0)
    assert rig.state.sequence.step_count == 1
    assert EventKind.END in [event.kind for event in rig.events]


def test_a_gap_that_is_skipped_ends_where_the_press_is():
    rig = Rig(config((press_row(5.0), gap_row(9.0, gap_um=-150.0), gap_row(60.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(10.0)
    rig.turn(**request(Request.SKIP))
    rig.run(1.0)
    stood_um = rig.drive_um
    rig.run(40.0)
    assert rig.state.sequence.step == 2
    assert rig.drive_um == pytest.approx(stood_um, abs=2.0)
