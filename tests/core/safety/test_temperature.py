"""Temperature: out of its limits for as long as is allowed, or faster than its limit."""

import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.interlocks import apply
from fixture.core.safety.state import Safety
from fixture.core.safety.temperature import Temperature, follow
from fixture.core.safety.trips import Trip
from fixture.core.types import CellMode, Command, Flag, PressMode
from tests.core.bench import ALL_NEW, END, config, limits
from tests.core.safety.quiet_tick import DEFAULTS, HOLDING, above, known
from tests.core.samples import INF, NAN, sample

LOW_C, HIGH_C, DELAY_NS, SECOND = -20.0, 60.0, 300_000_000, 1_000_000_000
WARM = limits(
    temperature_min_c=LOW_C,
    temperature_max_c=HIGH_C,
    temperature_rate_k_per_s=1.0,
    temperature_delay_ns=DELAY_NS,
    reactions=DEFAULTS,
)
TABLE = config((END,), limits=WARM)


def run(*readings: tuple[float, float]) -> tuple[int, Command]:
    """The trip after readings, s and degC, and the last command."""
    state, commands = Safety(), list[Command]()
    for t_s, celsius in readings:
        seen = sample(t_ns=round(t_s * 1e9), temperature_c=celsius)
        now: Known = known(temperature_c=celsius)
        state, command, _ = apply(TABLE, state, now, seen, HOLDING)
        commands.append(command)
        if state.trip:
            break
    return state.trip, commands[-1]


@pytest.mark.parametrize(
    ("celsius", "trip"),
    [
        (LOW_C, 0),
        (HIGH_C, 0),
        (above(LOW_C), Trip.TEMPERATURE),
        (above(HIGH_C), Trip.TEMPERATURE),
        (80.0, Trip.TEMPERATURE),
        (-60.0, Trip.TEMPERATURE),
    ],
)
def test_a_temperature_out_of_its_limits_trips(celsius: float, trip: int):
    assert run((0.0, celsius), (0.3, celsius))[0] == trip


def test_it_trips_once_it_has_been_outside_for_the_delay():
    assert run((0.0, 61.0), (0.299999999, 61.0))[0] == 0
    assert run((0.0, 61.0), (0.3, 61.0))[0] == Trip.TEMPERATURE


def test_one_reading_outside_between_others_is_no_trip():
    assert run((0.0, 61.0), (0.1, 60.9), (0.2, 60.0), (0.4, 61.0), (0.5, 60.9))[0] == 0


def test_the_circuit_opens_and_the_press_goes_on_holding():
    _, command = run((0.0, 80.0), (0.3, 80.0))
    assert (command.cell_mode, command.press_mode) == (CellMode.OPEN, PressMode.MOVE)


@pytest.mark.parametrize(("k_per_s", "trip"), [(1.0, 0), (-1.0, 0), (1.0625, 1), (-5.0, 1)])
def test_a_temperature_that_changes_too_fast_trips(k_per_s: float, trip: int):
    found, _ = run((0.0, 25.0), (0.5, 25.0 + 0.5 * k_per_s), (1.0, 25.0 + k_per_s))
    assert found == (Trip.TEMPERATURE_RATE if trip else 0)


def test_the_rate_is_the_smaller_of_two_in_a_row():
    assert run((0.0, 25.0), (0.5, 27.0), (1.0, 27.5))[0] == 0
    assert run((0.0, 25.0), (0.5, 25.5), (1.0, 27.5))[0] == 0
    assert run((0.0, 25.0), (0.5, 27.0), (1.0, 29.0))[0] == Trip.TEMPERATURE_RATE


@pytest.mark.parametrize(
    ("before", "newest", "rate"),
    [
        (0.5, 0.25, 0.25),
        (0.25, 0.5, 0.25),
        (-0.5, -0.25, -0.25),
        (0.5, -0.25, 0.0),
        (0.0, 4.0, 0.0),
    ],
)
def test_a_rate_is_the_smaller_where_both_have_one_sign(before: float, newest: float, rate: float):
    state = Temperature(from_c=20.0, from_ns=0, newest_k_per_s=before)
    seen = follow(WARM, state, sample(t_ns=SECOND, temperature_c=20.0 + newest))
    assert (seen.k_per_s, seen.newest_k_per_s) == (rate, newest)


@pytest.mark.parametrize("wild_c", [-15.0, 55.0])
@pytest.mark.parametrize("at_s", [0.4, 0.5, 0.6, 0.9, 1.0])
def test_one_wild_reading_is_no_rate(wild_c: float, at_s: float):
    times = [round(0.1 * n, 1) for n in range(30)]
    assert run(*[(t_s, wild_c if t_s == at_s else 25.0) for t_s in times])[0] == 0


def test_five_kelvin_a_second_trip_within_a_second_at_every_rate_of_reading():
    for step_s in (0.01, 0.1, 0.25, 0.5):
        readings = [(n * step_s, 25.0 + 5.0 * n * step_s) for n in range(1 + round(1.0 / step_s))]
        assert run(*readings)[0] == Trip.TEMPERATURE_RATE


def test_the_last_digit_of_a_thermometer_is_no_rate():
    readings = [(0.01 * n, 25.0 + 0.1 * (n % 2)) for n in range(500)]
    assert run(*readings)[0] == 0


def test_a_rate_is_taken_between_the_times_of_the_readings():
    first = follow(WARM, Temperature(), sample(t_ns=0, temperature_c=20.0))
    late = sample(t_ns=SECOND, age_press_us=500_000, temperature_c=21.0)
    assert follow(WARM, first, late).newest_k_per_s == 2.0
    early = sample(t_ns=SECOND, age_press_us=500_001, temperature_c=21.0)
    assert follow(WARM, first, early) == first


def test_a_temperature_that_is_not_read_changes_nothing():
    flags = ALL_NEW & ~int(Flag.NEW_TEMPERATURE)
    state = Temperature(outside_ns=5, from_c=1.0, from_ns=2, newest_k_per_s=4.0, k_per_s=3.0)
    assert follow(WARM, state, sample(flags=flags, temperature_c=NAN)) is state
    assert follow(WARM, state, sample(flags=flags, temperature_c=NAN, t_ns=60 * SECOND)) is state


@pytest.mark.parametrize("celsius", [NAN, INF, -INF])
def test_no_number_is_no_temperature(celsius: float):
    assert run((0.0, celsius))[0] == Trip.NOT_FINITE


def test_without_limits_nothing_trips():
    state = Temperature()
    free = limits()
    for n in range(10):
        state = follow(free, state, sample(t_ns=n * SECOND, temperature_c=1000.0 * n))
    assert state.outside_ns == -1
