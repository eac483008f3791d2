"""`stop` works without a lease, without a supervisor, and says when there is nothing to stop."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixture.runtime import run_files
from fixture.runtime.at_rest import NOBODY_LOOKS, READ_BACK
from fixture.runtime.errors import RunError
from fixture.runtime.link import client
from fixture.runtime.link.client import Client
from fixture.runtime.link.messages import Lease, pack
from fixture.runtime.process import Process
from fixture.runtime.registry import LOG, Registry, RunState
from fixture.runtime.say import log_line
from tests.cli.live_runs import a_run, isostack, of_its_own
from tests.waiting import until


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in of_its_own(tmp_path).items():
        monkeypatch.setenv(name, value)


def test_a_run_is_stopped_though_another_operates_it(tmp_path: Path) -> None:
    with a_run(tmp_path) as run, run.connect() as holder:
        holder._sock.sendall(pack(Lease(True)))  # pyright: ignore[reportPrivateUsage]
        code, out, _ = isostack("stop", "one")
        assert code == 0
        assert out.startswith("one: stopping: cell at open circuit")
        assert run.wait() == 0
        code, out, _ = isostack("stop", "one")
        assert (code, out) == (1, "one: refused: it is over: stopped\n")


def test_a_run_without_a_supervisor_is_stopped_by_its_control(tmp_path: Path) -> None:
    with a_run(tmp_path) as run:
        run.process.kill()
        run.process.wait()
        assert "the supervisor is gone; control goes on" in isostack("ls")[1]
        code, out, _ = isostack("stop", "one")
        assert code == 0
        assert "control has ended the run by itself" in out
        state = run.state()
        assert not state.control.alive()
        until(lambda: not state.recorder.alive())
        assert "stopped; its supervisor was gone before" in isostack("ls")[1]


def test_a_run_whose_supervisor_hangs_is_stopped_by_its_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "FIRST_S", 0.2)
    with a_run(tmp_path) as run:
        run.process.send_signal(signal.SIGSTOP)
        code, _, err = isostack("attach", "one")
        assert code == 3
        assert "may hang; control (process" in err
        assert "isostack stop one" in err
        control = run.state().control
        code, out, _ = isostack("stop", "one")
        assert code == 0
        assert f"end it: kill -KILL {run.process.pid}" in out
        assert not control.alive()
        run.process.send_signal(signal.SIGCONT)
        assert run.wait() == 0
        assert run.state().outcome == "stopped"


def test_what_an_earlier_start_read_back_says_nothing_of_this_one(tmp_path: Path) -> None:
    place = tmp_path / "one"
    place.mkdir()
    Registry.of_user().enter("one", place)
    run_files.append(place / LOG, log_line(f"control: {READ_BACK}", 0))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as control:
        RunState("one", str(place), control=Process.of(control.pid)).write(place)
        code, out, _ = isostack("stop", "one")
    assert code == 0
    assert NOBODY_LOOKS in out
    assert RunState.read(place).unconfirmed == NOBODY_LOOKS


@pytest.mark.parametrize(
    ("outcome", "doubt"),
    [("", "output may be on, press may be moving: look at the rig"), ("stopped", "has ended")],
)
def test_a_recorder_that_is_left_alone_is_ended(tmp_path: Path, outcome: str, doubt: str) -> None:
    place = tmp_path / "one"
    place.mkdir()
    Registry.of_user().enter("one", place)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as recorder:
        state = RunState("one", str(place), recorder=Process.of(recorder.pid), outcome=outcome)
        state.write(place)
        with pytest.raises(RunError) as raised:
            Client.connect(place)
        assert outcome or f"only its recorder (process {recorder.pid})" in str(raised.value)
        code, out, _ = isostack("stop", "one")
        assert code == 0
        assert out.strip().endswith(doubt)
        assert recorder.wait() == -signal.SIGTERM
    assert not RunState.read(place).alive()


def test_a_run_that_is_not_there_is_exit_code_2() -> None:
    code, _, err = isostack("stop", "nobody")
    assert code == 2
    assert "no run is called nobody" in err
