"""The loop in Python and the loop in C count late ticks in one way."""

import os
import time
from pathlib import Path

import pytest

from fixture.runtime import pace
from fixture.runtime.pace import Pace, PaceError, pooled

TICK_NS = 1_000_000


class Machine:
    """A machine whose sleeps end late by what it is told, one after the other."""

    def __init__(self, late_ns: list[int]) -> None:
        self.now_ns = 0
        self.late = iter(late_ns)

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9) + next(self.late)


def measured(monkeypatch: pytest.MonkeyPatch, ticks: int, late_ns: list[int]) -> Pace:
    machine = Machine(late_ns)
    monkeypatch.setattr(time, "monotonic_ns", lambda: machine.now_ns)
    monkeypatch.setattr(time, "sleep", machine.sleep)
    return pace.turn(TICK_NS, ticks)


def test_lateness_is_that_of_each_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured(monkeypatch, 3, [10, 0, 999_999]) == Pace((10, 0, 999_999), 0)


def test_a_tick_that_is_a_period_late_is_skipped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert measured(monkeypatch, 5, [0, 2_000_007, 5]) == Pace((0, 7, 5), 2)


def test_pooled_blocks_are_one_pace() -> None:
    both = pooled([Pace((3, 1), 2, 7), Pace((2,), 1, 7)])
    assert both == Pace((3, 1, 2), 3, 7)
    assert (both.quantile_ns(0.5), both.quantile_ns(1.0)) == (2, 3)
    assert pooled([]).quantile_ns(0.5) == 0


def test_both_loops_account_for_every_tick(tmp_path: Path) -> None:
    ours = pace.in_python(TICK_NS, 50)
    program = pace.compiled(tmp_path)
    loops = [ours] if program is None else [ours, pace.in_c(program, TICK_NS, 50, ours.granted)]
    for loop in loops:
        assert len(loop.late_ns) + loop.missed >= 50
        assert all(0 <= late < TICK_NS for late in loop.late_ns)


def test_without_a_compiler_there_is_no_loop_in_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert pace.compiled(tmp_path) is None


def test_a_compiler_that_fails_is_an_error_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho no headers >&2; exit 4\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(PaceError, match="no headers"):
        pace.compiled(tmp_path)
