"""Four kinds of press under one stack of sodium that breathes, left to themselves.

Each is brought to 15 MPa and then not commanded while 1 mAh/cm2 is plated and stripped. A screw
is a fixed gap: 1.13 MPa per mAh/cm2 at 10 N/um [C]. An air cylinder is one too until its seals give
way, bellows follow but for their own stiffness, a pump keeps its gauge and its ram sticks.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.twin.drawing import INKS, Shown, within
from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant
from tests.twin.twins import AREA_MM2, IDEAL, SECOND, SODIUM, after, changed, seen

Array = NDArray[np.float64]
AIM_MPA = 15.0
CURRENT_A = 1e-3 * AREA_MM2 / 100.0
HALF_S = 3600
STIFFNESS, STEP_UM, N_PER_COUNT = 10.0, 0.05, 0.5
LOADED_S = 120.0
KINDS = ("screw", "air", "bellows", "hydraulic")
SEALS_MPA = 60.0 * 1.3 / AREA_MM2  # of the air cylinder


def shown(short: bool) -> Shown:
    """Swings of the four."""
    step_s = 120.0 if short else 60.0
    runs = {kind: _run(kind, step_s) for kind in KINDS}
    swings = {kind: float(np.ptp(mpa)) for kind, (_, mpa) in runs.items()}
    bellows = SODIUM * STIFFNESS * 0.5 / (STIFFNESS + 0.5) / AREA_MM2
    figures = [
        within("screw, fixed gap: swing", swings["screw"], 1.13, "MPa", 0.1),
        Figure("air: swing, within twice its seals", swings["air"], "MPa", most=2.1 * SEALS_MPA),
        Figure("bellows: swing", swings["bellows"], "MPa", most=1.5 * bellows + 0.6),
        Figure("hydraulic: swing, its ram stuck", swings["hydraulic"], "MPa", most=1.2),
    ]

    def draw(axes: Sequence[Axes]) -> None:
        for (kind, (minutes, mpa)), ink in zip(runs.items(), INKS, strict=False):
            axes[0].plot(minutes, mpa, color=ink, label=f"twin, {kind}")
        axes[0].set_xlabel("time / min  (plated for 60, stripped for 60)")
        axes[0].set_ylabel("pressure at the interface / MPa")
        axes[0].set_title("no controller: 1 mAh/cm² of Na, 10 N/µm", fontsize=9)

    return Shown("presses", figures, 1, draw)


def _rig(kind: str) -> Parameters:
    return changed(
        IDEAL, stack={"contact_mpa": 1.0}, press={"kind": kind}, bench={"step_um": STEP_UM}
    )


def _run(kind: str, step_s: float) -> tuple[Array, Array]:
    """Minutes from the first current, and MPa."""
    plant = Plant(_rig(kind))
    t_s = _bring(plant, kind)
    rows = [(0.0, 1e-6 * seen(plant, "true_pressure_pa"))]
    for sign in (1.0, -1.0):
        plant.cell.source_current(sign * CURRENT_A, 5.0)
        for _ in range(round(HALF_S / step_s)):
            t_s += step_s
            plant.advance(round(t_s * SECOND))
            minutes = len(rows) * step_s / 60.0
            rows.append((minutes, 1e-6 * seen(plant, "true_pressure_pa")))
    minutes, mpa = np.array(rows).T
    return minutes, mpa


def _bring(plant: Plant, kind: str) -> float:
    """To 15 MPa by looking at the truth; the time it took, s."""
    count_n = STIFFNESS * STEP_UM if kind == "screw" else N_PER_COUNT
    t_s = 0.0
    for _ in range(6):
        missing_n = AIM_MPA * AREA_MM2 - seen(plant, "true_force_newton")
        plant.press.move_to(plant.press.position() + round(missing_n / count_n))
        after(plant, LOADED_S / 6.0, start_s=t_s)
        t_s += LOADED_S / 6.0
    return t_s
