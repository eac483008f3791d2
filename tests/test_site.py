"""The site of the docs builds without a warning, needs no network, and explains every key."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from fixture.cli.main import app
from fixture.config.profile import Profile
from fixture.config.rig import Rig
from fixture.config.steps.table import BY_KEY

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.timeout(600)
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"(https?:[^\"]*)\"")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as CONTRIBUTING says to build it; a warning is an error."""
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-E", "docs", str(site)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return site


@pytest.fixture(scope="module")
def keys() -> dict[str, Any]:
    """The script that writes the page of keys."""
    return runpy.run_path(str(ROOT / "docs" / "reference" / "keys.py"))


def test_every_page_is_there_and_in_the_search(built: Path) -> None:
    sources = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]
    names = [path.relative_to(ROOT / "docs").with_suffix("") for path in sources]
    assert [name for name in names if not (built / f"{name}.html").exists()] == []
    index = (built / "searchindex.js").read_text(encoding="utf-8")
    assert [name for name in names if f'"{name.as_posix()}"' not in index] == []


def test_a_page_loads_nothing_from_a_network(built: Path) -> None:
    pages = {path.name: path.read_text(encoding="utf-8") for path in built.rglob("*.html")}
    assert {name: found for name, text in pages.items() if (found := LOADED.findall(text))} == {}
    styles = [path.read_text(encoding="utf-8") for path in built.rglob("*.css")]
    assert not any("@import" in text or "url(http" in text for text in styles)


def test_the_references_are_on_their_pages(built: Path) -> None:
    page = {name: (built / "reference" / f"{name}.html").read_text("utf-8") for name in (
        "commands", "keys", "rigs", "python",
    )}  # fmt: skip
    commands = typer.main.get_command(app).commands.values()  # type: ignore[attr-defined]
    names = [f">isostack {command.name}" for command in commands if not command.hidden]
    assert len(names) > 25
    assert [name for name in names if name not in page["commands"]] == []
    assert "breathing coefficient" in page["keys"]
    assert "usb-FTDI_USB-RS485" in page["rigs"]
    assert "isostack.connect" in page["python"]
    assert (built / "design.html").read_text("utf-8").count('class="diagram"') == 2


@pytest.mark.parametrize("model", [Profile, Rig, *BY_KEY.values()], ids=lambda one: one.__name__)
def test_every_key_of_the_files_has_a_meaning(keys: dict[str, Any], model: Any) -> None:
    waiting, seen = [model], set[Any]()
    while waiting:
        one = waiting.pop()
        seen.add(one)
        rows = {row.key: row for row in keys["rows"](one)}
        assert [key for key, row in rows.items() if not re.search("[a-z]{3}", row.meaning)] == []
        below = [inner for field in one.model_fields.values() for inner in keys["nested"](field)]
        waiting += [inner for inner in below if inner not in seen]


def test_a_row_says_range_unit_and_default_as_check_has_them(keys: dict[str, Any]) -> None:
    row = {one.key: one for one in keys["rows"](BY_KEY["press"])}
    assert row["press"].range == "0.05 … 1000 MPa"
    assert row["hold_within"].range == "1 ppm … 50 %"
    assert row["settle_timeout"].default == "1 h"
    assert row["wait"].default == "`true`"
    assert row["press"].default == "needed"
