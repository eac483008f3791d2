"""The electrochemical cell, its source, its contact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixture.twin.cell import SolidStateCell
from fixture.twin.cell_parameters import LITHIUM_LPSCL, SYMMETRIC_SOC, SYMMETRIC_V
from fixture.twin.contact import resistance_ohm_cm2
from fixture.twin.parameters import Breathing, Contact, Electrochemistry
from tests.twin.twins import BENCH

AREA_CM2 = 0.7854
CURRENT_A = 0.785e-3


def cell(**chemistry: float) -> SolidStateCell:
    made = SolidStateCell(BENCH, replace(Electrochemistry(), **chemistry), Breathing())
    made.press(50.0)
    return made


def run(made: SolidStateCell, seconds: float, dt_s: float = 1.0) -> SolidStateCell:
    for tick in range(round(seconds / dt_s)):
        made.advance(tick * dt_s, dt_s)
        made.press(50.0)
    return made


@pytest.mark.parametrize("current_a", [CURRENT_A, -CURRENT_A])
def test_a_symmetric_cell_rests_at_zero_and_is_driven_either_way(current_a: float) -> None:
    chemistry = replace(Electrochemistry(), ocv_soc=SYMMETRIC_SOC, ocv_v=SYMMETRIC_V)
    made = SolidStateCell(BENCH, chemistry, Breathing())
    made.press(50.0)
    assert made.voltage_v() == 0.0
    made.source_current(current_a, 5.0)
    run(made, 7200.0)  # beyond what either electrode of a full cell would hold
    assert made.current_a() == current_a
    assert 0.0 < made.voltage_v() / current_a < 300.0
    made.open_circuit()
    run(made, 7200.0)
    assert made.voltage_v() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("pressure_mpa", "ohm"), [(1, 500), (5, 110), (10, 50), (15, 40), (20, 35), (25, 32)]
)
def test_lithium_on_lpscl_has_its_published_resistance(pressure_mpa: float, ohm: float) -> None:
    found = resistance_ohm_cm2(LITHIUM_LPSCL, pressure_mpa, pressure_mpa) / AREA_CM2
    assert found == pytest.approx(ohm, rel=0.15)


@pytest.mark.parametrize(("pressure_mpa", "ohm_cm2"), [(1, 200), (10, 50), (50, 20)])
def test_the_default_contact_has_the_published_resistance(
    pressure_mpa: float, ohm_cm2: float
) -> None:
    found = resistance_ohm_cm2(Contact(), pressure_mpa, pressure_mpa)
    assert found == pytest.approx(ohm_cm2, rel=0.15)


def test_the_contact_remembers_the_peak() -> None:
    fresh = resistance_ohm_cm2(LITHIUM_LPSCL, 5.0, 5.0) / AREA_CM2
    pressed = resistance_ohm_cm2(LITHIUM_LPSCL, 5.0, 25.0) / AREA_CM2
    assert fresh > 95.0
    assert pressed == pytest.approx(50.0, rel=0.1)


def test_the_resistance_stays_bounded_without_pressure() -> None:
    assert resistance_ohm_cm2(Contact(), 0.0, 0.0) < 2000.0


def test_at_open_circuit_no_current_flows_and_the_voltage_is_that_of_the_charge() -> None:
    made = cell(initial_soc=0.5)
    assert (made.current_a(), made.voltage_v(), made.limited()) == (0.0, 3.38, False)


@given(st.floats(-0.1, 1.1), st.floats(1e-6, 0.1))
def test_the_open_circuit_voltage_rises_with_charge(soc: float, more: float) -> None:
    assert cell(initial_soc=soc + more).ocv_v() > cell(initial_soc=soc).ocv_v()


def test_a_current_is_felt_at_once_over_the_ohmic_part_and_later_over_the_pairs() -> None:
    made = cell(initial_soc=0.5)
    made.source_current(CURRENT_A, 4.4)
    ohm = 50.0 / AREA_CM2 + 50.0
    assert made.voltage_v() == pytest.approx(3.38 + CURRENT_A * ohm)
    made.open_circuit()
    made.source_current(CURRENT_A, 4.4)
    run(made, 1800.0)
    ohm += 60.0 / AREA_CM2
    assert made.voltage_v() == pytest.approx(made.ocv_v() + CURRENT_A * ohm, rel=1e-6)


def test_an_hour_of_current_moves_the_charge_by_its_capacity() -> None:
    made = cell(initial_soc=0.1)
    made.source_current(CURRENT_A, 5.0)
    run(made, 3600.0)
    assert made.state_of_charge == pytest.approx(0.1 + CURRENT_A * 1e3 / AREA_CM2 / 1.5)


def test_constant_current_turns_into_constant_voltage_at_the_limit() -> None:
    made = cell(initial_soc=0.9)
    made.source_current(CURRENT_A, 3.9)
    run(made, 3600.0)
    assert made.limited()
    assert made.voltage_v() == pytest.approx(3.9)
    assert 0.0 < made.current_a() < CURRENT_A
    earlier = made.current_a()
    run(made, 600.0)
    assert 0.0 < made.current_a() < earlier


def test_constant_voltage_keeps_inside_its_current_limit_both_ways() -> None:
    made = cell(initial_soc=0.5)
    made.source_voltage(4.2, 1e-3)
    assert (made.current_a(), made.limited()) == (1e-3, True)
    made.source_voltage(2.0, 1e-3)
    assert (made.current_a(), made.limited()) == (-1e-3, True)
    made.source_voltage(3.4, 1e-3)
    assert made.voltage_v() == pytest.approx(3.4)
    assert not made.limited()


@pytest.mark.parametrize("current_a", [CURRENT_A, 0.0, -CURRENT_A])
def test_a_source_of_current_brings_a_cell_above_its_limit_of_voltage_back(
    current_a: float,
) -> None:
    made = cell(initial_soc=0.5)
    made.source_current(current_a, 3.0)
    assert made.voltage_v() == pytest.approx(3.0)
    assert (made.current_a() < 0.0, made.limited()) == (True, True)


def test_a_better_contact_lowers_the_voltage_of_a_charging_cell() -> None:
    made = cell(initial_soc=0.5)
    made.source_current(CURRENT_A, 4.4)
    before = made.voltage_v()
    made.press(30.0)
    assert made.voltage_v() == pytest.approx(before - CURRENT_A * 20.0)


def test_a_short_drops_the_voltage_and_takes_the_charge() -> None:
    made = cell(initial_soc=0.5)
    sound_v = made.voltage_v()
    made.press(50.0, 1.0 / 5000.0)
    assert made.voltage_v() == pytest.approx(3.38 * 5000.0 / (5000.0 + 50.0 / AREA_CM2 + 50.0))
    assert made.current_a() == 0.0
    assert made.inner_a() == pytest.approx(-made.voltage_v() / 5000.0)
    assert made.voltage_v() < sound_v
    before = made.state_of_charge
    made.advance(0.0, 100.0)
    assert made.state_of_charge < before


def test_a_charge_through_a_short_stores_less_than_it_gives() -> None:
    made = cell(initial_soc=0.5)
    made.press(50.0, 1.0 / 50_000.0)
    made.source_current(CURRENT_A, 4.4)
    assert made.current_a() == CURRENT_A
    assert made.inner_a() == pytest.approx(CURRENT_A - made.voltage_v() / 50_000.0)


def test_a_hard_short_bridges_the_cell() -> None:
    chemistry = replace(Electrochemistry(), ocv_soc=SYMMETRIC_SOC, ocv_v=SYMMETRIC_V)
    made = SolidStateCell(BENCH, chemistry, Breathing())
    made.press(50.0, 1.0 / 2.0)
    made.source_current(CURRENT_A, 5.0)
    assert made.voltage_v() / made.current_a() == pytest.approx(2.0, rel=0.02)


def test_a_worse_separator_is_more_resistance() -> None:
    made = cell(initial_soc=0.5)
    made.source_current(CURRENT_A, 5.0)
    before_v = made.voltage_v()
    made.worsen(2.0)
    made.press(50.0)
    assert made.voltage_v() == pytest.approx(before_v + CURRENT_A * 50.0 / AREA_CM2)


def test_a_coulombic_efficiency_takes_its_share_of_what_is_charged_alone() -> None:
    made = cell(initial_soc=0.5, coulombic_efficiency=0.99)
    made.source_current(CURRENT_A, 5.0)
    run(made, 600.0)
    made.source_current(-CURRENT_A, 5.0)
    run(made, 600.0)
    lost = 0.01 * CURRENT_A * 600.0 / 3.6 / (1.5 * AREA_CM2)
    assert 0.5 - made.state_of_charge == pytest.approx(lost)
