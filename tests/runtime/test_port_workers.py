"""What serves a port says the newest command, then polls, once for each time it is woken."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fixture.core.types import CellMode, Command, EventKind, PressMode
from fixture.runtime.fibers import NEVER_NS, Fibers
from fixture.runtime.port_workers import (
    PortFiber,
    PortTask,
    PortThread,
    PortWorker,
    Turns,
    start_workers,
)
from fixture.runtime.ports import Drivers, Port, Relinks, ports
from instruments.protocols import ForceReading
from tests.runtime.test_ports import FakeCell, FakeForce, FakePress


class Kind:
    """How a port is served, and how a test waits for it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fibers = Fibers(time.monotonic_ns)

    def serve(self, port: Port[Any]) -> PortWorker[Any]:
        if self.name == "thread":
            return PortThread(port, lambda: 0, "port")
        return PortFiber(port, lambda: 0, "port", self.fibers)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that another thread or a fiber does."""
        deadline = time.monotonic() + 5.0
        while not true():
            assert time.monotonic() < deadline
            self.fibers.run_until(time.monotonic_ns() + 500_000)


@pytest.fixture(params=["thread", "fiber"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(str(request.param))


def command(tick: int, um: float) -> Command:
    return Command(tick, 10**18, int(PressMode.MOVE), um, int(CellMode.OPEN), 0.0, 0.0)


def test_the_command_goes_before_the_poll(kind: Kind) -> None:
    press = FakePress()
    worker = kind.serve(ports(Drivers(FakeForce(), press, FakeCell())).press)
    worker.wake(PortTask(command(7, 3.0), 7, 0, 0))
    kind.until(lambda: worker.reading is not None)
    assert press.told == ["move 3", "read"]
    assert worker.sent_tick == 7
    worker.end(1.0)


def test_a_worker_that_is_not_woken_does_nothing(kind: Kind) -> None:
    force = FakeForce()
    worker = kind.serve(ports(Drivers(force, FakePress(), FakeCell())).force)
    worker.wake(PortTask())
    worker.first(5.0)
    worker.end(1.0)
    assert force.told == ["read"]


def test_the_last_command_is_sent_at_the_end_and_nothing_is_polled(kind: Kind) -> None:
    press = FakePress()
    worker = kind.serve(ports(Drivers(FakeForce(), press, FakeCell())).press)
    worker.wake(PortTask())
    worker.first(5.0)
    worker.wake(PortTask(command(1, 3.0), 1, 0, 0))
    worker.end(5.0)
    assert press.told[-1] == "move 3" or press.told[-2:] == ["move 3", "read"]
    assert press.told.count("move 3") == 1


def test_a_lost_link_is_noted_for_the_loop(kind: Kind) -> None:
    force = FakeForce()
    force.down = True
    worker = kind.serve(ports(Drivers(force, FakePress(), FakeCell())).force)
    worker.wake(PortTask(None, 3, 30, 0))
    kind.until(lambda: bool(worker.notes))
    assert worker.notes[0].tick == 3
    assert worker.error == "nothing came"
    assert worker.reading is None
    worker.end(1.0)


def test_an_error_of_ours_breaks_the_worker_and_is_told(kind: Kind) -> None:
    def read() -> ForceReading:
        raise ZeroDivisionError("a mistake")

    worker = kind.serve(Port(0, read, lambda _: (), lambda _: None))
    worker.wake(PortTask())
    worker.first(5.0)
    assert worker.broken == "port: ZeroDivisionError('a mistake')"
    worker.end(5.0)


def test_while_a_thread_is_busy_only_the_newest_turn_is_kept() -> None:
    gate, entered = threading.Event(), threading.Event()
    seen: list[int] = []

    def read() -> ForceReading:
        entered.set()
        gate.wait(5.0)
        return ForceReading((1,), fault=False, t_ns=0, uncertainty_ns=0)

    kind = Kind("thread")
    thread = kind.serve(Port(0, read, lambda c: (float(c.tick),), lambda c: seen.append(c.tick)))
    thread.wake(PortTask(command(1, 0.0), 1, 0, 0))
    assert entered.wait(5.0)
    for tick in (2, 3, 4):
        thread.wake(PortTask(command(tick, 0.0), tick, 0, 0))
    gate.set()
    kind.until(lambda: thread.sent_tick == 4)
    assert seen == [1, 4]
    thread.end(1.0)


def test_while_a_fiber_is_busy_only_the_newest_turn_is_kept() -> None:
    kind = Kind("fiber")
    ours, theirs = socket.socketpair()
    seen: list[int] = []

    def read() -> ForceReading:
        kind.fibers.wait(ours.fileno(), False, NEVER_NS)
        return ForceReading((1,), fault=False, t_ns=0, uncertainty_ns=0)

    fiber = kind.serve(Port(0, read, lambda c: (float(c.tick),), lambda c: seen.append(c.tick)))
    with ours, theirs:
        for tick in (1, 2, 3, 4):
            fiber.wake(PortTask(command(tick, 0.0), tick, 0, 0))
            kind.fibers.run_until(0)
        theirs.send(b"x")
        kind.until(lambda: fiber.sent_tick == 4)
        assert seen == [1, 4]
        fiber.end(1.0)


def test_a_link_is_opened_again_while_other_ports_go_on() -> None:
    fibers = Fibers(time.monotonic_ns)
    press, force = FakePress(), FakeForce()
    opened, go = threading.Event(), threading.Event()

    def again() -> None:
        opened.set()
        assert go.wait(5.0)

    workers = start_workers(
        Drivers(force, press, FakeCell()),
        time.monotonic_ns,
        Relinks(force=again),
        turns=Turns(fibers, (True, True, False)),
    )
    assert [type(one) for one in workers.there()] == [PortFiber, PortFiber, PortThread]
    force.down = True
    for tick in range(5):
        for worker in workers.there():
            worker.wake(PortTask(None, tick, tick, 0))
        fibers.run_until(time.monotonic_ns() + 1_000_000)
    assert opened.wait(5.0)
    assert press.told.count("read") == 6
    assert [note.kind for note in workers.force.notes] == [EventKind.LINK_LOST]
    force.down = False
    go.set()
    fibers.run_while(lambda: len(workers.force.notes) < 2, 5.0)
    assert workers.force.notes[1].kind == EventKind.LINK_BACK
    for worker in workers.there():
        worker.end(5.0)
