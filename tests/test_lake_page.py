"""The queries of the page about a lake answer what they say, on records that the twin made."""

import gzip
import math
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from fixture.analysis.hold_error import figures, holds
from fixture.record.parts import JoinedRecord
from tests.cli.test_main import isostack
from tests.test_how_to import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "lake.md"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs in `data`, exported into `lake`."""
    folder = tmp_path_factory.mktemp("months")
    for packed in (ROOT / "data").glob("*.h5.gz"):
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    runs = map(str, sorted(folder.glob("*.h5")))
    code, _, said = isostack("export", *runs, "--lake", str(folder / "lake"))
    assert code == 0, said
    return folder


@pytest.fixture
def answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Rows]:
    """Of each query of the page, in order."""
    monkeypatch.chdir(folder)
    found = (duckdb.connect().execute(query).df() for query in blocks(PAGE, "sql"))
    return [table.to_dict("records") for table in found]


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.h5"))


def test_the_error_by_rig_and_month_is_that_of_the_holds(folder: Path, answers: list[Rows]) -> None:
    squares = seconds = 0.0
    for path in records(folder):
        with JoinedRecord.open(path) as record:
            end_s = float(record.log["test_time_second"][-1])
            for hold in holds(record):
                held_s = min(hold.end_s, end_s) - hold.begin_s
                squares += held_s * figures(record, hold).rms ** 2
                seconds += held_s
    found = answers[0]
    assert found
    assert sum(row["hours"] for row in found) == pytest.approx(seconds / 3600.0)
    mean = sum(row["rms_percent"] ** 2 * row["hours"] for row in found) * 3600.0 / seconds
    assert math.sqrt(mean) == pytest.approx(math.sqrt(squares / seconds))
    assert all(len(row["month"]) == 7 for row in found)


def test_the_stiffness_is_that_of_the_cycles(folder: Path, answers: list[Rows]) -> None:
    known: dict[int, list[float]] = {}
    for path in records(folder):
        with JoinedRecord.open(path) as record:
            cycles = record.cycles
            for number, complete, stiffness in zip(
                cycles["cycle"].tolist(), cycles["complete"].tolist(),
                cycles["stiffness_newton_per_metre"].tolist(), strict=True,
            ):  # fmt: skip
                if complete and not math.isnan(stiffness):
                    known.setdefault(number, []).append(1e-6 * stiffness)
    assert known
    assert [row["cycle"] for row in answers[1]] == sorted(known)
    assert all(row["most_n_per_um"] == max(known[row["cycle"]]) for row in answers[1])


def test_the_run_that_tripped_is_named_with_its_reason(answers: list[Rows]) -> None:
    assert [row["name"] for row in answers[2]] == ["silent-load-cells"]
    assert "stale" in answers[2][0]["why"]


def test_capacity_and_travel_have_a_row_for_each_cell_and_rig(
    folder: Path, answers: list[Rows]
) -> None:
    capacity, travel = answers[3:]
    assert capacity
    assert all(0.0 < row["capacity_left_percent"] < 200.0 for row in capacity)
    assert sum(row["runs"] for row in travel) == len(records(folder))  # without a cycle, too
    assert sum(row["metres"] for row in travel) > 0.0


def test_the_log_opens_in_pandas_as_the_page_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (code,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(code, names)
    log = names["log"]
    assert isinstance(log, pd.DataFrame)
    assert len(set(log["run"].tolist())) == len(records(folder))
