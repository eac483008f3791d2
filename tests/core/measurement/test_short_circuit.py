"""A soft short is seen, and nothing else is taken for one."""

from collections.abc import Callable
from typing import Any

import pytest

from fixture.core import config as c
from fixture.core.measurement import short_circuit
from fixture.core.measurement.short_circuit import Short
from fixture.core.measurement.signals import Known
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, EventKind, Flag
from tests.core.bench import ALL_NEW, END, Rig, config, current_row, limits, press_row
from tests.core.samples import NAN, sample
from tests.core.sequence.walking import Bench, Cell, open_row, pulse_row, row_of, voltage_row

DROP_V = 0.02
CONFIG = config((END,), limits=limits(short_drop_v=DROP_V))
FLOWING = (int(CellMode.CURRENT), 1e-3, 5.0)
DRAWN = (int(CellMode.CURRENT), -1e-3, 5.0)
Demand = tuple[int, float, float]
Course = Callable[[float], float]  # of time, s


def watch(
    voltage: Course,
    seconds: float = 20.0,
    demand: Demand = FLOWING,
    pressure: Course = lambda _: 15.0,
    table: c.Config = CONFIG,
    **changes: Any,
) -> Short:
    """What is seen of a voltage over time, 10 Hz; the first found, or the last."""
    short = short_circuit.IDLE
    for tick in range(round(10 * seconds)):
        known = Known(
            voltage_v=voltage(tick / 10), current_a=demand[1], pressure_mpa=pressure(tick / 10)
        )
        short = short_circuit.follow(table, short, known, sample(tick, **changes), demand)
        if short.found:
            break
    return short


def falls(at_s: float, from_v: float, to_v: float) -> Course:
    """A voltage that falls at once."""
    return lambda seconds: from_v if seconds < at_s else to_v


def ramp(from_v: float, v_per_s: float) -> Course:
    return lambda seconds: from_v + v_per_s * seconds


def test_a_voltage_that_falls_at_constant_current_is_a_short():
    assert watch(falls(10.0, 3.8, 3.7)).found
    assert watch(falls(10.0, 0.05, 0.02)).found


def test_it_is_seen_within_a_second():
    ticks: list[float] = []

    def voltage(seconds: float) -> float:
        ticks.append(seconds)
        return 3.8 if seconds < 10.0 else 3.7

    assert watch(voltage).found
    assert ticks[-1] < 11.0


def test_on_a_symmetric_cell_it_is_seen_in_both_directions():
    assert watch(falls(10.0, 0.05, 0.0)).found
    assert watch(falls(10.0, -0.05, 0.0), demand=DRAWN).found


def test_a_fall_of_less_than_the_limit_or_slower_than_a_second_is_none():
    assert not watch(falls(10.0, 3.8, 3.8 - 0.9 * DROP_V)).found
    assert not watch(ramp(3.8, -0.4 * DROP_V)).found


def test_a_discharge_whose_voltage_falls_is_none_because_its_resistance_rises():
    assert not watch(falls(10.0, 3.2, 2.8), demand=DRAWN).found
    assert not watch(ramp(3.2, -0.1), demand=DRAWN).found


def test_a_discharge_that_recovers_is_none_because_its_voltage_rises():
    assert not watch(falls(10.0, 2.8, 3.2), demand=DRAWN).found


def test_two_bad_readings_are_none():
    def glitch(seconds: float) -> float:
        return 1.0 if 10.0 <= seconds < 10.15 else 3.8

    assert not watch(glitch).found


@pytest.mark.parametrize("demand", [FLOWING, DRAWN])
@pytest.mark.parametrize("bad", range(50, 90))
def test_one_bad_reading_is_none_whenever_it_comes(demand: Demand, bad: int):
    for off_v in (-0.4, 0.4):

        def voltage(seconds: float, off_v: float = off_v) -> float:
            return 3.0 + off_v * (round(10.0 * seconds) == bad)

        assert not watch(voltage, demand=demand).found


def test_relaxing_from_a_larger_current_is_none():
    def relaxing(seconds: float) -> float:
        """Polarisation of a current ten times as large, that decays with 2 s and with 180 s."""
        fast, slow = 0.25, 0.45
        return 3.8 + fast * 0.6065 ** (seconds) + slow * 0.99446**seconds

    assert not watch(relaxing, 60.0).found


@pytest.mark.parametrize(
    "demand",
    [
        (int(CellMode.OPEN), 0.0, 0.0),
        (int(CellMode.VOLTAGE), 3.8, 0.01),
        (int(CellMode.OBSERVE), 0.0, 0.0),
        (int(CellMode.CURRENT), 0.0, 5.0),
    ],
)
def test_it_cannot_be_told_without_a_current_of_ours_and_is_not(demand: Demand):
    assert watch(falls(10.0, 3.8, 0.0), demand=demand) is short_circuit.IDLE


def test_it_is_off_where_no_limit_is_declared():
    table = config((END,))
    assert watch(falls(10.0, 3.8, 0.0), table=table) is short_circuit.IDLE


def test_a_source_at_its_limit_has_no_constant_current():
    flags = ALL_NEW | int(Flag.CELL_LIMITED)
    assert not watch(falls(10.0, 5.0, 3.0), flags=flags).found


def test_a_current_that_does_not_flow_as_asked_is_not_watched():
    short = short_circuit.IDLE
    for tick in range(200):
        known = Known(voltage_v=3.8 if tick < 100 else 1.0, current_a=5e-4, pressure_mpa=15.0)
        short = short_circuit.follow(CONFIG, short, known, sample(tick), FLOWING)
    assert not short.found


def test_a_fall_with_a_step_of_pressure_is_contact():
    def stepped(seconds: float) -> float:
        return 15.0 if seconds < 9.9 else 15.5

    assert not watch(falls(10.0, 0.5, 0.4), pressure=stepped).found
    assert not watch(falls(10.0, 0.5, 0.4), pressure=lambda s: 15.0 if s < 10.2 else 15.5).found
    assert watch(falls(10.0, 0.5, 0.4), pressure=lambda _: 15.01).found


def test_a_voltage_that_is_not_new_or_no_number_is_not_judged():
    flags = ALL_NEW & ~int(Flag.NEW_VOLTAGE)
    assert not watch(falls(10.0, 3.8, 0.0), flags=flags).found
    assert not watch(lambda s: 3.8 if s < 10.0 else NAN).found


# -- on a sequence ----------------------------------------------------------------------------


def test_in_a_sequence_it_is_a_fault():
    ohm = [50.0]
    bench = Bench(
        Cell(lambda mpa, a: ohm[0], rest_v=3.0),
        current_row(1e-3, 60.0),
        END,
        limits=limits(short_drop_v=DROP_V),
    )
    for _ in range(200):
        bench.turn()
    assert bench.state.fault == 0
    ohm[0] = 5.0
    assert bench.run(5).state.fault == Trip.SOFT_SHORT


def test_a_whole_sequence_of_a_sound_cell_has_none():
    rows = (
        press_row(5.0),
        current_row(1e-3, 20.0),
        current_row(5e-4, 20.0),
        current_row(-1e-3, 20.0),
        open_row(5.0),
        voltage_row(3.2, 0.0, 10.0),
        row_of(
            Kind.SCAN, cell_setpoint=3.2, slope_v_per_s=-0.05, cell_limit=0.01, until_ns=4 * 10**9
        ),
        pulse_row(1e-3, 2),
        press_row(20.0),
        END,
    )
    cell = Cell(lambda mpa, a: 300.0 / mpa, rest_v=3.0)
    bench = Bench(cell, *rows, limits=limits(short_drop_v=0.005)).run(300)
    assert bench.state.fault == 0


def test_on_the_rig_it_halts_the_run_with_a_trip():
    table = config(
        (press_row(5.0, 1.0), current_row(1e-3, 60.0), END), limits=limits(short_drop_v=DROP_V)
    )
    rig = Rig(table)

    def short(now: Rig) -> None:
        now.voltage_v = 3.8 if now.current_a == 0.0 or now.state.sequence.step != 1 else 3.85
        if (
            now.state.sequence.step == 1
            and now.tick * 0.1 - now.state.sequence.entered_ns * 1e-9 > 20.0
        ):
            now.voltage_v = 3.7

    rig.run(200, short)
    trips = [event for event in rig.events if event.kind == EventKind.TRIP]
    assert [event.code for event in trips] == [Trip.SOFT_SHORT]
    assert rig.current_a == 0.0
