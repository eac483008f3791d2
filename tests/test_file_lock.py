"""The lock of a file: one holder, who is seen, and no lock on what is gone."""

import fcntl
import os
from pathlib import Path

import pytest

from fixture.file_lock import hold, is_held


def test_a_lock_has_one_holder_until_it_is_closed(tmp_path: Path):
    path = tmp_path / "run.lock"
    fd = hold(path)
    assert is_held(path)
    with pytest.raises(BlockingIOError):
        hold(path)
    os.close(fd)
    assert not is_held(path)
    os.close(hold(path))


def test_a_lock_is_not_held_of_a_file_that_was_just_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, flock = tmp_path / "run.lock", fcntl.flock
    left = [path]

    def removed_first(fd: int, operation: int) -> None:
        if left:
            left.pop().unlink()
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    fd = hold(path)
    assert os.fstat(fd).st_ino == path.stat().st_ino
    os.close(fd)


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path: Path):
    (tmp_path / "run.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        hold(tmp_path / "run.lock")
    assert not (tmp_path / "elsewhere").exists()
