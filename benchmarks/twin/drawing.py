"""What the twin's pictures share: one style, and files that stay small."""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from benchmarks.common import Figure

MOST_BYTES = 60_000
DPI = (84, 72)  # of one panel, of two
INKS = ("#1f5fa8", "#c2410c", "#15803d", "#7e22ce", "#6b7280")
INK = "#111827"  # of what is published
LEGEND: dict[str, Any] = {
    "fontsize": 8,
    "frameon": True,
    "framealpha": 0.9,
    "edgecolor": "none",
}
Draw = Callable[[Sequence[Axes]], None]


class Shown(NamedTuple):
    """One fact: what is judged of it, and its picture."""

    name: str  # of the picture: twin-NAME.png
    figures: list[Figure]
    panels: int
    draw: Draw


def png(shown: Shown) -> bytes:
    """The picture as a file."""
    canvas = Canvas(
        figsize=(1.2 + 5.0 * shown.panels, 4.0), dpi=DPI[shown.panels - 1], layout="constrained"
    )
    FigureCanvasAgg(canvas)
    axes: list[Axes] = list(canvas.subplots(1, shown.panels, squeeze=False)[0])
    for axis in axes:
        axis.grid(visible=True, color="#e5e7eb", linewidth=0.6)
    shown.draw(axes)
    for axis in axes:
        axis.tick_params(labelsize=8)
        for label in (axis.xaxis.label, axis.yaxis.label):
            label.set_fontsize(9)
        if axis.get_legend_handles_labels()[0] and axis.get_legend() is None:
            axis.legend(**LEGEND)
    file = io.BytesIO()
    canvas.savefig(file, format="png", pil_kwargs={"optimize": True})
    return file.getvalue()


def published(**style: object) -> dict[str, Any]:
    """How a published point is drawn, where nothing else is said."""
    return {"linestyle": "none", "marker": "o", "markersize": 6, "color": INK, **style}


def ticks(axis: Axis, values: Sequence[float]) -> None:
    """These alone, as plain numbers, on an axis of logarithms."""
    axis.set_major_locator(FixedLocator(list(values)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_locator(NullLocator())


def within(what: str, value: float, published: float, unit: str, share: float) -> Figure:
    """A value judged against the published one, within a share of it."""
    least, most = published * (1.0 - share), published * (1.0 + share)
    return Figure(f"{what} (published {published:g})", value, unit, most=most, least=least)


def within_factor(what: str, value: float, published: float, unit: str, factor: float) -> Figure:
    """The same, within a factor either way."""
    least, most = published / factor, published * factor
    return Figure(f"{what} (published {published:g})", value, unit, most=most, least=least)
