"""Sodium between plates at a held pressure: an open edge loses it, a die keeps it.

Above about 35 MPa an open film extrudes [C]; at 70 to 80 MPa 50 um are gone in minutes, so that a
die is needed [C]; below, friction of the plates holds a film.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, Shown
from fixture.twin.foil import FoilFlow
from fixture.twin.parameters import Foil
from tests.twin.twins import BENCH

FOIL = Foil(thickness_um=50.0, room_um=2.0)
HELD_MPA_PER_UM = 1e-3  # a press that follows
STEP_S = 0.1


class Case(NamedTuple):
    """An edge and a pressure."""

    confinement: float
    pressure_mpa: float
    label: str


CASES = (
    Case(0.0, 15.0, "open, 15 MPa"),
    Case(0.0, 34.0, "open, 34 MPa"),
    Case(0.0, 40.0, "open, 40 MPa"),
    Case(0.0, 70.0, "open, 70 MPa"),
    Case(1.0, 80.0, "closed die, 80 MPa"),
)


def shown(short: bool) -> Shown:
    """Judged after 5 min; the picture goes on to an hour."""
    seconds = 300.0 if short else 3600.0
    runs = [_run(case, seconds) for case in CASES]
    after_5_min = [float(np.interp(300.0, times, left)) for times, left in runs]
    figures = [
        Figure("open, 15 MPa: sodium left after 5 min", after_5_min[0], "µm of 50", least=45.0),
        Figure("open, 34 MPa", after_5_min[1], "µm of 50", least=40.0),
        Figure("open, 40 MPa", after_5_min[2], "µm of 50", most=30.0),
        Figure("open, 70 MPa: gone", after_5_min[3], "µm of 50", most=0.5),
        Figure(
            "closed die, 80 MPa: all but its room", after_5_min[4], "µm of 50", least=48.0 - 1e-6
        ),
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _draw(axes[0], runs)

    return Shown("extrusion", figures, 1, draw)


Run = tuple[NDArray[np.float64], NDArray[np.float64]]


def _run(case: Case, seconds: float) -> Run:
    """Times, s, and what is left, um."""
    flow = FoilFlow(FOIL, replace(BENCH, confinement=case.confinement))
    left: list[float] = []
    for _ in range(round(seconds / STEP_S)):
        flow.advance(STEP_S, case.pressure_mpa, HELD_MPA_PER_UM)
        left.append(flow.thickness_um)
    times = np.arange(1, len(left) + 1, dtype=np.float64)
    return STEP_S * times, np.array(left)


def _draw(axis: Axes, runs: Sequence[Run]) -> None:
    for (times, left), case, ink in zip(runs, CASES, INKS, strict=True):
        thin = np.unique(np.geomspace(1, len(times), 200).astype(int)) - 1
        axis.semilogx(times[thin] / 60.0, left[thin], color=ink, label=f"twin, {case.label}")
    axis.axvspan(1.0, 10.0, color="#fde68a", alpha=0.4, label="70 MPa, open: gone in minutes [C]")
    axis.set_xlabel("time / min")
    axis.set_ylabel("sodium left / µm")
    axis.set_ylim(0.0, 52.0)
    axis.set_title("50 µm of sodium on 10 mm; extrudes above 35 MPa [C]", fontsize=9)
