"""The page on adding a step kind, followed word by word on a copy, gives a kind that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "how-to" / "add-a-step.md"
BLOCK = re.compile(r"^`([\w/.]+)`[^\n]*:\n\n```(python|diff)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[tuple[str, str, str]]:
    """Path, language and text of each block of the page that stands under a file's name."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def added(text: str, diff: str) -> str:
    """A file with the lines of a diff that begin with + inserted, each after the line before it."""
    lines = text.splitlines()
    at = 0
    for line in diff.splitlines():
        if line.startswith("+"):
            lines.insert(at, line[1:])
        else:
            at = lines.index(line[1:], at)
        at += 1
    return "\n".join(lines) + "\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program's code and its tests, with the page followed."""
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("fixture", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    for name, language, text in blocks():
        file = tmp_path / name
        old = file.read_text(encoding="utf-8") if language == "diff" else ""
        file.write_text(added(old, text) if old else text, encoding="utf-8")
    return tmp_path


def test_the_page_needs_five_files() -> None:
    assert len({name for name, _, _ in blocks()}) == 5


def test_following_it_gives_a_step_kind_whose_test_passes(copy: Path) -> None:
    tests = ["test_dwell.py", "test_table.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        + [f"tests/core/sequence/{name}" for name in tests],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
