"""The overviews of the log: what they hold, live and finished, and after damage."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.record.columns import NOT_IN_OVERVIEWS, OVERVIEWS, log_table
from fixture.record.contents import Columns
from fixture.record.integrity import damage
from fixture.record.nodes import dataset_at
from fixture.record.overview import of_rows, stored
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.record.writer import RecordWriter
from tests.record.conftest import Run
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

AXIS = "test_time_second"
RESOLUTIONS = {column.name: column.resolution for column in log_table(TRUTH).columns}
EXACT = np.zeros(1)
HARDEST = st.one_of(st.floats(), st.sampled_from([1e39, -1e39, 16777217.0, 0.1]))


def column_of(record: Record, name: str) -> Columns:
    return record.twin if name in record.twin else record.log


def check_whole_blocks(record: Record) -> None:
    """Every row of an overview sums up its rows of the log, in every column."""
    assert tuple(record.overviews) == OVERVIEWS
    for each, overview in record.overviews.items():
        begins = np.arange(0, min(overview.rows * each, record.log.rows), each)
        np.testing.assert_array_equal(overview[AXIS], record.log[AXIS][begins])
        for name in set(overview) - {AXIS}:
            rows = column_of(record, name)[name][: overview.rows * each].astype(np.float64)
            true = stored(of_rows(rows[np.newaxis], begins), np.array([RESOLUTIONS[name]]))[0]
            np.testing.assert_array_equal(overview[name], true)


def test_every_row_of_the_log_is_in_an_overview_of_a_finished_record(run: Run) -> None:
    with Record.open(run.path) as record:
        check_whole_blocks(record)
        for each, overview in record.overviews.items():
            assert overview.rows == -(-record.log.rows // each)
            assert set(overview) == {*record.log, *record.twin} - NOT_IN_OVERVIEWS


@given(st.lists(HARDEST, min_size=1, max_size=50), st.integers(1, 20))
def test_minimum_and_maximum_enclose_in_single_precision(values: list[float], each: int) -> None:
    begins = np.arange(0, len(values), each)
    rows = np.array(values)
    found = stored(of_rows(rows[np.newaxis], begins), EXACT)[0]
    for block, begin in zip(found, begins.tolist(), strict=True):
        numbers = rows[begin : begin + each]
        numbers = numbers[~np.isnan(numbers)]
        if len(numbers):
            assert block["minimum"] <= numbers.min()
            assert block["maximum"] >= numbers.max()
        else:
            assert all(np.isnan(value) for value in block.item())


def test_the_mean_is_that_of_the_values_that_are_there() -> None:
    rows = np.array([[1.0, np.nan, 3.0, np.nan, np.nan, np.nan, 5.0]])
    found = stored(of_rows(rows, np.array([0, 3, 6])), EXACT)[0]
    np.testing.assert_array_equal(found["mean"], np.array([2.0, np.nan, 5.0], "<f4"))


def test_a_mean_is_rounded_as_the_rows_are() -> None:
    found = stored(of_rows(np.array([[1.0, 1.0, 1.25]]), np.array([0])), np.array([0.25]))
    assert found["mean"].item() == 1.0


def test_longer_stretches_are_those_of_their_rows() -> None:
    rows = np.random.default_rng(3).normal(size=(2, 1234))
    rows[:, 40:90] = np.nan
    whole = of_rows(rows, np.arange(0, 1234, 7)).joined(np.arange(0, 177, 10))
    for found, true in zip(whole, of_rows(rows, np.arange(0, 1234, 70)), strict=True):
        np.testing.assert_allclose(found, true)


def live(path: Path, ticks: int) -> RecordWriter:
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    for tick in range(ticks):
        writer.append(make_frame(tick, pressure_mpa=15.0 + tick % 97), (float(tick), 0.5))
    writer.sync()
    return writer


@pytest.mark.parametrize("ticks", [1, 599, 605, 1300, 37_000])
def test_a_live_record_has_the_overview_of_every_whole_chunk(tmp_path: Path, ticks: int) -> None:
    writer = live(tmp_path / "run.h5", ticks)
    with Record.open(tmp_path / "run.h5") as record:
        chunks = ticks // 600
        assert [one.rows for one in record.overviews.values()] == [10 * chunks, chunks]
        check_whole_blocks(record)
    writer.close()


def test_what_a_crash_left_has_overviews_again_when_it_is_recovered(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    live(path, 2000).close()
    done = recover(path)
    with Record.open(done.path) as record:
        assert [one.rows for one in record.overviews.values()] == [34, 4]
        check_whole_blocks(record)
        assert damage(record) == ()


def test_an_altered_overview_is_damage_and_recovery_makes_it_anew(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    shutil.copy(run.path, path)
    with h5py.File(path, "r+") as file:
        column = dataset_at(file, "entry/log_x60/voltage_volt")
        values = column[()]
        values["mean"][3] += 1.0
        column[...] = values
    with Record.open(path) as record:
        assert [str(one) for one in damage(record)] == [
            f"/entry/log_x60: rows 0 to {len(values) - 1} are not what was written"
        ]
    done = recover(path)
    with Record.open(done.path) as record:
        assert damage(record) == ()
        check_whole_blocks(record)
