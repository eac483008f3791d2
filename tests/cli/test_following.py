"""`isostack run --after`: what is taken from the run before, and what is refused."""

import os
from pathlib import Path

import pytest

from fixture.cli.errors import UsageError
from fixture.cli.following import following
from fixture.config.resolve import RunPlan, plan
from fixture.runtime.process import Process
from fixture.runtime.registry import RunState
from fixture.twin import kept, serve
from fixture.twin.rig import SimulatedRig
from tests.cli.live_runs import isostack, of_its_own

SECOND = 1_000_000_000
PROFILE = "sodium-assembly-hold"


@pytest.fixture(scope="module")
def found() -> RunPlan:
    return plan(PROFILE, "twin")


@pytest.fixture
def before(tmp_path: Path, found: RunPlan) -> Path:
    """The directory of a run that has ended with its press 1 mm down."""
    assert found.twin is not None
    rig = SimulatedRig(found.twin, *found.devices)
    rig.plant.press.move_to(4000)
    rig.advance(60 * SECOND)
    serve.write(tmp_path, found.twin, found.devices)
    (tmp_path / kept.FILE).write_bytes(rig.kept())
    RunState("before", str(tmp_path), outcome="stopped").write(tmp_path)
    return tmp_path


def test_the_plant_of_an_ended_run_is_taken_and_the_run_named(found: RunPlan, before: Path) -> None:
    assert found.twin is not None
    taken = following(found, str(before))
    assert taken.where == f"before in {before}"
    new = SimulatedRig(found.twin, *found.devices)
    new.go_on(taken.plant)
    assert new.clock() == 60 * SECOND
    assert new.plant.press.position() == pytest.approx(4000)


def test_another_seed_is_the_same_twin(before: Path) -> None:
    assert following(plan(PROFILE, "twin", seed=7), str(before)).plant


def test_another_twin_is_refused(before: Path) -> None:
    with pytest.raises(UsageError, match=r"another cell, stack or press.*nothing was moved"):
        following(plan(PROFILE, "twin-ranges"), str(before))


def test_a_run_that_goes_on_is_refused(found: RunPlan, before: Path) -> None:
    alive = RunState("before", str(before), control=Process.of(os.getpid()))
    alive.write(before)
    with pytest.raises(UsageError, match=r"goes on; .* isostack stop before"):
        following(found, str(before))


def test_a_run_whose_plant_was_not_kept_is_refused(found: RunPlan, before: Path) -> None:
    (before / kept.FILE).unlink()
    with pytest.raises(UsageError, match=r"was not kept.*real time only"):
        following(found, str(before))


def test_a_bench_needs_no_plant(found: RunPlan, before: Path) -> None:
    (before / kept.FILE).unlink()
    assert following(found._replace(twin=None), str(before)).plant == b""


@pytest.mark.parametrize("speed", ["max", "20"])
def test_a_run_at_its_own_speed_goes_on_after_none(
    speed: str, before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)
    code, _, complaint = isostack("run", PROFILE, "--speed", speed, "--after", str(before))
    assert code == 2
    assert "--speed N or max it ends with its run" in complaint
