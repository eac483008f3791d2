"""A port's thread says the newest command, then polls, once for each time it is woken."""

import threading

from fixture.core.types import CellMode, Command, PressMode
from fixture.runtime.port_threads import PortTask, PortThread
from fixture.runtime.ports import Drivers, Port, ports
from instruments.protocols import ForceReading
from tests.runtime.test_ports import FakeCell, FakeForce, FakePress
from tests.waiting import PATIENCE_S, until


def command(tick: int, um: float) -> Command:
    return Command(tick, 10**18, int(PressMode.MOVE), um, int(CellMode.OPEN), 0.0, 0.0)


def test_the_command_goes_before_the_poll() -> None:
    press = FakePress()
    thread = PortThread(ports(Drivers(FakeForce(), press, FakeCell())).press, lambda: 0, "press")
    thread.wake(PortTask(command(7, 3.0), 7, 0, 0))
    until(lambda: thread.reading is not None)
    assert press.told == ["move 3", "read"]
    assert thread.sent_tick == 7
    thread.end(1.0)


def test_a_thread_that_is_not_woken_does_nothing() -> None:
    force = FakeForce()
    three = ports(Drivers(force, FakePress(), FakeCell()))
    thread = PortThread(three.force, lambda: 0, "load cells")
    thread.wake(PortTask())
    until(thread.polled.is_set)
    thread.end(1.0)
    assert force.told == ["read"]


def test_while_a_thread_is_busy_only_the_newest_turn_is_kept() -> None:
    gate, entered = threading.Event(), threading.Event()
    seen: list[int] = []

    def read() -> ForceReading:
        entered.set()
        gate.wait(PATIENCE_S)
        return ForceReading((1,), fault=False, t_ns=0, uncertainty_ns=0)

    port = Port(0, read, lambda c: (float(c.tick),), lambda c: seen.append(c.tick))
    thread = PortThread(port, lambda: 0, "slow")
    thread.wake(PortTask(command(1, 0.0), 1, 0, 0))
    assert entered.wait(PATIENCE_S)
    for tick in (2, 3, 4):
        thread.wake(PortTask(command(tick, 0.0), tick, 0, 0))
    gate.set()
    until(lambda: thread.sent_tick == 4)
    assert seen == [1, 4]
    thread.end(1.0)


def test_a_lost_link_is_noted_for_the_loop() -> None:
    force = FakeForce()
    force.down = True
    thread = PortThread(ports(Drivers(force, FakePress(), FakeCell())).force, lambda: 0, "cells")
    thread.wake(PortTask(None, 3, 30, 0))
    until(lambda: bool(thread.notes))
    assert thread.notes[0].tick == 3
    assert thread.error == "nothing came"
    assert thread.reading is None
    thread.end(1.0)
