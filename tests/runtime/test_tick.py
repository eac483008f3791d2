"""Readings become a Sample here and only here."""

import math

import pytest

from fixture.core.types import Flag
from fixture.runtime.tick import (
    AGE_STEP_US,
    Latest,
    Moment,
    begin,
    float32,
    quantise,
    run_tick,
    stepped,
)
from instruments.protocols import CellReading, ForceReading, PressReading
from tests.core import bench

CONFIG = bench.config((bench.press_row(5.0), bench.END))
FORCE = ForceReading((10, 20, 30), fault=False, t_ns=1_000_000, uncertainty_ns=40_000)
PRESS = PressReading(7, fault=False, end_low=False, end_high=False, temperature_c=23.0,
                     t_ns=2_000_000, uncertainty_ns=0)  # fmt: skip
CELL = CellReading(3.3, 1e-3, on=True, limited=False, t_ns=3_000_000, uncertainty_ns=60_000)
LATEST = Latest(FORCE, PRESS, CELL)


def moment(tick: int = 1, late_us: int = 0, start_ns: int = 0) -> Moment:
    return Moment(tick, start_ns, late_us, 1)


def test_new_readings_carry_their_bits_and_ages() -> None:
    sample = quantise(CONFIG, Latest(), moment(), LATEST)
    news = (Flag.NEW_FORCE, Flag.NEW_POSITION, Flag.NEW_VOLTAGE, Flag.NEW_CURRENT)
    assert all(sample.flags & flag for flag in (*news, Flag.NEW_TEMPERATURE, Flag.CELL_ON))
    assert (sample.counts, sample.position) == ((10, 20, 30), 7)
    ages = (sample.age_force_us, sample.age_press_us, sample.age_cell_us)
    assert ages == (99_008, 98_000, 97_008)


@pytest.mark.parametrize("age_us", [0, 7, 8, 15, 16, 23, 24, 99_999])
def test_an_age_is_a_whole_step_at_most_half_a_step_off(age_us: int) -> None:
    assert stepped(age_us) % AGE_STEP_US == 0
    assert abs(stepped(age_us) - age_us) <= AGE_STEP_US // 2


def test_a_reading_that_was_seen_is_not_new() -> None:
    sample = quantise(CONFIG, LATEST, moment(2), LATEST)
    assert sample.flags == Flag.CELL_ON
    assert sample.counts == (0, 0, 0)
    assert math.isnan(sample.voltage_v)
    assert sample.age_force_us == 199_008


def test_what_never_came_ages_from_the_start_of_the_run() -> None:
    sample = quantise(CONFIG, Latest(), moment(3, start_ns=5_000), Latest())
    assert sample.flags == 0
    assert sample.age_cell_us == 300_000


def test_lateness_is_part_of_the_time() -> None:
    assert quantise(CONFIG, Latest(), moment(2, late_us=150), LATEST).t_ns == 200_150_000


def test_no_voltage_behind_an_open_relay_is_absence() -> None:
    rest = CELL._replace(voltage_v=math.nan, current_a=0.0, on=False)
    sample = quantise(CONFIG, Latest(), moment(), LATEST._replace(cell=rest))
    assert not sample.flags & Flag.NEW_VOLTAGE
    assert sample.flags & Flag.NEW_CURRENT


def test_no_voltage_while_the_cell_is_driven_is_a_fault_for_the_core_to_see() -> None:
    bad = CELL._replace(voltage_v=math.nan)
    assert quantise(CONFIG, Latest(), moment(), LATEST._replace(cell=bad)).flags & Flag.NEW_VOLTAGE


@pytest.mark.parametrize(
    ("field", "flag"),
    [
        ("fault", Flag.PRESS_FAULT),
        ("end_low", Flag.PRESS_END_LOW),
        ("end_high", Flag.PRESS_END_HIGH),
    ],
)
def test_what_the_press_says_of_itself_is_passed_on(field: str, flag: Flag) -> None:
    latest = LATEST._replace(press=PRESS._replace(**{field: True}))
    assert quantise(CONFIG, Latest(), moment(), latest).flags & flag


def test_a_load_cells_fault_and_the_cells_limit_are_passed_on() -> None:
    latest = Latest(FORCE._replace(fault=True), PRESS, CELL._replace(limited=True))
    flags = quantise(CONFIG, Latest(), moment(), latest).flags
    assert flags & Flag.FORCE_FAULT
    assert flags & Flag.CELL_LIMITED


@pytest.mark.parametrize("value", [3.3, -1e-12, 1e38, 0.0])
def test_voltages_become_float32_and_stay_so(value: float) -> None:
    assert float32(float32(value)) == float32(value)
    assert float32(value) == pytest.approx(value, rel=1e-7)


def test_what_no_float32_can_hold_becomes_infinite() -> None:
    assert float32(1e39) == math.inf
    assert float32(-1e39) == -math.inf


def test_the_frame_holds_the_command_and_the_uncertainty() -> None:
    state, frame = run_tick(CONFIG, begin(CONFIG), moment(0), LATEST)
    assert frame.command.tick == 0
    assert (frame.uncertainty_force_us, frame.uncertainty_cell_us) == (40, 60)
    assert state.seen is LATEST
