"""A run's directory is named by the run, and a start that fails leaves none."""

from contextlib import suppress
from pathlib import Path

import pytest

from fixture.cli.errors import UsageError
from fixture.cli.launch import run_directory


def test_the_directory_is_named_by_the_run_and_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with run_directory(None, "cell-7", 1_700_000_000_000_000_000) as folder:
        assert folder == Path("runs/cell-7-20231114T221320Z")
        (folder / "cell-7.h5").touch()
    assert (folder / "cell-7.h5").exists()


def test_a_start_that_fails_leaves_no_directory(tmp_path: Path) -> None:
    with suppress(UsageError), run_directory(tmp_path / "a/b/c", "n", 0) as folder:
        assert folder.is_dir()
        raise UsageError("no space")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_was_there_stays(tmp_path: Path) -> None:
    with suppress(UsageError), run_directory(tmp_path, "n", 0):
        raise UsageError("no space")
    assert tmp_path.is_dir()


def test_what_fails_below_a_new_parent_removes_the_parent(tmp_path: Path) -> None:
    long = "x" * 300
    with (
        pytest.raises(UsageError, match="File name too long"),
        run_directory(tmp_path / "new" / long, "n", 0),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
