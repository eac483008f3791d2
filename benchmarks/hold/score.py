"""What a run is worth: errors, slips and travel over the hold, and the way to the setpoint.

Where a sequence cycles, the hold is scored from its first cycling row on, or from a time that is
given; where the way to a setpoint is judged, from `REST_S` after it was first inside. A slip is
what one slip of the press truly moves, δ(1 - ρ) for landings short by ρ, or one step of the drive
where that is more; in MPa, times the stack's tangent stiffness at the setpoint. Ideal is the
disturbance's total variation in slips.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.hold.coupling import Run
from benchmarks.hold.rivals import first_cycling
from fixture.core.config import Config
from fixture.twin.parameters import Parameters
from fixture.twin.stack import tangent_n_per_um

SAWTOOTH = 1.0 / math.sqrt(12.0)
INSIDE = 0.5  # %: what counts as inside
REST_S = 60.0  # from there on the approach is over, and it is held
SOON_S = 300.0  # after it was inside: until then a peak is the approach's

Floats = NDArray[np.float64]


class Score(NamedTuple):
    """Figures of one run; errors in % of the setpoint, `_slip` in slips of the press."""

    rms: float  # against the load cell, compensated where that is on
    peak: float
    true_rms: float
    true_peak: float
    true_above: float  # true rms less that against the load cell
    rms_slip: float
    peak_slip: float
    true_rms_slip: float
    true_peak_slip: float
    rms_bound: float  # rms in the best sawtooth of these slips
    slips: float
    slips_ratio: float  # slips by the ideal; NaN without friction
    travel_um: float  # of the drive
    travel_ratio: float  # by the disturbance's total variation
    settle_s: float  # from the change of the setpoint until inside for good, true; the longest
    overshoot: float  # beyond a setpoint, true; the largest
    overshoot_slip: float
    lowest_mpa: float
    after_hour_mpa: float  # true, an hour after the last row began; NaN: it took less
    foretold: float  # breathing by its curve, rms of its error in % of the swing; NaN: none
    hours: float
    trip: int
    us_a_tick: float


class Judging(NamedTuple):
    """How a scenario is scored; see the fields of the same names in its table."""

    approach: int = 0
    smooth_s: float = 0.0
    from_s: float = math.nan  # NaN: from the first cycling row


class Stretch(NamedTuple):
    """A setpoint and the ticks for which it stood."""

    start: int
    end: int
    setpoint_mpa: float


class Reached(NamedTuple):
    """How a setpoint was reached; errors in %."""

    inside: int  # first tick inside
    settle_s: float
    overshoot: float


def score(run: Run, config: Config, parameters: Parameters, judging: Judging) -> Score:
    """Judge a run. A run that tripped or never came to its hold is infinitely bad."""
    stretches = _stretches(run)[-max(judging.approach, 1) :]
    reached = [_reached(run, stretch) for stretch in stretches]
    held = _held(run, config, judging, stretches, reached)
    if run.trip or min(part.end - part.start for part in held) < 2:
        return _hopeless(run)
    last = held[-1].setpoint_mpa
    slip_um = slip_of(parameters)
    slip = 100.0 * slip_um * _tangent_mpa_per_um(parameters, last) / last
    rms, peak = _error(run.measured_mpa, held)
    true_rms, true_peak = _error(run.true_mpa, held)
    varied_um = sum(_variation(_of(run.grown_um, p), judging.smooth_s / run.tick_s) for p in held)
    travel_um = sum(_variation(_of(run.drive_um, part), 0.0) for part in held)
    slips = sum(_slips(run, part) for part in held)
    overshoot = max(one.overshoot for one in reached)
    return Score(
        rms,
        peak,
        true_rms,
        true_peak,
        true_rms - rms,
        rms / slip,
        peak / slip,
        true_rms / slip,
        true_peak / slip,
        rms / slip / SAWTOOTH,
        float(slips),
        _ratio(slips * slip_um, varied_um) if parameters.press.slip_um > 0.0 else math.nan,
        travel_um,
        _ratio(travel_um, varied_um),
        max(one.settle_s for one in reached),
        overshoot,
        overshoot / slip,
        min(float(np.min(_of(run.true_mpa, part))) for part in held),
        _after_hour_mpa(run),
        _predicted_error(run, parameters, held[-1]),
        sum(part.end - part.start for part in held) * run.tick_s / 3600.0,
        0,
        run.us_a_tick,
    )


def shown_from(run: Run, config: Config, judging: Judging) -> int:
    """The tick from which a run is worth drawing."""
    stretches = _stretches(run)[-max(judging.approach, 1) :]
    if judging.approach:
        return stretches[0].start
    return min(_held(run, config, judging, stretches, ())[0].start, len(run.true_mpa) - 1)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else math.nan


def slip_of(parameters: Parameters) -> float:
    """What one move of the press's output is at least, µm."""
    press = parameters.press
    return max(press.slip_um * (1.0 - press.landing), parameters.bench.step_um * press.lead)


def _tangent_mpa_per_um(parameters: Parameters, pressure_mpa: float) -> float:
    area_mm2 = parameters.bench.area_mm2
    return tangent_n_per_um(parameters.stack, pressure_mpa * area_mm2) / area_mm2


def _stretches(run: Run) -> list[Stretch]:
    """The setpoints in turn."""
    starts = [
        mark
        for mark, before in zip(run.marks, (None, *run.marks), strict=False)
        if before is None or mark.setpoint_mpa != before.setpoint_mpa
    ]
    ends = [mark.tick for mark in starts[1:]] + [len(run.true_mpa)]
    return [Stretch(m.tick, end, m.setpoint_mpa) for m, end in zip(starts, ends, strict=True)]


def _held(
    run: Run,
    config: Config,
    judging: Judging,
    stretches: Sequence[Stretch],
    reached: Sequence[Reached],
) -> list[Stretch]:
    """What is scored as held."""
    if judging.approach:
        rest = round(REST_S / run.tick_s)
        return [s._replace(start=c.inside + rest) for s, c in zip(stretches, reached, strict=True)]
    if not math.isnan(judging.from_s):
        return [stretches[-1]._replace(start=round(judging.from_s / run.tick_s))]
    cycling = first_cycling(config)
    starts = [mark.tick for mark in run.marks if mark.row >= cycling]
    return [stretches[-1]._replace(start=starts[0] if starts else len(run.true_mpa))]


def _of(column: NDArray[np.float32], part: Stretch) -> Floats:
    return column[part.start : part.end].astype(float)


def _slips(run: Run, part: Stretch) -> int:
    slips = run.slips[part.start : part.end]
    return int(slips[-1] - slips[0])


def _error(pressure_mpa: NDArray[np.float32], held: Sequence[Stretch]) -> tuple[float, float]:
    """Root mean square and largest, %."""
    percent = np.concatenate([_percent(pressure_mpa, part) for part in held])
    return float(np.sqrt(np.mean(percent * percent))), float(np.max(np.abs(percent)))


def _percent(pressure_mpa: NDArray[np.float32], part: Stretch) -> Floats:
    return 100.0 * (_of(pressure_mpa, part) / part.setpoint_mpa - 1.0)


def _variation(values: Floats, block: float) -> float:
    """Total variation, of means over `block` ticks where that is more than one."""
    ticks = round(block)
    if ticks > 1:
        whole = len(values) // ticks * ticks
        values = values[:whole].reshape(-1, ticks).mean(axis=1)
    return float(np.sum(np.abs(np.diff(values))))


def _after_hour_mpa(run: Run) -> float:
    tick = run.marks[-1].tick + round(3600.0 / run.tick_s)
    return float(run.true_mpa[tick]) if tick < len(run.true_mpa) else math.nan


def _predicted_error(run: Run, parameters: Parameters, part: Stretch) -> float:
    """Thickness by the curve of earlier cycles, from the charge alone, cycle by cycle."""
    trace = parameters.trace
    if trace is None or not run.foreseen[part.start : part.end].any():
        return math.nan
    predicted_um = np.cumsum(_of(run.foreseen, part)) * run.tick_s
    true_um = _of(run.breathing_um, part)
    off_um = predicted_um - true_um
    current_a = np.array(trace.current_a)
    begins = np.flatnonzero((current_a[1:] > 0.0) & (current_a[:-1] <= 0.0)) + 1
    offset_s = trace.start_s - trace.times_s[0]
    ticks = np.round((np.array(trace.times_s)[begins] + offset_s) / run.tick_s) - part.start
    inside = ticks[(ticks > 0) & (ticks < len(off_um))].astype(int)
    left = np.concatenate([cycle - cycle.mean() for cycle in np.split(off_um, inside)])
    return 100.0 * float(np.sqrt(np.mean(left * left)) / np.ptp(true_um))


def _reached(run: Run, stretch: Stretch) -> Reached:
    percent = _percent(run.true_mpa, stretch)
    beyond = -percent if percent[0] > 0.0 else percent
    inside = np.abs(percent) <= INSIDE
    outside = np.flatnonzero(~inside)
    good = int(outside[-1]) + 1 if len(outside) else 0
    settle_s = good * run.tick_s if good < len(percent) else math.inf
    first = int(np.argmax(inside)) if inside.any() else len(percent)
    soon = beyond[: first + round(SOON_S / run.tick_s)]
    return Reached(stretch.start + first, settle_s, max(float(np.max(soon)), 0.0))


def _hopeless(run: Run) -> Score:
    values = dict.fromkeys(Score._fields, math.inf)
    values |= {"trip": run.trip, "us_a_tick": run.us_a_tick, "lowest_mpa": 0.0}
    values["after_hour_mpa"] = _after_hour_mpa(run)
    return Score(**values)  # pyright: ignore[reportArgumentType]
