"""A lake holds what is closed, once, however often it is exported and wherever that was cut off."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pytest

from benchmarks.common import ROOT
from benchmarks.common import isostack as command_line
from fixture.analysis.errors import ResultError
from fixture.analysis.export import lake as module
from fixture.analysis.export.lake import (
    OPEN,
    UNCHANGED,
    WRITTEN,
    InLake,
    is_there,
    locked,
    to_lake,
)
from fixture.analysis.export.lake_tables import small_tables
from fixture.cli import export_lake
from fixture.record.parts import JoinedRecord
from tests.analysis import made_runs

TABLES = ("cycles", "events", "holds", "log", "runs")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_runs.finished(tmp_path_factory.mktemp("run"))


def files(lake: Path) -> dict[str, bytes]:
    found = (path for path in lake.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(lake)): path.read_bytes() for path in found}


def rows(lake: Path, table: str) -> int:
    query = f"SELECT count(*) FROM read_parquet('{lake}/{table}/**/*.parquet')"
    ((number,),) = duckdb.connect().execute(query).fetchall()
    return number


def test_a_run_is_in_each_table_by_its_cell(run: Path, tmp_path: Path) -> None:
    found = to_lake(run, tmp_path, "", force=False)
    assert (found.rows, found.state) == (made_runs.TICKS, WRITTEN)
    assert found.run.startswith("cell=Na-µ-7/run=")
    assert sorted(path.name for path in tmp_path.iterdir()) == list(TABLES)
    assert rows(tmp_path, "log") == made_runs.TICKS
    assert (rows(tmp_path, "cycles"), rows(tmp_path, "runs")) == (3, 1)
    query = (
        f"SELECT cell, kind FROM read_parquet('{tmp_path}/events/**/*.parquet', "
        "hive_partitioning = true) WHERE kind LIKE 'cycle%' LIMIT 1"
    )
    assert duckdb.connect().execute(query).fetchall() == [("Na-µ-7", "cycle begin")]


def test_what_was_written_counts_only_while_it_is_in_the_lake(run: Path, tmp_path: Path) -> None:
    found = to_lake(run, tmp_path, "", force=False)
    assert is_there(tmp_path, found)
    assert not is_there(tmp_path, found._replace(state=export_lake.FAILED))
    shutil.rmtree(tmp_path / "runs")
    assert not is_there(tmp_path, found)


def test_an_export_again_changes_nothing(run: Path, tmp_path: Path) -> None:
    to_lake(run, tmp_path, "", force=False)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert to_lake(run, tmp_path, "", force=False).state == UNCHANGED
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert to_lake(run, tmp_path, "", force=True).state == WRITTEN


def test_only_closed_parts_are_in_it_and_the_next_is_added_once_it_is(tmp_path: Path) -> None:
    lake, path = tmp_path / "lake", tmp_path / "made-up.h5"
    first = made_runs.write(path, 0, 900)
    assert to_lake(path, lake, "", force=False).state == OPEN
    first.close()
    second = made_runs.write(tmp_path / "made-up.part2.h5", 900)
    assert to_lake(path, lake, "", force=False).rows == rows(lake, "log") == 900
    second.finish("done", 0)
    assert to_lake(path, lake, "", force=False).rows == rows(lake, "log") == made_runs.TICKS


def test_a_part_that_cannot_be_read_is_named_and_added_once_it_is_back(tmp_path: Path) -> None:
    lake, first = tmp_path / "lake", tmp_path / "made-up.h5"
    second, third = tmp_path / "made-up.part2.h5", tmp_path / "made-up.part3.h5"
    for path, ticks in ((first, (0, 500)), (second, (500, 1000)), (third, (1000, made_runs.TICKS))):
        made_runs.write(path, *ticks).finish("done", 0)
    kept = second.read_bytes()
    second.write_bytes(b"nothing")
    for state in (WRITTEN, UNCHANGED):
        found = to_lake(first, lake, "", force=False)
        assert (found.rows, found.state) == (made_runs.TICKS - 500, state)
        assert found.problem.startswith("made-up.part2.h5 cannot be read: ")
    second.write_bytes(kept)
    found = to_lake(first, lake, "", force=False)
    assert (found.rows, found.state, found.problem) == (made_runs.TICKS, WRITTEN, "")
    second.write_bytes(b"nothing")
    with pytest.raises(ResultError, match=r"part2.h5 cannot be read.*the lake has it"):
        to_lake(first, lake, "", force=False)
    assert rows(lake, "log") == made_runs.TICKS


def test_a_run_without_its_first_part_is_in_no_lake(tmp_path: Path) -> None:
    first = made_runs.in_parts(tmp_path)
    first.write_bytes(b"nothing")
    with pytest.raises(ResultError, match=r"made-up.h5 cannot be read.*its first part"):
        to_lake(first, tmp_path / "lake", "", force=False)


def test_unix_times_after_a_resume_have_the_pause_in_them_as_those_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, header = tmp_path / "made-up.h5", made_runs.HEADER
    made_runs.write(first, 0, 700).close()
    resumed = msgspec.structs.replace(header, start_unix_ns=header.start_unix_ns + 7200 * 10**9)
    monkeypatch.setattr(made_runs, "HEADER", resumed)
    made_runs.write(tmp_path / "made-up.part2.h5", 700).finish("done", 0)
    with JoinedRecord.open(first) as record:
        log, tables = record.log, small_tables(record)
        unix_s = dict(zip(log["test_time_second"], log["unix_time_second"], strict=True))
    for name, column in (("cycles", "begin_second"), ("events", "test_time_second")):
        times_s = tables[name][column]
        assert times_s[-1] > 700.0
        expected = [unix_s[time_s] for time_s in times_s]
        np.testing.assert_allclose(tables[name]["unix_time_second"], expected, rtol=0, atol=1e-3)
    assert tables["runs"]["end_unix_time_second"][0] == max(unix_s.values())


def test_another_record_of_the_same_name_and_start_replaces_none_by_itself(
    run: Path, tmp_path: Path
) -> None:
    lake, other = tmp_path / "lake", tmp_path / "made-up.h5"
    made_runs.write(other, 0, 900).finish("done", 0)
    whole = to_lake(run, lake, "", force=False)
    with pytest.raises(ResultError, match="another record of this name, cell and start"):
        to_lake(other, lake, "", force=False)
    assert rows(lake, "log") == made_runs.TICKS
    part = to_lake(other, lake, "", force=True)
    assert (part.run, part.rows, part.state) == (whole.run, 900, WRITTEN)
    assert part.records != whole.records


def test_of_two_records_that_go_to_one_place_the_second_is_a_problem() -> None:
    first, other = InLake("r", 9, WRITTEN, records=("a",)), InLake("r", 7, WRITTEN, records=("b",))
    found = {Path("1"): first, Path("2"): other, Path("3"): first}
    told = export_lake._one_of_each(found)  # pyright: ignore[reportPrivateUsage]
    assert [one.state for one in told.values()] == [WRITTEN, export_lake.FAILED, WRITTEN]


@pytest.mark.parametrize("table", TABLES)
def test_wherever_an_export_stopped_the_next_one_repairs_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    whole, lake = tmp_path / "whole", tmp_path / "lake"
    to_lake(run, whole, "", force=False)
    to_lake(run, lake, "", force=False)
    write = module.write_log if table == "log" else module.write_table

    def stopped(columns: Mapping[str, object], path: Path) -> None:
        if table in str(path):
            raise KeyboardInterrupt
        write(columns, path)  # pyright: ignore[reportArgumentType]

    name = "write_log" if table == "log" else "write_table"
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stopped)
        with pytest.raises(KeyboardInterrupt):
            to_lake(run, lake, "", force=True)
    assert to_lake(run, lake, "", force=False).state == WRITTEN
    assert files(lake) == files(whole)


def test_an_export_that_was_killed_is_repaired_by_running_it_again(
    run: Path, tmp_path: Path
) -> None:
    whole, lake = tmp_path / "whole", tmp_path / "lake"
    line = command_line("export", str(run), "--lake", str(lake), "--jobs", "1")
    process = subprocess.Popen(
        line, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not any(lake.glob("*/cell=*/.run=*.new")):
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() != 0
    left = files(lake)
    subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    to_lake(run, whole, "", force=False)
    assert left != files(lake) == files(whole)


def test_two_exports_never_write_into_one_lake(tmp_path: Path) -> None:
    other = locked(tmp_path)
    with locked(tmp_path), pytest.raises(ResultError, match="another export writes into it"):
        other.__enter__()
