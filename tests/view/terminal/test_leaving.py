"""A screen is left at a signal, whatever its terminal does."""

import os
import signal
import subprocess
import sys

import pytest

SCREEN = """
import asyncio, queue
from fixture.view.terminal import leaving

leaving.LEAVES_S = {leaves_s}

async def screen():
    over = asyncio.Event()
    leaving.leave_at_signals(over.set)
    print("up", flush=True)
    {shows}

asyncio.run(screen())
leaving.left()
"""


def ended(shows: str, leaves_s: float, number: int) -> int:
    """How a process with such a screen ends that is sent this signal."""
    text = SCREEN.format(shows=shows, leaves_s=leaves_s)
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        os.kill(process.pid, number)
        return process.wait(60.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_screen_in_order(number: int):
    assert ended("await over.wait()", 60.0, number) == 0


def test_a_screen_that_waits_for_its_terminal_is_ended():
    assert ended("queue.Queue().get()", 0.05, signal.SIGTERM) == -signal.SIGALRM
