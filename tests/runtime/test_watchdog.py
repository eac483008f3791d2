"""A recorder is started again as long as that helps, also where the machine cannot at once."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from fixture.frame.status_page import StatusPage
from fixture.runtime.supervisor.children import Child
from fixture.runtime.supervisor.heartbeat import WITNESSED_NS
from fixture.runtime.supervisor.watchdog import (
    AGAIN_NS,
    RECORDER_SILENT_NS,
    RECORDER_START_NS,
    RECORDER_STARTS,
    RecorderWatch,
)
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


class Hanging:
    """Starts nothing: a process that lives until it is killed, and never works."""

    pid = 1

    def __init__(self) -> None:
        self.killed = False

    def ended(self) -> int | None:
        return -9 if self.killed else None

    def kill(self) -> None:
        self.killed = True

    def close(self) -> None:
        pass


def killed_after(watch: RecorderWatch, now_ns: int, most_ns: int) -> tuple[int, str]:
    """How long after `now_ns` it is killed, and what is told; (0, '') for not at all."""
    for passed_ns in range(0, most_ns, WITNESSED_NS):
        said = watch.check(now_ns + passed_ns, more=True, ended=running)
        if "killed" in said:
            return passed_ns, said
    return 0, ""


def test_a_recorder_that_starts_gets_longer_than_one_that_fell_silent_and_more_each_time() -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(cast("Callable[[], Child]", Hanging), status_page, 0)
    now_ns = 0
    for nth in (1, 2, 3):
        passed_ns, said = killed_after(watch, now_ns, 4 * RECORDER_START_NS)
        limit_ns = nth * RECORDER_START_NS
        assert limit_ns <= passed_ns <= limit_ns + 2 * WITNESSED_NS
        assert said == f"the recorder did not open its part for {limit_ns / 1e9:.0f} s: killed"
        now_ns += passed_ns
        assert watch.check(now_ns, more=True, ended=running).endswith("next part of the record")
    status_page.set("recorder_ns", now_ns)
    passed_ns, said = killed_after(watch, now_ns, 4 * RECORDER_START_NS)
    assert said == "the recorder was silent for 60 s: killed"
    assert RECORDER_SILENT_NS < RECORDER_START_NS
    now_ns += passed_ns
    assert watch.check(now_ns, more=True, ended=running)
    passed_ns, _ = killed_after(watch, now_ns, 4 * RECORDER_START_NS)
    assert passed_ns <= RECORDER_START_NS + 2 * WITNESSED_NS
    status_page.close()


def test_a_run_ends_whose_recorders_all_start_in_vain() -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(cast("Callable[[], Child]", Hanging), status_page, 0)
    now_ns, said = 0, ""
    for nth in range(RECORDER_STARTS + 1):
        assert not watch.failed, nth
        passed_ns, _ = killed_after(watch, now_ns, 5 * RECORDER_START_NS)
        now_ns += passed_ns
        said = watch.check(now_ns, more=True, ended=running)
    assert said == watch.failed
    assert said.endswith("again and again: what came since is not recorded")
    assert watch.done
    status_page.close()


def test_a_recorder_that_is_silent_is_killed_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status_page = StatusPage.create()
    watch = RecorderWatch(Starts(tmp_path / "log"), status_page, 0)
    kills: list[int] = []
    monkeypatch.setattr(watch.child, "ended", lambda: None)  # the kernel holds it
    monkeypatch.setattr(watch.child, "kill", lambda: kills.append(1))
    times = range(0, RECORDER_START_NS + 20 * WITNESSED_NS, WITNESSED_NS)
    said = [watch.check(now_ns, more=True, ended=running) for now_ns in times]
    assert [text for text in said if text] == [
        "the recorder did not open its part for 120 s: killed"
    ]
    assert len(kills) == 1
    monkeypatch.undo()
    watch.end(PATIENCE_S)
    watch.child.close()
    status_page.close()
