"""Traces of a scenario: the error of every controller, the best two close up, and the press.

One picture a scenario, a column for each variant, of the first seed with the first choice of
sensors. Each line is the least and the largest value of each stretch of time, so no peak is lost.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.hold.scenarios.table import FED, GAP, ONE, OURS, SPRING, TUNED, WINDING, Scenario
from benchmarks.hold.work import Floats, Outcome, Trace

INK = {
    GAP: "#9ca3af",
    SPRING: "#4b5563",
    WINDING: "#b45309",
    ONE: "#d97706",
    TUNED: "#c2410c",
    FED: "#7c3aed",
    OURS: "#1f5fa8",
}
WHOLE = (GAP, SPRING, WINDING, ONE, TUNED, OURS)
CLOSE = (ONE, TUNED, OURS)
ROWS = (("error / %", WHOLE), ("error / %, close up", CLOSE))
ROOM = 1.4  # of our largest error, seen close up
NEAR_PERCENT = 1.5  # seen close up where the way to the setpoint is in the picture


def draw(scenario: Scenario, outcomes: Sequence[Outcome], path: Path) -> bool:
    """Draw a scenario into a PNG file; False where there is nothing to draw."""
    columns = [
        (variant.name, traces)
        for variant in scenario.variants
        if (traces := _traces(scenario, variant.name, outcomes))
    ]
    if not columns:
        return False
    width = max(6.0, 4.2 * len(columns))
    figure = Figure(figsize=(width, 6.0), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(3, len(columns), sharex="col", squeeze=False)
    for at, (name, traces) in enumerate(columns):
        _column(list(axes[:, at]), name, traces, first=at == 0)
        _closer(axes[1, at], traces, NEAR_PERCENT if scenario.approach else 0.0)
    title = textwrap.fill(f"{scenario.name}: {scenario.about}", round(14 * width))
    figure.suptitle(title, fontsize=10)
    figure.savefig(path)
    return True


def _traces(scenario: Scenario, variant: str, outcomes: Sequence[Outcome]) -> dict[str, Trace]:
    """By controller."""
    of = [o for o in outcomes if o.job.case[:2] == (scenario.name, variant) and not o.score.trip]
    if not of:
        return {}
    seed = min(outcome.job.case.seed for outcome in of)
    order = {sensors: at for at, sensors in enumerate(scenario.sensors)}
    sensors = min((outcome.job.case.sensors for outcome in of), key=order.__getitem__)
    return {
        o.job.controller: o.trace
        for o in of
        if (o.job.case.sensors, o.job.case.seed) == (sensors, seed)
    }


def _column(axes: list[Axes], name: str, traces: dict[str, Trace], *, first: bool) -> None:
    axes[0].set_title(name, fontsize=10)
    for axis, (label, shown) in zip(axes, ROWS, strict=False):
        for controller in shown:
            if controller in traces:
                trace = traces[controller]
                _line(axis, trace, trace.error_percent, controller)
        axis.set_ylabel(label if first else "")
    for controller in (TUNED, OURS):
        if controller in traces:
            trace = traces[controller]
            _line(axes[2], trace, trace.drive_um - trace.drive_um[0, 0], controller)
    axes[2].set_ylabel("press / µm" if first else "")
    axes[2].set_xlabel("time / h")
    for axis in axes:
        axis.grid(visible=True, color="#e5e7eb", linewidth=0.6)
        axis.margins(x=0.01)
    if first:
        axes[0].legend(loc="upper right", fontsize=7, frameon=False, ncols=2)


def _line(axis: Axes, trace: Trace, ends: Floats, controller: str) -> None:
    axis.plot(
        np.repeat(trace.hours, 2),
        ends.ravel(),
        color=INK[controller],
        linewidth=0.8,
        label=controller,
        zorder=3.0 if controller == OURS else 2.0,
    )


def _closer(axis: Axes, traces: dict[str, Trace], most: float) -> None:
    """See `most` %, or with 0 what our own error takes."""
    if OURS in traces:
        most = most or ROOM * float(np.max(np.abs(traces[OURS].error_percent)))
        axis.set_ylim(-most, most)
