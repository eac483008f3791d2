"""Tuning the rivals as a patient person would: by the result, on rigs that are not judged.

Nelder-Mead over the logarithms of both gains and the deadband, from a common start, on training
seeds and the first hours of the scenario with clean sensors. Spread: one tuning for all its rigs.
"""

import json
import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.hold.case import Case
from benchmarks.hold.rivals import Gains
from benchmarks.hold.scenarios.table import CLEAN, Scenario
from benchmarks.hold.work import FED, ONE, TUNED, Job, objective

TRAINING = (101, 102)  # no judged seed is one of these
TRIES = 36
START = (math.log(0.3), math.log(0.03), 0.0)
SPANS = (1.0, 1.2, 0.3)  # of the first simplex
LEAD_S = 3600.0  # the approach and the rest before the first current
SPREAD_RIGS = tuple(range(101, 113))


class Wanted(NamedTuple):
    """Gains to find: for one scenario and variant, or for the whole spread."""

    scenario: str
    variant: str
    controller: str

    def key(self) -> str:
        """As it stands in a file of gains."""
        return "/".join(self)


def wanted(scenarios: Sequence[Scenario], controllers: Sequence[str]) -> list[Wanted]:
    """What has to be tuned before these can be compared."""
    found = [
        Wanted(scenario.name, variant.name, controller)
        for scenario in scenarios
        for variant in scenario.variants
        for controller in (TUNED, FED)
        if controller in controllers and not scenario.spread
    ]
    spread = [Wanted("spread", "12 rigs", c) for c in (ONE, FED) if c in controllers]
    return found + [one for one in spread if one.controller == ONE or _has_spread(scenarios)]


def _has_spread(scenarios: Sequence[Scenario]) -> bool:
    return any(scenario.spread for scenario in scenarios)


def tune(told: tuple[Wanted, float, Path | None]) -> Gains:
    """The best gains for one of them; `told` has the run time to tune on, s, and the trace."""
    sought, tuned_s, trace = told
    seeds = SPREAD_RIGS if sought.scenario == "spread" else TRAINING

    def cost(point: NDArray[np.float64]) -> float:
        gains = gains_at(point)
        jobs = [
            Job(
                Case(sought.scenario, sought.variant, CLEAN, seed, trace),
                sought.controller,
                gains,
                LEAD_S + tuned_s,
            )
            for seed in seeds
        ]
        costs = [min(objective(job), 1e6) for job in jobs]
        return math.fsum(costs) / len(costs)

    simplex = np.array([START] + [_moved(axis) for axis in range(3)])
    options = {"maxfev": TRIES, "initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-4}
    found = minimize(cost, START, method="Nelder-Mead", options=options)
    return gains_at(found.x)


def gains_at(point: NDArray[np.float64]) -> Gains:
    """Gains at a point of the search."""
    return Gains(math.exp(point[0]), math.exp(point[1]), max(float(point[2]), 0.0))


def _moved(axis: int) -> tuple[float, ...]:
    return tuple(at + (SPANS[axis] if axis == i else 0.0) for i, at in enumerate(START))


def tuned(
    sought: Sequence[tuple[Wanted, float, Path | None]],
    pool: ProcessPoolExecutor,
    cache: Path | None,
) -> dict[Wanted, Gains]:
    """All of them, those in the file `cache` taken from there and the rest added to it."""
    kept: dict[str, list[float]] = {}
    if cache is not None and cache.exists():
        kept = json.loads(cache.read_text(encoding="utf-8"))
    missing = [one for one in sought if one[0].key() not in kept]
    for (one, _, _), gains in zip(missing, pool.map(tune, missing), strict=True):
        kept[one.key()] = list(gains)
        if cache is not None:
            cache.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return {one: Gains(*kept[one.key()]) for one, _, _ in sought}
