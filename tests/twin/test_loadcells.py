"""What the load cells give of the force."""

import pytest
from msgspec.structs import replace

from fixture.twin.loadcells import LoadCellBank
from fixture.twin.parameters import LoadCells

FULL_SCALE_N = 4000.0


def bank(preload_n: float = 0.0, **cells: float) -> LoadCellBank:
    return LoadCellBank(replace(LoadCells(noise=0.0), **cells), FULL_SCALE_N, 1, preload_n)


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
