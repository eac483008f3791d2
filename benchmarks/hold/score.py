"""What a run is worth: errors, slips and travel over the hold, and the way to the setpoint.

The hold is scored from the first row of cycling on; in a programme of pressures alone, from
`SETTLE_S` after the last setpoint was set. A slip is what one slip of the press truly moves,
δ(1 - ρ) for landings short by ρ, or one step of the drive where that is more; in MPa, times the
stack's tangent stiffness at the setpoint. Ideal is the disturbance's total variation in slips.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.hold.coupling import Run
from benchmarks.hold.rivals import first_cycling
from fixture.core.config import Config
from fixture.hold import SETTLE_S
from fixture.twin.parameters import Parameters
from fixture.twin.stack import tangent_n_per_um

SAWTOOTH = 1.0 / math.sqrt(12.0)
INSIDE = 0.5  # %: what counts as settled
SOON_S = 300.0  # after settling: until then a peak is the approach's

Floats = NDArray[np.float64]


class Score(NamedTuple):
    """Figures of one run; errors in % of the setpoint, `_slip` in slips of the press."""

    rms: float  # against the load cell
    peak: float
    true_rms: float
    true_peak: float
    rms_slip: float
    peak_slip: float
    true_rms_slip: float
    true_peak_slip: float
    rms_bound: float  # rms in the best sawtooth of these slips
    slips: float
    slips_ratio: float  # slips by the ideal; NaN without friction
    travel_um: float  # of the drive
    travel_ratio: float  # by the disturbance's total variation
    settle_s: float  # from the last change of setpoint until inside for good
    overshoot: float  # beyond the setpoint, true
    overshoot_slip: float
    lowest_mpa: float
    hours: float
    trip: int
    us_a_tick: float


def score(run: Run, config: Config, parameters: Parameters, smooth_s: float) -> Score:
    """Judge a run. A run that tripped or never came to its hold is infinitely bad."""
    last = run.marks[-1].setpoint_mpa
    begun = _begun(run)
    held = _held(run, config, begun)
    slip_um = slip_of(parameters)
    slip = 100.0 * slip_um * _tangent_mpa_per_um(parameters, last) / last
    settle_s, overshoot = _approach(run, begun, last)
    if run.trip or len(run.true_mpa) - held < 2:
        return _hopeless(run, settle_s)
    rms, peak = _error(run.measured_mpa[held:], last)
    true_rms, true_peak = _error(run.true_mpa[held:], last)
    varied_um = _variation(run.grown_um[held:].astype(float), smooth_s / run.tick_s)
    slips = run.slips[-1] - _slips_at(run, held)
    travel_um = float(np.sum(np.abs(np.diff(run.drive_um[held:].astype(float)))))
    slipping = parameters.press.slip_um > 0.0
    return Score(
        rms,
        peak,
        true_rms,
        true_peak,
        rms / slip,
        peak / slip,
        true_rms / slip,
        true_peak / slip,
        rms / slip / SAWTOOTH,
        float(slips),
        slips * slip_um / varied_um if slipping else math.nan,
        travel_um,
        travel_um / varied_um,
        settle_s,
        overshoot,
        overshoot / slip,
        float(np.min(run.true_mpa[held:])),
        (len(run.true_mpa) - held) * run.tick_s / 3600.0,
        0,
        run.us_a_tick,
    )


def slip_of(parameters: Parameters) -> float:
    """What one move of the press's output is at least, µm."""
    press = parameters.press
    return max(press.slip_um * (1.0 - press.landing), parameters.bench.step_um * press.lead)


def _tangent_mpa_per_um(parameters: Parameters, pressure_mpa: float) -> float:
    area_mm2 = parameters.bench.area_mm2
    return tangent_n_per_um(parameters.stack, pressure_mpa * area_mm2) / area_mm2


def _begun(run: Run) -> int:
    """Tick of the last change of the setpoint."""
    last = run.marks[-1].setpoint_mpa
    begun = len(run.marks) - 1
    while begun and run.marks[begun - 1].setpoint_mpa == last:
        begun -= 1
    return run.marks[begun].tick


def _held(run: Run, config: Config, begun: int) -> int:
    cycling = first_cycling(config)
    for mark in run.marks:
        if mark.row >= cycling:
            return mark.tick
    return begun + round(SETTLE_S / run.tick_s)


def _slips_at(run: Run, tick: int) -> int:
    at = [slips for mark, slips in zip(run.marks, run.slips, strict=False) if mark.tick <= tick]
    return at[-1]


def _error(pressure_mpa: NDArray[np.float32], setpoint_mpa: float) -> tuple[float, float]:
    percent: Floats = 100.0 * (pressure_mpa.astype(float) / setpoint_mpa - 1.0)
    return float(np.sqrt(np.mean(percent * percent))), float(np.max(np.abs(percent)))


def _variation(grown_um: Floats, block: float) -> float:
    """Total variation, of means over `block` ticks where that is more than one."""
    ticks = round(block)
    if ticks > 1:
        whole = len(grown_um) // ticks * ticks
        grown_um = grown_um[:whole].reshape(-1, ticks).mean(axis=1)
    return float(np.sum(np.abs(np.diff(grown_um))))


def _approach(run: Run, begun: int, setpoint_mpa: float) -> tuple[float, float]:
    """Seconds until inside for good, and the peak beyond the setpoint, %, until soon after."""
    percent: Floats = 100.0 * (run.true_mpa[begun:].astype(float) / setpoint_mpa - 1.0)
    if percent[0] > 0.0:
        percent = -percent
    outside = np.flatnonzero(np.abs(percent) > INSIDE)
    inside = int(outside[-1]) + 1 if len(outside) else 0
    settle_s = inside * run.tick_s if inside < len(percent) else math.inf
    first = int(np.argmax(np.abs(percent) <= INSIDE))
    soon = percent[: first + round(SOON_S / run.tick_s)]
    return settle_s, max(float(np.max(soon)), 0.0)


def _hopeless(run: Run, settle_s: float) -> Score:
    worst = dict.fromkeys(Score._fields, math.inf)
    told = {"settle_s": settle_s, "trip": run.trip, "us_a_tick": run.us_a_tick, "lowest_mpa": 0.0}
    return Score(**worst | told)  # pyright: ignore[reportArgumentType]
