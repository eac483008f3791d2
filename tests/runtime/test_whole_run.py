"""Real processes on real ports: started, watched, killed in every way, and what is left of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.analysis.replay import verify
from fixture.cli import launch
from fixture.core.types import EventKind, PressMode
from fixture.record.reader import Record
from fixture.runtime.errors import RunError
from fixture.runtime.process import Process
from fixture.runtime.registry import FOLDER_MODE, RunState
from fixture.runtime.run_spec import RunSpec
from tests import short
from tests.cli.live_runs import isostack
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.realtime


class Run:
    """A run of its own directory, registry and runtime files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        self.out = folder / "out"
        self.profile = short.profile(folder)

    def isostack(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """One command, to its end."""
        command = [sys.executable, "-m", "fixture.cli.main", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def start(self, *options: str) -> None:
        """Detached, until some ticks have been acknowledged."""
        done = self.isostack(
            "run",
            self.profile,
            "--out",
            str(self.out),
            "--name",
            "r",
            "--detach",
            "--no-picture",
            *options,
        )
        assert done.returncode == 0, done.stderr
        until(lambda: self.state().acknowledged_tick > 20, "acknowledged ticks")

    def state(self) -> RunState:
        """What the supervisor says."""
        return RunState.read(self.out)

    def over(self) -> bool:
        """Whether the supervisor has concluded and is gone."""
        state = self.state()
        return bool(state.outcome) and not state.supervisor.alive()

    def end(self) -> None:
        """Leave nothing running."""
        try:
            state = self.state()
        except RunError:
            return
        for process in (state.supervisor, state.control, state.recorder):
            if process.alive():
                os.kill(process.pid, signal.SIGKILL)
        until(lambda: not self.state().alive(), "the end of all processes")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    made = Run(tmp_path, monkeypatch)
    yield made
    made.end()


def test_a_run_goes_on_detached_alone_of_its_name_and_is_stopped_and_its_record_replays(
    run: Run,
) -> None:
    run.start()
    listed = json.loads(run.isostack("ls", "--json").stdout)
    assert "running" in json.dumps(listed)
    again = run.isostack("run", run.profile, "--out", str(run.out) + "2", "--name", "r", "--detach")
    assert again.returncode == 2
    assert "is alive in" in again.stderr
    stopped = run.isostack("stop", "r")
    assert stopped.returncode == 0, stopped.stderr
    until(run.over, "the end of the run")
    assert run.state().outcome == "stopped"
    with Record.open(run.out / "r.h5") as record:
        assert record.finished
        assert record.outcome == "stopped"
        assert record.ticks["press_mode"][-1] == PressMode.STOP
        assert record.ticks["cell_mode"][-1] == 0
        asked = record.events["kind"] == EventKind.REQUEST
        (text,) = record.events["text"][asked].tolist()
        assert text.startswith(b"request: stop, by ")
        assert verify(record).good()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_control_that_dies_or_hangs_leaves_a_stopped_press_and_a_whole_record(
    run: Run, number: signal.Signals
) -> None:
    run.start()
    os.kill(run.state().control.pid, number)
    until(run.over, "the end of the run")
    assert "stopped the press and opened the cell" in run.state().outcome
    with Record.open(run.out / "r.h5") as record:
        assert record.finished
        assert verify(record).good()


def test_a_recorder_that_dies_is_followed_by_another_in_the_next_part(run: Run) -> None:
    run.start()
    first = run.state().acknowledged_tick
    os.kill(run.state().recorder.pid, signal.SIGKILL)
    until(lambda: run.state().part == 2, "the second part")
    until(lambda: run.state().acknowledged_tick > first + 150, "more acknowledged ticks")
    run.isostack("stop", "r")
    until(run.over, "the end of the run")
    assert run.isostack("recover", str(run.out / "r.h5")).returncode == 0
    with (
        Record.open(run.out / "r.recovered.h5") as before,
        Record.open(run.out / "r.part2.h5") as after,
    ):
        assert int(before.ticks["tick"][-1]) >= first
        assert int(after.ticks["tick"][0]) <= int(before.ticks["tick"][-1]) + 1
        assert verify(before).good()
        assert verify(after).good()


def test_without_its_supervisor_a_run_goes_on_and_can_be_stopped(run: Run) -> None:
    run.start()
    before = run.state()
    os.kill(before.supervisor.pid, signal.SIGKILL)
    until(lambda: not before.supervisor.alive(), "the end of the supervisor")
    listed = run.isostack("ls").stdout
    assert "control goes on" in listed
    assert run.isostack("stop", "r").returncode == 0
    until(lambda: not before.control.alive(), "the end of control")
    until(lambda: not Process(before.recorder.pid, before.recorder.started).alive(), "recorder")
    with Record.open(run.out / "r.h5") as record:
        assert record.outcome == "stopped"
        assert verify(record).good()


def test_a_paced_run_is_attachable_and_faster_than_time_in_a_directory_that_keeps_its_mode(
    run: Run,
) -> None:
    run.out.mkdir(mode=0o700)
    run.start("--speed", "50")
    assert run.out.stat().st_mode & 0o777 == 0o700
    began, tick = time.monotonic(), run.state().tick
    until(lambda: run.state().tick > tick + 300, "30 s of the twin's time")
    assert time.monotonic() - began < 10.0
    run.isostack("stop", "r")
    until(run.over, "the end of the run")
    with Record.open(run.out / "r.h5") as record:
        assert verify(record).good()


def test_a_paced_run_that_trips_ends_with_its_trip_and_with_nothing_else(run: Run) -> None:
    text = short.PROFILE.replace(
        "settle_within: 3 %", "settle_within: 3 %\n    settle_timeout: 6 s"
    )
    Path(run.profile).write_text(text, encoding="utf-8")
    run.start("--speed", "200")
    until(run.over, "the end of the run")
    state = run.state()
    assert (state.outcome, state.code) == ("tripped: not settled", 1)
    assert state.acknowledged_tick >= state.tick


def test_a_port_that_is_not_there_is_said_and_nothing_is_left_running(
    run: Run, tmp_path: Path
) -> None:
    rig = tmp_path / "bench.yaml"
    text = Path("profiles/rigs/twin.yaml").read_text(encoding="utf-8").split("# What is physically")
    rig.write_text(text[0].replace('"emulated:', '"/dev/nothing-'), encoding="utf-8")
    done = run.isostack(
        "run", run.profile, "--rig", str(rig), "--out", str(run.out), "--name", "r", "--detach"
    )
    assert done.returncode == 3
    assert "/dev/nothing-" in done.stderr
    assert "nothing was moved" in done.stderr
    assert not run.out.exists()
    assert run.isostack("ls").stdout.startswith("no runs")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_leaving_while_a_run_starts_stops_it_and_says_so(run: Run, number: signal.Signals) -> None:
    line = [sys.executable, "-m", "fixture.cli.main", "run", run.profile, "--out", str(run.out)]
    with subprocess.Popen(
        [*line, "--name", "r", "--no-picture"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as starting:
        until((run.out / "state.json").exists, "the supervisor")
        starting.send_signal(number)
        _, said = starting.communicate(timeout=PATIENCE_S)
    assert starting.returncode == 130
    assert b"interrupted: the run was stopped; its record is in" in said
    assert run.over()


def test_a_directory_of_a_new_run_is_closed_to_others(tmp_path: Path) -> None:
    with launch.run_directory(tmp_path / "new", "p", 0, FOLDER_MODE) as made:
        assert made.stat().st_mode & 0o007 == 0


def test_orders_that_are_there_already_are_a_clear_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(spec: RunSpec, folder: Path) -> None:
        raise FileExistsError(folder)

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(RunSpec, "write", taken)
    code, _, err = isostack(
        "run", short.profile(tmp_path), "--out", str(tmp_path / "out"), "--detach"
    )
    assert code == 2
    assert "another run has just been started there; nothing was moved" in err
