"""The swing of pressure in a fixed gap, by the column's stiffness.

Charged by 1 mAh/cm2 on 10 mm. The lines are judged against K·(coefficient)/A, computed [C].
Published for whole cells, re-reported [B], without the stiffness of the fixture: In | LGPS | LCO
0.86 MPa per mAh/cm2 at 62 MPa, Si | Li21Si5 0.52; they are drawn and judged, within a factor of
two, at the 20 N/um of a jig between a stiff one and an actuated rig [A].
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, Shown, published, ticks, within, within_factor
from fixture.config.materials import MATERIALS
from fixture.twin.plant import Plant
from tests.twin.twins import AREA_MM2, IDEAL, SECOND, changed, seen

CURRENT_A = 1e-3 * AREA_MM2 / 100.0  # 1 mA/cm2
JIG = 20.0  # N/um


class Couple(NamedTuple):
    """Electrodes, the pressure they are held at, and what was published."""

    label: str
    materials: tuple[str, ...]
    pressure_mpa: float
    computed: dict[float, float]  # MPa per mAh/cm2, by N/um [C]
    published: float  # MPa per mAh/cm2, or 0


COUPLES = (
    Couple("Na", ("Na",), 15.0, {35.0: 4.0, 10.0: 1.13, 3.0: 0.33, 1.0: 0.11}, 0.0),
    Couple("Li", ("Li",), 15.0, {35.0: 2.2, 10.0: 0.62, 3.0: 0.18, 1.0: 0.06}, 0.0),
    Couple("In | LGPS | LCO", ("In", "LCO"), 62.0, {}, 0.86),
    Couple("Si | Li₂₁Si₅", ("Si",), 62.0, {}, 0.52),
)


def shown(short: bool) -> Shown:
    """Each couple at each computed or published stiffness; more of them for the picture."""
    stiffnesses = [] if short else [float(k) for k in np.geomspace(0.3, 40.0, 9)]
    figures: list[Figure] = []
    lines: list[list[float]] = []
    for couple in COUPLES:
        for stiffness, computed in couple.computed.items():
            found = _swing(couple, stiffness)
            what = f"{couple.label}, {stiffness:g} N/µm"
            figure = within(what, found, computed, "MPa/mAh/cm²", 0.1)
            figures.append(figure._replace(what=f"{what} (computed {computed:g})"))
        if couple.published:
            found = _swing(couple, JIG)
            what = f"{couple.label}, {JIG:g} N/µm"
            figures.append(within_factor(what, found, couple.published, "MPa/mAh/cm²", 2.0))
        lines.append([_swing(couple, stiffness) for stiffness in stiffnesses])

    def draw(axes: Sequence[Axes]) -> None:
        _draw(axes[0], stiffnesses, lines)

    return Shown("swing", figures, 1, draw)


def _swing(couple: Couple, stiffness: float) -> float:
    """MPa that 1 mAh/cm2 makes of a fixed gap."""
    coefficient = sum(MATERIALS[name].um_per_mah_cm2 for name in couple.materials)
    parameters = changed(
        IDEAL,
        bench={"breathing_um_per_mah_cm2": coefficient},
        stack={"stiffness_n_per_um": stiffness, "contact_mpa": couple.pressure_mpa},
    )
    plant = Plant(parameters)
    before_mpa = 1e-6 * seen(plant, "true_pressure_pa")
    plant.cell.source_current(CURRENT_A, 5.0)
    plant.advance(3600 * SECOND)
    return 1e-6 * seen(plant, "true_pressure_pa") - before_mpa


def _draw(axis: Axes, stiffnesses: Sequence[float], lines: Sequence[Sequence[float]]) -> None:
    for couple, line, ink in zip(COUPLES, lines, INKS, strict=False):
        axis.loglog(stiffnesses, line, color=ink, label=f"twin, {couple.label}")
        if couple.computed:
            axis.loglog(list(couple.computed), list(couple.computed.values()), "x", color=ink)
        else:
            bar = [[couple.published / 2.0], [couple.published]]
            style = published(color=ink)
            label = f"published, {couple.label}, re-reported [B]"
            axis.errorbar([JIG], [couple.published], yerr=bar, capsize=4, label=label, **style)
    axis.plot([], [], "kx", label="computed, K·coefficient/A [C]")
    ticks(axis.xaxis, (0.3, 1, 3, 10, 35))
    axis.set_xlabel("stiffness of the column / N/µm  (published cells: assumed 20 [A])")
    axis.set_ylabel("swing in a fixed gap / MPa per mAh/cm²")
    axis.set_title("10 mm cell, charged by 1 mAh/cm²; bars: a factor of 2", fontsize=9)
