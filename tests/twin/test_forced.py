"""Presses that are commanded by force: air cylinder, bellows, hydraulic ram."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant
from instruments.protocols import PressPlant
from tests.twin.twins import AREA_MM2, IDEAL, SECOND, SODIUM, after, changed, seen

COUNT_N = 0.5
CURRENT_A = 0.7854e-3
# Presses without errors: what is left is the kind.
STEADY = changed(
    IDEAL,
    stack={"contact_mpa": 1.0},
    air={"wander": 0.0, "resolution": 0.0},
    bellows={"wander": 0.0, "resolution": 0.0},
    hydraulic={"gauge_gain": 1.0, "gauge_zero": 0.0},
)
KINDS = ("air", "bellows", "hydraulic")


def rig(kind: str, **sections: Mapping[str, object]) -> Parameters:
    return changed(STEADY, press={"kind": kind}, **sections)


def newton(plant: Plant) -> float:
    return seen(plant, "true_force_newton")


def pushed(plant: Plant, force_n: float, seconds: float, start_s: float = 0.0) -> float:
    """Command a force, wait, and give the force that the stack feels."""
    plant.press.move_to(round(force_n / COUNT_N))
    return newton(after(plant, seconds, start_s))


@pytest.mark.parametrize("kind", KINDS)
def test_it_starts_in_balance_and_stays_there(kind: str) -> None:
    plant = Plant(rig(kind))
    assert newton(plant) == pytest.approx(AREA_MM2)
    assert newton(after(plant, 60.0)) == pytest.approx(AREA_MM2, rel=1e-6)
    assert plant.press.output_um == pytest.approx(0.0, abs=1e-6)
    assert not plant.press.moving()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_the_emulators_ask_for(kind: str) -> None:
    press: PressPlant = Plant(rig(kind)).press
    press.move_to(2000)
    assert press.moving()
    assert press.target() == 2000
    assert not press.end_low()
    assert not press.end_high()


def test_air_without_friction_gives_the_force_it_is_told() -> None:
    plant = Plant(rig("air", air={"wander": 0.0, "resolution": 0.0, "seal_n": 0.0}))
    assert pushed(plant, 1200.0, 5.0) == pytest.approx(1200.0, rel=1e-3)
    assert plant.press.position() == 2400
    assert pushed(plant, 800.0, 5.0, start_s=5.0) == pytest.approx(800.0, rel=1e-3)
    assert plant.press.slips == 0


def test_seals_take_their_friction_either_way() -> None:
    plant = Plant(rig("air"))
    up_n = pushed(plant, 1200.0, 20.0)
    assert 1200.0 - 60.0 * 1.3 <= up_n <= 1200.0 - 59.9
    assert seen(plant, "press_force_newton") == pytest.approx(1200.0)
    down_n = pushed(plant, 1000.0, 20.0, start_s=20.0)
    assert 1000.0 + 59.9 <= down_n <= 1000.0 + 60.0 * 1.3
    assert plant.press.slips > 1


def test_a_stuck_piston_is_a_fixed_gap_until_the_seals_give_way() -> None:
    plant = Plant(rig("air", air={"wander": 0.0, "resolution": 0.0, "seal_n": 30.0}))
    before_n = pushed(plant, 1200.0, 20.0)
    stuck_um = plant.press.output_um
    plant.cell.source_current(CURRENT_A, 5.0)
    after(plant, 1200.0, start_s=20.0, tick_s=0.2)  # 2.95 um of sodium: 29.5 N
    assert plant.press.output_um == stuck_um
    assert newton(plant) - before_n == pytest.approx(10.0 * SODIUM / 3.0, rel=0.01)
    after(plant, 3600.0, start_s=1220.0, tick_s=0.2)
    assert plant.press.output_um < stuck_um  # given way
    assert newton(plant) < 1200.0 + 30.0 * 1.3 + 0.1


def test_bellows_follow_breathing_and_take_their_stiffness_of_it() -> None:
    plant = Plant(rig("bellows"))
    before_n = pushed(plant, 1200.0, 60.0)
    plant.cell.source_current(CURRENT_A, 5.0)
    after(plant, 3600.0, start_s=60.0, tick_s=0.2)
    # Bellows of 0.5 N/um in series with a stack of 10: 8.86 um is 4.2 N, not 89.
    assert newton(plant) - before_n == pytest.approx(SODIUM * 10.0 * 0.5 / 10.5, rel=0.02)
    assert plant.press.slips == 0


def test_bellows_lag_by_their_time_constant() -> None:
    plant = Plant(rig("bellows"))
    start = plant.press.position()
    plant.press.move_to(start + 1000)
    after(plant, 2.0)
    assert plant.press.position() - start == pytest.approx(632, abs=2)


def test_a_regulator_wanders_by_its_share_of_full_scale() -> None:
    plant = Plant(
        rig("air", air={"wander": 0.001, "wander_time_s": 10.0, "resolution": 0.0, "seal_n": 0.0})
    )
    pushed(plant, 1200.0, 10.0)
    errors: list[float] = []
    for second in range(10, 6000):
        plant.advance(second * SECOND)
        errors.append(newton(plant) - 1200.0)
    rms_n = (sum(error * error for error in errors) / len(errors)) ** 0.5
    assert rms_n == pytest.approx(10.0, rel=0.15)
    assert plant.press.position() == 2400  # its own gauge sees nothing of it


def test_a_regulator_tells_setpoints_apart_by_its_resolution() -> None:
    air = {"wander": 0.0, "resolution": 0.001, "seal_n": 0.0}
    plant = Plant(rig("air", air=air))
    assert pushed(plant, 1204.0, 10.0) == pytest.approx(1200.0, rel=1e-4)
    assert pushed(plant, 1206.0, 10.0, start_s=10.0) == pytest.approx(1210.0, rel=1e-4)


def test_a_pump_brings_its_gauge_to_the_setpoint_and_the_gauge_errs() -> None:
    errs = {"gauge_gain": 1.01, "gauge_zero": 0.0005, "seal_n": 0.0}
    plant = Plant(rig("hydraulic", hydraulic=errs))
    force_n = pushed(plant, 2000.0, 20.0)
    assert plant.press.position() == 4000
    assert force_n == pytest.approx((2000.0 - 30.0) / 1.01 - 400.0, rel=1e-3)


def test_a_pump_comes_in_with_its_bandwidth_and_within_its_flow() -> None:
    plant = Plant(rig("hydraulic", hydraulic={"seal_n": 0.0, "exchange_s": (0.0, 0.0)}))
    start = plant.press.position()
    plant.press.move_to(start + 100)
    after(plant, 0.32, tick_s=0.01)  # 1 / (2 pi 0.5 Hz)
    assert plant.press.position() - start == pytest.approx(63, abs=4)
    slow = {"seal_n": 0.0, "flow_um_per_s": 10.0}
    slow_plant = Plant(rig("hydraulic", hydraulic=slow))
    assert pushed(slow_plant, 6000.0, 5.0) < 500.0


def test_a_stopped_pump_holds_its_volume_and_leaks_down() -> None:
    plant = Plant(rig("hydraulic", hydraulic={"seal_n": 0.0, "leak_time_s": 20_000.0}))
    held_n = pushed(plant, 2400.0, 30.0)
    plant.press.stop()
    after(plant, 1.0, start_s=30.0)
    plant.cell.source_current(CURRENT_A, 5.0)
    after(plant, 100.0, start_s=31.0, tick_s=0.2)
    plant.cell.open_circuit()
    # Oil of 30 N/um in series with a stack of 10: the gap gives way a little.
    assert newton(plant) - held_n == pytest.approx(0.246 * 7.5 - 2400.0 * 0.25 * 100 / 2e4, abs=2.0)
    after(plant, 10_000.0, start_s=131.0, tick_s=1.0)
    assert 0.5 * held_n < newton(plant) < 0.95 * held_n
    assert not plant.press.moving()


def test_a_stopped_regulator_keeps_what_it_gives() -> None:
    plant = Plant(rig("bellows"))
    plant.press.move_to(4000)
    after(plant, 1.0)
    plant.press.stop()
    kept_n = newton(after(plant, 0.5, start_s=1.0))
    assert newton(after(plant, 60.0, start_s=1.5)) == pytest.approx(kept_n, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_it_unloads_and_comes_back(kind: str) -> None:
    plant = Plant(rig(kind))
    pushed(plant, 1500.0, 20.0)
    assert pushed(plant, -2000.0, 200.0, start_s=20.0) == 0.0
    assert plant.press.output_um < -50.0
    assert pushed(plant, 1500.0, 200.0, start_s=220.0) > 500.0


def test_at_the_end_of_its_stroke_it_stands_and_says_so() -> None:
    plant = Plant(rig("air", air={"wander": 0.0, "stroke_um": (-50.0, 50.0)}))
    assert pushed(plant, 9000.0, 30.0) == pytest.approx(AREA_MM2 + 500.0, rel=1e-2)
    assert plant.press.end_high()
    slips = plant.press.slips
    assert pushed(plant, -600.0, 30.0, start_s=30.0) == 0.0
    assert plant.press.end_low()
    after(plant, 10.0, start_s=60.0)
    assert plant.press.slips <= slips + 10


def test_a_hydraulic_press_reaches_700_mpa() -> None:
    bench = {"travel_max_um": 15_000.0, "full_scale_n": 60_000.0}
    plant = Plant(rig("hydraulic", bench=bench, stack={"stiffness_n_per_um": 10.0}))
    force_n = pushed(plant, 700.0 * AREA_MM2 + 400.0, 200.0)
    assert force_n == pytest.approx(700.0 * AREA_MM2, rel=5e-3)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(KINDS), st.sampled_from([10, 50, 200]))
def test_the_step_hardly_matters(kind: str, tick_ms: int) -> None:
    def settled(tick_s: float) -> float:
        smooth = {"breakaway": 0.0}
        plant = Plant(rig(kind, air={"wander": 0.0} | smooth, hydraulic=smooth))
        plant.press.move_to(3000)
        return newton(after(plant, 40.0, tick_s=tick_s))

    assert settled(tick_ms / 1000) == pytest.approx(settled(0.1), rel=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_of_one_seed_are_equal_and_another_seed_is_another(kind: str) -> None:
    def ran(seed: int) -> tuple[float, ...]:
        parameters = changed(IDEAL, press={"kind": kind}, stack={"contact_mpa": 1.0})
        plant = Plant(replace(parameters, seed=seed))
        plant.press.move_to(3000)
        return after(plant, 10.0, tick_s=0.02).truth()

    assert ran(1) == ran(1)
    if kind != "hydraulic":  # whose chance is in when a command acts
        assert ran(1) != ran(2)
