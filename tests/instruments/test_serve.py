import os
import socket
import threading
import time
from pathlib import Path

import pytest

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.trinamic_tmcl import TrinamicTmclEmulator
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.press.trinamic_tmcl import TrinamicTmcl, TrinamicTmclOptions
from instruments.protocols import LinkError
from instruments.serve import CLIENTS, PENDING, STEP_NS, Pace, Server
from instruments.transport.open import open_transport
from tests.instruments.fakes import FakeCell, FakePress
from tests.instruments.served import FAST, on_pty, on_tcp, running, soon
from tests.waiting import PATIENCE_S

CLOCK = time.monotonic_ns


class Echo:
    """An emulator that answers what it hears, and notes when."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, int]] = []

    def receive(self, data: bytes, t_ns: int) -> bytes:
        self.heard.append((data, t_ns))
        return data


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def keithley() -> Keithley2450Emulator:
    return Keithley2450Emulator(FakeCell(), Keithley2450Options())


def asks(line: socket.socket, question: bytes = b"*LANG?\n") -> bytes:
    line.sendall(question)
    return line.recv(100)


def test_a_request_and_its_answer_take_their_time_on_the_line():
    echo = Echo()
    pace = Pace(baud=9600, turnaround_ns=3_000_000)
    assert pace.line_ns(96) == 100_000_000
    with on_pty(echo, pace) as path:
        line = open_transport(path, CLOCK)
        began_ns = CLOCK()
        line.write(b"0123456789")
        answer = line.read(100, soon())
        took_ns = CLOCK() - began_ns
        line.close()
    assert answer == b"0123456789"
    assert echo.heard[0][1] - began_ns >= pace.line_ns(10)
    assert took_ns >= 2 * pace.line_ns(10) + 3_000_000


def test_a_terminal_outlives_its_clients_and_changes_no_byte():
    every = bytes(range(256))
    with on_pty(Echo()) as path:
        for _ in range(2):
            line = open_transport(path, CLOCK)
            line.write(every)
            came = b""
            while len(came) < len(every):
                came += line.read(256, soon())
            line.close()
            assert came == every


def test_clients_come_one_after_another_and_beside_each_other():
    with on_tcp(keithley()) as port:
        with connected(port) as first:
            assert asks(first) == b"SCPI\n"
        with connected(port) as second, connected(port) as third:
            second.sendall(b"*LA")  # half a line of one client is none of another's
            assert asks(third) == b"SCPI\n"
            assert asks(second, b"NG?\n") == b"SCPI\n"


def test_more_clients_than_there_is_room_for_are_turned_away():
    with on_tcp(keithley()) as port:
        inside = [connected(port) for _ in range(CLIENTS)]
        assert all(asks(line) == b"SCPI\n" for line in inside)
        with connected(port) as late:
            assert late.recv(10) == b""
        for line in inside:
            line.close()


def test_a_client_that_does_not_read_is_dropped_and_hurts_nobody():
    with on_tcp(Echo()) as port, connected(port) as deaf, connected(port) as other:
        deaf.settimeout(0.2)
        with pytest.raises(OSError):  # noqa: PT011 - a time-out or a reset, as it comes
            deaf.sendall(bytes(100_000_000))
        assert asks(other, b"ping") == b"ping"


def test_a_client_that_sends_rubbish_hurts_nobody():
    with on_tcp(keithley()) as port, connected(port) as rude, connected(port) as other:
        rude.sendall(os.urandom(100_000))
        assert asks(other) == b"SCPI\n"


def test_bytes_that_do_not_fit_a_terminal_are_lost_as_on_a_line():
    with on_pty(Echo()) as path:
        line = open_transport(path, CLOCK)
        for _ in range(PENDING):
            line.write(bytes(1000))
        while line.read(4096, soon(100)):
            pass
        line.write(b"still here")
        assert line.read(100, soon()) == b"still here"
        line.close()


def test_when_the_server_ends_its_lines_are_gone():
    with on_pty(Echo()) as path:
        line = open_transport(path, CLOCK)
    with pytest.raises(LinkError, match="the link is gone"):
        line.read(10, soon())
    line.close()


def test_the_world_moves_before_each_request_and_without_any():
    moved: list[int] = []
    enough = threading.Event()

    def advance(t_ns: int) -> None:
        moved.append(t_ns)
        if len(moved) >= 4:
            enough.set()

    echo = Echo()
    server = Server(CLOCK, advance)
    path = server.pty(echo, FAST)
    with running(server):
        assert enough.wait(PATIENCE_S)
        line = open_transport(path, CLOCK)
        line.write(b"x")
        assert line.read(1, soon()) == b"x"
        line.close()
    assert echo.heard[0][1] in moved
    assert moved == sorted(moved)
    assert moved[3] - moved[0] >= 2 * STEP_NS


def test_a_silent_host_stops_the_served_press():
    press = FakePress()
    press.slow = True
    emulator = TrinamicTmclEmulator(press, TrinamicTmclOptions(um_per_count=0.05))
    stopped = threading.Event()

    def advance(t_ns: int) -> None:
        emulator.tick(t_ns)
        if emulator.heartbeat_stops:
            stopped.set()

    server = Server(CLOCK, advance)
    path = server.pty(emulator, FAST)
    with running(server):
        line = open_transport(path, CLOCK)
        driver = TrinamicTmcl(
            line, CLOCK, TrinamicTmclOptions(um_per_count=0.05, heartbeat_ms=20, deadline_ms=500)
        )
        driver.configure()
        driver.move_to(100.0)
        assert stopped.wait(PATIENCE_S)
        assert driver.read().position == 0
        line.close()
    assert press.target() == press.position()


def test_a_press_is_identified_and_moved_over_a_terminal():
    press = FakePress()
    emulator = TrinamicTmclEmulator(press, TrinamicTmclOptions(um_per_count=0.05))
    with on_pty(emulator, Pace(115200)) as path:
        line = open_transport(path, CLOCK)
        options = TrinamicTmclOptions(um_per_count=0.05, heartbeat_ms=0, deadline_ms=500)
        driver = TrinamicTmcl(line, CLOCK, options)
        assert driver.identify().model == "TMCM-1140"
        driver.configure()
        driver.move_to(12.5)
        reading = driver.read()
        line.close()
    assert reading.position == 250
    assert reading.uncertainty_ns >= Pace(115200).line_ns(9)


def test_a_taken_tcp_port_is_an_error_of_the_system():
    with on_tcp(Echo()) as port:
        server = Server(CLOCK, lambda _: None)
        with server, pytest.raises(OSError, match="in use"):
            server.tcp(Echo(), "127.0.0.1", port, FAST)


def test_nothing_stays_open():
    before = len(list(Path("/proc/self/fd").iterdir()))
    with on_pty(Echo()), on_tcp(Echo()) as port, connected(port) as line:
        assert asks(line, b"x") == b"x"
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_stopping_and_closing_twice_is_nothing():
    server = Server(CLOCK, lambda _: None)
    with running(server):
        pass
    server.stop()
    server.close()
