"""Time to a short of Li | Li6PS5Cl by pressure, beside the published table.

Cycled at 75 uA/cm2: more than 1000 h at 5 MPa, 474 at 10, 272 at 15, 190 at 20, 48 at 25, at once
at 75 (Doux 2020, 10.1002/aenm.201903253; only the first confirmed [S], the rest as re-reported
[B]). The mean over seeds is judged within 20 %; each seed is one cell.
"""

from collections.abc import Sequence
from math import isnan

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, Shown, published, ticks, within
from fixture.twin.cell_parameters import LITHIUM_LPSCL_SHORTS
from fixture.twin.parameters import Dendrite
from fixture.twin.shorts import Hazard, mean_hours

Array = NDArray[np.float64]
PUBLISHED_H = {10: 474.0, 15: 272.0, 20: 190.0, 25: 48.0}
CYCLED = 0.075  # mA/cm2
SURVIVED_MPA, SURVIVED_H = 5.0, 1000.0
AT_ONCE_MPA, AT_ONCE_H = 75.0, 0.1
STEPS = 60  # in the mean time
LONGEST = 10  # of the mean time


def shown(short: bool) -> Shown:
    """40 cells at each pressure, 100 for the picture."""
    cells = 40 if short else 100
    hours = {mpa: _lives(float(mpa), cells) for mpa in (5, *PUBLISHED_H, 75)}
    figures = [
        within(f"Li | LPSCl at {mpa} MPa, mean", float(np.mean(hours[mpa])), published, "h", 0.2)
        for mpa, published in PUBLISHED_H.items()
    ]
    lasting = float(np.mean(hours[5] > SURVIVED_H))
    figures += [
        Figure("at 5 MPa: cells that last 1000 h", lasting, "of all", least=0.9),
        Figure("at 75 MPa: the longest life", float(hours[75].max()), "h", most=AT_ONCE_H),
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _draw(axes[0], hours)

    return Shown("shorts", figures, 1, draw)


def _lives(pressure_mpa: float, cells: int) -> Array:
    return np.array([_life(pressure_mpa, seed) for seed in range(cells)])


def _life(pressure_mpa: float, seed: int) -> float:
    """Hours until one cell has a short."""
    hazard = Hazard(LITHIUM_LPSCL_SHORTS, Dendrite(), seed)
    step_h = mean_hours(LITHIUM_LPSCL_SHORTS, pressure_mpa) / STEPS
    for step in range(1, LONGEST * STEPS):
        hazard.advance(3600.0 * step_h, pressure_mpa, CYCLED, CYCLED)
        if not isnan(hazard.resistance_ohm_cm2):
            return step * step_h
    return LONGEST * STEPS * step_h


def _draw(axis: Axes, hours: dict[int, Array]) -> None:
    pressures = list(hours)
    for number, (mpa, lives) in enumerate(hours.items()):
        label = "" if number else "twin, one cell (seed)"
        at = np.full(len(lives), float(mpa))
        axis.loglog(at, lives, "_", color=INKS[0], alpha=0.4, markersize=8, label=label)
    means = [float(np.mean(lives)) for lives in hours.values()]
    axis.loglog(pressures, means, color=INKS[0], linewidth=1.0, label="twin, mean")
    axis.loglog(
        list(PUBLISHED_H),
        list(PUBLISHED_H.values()),
        label="Doux 2020, re-reported [B]",
        **published(),
    )
    style = published(marker="^")
    axis.loglog([SURVIVED_MPA], [SURVIVED_H], label="Doux 2020: longer than 1000 h [S]", **style)
    style = published(marker="v")
    axis.loglog([AT_ONCE_MPA], [AT_ONCE_H], label="Doux 2020: at once [B]", **style)
    ticks(axis.xaxis, pressures)
    axis.set_xlabel("pressure / MPa")
    axis.set_ylabel("time to a short / h")
    axis.set_title("Li | Li₆PS₅Cl cycled at 75 µA/cm²", fontsize=9)
