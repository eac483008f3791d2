"""What the load cells give of the force."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixture.twin.check import check
from fixture.twin.loadcells import LoadCellBank
from fixture.twin.parameters import LoadCells, Parameters
from fixture.twin.plant import Plant
from tests.twin.twins import BENCH, DEFAULT, after, changed, seen

FULL_SCALE_N = 4000.0
# Three ranges in series under one column: 200 N and 5 kN with stops, and 60 kN.
SERIES = replace(
    BENCH,
    load_cells=3,
    full_scales_n=(200.0, 5000.0, 60_000.0),
    stages=(0, 1, 2),
    stops_n=(300.0, 7500.0, inf),
    crushes_n=(10_000.0, 50_000.0, inf),
)


def bank(preload_n: float = 0.0, **cells: object) -> LoadCellBank:
    return LoadCellBank(BENCH, replace(LoadCells(noise=0.0), **cells), 1, preload_n)


def ranges(**cells: object) -> LoadCellBank:
    sound = replace(LoadCells(noise=0.0, shares=(1.0, 1.0, 1.0)), **cells)
    check(Parameters(bench=SERIES, load_cells=sound))
    return LoadCellBank(SERIES, sound, 1, 0.0)


def readings(made: LoadCellBank) -> list[float]:
    return [made.force_n(cell) for cell in range(3)]


def total(made: LoadCellBank) -> float:
    return sum(made.force_n(cell) for cell in range(3))


def test_ideal_cells_share_the_force() -> None:
    made = bank()
    made.advance(0.1, 1000.0, 0.0)
    assert [made.force_n(cell) for cell in range(3)] == pytest.approx([345.0, 332.0, 323.0])


def test_noise_is_so_many_millionths_of_full_scale() -> None:
    made = bank(noise=10e-6)
    readings: list[float] = []
    for _ in range(4000):
        made.advance(0.1, 0.0, 0.0)
        readings.append(made.force_n(0))
    rms = (sum(reading**2 for reading in readings) / len(readings)) ** 0.5
    assert rms == pytest.approx(0.04, rel=0.05)


def test_a_reading_repeated_at_one_time_is_the_same() -> None:
    made = bank(noise=10e-6)
    assert made.force_n(1) == made.force_n(1)


def test_half_an_hour_after_a_load_the_cells_have_crept_by_their_share() -> None:
    made = bank(creep=1e-3)
    made.advance(0.0, 1000.0, 0.0)
    assert total(made) == pytest.approx(1000.0)
    for _ in range(1800):
        made.advance(1.0, 1000.0, 0.0)
    assert total(made) == pytest.approx(1001.0, abs=1e-3)


def test_warmth_shifts_the_zero() -> None:
    made = bank(zero_drift=5e-4)
    made.advance(1.0, 0.0, 10.0)
    assert made.force_n(0) == pytest.approx(5e-4 * FULL_SCALE_N)


def test_calibration_leaves_its_share_of_the_bow() -> None:
    made = bank(nonlinearity=2e-3, nonlinearity_left=0.1)
    made.advance(1.0, 0.5 * FULL_SCALE_N / 0.345, 0.0)
    assert made.force_n(0) - 2000.0 == pytest.approx(2e-4 * FULL_SCALE_N)
    made.advance(1.0, FULL_SCALE_N / 0.345, 0.0)
    assert made.force_n(0) == pytest.approx(FULL_SCALE_N)


def test_each_cell_errs_in_its_own_way() -> None:
    made = bank(
        creep=1e-3,
        zero_drift=5e-4,
        nonlinearity=2e-3,
        gains=(1.0, 1.01, 1.0),
        creeps=(0.0, 0.0, 2.0),
        zero_drifts=(1.0, 0.0, -1.0),
        bows=(0.0, 0.0, 0.0),
    )
    for _ in range(1800):
        made.advance(1.0, 1000.0, 10.0)
    assert readings(made) == pytest.approx([347.0, 332.0 * 1.01, 323.0 * 1.002 - 2.0], abs=2e-3)


def test_tilt_changes_as_the_load_seats_the_stack() -> None:
    made = bank(seated_shares=(0.30, 0.33, 0.37), seating_n=500.0)
    tilts: list[float] = []
    for force_n in (10.0, 500.0, 5000.0):
        made.advance(1.0, force_n, 0.0)
        assert total(made) == pytest.approx(force_n)
        tilts.append((made.force_n(0) - made.force_n(2)) / force_n)
    assert tilts == pytest.approx([0.0202, -0.0361, -0.07], abs=1e-3)


def test_the_whole_force_goes_through_every_stage() -> None:
    made = ranges()
    made.advance(1.0, 150.0, 0.0)
    assert readings(made) == pytest.approx([150.0] * 3)


def test_past_its_stop_a_cell_feels_little_of_the_rest() -> None:
    made = ranges(stop_leak=0.02)
    made.advance(1.0, 8000.0, 0.0)
    assert readings(made) == pytest.approx([300.0 + 0.02 * 7700.0, 7500.0 + 0.02 * 500.0, 8000.0])
    assert made.crushed == 0
    made.advance(1.0, 100.0, 0.0)
    assert readings(made) == pytest.approx([100.0] * 3)


def test_the_stop_may_take_over_sooner_than_declared() -> None:
    made = ranges(stop=0.5, stop_leak=0.0)
    made.advance(1.0, 180.0, 0.0)
    assert made.force_n(0) == pytest.approx(150.0)


def test_a_crushed_cell_keeps_a_shifted_zero_and_the_others_do_not() -> None:
    made = ranges(crushed_zero=0.05)
    made.advance(1.0, 10_001.0, 0.0)
    made.advance(1.0, 0.0, 0.0)
    assert readings(made) == pytest.approx([10.0, 0.0, 0.0])
    assert made.crushed == 1
    made.advance(1.0, 55_000.0, 0.0)
    made.advance(1.0, 0.0, 0.0)
    assert readings(made) == pytest.approx([10.0, 250.0, 0.0])
    assert made.crushed == 2


def test_noise_goes_with_each_cells_full_scale() -> None:
    made = ranges(noise=10e-6)
    squares = [0.0] * 3
    for _ in range(4000):
        made.advance(0.1, 0.0, 0.0)
        squares = [total + value**2 for total, value in zip(squares, readings(made), strict=True)]
    assert [(s / 4000) ** 0.5 for s in squares] == pytest.approx([2e-3, 0.05, 0.6], rel=0.05)


def test_a_cell_that_is_warm_late_drifts_late() -> None:
    made = bank(zero_drift=5e-4, zero_lag_s=600.0)
    made.advance(1.0, 0.0, 10.0)
    assert abs(made.force_n(0)) < 0.01
    for _ in range(6000):
        made.advance(1.0, 0.0, 10.0)
    assert made.force_n(0) == pytest.approx(5e-4 * FULL_SCALE_N, rel=1e-3)


@given(st.floats(0.0, 60_000.0), st.floats(0.0, 1000.0))
def test_more_force_is_never_less_reading(force_n: float, more_n: float) -> None:
    made = ranges()
    made.advance(1.0, force_n, 0.0)
    before = readings(made)
    made.advance(1.0, force_n + more_n, 0.0)
    ruined = made.crushed
    assert ruined or all(b <= a + 1e-6 for b, a in zip(before, readings(made), strict=True))


def test_the_truth_counts_the_cells_that_a_run_has_crushed() -> None:
    weak = changed(DEFAULT, bench={"crushes_n": (100.0, 1e4, 1e4)}, press={"speed": 200.0})
    plant = Plant(weak)
    assert seen(plant, "load_cells_crushed") == 0.0
    plant.press.move_to(2000)
    assert seen(after(plant, 5.0), "load_cells_crushed") == 1.0
