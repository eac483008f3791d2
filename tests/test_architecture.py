"""The picture of the architecture is that of the code, and the page names every folder."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "docs" / "pictures" / "architecture.py"


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    """The names of the script that draws it."""
    return runpy.run_path(str(SCRIPT))


def folders(parent: str) -> set[str]:
    """The packages right below a folder."""
    return {path.parent.name for path in (ROOT / parent).glob("*/__init__.py")}


def test_the_picture_is_drawn_from_the_code_as_it_is(drawn: dict[str, Any]) -> None:
    found = SCRIPT.with_suffix(".svg").read_text(encoding="utf-8")
    assert found == drawn["picture"](), "run: python docs/pictures/architecture.py"


def test_every_folder_is_in_the_picture(drawn: dict[str, Any]) -> None:
    assert set(drawn["COLUMNS"]) == folders("fixture") | {"isostack", "instruments"}
    assert set(drawn["STEP"]) == folders("fixture/core")


def test_every_folder_is_on_the_page() -> None:
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    named = [f"| `fixture/{name}` |" for name in folders("fixture")]
    named += [f"| `{name}` |" for name in folders("fixture/core")]
    assert [name for name in named if name not in page] == []
