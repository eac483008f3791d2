"""One box is load cells, press and monitors: three threads over one connection, on real sockets."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from fixture.core.types import CellMode, Command, Event, EventKind, PressMode
from fixture.runtime.control_process import relinks
from fixture.runtime.port_workers import PortTask, PortThread, start_workers
from fixture.runtime.ports import TURNS, Drivers, identify
from instruments.boxes.labjack_t7 import Box
from instruments.codecs import labjack_t7 as t7
from instruments.codecs import modbus
from instruments.emulators.labjack_t7 import Connection, LabjackT7Emulator
from instruments.emulators.labjack_t7_roles import LoadCells, Monitors, Regulator
from instruments.loadcell.labjack_t7 import LabjackT7, LabjackT7Options
from instruments.options import LinkOptions
from instruments.potentiostat.labjack_t7_monitors import LabjackT7Monitors, LabjackT7MonitorsOptions
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions
from instruments.serve import Pace, Server
from instruments.transport.loopback import Loopback
from instruments.transport.open import lines, open_transport
from instruments.transport.reopening import Reopening
from tests.instruments.fakes import FakeCell, FakeClock, FakeForce, FakePress
from tests.instruments.served import running
from tests.waiting import PATIENCE_S

CELLS = LabjackT7Options(units=(0, 1, 2), division_n=1.0, deadline_ms=2000.0)
PRESS = EpRegulatorOptions(
    um_per_count=0.5, n_per_count=5.0, full_force_n=5000.0, monitor=3, deadline_ms=2000.0
)
CELL = LabjackT7MonitorsOptions(voltage_input=4, current_input=5, open_output=0, deadline_ms=2000.0)
CLOCK = time.monotonic_ns


class CountedBox(LoadCells):
    """Counts its connections."""

    def __init__(self, plant: FakeForce) -> None:
        self.connections = -1  # one is its own
        super().__init__(plant, CELLS)

    def line(self) -> Connection:
        self.connections += 1
        return super().line()


class Rig:
    """The box on TCP, and the threads of its three roles."""

    def __init__(self, server: Server) -> None:
        self.press, self.cell = FakePress(), FakeCell()
        self.box = CountedBox(FakeForce(100.0, 200.0, 300.0))
        self.box.join(Regulator(self.press, PRESS))
        self.box.join(Monitors(self.cell, CELL))
        host, port = server.tcp(self.box, "127.0.0.1", 0, Pace(0, 200_000))
        address = f"tcp://{host}:{port}"
        self.links = lines(
            [address] * 3, TURNS[:3], CLOCK, lambda _: open_transport(address, CLOCK)
        )
        force, push, cell = self.links
        drivers = Drivers(
            LabjackT7(force, CLOCK, CELLS),
            EpRegulator(push, CLOCK, PRESS),
            LabjackT7Monitors(cell, CLOCK, CELL),
        )
        known = identify(drivers)
        assert len({identity.serial for identity in known.values()}) == 1
        self.workers = start_workers(drivers, CLOCK, relinks(drivers, self.links, known))
        self.threads = [one for one in self.workers.there() if isinstance(one, PortThread)]
        self.notes: list[Event] = []

    def ticks(self, count: int, press_um: float, mode: CellMode = CellMode.OBSERVE) -> None:
        """Give every thread a command and a poll, and wait until all have done it."""
        for tick in range(count):
            command = Command(
                tick, CLOCK() + 10**12, PressMode.MOVE, press_um + tick % 2, mode, 0.0, 0.0
            )
            for thread in self.threads:
                thread.polled.clear()
                thread.wake(PortTask(command, tick, CLOCK(), 0))
            for thread in self.threads:
                assert thread.polled.wait(PATIENCE_S)
                assert not thread.broken
                while thread.notes:
                    self.notes.append(thread.notes.popleft())

    def close(self) -> None:
        for thread in self.threads:
            thread.end(1.0)
        self.links[0].close()


@contextmanager
def rig() -> Generator[Rig]:
    """A rig, for as long as a test lasts."""
    with running(Server(CLOCK, lambda _: None)) as server:
        made = Rig(server)
        try:
            yield made
        finally:
            made.close()


def test_three_threads_share_one_connection_and_none_takes_anothers_answer():
    with rig() as made:
        made.ticks(200, 10.0)
        assert made.notes == []
        assert made.box.connections == 1
        force, press, cell = (
            made.workers.force.reading, made.workers.press.reading, made.workers.cell.reading
        )  # fmt: skip
        assert force is not None
        assert press is not None
        assert cell is not None
        assert force.counts == (100, 200, 300)
        assert press.position == made.press.at == 22
        assert cell.voltage_v == pytest.approx(made.cell.volts, abs=1e-5)


def test_a_connection_that_closes_is_opened_again_once_for_all_three():
    with rig() as made:
        made.ticks(3, 10.0)
        made.links[1]._connection.port.sever()  # pyright: ignore
        made.ticks(10, 10.0)
        assert made.box.connections == 2
        kinds = sorted(note.kind for note in made.notes)
        lost = kinds.count(int(EventKind.LINK_LOST))
        assert lost == kinds.count(int(EventKind.LINK_BACK)) >= 1
        assert made.press.at == 22


def test_a_trip_opens_the_other_programs_cell_and_a_reset_leaves_it_to_it():
    with rig() as made:
        made.ticks(1, 10.0)
        opened = made.box.lines[0]
        assert made.cell.asked == []
        made.ticks(1, 10.0, CellMode.OFF)
        assert made.cell.asked[-1][0] == "open"
        levels: list[int] = []
        made.box.lines[0] = lambda level: (levels.append(level), opened(level))[1]
        made.ticks(1, 10.0)
        assert levels == [1]


def test_a_command_to_the_press_goes_before_the_questions_of_the_others():
    """It comes last, while an exchange is under way and two others wait, and is heard first."""
    clock = FakeClock()
    emulator = LabjackT7Emulator()
    heard: list[int] = []

    class Heard(Loopback):
        def write(self, data: bytes) -> None:
            heard.append(data[7])
            super().write(data)

        def sever(self) -> None:
            pass

    port = Heard(emulator, clock)
    force = Reopening(port, lambda: port, clock, "box", TURNS[0])
    push, cell = (force.share(rank) for rank in TURNS[1:3])
    press = EpRegulator(push, clock, PRESS)
    roles = [Box(link, clock, LinkOptions(), "inputs") for link in (force, cell)]
    acts = [lambda role=role: role.value(t7.ain(0)) for role in roles]
    threads = [threading.Thread(target=act) for act in (*acts, lambda: press.move_to(1.0))]
    turns = force._connection.turns  # pyright: ignore
    with force.turn():
        for waiting, thread in enumerate(threads):
            thread.start()
            while turns.waiting() <= waiting:
                time.sleep(1e-4)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert heard == [modbus.WRITE_MANY, modbus.READ, modbus.READ]
