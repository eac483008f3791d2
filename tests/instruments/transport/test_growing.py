"""A file that another program writes, read as it grows."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from instruments.protocols import BeginsAnew, LinkError, LinkGone
from instruments.transport import growing
from instruments.transport.address import AddressError, parse
from instruments.transport.growing import GrowingFile
from instruments.transport.lock import PortLock
from tests.instruments.fakes import FakeClock

Read = Callable[[GrowingFile], bytes]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def read(clock: FakeClock) -> Read:
    """Reads after the next look is due."""

    def reading(file: GrowingFile) -> bytes:
        clock.advance_ms(200)
        return file.read(65536, 0)

    return reading


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_only_what_is_new_is_read(tmp_path: Path, clock: FakeClock, read: Read):
    path = tmp_path / "a.csv"
    file = GrowingFile(str(path), clock)
    assert read(file) == b""
    add(path, b"one\n")
    assert read(file) == b"one\n"
    add(path, b"two\n")
    assert [read(file), read(file)] == [b"two\n", b""]


def test_a_file_is_never_written(tmp_path: Path, clock: FakeClock):
    with pytest.raises(LinkError, match="only read"):
        GrowingFile(str(tmp_path / "a.csv"), clock).write(b"x")


def test_another_file_follows_once_the_old_one_is_read(
    tmp_path: Path, clock: FakeClock, read: Read
):
    old, new = tmp_path / "a_01.csv", tmp_path / "a_02.csv"
    file = GrowingFile(str(tmp_path / "a_*.csv"), clock)
    add(old, b"one\n")
    assert read(file) == b"one\n"
    add(old, b"last\n")
    add(new, b"new\n")
    os.utime(new, (2e9, 2e9))
    assert read(file) == b"last\n"
    with pytest.raises(BeginsAnew) as raised:
        read(file)
    assert raised.value.replaced
    assert read(file) == b"new\n"
    add(old, b"ghost\n")
    os.utime(old, (2.1e9, 2.1e9))
    assert read(file) == b""


@pytest.mark.parametrize("cut", ["truncated", "renamed"])
def test_a_file_that_begins_anew_says_so_once(
    tmp_path: Path, clock: FakeClock, read: Read, cut: str
):
    path = tmp_path / "a.csv"
    add(path, b"one\ntwo\n")
    file = GrowingFile(str(path), clock)
    assert read(file) == b"one\ntwo\n"
    if cut == "renamed":
        path.rename(tmp_path / "a.bak")
    path.write_bytes(b"new\n")
    with pytest.raises(BeginsAnew) as raised:
        read(file)
    assert raised.value.replaced == (cut == "renamed")
    assert [read(file), read(file)] == [b"new\n", b""]


def test_of_a_long_file_head_and_tail_are_read(tmp_path: Path, clock: FakeClock, read: Read):
    path = tmp_path / "a.csv"
    path.write_bytes(b"head\n" + b"x" * 2_000_000 + b"\ntail\n")
    file, came = GrowingFile(str(path), clock), b""
    while more := read(file):
        came += more
    assert came.startswith(b"head\n")
    assert came.endswith(b"\ntail\n")
    assert len(came) == growing.HEAD_BYTES + growing.TAIL_BYTES


def test_a_share_that_is_gone_is_a_lost_link_and_goes_on_where_it_was(
    tmp_path: Path, clock: FakeClock, read: Read
):
    folder = tmp_path / "share"
    folder.mkdir()
    path = folder / "a.csv"
    add(path, b"one\n")
    file = GrowingFile(str(folder / "*.csv"), clock)
    assert read(file) == b"one\n"
    folder.rename(tmp_path / "away")
    with pytest.raises(LinkGone):
        read(file)
    (tmp_path / "away").rename(folder)
    add(path, b"two\n")
    assert read(file) == b"two\n"


def test_an_address_of_a_file_is_a_whole_path():
    assert parse("file:/data/*.txt").place == "/data/*.txt"
    assert parse("file:/data/").place == "/data/*"
    with pytest.raises(AddressError, match="whole path"):
        parse("file:data.txt")


def test_any_number_of_programs_may_follow_one_file():
    with_lock = [PortLock("file:/data/a.txt", "one"), PortLock("file:/data/a.txt", "two")]
    assert [lock.filenos() for lock in with_lock] == [[], []]
