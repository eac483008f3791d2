import os
import socket
import time
from collections.abc import Generator

import pytest

from instruments.protocols import LinkError, ReplyTimeout
from instruments.transport.descriptor import Descriptor
from tests.instruments.served import soon

Pair = tuple[Descriptor, socket.socket]


@pytest.fixture
def pair() -> Generator[Pair]:
    ours, theirs = socket.socketpair()
    line = Descriptor(ours.detach(), time.monotonic_ns, "the port")
    with theirs:
        yield line, theirs
    line.close()


def test_what_has_come_is_read_at_most_so_many_bytes(pair: Pair):
    line, peer = pair
    peer.sendall(b"abcdef")
    assert line.read(4, soon()) == b"abcd"
    assert line.read(4, soon()) == b"ef"


def test_silence_ends_at_the_deadline(pair: Pair):
    line, _ = pair
    began_ns = time.monotonic_ns()
    assert line.read(10, began_ns + 3_000_000) == b""
    assert time.monotonic_ns() - began_ns >= 3_000_000


def test_a_deadline_that_has_passed_still_gives_what_is_there(pair: Pair):
    line, peer = pair
    peer.sendall(b"x")
    assert line.read(10, 0) == b"x"
    assert line.read(10, 0) == b""


def test_what_is_written_arrives(pair: Pair):
    line, peer = pair
    line.write(b"question")
    assert peer.recv(100) == b"question"


def test_drain_takes_all_that_has_come_and_no_more(pair: Pair):
    line, peer = pair
    peer.sendall(b"old" * 3000)
    line.drain()
    assert line.read(10, 0) == b""
    line.drain()
    peer.sendall(b"new")
    assert line.read(10, soon()) == b"new"


def test_a_closed_peer_is_a_link_error_with_the_ports_name(pair: Pair):
    line, peer = pair
    peer.close()
    with pytest.raises(LinkError, match="the port: the link is gone"):
        line.read(10, soon())
    with pytest.raises(LinkError, match="the port: the link is gone"):
        line.write(b"x")
    line.drain()


def test_bytes_sent_before_the_peer_closed_are_still_read(pair: Pair):
    line, peer = pair
    peer.sendall(b"last words")
    peer.close()
    assert line.read(100, soon()) == b"last words"
    with pytest.raises(LinkError, match="closed by the other end"):
        line.read(100, soon())


def test_a_peer_that_takes_nothing_is_given_up(pair: Pair):
    line, peer = pair
    started_ns = time.monotonic_ns()
    with pytest.raises(ReplyTimeout, match="takes no more bytes"):
        line.write(bytes(50_000_000))
    assert time.monotonic_ns() - started_ns < 5_000_000_000
    assert peer.recv(10)


def test_an_unplugged_terminal_is_a_link_error_on_read_and_write():
    master, slave = os.openpty()
    line = Descriptor(slave, time.monotonic_ns, "/dev/ttyUSB0")
    os.close(master)
    with pytest.raises(LinkError, match="/dev/ttyUSB0: the link is gone"):
        line.write(b"x")
    with pytest.raises(LinkError, match="/dev/ttyUSB0: the link is gone"):
        line.read(10, soon())
    line.drain()
    line.close()


def test_a_closed_transport_says_so_and_closes_twice(pair: Pair):
    line, _ = pair
    line.close()
    line.close()
    assert line.fileno() == -1
    with pytest.raises(LinkError):
        line.read(1, soon(5))
    with pytest.raises(LinkError):
        line.write(b"x")


def test_a_number_that_is_no_descriptor_is_a_link_error():
    with pytest.raises(LinkError, match="lost: the link is gone"):
        Descriptor(999_999, time.monotonic_ns, "lost")


def test_a_duplicate_speaks_after_the_first_has_gone(pair: Pair):
    line, peer = pair
    twin = Descriptor(os.dup(line.fileno()), time.monotonic_ns, "twin")
    line.close()
    twin.write(b"stop")
    assert peer.recv(10) == b"stop"
    twin.close()
