"""A child process imports nothing from the directory that it is started in."""

import os
import subprocess
from pathlib import Path

import pytest

from fixture.own_module import drop_empty_paths, own_module

ROOT = Path(__file__).parents[1]
SOURCES = [*(ROOT / "fixture").rglob("*.py"), *(ROOT / "instruments").rglob("*.py")]
CHILDREN = (
    "fixture.runtime.supervisor",
    "fixture.runtime.control_process",
    "fixture.runtime.recorder_process",
    "fixture.runtime.pace",
    "fixture.record.recovery",
    "fixture.twin.serve",
    "fixture.cli.paced_process",
    "fixture.cli.summarise",
)
NAMES = ("serial", "numbers", "h5py", "msgspec", "signal", "struct", "instruments", "fixture")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A user's directory, with files that are called as modules of ours and of others."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("module", CHILDREN)
def test_a_users_file_with_a_modules_name_is_not_imported(theirs: Path, module: str) -> None:
    done = subprocess.run(
        own_module(module), cwd=theirs, capture_output=True, text=True, check=False
    )
    assert "mine" not in done.stderr
    assert "ImportError" not in done.stderr


def test_an_empty_place_in_the_path_is_not_handed_to_a_child(theirs: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": f":{ROOT}::"}
    drop_empty_paths(environ)
    assert environ["PYTHONPATH"] == str(ROOT)
    command = own_module("fixture.runtime.pace")
    done = subprocess.run(
        command, cwd=theirs, env=environ, capture_output=True, text=True, check=False
    )
    assert "mine" not in done.stderr
    empty: dict[str, str] = {}
    drop_empty_paths(empty)
    assert empty == {}


def test_every_process_of_ours_is_started_in_the_same_way() -> None:
    starts = [path for path in SOURCES if "sys.executable" in path.read_text(encoding="utf-8")]
    assert [path.name for path in starts] == ["own_module.py"]
