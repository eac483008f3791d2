"""Deciders: by increments, until a resistance, the lowest pressure, the critical current."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.config.steps.model import levels
from fixture.core import config as c
from fixture.core.measurement.coulombs import Charge
from fixture.core.safety.trips import Trip
from fixture.core.sequence.branching import toward
from fixture.core.sequence.sequencer import current_after
from fixture.core.sequence.state import Choice, Inputs, SequenceState
from fixture.core.sequence.steps.table import STEP_KINDS, Kind
from fixture.core.types import EndReason, EventKind, Phase
from tests.core.bench import END, config, current_row, limits, press_row
from tests.core.samples import INF, sample
from tests.core.sequence.walking import (
    OUTSIDE,
    SECOND,
    Bench,
    Cell,
    loop_row,
    open_row,
    pulse_row,
    row_of,
)


def varied(mpa: float, decider: int, **changes: Any) -> c.Step:
    """A pressure that a decider moves on."""
    return press_row(mpa, varies=decider, **changes)


def pressed(bench: Bench) -> list[float]:
    """Every pressure that was asked for, in order."""
    seen: list[float] = []
    while bench.state.phase == Phase.RUNNING and not bench.state.fault:
        bench.turn()
        if not seen or seen[-1] != bench.state.setpoint_mpa:
            seen.append(bench.state.setpoint_mpa)
    return seen


@given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(0.01, 50.0))
def test_a_step_towards_a_level_never_passes_it(level: float, last: float, step: float):
    after = toward(level, last, step)
    assert min(level, last) <= after <= max(level, last)
    assert after == last or abs(after - level) == pytest.approx(step)


# -- by increments -----------------------------------------------------------------------------


def increments(last_mpa: float, step_mpa: float) -> tuple[c.Step, ...]:
    return (
        varied(last_mpa, 3),
        row_of(Kind.GAP, mode=1, wait=True, until_ns=2 * SECOND),
        row_of(Kind.INCREMENT, target=1, last=last_mpa, step=step_mpa, passes=9),
        press_row(last_mpa),
        END,
    )


def test_increments_begin_a_step_from_the_last_setpoint_and_end_at_the_target():
    rows = (press_row(4.0), *increments(15.0, 5.0))
    assert pressed(Bench(Cell(lambda mpa, a: 1.0), *rows)) == [4.0, 9.0, 14.0, 15.0]


@pytest.mark.parametrize(("level", "last"), [(0.2, 0.3), (0.9, 0.8)])
def test_what_rounding_leaves_before_the_last_level_is_no_step(level: float, last: float):
    assert toward(level, last, 0.1) == last
    assert toward(0.1 + 0.1, 0.3 * (1.0 + 1e-12), 0.1) == 0.3 * (1.0 + 1e-12)


def test_increments_also_lead_downwards():
    rows = (press_row(20.0), *increments(6.0, 5.0))
    assert pressed(Bench(Cell(lambda mpa, a: 1.0), *rows)) == [20.0, 15.0, 10.0, 6.0]


def test_the_press_stands_between_increments_and_holds_at_the_end():
    bench = Bench(Cell(lambda mpa, a: 1.0), press_row(4.0), *increments(15.0, 5.0))
    modes: list[int] = []
    while bench.state.phase == Phase.RUNNING:
        bench.turn()
        if not modes or modes[-1] != bench.state.mode:
            modes.append(bench.state.mode)
    assert modes == [0, 1, 0, 1, 0, 1, 0]


# -- until a resistance ------------------------------------------------------------------------


def until(limit_ohm: float, last_mpa: float, **changes: Any) -> tuple[c.Step, ...]:
    return (
        varied(10.0, 2),
        pulse_row(),
        row_of(
            Kind.UNTIL,
            target=0,
            last=last_mpa,
            step=5.0,
            limit_ohm=limit_ohm,
            passes=9,
            **changes,
        ),
        open_row(),
        END,
    )


CONTACT = Cell(lambda mpa, a: 600.0 / mpa)  # 60 ohm at 10 MPa, 40 at 15, 30 at 20


def test_it_presses_harder_until_the_resistance_is_low_enough():
    bench = Bench(CONTACT, *until(40.5, 71.0))
    assert pressed(bench) == [10.0, 15.0]
    assert bench.values(EventKind.MEASURED_RESISTANCE) == pytest.approx([60.0, 40.0])
    assert bench.codes(EventKind.UNREACHED) == []


def test_a_resistance_that_is_low_enough_at_once_presses_no_harder():
    assert pressed(Bench(CONTACT, *until(60.5, 71.0))) == [10.0]


def test_the_last_step_is_to_the_limit_and_what_is_not_reached_there_is_an_event():
    bench = Bench(CONTACT, *until(20.0, 17.0))
    assert pressed(bench) == [10.0, 15.0, 17.0]
    assert bench.codes(EventKind.UNREACHED) == [2]
    assert bench.values(EventKind.UNREACHED) == [pytest.approx(600.0 / 17.0)]
    assert bench.state.fault == 0
    assert bench.codes(EventKind.STEP_BEGIN)[-1] == 3


def test_a_target_that_must_be_reached_asks_for_a_trip():
    bench = Bench(CONTACT, *until(20.0, 17.0, stops=True)).run(600)
    assert bench.state.fault == Trip.UNREACHED
    assert bench.codes(EventKind.STEP_BEGIN)[-1] == 1


def test_what_cannot_be_measured_is_not_reached_and_does_not_go_on_for_ever():
    cell = Cell(lambda mpa, a: INF)
    bench = Bench(cell, *until(20.0, 20.0))
    assert pressed(bench) == [10.0, 15.0, 20.0]
    assert bench.codes(EventKind.UNREACHED) == [2]


def test_within_a_loop_each_pass_begins_at_the_first_pressure_again():
    rows = (*until(40.5, 71.0)[:3], open_row(), loop_row(0, 2), END)
    assert pressed(Bench(CONTACT, *rows)) == [10.0, 15.0, 10.0, 15.0]


def test_a_cycle_that_begins_with_a_varied_pressure_begins_once():
    rows = list(until(40.5, 71.0))
    rows[0] = varied(10.0, 2, cycle_begin=True)
    bench = Bench(CONTACT, *rows).run(600)
    assert bench.codes(EventKind.CYCLE_BEGIN) == [1]


# -- the lowest pressure -----------------------------------------------------------------------


def search(limit_ohm: float, **changes: Any) -> tuple[c.Step, ...]:
    fields: dict[str, Any] = {
        "setpoint_mpa": 16.0,
        "last": 1.0,
        "factor": 0.5,
        "confirm": 2,
        "passes": 99,
    }
    return (
        varied(16.0, 2),
        pulse_row(),
        row_of(Kind.SEARCH, target=0, limit_ohm=limit_ohm, **(fields | changes)),
        open_row(),
        END,
    )


def trials(bench: Bench) -> list[tuple[float, int]]:
    return [(e.value, e.code) for e in bench.events if e.kind == EventKind.TRIAL]


def test_it_goes_down_while_acceptable_and_confirms_the_last_that_was():
    bench = Bench(CONTACT, *search(160.0)).run(900)  # acceptable from 3.75 MPa on
    assert trials(bench) == [(16.0, 1), (8.0, 1), (4.0, 1), (2.0, 0), (4.0, 1), (4.0, 1)]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [4.0]
    assert bench.codes(EventKind.LOWEST_PRESSURE) == [6]
    assert bench.state.setpoint_mpa == 4.0


def test_a_search_that_is_acceptable_to_the_end_confirms_the_last_level():
    bench = Bench(CONTACT, *search(1e6, last=3.0)).run(900)
    assert trials(bench) == [(16.0, 1), (8.0, 1), (4.0, 1), (3.0, 1), (3.0, 1)]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [3.0]


def test_a_search_by_steps_takes_steps():
    bench = Bench(CONTACT, *search(75.0, factor=0.0, step=4.0, confirm=1)).run(900)
    assert trials(bench) == [(16.0, 1), (12.0, 1), (8.0, 1), (4.0, 0), (8.0, 1)]


def test_a_search_upwards_ends_at_the_first_level_that_is_confirmed():
    rows = list(search(130.0, last=16.0, setpoint_mpa=1.0))
    rows[0] = varied(1.0, 2)
    bench = Bench(CONTACT, *rows).run(1200)
    assert trials(bench) == [(1.0, 0), (2.0, 0), (4.0, 0), (8.0, 1), (8.0, 1)]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [8.0]


def test_a_search_upwards_that_finds_nothing_says_so_at_the_top():
    rows = list(search(1.0, last=5.0, setpoint_mpa=1.0))
    rows[0] = varied(1.0, 2)
    bench = Bench(CONTACT, *rows).run(1200)
    assert trials(bench) == [(1.0, 0), (2.0, 0), (4.0, 0), (5.0, 0)]
    assert bench.codes(EventKind.UNREACHED) == [2]


class Trying(Bench):
    """Resistances that depend on the trial as well: good where `good` says so, else bad."""

    def __init__(self, good: Callable[[float, int], bool]) -> None:
        cell = Cell(lambda mpa, a: 10.0 if good(mpa, self.state.choice.trials) else 99.0)
        super().__init__(cell, *search(50.0))


def test_an_answer_that_is_not_confirmed_is_given_up_for_a_higher_one():
    bench = Trying(lambda mpa, trial: mpa >= (4.0 if trial < 4 else 8.0)).run(1200)
    assert trials(bench)[3:] == [(2.0, 0), (4.0, 0), (8.0, 1), (8.0, 1)]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [8.0]


def test_an_answer_that_is_never_confirmed_ends_above_the_first_pressure():
    bench = Trying(lambda mpa, trial: trial == 0).run(900)
    assert trials(bench) == [(16.0, 1), (8.0, 0), (16.0, 0)]
    assert bench.codes(EventKind.UNREACHED) == [2]


@pytest.mark.parametrize("stops", [False, True])
def test_a_search_that_finds_nothing_acceptable_says_so(stops: bool):
    bench = Bench(CONTACT, *search(1.0, stops=stops)).run(900)
    assert trials(bench) == [(16.0, 0)]
    assert bench.codes(EventKind.UNREACHED) == [2]
    assert bench.codes(EventKind.LOWEST_PRESSURE) == []
    assert bool(bench.state.fault) is stops


def cycles(passes: int, **changes: Any) -> tuple[c.Step, ...]:
    """Cycles in a loop, a search by efficiency right before its end."""
    fields: dict[str, Any] = {
        "last": 1.0,
        "factor": 0.5,
        "confirm": 1,
        "limit_efficiency": 0.9,
        "setpoint_mpa": 16.0,
    }
    return (
        varied(16.0, 3, cycle_begin=True),
        current_row(1e-3, 20.0),
        current_row(-1e-3, 10.0),
        row_of(Kind.SEARCH, **(fields | changes)),
        loop_row(0, passes, cycle_end=True),
        END,
    )


class Leaky(Cell):
    """A cell whose discharge is cut short below 4 MPa: half of what was put in is lost."""

    def __init__(self) -> None:
        super().__init__(lambda mpa, a: 50.0)

    def known(self, seconds: float, mpa: float, current_a: float) -> Any:
        known = super().known(seconds, mpa, current_a)
        share = 1.0 if mpa >= 4.0 else 0.5
        lost = current_a < 0.0
        return msgspec.structs.replace(
            known, current_a=2.0 * share * current_a if lost else current_a
        )


def test_by_efficiency_each_pass_of_the_loop_is_a_trial_and_the_rest_stay_at_the_answer():
    rows = cycles(8)
    bench = Bench(Leaky(), *rows)
    seen = pressed(bench)
    assert trials(bench) == [(16.0, 1), (8.0, 1), (4.0, 1), (2.0, 0), (4.0, 1)]
    assert seen == [16.0, 8.0, 4.0, 2.0, 4.0]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [4.0]
    assert bench.codes(EventKind.CYCLE_END) == [1, 2, 3, 4, 5, 6, 7, 8]
    measured = bench.values(EventKind.MEASURED_EFFICIENCY)
    assert measured == pytest.approx([1.0, 1.0, 1.0, 0.5, 1.0], abs=0.03)


def test_by_efficiency_the_last_of_so_many_cycles_is_judged():
    bench = Bench(Leaky(), *cycles(12, cycles=3, last=8.0)).run(3000)
    assert bench.codes(EventKind.MEASURED_EFFICIENCY) == [3, 6]
    assert bench.values(EventKind.LOWEST_PRESSURE) == [8.0]


def test_by_efficiency_a_loop_that_is_too_short_for_an_answer_says_so():
    bench = Bench(Leaky(), *cycles(2)).run(3000)
    assert bench.codes(EventKind.UNREACHED) == [3]
    assert bench.codes(EventKind.LOWEST_PRESSURE) == []
    assert bench.state.phase == Phase.ENDING


# -- the critical current ----------------------------------------------------------------------


def rung(sign: float, decider: int, **changes: Any) -> c.Step:
    fields: dict[str, Any] = {
        "cell_setpoint": sign * 1e-3,
        "cell_limit": 5.0,
        "until_ns": 10 * SECOND,
        "until_voltage_v": sign * 4.9,
        "until_voltage_sign": int(sign),
        "polarisation_v": 4.0,
        "varies": decider,
    }
    return row_of(Kind.RUNG, **(fields | changes))


def ladder(most_a: float = 5e-3, stops: bool = False, **changes: Any) -> tuple[c.Step, ...]:
    rest = current_row(0.0, 2.0)
    return (
        rest,
        rung(1.0, 4, **changes),
        rest,
        rung(-1.0, 4, **changes),
        row_of(Kind.LADDER, target=0, last=most_a, step=1e-3, passes=9, stops=stops),
        open_row(),
        END,
    )


def currents(bench: Bench) -> list[float]:
    """Every current that flowed in a rung, mA, in order."""
    seen: list[float] = []
    while bench.state.phase == Phase.RUNNING and not bench.state.fault:
        bench.turn()
        now = round(1e3 * bench.state.cell_setpoint, 6)
        if now and (not seen or seen[-1] != now):
            seen.append(now)
    return seen


def test_a_ladder_goes_up_in_both_directions_to_its_end():
    bench = Bench(Cell(lambda mpa, a: 50.0), *ladder(3e-3))
    assert currents(bench) == [1.0, -1.0, 2.0, -2.0, 3.0, -3.0]
    assert bench.codes(EventKind.CRITICAL_CURRENT) == []
    assert bench.values(EventKind.UNREACHED) == [3e-3]


def test_a_voltage_too_far_from_rest_is_the_critical_current():
    cell = Cell(lambda mpa, a: 50.0, rest_v=2.0)
    bench = Bench(cell, *ladder(polarisation_v=0.12))
    assert currents(bench) == [1.0, -1.0, 2.0, -2.0, 3.0]
    assert bench.values(EventKind.CRITICAL_CURRENT) == pytest.approx([3e-3])
    assert bench.codes(EventKind.CRITICAL_CURRENT) == [EndReason.VOLTAGE]
    assert bench.codes(EventKind.STEP_BEGIN)[-1] == 5


def test_a_voltage_at_the_limit_is_the_critical_current():
    rows = list(ladder())
    rows[1] = rung(1.0, 4, until_voltage_v=0.09)
    bench = Bench(Cell(lambda mpa, a: 50.0), *rows).run(600)
    assert bench.values(EventKind.CRITICAL_CURRENT) == [2e-3]


def test_a_polarisation_that_jumps_is_the_critical_current():
    cell = Cell(lambda mpa, a: 50.0 if abs(a) < 3.5e-3 else 90.0)
    bench = Bench(cell, *ladder(jump=0.5)).run(600)
    assert bench.values(EventKind.CRITICAL_CURRENT) == [4e-3]
    assert bench.codes(EventKind.CRITICAL_CURRENT) == [EndReason.JUMP]


def test_a_polarisation_that_falls_in_a_rung_is_a_short():
    ohm = [50.0]
    bench = Bench(Cell(lambda mpa, a: ohm[0]), *ladder(fall=0.3))
    while bench.state.cell_setpoint != 2e-3:
        bench.turn()
    for _ in range(50):
        bench.turn()
        ohm[0] *= 0.99
    bench.run(60)
    assert bench.values(EventKind.CRITICAL_CURRENT) == [2e-3]
    assert bench.codes(EventKind.CRITICAL_CURRENT) == [EndReason.SHORT]


def test_a_rung_that_ends_below_the_first_is_a_short():
    cell = Cell(lambda mpa, a: 50.0 if abs(a) < 2.5e-3 else 30.0)
    bench = Bench(cell, *ladder(fall=0.3)).run(600)
    assert bench.values(EventKind.CRITICAL_CURRENT) == [3e-3]
    assert bench.codes(EventKind.CRITICAL_CURRENT) == [EndReason.SHORT]
    assert Bench(cell, *ladder(fall=0.5)).run(600).values(EventKind.CRITICAL_CURRENT) == []


def test_a_short_is_the_critical_current_and_no_trip():
    ohm = [50.0]
    bench = Bench(Cell(lambda mpa, a: ohm[0]), *ladder(), limits=limits(short_drop_v=0.02))
    while bench.state.cell_setpoint != -2e-3:
        bench.turn()
    for _ in range(80):
        bench.turn()
    ohm[0] = 2.0
    bench.run(60)
    assert bench.values(EventKind.CRITICAL_CURRENT) == [2e-3]
    assert bench.codes(EventKind.CRITICAL_CURRENT) == [EndReason.SHORT]
    assert bench.state.fault == 0


def test_a_rung_by_charge_ends_with_its_charge():
    rows = ladder(2e-3, until_ns=0, until_c=10e-3)
    bench = Bench(Cell(lambda mpa, a: 50.0), *rows).run(600)
    ended = [e for e in bench.events if e.kind == EventKind.STEP_END and e.code == EndReason.CHARGE]
    assert [round(event.value, 1) for event in ended] == [10.2, 10.2, 5.2, 5.2]


def test_a_ladder_that_must_find_something_asks_for_a_trip():
    bench = Bench(Cell(lambda mpa, a: 50.0), *ladder(2e-3, stops=True)).run(600)
    assert bench.state.fault == Trip.UNREACHED


def test_the_currents_of_a_ladder_are_known_beforehand_but_not_across_its_decider():
    bench = Bench(Cell(lambda mpa, a: 50.0), *ladder())
    foreseen: list[float] = []
    for _ in range(470):
        bench.turn()
        when, current_a = current_after(bench.config, bench.state)
        foreseen.append(current_a if when < INF else INF)
    assert list(dict.fromkeys(foreseen)) == [1e-3, 0.0, -1e-3, INF, 2e-3, -2e-3]


# -- nothing goes on for ever ------------------------------------------------------------------


@given(
    st.lists(st.booleans(), min_size=1, max_size=400),
    st.floats(0.1, 50.0),
    st.floats(0.05, 0.95),
    st.floats(0.2, 0.95),
    st.integers(1, 4),
    st.booleans(),
)
def test_a_search_ends_within_its_trials_whatever_is_measured(
    answers: list[bool], high: float, share: float, factor: float, confirm: int, upwards: bool
):
    start, last = (share * high, high) if upwards else (high, share * high)
    row = row_of(
        Kind.SEARCH,
        setpoint_mpa=start,
        last=last,
        factor=factor,
        limit_ohm=1.0,
        confirm=confirm,
    )
    most = levels(start, last, 0.0, factor) * (1 + confirm)
    table = config((press_row(start, varies=1), row, END))
    state = msgspec.structs.replace(SequenceState(), choice=Choice(owner=1, level=start))
    select = STEP_KINDS[Kind.SEARCH].selection
    assert select is not None
    for trial in range(most):
        assert min(last, start) <= state.choice.level <= max(last, start)
        ohm = 0.5 if answers[trial % len(answers)] else 2.0
        meter = msgspec.structs.replace(state.meter, ohm=ohm)
        state = msgspec.structs.replace(state, meter=meter)
        inputs = Inputs(OUTSIDE, Charge(), sample(trial))
        state, events, following = select(table, state, inputs, row, 1)
        ends = {EventKind.LOWEST_PRESSURE, EventKind.UNREACHED}
        if {event.kind for event in events} & ends:
            assert following == 2
            return
        assert following == 0
    raise AssertionError("not over within its trials")
