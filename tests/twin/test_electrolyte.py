"""The separator under pressure."""

import pytest

from fixture.twin.electrolyte import Separator
from fixture.twin.parameters import Electrolyte
from fixture.twin.plant import Plant
from tests.twin.twins import AREA_MM2, IDEAL, after, changed, seen

SHARP = Electrolyte(scatter=0.0)


def seeing(*pressures_mpa: float, electrolyte: Electrolyte = SHARP) -> Separator:
    separator = Separator(electrolyte, 1, 0.3)
    for pressure_mpa in pressures_mpa:
        separator.see(pressure_mpa)
    return separator


def test_it_stays_whole_up_to_its_best_forming_pressure() -> None:
    separator = seeing(300.0, 625.0, 100.0)
    assert separator.damage == 0.0
    assert (separator.resistance, separator.stiffness, separator.lost_um) == (1.0, 1.0, 0.0)


def test_it_cracks_bit_by_bit_towards_its_fracture() -> None:
    separator = seeing(687.5, 100.0)
    assert separator.damage == pytest.approx(0.5)
    assert separator.resistance == pytest.approx(1.15)
    assert not separator.broken


def test_it_breaks_at_750_mpa_for_good() -> None:
    separator = seeing(751.0, 10.0)
    assert separator.broken
    assert separator.resistance == pytest.approx(2.3)
    assert (separator.stiffness, separator.lost_um) == (0.8, 3.0)
    assert not separator.see(800.0)


def test_a_pressure_seen_before_does_no_more_damage() -> None:
    separator = seeing(700.0)
    assert not separator.see(700.0)
    assert separator.see(701.0)


def test_separators_scatter_by_seed_and_one_may_be_unbreakable() -> None:
    broken = [Separator(Electrolyte(), seed, 752.0).broken for seed in range(100)]
    assert 30 < sum(broken) < 70
    assert not seeing(5000.0, electrolyte=Electrolyte(fracture_mpa=0.0)).broken


def test_a_press_that_goes_too_far_breaks_it_and_the_force_drops() -> None:
    bench = {"travel_max_um": 15_000.0}
    steady = changed(
        IDEAL, bench=bench, press={"speed": 200.0}, electrolyte={"scatter": 0.0, "collapse_um": 3.0}
    )
    plant = Plant(steady)
    plant.press.move_to(round((740.0 * AREA_MM2 / 10.0) / 0.05))
    assert seen(after(plant, 30.0), "separator_damage") < 1.0
    plant.cell.source_current(1e-3, 5.0)
    plant.advance(31_000_000_000)
    before_v = plant.cell.voltage_v()
    plant.press.move_to(round((760.0 * AREA_MM2 / 10.0) / 0.05))
    after(plant, 10.0, start_s=31.0)
    assert seen(plant, "separator_damage") == 1.0
    assert seen(plant, "forming_metre") == pytest.approx(3e-6)
    assert seen(plant, "stiffness_newton_per_metre") == pytest.approx(8e6)
    assert seen(plant, "true_pressure_pa") < 760e6 - 1e6
    assert plant.cell.voltage_v() - before_v > 1e-3 * 50.0 / 0.7854  # twice its resistance
