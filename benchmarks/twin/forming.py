"""Powder and separator under high pressure: density, best forming pressure, fracture, slow creep.

Published: 1 to 3 % of the force per decade of time in a fixed gap [B]; Li6PS5Cl forms best near
625 MPa and fractures at about 750 (Yan 2026) [S].
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, LEGEND, Shown, within
from fixture.twin.plant import Plant
from tests.twin.twins import IDEAL, SECOND, changed, seen

Array = NDArray[np.float64]
PRESS = {"bench": {"travel_max_um": 15_000.0, "speed_um_per_s": 50.0}}
POURED = changed(
    IDEAL,
    **PRESS,
    stack={"stiffness_n_per_um": 30.0},
    compaction={"height_um": 1000.0},
    electrolyte={"scatter": 0.0},
)
POURED_DENSITY = 0.5
BEST_MPA, FRACTURE_MPA = 625.0, 750.0
HELD = changed(IDEAL, **PRESS, compaction={"per_decade": 0.02}, stack={"contact_mpa": 375.0})
PROBE_A = 1e-3
STEP_S = 0.2


def shown(short: bool) -> Shown:
    """A pellet pressed until it breaks, and one held in a fixed gap at 375 MPa for hours."""
    pressure, density, ohms, damage = _press()
    whole = damage < 1.0
    best = float(pressure[whole][np.argmin(ohms[whole])])
    broken = float(pressure[whole].max())
    times, lost = _creep(short)
    decades = [b - a for a, b in pairwise(lost)]
    figures = [
        within("pressure of the least resistance", best, BEST_MPA, "MPa", 0.05),
        within("pressure of the fracture", broken, FRACTURE_MPA, "MPa", 0.02),
        Figure("relaxed per decade, least", 100.0 * min(decades), "%", least=1.0),
        Figure("relaxed per decade, most", 100.0 * max(decades), "%", most=3.0),
        Figure("density at 375 MPa", float(np.interp(375.0, pressure[whole], density[whole])), ""),
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _density(axes[0], pressure, density, ohms, damage)
        _relaxed(axes[1], times, lost)

    return Shown("forming", figures, 2, draw)


def _press() -> Array:
    """Pressure, relative density, ohmic resistance and damage on the way up."""
    plant, t_s = Plant(POURED), 0.0
    plant.press.move_to(60_000)
    plant.cell.source_current(PROBE_A, 5.0)
    rows: list[tuple[float, float, float, float]] = []
    while seen(plant, "separator_damage") < 1.0 and t_s < 300.0:
        t_s += STEP_S
        plant.advance(round(t_s * SECOND))
        lost = seen(plant, "forming_metre") / 1e-3
        ohm = _apparent(plant)
        mpa = 1e-6 * seen(plant, "true_pressure_pa")
        rows.append((mpa, POURED_DENSITY / (1.0 - lost), ohm, seen(plant, "separator_damage")))
    return np.array(rows).T


def _apparent(plant: Plant) -> float:
    """Ohmic resistance by breaking the current for a moment, without the contact, ohm."""
    on_v = plant.cell.voltage_v()
    plant.cell.open_circuit()
    off_v = plant.cell.voltage_v()
    plant.cell.source_current(PROBE_A, 5.0)
    return (on_v - off_v) / PROBE_A - seen(plant, "contact_resistance_ohm")


def _creep(short: bool) -> tuple[Array, Array]:
    """Decades of time, s, and the share of the force that a fixed gap has lost by then."""
    plant = Plant(HELD)
    before = seen(plant, "true_force_newton")
    times = np.array([10.0, 100.0, 1000.0] if short else [10.0, 100.0, 1000.0, 10_000.0])
    lost: list[float] = []
    for t_s in times:
        plant.advance(round(t_s * SECOND))
        lost.append(1.0 - seen(plant, "true_force_newton") / before)
    return times, np.array(lost)


def _density(axis: Axes, pressure: Array, density: Array, ohms: Array, damage: Array) -> None:
    whole = damage < 1.0
    axis.plot(pressure[whole], density[whole], color=INKS[0], label="twin, density")
    axis.set_xlabel("pressure while pressed / MPa")
    axis.set_ylabel("relative density", color=INKS[0])
    axis.set_ylim(0.5, 0.9)
    axis.plot([], [], color=INKS[1], label="twin, ohmic resistance")
    axis.axvline(BEST_MPA, color="#111827", linestyle=":", label="best near 625 MPa, Yan 2026")
    axis.axvline(FRACTURE_MPA, color="#111827", linestyle="--", label="breaks at 750, Yan 2026")
    other = axis.twinx()
    other.plot(pressure[whole], ohms[whole], color=INKS[1])
    other.plot([pressure[whole][-1]], [ohms[-1]], "x", color=INKS[1])
    other.set_ylabel("ohmic resistance on 10 mm / Ω", color=INKS[1])
    other.tick_params(labelsize=8)
    axis.legend(loc="center right", **LEGEND)
    axis.set_title("powder pressed until it breaks (x: broken)", fontsize=9)


def _relaxed(axis: Axes, times: Array, lost: Array) -> None:
    axis.semilogx(times, 100.0 * lost, "D-", color=INKS[0], label="twin")
    start = 100.0 * lost[0]
    decades = np.log10(times / times[0])
    axis.fill_between(
        times,
        start + decades,
        start + 3.0 * decades,
        color="#fde68a",
        alpha=0.5,
        label="1–3 % per decade [B]",
    )
    axis.set_xlabel("time in a fixed gap / s")
    axis.set_ylabel("force lost / %")
    axis.set_title("powder held from 375 MPa", fontsize=9)
