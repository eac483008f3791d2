"""Fibers give way where they would wait, in one thread; outside a fiber the same code blocks."""

import socket
import threading
import time
from collections.abc import Generator

import pytest

from fixture.runtime.fibers import NEVER_NS, Fibers

MS = 1_000_000
CLOCK = time.monotonic_ns


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_what_waits_in_one_fiber_keeps_no_other_waiting(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    fibers = Fibers(CLOCK)
    seen: list[str] = []

    def asks() -> None:
        seen.append("asked")
        assert fibers.wait(ours.fileno(), False, NEVER_NS)
        seen.append(ours.recv(9).decode())

    def answers() -> None:
        theirs.send(b"answer")
        seen.append("answered")

    for work in (asks, answers):
        fibers.wake(fibers.start(work))
    fibers.run_while(lambda: len(seen) < 3, 5.0)
    assert seen == ["asked", "answered", "answer"]


def test_a_wait_ends_at_its_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    fibers = Fibers(CLOCK)
    found: list[bool] = []
    end_ns = CLOCK() + 2 * MS

    def work() -> None:
        found.append(fibers.wait(pair[0].fileno(), False, end_ns))

    fibers.wake(fibers.start(work))
    fibers.run_while(lambda: not found, 5.0)
    assert found == [False]
    assert CLOCK() >= end_ns


def test_a_fiber_waits_to_write(pair: tuple[socket.socket, socket.socket]) -> None:
    fibers = Fibers(CLOCK)
    found: list[bool] = []
    fiber = fibers.start(lambda: found.append(fibers.wait(pair[0].fileno(), True, NEVER_NS)))
    fibers.wake(fiber)
    fibers.run_until(CLOCK())
    assert found == [True]


def test_it_never_returns_before_its_time() -> None:
    end_ns = CLOCK() + 2 * MS
    Fibers(CLOCK).run_until(end_ns)
    assert CLOCK() >= end_ns


def test_however_late_it_is_what_was_woken_runs_and_one_that_is_ready() -> None:
    fibers = Fibers(CLOCK)
    pairs = [socket.socketpair() for _ in range(3)]
    seen: list[int] = []

    def work(number: int) -> None:
        fibers.wait(pairs[number][0].fileno(), False, NEVER_NS)
        seen.append(number)

    for number in range(3):
        fibers.wake(fibers.start(lambda number=number: work(number)))
    fibers.run_until(0)
    for _, theirs in pairs:
        theirs.send(b"x")
    for count in (1, 2, 3):
        fibers.run_until(0)
        assert len(seen) == count
    for one in pairs:
        for end in one:
            end.close()


def test_what_blocks_runs_in_a_thread_while_its_fiber_gives_way() -> None:
    fibers = Fibers(CLOCK)
    go = threading.Event()
    seen: list[str] = []

    def blocks() -> None:
        assert go.wait(5.0)
        seen.append(threading.current_thread().name)

    def work() -> None:
        fibers.aside(blocks)()
        seen.append("after")

    fibers.wake(fibers.start(work))
    fibers.wake(fibers.start(go.set))
    fibers.run_while(lambda: len(seen) < 2, 5.0)
    assert seen == ["aside", "after"]


def test_what_fails_aside_fails_in_its_fiber() -> None:
    fibers = Fibers(CLOCK)
    seen: list[str] = []

    def fails() -> None:
        raise ValueError("no such port")

    def work() -> None:
        try:
            fibers.aside(fails)()
        except ValueError as error:
            seen.append(str(error))

    fibers.wake(fibers.start(work))
    fibers.run_while(lambda: not seen, 5.0)
    assert seen == ["no such port"]


def test_outside_a_fiber_the_same_calls_hold_the_caller(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    fibers = Fibers(CLOCK)
    ours, theirs = pair
    assert not fibers.wait(ours.fileno(), False, CLOCK() + MS)
    theirs.send(b"x")
    assert fibers.wait(ours.fileno(), False, CLOCK() + 1000 * MS)
    names: list[str] = []
    fibers.aside(lambda: names.append(threading.current_thread().name))()
    assert names == [threading.current_thread().name]


def test_a_port_that_is_closed_is_ready_to_fail() -> None:
    fibers = Fibers(CLOCK)
    found: list[bool] = []
    fibers.wake(fibers.start(lambda: found.append(fibers.wait(-1, False, NEVER_NS))))
    fibers.run_until(0)
    assert found == [True]
