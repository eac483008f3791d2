"""What the scenarios require of our controller, as figures with goals: alone, and beside the PI."""

import math
import statistics
from collections.abc import Iterator, Sequence

from benchmarks.common import Figure
from benchmarks.hold.scenarios.table import GAP, LOWEST, ONE, OURS, TUNED, Goal, Scenario
from benchmarks.hold.score import Score
from benchmarks.hold.wire import Agreement
from benchmarks.hold.work import Outcome

UNITS = {
    "rms": "%",
    "peak": "%",
    "true_rms": "%",
    "true_peak": "%",
    "overshoot": "%",
    "after_hour_mpa": "MPa",
    "true_above": "%",
    "foretold": "% of swing",
    "rms_slip": "δk",
    "peak_slip": "δk",
    "true_peak_slip": "δk",
    "overshoot_slip": "δk",
    "rms_bound": "× bound",
    "slips_ratio": "× ideal",
    "travel_ratio": "× growth",
}
SLIPS_SHARE = 0.2  # of the slips of PI with one tuning, over the spread
TRAVEL_SHARE = 0.1  # of the travel of PI tuned for the scenario
SLACK = 1.02  # "not worse": within what a seed's noise moves the rms
TRIPPED = "runs of ours that tripped"
BETTER = "rms of ours by a fixed gap's, the worst"
APART = "through the bytes: pressures apart, in divisions"
GATED = (TRIPPED, BETTER, APART)  # what holds in the shortest run, too


def goals(scenarios: Sequence[Scenario], outcomes: Sequence[Outcome]) -> list[Figure]:
    """Every goal for which there are runs."""
    figures: list[Figure] = []
    for scenario in scenarios:
        for goal in scenario.goals:
            found = scores(outcomes, scenario.name, goal.variant, goal.sensors, OURS)
            if found:
                figures.append(_own(scenario, goal, found))
        figures += _beside(scenario, outcomes)
    return figures


def scores(
    outcomes: Sequence[Outcome], scenario: str, variant: str, sensors: str, controller: str
) -> dict[int, Score]:
    """Scores by seed."""
    wanted = (scenario, variant, sensors)
    return {
        outcome.job.case.seed: outcome.score
        for outcome in outcomes
        if outcome.job.case[:3] == wanted and outcome.job.controller == controller
    }


def over(values: Sequence[float], how: str) -> float:
    """Worst, median or mean of what is a number; NaN where nothing is."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan
    return {"worst": max, "median": statistics.median, "mean": statistics.fmean}[how](known)


def column(found: dict[int, Score], figure: str) -> list[float]:
    """One figure of all seeds."""
    return [getattr(score, figure) for score in found.values()]


def _own(scenario: Scenario, goal: Goal, found: dict[int, Score]) -> Figure:
    if goal.over == LOWEST:
        value = min(column(found, goal.figure))
        what = f"{scenario.name} {goal.variant} {goal.sensors}: {goal.figure}, lowest"
        return Figure(what, value, "MPa", least=goal.most)
    value = over(column(found, goal.figure), goal.over)
    what = f"{scenario.name} {goal.variant} {goal.sensors}: {goal.figure}, {goal.over}"
    return Figure(what, value, UNITS.get(goal.figure, ""), goal.most)


def _beside(scenario: Scenario, outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    """Beside PI: on the spread the single tuning, elsewhere the one tuned for the scenario."""
    rival = ONE if scenario.spread else TUNED
    for variant in scenario.variants:
        key = (scenario.name, variant.name, scenario.sensors[0])
        ours, theirs = scores(outcomes, *key, OURS), scores(outcomes, *key, rival)
        pairs = [(ours[seed], theirs[seed]) for seed in sorted(ours.keys() & theirs.keys())]
        if not pairs:
            continue
        name = f"{scenario.name} {variant.name}: "
        if scenario.approach:
            later = max(mine.settle_s - other.settle_s for mine, other in pairs)
            yield Figure(f"{name}inside later than {rival}", later, "s", 0.0)
        rms = _ratio([(mine.rms, other.rms) for mine, other in pairs])
        yield Figure(f"{name}rms by that of {rival}", rms, "", SLACK)
        if scenario.spread:
            slips = _ratio([(mine.slips, other.slips) for mine, other in pairs])
            yield Figure(f"{name}slips by those of {rival}", slips, "", SLIPS_SHARE)
        elif not scenario.approach:
            travel = _ratio([(mine.travel_ratio, other.travel_ratio) for mine, other in pairs])
            yield Figure(f"{name}travel by that of {rival}", travel, "", TRAVEL_SHARE)


def _ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Of the sums over the seeds."""
    below = math.fsum(other for _, other in pairs)
    return math.fsum(mine for mine, _ in pairs) / below if below else math.nan


def function(outcomes: Sequence[Outcome]) -> list[Figure]:
    """That our controller works at all."""
    ours = [outcome for outcome in outcomes if outcome.job.controller == OURS]
    stood = {o.job.case: o.score.rms for o in outcomes if o.job.controller == GAP}
    ratios = [o.score.rms / stood[o.job.case] for o in ours if o.job.case in stood]
    figures = [Figure(TRIPPED, sum(1.0 for o in ours if o.score.trip), "", 0.0)] if ours else []
    return figures + ([Figure(BETTER, max(ratios), "", 0.5)] if ratios else [])


def wire(agreed: Agreement) -> list[Figure]:
    """That the direct coupling does what drivers, codecs and emulators do."""
    return [
        Figure("through the bytes: ticks", agreed.ticks, ""),
        Figure("through the bytes: ticks that differ", agreed.differing, ""),
        Figure(APART, agreed.apart_mpa / agreed.division_mpa, "", 1.0),
    ]
