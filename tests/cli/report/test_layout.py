"""Text fits a terminal of any width, and is whole in a pipe."""

import pytest

from fixture.cli.report.layout import listed, stacked

RUNS = (
    ("run", "state", "directory"),
    ("one", "running", "/data/a/rather/long/directory/of/a/run"),
)


def test_the_last_column_is_wrapped_under_itself() -> None:
    assert listed([["a", "one two three"]], 10).splitlines() == ["a  one two", "   three"]


def test_a_row_that_is_too_wide_stacks_its_last_cells_below() -> None:
    assert stacked(RUNS, 30, 2).splitlines() == [
        "run  state",
        "one  running",
        "    /data/a/rather/long/directory/of/a/run",  # a path is not parted
    ]


@pytest.mark.parametrize("width", [0, 80])
def test_rows_that_fit_and_rows_in_a_pipe_are_lines(width: int) -> None:
    assert stacked(RUNS, width, 2).splitlines() == [
        "run  state    directory",
        "one  running  /data/a/rather/long/directory/of/a/run",
    ]
    assert listed([["a", "b " * 200]], 0).count("\n") == 0
