"""Operator requests are admitted when it is safe, and each is an event."""

import math
from typing import Any

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.permissives import CONTACT_MPA, JOG_MAX_UM, admit
from fixture.core.safety.state import Safety
from fixture.core.safety.trips import Trip
from fixture.core.sequence.state import Choice, SequenceState
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import (
    Action,
    EventKind,
    Flag,
    HoldMode,
    Phase,
    PressMode,
    Refusal,
    Request,
)
from tests.core.bench import ALL_NEW, END, Rig, config, identify_row, press_row
from tests.core.samples import sample
from tests.core.sequence.walking import row_of

KEEP = -1
MANUAL = config((END,), at_end=KEEP)


def rig_by_hand() -> Rig:
    """A rig with no sequence, two seconds in."""
    rig = Rig(MANUAL)
    rig.run(2.0)
    assert rig.state.sequence.phase == Phase.KEEPING
    return rig


def send(rig: Rig, code: Request, value: float = 0.0) -> None:
    rig.turn(request=int(code), request_value=value)


def codes(rig: Rig, kind: EventKind) -> list[int]:
    return [event.code for event in rig.events if event.kind == kind]


def test_without_a_sequence_the_press_stands_and_a_jog_moves_it_so_far() -> None:
    rig = rig_by_hand()
    assert rig.turn().press_mode == PressMode.STOP
    send(rig, Request.JOG, 5.02)
    rig.run(5.0)
    assert rig.drive_um == pytest.approx(5.0)
    send(rig, Request.JOG, -2.0)
    rig.run(5.0)
    assert rig.drive_um == pytest.approx(3.0)
    assert codes(rig, EventKind.REQUEST) == [Request.JOG, Request.JOG]


@pytest.mark.parametrize("value", [math.nan, math.inf, 100.5, -100.5])
def test_a_jog_that_is_too_far_is_refused(value: float) -> None:
    rig = rig_by_hand()
    send(rig, Request.JOG, value)
    rig.run(1.0)
    assert rig.drive_um == 0.0
    assert codes(rig, EventKind.REFUSED) == [Request.JOG]


@pytest.mark.parametrize("code", [Request.JOG, Request.TARE, Request.RELEASE, Request.RESET])
def test_nothing_is_done_by_hand_while_a_sequence_runs(code: Request) -> None:
    rig = Rig(config((press_row(5.0), END)))
    rig.run(3.0)
    send(rig, code, 1.0)
    assert codes(rig, EventKind.REFUSED) == [code]
    assert rig.state.sequence.phase == Phase.RUNNING


@pytest.mark.parametrize("code", [-1, 11, 99])
def test_an_unknown_request_is_refused(code: int) -> None:
    rig = rig_by_hand()
    rig.turn(request=code)
    assert codes(rig, EventKind.REFUSED) == [code]


def test_a_zero_moves_the_force_shown_and_not_the_limit() -> None:
    rig = rig_by_hand()
    before = rig.state.safety.force_n
    send(rig, Request.TARE)
    rig.run(1.0)
    assert rig.state.known.force_n == pytest.approx(0.0, abs=1.0)
    assert rig.state.safety.force_n == pytest.approx(before, abs=1.0)
    assert codes(rig, EventKind.TARED) == [0, 1, 2]


def test_a_zero_under_load_is_refused() -> None:
    rig = Rig(MANUAL, preload_mpa=10.0)
    rig.run(2.0)
    send(rig, Request.TARE)
    assert codes(rig, EventKind.REFUSED) == [Request.TARE]
    assert rig.state.known.tare_counts == (0.0, 0.0, 0.0)


def test_a_release_unloads_and_ends_the_run() -> None:
    rig = rig_by_hand()
    send(rig, Request.RELEASE)
    rig.run(60.0)
    assert rig.state.sequence.phase == Phase.ENDED
    assert rig.drive_um == pytest.approx(MANUAL.press.release_um)


def test_a_stop_ends_a_tripped_run_in_the_state_it_was_tripped_to() -> None:
    rig = rig_by_hand()
    rig.turn(voltage_v=math.nan)
    rig.run(1.0)
    assert rig.state.sequence.phase == Phase.TRIPPED
    send(rig, Request.STOP)
    rig.run(4.0)
    assert rig.state.sequence.phase == Phase.ENDED
    assert rig.state.safety.trip != 0
    assert rig.state.safety.action == Action.HALT


def test_a_jog_out_of_travel_trips() -> None:
    rig = rig_by_hand()
    for _ in range(6):
        send(rig, Request.JOG, -100.0)
    assert rig.state.sequence.phase == Phase.TRIPPED


# -- each limit, exactly --------------------------------------------------------------------------

ROWS = config((press_row(5.0), row_of(Kind.WAIT), identify_row(5.0), END))
PRESSING, WAITING, IDENTIFYING = 0, 1, 2
OVER = SequenceState(phase=int(Phase.KEEPING))
RUNS = SequenceState(step=PRESSING)
NOT_TRIPPED = Safety()
ADMITTED = ()


ON_STOP = int(ROWS.on_stop)


def why(
    code: Request,
    plan: SequenceState,
    *,
    safety: Safety = NOT_TRIPPED,
    mean_mpa: float = 0.0,
    value: float = 0.0,
    **changes: Any,
) -> tuple[float, ...]:
    """The refusal, and its limit where it has one; nothing where the request is admitted."""
    seen = sample(request=int(code), request_value=value, **changes)
    _, events = admit(ROWS, plan, safety, Known(mean_mpa=mean_mpa, position_um=0.0), seen)
    reasons = [event for event in events if event.kind == EventKind.REASON]
    numbers = [number for event in reasons for number in (event.code, event.value)]
    return tuple([number for number in numbers if not math.isnan(number)])


def plan(base: SequenceState, **changes: Any) -> SequenceState:
    """A sequence with some of it changed."""
    return msgspec.structs.replace(base, **changes)


@pytest.mark.parametrize("code", [Request.STOP, Request.RELEASE])
@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.KEEPING, ADMITTED),
        (Phase.ENDING, (Refusal.ENDING,)),
        (Phase.ENDED, (Refusal.ENDING,)),
    ],
)
def test_a_run_that_ends_is_neither_stopped_nor_released(
    code: Request, phase: Phase, reason: tuple[int, ...]
):
    assert why(code, plan(OVER, phase=int(phase), ending=ON_STOP)) == reason


def test_a_run_that_ends_in_another_state_than_the_declared_one_can_be_stopped():
    ending = Action.RELEASE if ON_STOP != Action.RELEASE else Action.HALT
    assert why(Request.STOP, plan(OVER, phase=int(Phase.ENDING), ending=int(ending))) == ADMITTED


def test_a_run_is_stopped_while_it_runs_and_while_a_trip_or_its_end_stops_it():
    assert why(Request.STOP, RUNS) == ADMITTED
    ending = plan(OVER, phase=int(Phase.ENDING))
    assert why(Request.STOP, ending, safety=Safety(trip=int(Trip.TILT))) == ADMITTED


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_jog_of_the_most_is_admitted_and_no_further(sign: float):
    assert why(Request.JOG, OVER, value=sign * JOG_MAX_UM) == ADMITTED
    beyond = sign * math.nextafter(JOG_MAX_UM, 999.0)
    assert why(Request.JOG, OVER, value=beyond) == (Refusal.TOO_FAR, JOG_MAX_UM)


@pytest.mark.parametrize("counts", [2400, -2400])
def test_a_tare_is_admitted_up_to_its_share_of_the_force_limit(counts: int):
    assert why(Request.TARE, OVER, counts=(counts, 0, 0)) == ADMITTED
    beyond = counts + (1 if counts > 0 else -1)
    assert why(Request.TARE, OVER, counts=(beyond, 0, 0)) == (Refusal.LOADED, 240.0)


def test_a_tare_needs_a_reading_of_the_load_cells():
    unread = ALL_NEW & ~int(Flag.NEW_FORCE)
    assert why(Request.TARE, OVER, flags=unread) == (Refusal.NO_READING,)


CLEARED = SequenceState(step=PRESSING, phase=int(Phase.TRIPPED), holding=True, setpoint_mpa=0.4)
GAP = int(HoldMode.GAP)


@pytest.mark.parametrize(
    ("cleared", "mean_mpa", "reason"),
    [
        (CLEARED, CONTACT_MPA, ADMITTED),
        (CLEARED, 0.0499, (Refusal.NO_CONTACT, CONTACT_MPA)),
        (plan(CLEARED, holding=False), 0.0, ADMITTED),
        (plan(CLEARED, mode=GAP, place_um=0.0), 0.0, ADMITTED),
    ],
)
def test_after_a_trip_a_pressure_that_was_held_needs_contact(
    cleared: SequenceState, mean_mpa: float, reason: tuple[float, ...]
):
    assert why(Request.RESUME, cleared, mean_mpa=mean_mpa) == reason


@pytest.mark.parametrize(
    ("away_um", "reason"),
    [(JOG_MAX_UM, ADMITTED), (JOG_MAX_UM + 1.0, (Refusal.TOO_FAR, JOG_MAX_UM)), (-500.0, ADMITTED)],
)
def test_after_a_trip_a_press_goes_back_to_its_place_only_from_near_it(
    away_um: float, reason: tuple[float, ...]
):
    stood = plan(CLEARED, mode=GAP, place_um=away_um)
    assert why(Request.RESUME, stood) == reason


@pytest.mark.parametrize(
    ("mode", "holding", "mean_mpa", "reason"),
    [
        (HoldMode.GAP, False, 0.0499, (Refusal.NO_CONTACT, CONTACT_MPA)),
        (HoldMode.GAP, False, CONTACT_MPA, ADMITTED),
        (HoldMode.GAP, True, 0.0, ADMITTED),
        (HoldMode.PRESSURE, False, 0.0, ADMITTED),
    ],
)
def test_a_wait_that_has_released_the_stack_is_confirmed_once_it_is_touched_again(
    mode: HoldMode, holding: bool, mean_mpa: float, reason: tuple[float, ...]
):
    waits = SequenceState(step=WAITING, mode=int(mode), holding=holding)
    assert why(Request.CONFIRM, waits, mean_mpa=mean_mpa) == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.0, (Refusal.TOO_LOW, 0.0)),
        (5e-324, ADMITTED),
        (100.0, ADMITTED),
        (100.5, (Refusal.TOO_HIGH, 100.0)),
    ],
)
def test_a_setpoint_is_more_than_nothing_and_at_most_what_the_rig_allows(
    value: float, reason: tuple[float, ...]
):
    assert why(Request.SETPOINT, plan(RUNS, holding=True), value=value) == reason


@pytest.mark.parametrize(("mode", "holding"), [(HoldMode.GAP, True), (HoldMode.PRESSURE, False)])
def test_a_setpoint_needs_a_pressure_that_is_held(mode: HoldMode, holding: bool):
    stands = plan(RUNS, mode=int(mode), holding=holding)
    assert why(Request.SETPOINT, stands, value=5.0) == (Refusal.NO_PRESSURE,)


def test_a_setpoint_that_a_branch_selects_is_left_to_it_while_the_sequence_runs():
    selected = plan(RUNS, holding=True, choice=Choice(owner=3))
    assert why(Request.SETPOINT, selected, value=5.0) == (Refusal.LEVEL,)
    over = plan(selected, phase=int(Phase.KEEPING))
    assert why(Request.SETPOINT, over, value=5.0) == ADMITTED


def test_after_a_trip_no_setpoint_is_taken():
    held = plan(RUNS, holding=True)
    tripped = Safety(trip=int(Trip.TILT))
    assert why(Request.SETPOINT, held, safety=tripped, value=5.0) == (Refusal.TRIPPED,)


def test_a_setpoint_is_left_to_a_step_that_measures_by_it():
    measures = plan(RUNS, step=IDENTIFYING, holding=True)
    assert why(Request.SETPOINT, measures, value=5.0) == (Refusal.STEP_OWNS_PRESSURE,)


def test_nothing_of_a_request_that_is_refused_goes_on():
    seen = sample(request=int(Request.JOG), request_value=1e9)
    assert admit(ROWS, OVER, NOT_TRIPPED, Known(), seen)[0] == sample()


def test_contact_is_more_than_the_noise_of_the_load_cells():
    noisy = msgspec.structs.replace(ROWS.nominal, noise_mpa=0.04)
    rig = msgspec.structs.replace(ROWS, nominal=noisy)
    waits = SequenceState(step=WAITING, mode=GAP)
    seen = sample(request=int(Request.CONFIRM))
    for mean_mpa, admitted in ((0.2, True), (0.199, False)):
        _, events = admit(rig, waits, NOT_TRIPPED, Known(mean_mpa=mean_mpa), seen)
        assert (EventKind.REFUSED not in [event.kind for event in events]) == admitted
