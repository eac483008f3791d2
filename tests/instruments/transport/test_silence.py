"""Silence between two frames of Modbus RTU: per line, by the master and by emulated answers."""

import socket
import threading
import time

import pytest

from instruments.codecs import modbus
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.loadcell.laumas_tlb import LaumasTlb, LaumasTlbOptions
from instruments.protocols import ReplyTimeout
from instruments.serve import Pace, Server
from instruments.transport.link import Link
from instruments.transport.registers import Bus, Number
from isostack.testing.line import Line, Time
from tests.instruments.fakes import FakeForce

US = 1_000
SILENCE_NS = 1_750 * US
THREE = LaumasTlbOptions(units=(1, 2, 3))


@pytest.mark.parametrize(
    ("baud", "ms"),
    [(1200, 32.083), (9600, 4.010), (19_200, 2.005), (19_201, 1.75), (115_200, 1.75)],
)
def test_it_is_three_and_a_half_characters_and_1_75_ms_on_a_fast_line(baud: int, ms: float) -> None:
    assert modbus.silence_ms(baud) == pytest.approx(ms, abs=1e-3)


class Spy(Line):
    """A line that notes when a request begins, and since when nothing had gone over it."""

    def __init__(self, options: LaumasTlbOptions) -> None:
        self.time = Time()
        super().__init__(LaumasTlbEmulator(FakeForce(1.0, 2.0, 3.0), options), self.time)
        self.used_ns = self.time()
        self.silences_ns: list[int] = []
        self.stray: list[tuple[int, bytes]] = []  # bytes that come by themselves, and when

    def write(self, data: bytes) -> None:
        self.silences_ns.append(self.time() - self.used_ns)
        super().write(data)
        self.used_ns = self.time()

    def read(self, size: int, deadline_ns: int) -> bytes:
        if self.stray and self.stray[0][0] <= deadline_ns:
            at_ns, data = self.stray.pop(0)
            self.time.t_ns = max(self.time.t_ns, at_ns)
        else:
            data = super().read(size, deadline_ns)
        if data:
            self.used_ns = self.time()
        return data


def reading(options: LaumasTlbOptions, reads: int = 3) -> Spy:
    line = Spy(options)
    cells = LaumasTlb(line, line.time, options)
    for _ in range(reads):
        assert cells.read().counts == (10, 20, 30)
    return line


def test_all_units_of_one_line_keep_it() -> None:
    line = reading(THREE)
    assert len(line.silences_ns) == 10  # the first read asks once more
    assert min(line.silences_ns) == max(line.silences_ns[1:]) == SILENCE_NS


def test_what_was_silent_for_longer_is_not_waited_for() -> None:
    line = Spy(THREE)
    cells = LaumasTlb(line, line.time, THREE)
    cells.read()
    line.time.t_ns += 20_000 * US
    before_ns = line.time()
    cells.read()
    assert line.silences_ns[-3] == 20_000 * US
    assert line.time() - before_ns == 2 * SILENCE_NS  # before the second and the third unit


def test_on_tcp_there_is_none() -> None:
    line = reading(LaumasTlbOptions(units=(1, 2, 3), framing="tcp"))
    assert max(line.silences_ns[1:]) == 0


def test_a_byte_that_comes_meanwhile_begins_it_anew() -> None:
    line = Spy(THREE)
    cells = LaumasTlb(line, line.time, THREE)
    cells.read()
    line.stray = [(line.time() + 1_000 * US, b"\x00"), (line.time() + 2_000 * US, b"\xff")]
    before_ns = line.time()
    assert cells.read().counts == (10, 20, 30)
    assert min(line.silences_ns) == SILENCE_NS
    assert line.time() - before_ns == 2_000 * US + 3 * SILENCE_NS


def test_a_line_that_never_is_silent_is_left_at_the_deadline() -> None:
    line = Spy(THREE)
    link = Link(line, line.time, 50_000 * US, 0, "scale", SILENCE_NS)
    line.stray = [(line.time() + count * 1_000 * US, b"\x00") for count in range(1, 10_000)]
    before_ns = line.time()
    link.drain()
    assert line.time() - before_ns == 50_000 * US


def test_a_command_that_goes_first_keeps_it_too() -> None:
    line = Spy(THREE)
    link = Link(line, line.time, 50_000 * US, 0, "press", SILENCE_NS)
    bus = Bus(link, "rtu", "press")
    bus.write_first(9, Number(register=2, type="uint16"), 1)
    bus.write_first(9, Number(register=2, type="uint16"), 1)
    assert line.silences_ns == [SILENCE_NS, SILENCE_NS]
    line.mute = True
    with pytest.raises(ReplyTimeout):
        link.exchange(b"\x01", lambda chunk: chunk)
    link.drain()
    assert line.time() - line.used_ns >= SILENCE_NS


@pytest.mark.parametrize(("framing", "least_ns"), [("rtu", SILENCE_NS), ("tcp", 0)])
def test_an_emulated_answer_begins_no_sooner_than_that_after_its_request(
    framing: str, least_ns: int
) -> None:
    options = LaumasTlbOptions(units=(1,), framing="rtu" if framing == "rtu" else "tcp")
    emulator = LaumasTlbEmulator(FakeForce(1.0), options)
    request = modbus.rtu_frame(1, modbus.read_request(6, 3))
    if framing == "tcp":
        request = bytes.fromhex("0001 0000 0006 01") + modbus.read_request(6, 3)
    pace = Pace(115_200, 0)
    with Server(time.monotonic_ns, lambda _: None) as server:
        host, port = server.tcp(emulator, "127.0.0.1", 0, pace)
        serving = threading.Thread(target=server.run)
        serving.start()
        try:
            with socket.create_connection((host, port), timeout=5.0) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                began_ns = time.monotonic_ns()
                line.sendall(request)
                answer = line.recv(100)
                took_ns = time.monotonic_ns() - began_ns
        finally:
            server.stop()
            serving.join()
    assert took_ns >= pace.line_ns(len(request) + len(answer)) + least_ns
