"""After a trip nothing starts by itself; by an operator's word the sequence goes on."""

import msgspec
import pytest

from fixture.core import config as c
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import status
from fixture.core.types import (
    Action,
    CellMode,
    EndReason,
    EventKind,
    Flag,
    HoldMode,
    Phase,
    PressMode,
    Refusal,
    Request,
)
from tests.core.bench import (
    ALL_NEW,
    END,
    Rig,
    config,
    current_row,
    identify_row,
    limits,
    press_row,
    request,
)
from tests.core.golden.steps import ladder
from tests.core.samples import NAN
from tests.core.sequence.walking import SECOND, pulse_row, row_of

FAULTY = ALL_NEW | int(Flag.PRESS_FAULT)
CYCLING = (press_row(5.0), current_row(1e-3, 60.0), END)


def phase(rig: Rig) -> int:
    return status(rig.config, rig.state).phase


def reasons(rig: Rig, code: Request) -> list[tuple[int, float]]:
    """Why a request is refused; nothing where it is admitted."""
    before = len(rig.events)
    rig.turn(**request(code))
    return [(e.code, e.value) for e in rig.events[before:] if e.kind == EventKind.REASON]


def tripped(*rows: c.Step, step: int, after_s: float = 10.0, **changes: object) -> Rig:
    """A rig whose drive has reported a fault so long after a step began, and is well again."""
    rig = Rig(config(rows, **changes))  # type: ignore[arg-type]
    while rig.state.sequence.step < step:
        rig.turn()
    rig.run(after_s)
    rig.turn(flags=FAULTY)
    rig.run(20.0)
    assert rig.state.safety.trip == Trip.PRESS_FAULT
    assert phase(rig) == Phase.TRIPPED
    return rig


def ends(rig: Rig) -> list[int]:
    return [event.code for event in rig.events if event.kind == EventKind.STEP_END]


def test_a_cleared_trip_leaves_the_press_standing_and_the_cell_open_for_ever():
    rig = tripped(*CYCLING, step=1)
    assert reasons(rig, Request.RESET) == []
    commands = [rig.turn() for _ in range(3000)]
    assert {command.press_mode for command in commands} == {PressMode.STOP}
    assert {command.cell_mode for command in commands} == {CellMode.OPEN}
    assert phase(rig) == Phase.TRIP_CLEARED


def test_before_the_trip_is_cleared_nothing_goes_on():
    rig = tripped(*CYCLING, step=1)
    assert reasons(rig, Request.RESUME)[0][0] == Refusal.TRIPPED


@pytest.mark.parametrize("code", [Request.HOLD, Request.SKIP, Request.CONFIRM, Request.JOG])
def test_after_a_cleared_trip_comes_resume_or_stop(code: Request):
    rig = tripped(*CYCLING, step=1)
    reasons(rig, Request.RESET)
    assert reasons(rig, code)[0][0] == Refusal.CLEARED


def test_a_run_whose_trip_was_cleared_can_be_stopped():
    rig = tripped(*CYCLING, step=1)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.STOP) == []
    rig.run(5.0)
    assert phase(rig) == Phase.ENDED


def test_the_step_goes_on_with_its_clock_once_the_pressure_is_there_again():
    rig = tripped(*CYCLING, step=1)
    rig.offset_um -= 2.0  # the stack has lost 0.25 MPa meanwhile
    charged_c = rig.state.charge.charged_c
    reasons(rig, Request.RESET)
    rig.run(60.0)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.REGAINING_PRESSURE
    while phase(rig) == Phase.REGAINING_PRESSURE:
        assert rig.current_a == 0.0
        rig.turn()
    assert rig.state.known.mean_mpa == pytest.approx(5.0, abs=0.08)
    assert phase(rig) == Phase.RUNNING
    assert rig.state.charge.charged_c == pytest.approx(charged_c, abs=1e-4)
    rig.run(60.0)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]
    assert rig.state.charge.charged_c == pytest.approx(60e-3, rel=0.03)
    assert rig.state.safety.trip == 0


def test_a_step_that_was_changing_the_pressure_goes_on_at_once():
    rig = tripped(press_row(5.0), END, step=0, after_s=1.0)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.RUNNING
    rig.run(90.0)
    assert ends(rig) == [EndReason.SETTLED]


def test_an_identification_goes_on_to_its_end():
    rig = tripped(identify_row(5.0), press_row(5.0), END, step=0, after_s=40.0)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(300.0)
    assert ends(rig) == [EndReason.MEASURED, EndReason.SETTLED]


def test_a_press_that_stood_stands_where_it_is():
    gap = row_of(Kind.GAP, mode=int(HoldMode.GAP), gap_um=10.0, wait=True, until_ns=60 * SECOND)
    rig = tripped(press_row(5.0), gap, END, step=1)
    stood_um = rig.drive_um
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(20.0)
    assert rig.drive_um == pytest.approx(stood_um, abs=0.05)


def test_a_run_that_kept_its_pressure_keeps_it_again():
    rig = tripped(press_row(5.0, wait=False), END, step=0, after_s=60.0, at_end=-1)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.KEEPING
    rig.run(60.0)
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.06)


def lost(mean_mpa: float) -> list[tuple[int, float]]:
    """Why a hold at 5 MPa does not go on after a trip with so much pressure left."""
    released = limits(reactions=(int(Action.RELEASE),) * len(Trip))
    rig = tripped(*CYCLING, step=1, limits=released)
    rig.run(120.0)
    reasons(rig, Request.RESET)
    known = msgspec.structs.replace(rig.state.known, mean_mpa=mean_mpa)
    rig.state = msgspec.structs.replace(rig.state, known=known)
    return reasons(rig, Request.RESUME)


@pytest.mark.parametrize("mean_mpa", [0.499, NAN])
def test_a_press_that_has_lost_the_stack_does_not_go_on(mean_mpa: float):
    assert lost(mean_mpa) == [(Refusal.NO_CONTACT, 0.5)]


def test_a_run_that_was_ending_does_not_go_on():
    rig = tripped(press_row(5.0, wait=False), END, step=0, at_end=int(Action.RELEASE), after_s=5.0)
    assert rig.state.sequence.before == Phase.ENDING
    reasons(rig, Request.RESET)
    assert [code for code, _ in reasons(rig, Request.RESUME)] == [Refusal.ENDING]


def test_a_cause_that_is_still_there_trips_again():
    rig = tripped(*CYCLING, step=1)
    reasons(rig, Request.RESET)
    rig.turn(flags=FAULTY)
    assert rig.state.safety.trip == Trip.PRESS_FAULT
    assert phase(rig) == Phase.TRIPPED


def test_a_fault_of_the_sequence_is_over_once_it_is_cleared():
    rig = Rig(config((press_row(5.0, timeout_ns=SECOND), END)))
    rig.run(5.0)
    assert rig.state.safety.trip == Trip.NOT_SETTLED
    reasons(rig, Request.RESET)
    rig.run(5.0)
    assert phase(rig) == Phase.TRIP_CLEARED


def test_a_pressure_that_is_not_regained_in_time_trips():
    rows = (press_row(5.0, timeout_ns=40 * SECOND), current_row(1e-3, 60.0), END)
    rig = tripped(*rows, step=1)
    rig.offset_um -= 30.0
    reasons(rig, Request.RESET)
    rig.run(5.0)
    assert reasons(rig, Request.RESUME) == []
    rig.stick_um = 1e9  # the press moves, and nothing follows
    rig.run(60.0)
    assert rig.state.safety.trip in (Trip.NOT_SETTLED, Trip.NO_RESPONSE)


def test_a_sequence_that_was_held_before_the_trip_goes_on_too():
    rig = Rig(config(CYCLING))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(5.0)
    reasons(rig, Request.HOLD)
    rig.turn(flags=FAULTY)
    rig.run(5.0)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(80.0)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]


def test_a_pressure_with_a_share_for_a_band_is_sought_again_too():
    """As the steps write it that settle within a share of their level."""
    shared = press_row(5.0, band_mpa=0.0, band_share=0.01)
    released = limits(reactions=(int(Action.RELEASE),) * len(Trip))
    rig = tripped(shared, current_row(1e-3, 60.0), END, step=1, limits=released)
    assert reasons(rig, Request.RESET) == []
    known = msgspec.structs.replace(rig.state.known, mean_mpa=4.0)
    rig.state = msgspec.structs.replace(rig.state, known=known)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.REGAINING_PRESSURE
    assert rig.current_a == 0.0
    assert [why for why, _ in reasons(rig, Request.SKIP)] == [Refusal.REGAINING]


@pytest.mark.parametrize(("code", "action"), [(Request.RELEASE, 2), (Request.STOP, 1)])
def test_a_trip_takes_nothing_back_from_a_stronger_action_before_it(code: Request, action: int):
    open_circuit = limits(reactions=(int(Action.OPEN_CIRCUIT),) * len(Trip))
    rig = Rig(config((press_row(10.0), END), at_end=-1, limits=open_circuit))
    rig.run(120.0)
    rig.turn(**request(code))
    rig.voltage_v = 6.0
    rig.run(60.0)
    assert rig.state.safety.trip
    assert rig.state.safety.action == action
    moved_um = rig.drive_um
    rig.run(60.0)
    assert rig.drive_um <= moved_um


@pytest.mark.parametrize("tripped_first", [False, True])
def test_force_is_watched_wherever_the_press_keeps_a_pressure(tripped_first: bool):
    """After the sequence, and after a trip that leaves the press holding."""
    cell = (Trip.NONE, Trip.VOLTAGE, Trip.CURRENT)
    holds = {int(one): int(Action.OPEN_CIRCUIT) for one in cell}
    reactions = tuple([holds.get(code, int(Action.HALT)) for code in range(len(Trip))])
    table = config((press_row(10.0), END), at_end=-1, limits=limits(reactions=reactions))
    nominal = msgspec.structs.replace(table.nominal, flows=False)
    rig = Rig(msgspec.structs.replace(table, nominal=nominal))
    rig.run(200.0)
    if tripped_first:
        rig.voltage_v = 6.0
        rig.run(2.0)
        assert rig.state.safety.trip in cell[1:]
    began = rig.tick
    while rig.tick < began + 1200 and rig.state.safety.trip in cell:
        lost = round(-5.0 * (rig.tick - began) * 0.1 / 3.0 * 10.0)
        rig.turn(counts=tuple(count + lost for count in rig.sample().counts))
    assert rig.state.safety.trip not in cell
    assert rig.pressure_mpa < 13.0


GAP = int(HoldMode.GAP)
HALTS = limits()
OPENS = limits(reactions=(int(Action.OPEN_CIRCUIT),) * len(Trip))


def goes_on_after(trip: Trip, rig: Rig) -> None:
    """Until this trip, which is then cleared, and the run let go on."""
    while not rig.state.safety.trip:
        rig.turn()
    assert rig.state.safety.trip == trip
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []


def far_gap(**changes: object) -> c.Step:
    """To a place so far off that the press needs half a minute."""
    fields: dict[str, object] = {"mode": GAP, "gap_um": -150.0, "wait": True}
    return row_of(Kind.GAP, until_ns=20 * SECOND, **(fields | changes))


@pytest.mark.parametrize("reacts", [HALTS, OPENS])
def test_a_gap_that_was_cut_by_a_trip_is_made_to_its_end(reacts: c.Limits):
    rig = tripped(press_row(5.0), far_gap(), END, step=1, limits=reacts)
    place_um = rig.state.sequence.paused.place_um
    assert rig.drive_um > place_um + 50.0  # it has stood since the trip
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(80.0)
    assert rig.drive_um == pytest.approx(place_um, abs=0.1)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]


def test_an_operator_stops_a_press_on_its_way_to_a_place_and_lets_it_go_on():
    rig = Rig(config((press_row(5.0), far_gap(), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(10.0)
    place_um = rig.state.sequence.place_um
    reasons(rig, Request.HOLD)
    rig.run(5.0)
    stood_um = rig.drive_um
    rig.run(60.0)
    assert rig.drive_um == stood_um > place_um + 50.0
    assert reasons(rig, Request.RESUME) == []
    rig.run(80.0)
    assert rig.drive_um == pytest.approx(place_um, abs=0.1)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]


def test_a_trip_that_only_opens_the_circuit_ends_an_approach_where_it_is():
    rig = Rig(config((press_row(60.0), END), limits=OPENS))
    while not rig.pressure_mpa > 5.0:
        rig.turn()
    rig.turn(flags=FAULTY)
    rig.run(10.0)
    mpa = rig.pressure_mpa
    assert mpa < 20.0
    rig.run(60.0)
    assert rig.pressure_mpa == pytest.approx(mpa, abs=0.3)
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(200.0)
    assert rig.pressure_mpa == pytest.approx(60.0, abs=0.5)


def test_an_operator_holds_a_pressure_that_is_being_regained():
    rig = tripped(*CYCLING, step=1)
    rig.offset_um -= 20.0
    reasons(rig, Request.RESET)
    rig.run(20.0)
    assert reasons(rig, Request.RESUME) == []
    assert reasons(rig, Request.HOLD) == []
    assert phase(rig) == Phase.HELD_BY_OPERATOR
    rig.run(60.0)
    assert rig.pressure_mpa < 4.0
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.REGAINING_PRESSURE
    rig.run(200.0)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]


def test_a_pressure_that_was_not_settled_in_time_has_its_time_again():
    rig = Rig(config((press_row(5.0, timeout_ns=12 * SECOND), END)))
    goes_on_after(Trip.NOT_SETTLED, rig)
    rig.run(11.0)
    assert rig.state.safety.trip == 0


def test_after_a_cycle_that_gave_too_little_back_the_next_one_follows():
    loop = row_of(Kind.LOOP, target=1, passes=3, counter=0, cycle_end=True)
    current = current_row(1e-3, 5.0, cycle_begin=True)
    rig = Rig(config((press_row(5.0), current, loop, END), limits=limits(efficiency_min=0.5)))
    for _ in range(3):
        goes_on_after(Trip.SOFT_SHORT, rig)
    rig.run(60.0)
    kinds = [event.kind for event in rig.events]
    assert kinds.count(EventKind.CYCLE_BEGIN) == kinds.count(EventKind.CYCLE_END) == 3
    assert ends(rig) == [EndReason.SETTLED] + 3 * [EndReason.TIME]
    assert phase(rig) == Phase.ENDED


def test_after_more_charge_than_allowed_it_is_counted_anew():
    rows = (press_row(5.0), current_row(1e-3, 30.0), END)
    rig = Rig(config(rows, limits=limits(capacity_max_c=20e-3)))
    goes_on_after(Trip.CAPACITY, rig)
    rig.run(60.0)
    assert ends(rig) == [EndReason.SETTLED, EndReason.TIME]


def test_after_a_target_that_was_not_reached_the_next_step_follows():
    until = row_of(Kind.UNTIL, target=0, last=5.0, step=1.0, limit_ohm=-1.0, passes=2, stops=True)
    rows = (press_row(5.0, varies=2), pulse_row(), until, current_row(1e-3, 5.0), END)
    rig = Rig(config(rows))
    goes_on_after(Trip.UNREACHED, rig)
    rig.run(60.0)
    assert ends(rig) == [EndReason.SETTLED, EndReason.MEASURED, EndReason.TIME]
    assert phase(rig) == Phase.ENDED


def test_a_ladder_that_found_nothing_is_over_when_the_run_goes_on():
    steps = (press_row(5.0), *ladder(2e-3, stops=True, first=1))
    rig = Rig(config(steps))
    while not rig.state.safety.trip:
        rig.turn()
    assert rig.state.safety.trip == Trip.UNREACHED
    rungs = len(ends(rig))
    reasons(rig, Request.RESET)
    assert reasons(rig, Request.RESUME) == []
    rig.run(60.0)
    assert len(ends(rig)) == rungs + 1  # the rest that follows
    assert phase(rig) == Phase.ENDED


def test_the_pressure_is_sought_again_where_its_step_stands_later_in_the_loop():
    loop = row_of(Kind.LOOP, target=0, passes=2, counter=0)
    rows = (current_row(1e-3, 60.0), press_row(5.0), loop, END)
    rig = Rig(config(rows))
    while rig.state.sequence.step_count < 3:
        rig.turn()
    rig.run(5.0)
    rig.turn(flags=FAULTY)
    rig.run(5.0)
    rig.offset_um -= 20.0
    reasons(rig, Request.RESET)
    rig.run(20.0)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.REGAINING_PRESSURE


def regaining(*rows: c.Step) -> Rig:
    """A rig that seeks its 5 MPa again after a trip in the second step, far below it."""
    rig = tripped(*rows, step=1)
    rig.offset_um -= 30.0
    reasons(rig, Request.RESET)
    rig.run(20.0)
    assert reasons(rig, Request.RESUME) == []
    assert phase(rig) == Phase.REGAINING_PRESSURE
    return rig


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("code", [Request.SKIP, Request.CONFIRM])
def test_no_step_is_ended_before_the_pressure_is_there_again(code: Request, held: bool):
    wait = row_of(Kind.WAIT)
    rig = regaining(press_row(5.0), wait, current_row(1e-3, 60.0), END)
    if held:
        assert reasons(rig, Request.HOLD) == []
    expected = Refusal.HELD if held and code == Request.CONFIRM else Refusal.REGAINING
    assert [why for why, _ in reasons(rig, code)] == [expected]
    rig.run(2.0)
    assert rig.current_a == 0.0


def test_contact_is_judged_by_the_pressure_that_the_step_kept():
    rig = regaining(*CYCLING)
    known = msgspec.structs.replace(rig.state.known, mean_mpa=0.3)
    rig.state = msgspec.structs.replace(rig.state, known=known)
    rig.turn(flags=FAULTY)
    rig.run(1.0)
    reasons(rig, Request.RESET)
    known = msgspec.structs.replace(rig.state.known, mean_mpa=0.3)
    rig.state = msgspec.structs.replace(rig.state, known=known)
    assert reasons(rig, Request.RESUME) == [(Refusal.NO_CONTACT, 0.5)]


@pytest.mark.parametrize("kind", [Kind.GAP, Kind.WAIT])
def test_a_press_that_has_not_been_read_is_held_and_let_go_on_all_the_same(kind: Kind):
    rig = Rig(config((row_of(kind, mode=GAP, wait=True, until_ns=SECOND), press_row(5.0), END)))
    unread = ALL_NEW & ~int(Flag.NEW_POSITION)
    for _ in range(5):
        rig.turn(flags=unread)
    rig.turn(flags=unread, **request(Request.HOLD))
    rig.run(5.0)
    assert reasons(rig, Request.RESUME) == []
    rig.run(60.0)
    assert rig.state.safety.trip == 0
    assert rig.state.sequence.step == 1 or not rig.state.sequence.holding
