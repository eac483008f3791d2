"""The composition: equal to the bit, restartable anywhere, and unmoved by rubbish."""

import math
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.core.config import CORE_VERSION, Config
from fixture.core.measurement.signals import Known
from fixture.core.safety.state import Safety
from fixture.core.safety.trips import Trip
from fixture.core.sequence.state import SequenceState
from fixture.core.step import (
    DEAD_LINK_NS,
    Checkpoint,
    State,
    conclude,
    freeze,
    start,
    status,
    step,
    thaw,
)
from fixture.core.types import (
    Action,
    CellMode,
    Command,
    EventKind,
    Flag,
    Phase,
    PressMode,
    Request,
    Sample,
)
from fixture.record.columns import CHECKPOINT_BYTES
from tests.core.bench import ALL_NEW, END, Rig, config, current_row, limits, press_row, request
from tests.core.golden.control_runs import cycling
from tests.core.golden.play import pack
from tests.core.samples import HOSTILE, INF, NAN, one, sample

ROWS = (press_row(5, 1.0), current_row(1e-3, 5.0), current_row(-1e-3, 5.0), END)


def record(rig: Rig, ticks: int) -> list[Sample]:
    """Samples of a run."""
    samples: list[Sample] = []
    for _ in range(ticks):
        samples.append(rig.sample())
        rig.state, command, _ = step(rig.config, rig.state, samples[-1])
        rig.act(command)
        rig.tick += 1
    return samples


@pytest.fixture(scope="module")
def recorded() -> tuple[Config, list[Sample]]:
    """The inputs of the golden run of a cycle."""
    rig = cycling()
    return rig.config, record(rig, 9000)


def replay(table: Config, state: State, samples: list[Sample]) -> tuple[State, list[bytes]]:
    """All answers, packed."""
    answers: list[bytes] = []
    for seen in samples:
        state, command, events = step(table, state, seen)
        answers.append(pack(command, events))
    return state, answers


# -- the same again ----------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_answers_to_the_bit(recorded: tuple[Config, list[Sample]]):
    table, samples = recorded
    one = replay(table, start(table), samples)
    two = replay(table, start(table), samples)
    assert one[1] == two[1]
    assert freeze(one[0]) == freeze(two[0])


def test_from_every_checkpoint_the_run_reaches_the_same_end(recorded: tuple[Config, list[Sample]]):
    table, samples = recorded
    state = start(table)
    frozen: list[tuple[int, bytes]] = []
    answers: list[bytes] = []
    for place, seen in enumerate(samples):
        if place % 750 == 0:
            frozen.append((place, freeze(state)))
        state, command, events = step(table, state, seen)
        answers.append(pack(command, events))
    for place, payload in frozen:
        again = thaw(payload)
        assert again is not None
        end, rest = replay(table, again, samples[place:])
        assert rest == answers[place:]
        assert freeze(end) == freeze(state)


def test_a_thawed_state_is_the_same_state(recorded: tuple[Config, list[Sample]]):
    table, samples = recorded
    state = start(table)
    for seen in samples[:2000]:
        state, _, _ = step(table, state, seen)
        assert freeze(thaw(freeze(state)) or start(table)) == freeze(state)


def test_nan_and_infinity_survive_a_checkpoint():
    table = config(ROWS)
    state = start(table)
    odd = msgspec.structs.replace(state.known, force_n=NAN, mean_mpa=INF, peak_mpa=-0.0)
    thawed = thaw(freeze(msgspec.structs.replace(state, known=odd)))
    assert thawed is not None
    assert math.isnan(thawed.known.force_n)
    assert thawed.known.mean_mpa == INF
    assert math.copysign(1.0, thawed.known.peak_mpa) == -1.0


def test_a_state_of_another_version_is_not_guessed():
    state = start(config(ROWS))
    other = msgspec.msgpack.encode(Checkpoint(CORE_VERSION + 1, state))
    assert thaw(other) is None


@given(st.binary(max_size=200))
def test_rubbish_is_no_checkpoint(payload: bytes):
    assert thaw(payload) is None


def test_a_cut_or_altered_checkpoint_never_raises():
    payload = freeze(start(config(ROWS)))
    for place in range(len(payload)):
        assert thaw(payload[:place]) is None
        thaw(payload[:place] + bytes([payload[place] ^ 0x55]) + payload[place + 1 :])


def test_a_state_with_a_hundred_loops_fits_in_a_checkpoint(recorded: tuple[Config, list[Sample]]):
    table, samples = recorded
    state, _ = replay(table, start(table), samples[:5000])
    many = msgspec.structs.replace(state.sequence, passes=(10_000,) * 100)
    assert len(freeze(msgspec.structs.replace(state, sequence=many))) <= CHECKPOINT_BYTES


def test_a_state_is_never_changed_by_a_step(recorded: tuple[Config, list[Sample]]):
    table, samples = recorded
    state = start(table)
    whole = msgspec.msgpack.encode(table)
    for seen in samples[:1500]:
        before = freeze(state)
        after, _, _ = step(table, state, seen)
        assert freeze(state) == before
        state = after
    assert msgspec.msgpack.encode(table) == whole


# -- rubbish in --------------------------------------------------------------------------------


def is_sound(table: Config, command: Command) -> bool:
    """Finite, on the grid, within travel and the cell's limits."""
    numbers = (command.press_um, command.cell_setpoint, command.cell_limit)
    moves = command.press_mode == PressMode.MOVE
    press = table.limits
    return (
        all(math.isfinite(number) for number in numbers)
        and (Fraction(command.press_um) * 2**20).denominator == 1
        and (not moves or press.travel_min_um <= command.press_um <= press.travel_max_um)
        and command.cell_mode in set(CellMode)
        and (command.cell_mode != CellMode.CURRENT or abs(command.cell_setpoint) <= 0.02)
    )


RUBBISH = st.lists(st.tuples(st.integers(1, 30), HOSTILE), min_size=1, max_size=12)


@pytest.mark.parametrize("action", list(Action))
@settings(max_examples=60, deadline=None)
@given(RUBBISH, st.integers(0, 400))
def test_no_sample_makes_it_raise_or_say_anything_unsound(
    action: Action, rubbish: list[tuple[int, dict[str, Any]]], quiet: int
):
    table = config(ROWS, limits=limits(reactions=(int(action),) * len(Trip)))
    rig = Rig(table)
    rig.run(quiet / 10)
    for ticks, changes in rubbish:
        for _ in range(ticks):
            assert is_sound(table, rig.turn(**changes))
            status(table, rig.state)
    assert is_sound(table, rig.turn())
    assert thaw(freeze(rig.state)) is not None


@settings(max_examples=60, deadline=None)
@given(RUBBISH)
def test_nor_does_one_under_limits_that_trip_nothing(rubbish: list[tuple[int, dict[str, Any]]]):
    wide = limits(
        force_max_n=1e12,
        force_rate_n_per_s=1e300,
        tilt_max=1e300,
        stale_force_us=2**62,
        stale_press_us=2**62,
        stale_cell_us=2**62,
    )
    cells = msgspec.structs.replace(config(ROWS).load_cells, limit_counts=(2**40,) * 3)
    table = config(ROWS, limits=wide, load_cells=cells)
    rig = Rig(table)
    for ticks, changes in rubbish:
        for _ in range(ticks):
            assert is_sound(table, rig.turn(**changes))


@pytest.mark.parametrize("field", ["voltage_v", "current_a", "temperature_c"])
@pytest.mark.parametrize("value", [NAN, INF, -INF, 9.91e37])
@pytest.mark.parametrize("offset", range(5))
def test_a_bad_number_at_any_tick_of_a_window_trips_and_never_raises(
    field: str, value: float, offset: int
):
    open_circuit = limits(reactions=(int(Action.OPEN_CIRCUIT),) * len(Trip))
    rig = Rig(config((press_row(5, 1e4), END), limits=open_circuit))
    rig.run(60 + offset / 10)
    rig.turn(**one(field, value))
    assert rig.state.safety.trip == Trip.NOT_FINITE
    rig.run(30)
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.1)


def test_without_a_position_the_press_is_left_alone_and_nothing_raises():
    rig = Rig(config((press_row(5, 1e4), END)))
    flags = ALL_NEW & ~int(Flag.NEW_POSITION)
    for _ in range(50):
        assert rig.turn(flags=flags).press_mode == PressMode.STOP
    assert rig.state.safety.trip == 0
    rig.run(60)
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.1)


def test_a_rig_that_never_answers_is_tripped_as_stale():
    table = config(ROWS)
    state = start(table)
    for tick in range(10):
        age_us = tick * 100_000
        silent = sample(
            tick,
            flags=0,
            age_force_us=age_us,
            age_press_us=age_us,
            age_cell_us=age_us,
            voltage_v=NAN,
            current_a=NAN,
            temperature_c=NAN,
        )
        state, command, _ = step(table, state, silent)
        assert command.press_mode == PressMode.STOP
    assert state.safety.trip == Trip.FORCE_STALE


# -- how a run ends ----------------------------------------------------------------------------


def unhurried() -> Config:
    """A run whose press needs a minute to unload."""
    of = config(())
    return msgspec.structs.replace(
        of, limits=msgspec.structs.replace(of.limits, rest_ns=60_000_000_000)
    )


CONFIG_OF_END = unhurried()
UNREAD = Known()


@pytest.mark.parametrize(
    ("plan", "safety", "phase"),
    [
        (Phase.RUNNING, Safety(), Phase.RUNNING),
        (Phase.RUNNING, Safety(trip=3), Phase.TRIPPED),
        (Phase.KEEPING, Safety(trip=3), Phase.TRIPPED),
        (Phase.ENDING, Safety(trip=3, at_rest=True), Phase.TRIPPED),
        (Phase.ENDING, Safety(), Phase.ENDING),
        (Phase.ENDING, Safety(at_rest=True), Phase.ENDED),
        (Phase.TRIPPED, Safety(trip=3), Phase.TRIPPED),
        (Phase.TRIPPED, Safety(), Phase.TRIPPED),
        (Phase.ENDED, Safety(at_rest=True), Phase.ENDED),
        (Phase.RUNNING, Safety(at_rest=True), Phase.RUNNING),
    ],
)
def test_safety_concludes_the_sequence(plan: Phase, safety: Safety, phase: Phase):
    patient = SequenceState(phase=int(plan), deadline_ns=10)
    assert conclude(CONFIG_OF_END, patient, safety, UNREAD, 10).phase == phase


def test_a_safe_state_that_cannot_be_confirmed_is_not_waited_for_for_ever():
    ending = SequenceState(phase=int(Phase.ENDING), deadline_ns=10)
    assert conclude(CONFIG_OF_END, ending, Safety(), UNREAD, 11).phase == Phase.ENDED
    tripped = SequenceState(phase=int(Phase.TRIPPED), stopping=True, deadline_ns=10)
    assert conclude(CONFIG_OF_END, tripped, Safety(trip=3), UNREAD, 10).phase == Phase.TRIPPED
    assert conclude(CONFIG_OF_END, tripped, Safety(trip=3), UNREAD, 11).phase == Phase.ENDED


@pytest.mark.parametrize("phase", [Phase.ENDING, Phase.TRIPPED])
def test_a_dead_link_is_not_waited_for_as_long_as_a_press_that_unloads(phase: Phase):
    rest_ns = CONFIG_OF_END.limits.rest_ns
    assert rest_ns > DEAD_LINK_NS
    plan = SequenceState(phase=int(phase), stopping=True, deadline_ns=rest_ns)
    safety = Safety(trip=3, unreachable=True)
    waiting = conclude(CONFIG_OF_END, plan, safety, UNREAD, DEAD_LINK_NS)
    assert waiting.phase == phase
    assert conclude(CONFIG_OF_END, plan, safety, UNREAD, DEAD_LINK_NS + 1).phase == Phase.ENDED


@pytest.mark.parametrize(
    ("action", "patience_ns"),
    [(Action.HALT, 12_000_000_000), (Action.RELEASE, CONFIG_OF_END.limits.rest_ns)],
)
def test_a_press_that_has_only_to_stand_is_not_waited_for_as_long_as_one_that_unloads(
    action: Action, patience_ns: int
):
    limits = msgspec.structs.replace(CONFIG_OF_END.limits, halt_ns=12_000_000_000)
    of = msgspec.structs.replace(CONFIG_OF_END, limits=limits)
    plan = SequenceState(phase=int(Phase.ENDING), deadline_ns=of.limits.rest_ns)
    swinging = Safety(action=int(action))
    assert conclude(of, plan, swinging, UNREAD, patience_ns).phase == Phase.ENDING
    assert conclude(of, plan, swinging, UNREAD, patience_ns + 1).phase == Phase.ENDED


@pytest.mark.parametrize("at_end", [Action.HALT, Action.RELEASE])
def test_a_run_ends_only_once_its_declared_state_is_reached(at_end: Action):
    rig = Rig(config((press_row(5), current_row(1e-3, 2.0), END), at_end=int(at_end)))
    rig.run(60)
    while rig.state.sequence.phase == Phase.ENDING:
        assert not rig.state.safety.at_rest
        rig.turn()
    assert rig.state.sequence.phase == Phase.ENDED
    assert rig.current_a == 0.0
    if at_end is Action.RELEASE:
        assert rig.drive_um == pytest.approx(-200.0, abs=0.05)


def test_a_pressure_that_never_settles_trips():
    row = press_row(5, timeout_ns=3_000_000_000)
    rig = Rig(config((row, END)))
    rig.run(60)
    assert rig.state.safety.trip == Trip.NOT_SETTLED
    assert EventKind.TRIP in rig.kinds()


def test_a_stop_opens_the_cell_in_the_same_tick():
    rig = Rig(config(ROWS))
    while rig.state.sequence.step != 1:
        rig.turn()
    rig.run(1)
    assert rig.turn().cell_mode == CellMode.CURRENT
    command = rig.turn(**request(Request.STOP))
    assert (command.cell_mode, command.press_mode) == (CellMode.OPEN, PressMode.STOP)


def test_the_status_tells_what_is_estimated():
    rig = Rig(config((press_row(5, 1e4), END)))
    rig.run(60)
    told = status(rig.config, rig.state)
    assert told.pressure_mpa == pytest.approx(rig.pressure_mpa, abs=0.01)
    assert (told.setpoint_mpa, told.row, told.phase, told.trip) == (5.0, 0, Phase.RUNNING, 0)
    assert told.breathing_um_per_c == pytest.approx(rig.breathing_um_per_c, rel=0.5)
    assert told.travel_um >= abs(rig.drive_um) - 0.05
    assert told.stiffness_n_per_um == pytest.approx(10.0, rel=0.2)
