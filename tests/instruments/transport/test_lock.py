"""One program a port on this machine, whoever asks and however the port is written."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from instruments.transport.address import parse
from instruments.transport.lock import THIS_MACHINE, PortBusyError, PortLock, names
from tests.instruments.served import bare_pty

SECOND = """
import os, sys
from instruments.protocols import LinkError
from instruments.transport.lock import PortLock
"loaded now".encode("idna")
if os.geteuid() == 0:
    os.setuid(65534)
try:
    PortLock(sys.argv[1], "b")
except LinkError as error:
    print(error)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def address(number: int) -> str:
    """An address that no other test uses, also in another process."""
    return f"tcp://192.0.2.{number}:{os.getpid() % 60000 + 1}"


def test_the_second_opener_is_told_who_holds_the_port() -> None:
    first = PortLock(address(1), "run sodium-7")
    with pytest.raises(PortBusyError, match=r"in use by run sodium-7 \(process \d+\); stop that"):
        PortLock(address(1), "isostack probe")
    first.close()
    first.close()
    assert first.filenos() == []
    second = PortLock(address(1), "b")
    with pytest.raises(PortBusyError, match=r"in use by b \(process"):
        PortLock(address(1), "c")
    second.close()


def test_the_longest_name_of_a_run_is_told_whole() -> None:
    holder = f"run {'n' * 64}"
    lock = PortLock(address(2), holder)
    with pytest.raises(PortBusyError, match=rf"in use by {holder} \(process {os.getpid()}\)"):
        PortLock(address(2), "b")
    lock.close()


def test_other_ports_are_free() -> None:
    locks = [PortLock(address(number), "a") for number in (3, 4)]
    for lock in locks:
        lock.close()


def test_a_lock_lives_as_long_as_a_child_that_inherited_it() -> None:
    lock = PortLock(address(5), "run x")
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        pass_fds=lock.filenos(),
    )
    lock.close()
    with pytest.raises(PortBusyError, match="run x"):
        PortLock(address(5), "y")
    child.communicate()
    PortLock(address(5), "y").close()


@pytest.mark.parametrize("changes", [{}, {"XDG_RUNTIME_DIR": ""}, {"TMPDIR": "/nowhere"}])
def test_another_user_in_another_environment_is_refused_too(
    changes: dict[str, str], stack: ExitStack
) -> None:
    stack.callback(PortLock(address(6), "run x").close)
    done = subprocess.run(
        [sys.executable, "-c", SECOND, address(6)],
        env={**os.environ, **changes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"in use by run x (process {os.getpid()})" in done.stdout


def test_a_device_is_one_whatever_links_lead_to_it(tmp_path: Path) -> None:
    with bare_pty() as (_, path):
        link = tmp_path / "by-id"
        link.symlink_to(path)
        written = (path, f"{path}?baud=9600", str(link), f"ASRL{path}::INSTR")
        assert len({names(parse(name)) for name in written}) == 1


def test_all_names_of_this_machine_are_one() -> None:
    for host in ("localhost", "127.0.0.1", "127.0.1.1", socket.gethostname()):
        assert f"tcp-{THIS_MACHINE}-5025" in names(parse(f"tcp://{host}:5025?unit=2"))
    assert names(parse("TCPIP::127.0.0.1::5025::SOCKET")) == (f"tcp-{THIS_MACHINE}-5025",)


def test_a_hosts_name_stands_for_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        assert host == "tlb.lab"
        return [
            (socket.AF_INET, 0, 0, "", ("192.0.2.7", 0)),
            (socket.AF_INET6, 0, 0, "", ("::ffff:192.0.2.7", 0, 0, 0)),
            (socket.AF_INET6, 0, 0, "", ("2001:db8::7", 0, 0, 0)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    assert names(parse("tcp://tlb.lab:502")) == ("tcp-192.0.2.7-502", "tcp-2001:db8::7-502")


@pytest.mark.parametrize(
    "written",
    [
        ("TCPIP::192.0.2.8::502::SOCKET", "tcp://192.0.2.8:502", "TCPIP0::192.0.2.8::502::SOCKET"),
        ("USB0::0x05E6::0x2450::043::INSTR", "USB::1510::9296::043", "usb0::0x5e6::9296::043"),
        ("GPIB0::24::INSTR", "GPIB::24::INSTR"),
        ("TCPIP::192.0.2.8::inst0::INSTR", "TCPIP0::192.0.2.8::inst0"),
    ],
)  # fmt: skip
def test_a_visa_resource_is_one_however_it_is_written(written: tuple[str, ...]) -> None:
    assert len({names(parse(name)) for name in written}) == 1


def test_different_ports_have_different_names() -> None:
    written = (
        "/dev/no/1", "/dev/no/2", "tcp://192.0.2.1:1", "tcp://192.0.2.1:2", "tcp://192.0.2.2:1",
        "USB0::1::2::INSTR", "USB1::1::2::INSTR", "GPIB0::2::INSTR",
    )  # fmt: skip
    assert len({names(parse(name)) for name in written}) == len(written)
