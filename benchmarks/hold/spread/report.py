"""The spread's tables: a line for each class, a line for each rig, and the goals."""

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.common import Figure
from benchmarks.hold.spread.judge import Figures
from benchmarks.hold.spread.pi import Rival
from benchmarks.hold.spread.rig import Rig
from fixture.core.safety.trips import Trip

MEDIAN_BOUND = 1.10  # rms by the bound
MEDIAN_PI = 1.0  # rms by that of PI tuned for the rig
WORST_PI = 1.5
TRAVEL_PI = 0.35  # travel by its travel, of the sums
FALSE_TRIPS = "false trips"
OVER = "runs with true force beyond the limit"
HEADS = (
    "class",
    "rigs",
    "trips",
    "over",
    "rms/bound",
    "worst",
    "PI",
    "worst",
    "ours/PI",
    "worst",
    "turns/h",
    "PI",
    "travel/PI",
    "overshoot %",
    "slips",
    "settle s",
    "PI",
)


class Pair(NamedTuple):
    """A rig under ours and, where it was run, under PI."""

    rig: Rig
    ours: Figures
    pi: Rival | None


def table(pairs: Sequence[Pair]) -> list[str]:
    """A line for each class and one for all: medians, and the worst where it says so."""
    kinds = dict.fromkeys(pair.rig.kind for pair in pairs)
    rows = [_row(kind, [pair for pair in pairs if pair.rig.kind == kind]) for kind in kinds]
    return _aligned([HEADS, *rows, _row("all", pairs)])


def _row(name: str, pairs: Sequence[Pair]) -> list[str]:
    ours = [pair.ours for pair in pairs]
    theirs = [pair.pi.figures for pair in pairs if pair.pi is not None]
    return [
        name,
        f"{len(pairs)}",
        f"{sum(one.false_trip() for one in ours)}",
        f"{sum(one.over_limit for one in ours)}",
        *_spread([one.ratio() for one in ours]),
        *_spread([one.ratio() for one in theirs]),
        *_spread(_by_pi(pairs)),
        _middle([one.reversals_per_h for one in ours], 0),
        _middle([one.reversals_per_h for one in theirs], 0),
        f"{_travel(pairs):.2f}",
        *_spread([one.overshoot for one in ours])[1:],
        *_spread([one.overshoot_slips for one in ours])[1:],
        _middle([one.settle_s for one in ours], 0),
        _middle([one.settle_s for one in theirs], 0),
    ]


def _known(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def _middle(values: Sequence[float], places: int) -> str:
    known = _known(values)
    return f"{statistics.median(known):.{places}f}" if known else "–"


def _spread(values: Sequence[float]) -> tuple[str, str]:
    """Median and largest."""
    known = _known(values)
    return (_middle(values, 2), f"{max(known):.2f}") if known else ("–", "–")


def _by_pi(pairs: Sequence[Pair]) -> list[float]:
    """Rms of ours by that of PI, where both held."""
    return [pair.ours.rms_mpa / pair.pi.figures.rms_mpa for pair in pairs if pair.pi is not None]


def _travel(pairs: Sequence[Pair]) -> float:
    """Travel an hour of ours by that of PI, of the sums over the rigs where both held."""
    ours = theirs = 0.0
    for pair in pairs:
        if pair.pi is not None and pair.ours.hours and pair.pi.figures.hours:
            ours += pair.ours.travel_um / pair.ours.hours
            theirs += pair.pi.figures.travel_um / pair.pi.figures.hours
    return ours / theirs if theirs else math.nan


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def lines(pairs: Sequence[Pair]) -> Iterator[str]:
    """A line for each rig, tab-separated: its name, ours, PI's gains, PI's figures, the truth."""
    yield "\t".join(
        (
            "class",
            "rig",
            *Figures._fields,
            "ratio",
            "gains",
            *(f"pi_{name}" for name in Figures._fields),
            "setpoint_mpa",
            "declared_n_per_um",
            "truth",
        )
    )
    for rig, ours, rival in pairs:
        trip = Trip(ours.trip).name
        figures = [trip, *(f"{value:.4g}" for value in ours[1:]), f"{ours.ratio():.3f}"]
        theirs = [f"{value:.4g}" for value in rival.figures] if rival else ["–"] * len(ours)
        gains = " ".join(f"{gain:.3g}" for gain in rival.gains) if rival else "–"
        known = [f"{rig.setpoints_mpa[-1]:.3g}", f"{rig.stiffness_n_per_um:.3g}", _truth(rig)]
        yield "\t".join([rig.kind, rig.name, *figures, gains, *theirs, *known])


def _truth(rig: Rig) -> str:
    """What is true of it, in one cell."""
    return " ".join(
        f"{section}.{name}={value:.4g}" if isinstance(value, float) else f"{section}.{name}={value}"
        for section, fields in rig.truth.items()
        for name, value in fields.items()
    )


def goals(pairs: Sequence[Pair], *, short: bool) -> list[Figure]:
    """What the spread requires of our controller; a `short` one judges trips and limit alone."""
    ours = [pair.ours for pair in pairs]
    ratios = _known([one.ratio() for one in ours])
    figures = [
        Figure(FALSE_TRIPS, sum(one.false_trip() for one in ours), "", 0.0),
        Figure(OVER, sum(one.over_limit for one in ours), "", 0.0),
    ]
    if ratios:
        middle = statistics.median(ratios)
        figures.append(Figure("rms, median", middle, "× bound", MEDIAN_BOUND, timed=short))
    by_pi = _known(_by_pi(pairs))
    if by_pi:
        middle, worst = statistics.median(by_pi), max(by_pi)
        figures += [
            Figure("rms by that of PI, median", middle, "", MEDIAN_PI, timed=short),
            Figure("rms by that of PI, worst", worst, "", WORST_PI, timed=short),
            Figure("travel by that of PI", _travel(pairs), "", TRAVEL_PI, timed=short),
        ]
    return figures
