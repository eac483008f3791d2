"""The tables: one for each scenario, variant and choice of sensors; a line for each controller."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.hold.goals import column, over, scores
from benchmarks.hold.scenarios.table import (
    CLEAN,
    COMPENSATED,
    FED,
    GAP,
    ONE,
    OURS,
    REAL,
    SPRING,
    TUNED,
    WINDING,
    Scenario,
)
from benchmarks.hold.score import Score
from benchmarks.hold.work import Outcome
from fixture.core.safety.trips import Trip

ORDER = (GAP, SPRING, WINDING, ONE, TUNED, FED, OURS)


class Column(NamedTuple):
    """One column: mean and worst of a figure over the seeds."""

    head: str
    figure: str
    places: int


HOLD = (
    Column("rms %", "rms", 4),
    Column("peak %", "peak", 3),
    Column("true rms %", "true_rms", 4),
    Column("true peak %", "true_peak", 3),
    Column("rms δk", "rms_slip", 3),
    Column("peak δk", "peak_slip", 2),
    Column("× bound", "rms_bound", 2),
    Column("slips × ideal", "slips_ratio", 2),
    Column("travel × growth", "travel_ratio", 2),
)
APPROACH = (
    Column("inside 0.5 % after s", "settle_s", 1),
    Column("overshoot %", "overshoot", 3),
    Column("overshoot δk", "overshoot_slip", 2),
    *HOLD[:4],
)
RELAXATION = (Column("true MPa after 1 h", "after_hour_mpa", 2),)


def report(scenarios: Sequence[Scenario], outcomes: Sequence[Outcome], *, markdown: bool) -> None:
    """Print them."""
    for scenario in scenarios:
        for variant in scenario.variants:
            for sensors in (CLEAN, REAL, COMPENSATED):
                lines = _lines(scenario, variant.name, sensors, outcomes)
                if lines:
                    title = f"{scenario.name}: {scenario.about}; {variant.name}, {sensors} sensors"
                    _print(title, _heads(scenario), lines, markdown=markdown)


def _columns(scenario: Scenario) -> tuple[Column, ...]:
    if scenario.relaxes:
        return RELAXATION
    return APPROACH if scenario.approach else HOLD


def _heads(scenario: Scenario) -> list[str]:
    return ["mean / worst", *[column.head for column in _columns(scenario)], "seeds", "µs"]


def _lines(
    scenario: Scenario, variant: str, sensors: str, outcomes: Sequence[Outcome]
) -> list[list[str]]:
    lines: list[list[str]] = []
    for controller in ORDER:
        found = scores(outcomes, scenario.name, variant, sensors, controller)
        if found:
            cells = [_cell(found, column) for column in _columns(scenario)]
            us = over(column(found, "us_a_tick"), "median")
            lines.append([controller, *cells, _seeds(found), f"{us:.0f}"])
    return lines


def _seeds(found: dict[int, Score]) -> str:
    trips = [Trip(score.trip).name for score in found.values() if score.trip]
    return f"{len(found)}" + (f", tripped: {', '.join(sorted(set(trips)))}" if trips else "")


def _cell(found: dict[int, Score], shown: Column) -> str:
    values = column(found, shown.figure)
    mean, worst = over(values, "mean"), over(values, "worst")
    if math.isnan(mean):
        return "–"
    return f"{mean:.{shown.places}f} / {worst:.{shown.places}f}"


def _print(title: str, heads: list[str], lines: list[list[str]], *, markdown: bool) -> None:
    if markdown:
        print(f"\n{title}\n")
        print("| " + " | ".join(heads) + " |")
        print("|" + " --- |" * len(heads))
        for line in lines:
            print("| " + " | ".join(line) + " |")
        return
    print(title)
    rows = [heads, *lines]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print()
