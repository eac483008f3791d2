"""A recorder is started again as long as that helps, also where the machine cannot at once."""

import sys
from pathlib import Path

import pytest

from fixture.frame.status_page import StatusPage
from fixture.runtime.supervisor.children import Child
from fixture.runtime.supervisor.heartbeat import START_NS, WITNESSED_NS
from fixture.runtime.supervisor.watchdog import AGAIN_NS, RECORDER_STARTS, RecorderWatch
from tests.waiting import PATIENCE_S


class Starts:
    """Starts a process that ends at once, with a code; fails when told to."""

    def __init__(self, log: Path, code: int = 5) -> None:
        self.log = log
        self.code = code
        self.fails = False

    def __call__(self) -> Child:
        if self.fails:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        with self.log.open("ab") as log:
            line = [sys.executable, "-c", f"raise SystemExit({self.code})"]
            return Child("recorder", line, log)


def running() -> bool:
    """No frame says that the run has ended."""
    return False


def test_a_recorder_that_cannot_be_started_is_one_more_failed_start(tmp_path: Path) -> None:
    status_page = StatusPage.create()
    starts = Starts(tmp_path / "log")
    watch = RecorderWatch(starts, status_page, 0)
    watch.child.wait(PATIENCE_S)
    starts.fails = True
    said = [watch.check(n * AGAIN_NS, more=True, ended=running) for n in range(RECORDER_STARTS + 1)]
    assert said[0].startswith("the recorder ended with code 5; another recorder did not start")
    assert watch.done
    assert watch.failed.endswith("again and again: what came since is not recorded")
    assert said[-1] == watch.failed
    status_page.close()


def test_a_recorder_that_could_not_be_started_is_started_a_little_later(tmp_path: Path) -> None:
    status_page = StatusPage.create()
    starts = Starts(tmp_path / "log")
    watch = RecorderWatch(starts, status_page, 0)
    first = watch.child
    first.wait(PATIENCE_S)
    starts.fails = True
    assert watch.check(0, more=True, ended=running)
    starts.fails = False
    assert watch.check(AGAIN_NS - 1, more=True, ended=running) == ""
    said = watch.check(AGAIN_NS, more=True, ended=running)
    assert said.endswith("another goes on in the next part of the record")
    assert watch.child is not first
    watch.child.end(PATIENCE_S)
    watch.child.close()
    status_page.close()


def test_a_recorder_may_have_written_the_end_before_control_is_gone(tmp_path: Path) -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(Starts(tmp_path / "log", code=0), status_page, 0)
    watch.child.wait(PATIENCE_S)
    assert watch.check(0, more=True, ended=lambda: True) == ""
    assert watch.done
    assert not watch.failed
    status_page.close()


def test_a_recorder_that_leaves_a_running_run_is_followed_by_another(tmp_path: Path) -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(Starts(tmp_path / "log", code=0), status_page, 0)
    watch.child.wait(PATIENCE_S)
    assert watch.check(0, more=True, ended=running).endswith(
        "another goes on in the next part of the record"
    )
    watch.end(PATIENCE_S)
    watch.child.close()
    status_page.close()


def test_a_recorder_that_is_silent_is_killed_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(Starts(tmp_path / "log"), status_page, 0)
    kills: list[int] = []
    monkeypatch.setattr(watch.child, "ended", lambda: None)  # the kernel holds it
    monkeypatch.setattr(watch.child, "kill", lambda: kills.append(1))
    times = range(0, START_NS + 20 * WITNESSED_NS, WITNESSED_NS)
    said = [watch.check(now_ns, more=True, ended=running) for now_ns in times]
    assert [text for text in said if text] == ["the recorder was silent for 30 s: killed"]
    assert len(kills) == 1
    monkeypatch.undo()
    watch.end(PATIENCE_S)
    watch.child.close()
    status_page.close()
