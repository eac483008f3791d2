"""Tuning the rivals as a patient person would: by the result, on rigs that are not judged.

Nelder-Mead over the logarithms of both gains and the deadband, from a common start, on training
seeds and a shorter sequence with clean sensors. Spread: one tuning for all its rigs.
"""

import json
import math
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.hold.case import Case, variant_of
from benchmarks.hold.rivals import Gains
from benchmarks.hold.scenarios.table import BY_NAME, CLEAN, FED, ONE, TUNED, Scenario
from benchmarks.hold.work import Job, objective

TRAINING = (101, 102)  # no judged seed is one of these
TRIES = 30
START = (math.log(0.3), math.log(0.03), 0.0)
SPANS = (1.0, 1.2)  # of the first simplex, of both gains
HALF = 0.5  # of a slip: the deadband that a textbook would take for this friction
LEAST_DEADBAND = 0.1
NOMINAL_SLIP_UM = 0.5  # what the rigs declare
TRACED_S = 2.0 * 3600.0  # of a measured table
YEAR_S = 366.0 * 86400.0
HOPELESS = 1e6  # cost of a run that tripped
SPREAD_RIGS = tuple(range(101, 113))


class Wanted(NamedTuple):
    """Gains to find: for one scenario and variant, or for the whole spread."""

    scenario: str
    variant: str
    controller: str

    def key(self) -> str:
        """As it stands in a file of gains."""
        return "/".join(self)


def wanted(scenarios: Sequence[Scenario], variants: Sequence[str] | None) -> list[Wanted]:
    """What has to be tuned before these can be compared."""
    found = [
        Wanted(scenario.name, variant.name, controller)
        for scenario in scenarios
        for variant in scenario.variants
        for controller in (TUNED, FED)
        if controller in scenario.rivals and not scenario.spread
        if not variants or variant.name in variants
    ]
    spread = next(iter(BY_NAME["spread"].variants)).name
    if any(ONE in scenario.rivals for scenario in scenarios):
        found.append(Wanted("spread", spread, ONE))
    if any(scenario.spread for scenario in scenarios):
        found.append(Wanted("spread", spread, FED))
    return found


def tune(wanted: tuple[Wanted, Path | None]) -> Gains:
    """The best gains for one of them, with a measured table where the scenario plays one."""
    sought, trace = wanted
    scenario = BY_NAME[sought.scenario]
    seeds = SPREAD_RIGS if scenario.spread else TRAINING
    most_s = TRACED_S if scenario.from_cycle else YEAR_S
    played = trace if scenario.from_cycle else None

    def cost(point: NDArray[np.float64]) -> float:
        costs = [
            objective(
                Job(
                    Case(sought.scenario, sought.variant, CLEAN, seed, played),
                    sought.controller,
                    gains_at(point),
                    1.0,
                    scenario.tuned_s,
                    most_s,
                )
            )
            for seed in seeds
        ]
        return math.fsum(min(one, HOPELESS) for one in costs) / len(costs)

    spans = (*SPANS, _deadband(sought))
    simplex = np.array([START] + [_moved(axis, spans[axis]) for axis in range(3)])
    options = {"maxfev": TRIES, "initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-4}
    found = minimize(cost, START, method="Nelder-Mead", options=options)
    return gains_at(found.x)


def gains_at(point: NDArray[np.float64]) -> Gains:
    """Gains at a point of the search."""
    return Gains(math.exp(point[0]), math.exp(point[1]), max(float(point[2]), 0.0))


def _moved(axis: int, by: float) -> tuple[float, ...]:
    return tuple(at + (by if axis == i else 0.0) for i, at in enumerate(START))


def _deadband(sought: Wanted) -> float:
    """What to try as a deadband, in nominal slips: half of what the press truly slips."""
    slip_um = variant_of(BY_NAME[sought.scenario], sought.variant).slip_um
    return max(HALF * slip_um / NOMINAL_SLIP_UM, LEAST_DEADBAND) if slip_um >= 0.0 else HALF


def tuned(
    sought: Sequence[Wanted], trace: Path | None, pool: ProcessPoolExecutor, cache: Path | None
) -> dict[Wanted, Gains]:
    """All of them, those in the file `cache` taken from there and the rest added to it."""
    kept: dict[str, list[float]] = {}
    if cache is not None and cache.exists():
        kept = json.loads(cache.read_text(encoding="utf-8"))
    missing = [one for one in sought if one.key() not in kept]
    wanted = [(one, trace) for one in missing]
    for done, (one, gains) in enumerate(zip(missing, pool.map(tune, wanted), strict=True), 1):
        kept[one.key()] = list(gains)
        print(f"tuned {done}/{len(missing)} {one.key()}: {gains}", file=sys.stderr, flush=True)
        if cache is not None:
            cache.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return {one: Gains(*kept[one.key()]) for one in sought}
