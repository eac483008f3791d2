"""One case: a scenario's variant on the rig that a seed draws, with a choice of sensors.

Stiffness (±30 %), thickness coefficient (±20 %), delay, wind-up, landing and noise are drawn by
`fixture.twin.redraw`; the controller always gets the same nominal numbers. In the spread the
friction is drawn too, and two rigs of twelve have a spring in series.
"""

import csv
import gzip
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.hold.scenarios.table import (
    AS_WRITTEN,
    BY_NAME,
    CLEAN,
    COMPENSATED,
    GIVEN,
    Scenario,
    Variant,
)
from fixture.config.resolve import RunPlan, plan
from fixture.core.config import Config
from fixture.twin.parameters import Parameters
from fixture.twin.redraw import redraw
from fixture.twin.seeds import seeded

FOLDER = Path(__file__).parent / "scenarios"
SPREAD_SLIP_UM = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2, 1.5, 1.8, 2.0)
SPRUNG = (3, 8)  # rigs of the spread with a spring in series
SPRING = 0.1  # of the stiffness is left
AS_IS = 0
CREEP = 0.001  # of the load, 30 min after a step of load [B]
ZERO_DRIFT = 0.0005  # of full scale, per 10 K [B]
NONLINEARITY = 0.002  # of full scale, of the data sheet [B]
LEFT = 0.1  # of it after calibration [A]
KNOWN = 0.15  # how far each of them may be from what calibration says, either way [A]


class Case(NamedTuple):
    """What is held; plain words, so that it travels to another process."""

    scenario: str
    variant: str
    sensors: str
    seed: int  # AS_IS: the rig's own numbers
    trace: Path | None = None
    profile: str = ""  # files given on the command line go before the scenario's
    rig: str = ""


class Built(NamedTuple):
    """A case, compiled."""

    found: RunPlan
    parameters: Parameters


def variant_of(scenario: Scenario, name: str) -> Variant:
    """The variant of this name. Raises KeyError."""
    return {variant.name: variant for variant in scenario.variants}[name]


@cache
def planned(profile: str, rig: str, trace: Path | None) -> RunPlan:
    """A profile on a rig, each a path or the name of a file of the scenarios; ConfigError."""
    return plan(_path(profile), _path(rig), trace)


def _path(name: str) -> str:
    own = FOLDER / f"{name}.yaml"
    return str(own) if own.is_file() else name


def build(case: Case) -> Built:
    """Compile and draw. Raises ConfigError."""
    scenario = BY_NAME[case.scenario]
    variant = variant_of(scenario, case.variant)
    profile = case.profile or variant.profile or scenario.profile
    found = planned(profile, case.rig or variant.rig or scenario.rig, case.trace)
    twin = found.twin
    assert twin is not None
    if scenario is not GIVEN:
        found = found._replace(config=compensating(found.config, case.sensors))
    if case.seed == AS_IS:
        return Built(found, twin)
    slip_um = None if variant.slip_um == AS_WRITTEN else variant.slip_um
    number = (case.seed - 1) % len(SPREAD_SLIP_UM)
    if scenario.spread:
        slip_um = SPREAD_SLIP_UM[number]
    nominal = found.config.nominal.stiffness_n_per_um
    drawn = redraw(twin, case.seed, nominal_stiffness_n_per_um=nominal, slip_um=slip_um)
    if scenario.spread and number + 1 in SPRUNG:
        drawn = sprung(drawn)
    if scenario is not GIVEN:
        drawn = with_sensors(drawn, case.sensors)
    return Built(found, drawn)


def from_s(case: Case) -> float:
    """Run time from which a traced case is scored; NaN where it is not traced."""
    found, cycle = build(case), BY_NAME[case.scenario].from_cycle
    if found.parameters.trace is None or case.trace is None or not cycle:
        return math.nan
    start_s, times_s = found.parameters.trace.start_s, found.parameters.trace.times_s
    return start_s + _first_of(case.trace, cycle, times_s[0], times_s[-1]) - times_s[0]


def stands_from_s(case: Case) -> float:
    """Run time from which a fixed gap is fixed; NaN: from the first cycling row."""
    trace = build(case).parameters.trace
    return math.nan if trace is None else trace.start_s


@cache
def _first_of(trace: Path, cycle: int, first_s: float, last_s: float) -> float:
    """When a cycle begins in a table with a column `cycle`; the middle of one without it."""
    opened = gzip.open if trace.suffix == ".gz" else open
    with opened(trace, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if float(row.get("cycle") or 0) >= cycle:
                return float(row["time_s"])
    return 0.5 * (first_s + last_s)


def with_sensors(parameters: Parameters, sensors: str) -> Parameters:
    """The load cells as the file says, or with the errors of a data sheet, drawn by the seed."""
    if sensors == CLEAN:
        return parameters
    random = seeded(parameters.seed, "calibration")
    creep, slow, zero, bow = (random.uniform(1.0 - KNOWN, 1.0 + KNOWN) for _ in range(4))
    replace = msgspec.structs.replace
    cells = replace(
        parameters.load_cells,
        creep=CREEP * creep,
        creep_time_s=parameters.load_cells.creep_time_s * slow,
        zero_drift=ZERO_DRIFT * zero,
        nonlinearity=NONLINEARITY * bow,
        nonlinearity_left=LEFT,
    )
    return replace(parameters, load_cells=cells)


def compensating(config: Config, sensors: str) -> Config:
    """What calibration knows of the load cells is taken away, or is not."""
    replace = msgspec.structs.replace
    on = sensors == COMPENSATED
    return replace(config, compensation=replace(config.compensation, on=on))


def sprung(parameters: Parameters) -> Parameters:
    """A soft spring in series; what the powder loses in µm stays the same."""
    replace = msgspec.structs.replace
    stack, powder = parameters.stack, parameters.compaction
    return replace(
        parameters,
        stack=replace(stack, stiffness_n_per_um=SPRING * stack.stiffness_n_per_um),
        compaction=replace(powder, per_decade=SPRING * powder.per_decade),
    )
