"""A stretch of the log, as a picture wants it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fixture.analysis.rows import rows, span
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

TICKS = 4000
SPIKE = 2717
TIME, PRESSURE = "test_time_second", "surface_pressure_pa"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JoinedRecord]:
    path: Path = tmp_path_factory.mktemp("rows") / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    for tick in range(TICKS):
        writer.append(make_frame(tick), (1e9 if tick == SPIKE else 1.0, 0.5))
    writer.finish("done", 0)
    record = JoinedRecord.open(path)
    yield record
    record.close()


@pytest.mark.parametrize("pixels", [1, 7, 100, 399])
def test_a_spike_of_one_row_is_in_its_stretch(run: JoinedRecord, pixels: int) -> None:
    name = next(iter(run.twin))
    found = rows(run, *span(run), pixels, [name])
    spike = int(np.argmax(run.twin[name]))
    assert len(found.time_s) <= pixels
    assert found.maximum[name][spike // found.log_rows] == run.twin[name][spike]
    assert (found.minimum[name] <= found.maximum[name]).all()


def test_a_short_stretch_is_every_row_with_one_more_on_each_side(run: JoinedRecord) -> None:
    time_s, pressure = run.log[TIME], run.log[PRESSURE]
    found = rows(run, time_s[10], time_s[20], 100, [PRESSURE])
    assert found.log_rows == 1
    np.testing.assert_array_equal(found.time_s, time_s[9:21])
    np.testing.assert_array_equal(found.minimum[PRESSURE], pressure[9:21])


def test_beyond_the_run_there_is_what_there_is(run: JoinedRecord) -> None:
    found = rows(run, -1e9, 1e9, 50, [PRESSURE])
    assert (found.time_s[0], len(found.time_s)) == (span(run)[0], 50)
    assert len(rows(run, 1e8, 1e9, 50, [PRESSURE]).time_s) == 1


def test_no_pixel_and_an_unknown_column_are_errors(run: JoinedRecord) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        rows(run, 0.0, 1.0, 0, [PRESSURE])
    with pytest.raises(KeyError):
        rows(run, 0.0, 1.0, 10, ["no_such_column"])
