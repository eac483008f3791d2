"""The page on the twin knows every section, every kind of press and every column of the truth."""

from pathlib import Path

import pytest

from fixture.twin.parameters import Parameters
from fixture.twin.plant import TRUTH
from fixture.twin.presses import PRESSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "twin.md").read_text(encoding="utf-8")
SECTIONS = set(Parameters.__struct_fields__) - {"bench", "seed", "method"}
RIGS = sorted(path.stem for path in (ROOT / "profiles" / "rigs").glob("twin*.yaml"))


@pytest.mark.parametrize("name", [*sorted(SECTIONS), *PRESSES, *RIGS])
def test_it_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_column_of_the_truth_is_in_its_table_and_no_other() -> None:
    table = PAGE.split("## The truth")[1].split("## ")[0]
    names = {span for span in table.split("`")[1::2] if not span.startswith("/")}
    assert names == {column.name for column in TRUTH}


def test_every_picture_is_there() -> None:
    for line in PAGE.splitlines():
        if line.startswith("!["):
            assert (ROOT / "docs" / line.split("(")[1].rstrip(")")).exists()
