"""The documentation names every column as the tables do."""

from pathlib import Path

import pytest

from fixture.record.columns import SMALL_TABLES, Column, Table, log_table, ticks_table

DOCS = Path(__file__).parents[2] / "docs" / "record.md"


def line(column: Column) -> str:
    """A column's line in the documentation's tables."""
    unit = column.unit or "–"
    return f"| `{column.name}` | `{column.dtype}` | {unit} | {column.label} |"


@pytest.mark.parametrize(
    "table", [ticks_table(1), log_table(), *SMALL_TABLES], ids=lambda t: t.name
)
def test_each_table_is_documented_column_by_column(table: Table):
    section = DOCS.read_text().split(f"## `/entry/{table.name}`")[1].split("\n## ")[0]
    found = [text for text in section.splitlines() if text.startswith("| `")]
    assert found == [line(column) for column in table.columns]
