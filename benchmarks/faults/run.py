"""One fault at one moment of a recipe: the twin with the core, and what the stack felt."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.table import FAULTS, Fault, Now
from benchmarks.hold.coupling import Hands, Loop, Readings
from fixture.config.resolve import RunPlan, plan
from fixture.core.control import controller
from fixture.core.types import Command, EventKind, Sample
from fixture.twin.plant import Plant
from fixture.twin.seeds import seeded

PROFILE = "sodium-assembly-hold"
PHASES: dict[str, dict[str, tuple[float, float]]] = {  # when a rig presses to 67 MPa, and holds 15
    "twin": {"press": (5.0, 160.0), "hold": (1500.0, 3000.0)},
    "twin-air": {"press": (1.0, 35.0), "hold": (1500.0, 3000.0)},
    "twin-ranges": {"press": (1.0, 20.0), "hold": (1500.0, 3000.0)},
}
WATCHED_S = 3600.0  # after the fault
DOWN_S = 200.0  # the way from one setpoint down to the next
AFTER_S = 60.0  # the safe state is watched after a trip
SHARE = 0.05  # of the load cells' full scale: the most beyond the setpoint


class Job(NamedTuple):
    """Which fault, and when."""

    fault: int  # in FAULTS; -1: none
    phase: str
    at_s: float
    seed: int
    rig: str


class Result(NamedTuple):
    """What came of it."""

    job: Job
    trip: int  # Trip code; 0: none
    after_s: float  # the fault, until the trip; NaN: none
    beyond_n: float  # largest true force beyond the setpoint and what there was before
    before_n: float  # true force when the fault began


class Injected(Readings):
    """Readings that lie from a moment on."""

    def use(self, fault: Fault | None, job: Job, um_per_count: float) -> "Injected":
        """Which lie, and from when."""
        at_s, seed, self.um_per_count = job.at_s, job.seed, um_per_count
        self.fault, self.at_s, self.random = fault, at_s, seeded(seed, "fault")
        self.first: Sample | None = None
        self.t_s = 0.0
        return self

    def now(self) -> Now | None:
        """What a fault may read; None before it."""
        if self.fault is None or self.first is None:
            return None
        return Now(
            self.t_s - self.at_s, self.first, self._per_count, self.um_per_count, self.random
        )

    def sample(self, tick: int, t_ns: int) -> Sample:
        """Read everything, and lie."""
        sample = super().sample(tick, t_ns)
        self.t_s = t_ns * 1e-9
        if self.t_s >= self.at_s and self.first is None:
            self.first = sample
        now = self.now()
        if now is None or self.fault is None or self.fault.read is None:
            return sample
        return self.fault.read(sample, now)


class Disobeying(Hands):
    """Hands that do something else from a moment on."""

    injected: Injected
    last: Command | None = None

    def obey(self, command: Command) -> None:
        """One tick's command, or what the fault makes of it."""
        now, fault = self.injected.now(), self.injected.fault
        if now is None or fault is None or fault.obey is None:
            self.last = command
            return super().obey(command)
        return super().obey(fault.obey(command, self.last, now))


@cache
def planned(rig: str) -> RunPlan:
    """The recipe on a rig."""
    return plan(PROFILE, rig)


def limit_n(rig: str) -> float:
    """The most true force beyond the setpoint; in series the largest load cell counts."""
    found = planned(rig)
    assert found.twin is not None
    full_n = found.twin.bench.full_scales_n
    return SHARE * (max(full_n) if found.config.load_cells.series else sum(full_n))


def true_n(job: Job) -> tuple[NDArray[np.float64], int, float, NDArray[np.float64]]:
    """True force, N, tick by tick; the trip, and when; the setpoints, N."""
    found = planned(job.rig)
    config, twin = found.config, found.twin
    assert twin is not None
    fault = FAULTS[job.fault] if job.fault >= 0 else None
    plant = Plant(fault.truth(twin) if fault and fault.truth else twin)
    readings = Injected(config, plant, found.devices[1].options)
    readings.use(fault, job, config.press.um_per_count)
    most_v = found.devices[2].options.get("voltage_max_v", 5.0)
    assert isinstance(most_v, float)
    hands = Disobeying(config, plant, readings, most_v)
    hands.injected = readings
    loop = Loop(config, plant, readings, hands, controller.advance)
    end_s = job.at_s + WATCHED_S
    while readings.t_s < end_s and (loop.turn() or readings.t_s < end_s):
        if loop.tripped and end_s > readings.t_s + AFTER_S:
            end_s = readings.t_s + AFTER_S
    run = loop.result(0)
    at = next((e.t_ns * 1e-9 for e in run.events if e.kind == EventKind.TRIP), math.nan)
    setpoints = np.zeros(len(run.true_mpa))
    for before, mark in zip((None, *run.marks), run.marks, strict=False):
        if before and before.setpoint_mpa > mark.setpoint_mpa:  # on the way down
            setpoints[mark.tick : mark.tick + round(DOWN_S / run.tick_s)] = before.setpoint_mpa
            setpoints[mark.tick + round(DOWN_S / run.tick_s) :] = mark.setpoint_mpa
        else:
            setpoints[mark.tick :] = mark.setpoint_mpa
    area = config.area_mm2
    return area * run.true_mpa.astype(float), run.trip, at, area * setpoints


def work(job: Job) -> Result:
    """Run it, and judge by what the stack felt."""
    force_n, trip, trip_s, setpoint_n = true_n(job)
    start = round(job.at_s / (1e-9 * planned(job.rig).config.tick_ns))
    most_n = np.maximum(setpoint_n[start:], force_n[start])
    beyond_n = float(np.max(force_n[start:] - most_n)) if len(most_n) else math.nan
    return Result(job, trip, trip_s - job.at_s, beyond_n, float(force_n[start]))
