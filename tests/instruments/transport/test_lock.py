import subprocess
import sys
from pathlib import Path

import pytest

from instruments.protocols import LinkError
from instruments.transport.address import parse
from instruments.transport.lock import PortBusyError, PortLock, key
from tests.instruments.served import bare_pty

ADDRESS = "tcp://127.0.0.1:502"


def test_the_second_opener_is_told_who_holds_the_port(tmp_path: Path):
    first = PortLock(ADDRESS, "run sodium-7", tmp_path)
    with pytest.raises(PortBusyError, match=r"in use by run sodium-7 \(process \d+\); stop that"):
        PortLock(ADDRESS, "isostack probe", tmp_path)
    first.close()
    first.close()
    second = PortLock(ADDRESS, "b", tmp_path)
    with pytest.raises(PortBusyError, match=r"in use by b \(process"):
        PortLock(ADDRESS, "c", tmp_path)
    second.close()
    assert second.fileno() == -1


def test_other_ports_are_free(tmp_path: Path):
    locks = [PortLock(f"tcp://127.0.0.1:{port}", "a", tmp_path) for port in (502, 503)]
    for lock in locks:
        lock.close()


def test_a_lock_lives_as_long_as_a_child_that_inherited_it(tmp_path: Path):
    lock = PortLock(ADDRESS, "run x", tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        pass_fds=[lock.fileno()],
    )
    lock.close()
    with pytest.raises(PortBusyError, match="run x"):
        PortLock(ADDRESS, "y", tmp_path)
    child.communicate()
    PortLock(ADDRESS, "y", tmp_path).close()


def test_two_names_of_one_port_have_one_lock(tmp_path: Path):
    with bare_pty() as (_, path):
        link = tmp_path / "by-id"
        link.symlink_to(path)
        names = (path, f"{path}?baud=9600", str(link), f"ASRL{path}::INSTR")
        assert len({key(parse(name)) for name in names}) == 1
    sockets = (
        "tcp://localhost:5025",
        "tcp://127.0.0.1:5025?unit=2",
        "TCPIP::127.0.0.1::5025::SOCKET",
        "TCPIP0::127.0.0.1::5025::SOCKET",
    )
    assert len({key(parse(name)) for name in sockets}) == 1


def test_names_of_different_ports_differ_and_are_file_names():
    names = ("/dev/no/1", "/dev/no/2", "tcp://a:1", "tcp://[::1]:1", "USB0::1::2::INSTR")
    keys = [key(parse(name)) for name in names]
    assert len(set(keys)) == len(names)
    assert not any("/" in name or ":" in name for name in keys)


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    PortLock(ADDRESS, "a").close()
    assert (tmp_path / "isostack").stat().st_mode & 0o777 == 0o700
    assert [file.name for file in (tmp_path / "isostack").iterdir()] == ["tcp-127.0.0.1-502.lock"]


def test_a_folder_that_cannot_be_made_or_is_a_link_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    with pytest.raises(LinkError, match="no folder for port locks"):
        PortLock(ADDRESS, "a")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "isostack").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LinkError, match="belongs to somebody else"):
        PortLock(ADDRESS, "a")


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "tcp-127.0.0.1-502.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(LinkError, match="no lock can be made here"):
        PortLock(ADDRESS, "a", tmp_path)
    assert not (tmp_path / "victim").exists()
