"""Beside another package called `instruments`, every entry ends with one line, and records open."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import instruments
from fixture.own_instruments import foreign_instruments

ROOT = Path(__file__).parents[1]
ENTRIES = (
    ("-m", "fixture.cli.main", "--help"),
    ("-m", "fixture.cli.main", "emulate", "laumas-tlb", "--pty"),
    ("-c", "from fixture.cli.main import main"),  # as the console script begins
    ("-m", "fixture.runtime.control_process"),
    ("-m", "fixture.runtime.recorder_process"),
    ("-m", "fixture.runtime.supervisor"),
    ("-m", "fixture.twin.serve"),
)


def python(*arguments: str, first: Path) -> "subprocess.CompletedProcess[str]":
    """Run Python with a folder before this checkout on its path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(first), str(ROOT)])}
    line = [sys.executable, *arguments]
    return subprocess.run(
        line, capture_output=True, text=True, cwd=first, env=environment, check=False
    )


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with another program's `instruments`, which fails when it is imported."""
    (tmp_path / "instruments").mkdir()
    (tmp_path / "instruments" / "__init__.py").write_text("from . import agilent\n")
    return tmp_path


def test_our_own_package_is_recognised() -> None:
    assert instruments.DISTRIBUTION == "isostack"
    assert foreign_instruments() == ""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: " ".join(entry[1:3]))
def test_another_instruments_is_one_line_and_exit_code_2(
    foreign: Path, entry: tuple[str, ...]
) -> None:
    done = python(*entry, first=foreign)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("isostack: the package 'instruments' at ")
    assert str(foreign) in line
    assert "InstrumentKit" in line
    assert "pip uninstall instrumentkit" in line


def test_a_package_without_its_init_file_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "instruments").mkdir()
    monkeypatch.delitem(sys.modules, "instruments")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert f"at {tmp_path / 'instruments'} is not isostack's own" in foreign_instruments()


def test_a_package_that_is_not_installed_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "instruments")
    monkeypatch.setattr(sys, "path", [])
    assert foreign_instruments().startswith("the package 'instruments' is missing")


def test_records_are_read_beside_another_instruments(foreign: Path) -> None:
    done = python("-c", "import isostack; print(isostack.API_VERSION)", first=foreign)
    assert (done.returncode, done.stdout) == (0, "1\n")
