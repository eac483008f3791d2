"""`isostack run --resume`: what is refused before any process is started, and why."""

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from fixture.analysis.reach_end import Reached
from fixture.cli import live_run
from fixture.cli.connect import run_folder
from fixture.cli.errors import MachineError, UsageError
from fixture.cli.live_run import AFTER, PLANT
from fixture.cli.options import ResumeOptions
from fixture.cli.resume import (
    end_of_record,
    only_one,
    refuse,
    refuse_state,
    resume,
    with_commands_of,
)
from fixture.config.resolve import plan
from fixture.core.safety.trips import Trip
from fixture.core.step import State, start
from fixture.core.types import Phase
from fixture.record.header import Header
from fixture.runtime.process import Process
from fixture.runtime.registry import RunState, part_path
from fixture.runtime.resume import ResumePoint
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from fixture.twin import kept
from tests.cli.live_runs import isostack, of_its_own
from tests.core.bench import config

DEVICE = DeviceSpec("press", "trinamic-tmcl", "/dev/nothing", {})
ORDERS = RunSpec("r", config(()), Header("r", 0), DEVICE, DEVICE, DEVICE)
DEAD = RunState("r", "/nowhere", tick=100)
BEGUN = start(ORDERS.config)


def left(folder: Path, state: RunState = DEAD) -> Path:
    """A run's directory without a record."""
    ORDERS.write(folder)
    state.write(folder)
    return folder


def test_a_run_that_was_killed_is_not_refused() -> None:
    refuse(DEAD, ORDERS)
    refuse_state(Reached(99, BEGUN), DEAD, ORDERS)


def test_a_run_that_lost_control_and_was_made_safe_is_not_refused() -> None:
    refuse(msgspec.structs.replace(DEAD, outcome="control was killed", code=3), ORDERS)


def test_a_living_run_is_refused() -> None:
    alive = msgspec.structs.replace(DEAD, control=Process.of(os.getpid()))
    with pytest.raises(UsageError, match="has living processes"):
        refuse(alive, ORDERS)


@pytest.mark.parametrize("outcome", ["done", "stopped"])
def test_a_run_that_ended_in_order_is_refused(outcome: str) -> None:
    with pytest.raises(UsageError, match="nothing to resume"):
        refuse(msgspec.structs.replace(DEAD, outcome=outcome), ORDERS)


def test_a_trip_is_refused_whoever_knows_of_it() -> None:
    with pytest.raises(UsageError, match=r"tripped \(over_force\).*reset by hand"):
        refuse(msgspec.structs.replace(DEAD, trip="over_force"), ORDERS)
    safety = msgspec.structs.replace(BEGUN.safety, trip=int(Trip.TILT))
    with pytest.raises(UsageError, match=r"tripped \(tilt\)"):
        refuse_state(Reached(99, replaced(safety=safety)), DEAD, ORDERS)


def test_a_record_that_reached_the_end_is_refused() -> None:
    sequence = msgspec.structs.replace(BEGUN.sequence, phase=int(Phase.ENDED))
    with pytest.raises(UsageError, match="nothing to resume"):
        refuse_state(Reached(99, replaced(sequence=sequence)), DEAD, ORDERS)


def test_a_record_that_ends_long_before_the_run_did_is_refused() -> None:
    with pytest.raises(UsageError, match="ends 90 s before the run did"):
        refuse_state(Reached(100, BEGUN), msgspec.structs.replace(DEAD, tick=1000), ORDERS)


@pytest.mark.parametrize("simulated", [{"control": ("python",)}, {"plant": ("python",)}])
def test_a_run_whose_simulated_rig_is_gone_is_refused(simulated: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"simulated rig that was not kept"):
        refuse(DEAD, msgspec.structs.replace(ORDERS, **simulated))


def test_a_run_whose_simulated_rig_was_kept_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / kept.FILE).touch()
    dead = msgspec.structs.replace(DEAD, folder=str(tmp_path))
    simulated = msgspec.structs.replace(ORDERS, plant=("rm", "-r"))
    refuse(dead, simulated)
    assert with_commands_of(simulated, None, "r").plant == PLANT


@pytest.mark.parametrize("place", ["on_trip", "on_stale"])
def test_a_command_that_the_directory_names_is_not_run(place: str, tmp_path: Path) -> None:
    planted = msgspec.structs.replace(ORDERS, **{place: ("rm", "-r", "a b")})
    with pytest.raises(UsageError, match=r"names commands \(rm -r 'a b'\)") as refused:
        with_commands_of(planted, None, "/a run")
    assert "isostack run --resume '/a run' --rig" in str(refused.value)
    rig = tmp_path / "mine.yaml"
    rig.write_text("name: mine\nextends: twin\non_stale: [mail, me]\n", encoding="utf-8")
    found = with_commands_of(planted, str(rig), "/a run")
    assert (found.on_trip, found.on_stale) == ((), ("mail", "me"))


def test_what_is_done_with_the_record_is_our_own_program() -> None:
    planted = msgspec.structs.replace(ORDERS, after=("rm", "-r"))
    assert with_commands_of(planted, None, "r").after == AFTER
    assert with_commands_of(ORDERS, None, "r") == ORDERS


def replaced(**changes: object) -> State:
    """A state with a part of it changed."""
    return msgspec.structs.replace(BEGUN, **changes)


def test_a_run_without_a_record_that_can_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no tick was recorded"):
        end_of_record(tmp_path, "r")
    part_path(tmp_path, "r", 1).write_bytes(b"no record")
    with pytest.raises(UsageError, match=r"nothing to resume from: .*r\.h5"):
        end_of_record(tmp_path, "r")


def test_a_run_is_found_by_its_directory(tmp_path: Path) -> None:
    assert run_folder(str(left(tmp_path))) == tmp_path


def test_of_two_that_resume_a_run_at_once_the_second_is_refused(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(UsageError, match=r"resumed by another.*nothing was"):
        resume(ResumeOptions(str(left(tmp_path)), None, detach=True, json=False))
    assert not RunSpec.read(tmp_path).resumes
    (tmp_path / "empty").mkdir()
    with pytest.raises(MachineError, match="is this the directory of a run"):
        resume(ResumeOptions(str(tmp_path / "empty"), None, detach=True, json=False))
    assert not list((tmp_path / "empty").iterdir())
    with only_one(tmp_path):
        pass


def test_who_leaves_while_a_resumed_run_starts_takes_nothing_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(process: "subprocess.Popen[bytes]", folder: Path) -> RunState:
        process.wait()
        raise KeyboardInterrupt

    def at_tick_99(folder: Path, name: str) -> Reached:
        del folder, name
        return Reached(99, BEGUN)

    monkeypatch.setattr(live_run, "SUPERVISOR", ("true",))
    monkeypatch.setattr(live_run, "wait", interrupted)
    monkeypatch.setattr("fixture.cli.resume.end_of_record", at_tick_99)
    with pytest.raises(KeyboardInterrupt, match="the run was stopped"):
        resume(ResumeOptions(str(left(tmp_path)), None, detach=True, json=False))
    assert RunSpec.read(tmp_path).resumes
    assert ResumePoint.take(tmp_path).tick == 99


def test_the_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "run"
    folder.mkdir()
    left(folder)
    for arguments, said in (
        ((), "give a PROFILE, or --resume RUN"),
        (("--resume", "nobody"), "no run is called nobody"),
        (("manual", "--resume", "r"), "its own profile"),
        (("--resume", "r", "--seed", "1"), "its own profile"),
        (("--resume", str(folder)), "no tick was recorded"),
    ):
        code, _, err = isostack("run", *arguments)
        assert code == 2
        assert said in err


def test_the_manual_recipe_moves_nothing_by_itself() -> None:
    found = plan("manual", "twin")
    assert len(found.config.steps) == 1
    assert found.estimates.peak_n == 0.0
    code, out, _ = isostack("check", "manual")
    assert code == 0
    assert "then keep" in out


def test_a_profile_without_pressure_runs_no_protocol_and_keeps_on(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    cell = "name: p\ncell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}\n"
    path.write_text(cell, encoding="utf-8")
    code, _, err = isostack("check", str(path))
    assert code == 2
    assert "no pressure step" in err
    path.write_text(cell + "at_end: keep\n", encoding="utf-8")
    assert isostack("check", str(path))[0] == 0
