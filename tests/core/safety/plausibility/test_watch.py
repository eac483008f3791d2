"""The watch judges readings, never the zeros that stand where none has arrived."""

import msgspec
import pytest

from fixture.core.config import Config
from fixture.core.measurement.lagged_current import Current
from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import load_cells, residual, watch
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.load_cells import Cells
from fixture.core.safety.plausibility.press import Followed
from fixture.core.safety.plausibility.push import Push
from fixture.core.safety.plausibility.residual import Residual, Side
from fixture.core.safety.plausibility.watch import Doubt, Plausibility
from fixture.core.sequence.state import SequenceState
from fixture.core.types import NEW_FORCE, Phase, Request, Sample
from tests.core.bench import END, config
from tests.core.safety.plausibility.courses import K
from tests.core.samples import NAN

COUNTS = (4200, 4000, 3800)
WINDOW_TICKS, WINDOW_NS = 5, 500_000_000
HOLDING = SequenceState(step=0, phase=int(Phase.RUNNING), setpoint_mpa=15.0, holding=True)


def zeroed(*zeros: float) -> Config:
    """The bench with these calibration zeros."""
    found = config((END,))
    cells = msgspec.structs.replace(found.load_cells, zero_counts=zeros)
    return msgspec.structs.replace(found, load_cells=cells)


def watched(config_: Config, windows: int, *, lost_last: bool) -> Plausibility:
    """Windows of a hold; `lost_last`: the reading at the last tick of each did not arrive."""
    seen = Plausibility()
    raw = tuple(
        count + round(zero)
        for count, zero in zip(COUNTS, config_.load_cells.zero_counts, strict=True)
    )
    for tick in range(WINDOW_TICKS * windows):
        lost = lost_last and tick % WINDOW_TICKS == WINDOW_TICKS - 1
        t_ns = tick * WINDOW_NS // WINDOW_TICKS
        known = Known(mean_mpa=15.0, position_um=120.0, windows=(tick + 1) // WINDOW_TICKS)
        counts = (0, 0, 0) if lost else raw
        flags = 0 if lost else NEW_FORCE
        sample = Sample(tick, t_ns, flags, 0, 0, 0, counts, 0, 0.0, 0.0, 25.0)
        friction = Friction(0.5, 1.0, 0.0)
        seen = watch.follow(config_, seen, known, Current(), HOLDING, sample, friction)
    return seen


@pytest.mark.parametrize("lost_last", [False, True])
def test_shares_are_averaged_although_the_last_reading_of_each_window_is_lost(lost_last: bool):
    cells = watched(zeroed(0.0, 0.0, 0.0), 30, lost_last=lost_last).cells
    assert cells.windows >= 29.0
    assert cells.shares == pytest.approx([count / sum(COUNTS) for count in COUNTS])


def test_a_lost_reading_is_no_idle_load_cell_where_the_zeros_differ():
    assert watched(zeroed(-30_000.0, 0.0, 0.0), 30, lost_last=True).doubt == Doubt.NONE


ODD, ASTRAY = Cells(odd=0), Followed(astray=True)
MISSING = Residual(inward=Side(sum_um=9.0), threshold_um=8.0)
SWINGS = Cells(swinging=load_cells.SWINGING)


@pytest.mark.parametrize(
    ("seen", "doubt"),
    [
        (Plausibility(), Doubt.NONE),
        (Plausibility(cells=SWINGS), Doubt.SWINGS),
        (Plausibility(residual=MISSING, cells=SWINGS), Doubt.FORCE),
        (Plausibility(residual=MISSING, followed=ASTRAY), Doubt.PRESS),
        (Plausibility(followed=ASTRAY, cells=ODD), Doubt.LOAD_CELL),
    ],
)
def test_the_most_telling_doubt_is_told(seen: Plausibility, doubt: Doubt):
    assert watch.doubt_of(seen) == doubt


def test_a_press_that_is_commanded_by_force_is_held_against_its_gauge():
    table = zeroed(0.0, 0.0, 0.0)
    told = msgspec.structs.replace(
        table, press=msgspec.structs.replace(table.press, commands_force=True)
    )
    by_gauge, by_position = watched(told, 4, lost_last=False), watched(table, 4, lost_last=False)
    assert by_gauge.push != Push()
    assert by_gauge.residual == Residual()
    assert by_position.push == Push()
    assert by_position.residual != Residual()


def begun(*spreads_mpa2: float) -> Plausibility:
    """The first windows of a run, whose readings scatter by so much."""
    seen, table = Plausibility(), zeroed(0.0, 0.0, 0.0)
    for window, spread_mpa2 in enumerate(spreads_mpa2, 1):
        known = Known(mean_mpa=15.0, windows=window, spread_mpa2=spread_mpa2)
        t_ns = window * WINDOW_NS
        sample = Sample(window, t_ns, NEW_FORCE, 0, 0, 0, COUNTS, 0, 0.0, 0.0, 25.0)
        friction = Friction(0.5, 1.0, 0.0)
        seen = watch.follow(table, seen, known, Current(), HOLDING, sample, friction)
    return seen


@pytest.mark.parametrize(
    ("spreads_mpa2", "quiet_mpa2"),
    [
        ((3.0,), 3.0),
        ((NAN, 3.0, 2.0, 4.0), 2.0),
        ((4.0,) * watch.BEGINS + (1.0,), 4.0),
        ((4.0,) * (watch.BEGINS - 1) + (1.0,), 1.0),
    ],
)
def test_noise_is_that_of_the_quietest_of_the_first_windows(
    spreads_mpa2: tuple[float, ...], quiet_mpa2: float
):
    assert begun(*spreads_mpa2).quiet_mpa2 == quiet_mpa2


def test_noise_outlives_a_tare():
    tare = Sample(9, 9, 0, 0, 0, 0, COUNTS, 0, 0.0, 0.0, 25.0, request=int(Request.TARE))
    table, friction = zeroed(0.0, 0.0, 0.0), Friction(0.5, 1.0, 0.0)
    seen = watch.follow(table, begun(3.0), Known(windows=1), Current(), HOLDING, tare, friction)
    assert (seen.window, seen.quiet_mpa2, seen.cells) == (1, 3.0, Cells())


def test_what_is_hidden_counts_the_noise_of_the_beginning():
    quiet, noisy = begun(0.0), begun(0.25)
    more_um = noisy.residual.threshold_um - quiet.residual.threshold_um
    assert more_um == pytest.approx(residual.DEVIATIONS * 0.5 / K)
