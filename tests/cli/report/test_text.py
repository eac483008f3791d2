"""Plain text for terminals."""

import math

import pytest

from fixture.cli.report import text


def test_sizes_and_numbers_are_short() -> None:
    assert [text.size(n) for n in (12, 1200, 11_311_160, 5 * 10**9)] == [
        "12 B",
        "1.2 kB",
        "11.3 MB",
        "5 GB",
    ]
    assert text.number(1178.0972) == "1178"
    assert text.number(0.000012345, 2) == "0.000012"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert text.columns([["a", "bb", "c"], ["aaa", "b", "ccc"]]) == "a    bb  c\naaa  b   ccc"
    assert text.columns([]) == ""


def test_json_has_null_for_what_is_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    text.print_json({"a": math.inf, "b": [math.nan, 1.0]})
    assert capsys.readouterr().out.split() == [
        "{",
        '"a":',
        "null,",
        '"b":',
        "[",
        "null,",
        "1.0",
        "]",
        "}",
    ]
