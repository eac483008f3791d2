import os
import socket
import termios
import time
from pathlib import Path

import pytest

from instruments.protocols import LinkError
from instruments.transport.address import AddressError, parse
from instruments.transport.descriptor import Descriptor
from instruments.transport.open import open_transport
from instruments.transport.tcp import open_tcp
from tests.instruments.served import bare_pty, soon

CLOCK = time.monotonic_ns


def test_a_serial_port_is_opened_raw_at_its_speed():
    with bare_pty() as (master, path):
        line = open_transport(f"{path}?baud=9600", CLOCK)
        settings = termios.tcgetattr(master)
        assert settings[4] == settings[5] == termios.B9600
        assert not settings[3] & (termios.ECHO | termios.ICANON)
        line.write(b"\x03\r\n")
        assert os.read(master, 10) == b"\x03\r\n"
        os.write(master, b"\r\n\x11")
        assert line.read(10, soon()) == b"\r\n\x11"
        line.close()


def test_a_serial_port_that_is_open_elsewhere_is_busy():
    with bare_pty() as (_, path):
        line = open_transport(path, CLOCK)
        with pytest.raises(LinkError, match=f"{path}: another program has it open"):
            open_transport(path, CLOCK)
        line.close()
        open_transport(path, CLOCK).close()


def test_a_duplicate_keeps_the_port_when_the_first_holder_is_gone():
    with bare_pty() as (_, path):
        line = open_transport(path, CLOCK)
        assert isinstance(line, Descriptor)
        heir = open_transport(path, CLOCK, fd=os.dup(line.fileno()))
        line.close()
        with pytest.raises(LinkError, match="another program has it open"):
            open_transport(path, CLOCK)
        heir.close()


def test_a_port_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(LinkError, match=r"/dev/ttyUSB77: no such port; plug .* Serial ports:"):
        open_transport("/dev/ttyUSB77", CLOCK)


def test_a_file_is_no_port(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(LinkError, match="this is not a device"):
        open_transport(str(tmp_path / "file"), CLOCK)
    with pytest.raises(LinkError, match="/dev/null: it is not a serial port"):
        open_transport("/dev/null", CLOCK)


def test_a_tcp_port_is_opened_without_delay():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = open_transport(f"tcp://127.0.0.1:{listener.getsockname()[1]}", CLOCK)
        peer, _ = listener.accept()
        with peer:
            line.write(b"hello")
            assert peer.recv(10) == b"hello"
        assert isinstance(line, Descriptor)
        option = socket.socket(fileno=os.dup(line.fileno()))
        with option:
            assert option.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        line.close()


def test_a_tcp_port_where_nobody_listens_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LinkError, match="nothing listens there; check the port's number"):
        open_transport(f"tcp://127.0.0.1:{port}", CLOCK)


def test_a_host_that_does_not_answer_has_a_deadline():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = parse(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        waiting = [socket.socket() for _ in range(8)]
        for line in waiting:  # fill the listener's queue, so that nobody more gets in
            line.setblocking(False)
            line.connect_ex((address.place, address.port))
        with pytest.raises(LinkError, match=r"no answer in 0\.05 s"):
            open_tcp(address, CLOCK, "far", connect_s=0.05)
        for line in waiting:
            line.close()


def test_a_name_that_no_host_has_is_told():
    with pytest.raises(LinkError, match=r"no host is called 'no-such-host\.invalid'"):
        open_transport("tcp://no-such-host.invalid:502", CLOCK)


def test_an_inherited_descriptor_is_taken_over_without_opening_anything():
    ours, theirs = socket.socketpair()
    with theirs:
        line = open_transport("/dev/ttyUSB77?baud=9600", CLOCK, fd=ours.detach())
        line.write(b"x")
        assert theirs.recv(1) == b"x"
        line.close()


def test_a_visa_resource_has_no_descriptor_to_inherit():
    with pytest.raises(AddressError, match="no descriptor to take over"):
        open_transport("TCPIP::127.0.0.1::1::SOCKET", CLOCK, fd=0)
