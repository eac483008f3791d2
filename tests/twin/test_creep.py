"""Flow of the foil and compaction of the powder."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.twin.creep import FoilFlow, PowderCompaction
from fixture.twin.parameters import Compaction, Foil
from fixture.twin.plant import Plant
from tests.twin.twins import AREA_MM2, DEFAULT, IDEAL, SECOND, after, changed, seen


@given(st.floats(1e-3, 500.0), st.floats(1e-3, 1.0), st.floats(1e-3, 1e5))
def test_the_flow_never_overfills_its_room_whatever_the_step(
    pressure: float, stiffness: float, seconds: float
) -> None:
    flow = FoilFlow(Foil(), confinement=1.0)
    for _ in range(5):
        assert 0.0 <= flow.advance(seconds, pressure, stiffness) <= 6.0


def test_many_small_steps_relax_the_foil_as_far_as_a_few_large_ones() -> None:
    open_edge = Foil(thickness_um=1000.0, room_um=1000.0)

    def left_mpa(steps: int) -> float:
        flow = FoilFlow(open_edge, confinement=1.0)
        pressure = 3.0
        for _ in range(steps):
            pressure = 3.0 - 0.1 * flow.advance(100.0 / steps, pressure, 0.1)
        return pressure

    assert left_mpa(500) == pytest.approx(left_mpa(50_000), rel=0.02)


def test_free_sodium_creeps_at_the_published_rate() -> None:
    flow = FoilFlow(Foil(thickness_um=100.0, room_um=100.0), confinement=0.0)
    lost_um = flow.advance(1e-3, 0.5, 0.127)
    assert lost_um == pytest.approx(100.0 * 0.53 * 0.5**5 * 1e-3, rel=0.01)


def test_a_die_keeps_the_foil_in_at_a_pressure_that_would_press_it_out() -> None:
    closed, open_edge = FoilFlow(Foil(), 1.0), FoilFlow(Foil(), 0.0)
    for _ in range(600):
        closed.advance(1.0, 74.0, 0.127)
        open_edge.advance(1.0, 74.0, 0.127)
    assert closed.lost_um == pytest.approx(6.0)
    assert open_edge.lost_um > 90.0


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
