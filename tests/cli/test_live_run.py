"""A run that is lost while it starts is told as what is left of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixture.cli import live_run
from fixture.cli.errors import MachineError
from fixture.runtime import run_files
from fixture.runtime.process import Process
from fixture.runtime.registry import LOG, RunState

US = Process.of(os.getpid())


def told(folder: Path, control: Process) -> str:
    """What is said once the supervisor has ended before tick 0."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as supervisor:
        mine = Process.of(supervisor.pid)
        supervisor.kill()
    RunState("one", str(folder), mine, control).write(folder)
    run_files.append(folder / LOG, b"2026-11-28 23:00:00.000+00:00 the last line\n")
    with pytest.raises(MachineError) as raised:
        live_run.wait(supervisor, folder)
    return str(raised.value)


def test_control_that_goes_on_without_its_supervisor_is_named_with_what_stops_it(
    tmp_path: Path,
) -> None:
    said = told(tmp_path, US)
    assert f"control (process {US.pid}) goes on" in said
    assert "isostack stop one" in said
    assert "nothing was moved" not in said


def test_what_may_have_been_moved_is_not_told_as_not_moved(tmp_path: Path) -> None:
    said = told(tmp_path, Process())
    assert "look at the rig" in said
    assert "the last line" in said
    assert "nothing was moved" not in said


def test_a_supervisor_that_ends_before_it_listens_has_moved_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as supervisor:
        supervisor.wait()
    run_files.append(tmp_path / LOG, b"2026-11-28 23:00:00.000+00:00 why\n")
    with pytest.raises(MachineError, match="the run did not start; nothing was moved"):
        live_run.wait(supervisor, tmp_path)
