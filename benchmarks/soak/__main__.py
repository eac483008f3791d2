"""`python -m benchmarks.soak`: simulated days with small faults, in which nothing may happen.

A cell is cycled at 15 MPa on the twin (`benchmarks/hold/scenarios/month.yaml`), 10 Hz. Readings are
lost, late or damaged and links are gone for a moment, at random (`benchmarks.soak.table`). Judged:
no trip, a row for each tick with a pressure in it, a frozen state of the core that does not grow,
and the longest tick of core and plant in this process's own time, without garbage collection,
as the live loop runs.

`--hours H` (72), `--seed N`; `--short`: 45 minutes with twenty times as many faults.
"""

import argparse
import gc
import time
from typing import NamedTuple

import numpy as np

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.hold.case import FOLDER
from benchmarks.hold.coupling import Hands, Loop, Readings, Run
from benchmarks.soak.table import SMALL, Now, Small
from fixture.config.resolve import plan
from fixture.core.control import controller
from fixture.core.step import freeze
from fixture.core.types import Sample
from fixture.record.columns import CHECKPOINT_BYTES
from fixture.twin.plant import Plant
from fixture.twin.seeds import seeded

PROFILE, RIG = str(FOLDER / "month.yaml"), "twin"
HOUR_S = 3600.0
SHORT_HOURS, SHORT_OFTEN = 0.75, 20.0
SIZE_TICKS = 100  # between two measurements of the size of the state
SETTLED = 0.25  # of the run: what the state grows by until then are its first means and counts
GROWN_BYTES = 32.0  # and after it: digits of times and counts [A]
LIVE_TICK_US = 10_000.0  # of the twin in real time


class Troubled(Readings):
    """Readings with small faults, one at a time."""

    def trouble(self, often: float, tick_ns: int, seed: int) -> "Troubled":
        """How often, in those of the table; drawn by `seed`."""
        self.counts = dict.fromkeys(SMALL, 0)
        self._random = seeded(seed, "soak")
        self._tick_us = tick_ns // 1000
        self._a_tick = often * sum(one.an_hour for one in SMALL) * tick_ns * 1e-9 / HOUR_S
        self._last: Sample | None = None
        self._next(0)
        return self

    def _next(self, tick: int) -> None:
        """Draw the fault that comes after this tick."""
        draw = self._random
        self._fault: Small = draw.choices(SMALL, [one.an_hour for one in SMALL])[0]
        self._from = tick + 2 + int(draw.expovariate(self._a_tick))
        self._until = self._from + draw.randint(1, self._fault.ticks)

    def sample(self, tick: int, t_ns: int) -> Sample:
        """Read everything, and spoil what is due."""
        measured, last = super().sample(tick, t_ns), self._last
        self._last = measured
        if tick < self._from or last is None:
            return measured
        if tick >= self._until:
            self.counts[self._fault] += 1
            self._next(tick)
            return measured
        now = Now(last, tick - self._from + 1, self._tick_us, self._random)
        return self._fault.spoil(measured, now)


class Soaked(NamedTuple):
    """What came of it."""

    run: Run
    ticks: int  # that there should be
    counts: dict[Small, int]
    bytes_settled: int  # largest frozen state in the first part
    bytes_most: int
    worst_us: float


def soak(hours: float, often: float, seed: int) -> Soaked:
    """Run it."""
    found = plan(PROFILE, RIG)
    config, twin = found.config, found.twin
    assert twin is not None
    plant = Plant(twin)
    readings = Troubled(config, plant, found.devices[1].options)
    readings.trouble(often, config.tick_ns, seed)
    most_v = found.devices[2].options.get("voltage_max_v", 5.0)
    assert isinstance(most_v, float)
    hands = Hands(config, plant, readings, most_v)
    loop = Loop(config, plant, readings, hands, controller.advance)
    ticks = round(hours * HOUR_S * 1e9 / config.tick_ns)
    worst_ns = settled = most = 0
    goes_on, begun_ns = True, time.thread_time_ns()
    before_ns = begun_ns
    while goes_on and loop.tick < ticks:
        goes_on = loop.turn()
        now_ns = time.thread_time_ns()
        worst_ns = max(worst_ns, now_ns - before_ns)
        if loop.tick % SIZE_TICKS == 0:
            most = max(most, len(freeze(loop.state)))
            settled = most if loop.tick <= SETTLED * ticks else settled
            now_ns = time.thread_time_ns()
        before_ns = now_ns
    run = loop.result(time.thread_time_ns() - begun_ns)
    return Soaked(run, ticks, readings.counts, settled, most, worst_ns / 1e3)


def figures(soaked: Soaked) -> list[Figure]:
    """Counts of the small faults, and what is judged."""
    run = soaked.run
    unread = int(np.count_nonzero(np.isnan(run.measured_mpa)))
    return [
        *(Figure(one.name, float(count), "", least=1.0) for one, count in soaked.counts.items()),
        Figure("trips", float(run.trip != 0), "", most=0.0),
        Figure("rows missed", float(soaked.ticks - len(run.measured_mpa)), "", most=0.0),
        Figure("rows without a pressure", float(unread), "", most=0.0),
        Figure("frozen state of the core", soaked.bytes_most, "bytes", most=CHECKPOINT_BYTES),
        Figure("grown", soaked.bytes_most - soaked.bytes_settled, "bytes", most=GROWN_BYTES),
        Figure("mean tick of core and plant", run.us_a_tick, "us"),
        Figure("worst tick", soaked.worst_us, "us", most=LIVE_TICK_US, timed=True),
    ]


def command_line() -> argparse.ArgumentParser:
    """The options."""
    line = parser(__doc__)
    line.add_argument("--hours", type=float, default=72.0, help="simulated (72)")
    line.add_argument("--seed", type=int, default=1, help="of the small faults (1)")
    return line


def main(arguments: list[str] | None = None) -> int:
    """Run it, print it, judge it."""
    options = command_line().parse_args(arguments)
    hours, often = (SHORT_HOURS, SHORT_OFTEN) if options.short else (options.hours, 1.0)
    gc.disable()
    try:
        soaked = soak(hours, often, options.seed)
    finally:
        gc.enable()
    happened = sum(soaked.counts.values())
    return conclude(
        figures(soaked),
        f"soak: {hours:g} h, {happened} small faults, trip {soaked.run.trip}",
        options.short,
    )


if __name__ == "__main__":
    perform(main)
