"""The potentiostat against its command: value, sign, open circuit, limits, voltage."""

import math

import msgspec
import pytest

from fixture.core.config import Config
from fixture.core.measurement.signals import Known
from fixture.core.safety.interlocks import apply
from fixture.core.safety.source import Source, commanded, follow, silence_us
from fixture.core.safety.state import Proposal, Safety
from fixture.core.safety.trips import Trip
from fixture.core.types import Action, CellMode, Command, Flag, Phase, PressMode, Sample
from tests.core.bench import ALL_NEW, END, config, limits
from tests.core.safety.quiet_tick import DEFAULTS, HOLDING, QUIET, known, proposal
from tests.core.samples import sample

ON, LIMITED = int(Flag.CELL_ON), int(Flag.CELL_LIMITED)
COMPARED = limits(
    voltage_min_v=0.5,
    voltage_max_v=4.5,
    current_error_share=0.01,
    current_error_a=1e-8,
    voltage_error_v=0.02,
    wrong_current_ns=500_000_000,
    reactions=DEFAULTS,
)
TABLE = config((END,), limits=COMPARED)
A = 0.785e-3
CHARGE = proposal(cell_mode=int(CellMode.CURRENT), cell_setpoint=A, cell_limit=4.5)
DISCHARGE = proposal(cell_mode=int(CellMode.CURRENT), cell_setpoint=-A, cell_limit=0.5)
REST = proposal(cell_mode=int(CellMode.CURRENT), cell_setpoint=0.0, cell_limit=4.5)
CONSTANT = proposal(cell_mode=int(CellMode.VOLTAGE), cell_setpoint=4.2, cell_limit=A)


def run(
    proposed: Proposal,
    current_a: float,
    flags: int = ON,
    volts: float = 4.2,
    ticks: int = 10,
    table: Config = TABLE,
) -> tuple[Safety, Command]:
    """State and command after ticks of 100 ms with the same reading."""
    state = Safety()
    now: Known = known(current_a=current_a, voltage_v=volts)
    commands: list[Command] = []
    for tick in range(ticks):
        seen = sample(tick, flags=ALL_NEW | flags, current_a=current_a, voltage_v=volts)
        state, command, _ = apply(table, state, now, seen, proposed)
        commands.append(command)
    return state, commands[-1]


def trip(
    proposed: Proposal, current_a: float, flags: int = ON, volts: float = 4.2, ticks: int = 10
) -> int:
    return run(proposed, current_a, flags, volts, ticks)[0].trip


@pytest.mark.parametrize(
    ("proposed", "current_a", "flags", "wrong"),
    [
        (CHARGE, A, ON, False),
        (CHARGE, 1.0099 * A, ON, False),
        (CHARGE, 1.0101 * A, ON, True),
        (CHARGE, 0.9899 * A, ON, True),
        (CHARGE, 5e-3, ON, True),
        (CHARGE, -A, ON, True),
        (CHARGE, 0.0, ON, True),
        (CHARGE, A, 0, True),
        (CHARGE, 0.0, LIMITED, True),
        (REST, 0.0, ON, True),
        (CHARGE, 0.5 * A, ON | LIMITED, False),
        (CHARGE, 0.0, ON | LIMITED, False),
        (CHARGE, -0.02 * A, ON | LIMITED, True),
        (CHARGE, 1.02 * A, ON | LIMITED, True),
        (DISCHARGE, -A, ON, False),
        (DISCHARGE, -1.0099 * A, ON, False),
        (DISCHARGE, -1.0101 * A, ON, True),
        (DISCHARGE, A, ON, True),
        (DISCHARGE, -0.5 * A, ON, True),
        (DISCHARGE, -0.5 * A, ON | LIMITED, False),
        (DISCHARGE, 0.5 * A, ON | LIMITED, True),
        (REST, 1e-8, 0, False),
        (REST, 2e-8, 0, True),
        (REST, -2e-8, 0, True),
        (QUIET, 1e-8, 0, False),
        (QUIET, 5e-3, 0, True),
        (QUIET, -5e-3, 0, True),
        (QUIET, 0.0, ON, True),
    ],
)
def test_a_current_is_as_commanded_or_a_trip(
    proposed: Proposal, current_a: float, flags: int, wrong: bool
):
    assert trip(proposed, current_a, flags) == (Trip.WRONG_CURRENT if wrong else 0)


@pytest.mark.parametrize(
    ("current_a", "volts", "wrong"),
    [
        (0.1 * A, 4.2, False),
        (-0.1 * A, 4.2, False),
        (0.0, 4.219, False),
        (0.0, 4.181, False),
        (0.0, 4.23, True),
        (0.0, 0.6, True),
        (0.5 * A, 3.7, True),
        (A, 3.7, False),
        (-A, 4.4, False),
        (1.0099 * A, 3.7, False),
        (1.0102 * A, 3.7, True),
        (-1.0102 * A, 4.2, True),
    ],
)
def test_at_constant_voltage_it_is_the_voltage_or_the_limit_of_current(
    current_a: float, volts: float, wrong: bool
):
    assert trip(CONSTANT, current_a, volts=volts) == (Trip.WRONG_CURRENT if wrong else 0)


def test_at_constant_voltage_the_output_is_on():
    assert trip(CONSTANT, 0.1 * A, flags=0) == Trip.WRONG_CURRENT


def test_the_trip_comes_after_what_a_command_takes_and_within_a_second():
    assert trip(CHARGE, 5e-3, ticks=5) == 0
    assert trip(CHARGE, 5e-3, ticks=6) == Trip.WRONG_CURRENT


def test_a_reading_that_obeys_again_in_time_is_no_trip():
    state = Safety(source=Source(int(CellMode.CURRENT), A, 4.5, 1))
    seen = sample(1, current_a=A, flags=ALL_NEW | ON)
    state, _, _ = apply(TABLE, state, known(current_a=A), seen, CHARGE)
    assert state.source.wrong_ns == -1


def test_a_change_of_the_command_in_flight_is_no_trip():
    state = Safety()
    for tick in range(40):  # every third tick another current, read two ticks later
        proposed = CHARGE if tick % 6 < 3 else DISCHARGE
        amps = A if (tick - 2) % 6 < 3 else -A
        seen = sample(tick, flags=ALL_NEW | ON, current_a=amps)
        state, _, _ = apply(TABLE, state, known(current_a=amps), seen, proposed)
        assert state.trip == 0


def test_old_readings_are_not_judged():
    source = Source(int(CellMode.CURRENT), A, 4.5, -1)
    seen = sample(flags=0)
    assert follow(TABLE, source, known(current_a=5e-3), seen) is source


def test_it_opens_the_output_relay_and_leaves_the_press_holding():
    held = proposal(HOLDING, cell_mode=int(CellMode.CURRENT), cell_setpoint=A, cell_limit=4.5)
    state, command = run(held, 5e-3, ticks=6)  # the tick of the trip itself
    assert (command.cell_mode, command.cell_setpoint) == (CellMode.OFF, 0.0)
    assert (command.press_mode, state.action) == (PressMode.MOVE, Action.OPEN_CIRCUIT)


def test_another_trip_opens_the_circuit_as_the_rig_rests_and_the_relay_if_it_stays_wrong():
    state, command = run(CHARGE, 0.03, ticks=3)
    assert (state.trip, command.cell_mode) == (Trip.CURRENT, CellMode.OPEN)
    state, command = run(CHARGE, 0.03, ticks=6)
    assert (state.trip, command.cell_mode) == (Trip.CURRENT, CellMode.OFF)


def test_a_relay_that_was_opened_stays_open_under_a_safe_action():
    state = Safety(trip=int(Trip.VOLTAGE), source=Source(int(CellMode.OFF)))
    held = proposal(phase=int(Phase.TRIPPED))
    _, command, _ = apply(TABLE, state, known(), sample(), held)
    assert command.cell_mode == CellMode.OFF


def test_what_another_program_drives_is_not_compared():
    observed = msgspec.structs.replace(TABLE, observe=True)
    watching = proposal(cell_mode=int(CellMode.OBSERVE))
    assert run(watching, 5e-3, table=observed)[0].trip == 0


def test_without_an_accuracy_nothing_is_compared():
    blind = config((END,))
    assert run(CHARGE, 5e-3, table=blind)[0].trip == 0


def test_a_command_that_is_not_carried_out_after_the_end_is_a_trip_too():
    kept = proposal(QUIET, phase=int(Phase.KEEPING))
    assert trip(kept, 5e-3, 0) == Trip.WRONG_CURRENT


# -- each limit, to the bit -----------------------------------------------------------------------

ROUND = limits(
    current_error_share=0.125, current_error_a=0.125, voltage_error_v=0.5, wrong_current_ns=1
)
EXACT = config((END,), limits=ROUND)
CHARGING = Source(int(CellMode.CURRENT), 1.0, 4.5)
DISCHARGING = Source(int(CellMode.CURRENT), -1.0, 0.5)
AT_VOLTAGE = Source(int(CellMode.VOLTAGE), 4.0, 1.0)
OPENED = Source(int(CellMode.OPEN))


@pytest.mark.parametrize(
    ("source", "flags", "volts", "low_a", "high_a"),
    [
        (CHARGING, ON, 4.0, 0.75, 1.25),
        (CHARGING, ON | LIMITED, 4.0, -0.25, 1.25),
        (DISCHARGING, ON, 4.0, -1.25, -0.75),
        (DISCHARGING, ON | LIMITED, 4.0, -1.25, 0.25),
        (OPENED, 0, 4.0, -0.125, 0.125),
        (AT_VOLTAGE, ON, 4.0, -1.25, 1.25),
        (AT_VOLTAGE, ON, 3.0, 0.75, 1.25),
    ],
)
def test_a_current_obeys_from_one_limit_to_the_other(
    source: Source, flags: int, volts: float, low_a: float, high_a: float
):
    def obeys(current_a: float) -> bool:
        now = known(current_a=current_a, voltage_v=volts)
        return follow(EXACT, source, now, sample(flags=ALL_NEW | flags)).wrong_ns < 0

    assert (obeys(low_a), obeys(high_a)) == (True, True)
    assert not obeys(math.nextafter(low_a, -2.0))
    assert not obeys(math.nextafter(high_a, 2.0))


@pytest.mark.parametrize(("volts", "wrong"), [(3.5, False), (4.5, False), (3.4999, True)])
def test_a_voltage_obeys_from_one_limit_to_the_other(volts: float, wrong: bool):
    now = known(current_a=0.0, voltage_v=volts)
    seen = follow(EXACT, AT_VOLTAGE, now, sample(7, flags=ALL_NEW | ON))
    assert seen.wrong_ns == (sample(7).t_ns if wrong else -1)


@pytest.mark.parametrize("changed", [{"mode": 4}, {"setpoint": 0.5}, {"limit": 4.0}])
def test_each_part_of_a_command_is_remembered(changed: dict[str, float]):
    source = msgspec.structs.replace(CHARGING, **changed, wrong_ns=3)
    command = Command(0, 0, 0, 0.0, source.mode, source.setpoint, source.limit)
    assert commanded(source, command, 9) is source
    assert commanded(msgspec.structs.replace(CHARGING, wrong_ns=3), command, 9) == source


@pytest.mark.parametrize(
    ("spectrum_ns", "age_us", "expected_us"),
    [
        (-1, 9_000_000, 9_000_000),  # none was measured
        (0, 9_000_000, 7_000_000),  # it ended as the run began, 7 s ago
        (5_000_000_000, 9_000_000, 2_000_000),
        (5_000_000_000, 1_000_000, 1_000_000),
    ],
)
def test_the_silence_of_a_spectrum_is_no_silence_after_it(
    spectrum_ns: int, age_us: int, expected_us: int
) -> None:
    now = Sample(70, 7_000_000_000, 0, 0, 0, age_us, (0, 0, 0), 0, 0.0, 0.0, 25.0)
    assert silence_us(COMPARED, Source(spectrum_ns=spectrum_ns), now) == expected_us


def test_a_reading_before_a_spectrum_is_not_held_against_it():
    """While it is measured there is none that could end the doubt."""
    state = Safety(source=Source(mode=int(CellMode.OPEN), wrong_ns=0))
    spectrum = proposal(cell_mode=int(CellMode.IMPEDANCE), cell_setpoint=1.0, cell_limit=0.0)
    command = Command(1, 0, PressMode.STOP, 0.0, spectrum.cell_mode, 1.0, 0.0)
    assert commanded(state.source, command, 100_000_000).wrong_ns == -1
