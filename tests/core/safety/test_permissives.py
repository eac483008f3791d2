"""Operator requests are admitted when it is safe, and each is an event."""

import math

import pytest

from fixture.core.types import Action, EventKind, Phase, PressMode, Request
from tests.core.bench import END, Rig, config, press_row

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
