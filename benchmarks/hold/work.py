"""One job: a controller on a case, run and scored in whatever process it lands in."""

import math
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.hold import case as cases
from benchmarks.hold import coupling
from benchmarks.hold.case import Case
from benchmarks.hold.coupling import Run
from benchmarks.hold.rivals import Gains, Hold, Pi, Standing, instead
from benchmarks.hold.scenarios.table import BY_NAME
from benchmarks.hold.score import Score, score
from fixture.core.config import Config
from fixture.twin.plant import Plant

OURS, GAP, SPRING = "ours", "fixed gap", "spring"
TUNED, ONE, FED, WINDING = "PI, tuned here", "PI, one tuning", "PI + charge", "PI, winds up"
RIVALS = (GAP, SPRING, TUNED, FED, ONE)
PIXELS = 500


class Job(NamedTuple):
    """What to run; `gains` of a PI."""

    case: Case
    controller: str
    gains: Gains = Gains(0.0, 0.0)
    most_s: float = math.inf


class Trace(NamedTuple):
    """A run thinned for drawing: least and largest of each stretch of time."""

    hours: NDArray[np.float32]
    true_percent: NDArray[np.float32]  # two columns
    drive_um: NDArray[np.float32]  # two columns


class Outcome(NamedTuple):
    """What came of a job."""

    job: Job
    score: Score
    trace: Trace


def holds(controller: str, config: Config, gains: Gains) -> Hold | None:
    """What takes the place of the core's own hold; None is the core's own."""
    made: dict[str, Callable[[], Hold]] = {
        GAP: lambda: Standing(config),
        SPRING: lambda: Standing(config),
        TUNED: lambda: Pi(config, gains),
        ONE: lambda: Pi(config, gains),
        FED: lambda: Pi(config, gains, feeds=True),
        WINDING: lambda: Pi(config, gains, knows_speed=False),
    }
    return made[controller]() if controller in made else None


def work(job: Job) -> Outcome:
    """Run and score. Raises ConfigError for files that do not fit."""
    built = cases.build(job.case)
    if job.controller == SPRING:
        built = built._replace(parameters=cases.sprung(built.parameters))
    config = built.found.config
    if job.controller == SPRING:
        config = softer(config)
    with instead(holds(job.controller, config, job.gains)):
        run = coupling.run(config, Plant(built.parameters), built.found.devices, job.most_s)
    smooth_s = BY_NAME[job.case.scenario].smooth_s
    return Outcome(job, score(run, config, built.parameters, smooth_s), thinned(run))


def softer(config: Config) -> Config:
    """Told of the spring."""
    nominal = config.nominal
    stiffness = cases.SPRING * nominal.stiffness_n_per_um
    replace = msgspec.structs.replace
    return replace(config, nominal=replace(nominal, stiffness_n_per_um=stiffness))


def thinned(run: Run) -> Trace:
    """The whole run in `PIXELS` stretches."""
    setpoint = np.zeros(len(run.true_mpa), np.float32)
    for mark in run.marks:
        setpoint[mark.tick :] = mark.setpoint_mpa
    percent = 100.0 * (run.true_mpa / setpoint - 1.0)
    ticks = max(1, len(percent) // PIXELS)
    whole = len(percent) // ticks * ticks
    hours = np.arange(0, whole, ticks, dtype=np.float32) * np.float32(run.tick_s / 3600.0)
    return Trace(hours, _ends(percent[:whole], ticks), _ends(run.drive_um[:whole], ticks))


def _ends(values: NDArray[np.float32], ticks: int) -> NDArray[np.float32]:
    blocks = values.reshape(-1, ticks)
    return np.stack([blocks.min(axis=1), blocks.max(axis=1)], axis=1)


def objective(job: Job) -> float:
    """What tuning makes small: rms against the load cell, or on the way to a setpoint its time
    and its overshoot, one per cent as bad as a minute."""
    found = work(job).score
    if BY_NAME[job.case.scenario].approach:
        return found.settle_s + 60.0 * found.overshoot
    return found.rms_bound
