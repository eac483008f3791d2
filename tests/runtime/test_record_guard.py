"""A record that somebody else changes while it is written is noticed before the next write."""

from pathlib import Path

import pytest

from fixture.runtime.record_guard import Fault, RecordGuard, fault_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "run.h5"
    made.write_bytes(bytes(100))
    return made


def test_a_record_that_only_we_write_has_no_fault(path: Path) -> None:
    guard = RecordGuard(path)
    path.write_bytes(bytes(200))
    guard.wrote()
    assert guard.look() is Fault.NONE
    assert fault_text(guard.look()) == ""


def test_a_record_that_is_deleted_moved_or_whose_directory_is_gone_is_gone(path: Path) -> None:
    guard = RecordGuard(path)
    path.rename(path.with_name("other.h5"))
    guard.wrote()
    assert guard.look() is Fault.GONE
    nested = path.parent / "run" / "run.h5"
    nested.parent.mkdir()
    nested.write_bytes(b"x")
    guard = RecordGuard(nested)
    nested.unlink()
    nested.parent.rmdir()
    assert fault_text(guard.look()) == "the record was deleted or moved while it was written"


def test_another_file_in_its_place_is_not_ours(path: Path) -> None:
    guard = RecordGuard(path)
    (path.parent / "new").write_bytes(bytes(100))
    (path.parent / "new").rename(path)
    assert guard.look() is Fault.REPLACED


def test_a_record_that_is_smaller_than_it_was_left_was_truncated(path: Path) -> None:
    guard = RecordGuard(path)
    path.write_bytes(bytes(200))
    guard.wrote()
    with path.open("r+b") as file:
        file.truncate(150)
    assert guard.look() is Fault.TRUNCATED
