"""The critical current of stripping by pressure, and what happens above it.

Published for sodium: p_c = 3.6 MPa per mA/cm2, 9 MPa for 2.5 mA/cm2 (Spencer Jolly 2020,
10.1021/acsami.9b17786) [S]; for lithium about 5 [B]. A ladder of current densities, each stripped
for a while, finds the first that parts the contact by 1 %.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, Shown, published, ticks, within
from fixture.twin.metals import METALS
from fixture.twin.parameters import Voids
from fixture.twin.plant import Plant
from fixture.twin.voids import Face
from tests.twin.twins import AREA_MM2, SECOND, changed, pressed, seen
from tests.twin.twins import IDEAL as FIXTURE

Array = NDArray[np.float64]
PRESSURES_MPA = (3.0, 9.0, 30.0)
PARTED = 0.01
RUNG = 1.02  # each current density of the ladder, times the last
RUNG_S = 4 * 3600
PUBLISHED_LIMITS = {"Na": (9.0, 2.5), "Li": (5.0, 1.0)}  # MPa, mA/cm2
STRIPPED = (2.0, 3.0, 4.0)  # mA/cm2, at 9 MPa
STRIPPED_S = 1800


def shown(short: bool) -> Shown:
    """Both metals at three pressures; the picture shows stripping at 9 MPa as well."""
    limits = {
        metal: [_ladder(METALS[metal].voids, pressure) for pressure in PRESSURES_MPA]
        for metal in ("Na", "Li")
    }
    figures = [
        within(
            f"{metal}: critical current at {pressure:g} MPa",
            found,
            pressure * PUBLISHED_LIMITS[metal][1] / PUBLISHED_LIMITS[metal][0],
            "mA/cm²",
            0.1,
        )
        for metal in limits
        for pressure, found in zip(PRESSURES_MPA, limits[metal], strict=True)
    ]
    step_s = 300 if short else 30
    runs = [_strip(density, step_s) for density in STRIPPED]
    figures += [
        Figure("Na at 9 MPa, 2 mA/cm²: parted after 30 min", float(runs[0][1][-1]), "", most=0.0),
        Figure("Na at 9 MPa, 4 mA/cm²: parted after 30 min", float(runs[2][1][-1]), "", least=0.5),
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _limits(axes[0], limits)
        _stripped(axes[1], runs)

    return Shown("critical-current", figures, 2, draw)


def _ladder(voids: Voids, pressure_mpa: float) -> float:
    """The first current density, mA/cm2, that parts a fresh face."""
    density = 0.5 * pressure_mpa / voids.critical_mpa_cm2_per_ma
    while True:
        face = Face(voids)
        for _ in range(RUNG_S // 60):
            face.advance(60.0, density, pressure_mpa)
        if face.share > PARTED:
            return density
        density *= RUNG


def _strip(density: float, step_s: int) -> tuple[Array, Array, Array]:
    """Minutes, share parted and contact resistance while sodium is stripped at 9 MPa."""
    full = {"initial_soc": 0.95, "capacity_mah_per_cm2": 3.0}
    plant: Plant = pressed(changed(FIXTURE, electrochemistry=full), 9.0)
    plant.cell.source_current(-1e-3 * density * AREA_MM2 / 100.0, 5.0)
    rows: list[tuple[float, float, float]] = []
    for t_s in range(0, STRIPPED_S + 1, step_s):
        plant.advance(t_s * SECOND)
        share, ohm = seen(plant, "void_share"), seen(plant, "contact_resistance_ohm")
        rows.append((t_s / 60.0, share, ohm))
    minutes, shares, ohms = np.array(rows).T
    return minutes, shares, ohms


def _limits(axis: Axes, limits: dict[str, list[float]]) -> None:
    for (metal, found), ink in zip(limits.items(), INKS, strict=False):
        pressure_mpa, density = PUBLISHED_LIMITS[metal]
        slope = density / pressure_mpa
        label = f"{metal}, {1.0 / slope:g} MPa per mA/cm²"
        axis.loglog([2.0, 40.0], [2.0 * slope, 40.0 * slope], color=ink, linewidth=0.8, label=label)
        axis.loglog(PRESSURES_MPA, found, "D", color=ink, label=f"twin, ladder, {metal}")
    label, style = "Na, Spencer Jolly 2020", published(fillstyle="none", markersize=11)
    axis.loglog(*[[number] for number in PUBLISHED_LIMITS["Na"]], label=label, **style)
    ticks(axis.xaxis, PRESSURES_MPA)
    ticks(axis.yaxis, (0.5, 1, 2.5, 5, 10))
    axis.set_xlabel("pressure / MPa")
    axis.set_ylabel("critical current of stripping / mA/cm²")


def _stripped(axis: Axes, runs: Sequence[tuple[Array, Array, Array]]) -> None:
    for (minutes, _, ohms), density, ink in zip(runs, STRIPPED, INKS, strict=False):
        axis.semilogy(minutes, ohms, color=ink, label=f"twin, Na, 9 MPa, {density:g} mA/cm²")
    ticks(axis.yaxis, (70, 200, 500, 1000, 3000))
    axis.set_xlabel("time of stripping / min")
    axis.set_ylabel("contact resistance on 10 mm / Ω")
    axis.set_title("above 2.5 mA/cm² voids part the contact", fontsize=9)
