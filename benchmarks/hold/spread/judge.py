"""What a run of the spread is worth. Errors are true: pressure at the interface less the setpoint.

The hold is scored from the first row of the cycling on; without one, from half a minute after the
last setpoint was first come to. A minute after each crack is left out: nobody can hold then.

Bound: the rms, MPa, below which no controller of this press and sensor comes by skill,

    sqrt((J k / sqrt(12))² + s²)

with J what one move of the output is at least, µm: a slip, (1 - landing) of the breakaway after a
minute's rest, less what comes through at once while it sticks, or one step of the drive where that
is more (0.29 J k is the rms of the best sawtooth); k the stack's stiffness at the setpoint, MPa/µm;
s the noise of the load cell's mean over half a second, MPa. Pick-up, drift, dead time and the
disturbance itself add nothing to it.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.hold.coupling import Run
from benchmarks.hold.rivals import first_cycling
from benchmarks.hold.score import SAWTOOTH
from benchmarks.hold.spread.rig import Built, Rig, limit_n
from fixture.twin.parameters import Parameters
from fixture.twin.stack import tangent_n_per_um

WINDOW_S = 0.5  # over which every controller here averages
REST_S = 60.0  # after which a breakaway is judged that grows with rest
AFTER_S = 30.0  # from coming to a setpoint until it is held, where nothing is cycled
EXCUSED_S = 60.0  # after a crack
CRACK_UM = 0.01  # lost in one tick: more than gas, forming and creep can

Floats = NDArray[np.float64]


class Figures(NamedTuple):
    """One run of one rig. Those of the hold are NaN where it was not come to."""

    trip: int  # Trip code; 0: none
    over_limit: bool  # true force beyond the declared limit at any time
    rms_mpa: float  # of the hold
    bound_mpa: float
    worst_mpa: float
    reversals_per_h: float  # of the drive
    travel_um: float  # of the drive
    overshoot: float  # beyond a setpoint on the way to it, %
    overshoot_slips: float  # the same, in J k
    settle_s: float  # from the start until it has settled; NaN: never
    hours: float  # held
    us_a_tick: float

    def ratio(self) -> float:
        """Rms by the bound."""
        return self.rms_mpa / self.bound_mpa

    def false_trip(self) -> bool:
        """A trip where the true force never came beyond its limit."""
        return self.trip != 0 and not self.over_limit


def jump_um(parameters: Parameters) -> float:
    """J of the bound, µm."""
    press, friction = parameters.press, parameters.friction
    aged = 1.0 + friction.ageing * math.log10(1.0 + REST_S)
    stuck = 1.0 - friction.presliding
    slip_um = press.slip_um * (1.0 - press.landing) * aged * stuck
    return max(slip_um, parameters.bench.step_um * press.lead)


def mpa_per_um(parameters: Parameters, setpoint_mpa: float) -> float:
    """k of the bound."""
    area_mm2 = parameters.bench.area_mm2
    return tangent_n_per_um(parameters.stack, setpoint_mpa * area_mm2) / area_mm2


def bound_mpa(rig: Rig, parameters: Parameters) -> float:
    """See the module."""
    setpoint_mpa = rig.setpoints_mpa[-1]
    slip_mpa = jump_um(parameters) * mpa_per_um(parameters, setpoint_mpa)
    readings = max(1, round(WINDOW_S / rig.tick_s))
    noise_n = parameters.load_cells.noise * parameters.bench.full_scale_n
    noise_mpa = noise_n / parameters.bench.area_mm2 / math.sqrt(readings)
    return math.hypot(SAWTOOTH * slip_mpa, noise_mpa)


def judge(rig: Rig, built: Built, run: Run) -> Figures:
    """Figures of a run."""
    area_mm2 = built.parameters.bench.area_mm2
    true_mpa = run.true_mpa.astype(float)
    over = bool(np.max(true_mpa) * area_mm2 > limit_n(rig))
    start = _held_from(rig, built, run, true_mpa)
    overshoot_mpa, share = _overshoot(rig, run, true_mpa, start)
    slip_mpa = jump_um(built.parameters) * mpa_per_um(built.parameters, rig.setpoints_mpa[-1])
    waited_s = rig.hold_s if rig.currents else AFTER_S
    held = _held(rig, run, true_mpa, start)
    rms_mpa, worst_mpa, turns, travel_um, hours = held
    return Figures(
        run.trip,
        over,
        math.nan if run.trip else rms_mpa,
        bound_mpa(rig, built.parameters),
        worst_mpa,
        turns / hours if hours else math.nan,
        travel_um,
        100.0 * share,
        overshoot_mpa / slip_mpa,
        start * run.tick_s - waited_s if start < len(true_mpa) else math.nan,
        hours,
        run.us_a_tick,
    )


def _held_from(rig: Rig, built: Built, run: Run, true_mpa: Floats) -> int:
    """The tick from which the hold is scored; the number of ticks if it is never."""
    if rig.currents:
        cycling = first_cycling(built.found.config)
        return next((mark.tick for mark in run.marks if mark.row >= cycling), len(true_mpa))
    begins, last_mpa = _begins(rig, run), rig.setpoints_mpa[-1]
    if len(begins) < len(rig.setpoints_mpa):
        return len(true_mpa)
    begun = begins[-1]
    inside = np.flatnonzero(np.abs(true_mpa[begun:] - last_mpa) <= rig.within * last_mpa)
    if not len(inside):
        return len(true_mpa)
    return begun + int(inside[0]) + round(AFTER_S / run.tick_s)


def _overshoot(rig: Rig, run: Run, true_mpa: Floats, start: int) -> tuple[float, float]:
    """Largest pressure beyond a setpoint on the way to it, MPa and as a share of it."""
    starts = _begins(rig, run)
    if not starts:  # it tripped before
        return 0.0, 0.0
    ends = [*starts[1:], max(start, starts[-1] + 1)]
    worst_mpa = share = 0.0
    for setpoint_mpa, at, end in zip(rig.setpoints_mpa, starts, ends, strict=False):
        beyond = true_mpa[at:end] - setpoint_mpa
        beyond_mpa = float(np.max(-beyond if beyond[0] > 0.0 else beyond))
        if beyond_mpa > share * setpoint_mpa:
            worst_mpa, share = beyond_mpa, beyond_mpa / setpoint_mpa
    return worst_mpa, share


def _begins(rig: Rig, run: Run) -> list[int]:
    """The tick at which each of the rig's setpoints began to stand; identification has its own."""
    before = [math.nan, *(mark.setpoint_mpa for mark in run.marks)]
    return [
        mark.tick
        for mark, old in zip(run.marks, before, strict=False)
        if mark.setpoint_mpa != old and _is_one_of(rig.setpoints_mpa, mark.setpoint_mpa)
    ]


def _is_one_of(setpoints_mpa: Sequence[float], mpa: float) -> bool:
    return any(math.isclose(one, mpa, rel_tol=1e-6) for one in setpoints_mpa)


def _held(
    rig: Rig, run: Run, true_mpa: Floats, start: int
) -> tuple[float, float, int, float, float]:
    """Rms, peak, reversals, travel and hours from a tick on."""
    if start >= len(true_mpa) - 1:
        return math.nan, math.nan, 0, math.nan, 0.0
    counted = _without_cracks(run)[start:]
    error = (true_mpa[start:] - rig.setpoints_mpa[-1])[counted]
    moves = np.diff(run.drive_um[start:].astype(float))
    directions = np.sign(moves[moves != 0.0])
    turns = int(np.count_nonzero(np.diff(directions)))
    hours = (len(true_mpa) - start) * run.tick_s / 3600.0
    if not len(error):
        return math.nan, math.nan, turns, float(np.sum(np.abs(moves))), hours
    rms_mpa = float(np.sqrt(np.mean(error * error)))
    return rms_mpa, float(np.max(np.abs(error))), turns, float(np.sum(np.abs(moves))), hours


def _without_cracks(run: Run) -> NDArray[np.bool_]:
    """The ticks that count."""
    counted = np.ones(len(run.true_mpa), bool)
    excused = round(EXCUSED_S / run.tick_s)
    for tick in np.flatnonzero(np.diff(run.formed_um.astype(float)) > CRACK_UM):
        counted[tick : tick + 1 + excused] = False
    return counted
