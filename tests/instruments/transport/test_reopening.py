"""A lost port is opened again when asked, not at once after an attempt that failed."""

import fcntl
import os
import socket
import termios
from collections.abc import Generator

import pytest

from instruments.protocols import LinkError, LinkGone
from instruments.transport.descriptor import Descriptor
from instruments.transport.open import open_transport, reopening
from instruments.transport.reopening import Reopening
from tests.instruments.fakes import MS, FakeClock
from tests.instruments.served import bare_pty, soon

TIOCGEXCL = 0x80045440  # asm-generic/ioctls.h: whether others may not open the terminal


class FakePort:
    """`Port` that notes what becomes of it."""

    def __init__(self) -> None:
        self.severed = 0

    def write(self, data: bytes) -> None:
        pass

    def read(self, size: int, deadline_ns: int) -> bytes:
        return b"answer"

    def drain(self) -> None:
        pass

    def close(self) -> None:
        raise AssertionError

    def sever(self) -> None:
        self.severed += 1


class Shop:
    """Opens ports, while it is open."""

    def __init__(self) -> None:
        self.open = True
        self.asked = 0

    def __call__(self) -> FakePort:
        self.asked += 1
        if not self.open:
            raise LinkError("nothing listens there")
        return FakePort()


def test_what_is_open_is_used_and_ended_before_it_is_opened_anew():
    port, shop, clock = FakePort(), Shop(), FakeClock()
    line = Reopening(port, shop, clock, "tcp://x:1")
    assert line.read(10, 0) == b"answer"
    line.reopen()
    assert (port.severed, shop.asked) == (1, 1)
    line.close()
    with pytest.raises(LinkGone, match="tcp://x:1"):
        line.write(b"x")


def test_attempts_that_fail_wait_longer_and_longer_and_one_that_works_ends_that():
    shop, clock = Shop(), FakeClock()
    shop.open = False
    line = Reopening(None, shop, clock, "tcp://x:1")
    began_ns = clock()
    times: list[int] = []
    while len(times) < 9:
        asked = shop.asked
        with pytest.raises(LinkGone):
            line.reopen()
        if shop.asked != asked:
            times.append((clock() - began_ns) // MS)
        clock.advance_ms(10)
    assert times == [0, 10, 30, 70, 150, 310, 630, 1270, 2270]
    shop.open = True
    clock.advance_ms(1000)
    line.reopen()
    line.works()
    with pytest.raises(LinkGone):
        line.reopen()
    clock.advance_ms(10)
    line.reopen()


@pytest.fixture
def listener() -> Generator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_ending_a_connection_ends_it_for_whoever_shares_it(listener: socket.socket):
    clock = FakeClock()
    address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    port = open_transport(address, clock)
    assert isinstance(port, Descriptor)
    assert port.peer() == "127.0.0.1"
    shared = os.dup(port.fileno())
    line = reopening(address, clock, port)
    first, _ = listener.accept()
    line.reopen()
    second, _ = listener.accept()
    with first, second:
        first.settimeout(5.0)
        assert first.recv(10) == b""
        line.write(b"again")
        second.settimeout(5.0)
        assert second.recv(10) == b"again"
    os.close(shared)
    line.close()


def test_a_serial_port_that_is_held_by_our_own_duplicate_is_opened_again():
    with bare_pty() as (master, path):
        port = open_transport(path, FakeClock())
        assert isinstance(port, Descriptor)
        shared = os.dup(port.fileno())
        fcntl.ioctl(shared, termios.TIOCEXCL)
        line = reopening(path, FakeClock(), port)
        line.reopen()
        assert fcntl.ioctl(shared, TIOCGEXCL, bytes(4)) == bytes(4)
        os.write(master, b"hello")
        assert line.read(10, soon()) == b"hello"
        line.close()
        os.close(shared)


def test_a_line_waits_as_it_is_told_also_once_it_was_opened_again():
    waits: list[tuple[bool, int]] = []

    def wait(fd: int, to_write: bool, deadline_ns: int) -> bool:
        waits.append((to_write, deadline_ns))
        return False

    pairs = [socket.socketpair() for _ in range(2)]
    ports = [Descriptor(ours.detach(), FakeClock(), "line") for ours, _ in pairs]
    line = Reopening(ports[0], lambda: ports[1], FakeClock(), "line")
    assert line.wait_by(wait)
    assert line.read(10, 5) == b""
    line.reopen()
    assert line.read(10, 7) == b""
    assert waits == [(False, 5), (False, 7)]
    line.close()
    for _, theirs in pairs:
        theirs.close()


def test_what_is_shared_or_no_descriptor_waits_in_its_own_way():
    def wait(fd: int, to_write: bool, deadline_ns: int) -> bool:
        raise AssertionError

    line = Reopening(FakePort(), Shop(), FakeClock(), "tcp://x:1")
    assert not line.wait_by(wait)
    ours, theirs = socket.socketpair()
    shared = Reopening(Descriptor(ours.detach(), FakeClock(), "box"), Shop(), FakeClock(), "box")
    shared.share(1)
    assert not shared.wait_by(wait)
    theirs.send(b"x")
    assert shared.read(10, 0) == b"x"
    shared.close()
    theirs.close()
