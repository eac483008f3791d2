"""Sodium that is pressed and then held at constant extension, beside Wang's.

A foil of 1.5 mm on 6.35 mm is loaded at 1.2e-3 /s to 3 MPa (engineering stress) and then kept at
that extension: the stress falls to about 0.6 MPa (Wang et al., Materialia 2020,
10.1016/j.mtla.2020.100792) [S]; judged at 1 h within a factor of two. The machine's stiffness is
assumed, 2 to 10 N/um [A]. Free creep, without friction on the plates, goes much further.
"""

from collections.abc import Sequence
from math import pi
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.twin.drawing import INKS, Shown, published, within_factor
from fixture.twin.parameters import Foil
from fixture.twin.plant import Plant
from tests.twin.twins import IDEAL, SECOND, changed, seen

AREA_MM2 = pi * 6.35**2 / 4.0
PEAK_MPA = 3.0
PUBLISHED_MPA = 0.6
STIFFNESSES = (2.0, 5.0, 10.0)  # N/um


class Relaxed(NamedTuple):
    """One run; hours count from the end of loading."""

    stiffness: float
    foil_um: float  # at the end of loading
    hours: NDArray[np.float64]
    stress_mpa: NDArray[np.float64]


def shown(short: bool) -> Shown:
    """Judged at 1 h; the picture goes on to 10 h."""
    hours = np.geomspace(1e-3, 1.0 if short else 10.0, 13 if short else 40)
    runs = [relaxed(stiffness, hours) for stiffness in STIFFNESSES]
    figures = [
        within_factor(
            f"sodium at 1 h, {run.stiffness:g} N/µm",
            float(np.interp(1.0, run.hours, run.stress_mpa)),
            PUBLISHED_MPA,
            "MPa",
            2.0,
        )
        for run in runs
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _draw(axes[0], runs)

    return Shown("relaxation", figures, 1, draw)


def relaxed(stiffness: float, hours: NDArray[np.float64]) -> Relaxed:
    """Loaded, and then kept at that extension for so many hours."""
    parameters = changed(
        IDEAL,
        bench={
            "area_mm2": AREA_MM2,
            "breathing_um_per_mah_cm2": 0.0,
            "confinement": 0.0,
            "speed_um_per_s": 1.2e-3 * 1500.0,
            "travel_max_um": 3000.0,
        },
        stack={"stiffness_n_per_um": stiffness, "softness": 0.0, "contact_mpa": 0.05},
        foil={"thickness_um": 1500.0, "room_um": 0.0, "rate_per_s": 0.53, "spreads": True},
    )
    plant, t_ns = Plant(parameters), 0
    plant.press.move_to(60_000)
    while seen(plant, "true_force_newton") < PEAK_MPA * AREA_MM2:
        t_ns += SECOND // 5
        plant.advance(t_ns)
    plant.press.stop()
    foil_um = 1e6 * seen(plant, "foil_thickness_metre")
    stress: list[float] = []
    for hour in hours:
        plant.advance(t_ns + round(3600.0 * hour * SECOND))
        stress.append(seen(plant, "true_force_newton") / AREA_MM2)
    return Relaxed(stiffness, foil_um, hours, np.array(stress))


def _draw(axis: Axes, runs: Sequence[Relaxed]) -> None:
    for run, ink in zip(runs, INKS, strict=False):
        axis.semilogx(run.hours, run.stress_mpa, color=ink, label=f"twin, {run.stiffness:g} N/µm")
    free = runs[0]
    sodium, wider = Foil(), 1500.0 / free.foil_um
    speed = 4.0 * free.stiffness / AREA_MM2 / wider * free.foil_um * sodium.rate_per_s
    true_mpa = ((PEAK_MPA / wider) ** -4 + speed * 3600.0 * free.hours) ** -0.25
    label = f"free creep, no friction, {free.stiffness:g} N/µm"
    axis.semilogx(free.hours, wider * true_mpa, "--", color=INKS[4], label=label)
    bar = [[PUBLISHED_MPA / 2.0], [PUBLISHED_MPA]]
    label = "Wang 2020, with a factor of 2"
    axis.errorbar([1.0], [PUBLISHED_MPA], yerr=bar, capsize=4, label=label, **published())
    axis.set_xlabel("time at constant extension / h")
    axis.set_ylabel("engineering stress / MPa")
    axis.set_ylim(0.0, 3.0)
    axis.set_title("Na, 1.5 mm on ø 6.35 mm, loaded to 3 MPa", fontsize=9)
