"""Contact resistance while a stack is pressed on and let go again, beside published tables.

Li | Li6PS5Cl on 10 mm: Doux 2020 as re-reported [B]. Al | Li2S, the default elsewhere: [B]. Judged
within 15 % at each published pressure, and at 5 MPa after 25.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.twin.drawing import INKS, Shown, published, ticks, within
from fixture.twin.cell_parameters import LITHIUM_LPSCL
from fixture.twin.parameters import Contact
from fixture.twin.plant import Plant
from tests.twin.twins import AREA_MM2, IDEAL, after, changed, seen

Array = NDArray[np.float64]
AREA_CM2 = AREA_MM2 / 100.0
LPSCL_OHM = {1: 500.0, 5: 110.0, 10: 50.0, 15: 40.0, 20: 35.0, 25: 32.0}  # on 10 mm
DEFAULT_OHM_CM2 = {1: 200.0, 10: 50.0, 50: 20.0}
BACK_MPA, BACK_OHM = 5.0, 50.0  # after 25 MPa


class Pressed(NamedTuple):
    """Pressure and resistance on the way up and down."""

    up_mpa: Array
    up_ohm: Array
    down_mpa: Array
    down_ohm: Array


def shown(short: bool) -> Shown:
    """Pressed to 25 and to 50 MPa by the twin's screw."""
    step_s = 0.2 if short else 0.1
    lithium = _press(LITHIUM_LPSCL, 25.5, step_s)
    default = _press(Contact(), 50.5, step_s)
    figures = [
        within(f"Li | LPSCl at {mpa} MPa", _at(mpa, lithium.up_mpa, lithium.up_ohm), ohm, "Ω", 0.15)
        for mpa, ohm in LPSCL_OHM.items()
    ]
    back_ohm = _at(BACK_MPA, lithium.down_mpa[::-1], lithium.down_ohm[::-1])
    figures.append(within("the same, back at 5 MPa", back_ohm, BACK_OHM, "Ω", 0.15))
    figures += [
        within(
            f"default at {mpa} MPa",
            AREA_CM2 * _at(mpa, default.up_mpa, default.up_ohm),
            ohm_cm2,
            "Ω·cm²",
            0.15,
        )
        for mpa, ohm_cm2 in DEFAULT_OHM_CM2.items()
    ]

    def draw(axes: Sequence[Axes]) -> None:
        _draw(axes[0], lithium, default)

    return Shown("resistance", figures, 1, draw)


def _press(contact: Contact, most_mpa: float, step_s: float) -> Pressed:
    """Up to a pressure and down again, at 5 um/s."""
    parameters = changed(IDEAL, contact={f: getattr(contact, f) for f in contact.__struct_fields__})
    plant = Plant(parameters)
    counts = round(most_mpa * AREA_MM2 / 10.0 / 0.05)
    seconds = counts * 0.05 / 5.0 + 5.0
    columns: list[Array] = []
    for way, goal in enumerate((counts, -400)):
        plant.press.move_to(goal)
        rows: list[tuple[float, float]] = []
        for step in range(round(seconds / step_s)):
            after(plant, step_s, start_s=way * seconds + step * step_s, tick_s=step_s)
            ohm = seen(plant, "contact_resistance_ohm")
            rows.append((1e-6 * seen(plant, "true_pressure_pa"), ohm))
        columns += list(np.array(rows).T)
    return Pressed(*columns)


def _at(pressure_mpa: float, pressures: Array, ohms: Array) -> float:
    return float(np.exp(np.interp(pressure_mpa, pressures, np.log(ohms))))


def _draw(axis: Axes, lithium: Pressed, default: Pressed) -> None:
    for run, scale, ink, name in (
        (lithium, 1.0, INKS[0], "Li | Li₆PS₅Cl"),
        (default, 1.0, INKS[1], "default"),
    ):
        falling = run.down_mpa > 0.3
        axis.loglog(run.up_mpa, scale * run.up_ohm, color=ink, label=f"twin, {name}, pressed on")
        axis.loglog(
            run.down_mpa[falling],
            scale * run.down_ohm[falling],
            ":",
            color=ink,
            label=f"twin, {name}, let go",
        )
    ohms = list(LPSCL_OHM.values())
    axis.loglog(
        list(LPSCL_OHM), ohms, label="Li | LPSCl, Doux 2020, re-reported [B]", **published()
    )
    style = published(marker="s", fillstyle="none")
    axis.loglog([BACK_MPA], [BACK_OHM], label="the same, at 5 MPa after 25 [B]", **style)
    style = published(marker="^")
    ohms = [ohm_cm2 / AREA_CM2 for ohm_cm2 in DEFAULT_OHM_CM2.values()]
    axis.loglog(list(DEFAULT_OHM_CM2), ohms, label="Al | Li₂S [B]", **style)
    ticks(axis.xaxis, (1, 5, 10, 25, 50))
    ticks(axis.yaxis, (20, 50, 100, 200, 500, 1000))
    axis.set_xlabel("pressure at the interface / MPa")
    axis.set_ylabel("contact resistance on 10 mm / Ω")
