"""Slow compaction, and forming of loose powder."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.twin.parameters import Compaction
from fixture.twin.plant import Plant
from fixture.twin.powder import Forming, PowderCompaction
from tests.twin.twins import AREA_MM2, DEFAULT, IDEAL, SECOND, after, changed, seen


def test_pressed_to_74_mpa_in_a_die_it_relaxes_by_1_to_3_percent_a_decade() -> None:
    parameters = changed(
        IDEAL, compaction={"per_decade": 0.02}, foil={"rate_per_s": 0.53}, press={"speed": 200.0}
    )
    plant = Plant(parameters)
    plant.press.move_to(round(74.0 * AREA_MM2 / 10.0 / 0.05))
    after(plant, 10.0)
    force: list[float] = []
    for minutes in (0, 1, 10, 100):
        plant.advance((10 + 60 * minutes) * SECOND)
        force.append(seen(plant, "true_force_newton"))
    assert force[0] > 70.0 * AREA_MM2
    for earlier, later in pairwise(force[1:]):
        assert 0.01 < (earlier - later) / earlier < 0.03


def test_what_powder_has_lost_mostly_stays_lost() -> None:
    powder = PowderCompaction(Compaction(), 9.0)
    loaded_um = [powder.advance(10.0, 5800.0) for _ in range(1000)][-1]
    unloaded_um = [powder.advance(10.0, 0.0) for _ in range(1000)][-1]
    assert 0.8 * loaded_um < unloaded_um < loaded_um


def test_creep_lowers_the_pressure_in_a_fixed_gap() -> None:
    plant = Plant(changed(DEFAULT, thermal={"day_k": 0.0, "hvac_k": 0.0}))
    before = seen(plant, "true_pressure_pa")
    assert seen(after(plant, 20.0), "true_pressure_pa") < before


POURED = Compaction(height_um=1000.0, forming_s=2.0)


def formed(forming: Forming, pressure_mpa: float, seconds: float = 60.0) -> float:
    """Thickness lost after a time at a pressure, um."""
    return [forming.advance(0.1, pressure_mpa, 0.127) for _ in range(round(10 * seconds))][-1]


@pytest.mark.parametrize(("pressure_mpa", "density"), [(50.0, 0.645), (375.0, 0.83), (700.0, 0.86)])
def test_powder_is_pressed_to_its_density(pressure_mpa: float, density: float) -> None:
    lost = formed(Forming(POURED), pressure_mpa) / 1000.0
    assert 0.5 / (1.0 - lost) == pytest.approx(density, rel=0.01)


def test_what_forming_took_mostly_stays_taken() -> None:
    forming = Forming(POURED)
    peak_um = formed(forming, 375.0)
    left_um = formed(forming, 1.0)
    assert 0.95 * peak_um < left_um < peak_um
    assert formed(forming, 375.0) == pytest.approx(peak_um, rel=1e-6)
    assert forming.loose == pytest.approx(50.0 / 425.0, rel=1e-3)


@given(st.floats(0.01, 800.0), st.floats(0.01, 1.0), st.floats(0.01, 0.2))
def test_forming_in_a_fixed_gap_never_overshoots(
    pressure_mpa: float, stiffness: float, step_s: float
) -> None:
    forming = Forming(POURED)
    pressure = pressure_mpa
    for _ in range(200):
        before = pressure
        pressure = pressure_mpa - stiffness * forming.advance(step_s, max(before, 0.0), stiffness)
        assert -1e-6 <= pressure <= before + 1e-9


def test_powder_that_has_been_formed_loses_nothing_at_once() -> None:
    assert Forming(Compaction()).advance(1.0, 700.0, 0.127) == 0.0
    assert Forming(Compaction()).loose == 0.0


def test_a_press_forms_powder_and_its_resistance_falls() -> None:
    loose = changed(
        IDEAL,
        bench={"travel_max_um": 10_000.0},
        compaction={"height_um": 1000.0},
        press={"speed": 100.0},
    )
    plant = Plant(loose)

    def resistance(t_s: int) -> float:
        """Of separator and contact, by a step of current."""
        plant.cell.source_current(1e-3, 5.0)
        plant.advance(t_s * SECOND)
        on_v = plant.cell.voltage_v()
        plant.cell.open_circuit()
        return (on_v - plant.cell.voltage_v()) / 1e-3

    as_poured = resistance(1)
    plant.press.move_to(round(3700.0 / 0.05))
    plant.advance(300 * SECOND)
    assert seen(plant, "true_pressure_pa") > 375e6
    assert 0.39e-3 < seen(plant, "forming_metre") < 0.42e-3
    assert resistance(301) < 0.5 * as_poured
