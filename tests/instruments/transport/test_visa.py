import socket
import time
from collections.abc import Generator

import pytest

from instruments.protocols import LinkError
from instruments.transport.open import open_transport
from instruments.transport.visa import Visa
from tests.instruments.served import bare_pty, soon

Line = tuple[Visa, socket.socket]


@pytest.fixture
def line() -> Generator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        opened = open_transport(f"TCPIP::127.0.0.1::{port}::SOCKET", time.monotonic_ns)
        assert isinstance(opened, Visa)
        peer, _ = listener.accept()
        with peer:
            yield opened, peer
        opened.close()
        opened.close()


def test_a_line_is_read_when_its_end_has_come(line: Line):
    visa, peer = line
    visa.write(b"*IDN?\n")
    assert peer.recv(100) == b"*IDN?\n"
    peer.sendall(b"one\ntwo\n")
    assert visa.read(4096, soon()) == b"one\n"
    assert visa.read(4096, soon()) == b"two\n"


def test_silence_ends_at_the_deadline(line: Line):
    visa, _ = line
    assert visa.read(100, soon(5)) == b""


def test_half_a_line_is_kept_at_the_deadline(line: Line):
    visa, peer = line
    peer.sendall(b"half a l")
    assert visa.read(4096, soon(20)) == b"half a l"


def test_drain_forgets_lines_that_came_and_those_already_taken_in(line: Line):
    visa, peer = line
    peer.sendall(b"one\ntwo\n")
    assert visa.read(4096, soon()) == b"one\n"  # the second waits in pyvisa-py
    peer.sendall(b"three\n")
    visa.drain()
    visa.drain()
    peer.sendall(b"four\n")
    assert visa.read(4096, soon()) == b"four\n"


def test_a_closed_peer_is_a_link_error_and_no_silence(line: Line):
    visa, peer = line
    peer.close()
    with pytest.raises(LinkError, match="closed by the instrument"):
        visa.read(100, soon(5))


def test_writing_to_a_broken_link_is_a_link_error(line: Line):
    visa, _ = line
    visa.close()
    with pytest.raises(LinkError, match="the link is gone"):
        visa.write(b"x\n")
    with pytest.raises(LinkError, match="the link is gone"):
        visa.read(1, soon(5))
    visa.drain()


def test_where_nobody_listens_nothing_is_opened():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LinkError, match=f"TCPIP::127.0.0.1::{port}::SOCKET"):
        open_transport(f"TCPIP::127.0.0.1::{port}::SOCKET", time.monotonic_ns)


def test_a_resource_that_cannot_be_one_says_so():
    with pytest.raises(LinkError, match="cannot be opened"):
        open_transport("TCPIP::::::SOCKET", time.monotonic_ns)


def test_a_serial_resource_speaks_lines_too():
    with bare_pty() as (master, path):
        visa = open_transport(f"ASRL{path}::INSTR", time.monotonic_ns)
        visa.write(b"ask\n")
        with open(master, "r+b", buffering=0, closefd=False) as peer:
            assert peer.read(100) == b"ask\n"
            peer.write(b"old\n")
            visa.drain()
            peer.write(b"answer\n")
        assert visa.read(4096, soon()) == b"answer\n"
        visa.close()
