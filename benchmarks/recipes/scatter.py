"""Forming over cells and rigs that differ, and a hold through hundreds of cycles."""

from pathlib import Path

import numpy as np

from benchmarks.common import Figure
from benchmarks.recipes.story import Story
from fixture.config.resolve import RunPlan, plan
from fixture.twin.redraw import redraw
from tests.recording import record

CELLS = {True: 1, False: 20}
CYCLES = {True: 20, False: 200}
LAST = 20  # cycles
FORMED_MPA = 150.0
REPEATS = 0.5  # %, either way
RATE_HZ = 1.0  # breathing is slow: a month of cycles needs no more
HELD = 0.3  # %, rms in the last cycles: one slip of twin-60kn is 0.24 % of 75 MPa
FORMING = """\
name: forming
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}
pressure:
  - press: 10 MPa
  - press: 150 MPa
    hold: 5 min
"""
MANY = """\
name: many
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}
pressure:
  - press: 10 MPa
  - press: 150 MPa
    hold: 10 min
  - press: 75 MPa
    at: cycle
protocol:
  record: {time_s: 5}
  method:
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 0.785, until_time_s: 300}
    - {step: constant_current, current_mA: -0.785, until_time_s: 300}
    - {step: loop, loop_to: cycle, cycle_count: CYCLES}
"""
RIG = "twin-60kn"


def figures(folder: Path, short: bool) -> list[Figure]:
    """Both."""
    return [*_forming(folder, CELLS[short]), *_cycling(folder, CYCLES[short])]


def _planned(folder: Path, name: str, text: str, rate_hz: float | None = None) -> RunPlan:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return plan(str(path), RIG, rate_hz=rate_hz)


def _forming(folder: Path, cells: int) -> list[Figure]:
    found = _planned(folder, "forming", FORMING)
    assert found.twin is not None
    formed, over = np.zeros(cells), np.zeros(cells)
    for seed in range(cells):
        path = folder / f"forming-{seed}.h5"
        record(found._replace(twin=redraw(found.twin, seed)), path)
        story = Story(path)
        formed[seed], over[seed] = story.reached_mpa(FORMED_MPA), story.overshoot_percent()
    off = 100.0 * (formed / FORMED_MPA - 1.0)
    what = f"forming, {cells} cells"
    return [
        Figure(f"{what}: lowest, off by", float(off.min()), "%", least=-REPEATS),
        Figure(f"{what}: highest, off by", float(off.max()), "%", most=REPEATS),
        Figure(f"{what}: largest overshoot", float(over.max()), "%", most=REPEATS),
    ]


def _cycling(folder: Path, cycles: int) -> list[Figure]:
    found = _planned(folder, "many", MANY.replace("CYCLES", str(cycles)), RATE_HZ)
    path = folder / "many.h5"
    record(found, path)
    story = Story(path)
    travel_um = 1e6 * float(story.cycles["press_travel_metre"].mean())
    rms_pa = story.cycles["error_rms_pa"]
    last = float(np.sqrt(np.mean(rms_pa[-LAST:] ** 2)))
    what = f"{cycles} cycles at 75 MPa"
    return [
        Figure(f"{what}: completed", float(story.cycles["complete"].sum()), "", least=cycles),
        Figure(f"{what}: error of the last {LAST}, rms", 1e-6 * last / 0.75, "%", most=HELD),
        Figure(f"{what}: slips in each", float(story.cycles["slips"].mean()), ""),
        Figure(f"{what}: travel in each", travel_um, "um"),
    ]
