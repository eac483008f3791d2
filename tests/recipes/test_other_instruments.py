"""A cycling part, cut short, on rigs of other instruments than the default twin's."""

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

import isostack
from benchmarks.recipes import cycling
from benchmarks.recipes.outcome import OUTCOMES
from fixture.config.resolve import plan
from fixture.core.types import Phase
from tests.recording import record

PROFILE = """
name: cut-short
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}
pressure: [{press: 30 MPa, hold: 3 min}]
protocol:
  record: {time_s: 1}
  sample: {name: twin, capacity_mAh: 0.785}
  method:
    - {step: constant_current, current_mA: 1.57, until_time_s: 120}
    - {step: constant_current, current_mA: -1.57, until_time_s: 120}
"""
RIGS = {
    "an Alicat controller under a Mettler Toledo terminal": """
extends: twin-air
load_cells: {model: mt-sics, units: [1], full_scale: 12 kN, division: 0.980665 N, zero_counts: [0]}
press: {model: alicat, options: {per_count: 0.01, full_scale: 20}}
twin: {load_cells: {shares: [1.0]}}
""",
    "an ISCO pump under Mantracourt digitisers": """
extends: twin-hydraulic
load_cells: {model: mantracourt-dsc}
press: {model: isco-d, options: {per_count: 0.5, full_scale: 10000}}
""",
}
RELEASE = """
name: release
cell: {diameter: 10 mm, kind: symmetric}
control: {identification: false}
pressure:
  - press: 5 MPa
    hold: 1 s
at_end: release
"""
SEALS_N = 70.0  # that a cylinder without pressure keeps: its seals hold 60 N
CYCLING_A = 1e-3
ALLOWED = 0.8  # % rms of 30 MPa, as of these presses under the default rig's instruments


@pytest.mark.parametrize("name", RIGS)
def test_the_cycling_part_is_held_to_its_end(name: str, tmp_path: Path) -> None:
    for file, text in (("profile.yaml", PROFILE), ("rig.yaml", RIGS[name])):
        (tmp_path / file).write_text(text, encoding="utf-8")
    found = plan(str(tmp_path / "profile.yaml"), str(tmp_path / "rig.yaml"), seed=3)
    outcome = record(found, tmp_path / "run.h5")
    assert outcome.status.phase == Phase.ENDED
    with isostack.open(tmp_path / "run.h5") as run:
        cycling = np.abs(run.log["current_ampere"]) > CYCLING_A
        error = run.hold_error().measured[cycling]
    held = error[~np.isnan(error)]
    assert len(held) > 120
    assert float(np.sqrt(np.mean(held**2))) <= ALLOWED


# Each recipe once, and each rig; every pair of them: python -m benchmarks.recipes
PAIRS = list(zip(OUTCOMES, cycle(cycling.INSTRUMENTS), strict=False))
assert {rig for _, rig in PAIRS} == set(cycling.INSTRUMENTS)


@pytest.mark.parametrize(("recipe", "rig"), PAIRS)
def test_the_cycling_part_of_a_recipe_is_held_as_on_its_own_rig(
    recipe: str, rig: str, tmp_path: Path
) -> None:
    found = cycling.figures(recipe, rig, tmp_path, short=True)
    assert [figure for figure in found if not figure.met()] == []


@pytest.mark.parametrize("rig", ["twin-air", "twin-air-t7", "twin-bellows", "twin-hydraulic"])
def test_a_press_that_is_commanded_by_force_unloads_at_the_end(rig: str, tmp_path: Path) -> None:
    (tmp_path / "profile.yaml").write_text(RELEASE, encoding="utf-8")
    found = plan(str(tmp_path / "profile.yaml"), rig, seed=3)
    outcome = record(found, tmp_path / "run.h5")
    assert (outcome.status.phase, outcome.status.trip) == (Phase.ENDED, 0)
    with isostack.open(tmp_path / "run.h5") as run:
        assert abs(run.log["stack_force_newton"][-1]) < SEALS_N
