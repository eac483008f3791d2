"""A rig on one LabJack T7: a recipe cycles on it, and a cell of another program is followed."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.recipes import shorter
from benchmarks.recipes.outcome import figures
from benchmarks.recipes.story import Story
from fixture.cli.options import ReplayOptions
from fixture.cli.replay import replay
from fixture.config.resolve import RunPlan, plan
from fixture.core.types import EventKind
from fixture.twin.rig import SimulatedRig
from tests import made_trace
from tests.recording import record

RATE = 20.0  # of the trace: a charge in three minutes
FOLLOWING = """\
name: following
extends: twin-air-t7-follow
limits: {{voltage: {voltage}}}
twin:
  trace: {{start: 5 min}}
"""
HOLD = """\
name: hold
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Li}, confinement: die}
pressure:
  - press: 15 MPa
    hold: trace
at_end: halt
"""


def test_a_recipe_cycles_on_a_regulator_and_replays(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    short = shorter.profile("sodium-assembly-hold", tmp_path)
    record(plan(str(short), "twin-air-t7"), path)
    missed = [figure for figure in figures("sodium-assembly-hold", Story(path)) if not figure.met()]
    assert missed == []
    assert replay(ReplayOptions((path,), verify=True, json=True)) == 0


def following(tmp_path: Path, voltage: str) -> RunPlan:
    """A plan that follows a made trace, with these limits of voltage."""
    trace = made_trace.write(tmp_path / "trace.csv", 1, RATE)
    rig, profile = tmp_path / "rig.yaml", tmp_path / "hold.yaml"
    rig.write_text(FOLLOWING.format(voltage=voltage), encoding="utf-8")
    profile.write_text(HOLD, encoding="utf-8")
    return plan(str(profile), str(rig), trace)


def test_a_cell_of_another_program_is_followed_by_its_monitors(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    record(following(tmp_path, "[-5 V, 5 V]"), path)
    story = Story(path)
    assert story.outcome == "done"
    current, true = story.log["current_ampere"], story.twin["cell_current_ampere"]
    flows = np.abs(true) > 1e-4
    assert np.allclose(current[flows], true[flows], atol=4e-4)  # read a tick later
    assert (current[np.abs(true) < 1e-6] == 0.0).mean() > 0.9
    assert current.max() > 1e-3 > -1e-3 > current.min()
    true_mpa = 1e-6 * story.twin["true_pressure_pa"]
    cycling = np.flatnonzero(flows)
    held = true_mpa[cycling[0] : cycling[-1]]
    assert np.sqrt(np.mean((held / 15.0 - 1.0) ** 2)) < 0.03


def test_a_trip_opens_the_circuit_of_the_other_program(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    record(following(tmp_path, "[-5 V, 4 V]"), path)
    story = Story(path)
    assert story.outcome == "tripped: voltage"
    at = int(np.flatnonzero(story.events["kind"] == int(EventKind.TRIP))[0])
    tripped_s = 1e-9 * float(story.events["t_ns"][at])
    seconds, current = story.log["test_time_second"], story.log["current_ampere"]
    assert current[seconds < tripped_s][-1] > 1e-3
    assert current[-1] == 0.0


def test_two_instruments_at_one_address_are_no_box(tmp_path: Path) -> None:
    found = plan("manual", "twin-air-t7")
    cells, press, cell = found.devices
    assert found.twin is not None
    with pytest.raises(ValueError, match="give each device an address of its own"):
        SimulatedRig(found.twin, cells, press, cell._replace(address=press.address))
