"""What a tick of the coupling costs, and whose it is: plant, core, or what is between them."""

import time
from collections.abc import Callable
from typing import NamedTuple
from unittest import mock

from benchmarks.common import Figure
from benchmarks.hold import case as cases
from benchmarks.hold import coupling
from benchmarks.hold.case import Case
from benchmarks.hold.scenarios.table import REAL
from fixture.core.config import Config
from fixture.twin.plant import Plant

MONTH = Case("B7", "δ 0.5", REAL, 1)
MONTH_GOAL_S = 600.0  # on one core
LOOKED_S, LOOKED_SHORT_S = 40_000.0, 2000.0  # of the month


class Split(NamedTuple):
    """µs a tick; `ticks` are those of the whole month."""

    whole: float
    plant: float
    core: float
    ticks: float


def split(short: bool) -> Split:
    """PortTask the month's first hours, and time its parts."""
    looked_s = LOOKED_SHORT_S if short else LOOKED_S
    built = cases.build(MONTH)
    config, plant = built.found.config, Plant(built.parameters)
    plain = coupling.run(config, Plant(built.parameters), built.found.devices, looked_s)
    step, advance = _Timed(coupling.step), _Timed(plant.advance)
    with mock.patch.object(coupling, "step", step), mock.patch.object(plant, "advance", advance):
        ticks = len(coupling.run(config, plant, built.found.devices, looked_s).true_mpa)
    return Split(
        plain.us_a_tick,
        advance.spent_ns / 1e3 / ticks,
        step.spent_ns / 1e3 / ticks,
        _month_s(config) * 1e9 / config.tick_ns,
    )


def _month_s(config: Config) -> float:
    """How long the sequence's cycles take."""
    passes = max(row.passes for row in config.steps)
    return passes * sum(row.until_ns for row in config.steps) * 1e-9


class _Timed:
    """A function, with the time spent in it added up."""

    def __init__(self, inner: Callable[..., object]) -> None:
        self._inner = inner
        self.spent_ns = 0

    def __call__(self, *arguments: object) -> object:
        begun_ns = time.process_time_ns()
        answer = self._inner(*arguments)
        self.spent_ns += time.process_time_ns() - begun_ns
        return answer


def figures(found: Split) -> list[Figure]:
    """As lines of the table; times are those of a core that has nothing else to do."""
    month_s = found.ticks * found.whole / 1e6
    return [
        Figure("a tick of B7, five steps of the plant", found.whole, "µs"),
        Figure("of it the plant", found.plant, "µs"),
        Figure("of it the core", found.core, "µs"),
        Figure("B7's month at 1 Hz on one core", month_s, "s", MONTH_GOAL_S, timed=True),
    ]
