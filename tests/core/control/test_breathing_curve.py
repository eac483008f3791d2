"""The curve of breathing over charge: learnt, kept, widened, dropped."""

from collections.abc import Callable

import pytest
from fixture.core.control.breathing_curve import BINS, Shape

from fixture.core.control import breathing_curve
from fixture.core.control.friction import Friction
from fixture.core.measurement.lagged_current import Current
from tests.core.bench import END, config

CONFIG = config((END,))
CONTROL = CONFIG.control
AMPERE = 1e-3
WINDOW_C = AMPERE * CONTROL.window_s
FULL_C = 2.5  # of a half cycle; 32 bins of 0.1 C hold it
STEP_C = 1.2 + WINDOW_C  # where bin 12 begins, the first window being bin 0's beginning
NAN = float("nan")
Curve = Callable[[float, int], float]


class Cycled:
    """A cell that is charged and discharged in full, in a press that stands still."""

    def __init__(self, curve: Curve, bin_c: float = 0.1, thick: bool = True) -> None:
        self.curve = curve
        self.thick = thick
        self.shape = Shape(bin_c)
        self.charge_c = 0.0
        self.off = 0.0  # mean square of coefficient foretold minus true, of the last half cycle
        self.drops = 0

    def half(self, sign: int, breathing: float, end_c: float, seen: bool = True) -> float:
        """To a charge; the coefficient is followed as well as a filter of 20 windows can."""
        windows, squares = 0, 0.0
        while sign * self.charge_c < sign * end_c:
            self.charge_c += sign * WINDOW_C
            true = self.curve(self.charge_c, sign)
            current = Current(sign * AMPERE, sign * AMPERE, 0.0, self.charge_c)
            change = true * sign * WINDOW_C if seen else NAN
            self.shape, breathing, dropped = breathing_curve.follow(
                CONFIG, self.shape, current, change, sign * WINDOW_C, breathing, self.thick
            )
            self.drops += dropped
            squares += (breathing - true) ** 2
            windows += 1
            breathing += 0.05 * (true - breathing)
        self.off = squares / windows
        return breathing

    def cycle(self, times: int, breathing: float = 0.2) -> float:
        """Up and down again."""
        for _ in range(times):
            breathing = self.half(1, breathing, FULL_C)
            breathing = self.half(-1, breathing, 0.0)
        return breathing


def stepped(charge_c: float, sign: int) -> float:
    """A phase change on charge, and another curve on the way back."""
    if sign > 0:
        return 0.1 if charge_c < STEP_C else 0.4
    return 0.3


def test_an_untaught_table_changes_nothing():
    fresh = breathing_curve.start(CONFIG)
    current = Current(AMPERE, AMPERE, 0.0, 0.01)
    for _ in range(10):
        fresh, breathing, dropped = breathing_curve.follow(
            CONFIG, fresh, current, 1e-4, WINDOW_C, 0.2, True
        )
        assert (breathing, dropped) == (0.2, False)


@pytest.mark.parametrize(("part", "thick"), [(0.9, True), (1.1, False)])
def test_bins_that_change_the_pressure_by_less_than_slips_do_tell_nothing(part: float, thick: bool):
    fresh = breathing_curve.start(CONFIG)
    grown_um = CONFIG.nominal.breathing_um_per_c * fresh.bin_c
    slip_um = part * grown_um / breathing_curve.SHOWS
    assert (
        breathing_curve.is_thick(CONFIG, fresh, Friction(0.1, 0.1 * slip_um, slip_um, slip_um))
        == thick
    )


def test_from_the_second_cycle_on_the_curve_is_foretold():
    cell = Cycled(stepped)
    breathing = cell.half(1, 0.2, FULL_C)
    first = cell.off
    breathing = cell.half(-1, breathing, 0.0)
    cell.half(1, breathing, FULL_C)
    assert cell.off < 0.15 * first


def test_charge_and_discharge_have_tables_of_their_own():
    cell = Cycled(stepped)
    cell.cycle(2)
    assert cell.shape.rising[5] == pytest.approx(0.1)
    assert cell.shape.rising[20] == pytest.approx(0.4)
    assert cell.shape.falling[10] == pytest.approx(0.3)


def test_bins_widen_until_the_charge_is_inside_and_keep_what_they_know():
    cell = Cycled(stepped, bin_c=0.02)
    cell.cycle(3)
    assert cell.shape.bin_c == pytest.approx(0.08)
    place = int((0.6 - cell.shape.low_c) / cell.shape.bin_c)
    assert cell.shape.rising[place] == pytest.approx(0.1)


def test_bins_that_tell_nothing_yet_widen_all_the_same_until_they_do():
    thin = Cycled(stepped, bin_c=0.02, thick=False)
    thin.cycle(2)
    assert thin.shape.bin_c == pytest.approx(0.08)
    assert sum(thin.shape.rising_passes) == 0
    assert thin.shape.judged == 0


def test_a_cell_that_is_discharged_first_is_anchored_at_the_top():
    cell = Cycled(lambda charge_c, sign: 0.2)
    cell.half(-1, 0.2, -FULL_C)
    assert cell.shape.low_c == pytest.approx(-BINS * 0.1, abs=0.01)
    assert sum(cell.shape.falling_passes) >= 20


def test_the_bins_move_with_the_lowest_charge_of_a_cell_that_loses_some_each_time():
    cell = Cycled(stepped)
    breathing = cell.cycle(2)
    for lost in range(1, 6):
        breathing = cell.half(1, breathing, FULL_C + 0.05 * lost)
        breathing = cell.half(-1, breathing, 0.05 * lost)
    cell.half(1, breathing, FULL_C)
    assert cell.shape.low_c == pytest.approx(0.25, abs=0.02)


def test_while_the_press_moves_nothing_is_learnt():
    cell = Cycled(stepped)
    cell.half(1, 0.2, FULL_C, seen=False)
    assert sum(cell.shape.rising_passes) == 0


def test_a_reversal_before_the_thickness_follows_teaches_nothing():
    taught = breathing_curve.follow(
        CONFIG,
        Shape(0.1, sign=1, place=0),
        Current(AMPERE, 0.1 * AMPERE, 0.0, 0.01),
        1e-3,
        1e-3,
        0.2,
        True,
    )[0]
    assert taught.sum_c == 0.0


def test_tables_that_foretell_worse_than_a_mean_are_dropped_once():
    flips = [1.0]

    def fickle(charge_c: float, sign: int) -> float:
        return 0.2 + flips[0] * (0.15 if int(charge_c / 0.1) % 2 else -0.15)

    cell = Cycled(fickle)
    breathing = 0.2
    for turn in range(6):
        flips[0] = -flips[0]
        breathing = cell.half(1 if turn % 2 == 0 else -1, breathing, FULL_C if turn % 2 == 0 else 0)
        flips[0] = -flips[0] if turn % 2 else flips[0]
    assert cell.drops >= 1
    assert sum(cell.shape.rising_passes) < BINS * 4
