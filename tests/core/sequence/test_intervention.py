"""An operator holds a sequence, lets it go on, ends a step, gives another setpoint."""

from typing import Any

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.sequence.sequencer import cell_demand, current_after
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import shown_phase, step
from fixture.core.types import (
    CellMode,
    EndReason,
    EventKind,
    HoldMode,
    Phase,
    Refusal,
    Request,
)
from tests.core.bench import END, Rig, config, current_row, identify_row, press_row, request
from tests.core.golden.steps import cycles, increments, ladder
from tests.core.samples import NAN
from tests.core.sequence.walking import (
    INSIDE,
    OUTSIDE,
    SECOND,
    Bench,
    Cell,
    Walk,
    loop_row,
    open_row,
    pulse_row,
    row_of,
    voltage_row,
)

OPEN = (CellMode.OPEN, 0.0, 0.0)
NEVER = (float("inf"), 0.0)


def hold(walk: Walk, seconds: float, known: Known = INSIDE) -> Walk:
    return walk.at(seconds, known, **request(Request.HOLD))


def resume(walk: Walk, seconds: float, known: Known = INSIDE) -> Walk:
    return walk.at(seconds, known, **request(Request.RESUME))


# -- hold and resume ---------------------------------------------------------------------------


def test_a_pause_opens_the_cell_and_its_end_closes_it_again():
    walk = hold(Walk(current_row(1e-3, 9.0), END).at(0), 1.0)
    assert cell_demand(walk.config, walk.state) == OPEN
    assert current_after(walk.config, walk.state) == NEVER
    resume(walk, 3.0)
    assert cell_demand(walk.config, walk.state) == (CellMode.CURRENT, 1e-3, 5.0)
    assert current_after(walk.config, walk.state)[0] == pytest.approx(11.0)


def test_an_observed_cell_is_left_to_its_own_program():
    walk = hold(Walk(current_row(1e-3, 9.0), END, observe=True).at(0), 1.0)
    assert cell_demand(walk.config, walk.state) == (CellMode.OBSERVE, 0.0, 0.0)


def test_the_clock_of_a_step_stands_during_a_pause():
    walk = hold(Walk(open_row(2.0), open_row(9.0), END).at(0), 1.5)
    assert resume(walk.through(100.0), 101.5).state.step == 0
    assert walk.at(101.9).state.step == 0
    assert walk.at(102.0).state.step == 1
    assert walk.values(EventKind.STEP_END) == pytest.approx([2.0])


def test_the_dwell_at_a_pressure_goes_on_after_a_pause():
    walk = Walk(press_row(15, 10.0), open_row(), END).at(0).through(6.0, INSIDE)
    settled_ns = walk.state.settled_ns
    hold(walk, 7.0)
    resume(walk, 27.0)
    assert walk.state.settled_ns == settled_ns + 20 * SECOND
    assert walk.through(8.0, INSIDE).state.step == 0
    assert walk.through(2.0, INSIDE).state.step == 1


def test_no_end_condition_is_judged_during_a_pause_nor_before_the_cell_has_settled_after_it():
    walk = Walk(voltage_row(3.0, 1e-4), open_row(), END).at(0)
    none = Known(mean_mpa=15.0, windows=1, voltage_v=3.0, current_a=0.0)
    hold(walk, 0.1, none)
    walk.through(5.0, none)
    resume(walk, 6.0, none)
    assert walk.at(6.1, none).state.step == 0
    assert walk.at(6.2, none).state.step == 1


def test_a_settled_pressure_is_kept_during_a_pause():
    walk = Walk(press_row(15, 99.0), END).at(0).through(7.0, INSIDE)
    hold(walk, 8.0, OUTSIDE)
    assert (walk.state.setpoint_mpa, walk.state.mode) == (15.0, HoldMode.PRESSURE)


@pytest.mark.parametrize("row", [press_row(15, rate_mpa_per_s=0.1), identify_row(15)])
def test_a_pressure_that_was_being_changed_stays_where_it_is(row: Any):
    walk = hold(Walk(row, END).at(0), 1.0, OUTSIDE)
    held = walk.state
    assert (held.setpoint_mpa, held.mode, held.rate_mpa_per_s) == (14.0, HoldMode.PRESSURE, 0.0)
    again = resume(walk, 2.0, OUTSIDE).state
    before = Walk(row, END).at(0).state
    assert (again.setpoint_mpa, again.mode, again.rate_mpa_per_s) == (
        before.setpoint_mpa, before.mode, before.rate_mpa_per_s,
    )  # fmt: skip


def test_a_press_that_stands_goes_on_standing():
    gap = row_of(Kind.GAP, mode=int(HoldMode.GAP), wait=True, until_ns=9 * SECOND)
    walk = hold(Walk(press_row(15, wait=False), gap, END).at(0), 1.0, OUTSIDE)
    assert walk.state.mode == HoldMode.GAP


def test_the_time_out_of_settling_does_not_count_a_pause():
    walk = Walk(press_row(15, timeout_ns=10 * SECOND), END).at(0)
    hold(walk, 5.0, OUTSIDE)
    resume(walk, 500.0, OUTSIDE)
    assert walk.at(504.9, OUTSIDE).state.fault == 0
    assert walk.at(505.2, OUTSIDE).state.fault != 0


def test_a_resistance_is_measured_anew_after_a_pause():
    bench = Bench(Cell(lambda mpa, a: 40.0), pulse_row(pairs=1), END)
    for _ in range(25):  # within the first pulse
        bench.turn()
    assert bench.state.meter.stage == 1
    hold(bench, 2.6, Known(mean_mpa=5.0, windows=9, voltage_v=1.7, current_a=0.0))
    resume(bench, 9.0, Known(mean_mpa=5.0, windows=9, voltage_v=1.7, current_a=0.0))
    assert bench.state.meter.stage == 0
    bench.run()
    assert bench.values(EventKind.MEASURED_RESISTANCE) == pytest.approx([40.0])
    assert bench.values(EventKind.STEP_END) == pytest.approx([2.6 + 6.0], abs=0.11)


def test_a_coupling_is_measured_anew_from_the_pressure_where_it_began():
    coupling = row_of(
        Kind.COUPLING, shift_mpa=0.5, pairs=1, wait=True, band_mpa=0.1, hold_ns=SECOND,
        timeout_ns=99 * SECOND,
    )  # fmt: skip
    walk = Walk(press_row(15, wait=False), coupling, END).at(0)
    assert walk.state.setpoint_mpa == 15.5
    hold(walk, 1.0, INSIDE)
    assert walk.state.setpoint_mpa == 15.0
    resume(walk, 2.0, INSIDE)
    assert (walk.state.setpoint_mpa, walk.state.meter.base) == (15.5, 15.0)


def test_a_run_in_a_pause_can_be_stopped_and_its_step_says_how_long_it_was():
    walk = hold(Walk(open_row(9.0), END).at(0), 2.0)
    walk.at(50.0, **request(Request.STOP))
    assert walk.state.phase == Phase.ENDING
    assert walk.codes(EventKind.STEP_END) == [EndReason.REQUEST]
    assert walk.values(EventKind.STEP_END) == pytest.approx([2.0])


# -- skip ----------------------------------------------------------------------------------------


def test_a_step_that_is_skipped_says_so_and_the_next_one_follows():
    walk = Walk(current_row(1e-3, 9.0), open_row(), END).at(0)
    walk.at(1.0, **request(Request.SKIP))
    assert walk.state.step == 1
    assert walk.codes(EventKind.STEP_END) == [EndReason.SKIPPED]


def test_a_skip_ends_a_pause():
    walk = hold(Walk(current_row(1e-3, 9.0), current_row(-1e-3, 9.0), END).at(0), 1.0)
    walk.at(5.0, **request(Request.SKIP))
    assert cell_demand(walk.config, walk.state)[:2] == (CellMode.CURRENT, -1e-3)
    assert walk.values(EventKind.STEP_END) == pytest.approx([1.0])


def test_a_skip_within_a_loop_ends_one_pass_of_one_step():
    rows = (open_row(9.0), open_row(9.0), loop_row(0, 2), END)
    walk = Walk(*rows).at(0).at(1.0, **request(Request.SKIP)).at(2.0, **request(Request.SKIP))
    assert (walk.state.step, walk.state.passes) == (0, (1,))


def test_a_cycle_that_was_cut_is_no_short():
    def fault(skip: bool) -> int:
        rows = (*cycles(1), END)
        rig = Rig(config(rows))
        limits = msgspec.structs.replace(rig.config.limits, efficiency_min=0.9)
        walk = Walk(*rows, limits=limits).at(0)
        charging = Known(mean_mpa=15.0, windows=1, voltage_v=2.5, current_a=1e-3)
        walk.at(1.0, charging)
        walk.at(2.0, charging, **(request(Request.SKIP) if skip else {}))
        walk.through(500.0)
        return walk.state.fault

    assert fault(skip=False) != 0
    assert fault(skip=True) == 0


def test_a_rung_that_is_skipped_shows_no_critical_current():
    bench = Bench(Cell(lambda mpa, a: 10.0), *ladder(3e-3))
    while bench.state.step < 0 or bench.config.steps[bench.state.step].kind != Kind.RUNG:
        bench.turn()
    known = Known(mean_mpa=5.0, windows=1, voltage_v=0.0)
    bench.at(bench.tick / 10 + 1.0, known, **request(Request.SKIP))
    assert bench.codes(EventKind.STEP_END)[-1] == EndReason.SKIPPED
    assert bench.state.choice.found == 0
    assert not bench.codes(EventKind.CRITICAL_CURRENT)


# -- setpoint --------------------------------------------------------------------------------------


def test_another_setpoint_holds_until_a_step_sets_one():
    rows = (press_row(15, wait=False), open_row(5.0), press_row(10, wait=False), open_row(), END)
    walk = Walk(*rows).at(0).at(1.0, **request(Request.SETPOINT, 20.0))
    assert walk.state.setpoint_mpa == 20.0
    assert walk.at(5.1).state.setpoint_mpa == 10.0


def test_another_setpoint_is_settled_anew():
    walk = Walk(press_row(15, 10.0), open_row(), END).at(0).through(7.0, INSIDE)
    assert walk.state.settled_ns >= 0
    walk.at(8.0, INSIDE, **request(Request.SETPOINT, 20.0))
    assert walk.state.settled_ns == -1
    at_20 = Known(mean_mpa=20.0, windows=1)
    assert walk.through(14.9, at_20).state.step == 0
    assert walk.through(1.0, at_20).state.step == 1


def test_a_setpoint_given_in_a_pause_stays_after_it():
    walk = hold(Walk(press_row(15), END).at(0), 1.0, OUTSIDE)
    walk.at(2.0, OUTSIDE, **request(Request.SETPOINT, 12.0))
    assert walk.state.setpoint_mpa == 12.0
    assert resume(walk, 3.0, OUTSIDE).state.setpoint_mpa == 12.0


# -- with the whole core ---------------------------------------------------------------------------


def refusals(rig: Rig) -> list[int]:
    return [event.code for event in rig.events if event.kind == EventKind.REASON]


def turned(rig: Rig, code: Request, value: float = 0.0) -> list[int]:
    """Reasons after a request, for which it is refused; none where it is admitted."""
    before = len(refusals(rig))
    rig.turn(**request(code, value))
    return refusals(rig)[before:]


def test_the_pressure_is_kept_through_a_pause_and_no_charge_passes():
    rig = Rig(config((press_row(5.0), current_row(1e-3, 20.0), END)))
    while rig.state.sequence.step < 1:
        rig.turn()
    rig.run(5.0)
    assert turned(rig, Request.HOLD) == []
    rig.run(2.0)
    passed_c = rig.state.charge.charged_c
    rig.run(300.0)
    assert rig.state.charge.charged_c == passed_c
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.06)
    assert shown_phase(rig.config, rig.state.sequence) == Phase.HELD_BY_OPERATOR
    assert turned(rig, Request.RESUME) == []
    rig.run(20.0)
    assert rig.state.sequence.phase in (Phase.ENDING, Phase.ENDED)
    assert rig.state.charge.charged_c == pytest.approx(20e-3, rel=0.03)
    assert rig.state.safety.trip == 0


def test_an_identification_goes_on_after_a_pause_and_reaches_its_end():
    rig = Rig(config((identify_row(5.0), press_row(5.0), END)))
    rig.run(45.0)
    turned(rig, Request.HOLD)
    rig.run(60.0)
    turned(rig, Request.RESUME)
    rig.run(300.0)
    ends = [event.code for event in rig.events if event.kind == EventKind.STEP_END]
    assert ends == [EndReason.MEASURED, EndReason.SETTLED]


def test_a_sequence_is_held_once_and_let_go_once():
    rig = Rig(config((press_row(5.0, 99.0), END)))
    assert turned(rig, Request.RESUME) == [Refusal.NO_SEQUENCE]  # in the first tick
    assert turned(rig, Request.RESUME) == [Refusal.NOT_HELD]
    assert turned(rig, Request.CONFIRM) == [Refusal.NOT_WAITING]
    assert turned(rig, Request.HOLD) == []
    assert turned(rig, Request.HOLD) == [Refusal.HELD]
    assert turned(rig, Request.CONFIRM) == [Refusal.HELD]
    assert turned(rig, Request.RESUME) == []


def test_once_the_sequence_is_over_only_the_setpoint_is_an_operators():
    rig = Rig(config((press_row(5.0, wait=False), END), at_end=-1))
    rig.run(2.0)
    assert rig.state.sequence.phase == Phase.KEEPING
    for code in (Request.HOLD, Request.RESUME, Request.SKIP, Request.CONFIRM):
        assert turned(rig, code) == [Refusal.NO_SEQUENCE]
    assert turned(rig, Request.SETPOINT, 6.0) == []
    rig.run(60.0)
    assert rig.pressure_mpa == pytest.approx(6.0, abs=0.06)


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        (100.0, []),
        (100.0 + 1e-9, [Refusal.TOO_HIGH]),
        (float("inf"), [Refusal.TOO_HIGH]),
        (5e-324, []),
        (0.0, [Refusal.TOO_LOW]),
        (-5.0, [Refusal.TOO_LOW]),
        (NAN, [Refusal.TOO_LOW]),
    ],
)
def test_a_setpoint_stays_within_what_the_rig_allows(value: float, reasons: list[int]):
    rig = Rig(config((press_row(5.0, wait=False), open_row(99.0), END)))
    rig.turn()
    assert turned(rig, Request.SETPOINT, value) == reasons
    assert rig.state.sequence.setpoint_mpa == (5.0 if reasons else value)


def test_the_limit_of_a_setpoint_is_told():
    rig = Rig(config((press_row(5.0, wait=False), open_row(99.0), END)))
    rig.turn()
    turned(rig, Request.SETPOINT, 101.0)
    assert [e.value for e in rig.events if e.kind == EventKind.REASON] == [100.0]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ((open_row(99.0), END), Refusal.NO_PRESSURE),
        ((identify_row(5.0), END), Refusal.STEP_OWNS_PRESSURE),
        (
            (press_row(5.0, wait=False), row_of(Kind.GAP, mode=1, wait=True, until_ns=SECOND), END),
            Refusal.NO_PRESSURE,
        ),
    ],
)
def test_a_setpoint_is_not_changed_where_a_step_needs_its_own(rows: Any, reason: Refusal):
    rig = Rig(config(rows), preload_mpa=5.0)
    rig.turn()
    rig.turn()
    assert turned(rig, Request.SETPOINT, 6.0) == [reason]


def test_a_level_that_a_branch_selects_is_not_an_operators():
    rig = Rig(config(increments()))
    while not rig.state.sequence.choice.owner:
        rig.turn()
    assert turned(rig, Request.SETPOINT, 6.0) == [Refusal.LEVEL]


def test_a_trip_in_a_pause_stops_the_run_as_ever():
    rig = Rig(config((press_row(5.0), END)))
    rig.run(3.0)
    turned(rig, Request.HOLD)
    rig.turn(flags=rig.sample().flags | 64)
    assert rig.state.safety.trip != 0
    assert rig.state.sequence.phase == Phase.TRIPPED
    assert turned(rig, Request.RESUME) == [Refusal.TRIPPED]


def test_the_same_requests_give_the_same_answers_to_the_bit():
    def answers() -> list[bytes]:
        rig = Rig(config((press_row(5.0, 1.0), *cycles(2), END)))
        found: list[bytes] = []
        requests = {50: Request.HOLD, 90: Request.RESUME, 120: Request.SKIP}
        for tick in range(600):
            changes = request(requests[tick]) if tick in requests else {}
            seen = rig.sample(**changes)
            rig.state, command, events = step(rig.config, rig.state, seen)
            rig.act(command)
            rig.tick += 1
            found.append(msgspec.msgpack.encode((command, events)))
        return found

    assert answers() == answers()


def test_where_the_resistance_is_skipped_the_pressure_goes_no_higher():
    decider = row_of(Kind.UNTIL, target=0, last=71.0, step=5.0, limit_ohm=1.0, passes=9)
    rows = (press_row(15.0, varies=2), pulse_row(), decider, open_row(), END)
    walk = Walk(*rows).at(0).through(7.0, INSIDE)
    assert walk.state.step == 1
    walk.at(8.0, INSIDE, **request(Request.SKIP))
    assert (walk.state.step, walk.state.setpoint_mpa) == (3, 15.0)
    assert EventKind.UNREACHED not in [event.kind for event in walk.events]
