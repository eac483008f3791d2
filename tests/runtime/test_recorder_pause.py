"""The recorder sleeps long where frames come slowly, shorter where they fill the ring."""

import subprocess
import sys
import time

import pytest

from fixture.runtime import recorder_pause
from fixture.runtime.recorder_pause import FULL, LONGEST_S, SHORTEST_S, Pause

SLOTS = 2000


def looks(pause: Pause, frames_per_s: float, number: int) -> list[float]:
    """The length of so many pauses of a run at this pace."""
    seconds = [SHORTEST_S]
    for _ in range(number):
        seconds.append(pause.seconds(round(seconds[-1] * frames_per_s)))
    return seconds


@pytest.mark.parametrize("frames_per_s", [0, 1, 100, 200])
def test_it_sleeps_as_long_as_it_may_where_the_ring_is_nearly_empty(frames_per_s: float) -> None:
    assert looks(Pause(SLOTS), frames_per_s, 10)[-1] == LONGEST_S


@pytest.mark.parametrize("frames_per_s", [700, 1000, 4000, 20_000])
def test_the_ring_is_never_fuller_than_a_quarter(frames_per_s: float) -> None:
    seconds = looks(Pause(SLOTS), frames_per_s, 40)
    assert max(seconds) * frames_per_s <= SLOTS / 4
    assert seconds[-1] * frames_per_s >= SLOTS / FULL / 2.5


def test_a_burst_is_followed_by_a_shorter_pause() -> None:
    pause = Pause(SLOTS)
    looks(pause, 100, 10)
    assert pause.seconds(1000) == LONGEST_S * SLOTS / FULL / 1000


def test_it_ends_at_once_where_control_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_pause, "LONGEST_S", 60.0)
    pause = Pause(10**9)
    looks(pause, 0, 20)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.close()
        begun = time.monotonic()
        pause.wait(0, child.pid)
    pause.wait(0, child.pid)  # which is no more
    pause.wait(0, 0)
    assert time.monotonic() - begun < 30.0
