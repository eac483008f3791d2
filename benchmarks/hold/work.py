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
from benchmarks.hold.rivals import Gains, Pi, Rival, Standing
from benchmarks.hold.scenarios.table import BY_NAME, FED, GAP, ONE, SPRING, TUNED, WINDING
from benchmarks.hold.score import Judging, Score, score, shown_from
from fixture.core.config import Config
from fixture.core.control import controller
from fixture.core.step import Advance
from fixture.twin.plant import Plant

PIXELS = 500
BRIEF_NS = 600_000_000_000  # of holding at a pressure, while tuning
Floats = NDArray[np.float32]


class Job(NamedTuple):
    """What to run; `gains` of a PI."""

    case: Case
    controller: str
    gains: Gains = Gains(0.0, 0.0)
    share: float = 1.0  # of the sequence's passes
    tuned_s: float = 0.0  # tuning: so much of its cycling; 0: none
    most_s: float = math.inf


class Trace(NamedTuple):
    """What is judged of a run, thinned for drawing: least and largest of each stretch of time."""

    hours: Floats
    error_percent: Floats  # true; two columns
    drive_um: Floats  # two columns


class Outcome(NamedTuple):
    """What came of a job."""

    job: Job
    score: Score
    trace: Trace


def advance_of(job: Job, config: Config) -> Advance:
    """What moves the press: a rival, or the core's own controller."""
    gains = job.gains
    made: dict[str, Callable[[], Rival]] = {
        GAP: lambda: Standing(config, cases.stands_from_s(job.case)),
        SPRING: lambda: Standing(config, cases.stands_from_s(job.case)),
        TUNED: lambda: Pi(config, gains),
        ONE: lambda: Pi(config, gains),
        FED: lambda: Pi(config, gains, feeds=True),
        WINDING: lambda: Pi(config, gains, knows_speed=False),
    }
    return made[job.controller]().advance if job.controller in made else controller.advance


def work(job: Job) -> Outcome:
    """Run and score. Raises ConfigError for files that do not fit."""
    built = cases.build(job.case)
    parameters, config = built.parameters, built.found.config
    if job.controller == SPRING:
        parameters, config = cases.sprung(parameters), softer(config)
    if job.share < 1.0:
        config = shared(config, job.share)
    if job.tuned_s:
        config = hurried(config, job.tuned_s)
    advance = advance_of(job, config)
    run = coupling.run(config, Plant(parameters), built.found.devices, job.most_s, advance)
    scenario = BY_NAME[job.case.scenario]
    judging = Judging(scenario.approach, scenario.smooth_s, _from_s(job))
    found = score(run, config, parameters, judging)
    return Outcome(job, found, thinned(run, shown_from(run, config, judging)))


def _from_s(job: Job) -> float:
    """Tuning uses what others identify from: the beginning of a measured table."""
    training = job.most_s < math.inf
    return cases.stands_from_s(job.case) if training else cases.from_s(job.case)


def shared(config: Config, share: float) -> Config:
    """Fewer passes of the sequence's loops."""
    replace = msgspec.structs.replace
    rows = tuple(
        replace(row, passes=max(1, round(share * row.passes)) if row.passes else 0)
        for row in config.steps
    )
    return replace(config, steps=rows)


def hurried(config: Config, cycling_s: float) -> Config:
    """A shorter sequence to tune on: so much of one pass, or so many passes, and brief holds."""
    replace = msgspec.structs.replace
    pass_s = 1e-9 * sum(row.until_ns for row in config.steps)
    share = min(1.0, cycling_s / pass_s) if pass_s else 1.0
    passes = max(1, int(cycling_s / pass_s)) if pass_s else 1
    rows = tuple(
        replace(
            row,
            passes=min(row.passes, passes),
            hold_ns=min(row.hold_ns, BRIEF_NS),
            until_ns=round(share * row.until_ns / 1e6) * 1_000_000,
        )
        for row in config.steps
    )
    return replace(config, steps=rows)


def softer(config: Config) -> Config:
    """Told of the spring."""
    nominal = config.nominal
    stiffness = cases.SPRING * nominal.stiffness_n_per_um
    replace = msgspec.structs.replace
    return replace(config, nominal=replace(nominal, stiffness_n_per_um=stiffness))


def thinned(run: Run, start: int) -> Trace:
    """A run from a tick on, in `PIXELS` stretches."""
    setpoint = np.ones(len(run.true_mpa), np.float32)
    for mark in run.marks:
        setpoint[mark.tick :] = mark.setpoint_mpa
    percent = 100.0 * (run.true_mpa / setpoint - 1.0)
    ticks = max(1, (len(percent) - start) // PIXELS)
    end = start + (len(percent) - start) // ticks * ticks
    hours = np.arange(0, end - start, ticks, dtype=np.float32) * np.float32(run.tick_s / 3600.0)
    return Trace(hours, _ends(percent[start:end], ticks), _ends(run.drive_um[start:end], ticks))


def _ends(values: Floats, ticks: int) -> Floats:
    blocks = values.reshape(-1, ticks)
    return np.stack([blocks.min(axis=1), blocks.max(axis=1)], axis=1)


def objective(job: Job) -> float:
    """What tuning makes small: rms against the load cell, or on the way to a setpoint its time
    and its overshoot, one per cent as bad as a minute."""
    found = work(job).score
    if BY_NAME[job.case.scenario].approach:
        return found.settle_s + 60.0 * found.overshoot
    return found.rms_bound
