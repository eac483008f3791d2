"""The plant as a whole against published swings, and its own rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fixture.twin.plant import TRUTH, Plant
from fixture.twin.redraw import redraw
from instruments.protocols import CellPlant, ForcePlant, PressPlant
from tests.twin.twins import (
    AREA_MM2,
    DEFAULT,
    IDEAL,
    LITHIUM,
    SECOND,
    SODIUM,
    after,
    changed,
    pressed,
    seen,
)

CURRENT_A = 0.7854e-3  # 1 mA/cm²


@pytest.mark.parametrize(
    ("stiffness", "metal", "swing_mpa"),
    [
        (35.0, LITHIUM, 2.2),
        (35.0, SODIUM, 4.0),
        (10.0, LITHIUM, 0.62),
        (10.0, SODIUM, 1.13),
        (3.0, LITHIUM, 0.18),
        (3.0, SODIUM, 0.33),
        (1.0, LITHIUM, 0.06),
        (1.0, SODIUM, 0.11),
    ],
)
def test_a_fixed_gap_swings_as_published(stiffness: float, metal: float, swing_mpa: float) -> None:
    plant = pressed(
        changed(
            IDEAL,
            bench={"breathing_um_per_mah_cm2": metal},
            stack={"stiffness_n_per_um": stiffness},
        ),
        15.0,
    )
    before = seen(plant, "true_pressure_pa")
    plant.cell.source_current(CURRENT_A, 5.0)
    plant.advance(3600 * SECOND)
    plant.cell.open_circuit()
    plant.advance(3601 * SECOND)
    swing = (seen(plant, "true_pressure_pa") - before) / 1e6
    assert swing == pytest.approx(swing_mpa, rel=0.1)


def test_charge_of_a_metal_anode_raises_the_pressure_and_discharge_brings_it_back() -> None:
    plant = pressed(IDEAL, 15.0)
    plant.cell.source_current(CURRENT_A, 5.0)
    after(plant, 600.0, tick_s=0.2)
    assert seen(plant, "true_pressure_pa") > 15.1e6
    plant.cell.source_current(-CURRENT_A, 5.0)
    after(plant, 600.0, start_s=600.0, tick_s=0.2)
    assert seen(plant, "true_pressure_pa") == pytest.approx(15e6, rel=1e-4)


def test_breathing_lags_behind_the_charge() -> None:
    plant = Plant(changed(IDEAL, breathing={"lag_s": 20.0}))
    plant.cell.source_current(CURRENT_A, 5.0)
    rate_um_per_s = SODIUM / 3600.0
    after(plant, 200.0)
    assert seen(plant, "breathing_metre") * 1e6 == pytest.approx(rate_um_per_s * 180.0, rel=0.01)


def test_pressing_gives_the_force_of_the_stiffness() -> None:
    plant = pressed(IDEAL, 15.0)
    plant.press.move_to(200)
    after(plant, 5.0)
    assert seen(plant, "true_displacement_metre") == pytest.approx(10e-6)
    force = 15.0 * AREA_MM2 + 100.0
    assert seen(plant, "true_force_newton") == pytest.approx(force, rel=1e-6)
    assert sum(plant.forces.force_n(cell) for cell in range(3)) == pytest.approx(force, rel=1e-6)


def test_a_press_that_lets_go_leaves_no_force() -> None:
    plant = Plant(IDEAL)
    plant.press.move_to(-4000)
    after(plant, 60.0)
    assert seen(plant, "true_pressure_pa") == 0.0
    assert seen(plant, "peak_pressure_pa") == pytest.approx(0.3e6)


def test_the_wall_carries_its_share_past_the_interface() -> None:
    plant = Plant(changed(IDEAL, stack={"wall_friction": 0.2}))
    cells = sum(plant.forces.force_n(cell) for cell in range(3))
    assert seen(plant, "true_force_newton") == pytest.approx(0.8 * cells)
    assert seen(plant, "true_pressure_pa") == pytest.approx(0.3e6)


def test_the_contact_stays_better_after_a_higher_pressure() -> None:
    plant = pressed(IDEAL, 5.0)
    fresh = seen(plant, "contact_resistance_ohm")
    for t_s, counts in ((60, 2000), (120, 0)):
        plant.press.move_to(counts)
        plant.advance(t_s * SECOND)
    assert seen(plant, "true_pressure_pa") == pytest.approx(5e6)
    assert seen(plant, "contact_resistance_ohm") < 0.95 * fresh


def test_warmth_presses_0_3_mpa_a_kelvin_at_10_newton_per_um() -> None:
    plant = pressed(changed(IDEAL, thermal={"day_k": 1.0, "lag_s": 0.0}), 15.0)
    before = (seen(plant, "fixture_temperature_celsius"), seen(plant, "true_pressure_pa"))
    plant.advance(6 * 3600 * SECOND)
    kelvin = seen(plant, "fixture_temperature_celsius") - before[0]
    rise_mpa = (seen(plant, "true_pressure_pa") - before[1]) / 1e6
    assert rise_mpa / kelvin == pytest.approx(0.31, rel=0.02)


def busy(plant: Plant) -> tuple[float, ...]:
    """Everything a short, busy run shows."""
    plant.press.move_to(600)
    plant.cell.source_current(CURRENT_A, 5.0)
    after(plant, 20.0)
    plant.press.move_to(550)
    after(plant, 5.0, start_s=20.0)
    forces = [plant.forces.force_n(cell) for cell in range(3)]
    return (*plant.truth(), *forces, plant.cell.voltage_v(), float(plant.press.position()))


def test_two_runs_of_one_seed_are_equal_to_the_bit() -> None:
    assert busy(Plant(DEFAULT)) == busy(Plant(DEFAULT))


def test_another_seed_is_another_run() -> None:
    assert busy(Plant(DEFAULT)) != busy(Plant(replace(DEFAULT, seed=2)))


def test_reading_changes_nothing() -> None:
    read, unread = Plant(DEFAULT), Plant(DEFAULT)
    for tick in range(1, 50):
        read.advance(tick * SECOND)
        unread.advance(tick * SECOND)
        read.forces.force_n(0)
        read.truth()
        read.advance(tick * SECOND)
    assert read.truth() == unread.truth()
    assert read.forces.force_n(2) == unread.forces.force_n(2)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([5, 10, 20, 50, 100, 200]))
def test_the_step_hardly_matters(tick_ms: int) -> None:
    parameters = changed(IDEAL, compaction={"per_decade": 0.02}, foil={"rate_per_s": 0.53})

    def pressure(tick_s: float) -> float:
        plant = pressed(parameters, 5.0)
        plant.cell.source_current(CURRENT_A, 5.0)
        return seen(after(plant, 30.0, tick_s=tick_s), "true_pressure_pa")

    assert pressure(tick_ms / 1000) == pytest.approx(pressure(0.05), rel=2e-3)


def test_the_truth_has_a_value_for_each_of_its_columns() -> None:
    values = Plant(DEFAULT).truth()
    assert len(values) == len(TRUTH)
    assert len({column.name for column in TRUTH}) == len(TRUTH)
    assert values[0] == pytest.approx(0.3e6)


def test_the_sensors_show_the_room_before_time_begins() -> None:
    plant = Plant(DEFAULT)
    assert plant.press.temperature_c() == seen(plant, "fixture_temperature_celsius")
    assert 21.0 < plant.press.temperature_c() < 25.0


def test_the_parts_are_what_the_emulators_ask_for() -> None:
    plant = Plant(DEFAULT)
    forces: ForcePlant = plant.forces
    press: PressPlant = plant.press
    cell: CellPlant = plant.cell
    assert forces.force_n(0) > 0.0
    assert not press.moving()
    assert cell.current_a() == 0.0


def test_redrawn_rigs_stay_inside_their_bounds_and_differ() -> None:
    rigs = [redraw(DEFAULT, seed, nominal_stiffness_n_per_um=10.0) for seed in range(40)]
    assert all(7.0 <= rig.stack.stiffness_n_per_um <= 13.0 for rig in rigs)
    assert all(0.8 <= rig.breathing.factor <= 1.2 for rig in rigs)
    assert all(0.02 <= rig.press.delay_s <= 0.5 for rig in rigs)
    assert all(0.2 <= rig.press.reversal_um <= 2.0 for rig in rigs)
    assert len({rig.press.slip_um for rig in rigs}) == 40
    assert len({rig.air.seal_n for rig in rigs}) == 40
    assert all(0.8 * 150.0 <= rig.hydraulic.seal_n <= 1.2 * 150.0 for rig in rigs)
    assert redraw(DEFAULT, 3) == redraw(DEFAULT, 3)


def test_a_redrawn_rig_can_have_a_slip_of_its_own() -> None:
    assert redraw(DEFAULT, 3, slip_um=0.0).press.slip_um == 0.0


def test_a_stack_that_softens_with_charge_swings_less_as_it_fills() -> None:
    def stiffness(softness: float) -> tuple[float, float]:
        chemistry = {"initial_soc": 0.0, "capacity_mah_per_cm2": 1.0}
        parameters = changed(IDEAL, electrochemistry=chemistry, stack={"charge_softness": softness})
        plant = pressed(parameters, 15.0)
        before_n = seen(plant, "true_force_newton")
        plant.cell.source_current(CURRENT_A, 5.0)
        plant.advance(3600 * SECOND)
        gained_n = seen(plant, "true_force_newton") - before_n
        return gained_n / SODIUM, seen(plant, "stiffness_newton_per_metre") * 1e-6

    assert stiffness(0.0) == pytest.approx((10.0, 10.0), rel=1e-3)
    assert stiffness(0.3) == pytest.approx((8.5, 7.0), rel=2e-3)


def test_stripping_too_fast_for_the_pressure_parts_the_contact_and_pressure_heals_it() -> None:
    plant = pressed(changed(IDEAL, electrochemistry={"initial_soc": 0.9}), 5.0)
    fresh_ohm = seen(plant, "contact_resistance_ohm")
    plant.cell.source_current(-3.0 * CURRENT_A, 5.0)  # 5 MPa brings 1.4 mA/cm2
    plant.advance(600 * SECOND)
    parted = seen(plant, "void_share")
    assert 0.1 < parted < 1.0
    plant.cell.open_circuit()
    plant.press.move_to(1000)
    plant.advance(7200 * SECOND)
    assert seen(plant, "void_share") < 0.05 * parted
    assert seen(plant, "contact_resistance_ohm") < fresh_ohm


def test_a_current_above_its_critical_one_ends_in_a_short_that_the_terminals_see() -> None:
    limit = {"critical_ma_per_cm2": 1.0, "scatter": 0.0, "crossing_s": 60.0}
    shorts = {"hardening_s": 60.0}
    plant = pressed(changed(IDEAL, dendrite=limit, shorts=shorts), 15.0)
    plant.cell.source_current(2.0 * CURRENT_A, 5.0)
    plant.advance(20 * SECOND)
    assert seen(plant, "dendrite_reach") > 0.3
    sound_v = plant.cell.voltage_v()
    assert seen(plant, "cell_current_ampere") == pytest.approx(2.0 * CURRENT_A)
    plant.advance(600 * SECOND)
    assert seen(plant, "short_resistance_ohm") < 10.0
    assert plant.cell.voltage_v() < 0.1 * sound_v
    assert seen(plant, "cell_current_ampere") < 0.0


def test_the_default_rig_has_none_of_what_is_optional() -> None:
    plant = pressed(DEFAULT, 15.0)
    plant.cell.source_current(-CURRENT_A, 5.0)
    plant.advance(3600 * SECOND)
    for name in ("void_share", "dendrite_reach", "short_wear", "separator_damage", "forming_metre"):
        assert seen(plant, name) == 0.0
    assert seen(plant, "short_resistance_ohm") != seen(plant, "short_resistance_ohm")
