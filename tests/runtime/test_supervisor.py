"""Whatever dies, the press is safe, the record goes on, and somebody says why."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from fixture.core.types import Action
from fixture.runtime import run_files
from fixture.runtime.errors import RunError
from fixture.runtime.link.client import NoSupervisorError, RefusedError, stop_orphan
from fixture.runtime.link.messages import End, History, Live
from fixture.runtime.notifiers import NOTIFY_NS, Notifiers
from fixture.runtime.registry import LOG, Registry, RunState, log_is_held, part_path
from fixture.runtime.run_spec import RunSpec
from fixture.runtime.say import log_line
from tests.runtime.fake_processes import command
from tests.runtime.runs_for_tests import Rig, served_rig, spec, supervised
from tests.waiting import until

SAFE_MS = 500
NOTICED_NS = 2_500_000_000  # 2 s, and the stop


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Rig]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with served_rig() as served:
        yield served


@pytest.fixture
def told(rig: Rig) -> Generator[RunSpec]:
    """RunSpec whose load cells are a port on which nothing answers."""
    ours, theirs = pty.openpty()
    yield spec("one", rig, os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)


def orders_with(told: RunSpec, **changes: object) -> RunSpec:
    return msgspec.structs.replace(told, **changes)


@pytest.mark.realtime
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_control_that_dies_or_hangs_leaves_the_press_safe_in_half_a_second(
    tmp_path: Path, rig: Rig, told: RunSpec, blow: signal.Signals
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        blow_ns = time.monotonic_ns()
        os.kill(run.state().control.pid, blow)
        until(lambda: rig.press.stopped_ns and b":OUTP OFF" in rig.cell.heard)
        assert rig.press.stopped_ns[0] - blow_ns < SAFE_MS * 1_000_000
        assert run.wait() == 3
        state = run.state()
        assert "the supervisor stopped the press and opened the cell's circuit" in state.outcome
        assert not state.alive()
        assert (run.folder / "recorded").exists()


def test_unloading_goes_on_until_the_press_is_there(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    releasing = spec("one", rig, told.load_cells.address, on_stop=Action.RELEASE)
    with supervised(tmp_path / "one", releasing) as run:
        until(run.ticking)
        os.kill(run.state().control.pid, signal.SIGKILL)
        assert run.wait() == 3
        assert rig.press.at == -4000
        assert "press unloaded: it stands at -200.0 µm" in run.log()


def test_a_run_that_ends_well_touches_nothing(tmp_path: Path, rig: Rig, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told, {"FAKE_END": "20"}) as run:
        assert run.wait() == 0
        assert run.state().outcome == "done"
        assert (run.folder / "recorded").read_text() == "21 0\n"
    assert rig.press.stopped_ns == []
    assert rig.cell.heard == b""


def test_control_that_fails_by_itself_is_followed_by_the_safe_action(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told, {"FAKE_DIE": "5"}) as run:
        assert run.wait() == 3
        assert run.state().outcome.startswith("control ended with code 7; the supervisor stopped")
    assert rig.press.stopped_ns


@pytest.mark.parametrize("dies", [False, True])
def test_an_error_of_the_supervisor_stops_the_run_in_order_and_is_told(
    tmp_path: Path, rig: Rig, told: RunSpec, dies: bool
) -> None:
    teller = "import os; open('told', 'a').write(os.environ['ISOSTACK_WHY'] + chr(10))"
    telling = orders_with(told, on_stale=(sys.executable, "-c", teller))
    environ = {"FAKE_BROKEN": "1", "FAKE_SLOW": "100"}
    with supervised(tmp_path / "one", telling, environ) as run:
        until(run.ticking)
        control = run.state().control.pid
        (run.folder / "broken").touch()
        until((run.folder / "told").exists, "who is told")
        if dies:
            os.kill(control, signal.SIGKILL)
        assert run.wait() == 3
        outcome = run.state().outcome
        log, why = run.log(), (run.folder / "told").read_text()
        assert (run.folder / "recorded").exists()
    assert why.startswith("the supervisor failed: ZeroDivisionError()\n")
    assert log.count("Traceback") == 1
    assert bool(rig.press.stopped_ns) is dies
    failed = "the supervisor failed: ZeroDivisionError()"
    if dies:
        assert outcome.startswith(f"{failed}; control was ended by SIGKILL; the supervisor stopped")
    else:
        assert outcome == f"stopped; {failed}"


def test_a_notifier_that_may_not_be_ended_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(group: int, number: int) -> None:
        raise PermissionError(group, number)

    monkeypatch.setattr(os, "killpg", refused)
    with (tmp_path / "log").open("wb") as log:
        notifiers = Notifiers("one", tmp_path, log)
        assert not notifiers.notify(("sleep", "600"), "why", 0)
        ((process, _),) = notifiers._running  # pyright: ignore[reportPrivateUsage]
        assert not notifiers.poll(NOTIFY_NS)
        assert process.poll() is None
        process.kill()
        process.wait()


def test_a_recorder_that_dies_is_followed_by_another_in_the_next_part(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(lambda: run.ticking() and run.state().recorder_age_s is not None)
        first = run.state().recorder
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: run.state().part == 2)
        state = run.state()
        assert state.recorder.pid != first.pid
        assert state.control.alive()
        assert state.outcome == ""
        with run.connect() as client:
            client.request("stop")
        assert run.wait() == 0
    assert rig.press.stopped_ns == []


def test_a_run_that_cannot_be_recorded_is_stopped(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        for _ in range(4):
            dead = run.state().recorder
            if run.process.poll() is None and dead.alive():
                os.kill(dead.pid, signal.SIGKILL)
                until(lambda dead=dead: run.state().recorder != dead or run.state().outcome)
        assert run.wait() == 3
        assert "what came since is not recorded" in run.state().outcome


def test_a_stop_is_answered_and_who_requested_it_is_kept(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        with run.connect() as client:
            answer = client.request("stop")
        assert answer.ok
        assert answer.text.startswith("stopping: cell at open circuit")
        assert run.wait() == 0
        assert run.state().outcome == "stopped"
        requested, answered = (run.folder / "requests.jsonl").read_text().splitlines()
        assert f'"pid":{os.getpid()},"command":"stop"' in requested
        assert '"type":"answer","id":1,"ok":true' in answered


def test_what_the_controller_refuses_is_said_with_the_reason(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        with run.connect() as client:
            answer = client.request("reset")
            assert not answer.ok
            assert answer.text == "there is no trip to clear"
            assert client.request("jog", 5.0).text == "the press moves by +5 µm"


def test_a_watcher_sees_the_last_rows_then_live_ones_then_the_end(
    tmp_path: Path, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        with run.connect() as client:
            seen, rows = list[object](), list[tuple[int, str]]()
            for message in client.watch():
                seen.append(message)
                if isinstance(message, Live):
                    rows.append((message.row.tick, message.row.unconfirmed))
                if len(rows) == 3:
                    run.process.terminate()
        assert isinstance(seen[0], History)
        ticks = [tick for tick, _ in rows]
        assert ticks == sorted(ticks)
        # a tick comes again where what is unconfirmed has changed
        assert len(rows) == len(set(rows)) >= 3
        assert seen[-1] == End("stopped", 0)


def test_a_trip_tells_somebody(tmp_path: Path, told: RunSpec) -> None:
    teller = (
        "import os, sys; open('told', 'w').write(os.environ['ISOSTACK_WHY'] + sys.stdin.read())"
    )
    telling = orders_with(told, on_trip=(sys.executable, "-c", teller))
    with supervised(tmp_path / "one", telling, {"FAKE_TRIP": "10"}) as run:
        until(lambda: (run.folder / "told").exists() and run.state().phase == "tripped")
        with run.connect() as client:
            assert client.request("reset").ok
        assert run.wait() == 1
        assert run.state().outcome == "tripped: over force"
        text = (run.folder / "told").read_text()
        assert text.startswith("tripped: over forceisostack run one: tripped: over force\n")


def test_what_a_teller_leaves_behind_is_no_process_of_the_run(
    tmp_path: Path, told: RunSpec
) -> None:
    telling = orders_with(told, on_trip=("sh", "-c", "sleep 600 & echo $! > left; echo told"))
    with supervised(tmp_path / "one", telling, {"FAKE_TRIP": "10"}) as run:
        until(lambda: "told" in run.log())
        left = int((run.folder / "left").read_text())
        try:
            with run.connect() as client:
                assert client.request("reset").ok
            assert run.wait() == 1
            assert not log_is_held(run.folder)
        finally:
            os.kill(left, signal.SIGKILL)


def test_a_teller_that_cannot_be_run_is_said_and_changes_nothing(
    tmp_path: Path, told: RunSpec
) -> None:
    telling = orders_with(told, on_trip=("/no/such/command",))
    with supervised(tmp_path / "one", telling, {"FAKE_TRIP": "10"}) as run:
        until(lambda: "/no/such/command was not run" in run.log())
        assert run.state().control.alive()


def test_control_that_cannot_start_is_said_in_its_own_words(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told, {"FAKE_NEVER": "1"}) as run:
        assert run.wait() == 3
        assert run.state().outcome == "press: nobody answers; nothing was moved"
    assert rig.press.stopped_ns == []


def test_what_control_said_in_an_earlier_start_is_not_why_this_one_failed(
    tmp_path: Path, told: RunSpec
) -> None:
    silent = orders_with(told, control=(sys.executable, "-c", "import sys; sys.exit(7)"))
    folder = tmp_path / "one"
    folder.mkdir()
    silent.write(folder)
    run_files.append(folder / LOG, log_line("control: nobody answers", 0))
    assert subprocess.run([*command("supervisor"), str(folder)], check=False).returncode == 3
    assert RunState.read(folder).outcome == "control ended with code 7; nothing was moved"


def test_a_resumed_run_that_does_not_know_where_it_goes_on_never_begins_anew(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", orders_with(told, control=(), resumes=True)) as run:
        assert run.wait() == 3
        assert "where the run goes on is not known" in run.state().outcome
        assert run.state().outcome.endswith("nothing was moved")
    assert rig.press.stopped_ns == []
    assert rig.cell.heard == b""


def test_a_resumption_that_moved_nothing_leaves_the_run_as_it_stood(
    tmp_path: Path, told: RunSpec
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    before = RunState(
        "one",
        str(folder),
        tick=7,
        pressure_mpa=5.0,
        unconfirmed="output may be on",
        outcome="control died; a part of the safe action FAILED",
        code=3,
    )
    before.write(folder)
    with supervised(folder, orders_with(told, resumes=True), {"FAKE_NEVER": "1"}) as run:
        assert run.wait() == 3
        assert run.state() == before
        assert "over: press: nobody answers; nothing was moved" in run.log()


def test_a_second_run_on_the_same_rig_is_refused(tmp_path: Path, rig: Rig, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as first:
        until(first.ticking)
        second = orders_with(told, name="two")
        with supervised(tmp_path / "two", second) as run:
            assert run.wait() == 3
            assert "in use by run one" in run.state().outcome
            assert "nothing was moved" in run.state().outcome
        assert first.state().control.alive()


def test_a_second_run_of_the_same_name_is_refused(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as first:
        until(first.ticking)
        with supervised(tmp_path / "other", told) as run:
            assert run.wait() == 2
            assert run.process.stderr is not None
            assert b"a run called one is alive in" in run.process.stderr.read()


def test_a_port_that_is_not_there_is_one_clear_error(tmp_path: Path, told: RunSpec) -> None:
    absent = told.at((told.load_cells.address, "/dev/no-such-port", told.potentiostat.address))
    with supervised(tmp_path / "one", absent) as run:
        assert run.wait() == 3
        assert "/dev/no-such-port" in run.state().outcome


def test_sigterm_to_the_supervisor_is_a_stop(tmp_path: Path, rig: Rig, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        run.process.terminate()
        assert run.wait() == 0
        assert run.state().outcome == "stopped"
    assert rig.press.stopped_ns == []


def test_a_disk_that_is_nearly_full_stops_the_run_once(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told, {"FAKE_FULL": "1"}) as run:
        assert run.wait() == 3
        assert run.state().outcome.startswith("stopped; the disk is nearly full (")
        assert run.log().count("stop requested") == 1
        assert not run.state().alive()


def test_an_unloading_that_fails_is_in_the_outcome_and_told_again(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    teller = "import os; open('told', 'a').write(os.environ['ISOSTACK_WHY'] + chr(10))"
    releasing = spec(
        "one",
        rig,
        told.load_cells.address,
        on_stop=Action.RELEASE,
        on_stale=(sys.executable, "-c", teller),
    )
    rig.press.slow = True
    with supervised(tmp_path / "one", releasing, {"FAKE_HURRY": "1"}) as run:
        until(run.ticking)
        os.kill(run.state().control.pid, signal.SIGKILL)
        assert run.wait() == 3
        assert "FAILED: unload the press" in run.state().outcome
        assert "FAILED: unload the press" in (run.folder / "told").read_text()


def test_a_hangup_changes_nothing(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        run.process.send_signal(signal.SIGHUP)
        with run.connect() as client:
            ticks = [m.row.tick for m in islice(client.watch(0.0), 3) if isinstance(m, Live)]
        assert len(set(ticks)) >= 2


def test_without_a_supervisor_control_goes_on_and_can_be_stopped(
    tmp_path: Path, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        run.process.kill()
        run.process.wait()
        state = run.state()
        with pytest.raises(NoSupervisorError, match="its supervisor is gone; control"):
            run.connect()
        assert state.control.alive()
        assert stop_orphan(state)
        until(lambda: not state.control.alive() and not state.recorder.alive())
        assert (run.folder / "recorded").exists()
        assert not stop_orphan(state)


def test_a_run_that_is_over_says_how_it_ended(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told, {"FAKE_END": "3"}) as run:
        run.wait()
        with pytest.raises(NoSupervisorError, match="one is over: done"):
            run.connect()


def test_nothing_is_requested_of_a_control_that_is_gone(tmp_path: Path, told: RunSpec) -> None:
    heard = tmp_path / "heard"
    waits = f"import os, time\nfor _ in range(60): time.sleep(not os.path.exists({str(heard)!r}))"
    telling = orders_with(told, on_stale=(sys.executable, "-c", waits))
    with supervised(tmp_path / "one", telling, {"FAKE_DIE": "30"}) as run:
        until(lambda: run.ticking() and not run.state().control.alive())
        with (
            run.connect() as client,
            pytest.raises((RefusedError, RunError), match=r"the run is over|makes the rig safe"),
        ):
            client.request("stop")
        heard.touch()


@pytest.mark.realtime
def test_a_run_whose_directory_is_deleted_is_stopped_in_order_and_told(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    teller = f"import os; open({str(tmp_path / 'told')!r}, 'a').write(os.environ['ISOSTACK_WHY'])"
    telling = orders_with(told, on_stale=(sys.executable, "-c", teller))
    with supervised(tmp_path / "one", telling) as run:
        until(run.ticking)
        state = run.state()
        with run.connect() as client:
            watched = client.watch()
            next(watched)
            deleted_ns = time.monotonic_ns()
            shutil.rmtree(run.folder)
            until(lambda: not state.control.alive())
            assert time.monotonic_ns() - deleted_ns < NOTICED_NS
            end = list(watched)[-1]
        assert isinstance(end, End)
        assert end.outcome.startswith("stopped; the run's directory was deleted or moved")
        assert end.code == 3
        assert run.wait() == 3
        assert not state.control.alive()
        assert (tmp_path / "told").read_text().startswith("the run's directory was deleted")
    assert rig.press.stopped_ns == []
    (listed,) = Registry.of_user().every()
    assert listed.state is not None
    assert listed.state.outcome == end.outcome
    assert Registry.of_user().lost("one") == listed.state
    Registry.of_user().enter("one", tmp_path / "another")  # a lost run keeps no name
    assert Registry.of_user().lost("one") is None


def test_a_run_whose_directory_is_moved_is_listed_where_it_is_with_its_outcome(
    tmp_path: Path, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        moved = run.folder.rename(tmp_path / "elsewhere")
        assert run.wait() == 3
    (listed,) = Registry.of_user().every()
    assert listed.folder == moved
    assert RunState.read(moved).outcome.startswith("stopped; the run's directory was deleted")


def test_a_run_whose_directory_cannot_be_written_is_stopped_in_order(
    tmp_path: Path, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        (run.folder / "state.json").unlink()
        (run.folder / "state.json").mkdir()
        assert run.wait() == 3
        assert "stop requested: the run's directory cannot be written (Is a directory)" in run.log()


def test_two_supervisors_in_one_directory_are_one_too_many(tmp_path: Path, told: RunSpec) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        done = subprocess.run(
            [*command("supervisor"), str(run.folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "a process of a run lives there" in done.stderr


def test_what_draws_the_picture_is_no_process_of_the_run(tmp_path: Path, told: RunSpec) -> None:
    drawing = orders_with(told, after=(sys.executable, "-c", "import time; time.sleep(0.5)"))
    with supervised(tmp_path / "one", drawing, {"FAKE_END": "5"}) as run:
        part_path(run.folder, "one", 1).touch()
        assert run.wait() == 0
        assert not log_is_held(run.folder)


def test_sigterm_to_all_processes_at_once_is_a_stop(
    tmp_path: Path, rig: Rig, told: RunSpec
) -> None:
    with supervised(tmp_path / "one", told) as run:
        until(run.ticking)
        state = run.state()
        for process in (state.control, state.supervisor):
            os.kill(process.pid, signal.SIGTERM)
        assert run.wait() == 0
        assert run.state().outcome == "stopped"
    assert rig.press.stopped_ns == []
