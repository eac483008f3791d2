"""A stretch of the log, as a picture wants it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from fixture.analysis.rows import rows, span
from fixture.record.columns import OVERVIEWS
from fixture.record.contents import Columns
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


def in_parts(folder: Path, lengths: list[int]) -> Path:
    """A run whose files hold so many ticks each; the last is still being written."""
    first = 0
    for number, ticks in enumerate(lengths, 1):
        path = folder / ("run.h5" if number == 1 else f"run.part{number}.h5")
        writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
        for tick in range(first, first + ticks):
            nothing: dict[str, Any] = {"voltage_v": float("nan")} if 1000 < tick < 1900 else {}
            writer.append(make_frame(tick, pressure_mpa=15.0 + tick % 977, **nothing), (1.0, 0.5))
        writer.sync()
        if number < len(lengths):
            writer.finish("write error", 0)
        else:
            writer.close()
        first += ticks + 100
    return folder / "run.h5"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JoinedRecord]:
    record = JoinedRecord.open(in_parts(tmp_path_factory.mktemp("parts"), [1850, 700, 2000]))
    yield record
    record.close()


@pytest.mark.parametrize("pixels", [1, 3, 17, 50])
@pytest.mark.parametrize(("begin_s", "end_s"), [(-1.0, 1e6), (33.3, 420.0), (185.0, 333.0)])
def test_parts_and_the_newest_rows_are_as_in_the_log(
    parts: JoinedRecord, begin_s: float, end_s: float, pixels: int
) -> None:
    names = [PRESSURE, "voltage_volt", "unix_time_second"]
    found = rows(parts, begin_s, end_s, pixels, names)
    time_s = parts.log[TIME]
    assert len(found.time_s) == pixels
    assert np.isin(found.time_s, time_s).all()
    assert found.time_s[0] <= max(begin_s, 0.0)
    edges = np.searchsorted(time_s, found.time_s)
    for name in names:
        values = parts.log[name]
        low, high = np.fmin.reduceat(values, edges), np.fmax.reduceat(values, edges)
        np.testing.assert_array_less(found.minimum[name][:-1], np.nextafter(low, np.inf)[:-1])
        np.testing.assert_allclose(found.minimum[name][:-1], low[:-1], rtol=1e-7)
        np.testing.assert_allclose(found.maximum[name][:-1], high[:-1], rtol=1e-7)
        known = values[edges[0] : edges[1]] if pixels > 1 else values
        known = known[~np.isnan(known)]
        if len(known) and pixels == 3 and name == PRESSURE:
            assert found.mean[name][0] == pytest.approx(known.mean(), rel=0.05)


def test_with_and_without_overviews_the_extremes_are_equal(run: JoinedRecord) -> None:
    within = span(run)
    for pixels in (1, 5, 6, 30, 66):
        found = rows(run, *within, pixels, [PRESSURE])
        with patch.object(run.parts[0], "overviews", {}):
            plain = rows(run, *within, pixels, [PRESSURE])
        np.testing.assert_array_equal(found.time_s, plain.time_s)
        np.testing.assert_allclose(found.minimum[PRESSURE], plain.minimum[PRESSURE], rtol=1e-7)
        np.testing.assert_allclose(found.maximum[PRESSURE], plain.maximum[PRESSURE], rtol=1e-7)
        np.testing.assert_allclose(found.mean[PRESSURE], plain.mean[PRESSURE], rtol=1e-6)


def test_a_long_stretch_is_read_from_the_overviews_alone(run: JoinedRecord) -> None:
    log, longest = run.parts[0].log, [0]

    def block(name: str, begin: int, end: int) -> object:
        longest.append(end - begin)
        assert name == TIME or begin >= 3600
        return Columns.block(log, name, begin, end)

    with patch.object(log, "block", block):
        rows(run, *span(run), TICKS // OVERVIEWS[0], [PRESSURE])
    assert max(longest) <= 1200  # of the axis, while a time is looked for


def test_a_damaged_overview_is_done_without(run: JoinedRecord) -> None:
    overview = run.parts[0].overviews[600]
    whole = rows(run, *span(run), 3, [PRESSURE])

    def lost(name: str, begin: int, end: int) -> object:
        return np.zeros(end - begin), np.zeros(end - begin, bool)

    with patch.object(overview, "salvage", lost):
        found = rows(run, *span(run), 3, [PRESSURE])
    np.testing.assert_array_equal(found.time_s, whole.time_s)
    np.testing.assert_array_equal(found.maximum[PRESSURE], whole.maximum[PRESSURE])
