"""A step waits for its operator, the pressure kept or released."""

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.sequence.sequencer import cell_demand
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import shown_phase
from fixture.core.types import CellMode, EndReason, EventKind, HoldMode, Phase, Refusal, Request
from tests.core.bench import END, Rig, config, press_row, request
from tests.core.samples import NAN
from tests.core.sequence.walking import INSIDE, Walk, open_row, row_of

KEPT = row_of(Kind.WAIT)
RELEASED = row_of(Kind.WAIT, mode=int(HoldMode.GAP))
LONG_S = 1e6


def reasons(rig: Rig, code: Request, value: float = 0.0) -> list[tuple[int, float]]:
    """Why a request is refused; nothing where it is admitted."""
    before = len(rig.events)
    rig.turn(**request(code, value))
    return [(e.code, e.value) for e in rig.events[before:] if e.kind == EventKind.REASON]


def test_it_waits_until_it_is_confirmed_with_the_pressure_kept_and_the_cell_open():
    walk = Walk(press_row(15, wait=False), KEPT, open_row(), END).at(0).at(LONG_S, INSIDE)
    assert walk.state.step == 1
    assert (walk.state.setpoint_mpa, walk.state.mode) == (15.0, HoldMode.PRESSURE)
    assert cell_demand(walk.config, walk.state)[0] == CellMode.OPEN
    assert shown_phase(walk.config, walk.state) == Phase.WAITING_FOR_OPERATOR
    walk.at(LONG_S + 1.0, INSIDE, **request(Request.CONFIRM))
    assert walk.state.step == 2
    assert walk.codes(EventKind.STEP_END)[-1] == EndReason.CONFIRMED


def test_a_wait_can_be_held_and_still_keeps_its_pressure():
    walk = Walk(press_row(15, wait=False), KEPT, END).at(0)
    walk.at(1.0, Known(mean_mpa=14.0, windows=1), **request(Request.HOLD))
    assert walk.state.setpoint_mpa == 15.0
    assert shown_phase(walk.config, walk.state) == Phase.HELD_BY_OPERATOR


def test_a_press_that_holds_nothing_yet_is_released_all_the_same():
    walk = Walk(RELEASED, END).at(0)
    assert (walk.state.holding, walk.state.place_um) == (True, walk.config.press.release_um)


@pytest.mark.parametrize("further_um", [0.0, 500.0])
def test_a_press_that_is_released_or_further_out_is_not_moved(further_um: float):
    walk = Walk(RELEASED, END)
    walk.at(0, Known(position_um=walk.config.press.release_um - further_um, windows=1))
    assert not walk.state.holding


@pytest.fixture
def open_die() -> Rig:
    """A rig whose press has been released by a wait."""
    rig = Rig(config((press_row(5.0), RELEASED, press_row(5.0), END)))
    while rig.state.sequence.step < 1 or rig.state.sequence.holding:
        rig.turn()
    return rig


def test_the_press_goes_to_its_release_position_and_is_the_operators(open_die: Rig):
    rig = open_die
    assert rig.drive_um == pytest.approx(rig.config.press.release_um, abs=0.05)
    assert rig.state.safety.trip == 0
    before_um = rig.drive_um
    assert reasons(rig, Request.JOG, 10.0) == []
    rig.run(5.0)
    assert rig.drive_um == pytest.approx(before_um + 10.0, abs=0.05)


def test_it_is_confirmed_only_once_the_press_touches_the_stack(open_die: Rig):
    rig = open_die

    def presses(mean_mpa: float) -> None:
        known = msgspec.structs.replace(rig.state.known, mean_mpa=mean_mpa)
        rig.state = msgspec.structs.replace(rig.state, known=known)

    for mean_mpa in (-1.0, 0.0499, NAN):
        presses(mean_mpa)
        assert reasons(rig, Request.CONFIRM) == [(Refusal.NO_CONTACT, 0.05)]
    presses(0.05)
    assert reasons(rig, Request.CONFIRM) == []
    assert (rig.state.sequence.step, rig.state.sequence.holding) == (2, True)


def test_nothing_is_done_by_hand_before_the_press_is_released_or_while_a_pressure_is_kept():
    rig = Rig(config((press_row(5.0, wait=False), KEPT, END)))
    rig.run(1.0)
    assert [code for code, _ in reasons(rig, Request.JOG, 1.0)] == [Refusal.PRESSURE_KEPT]


def test_nothing_is_done_by_hand_while_a_wait_is_held(open_die: Rig):
    rig = open_die
    reasons(rig, Request.HOLD)
    assert [code for code, _ in reasons(rig, Request.JOG, 1.0)] == [Refusal.SEQUENCE_RUNS]


def test_a_press_that_stood_in_a_gap_is_released_all_the_same():
    gap = row_of(Kind.GAP, mode=int(HoldMode.GAP), wait=True, until_ns=5_000_000_000)
    rig = Rig(config((press_row(5.0), gap, RELEASED, press_row(5.0), END)))
    while rig.state.sequence.step < 2:
        rig.turn()
    rig.run(120.0)
    assert rig.drive_um == pytest.approx(rig.config.press.release_um, abs=0.05)
    assert not rig.state.sequence.holding


def test_a_press_on_its_way_to_release_is_neither_confirmed_nor_skipped():
    rig = Rig(config((press_row(5.0), RELEASED, press_row(5.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(3.0)
    for code in (Request.CONFIRM, Request.SKIP):
        assert [why for why, _ in reasons(rig, code)] == [Refusal.RELEASING]
    assert rig.state.sequence.step == 1


def test_a_released_wait_is_skipped_only_once_the_press_touches_the_stack(open_die: Rig):
    known = msgspec.structs.replace(open_die.state.known, mean_mpa=0.0)
    open_die.state = msgspec.structs.replace(open_die.state, known=known)
    assert [why for why, _ in reasons(open_die, Request.SKIP)] == [Refusal.NO_CONTACT]


def test_a_second_release_in_a_row_releases_again():
    rig = Rig(config((press_row(5.0), RELEASED, RELEASED, press_row(5.0), END)))
    while rig.state.sequence.step < 1 or rig.state.sequence.holding:
        rig.turn()
    reasons(rig, Request.JOG, 50.0)
    rig.run(20.0)
    known = msgspec.structs.replace(rig.state.known, mean_mpa=0.1)
    rig.state = msgspec.structs.replace(rig.state, known=known)
    assert reasons(rig, Request.CONFIRM) == []
    assert rig.state.sequence.step == 2
    rig.run(30.0)
    assert rig.drive_um == pytest.approx(rig.config.press.release_um, abs=0.05)
    assert not rig.state.sequence.holding


def test_a_released_press_has_no_setpoint_to_take_a_step_from(open_die: Rig):
    assert open_die.state.sequence.setpoint_mpa == 0.0


def test_a_hold_stops_a_press_on_its_way_to_release():
    rig = Rig(config((press_row(5.0), RELEASED, press_row(5.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(5.0)
    assert reasons(rig, Request.HOLD) == []
    rig.run(5.0)
    stood_um = rig.drive_um
    rig.run(60.0)
    assert rig.drive_um == stood_um > rig.config.press.release_um + 20.0
    assert reasons(rig, Request.RESUME) == []
    rig.run(90.0)
    assert rig.drive_um == pytest.approx(rig.config.press.release_um, abs=0.05)
    assert not rig.state.sequence.holding
