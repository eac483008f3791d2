"""The page of the controller is that of the code: its states, its constants, and its examples."""

import gzip
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixture.core.control.controller import TRANSITIONS, WATCH
from fixture.core.control.state import Phase

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "docs" / "pictures" / "control.py"
PAGE = (ROOT / "docs" / "control.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([a-z_]+)\.(\w+)`")


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The names of the script that writes the generated parts."""
    return runpy.run_path(str(SCRIPT))


def test_the_generated_parts_of_the_page_are_those_of_the_code(written: dict[str, Any]) -> None:
    assert written["page"]() == PAGE, "run: python docs/pictures/control.py"


def test_every_constant_has_a_unit_a_reason_and_a_source(written: dict[str, Any]) -> None:
    rows = [(one.name, *one.unit_and_reason(), one.mark()) for one in written["constants"]()]
    assert len(rows) > 40
    assert [row for row in rows if not all(row)] == []


@pytest.mark.parametrize(
    ("name", "comment", "expected"),
    [
        ("law.BAND", "slip jumps: as much as one [A]", ("slip jumps", "as much as one", "A")),
        ("law.FAR_UM", "a limit: not more [C]", ("µm", "a limit: not more", "C")),
        ("law.BAND", "no unit [B: measured]", ("", "no unit", "B")),
        ("law.BAND", "steps: without a source", ("steps", "without a source", "")),
        ("law.BAND", "", ("", "", "")),
    ],
)
def test_a_comment_gives_unit_reason_and_source(
    written: dict[str, Any], name: str, comment: str, expected: tuple[str, str, str]
) -> None:
    one = written["Constant"](name, "1.0", comment)
    assert (*one.unit_and_reason(), one.mark()) == expected


def test_every_state_and_its_function_is_on_the_page() -> None:
    functions = [f"{watch.__module__.rsplit('.', 1)[1]}.{watch.__name__}" for watch in WATCH]
    rows = [f"| `{phase.name}` | `{functions[phase]}` |" for phase in Phase]
    assert [row for row in rows if row not in PAGE] == []
    assert {phase for phase, _ in TRANSITIONS} == set(Phase)


def test_every_name_of_code_on_the_page_exists() -> None:
    folder = ROOT / "fixture" / "core" / "control"
    sources = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    named = [(file, name) for file, name in NAMED.findall(PAGE) if file in sources and name != "py"]
    assert len(named) > 80
    assert [(f, n) for f, n in named if not re.search(rf"\b{n}\b", sources[f])] == []


def output(folder: Path, code: str) -> str:
    """What a program prints that runs in a folder."""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout


def test_the_example_says_why_each_stroke_of_a_recorded_run_was_made(tmp_path: Path) -> None:
    raw = (ROOT / "data" / "press-and-cycle.h5.gz").read_bytes()
    (tmp_path / "run.h5").write_bytes(gzip.decompress(raw))
    (example,) = [part.split("```")[0] for part in PAGE.split("```python\n")[1:]]
    said = output(tmp_path, example)
    assert "approach, 50 % of the error" in said
    assert "identification, slip 2 of 5" in said
    assert re.search(r"nearly to the next slip(, early)? -?0\.0", said)


def test_every_reason_that_a_replay_gives_is_on_the_page() -> None:
    source = (ROOT / "fixture" / "analysis" / "strokes.py").read_text(encoding="utf-8")
    functions = source[source.index("def _rule(") :]
    words = [
        text.split("{")[0].split(",")[0] for text in re.findall(r' f?"([a-z][^"]+)"', functions)
    ]
    assert len(words) > 10
    table = PAGE[PAGE.index("| why | the rule |") : PAGE.index("No line although")]
    assert [word for word in words if word.split(":")[0].strip() not in table] == []
