"""A load cell that does not go with the others is noticed, and so is a force that swings."""

import random
from collections.abc import Callable

import msgspec
import pytest

from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import load_cells
from fixture.core.safety.plausibility.load_cells import Cells
from fixture.core.safety.plausibility.standing import SEEN
from tests.core.bench import END, config

CONFIG = config((END,))
FORCE_N = 1200.0
SHARES = (0.36, 0.34, 0.30)
Reading = Callable[[float, list[float]], list[float]]  # seconds, N of each


def watched(reading: Reading, seconds: float, force_n: float = FORCE_N) -> tuple[int, float]:
    """The load cell that is doubted, and when; -1: none."""
    draw, cells = random.Random(1), Cells()
    for window in range(round(2 * seconds)):
        forces = [share * force_n + draw.gauss(0.0, 0.2) for share in SHARES]
        forces = reading(0.5 * window, forces)
        counts = tuple([round(10.0 * force) for force in forces])
        known = Known(mean_mpa=sum(forces) / CONFIG.area_mm2, windows=window + 1)
        cells = load_cells.follow(
            CONFIG, cells, known, counts, window * 500_000_000, True, 0.0, 0.0
        )
        if cells.odd >= 0:
            return cells.odd, 0.5 * window
    return -1, seconds


def test_load_cells_that_agree_are_not_doubted():
    assert watched(lambda seconds, forces: forces, 3600.0)[0] == -1


@pytest.mark.parametrize(("newton_per_s", "within_s"), [(-0.5, 240.0), (-5.0, 90.0), (5.0, 90.0)])
def test_one_that_drifts_is_named(newton_per_s: float, within_s: float):
    def reading(seconds: float, forces: list[float]) -> list[float]:
        return [forces[0], forces[1] + newton_per_s * max(0.0, seconds - 60.0), forces[2]]

    odd, after_s = watched(reading, 600.0)
    assert (odd, after_s < within_s) == (1, True)


def test_one_that_loses_a_tenth_of_its_gain_is_named():
    def reading(seconds: float, forces: list[float]) -> list[float]:
        return [forces[0] * (0.9 if seconds > 60.0 else 1.0), *forces[1:]]

    odd, after_s = watched(reading, 200.0)
    assert (odd, after_s < 90.0) == (0, True)


def test_one_that_is_frozen_while_the_others_move_is_named():
    def reading(seconds: float, forces: list[float]) -> list[float]:
        return [forces[0] + 0.02 * seconds, forces[1] + 0.02 * seconds, 360.0]

    odd, after_s = watched(reading, 200.0)
    assert (odd, after_s <= 70.0) == (2, True)


@pytest.mark.parametrize("force_n", [100.0, 400.0])
def test_one_with_crossed_wires_is_named_at_touch_off(force_n: float):
    def reading(seconds: float, forces: list[float]) -> list[float]:
        return [-forces[0], *forces[1:]]

    assert watched(reading, 5.0, force_n) == (0, 0.0)


def test_one_that_bears_nothing_is_named():
    assert watched(lambda seconds, forces: [*forces[:2], 0.0], 5.0, 500.0) == (2, 0.0)


def test_a_single_load_cell_has_nothing_to_be_compared_with():
    cells = load_cells.follow(CONFIG, Cells(), Known(mean_mpa=1.0), (-500,), 0, True, 0.0, 0.0)
    assert cells == Cells()


@pytest.mark.parametrize(("rms", "swings"), [(0.02, False), (0.06, True)])
def test_a_force_that_swings_within_each_window_is_noticed(rms: float, swings: bool):
    cells = Cells()
    for window in range(load_cells.SWINGING):
        known = Known(mean_mpa=15.0, spread_mpa2=(rms * 15.0) ** 2, windows=window + 1)
        cells = load_cells.follow(CONFIG, cells, known, (4000,) * 3, window, True, 0.0, 0.0)
    assert load_cells.swings(cells) is swings


def test_a_force_that_the_travel_explains_does_not_swing():
    known = Known(mean_mpa=1.0, spread_mpa2=0.1**2)
    assert load_cells.follow(CONFIG, Cells(), known, (1,) * 3, 0, True, 0.2, 0.0).swinging == 0


def test_noise_that_is_declared_does_not_swing():
    nominal = msgspec.structs.replace(CONFIG.nominal, noise_mpa=0.1)
    table = msgspec.structs.replace(CONFIG, nominal=nominal)
    known = Known(mean_mpa=1.0, spread_mpa2=0.3**2)
    assert load_cells.follow(table, Cells(), known, (1,) * 3, 0, True, 0.0, 0.0).swinging == 0


def test_noise_that_the_load_cells_had_from_the_beginning_does_not_swing():
    known = Known(mean_mpa=1.0, spread_mpa2=0.3**2)
    assert load_cells.follow(CONFIG, Cells(), known, (1,) * 3, 0, True, 0.0, 0.1**2).swinging == 0
    assert load_cells.follow(CONFIG, Cells(), known, (1,) * 3, 0, True, 0.0, 0.03**2).swinging == 1


# -- stands of an approach ------------------------------------------------------------------------


def approach(
    reading: Reading,
    *,
    rms_n: float = 0.0,
    moves_um: float = 2.0,
    stroke_n: float = 500.0,
) -> tuple[int, float]:
    """The load cell that is doubted in an approach in strokes, with stands of 3 s; and the force.

    A seat beds in meanwhile: the shares move with the force, and not while the press stands.
    """
    draw, cells = random.Random(1), Cells()
    force_n, position_um = 500.0, 0.0
    for window in range(84):
        if window % 12 < 6 and window >= 12:
            force_n += stroke_n / 6.0
            position_um += moves_um
        tilt = 2e-5 * force_n
        shares = (SHARES[0] + tilt, SHARES[1] - tilt, SHARES[2])
        forces = [share * force_n + draw.gauss(0.0, rms_n) for share in shares]
        forces = reading(0.5 * window, forces)
        known = Known(
            mean_mpa=sum(forces) / CONFIG.area_mm2,
            spread_mpa2=3.0 * (rms_n / CONFIG.area_mm2) ** 2,
            windows=window + 1,
            position_um=position_um,
        )
        counts = tuple([round(10.0 * force) for force in forces])
        cells = load_cells.follow(
            CONFIG, cells, known, counts, window * 500_000_000, False, 0.0, 0.0
        )
        if cells.odd >= 0:
            return cells.odd, sum(forces)
    return -1, force_n


def drifts(cell: int, newton_per_s: float) -> Reading:
    """One load cell drifts from the beginning."""

    def reading(seconds: float, forces: list[float]) -> list[float]:
        lies = [newton_per_s * seconds if cell == one else 0.0 for one in range(len(forces))]
        return [force + lie for force, lie in zip(forces, lies, strict=True)]

    return reading


@pytest.mark.parametrize(("cell", "newton_per_s"), [(0, -5.0), (1, -5.0), (2, 5.0), (1, -2.0)])
def test_one_that_drifts_on_the_way_is_named_while_the_press_stands(cell: int, newton_per_s: float):
    assert approach(drifts(cell, newton_per_s))[0] == cell


def test_a_seat_that_beds_in_is_no_doubt():
    assert approach(lambda seconds, forces: forces)[0] == -1


def test_all_that_drift_together_keep_their_shares():
    def reading(seconds: float, forces: list[float]) -> list[float]:
        return [force * (1.0 - 0.004 * seconds) for force in forces]

    assert approach(reading)[0] == -1


def test_stands_are_judged_by_the_noise_within_them():
    assert approach(drifts(0, -2.0), rms_n=10.0)[0] == -1


def test_shares_are_not_compared_while_the_press_moves():
    assert approach(drifts(0, -5.0), moves_um=0.11)[0] == 0
    cells = Cells()
    for window in range(40):
        known = Known(mean_mpa=15.0, windows=window + 1, position_um=0.11 * window)
        counts = (4000 - 20 * window, 4000, 4000)
        cells = load_cells.follow(CONFIG, cells, known, counts, window, False, 0.0, 0.0)
    assert (cells.odd, cells.stood.windows) == (-1, 0)


def test_the_stands_end_when_the_setpoint_is_reached():
    assert approach(drifts(0, -2.0), stroke_n=0.0)[0] == 0
    known = Known(mean_mpa=15.0, windows=2)
    before = Cells(forces_n=(400.0,) * 3, stood=load_cells.Stood((9.0, 0.0, -9.0), 9))
    after = load_cells.follow(CONFIG, before, known, (4000,) * 3, 0, True, 0.0, 0.0)
    assert after.stood == load_cells.Stood()


# -- each number of it, exactly -------------------------------------------------------------------

SCALE_N = CONFIG.load_cells.newton_per_count[0]
LIMIT_N = CONFIG.load_cells.limit_counts[0] * SCALE_N
NOISE_N = CONFIG.nominal.noise_mpa * CONFIG.area_mm2


def stand(*forces: tuple[float, float, float], spreads: tuple[float, ...] = ()) -> Cells:
    """One window after the other, N, while the press stands."""
    cells = Cells()
    for window, each in enumerate(forces):
        spread_mpa2 = spreads[window] if spreads else 0.0
        known = Known(mean_mpa=15.0, windows=window + 1, spread_mpa2=spread_mpa2)
        counts = tuple([round(one / SCALE_N) for one in each])
        cells = load_cells.follow(CONFIG, cells, known, counts, window, False, 0.0, 0.0)
    return cells


def test_what_each_gains_beyond_its_share_is_summed():
    seen = stand((400.0, 400.0, 400.0), (404.0, 400.0, 396.0), (405.0, 400.0, 395.0))
    assert seen.stood.gained_n == pytest.approx((5.0, 0.0, -5.0))
    assert seen.stood.windows == 2
    grown = stand((400.0, 400.0, 400.0), (440.0, 440.0, 440.0))
    assert grown.stood.gained_n == pytest.approx((0.0, 0.0, 0.0))


def test_without_force_there_is_no_share():
    assert stand((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)).stood == load_cells.Stood()


def test_the_noise_of_the_stands_is_the_mean_of_their_windows():
    seen = stand(*[(400.0, 400.0, 400.0)] * 4, spreads=(9.0, 1.0, 3.0, 5.0))
    assert (seen.stood.windows, seen.stood.noise_mpa2) == (3, pytest.approx(3.0))


@pytest.mark.parametrize("noise", [0.0, 10.0])
@pytest.mark.parametrize("cell", [0, 2])
def test_so_much_apart_is_allowed_and_no_more(noise: float, cell: int):
    noise_n = max(1.0, noise) * NOISE_N
    allowed_n = load_cells.STOOD * FORCE_N + load_cells.STOOD_NOISE * noise_n
    allowed_n += load_cells.SHARE_LEAST * LIMIT_N
    noise_mpa2 = (noise * CONFIG.nominal.noise_mpa) ** 2

    def odd(gained_n: float) -> int:
        gained = tuple([gained_n if one == cell else 0.5 * gained_n for one in range(3)])
        stood = load_cells.Stood(gained, SEEN, noise_mpa2)
        return load_cells.gone_apart(CONFIG, stood, FORCE_N)

    assert [odd(share * allowed_n) for share in (0.999, 1.001, -0.999, -1.001)] == [
        -1, cell, -1, cell
    ]  # fmt: skip


def test_the_one_that_went_furthest_is_named():
    stood = load_cells.Stood((-60.0, 90.0, -70.0), SEEN)
    assert load_cells.gone_apart(CONFIG, stood, FORCE_N) == 1


@pytest.mark.parametrize("cell", [0, 2])
def test_a_share_may_move_so_far_and_no_further(cell: int):
    def odd(moved: float) -> int:
        now = tuple([one + (moved if number == cell else 0.0) for number, one in enumerate(SHARES)])
        return load_cells.share_moved(CONFIG, SHARES, now, FORCE_N)

    most = load_cells.SHARE
    assert [odd(share * most) for share in (0.999, 1.001, -1.001)] == [-1, cell, cell]
    assert load_cells.share_moved(CONFIG, SHARES, (0.3, 0.34, 0.36), 100.0) == -1  # of its limit


def test_small_load_cells_are_judged_as_large_ones():
    cells = msgspec.structs.replace(CONFIG.load_cells, limit_counts=(100, 100, 100))
    small = msgspec.structs.replace(CONFIG, load_cells=cells)
    assert load_cells.share_moved(small, SHARES, (0.36, 0.32, 0.32), 20.0) == 1
    quiet = msgspec.structs.replace(small.nominal, noise_mpa=1e-6)
    small = msgspec.structs.replace(small, nominal=quiet)
    stood = load_cells.Stood((0.0, 0.3, -0.3), SEEN)
    assert load_cells.gone_apart(small, stood, 20.0) == 1
