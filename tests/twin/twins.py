"""Small twins for tests: one rig, changed a section at a time."""

from collections.abc import Mapping

import msgspec

from fixture.twin.parameters import (
    Bench,
    Breathing,
    Compaction,
    Foil,
    LoadCells,
    Parameters,
    Press,
    Stack,
    Thermal,
)
from fixture.twin.plant import TRUTH, Plant

AREA_MM2 = 78.54
SECOND = 1_000_000_000
SODIUM, LITHIUM = 8.86, 4.85  # um per mAh/cm²

BENCH = Bench(
    area_mm2=AREA_MM2,
    breathing_um_per_mah_cm2=SODIUM,
    confinement=1.0,
    load_cells=3,
    full_scale_n=4000.0,
    step_um=0.05,
    speed_um_per_s=5.0,
    travel_min_um=-500.0,
    travel_max_um=1500.0,
)
DEFAULT = Parameters(bench=BENCH)
# An ideal fixture: what is left is the one thing a test looks at.
IDEAL = Parameters(
    bench=BENCH,
    stack=Stack(stiffness_n_per_um=10.0),
    breathing=Breathing(factor=1.0, lag_s=0.0, dead=0.0),
    foil=Foil(rate_per_s=0.0),
    compaction=Compaction(per_decade=0.0),
    thermal=Thermal(day_k=0.0, hvac_k=0.0),
    load_cells=LoadCells(noise=0.0),
    press=Press(
        delay_s=0.0,
        speed=1.0,
        lead=1.0,
        slip_um=0.0,
        slip_scatter=0.0,
        landing=0.0,
        reversal_um=0.0,
    ),
)


def changed(base: Parameters, **sections: Mapping[str, object]) -> Parameters:
    """`base` with fields of some sections replaced: changed(IDEAL, press={"slip_um": 1.0})."""
    replace = msgspec.structs.replace
    return replace(
        base, **{name: replace(getattr(base, name), **new) for name, new in sections.items()}
    )


def after(plant: Plant, seconds: float, start_s: float = 0.0, tick_s: float = 0.1) -> Plant:
    """Run a plant for some seconds from a time, tick by tick."""
    tick_ns = round(tick_s * SECOND)
    start_ns = round(start_s * SECOND)
    for tick in range(1, round(seconds / tick_s) + 1):
        plant.advance(start_ns + tick * tick_ns)
    return plant


def seen(plant: Plant, name: str) -> float:
    """One quantity of the plant's truth."""
    return plant.truth()[[column.name for column in TRUTH].index(name)]


def pressed(parameters: Parameters, pressure_mpa: float) -> Plant:
    """A plant whose stack starts at a pressure, without having been pressed."""
    return Plant(changed(parameters, stack={"contact_mpa": pressure_mpa}))
