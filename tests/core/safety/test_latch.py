"""What the interlocks answer: which trip, what it does, latching, reset, and what goes out."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core import config as c
from fixture.core.measurement.signals import Known
from fixture.core.safety.interlocks import apply, first_trip, press_is_free
from fixture.core.safety.state import NO_ACTION, NOT_DUE, Due, Evidence, Proposal, Safety
from fixture.core.safety.trips import ORDER, Trip
from fixture.core.types import (
    Action,
    CellMode,
    Command,
    Event,
    EventKind,
    Flag,
    Phase,
    PressMode,
    Request,
    Sample,
)
from tests.core.bench import ALL_NEW, END, Rig, config, limits, press_row, request
from tests.core.safety.quiet_tick import (
    CONFIG,
    HOLDING,
    KNOWN,
    LIMITS,
    QUIET,
    STOOD,
    TRIPS,
    known,
    only,
    proposal,
    resting,
    tripped_by,
)
from tests.core.samples import COUNTS, NAN, sample

# -- order, reactions, latching ----------------------------------------------------------------


def test_it_starts_with_nothing_tripped_nothing_due_and_nothing_known():
    assert Safety() == Safety(0, 0.0, 0.0, -1, 0.0, -1, 0.0, NOT_DUE, False, NO_ACTION)
    assert min(Action) > NO_ACTION


def everything_wrong() -> tuple[Safety, Known, Sample, Proposal]:
    """A tick in which every check would trip, but for faults that only a proposal reports."""
    state = Safety(from_n=0.0, from_ns=0, outside_ns=0, due=Due(0))
    flags = ALL_NEW | int(Flag.FORCE_FAULT | Flag.PRESS_FAULT | Flag.PRESS_END_HIGH)
    seen = sample(
        50,
        flags=flags,
        counts=(50_000, 50_000, 50_000),
        age_force_us=400_000,
        age_press_us=400_000,
        age_cell_us=400_000,
        voltage_v=NAN,
    )
    proposed = proposal(
        HOLDING,
        fault=int(Trip.NO_RESPONSE),
        press_um=9e9,
        cell_mode=int(CellMode.VOLTAGE),
        cell_setpoint=NAN,
    )
    return state, known(voltage_v=9.0, tilt=9.0), seen, proposed


FIRST = (Trip.OVER_FORCE, Trip.OVERLOAD, Trip.NOT_FINITE)


def test_the_checks_stand_in_the_order_of_their_codes():
    assert [code for code, _ in ORDER] == [
        *[int(trip) for trip in FIRST],
        *[int(trip) for trip in TRIPS if trip not in FIRST],
    ]


def test_of_many_faults_the_first_in_order_is_the_trip():
    state, now, seen, proposed = everything_wrong()
    state = msgspec.structs.replace(state, force_n=99_999.0, rate_n_per_s=1e9)

    def first_of(*trips: Trip) -> int:
        evidence = Evidence(only(*trips), state, now, seen, proposed)
        return first_trip(evidence, int(Action.OPEN_CIRCUIT))

    found = [Trip(code) for code, _ in ORDER if first_of(Trip(code))]
    assert len(found) >= 17
    assert [first_of(*found[index:]) for index in range(len(found))] == found


@pytest.mark.parametrize("trip", TRIPS)
@pytest.mark.parametrize("action", list(Action))
def test_the_reaction_to_each_trip_is_the_tables(trip: Trip, action: Action):
    table = only(trip, action=action)
    state = Safety(trip=int(trip))
    _, command, _ = apply(
        table, state, KNOWN, sample(), proposal(HOLDING, phase=int(Phase.TRIPPED))
    )
    expected = {
        Action.OPEN_CIRCUIT: (PressMode.MOVE, 100.0),
        Action.HALT: (PressMode.STOP, 0.0),
        Action.RELEASE: (PressMode.MOVE, CONFIG.press.release_um),
    }[action]
    assert (command.press_mode, command.press_um) == expected
    off = trip is Trip.WRONG_CURRENT  # the source is not trusted
    assert command.cell_mode == (CellMode.OFF if off else CellMode.OPEN)


@pytest.mark.parametrize("action", list(Action))
def test_whatever_the_reaction_the_cell_is_opened_in_the_same_tick(action: Action):
    table = only(Trip.PRESS_FAULT, action=action)
    proposed = proposal(
        HOLDING, cell_mode=int(CellMode.CURRENT), cell_setpoint=1e-3, cell_limit=5.0
    )
    seen = sample(flags=ALL_NEW | int(Flag.PRESS_FAULT))
    _, command, events = apply(table, Safety(), KNOWN, seen, proposed)
    assert (command.cell_mode, command.cell_setpoint, command.cell_limit) == (0, 0.0, 0.0)
    assert [event.kind for event in events] == [EventKind.TRIP]


def test_a_trip_latches_when_its_cause_is_gone():
    state = Safety()
    seen = sample(0, flags=ALL_NEW | int(Flag.PRESS_FAULT))
    state, _, events = apply(CONFIG, state, KNOWN, seen, HOLDING)
    assert [(e.kind, e.code) for e in events] == [(EventKind.TRIP, Trip.PRESS_FAULT)]
    for tick in range(1, 50):
        state, command, events = apply(CONFIG, state, KNOWN, sample(tick), HOLDING)
        assert (state.trip, command.press_mode, events) == (Trip.PRESS_FAULT, PressMode.STOP, ())


def test_a_latched_trip_that_stopped_the_press_gives_way_only_to_a_release():
    state = Safety(trip=int(Trip.PRESS_FAULT), action=int(Action.HALT))
    equal = sample(flags=ALL_NEW | int(Flag.FORCE_FAULT))
    assert apply(CONFIG, state, KNOWN, equal, HOLDING)[0].trip == Trip.PRESS_FAULT
    worse = sample(counts=(10**6,) * 3)
    state, command, _ = apply(CONFIG, state, KNOWN, worse, HOLDING)
    assert state.trip == Trip.OVER_FORCE
    assert command.press_um == CONFIG.press.release_um


@pytest.mark.parametrize("phase", [Phase.TRIPPED, Phase.ENDED])
def test_while_the_press_goes_on_holding_a_worse_fault_still_stops_it(phase: Phase):
    table = only(Trip.OVER_FORCE, action=Action.RELEASE)
    first = int(Trip.VOLTAGE) if phase is Phase.TRIPPED else 0
    state = Safety(trip=first, action=int(Action.OPEN_CIRCUIT), outside_ns=0)
    proposed = proposal(HOLDING, phase=int(phase), ending=int(Action.OPEN_CIRCUIT))
    low = known(voltage_v=-1.0)
    calm, command, events = apply(table, state, low, sample(5), proposed)
    assert (calm.trip, command.press_mode, events) == (first, PressMode.MOVE, ())
    state, command, events = apply(table, calm, low, sample(6, counts=(40_001,) * 3), proposed)
    assert state.trip == Trip.OVER_FORCE
    assert command.press_um == table.press.release_um
    assert [(e.kind, e.code) for e in events] == [(EventKind.TRIP, Trip.OVER_FORCE)]


def test_after_a_run_has_ended_with_the_press_stopped_nothing_is_judged():
    proposed = proposal(phase=int(Phase.ENDED), ending=int(Action.HALT))
    state = Safety(action=int(Action.HALT))
    assert tripped_by(seen=sample(counts=(10**6,) * 3), proposed=proposed, state=state) == 0


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.KEEPING, Phase.ENDING])
def test_in_every_other_phase_the_checks_are_on(phase: Phase):
    proposed = proposal(phase=int(phase), ending=int(Action.HALT))
    assert tripped_by(seen=sample(counts=(10**6,) * 3), proposed=proposed) == Trip.OVER_FORCE


@pytest.mark.parametrize(
    ("trip", "value"),
    [
        (Trip.VOLTAGE, 9.0),
        (Trip.CURRENT, 0.5),
        (Trip.TILT, 0.7),
        (Trip.FORCE_RATE, 7e6),
        (Trip.OVER_FORCE, 15_000.0),
    ],
)
def test_a_trip_shows_the_number_that_offended(trip: Trip, value: float):
    now = known(
        voltage_v=9.0 if trip is Trip.VOLTAGE else 2.5,
        current_a=0.5 if trip is Trip.CURRENT else 0.0,
        tilt=0.7 if trip is Trip.TILT else 0.0,
    )
    state = Safety(
        outside_ns=0,
        force_n=15_000.0 if trip is Trip.OVER_FORCE else 1000.0,
        rate_n_per_s=7e6 if trip is Trip.FORCE_RATE else 0.0,
    )
    _, _, events = apply(CONFIG, state, now, sample(9, flags=0), QUIET)
    assert events == (Event(sample(9).t_ns, 9, int(EventKind.TRIP), int(trip), value),)


# -- reset -------------------------------------------------------------------------------------


@pytest.mark.parametrize("trip", TRIPS)
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("ending", [-1, *Action])
def test_a_reset_clears_the_trip_and_the_press_stays_where_it_is(
    trip: Trip, action: Action, ending: int
):
    table = only(trip, action=action)
    proposed = proposal(HOLDING, phase=int(Phase.TRIPPED), ending=int(ending))
    seen = sample(7, **request(Request.RESET))
    state, command, events = apply(table, Safety(trip=int(trip)), KNOWN, seen, proposed)
    assert state.trip == 0
    assert (command.press_mode, command.cell_mode) == (PressMode.STOP, CellMode.OPEN)
    assert events == (Event(seen.t_ns, 7, int(EventKind.RESET), int(trip), 0.0),)


def test_a_reset_without_a_trip_is_nothing():
    seen = sample(**request(Request.RESET))
    state, command, events = apply(CONFIG, Safety(), KNOWN, seen, HOLDING)
    assert (state.trip, events, command.press_mode) == (0, (), PressMode.MOVE)


def test_a_stop_does_not_clear_a_trip():
    seen = sample(**request(Request.STOP))
    assert tripped_by(seen=seen, state=Safety(trip=int(Trip.TILT))) == Trip.TILT


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("at_end", [-1, *Action])
def test_on_the_rig_a_reset_never_starts_anything(action: Action, at_end: int):
    table = limits(reactions=(int(action),) * len(Trip))
    rig = Rig(config((press_row(5, 1e4), END), at_end=int(at_end), limits=table))
    rig.run(100)
    rig.turn(flags=ALL_NEW | int(Flag.PRESS_FAULT))
    rig.run(60)
    commands = [rig.turn(**request(Request.RESET))] + [rig.turn() for _ in range(300)]
    assert {command.press_mode for command in commands} == {int(PressMode.STOP)}
    assert {command.cell_mode for command in commands} == {int(CellMode.OPEN)}
    assert rig.state.sequence.phase == Phase.TRIPPED
    assert rig.state.safety.at_rest


# -- what goes out -----------------------------------------------------------------------------


def sent(
    proposed: Proposal, now: Known = KNOWN, table: c.Config = CONFIG, trip: int = 0
) -> Command:
    """The command of one tick."""
    return apply(table, Safety(trip=trip), now, sample(3), proposed)[1]


def test_a_command_expires():
    assert sent(QUIET).expires_ns == sample(3).t_ns + LIMITS.command_ttl_ns
    assert sent(QUIET).tick == 3


def test_without_a_hold_the_press_is_stopped_where_it_stands():
    command = sent(QUIET, known(position_um=12.5))
    assert (command.press_mode, command.press_um) == (PressMode.STOP, 12.5)


def test_a_press_never_read_is_stopped_too():
    command = sent(QUIET, known(position_um=NAN))
    assert (command.press_mode, command.press_um) == (PressMode.STOP, 0.0)


def test_a_good_proposal_goes_out_unchanged():
    proposed = proposal(
        HOLDING, cell_mode=int(CellMode.CURRENT), cell_setpoint=1e-3, cell_limit=4.0
    )
    command = sent(proposed)
    assert (command.press_mode, command.press_um) == (PressMode.MOVE, 100.0)
    assert (command.cell_mode, command.cell_setpoint, command.cell_limit) == (1, 1e-3, 4.0)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Action.HALT, (PressMode.STOP, 0.0)),
        (Action.RELEASE, (PressMode.MOVE, -200.0)),
        (Action.OPEN_CIRCUIT, (PressMode.MOVE, 100.0)),
    ],
)
@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.ENDED])
def test_the_end_takes_the_declared_state(
    ending: Action, expected: tuple[int, float], phase: Phase
):
    command = sent(proposal(HOLDING, phase=int(phase), ending=int(ending)))
    assert (command.press_mode, command.press_um) == expected
    assert command.cell_mode == CellMode.OPEN


def test_while_pressure_is_kept_the_hold_goes_on():
    command = sent(proposal(HOLDING, phase=int(Phase.KEEPING)))
    assert (command.press_mode, command.press_um) == (PressMode.MOVE, 100.0)


def test_a_safe_action_on_an_observed_cell_observes():
    table = config((END,), observe=True)
    assert sent(QUIET, table=table, trip=int(Trip.TILT)).cell_mode == CellMode.OBSERVE


OPENED = config((END,), observe=True, opens=True)


def test_a_trip_opens_an_observed_cell_where_a_line_of_ours_does_that():
    assert sent(QUIET, table=OPENED, trip=int(Trip.TILT)).cell_mode == CellMode.OFF


def test_without_a_trip_the_cell_stays_the_other_programs_whatever_a_line_could_do():
    observed = proposal(cell_mode=int(CellMode.OBSERVE))
    ending = proposal(observed, phase=int(Phase.ENDING), ending=int(Action.HALT))
    for proposed in (observed, ending):
        assert sent(proposed, table=OPENED).cell_mode == CellMode.OBSERVE


@pytest.mark.parametrize(("trip", "at_rest"), [(0, True), (int(Trip.TILT), False)])
def test_after_a_trip_a_cell_that_a_line_opens_must_be_seen_open(trip: int, at_rest: bool):
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT), cell_mode=3)
    seen = sample(flags=ALL_NEW | int(Flag.CELL_ON))
    assert apply(OPENED, resting(Action.HALT, trip), KNOWN, seen, proposed)[0].at_rest is at_rest


@given(st.floats(), st.sampled_from(list(Action)), st.sampled_from([0, *TRIPS]), COUNTS)
def test_no_command_leaves_the_travel_or_the_grid(
    press_um: float, action: Action, trip: int, position: int
):
    table = config((END,), limits=limits(reactions=(int(action),) * len(Trip)))
    proposed = proposal(HOLDING, press_um=press_um)
    now = known(position_um=position * CONFIG.press.um_per_count)
    command = sent(proposed, now, table, int(trip))
    assert (Fraction(command.press_um) * 2**20).denominator == 1
    if command.press_mode == PressMode.MOVE:
        assert LIMITS.travel_min_um <= command.press_um <= LIMITS.travel_max_um


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 1.0), (0.4999, 0.0), (-0.5, -1.0), (-0.4999, 0.0), (3.0, 3.0), (0.0, 0.0)],
)
def test_a_command_is_the_nearest_on_the_grid(value: float, expected: float):
    assert sent(proposal(HOLDING, press_um=value / 2**20)).press_um == expected / 2**20


# -- at rest -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell_on", [False, True])
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase <= Phase.TRIPPED])
def test_at_rest_is_the_declared_state_reached_with_the_cell_open(
    cell_on: bool, action: Action, near: bool, phase: Phase
):
    table = only(Trip.TILT, action=action)
    proposed = proposal(HOLDING, phase=int(phase), ending=int(action))
    now = known(position_um=-200.0 if near else 0.0)
    seen = sample(flags=ALL_NEW | (int(Flag.CELL_ON) if cell_on else 0))
    trip = int(Trip.TILT) if phase is Phase.TRIPPED else 0
    state = apply(table, resting(int(action), trip), now, seen, proposed)[0]
    over = phase in {Phase.ENDING, Phase.ENDED, Phase.TRIPPED}
    reached = action is not Action.RELEASE or near
    assert state.at_rest is (over and reached and not cell_on)
    assert state.action == (int(action) if over else NO_ACTION)


def test_an_observed_cell_need_not_be_open_to_be_at_rest():
    table = config((END,), observe=True)
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT), cell_mode=3)
    seen = sample(flags=ALL_NEW | int(Flag.CELL_ON))
    assert apply(table, resting(Action.HALT), KNOWN, seen, proposed)[0].at_rest


def test_a_press_that_does_not_stand_is_not_at_rest():
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT))
    moved = resting(Action.HALT)
    assert not apply(CONFIG, moved, KNOWN, sample(position=2), proposed)[0].at_rest
    assert not apply(CONFIG, moved, KNOWN, sample(counts=(500,) * 3), proposed)[0].at_rest
    assert apply(CONFIG, moved, KNOWN, sample(position=1), proposed)[0].at_rest


def test_what_stood_before_the_safe_action_began_does_not_count():
    """The drive may still do what was commanded before."""
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT))
    state = apply(CONFIG, Safety(standing=STOOD), KNOWN, sample(), proposed)[0]
    waits_ns = CONFIG.press.settle_ns + 1_000_000_000
    last = waits_ns // 100_000_000
    for tick in range(1, 1 + last):
        state = apply(CONFIG, state, KNOWN, sample(tick), proposed)[0]
        assert not state.at_rest
    assert apply(CONFIG, state, KNOWN, sample(last + 1), proposed)[0].at_rest


def test_a_press_that_is_not_read_is_not_at_rest():
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT))
    state = apply(CONFIG, Safety(), KNOWN, sample(), proposed)[0]
    for tick in range(1, 60):
        unread = sample(tick, flags=ALL_NEW & ~int(Flag.NEW_POSITION))
        state = apply(CONFIG, state, KNOWN, unread, proposed)[0]
    assert not state.at_rest


def test_a_tick_that_changes_nothing_but_time_keeps_the_rest_of_the_state():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    again = apply(CONFIG, state, KNOWN, sample(1), HOLDING)[0]
    assert again == msgspec.structs.replace(state, from_ns=again.from_ns)


@pytest.mark.parametrize(
    ("action", "free"),
    [(NO_ACTION, True), (Action.OPEN_CIRCUIT, True), (Action.HALT, False), (Action.RELEASE, False)],
)
def test_the_hold_moves_the_press_only_where_no_safe_action_does(action: int, free: bool):
    assert press_is_free(Safety(action=int(action))) is free


def test_a_safe_state_is_reached_only_once_the_cell_says_that_it_is_open():
    proposed = proposal(phase=int(Phase.ENDING), ending=int(Action.HALT))
    on, off = sample(0, flags=ALL_NEW | int(Flag.CELL_ON)), sample(1)
    waiting = apply(CONFIG, resting(Action.HALT), KNOWN, on, proposed)[0]
    assert not waiting.at_rest
    assert apply(CONFIG, waiting, KNOWN, off, proposed)[0].at_rest


@pytest.mark.parametrize(
    ("press_answers", "stands", "cell_answers", "cell_on", "unreachable"),
    [
        (True, False, True, False, False),
        (True, False, False, True, False),
        (True, True, False, True, True),
        (True, True, True, True, False),
        (False, False, True, False, True),
        (False, False, True, True, False),
        (False, False, False, True, True),
    ],
)
def test_a_safe_state_is_out_of_reach_where_only_what_is_silent_keeps_the_run_from_it(
    press_answers: bool, stands: bool, cell_answers: bool, cell_on: bool, unreachable: bool
):
    proposed, trip = proposal(phase=int(Phase.TRIPPED)), int(Trip.TILT)
    state = resting(Action.HALT, trip) if stands else Safety(trip, action=int(Action.HALT))
    seen = sample(
        flags=ALL_NEW | (int(Flag.CELL_ON) if cell_on else 0),
        age_press_us=LIMITS.stale_press_us + (not press_answers),
        age_cell_us=LIMITS.stale_cell_us + (not cell_answers),
    )
    found = apply(only(Trip.TILT), state, KNOWN, seen, proposed)[0]
    assert (found.unreachable, found.at_rest) == (unreachable, False)


def test_in_the_tick_of_a_trip_nothing_has_come_to_rest_yet():
    seen = sample(flags=ALL_NEW | int(Flag.PRESS_FAULT))
    state = apply(CONFIG, Safety(), KNOWN, seen, HOLDING)[0]
    assert (state.trip, state.action) == (Trip.PRESS_FAULT, Action.HALT)
    assert not state.at_rest


def test_the_last_target_is_remembered_even_where_the_press_is_there_already():
    state = apply(CONFIG, Safety(), known(position_um=100.0), sample(), HOLDING)[0]
    assert (state.target_um, state.due.t_ns) == (100.0, -1)
