"""A record that is being written is always read as it was at one moment, with no second attempt."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixture.analysis.rows import rows, span
from fixture.record import cycler
from fixture.record.anchor import side_path
from fixture.record.parts import JoinedRecord
from fixture.record.places import Bytes, Places
from fixture.record.reader import Record
from fixture.record.regions import Chunks
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

CHUNK = 600
FLAGS_AT, OPEN_FOR_WRITING = 11, b"\x01"  # in the superblock
AHEAD = 1300  # rows between two reads: more than the ring of two chunks holds


class Written:
    """A recorder that records some more whenever it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
        self.ticks = 0

    def write(self, ticks: int) -> None:
        for tick in range(self.ticks, self.ticks + ticks):
            self._writer.append(make_frame(tick, request=int(tick % 500 == 0)), (float(tick), 0.5))
        self.ticks += ticks
        self._writer.sync()

    def finish(self) -> None:
        self._writer.finish("done", 0)

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path / "run.h5")
    made.write(700)
    yield made
    made.close()


def is_of_one_moment(record: Record, least: int) -> None:
    """Every column of every table is whole, and rises row by row from the first."""
    assert np.array_equal(record.ticks["tick"], np.arange(record.ticks.rows))
    assert np.array_equal(
        record.twin["true_pressure_pa"], np.rint(np.arange(record.log.rows) / 8) * 8
    )
    assert min(record.ticks.rows, record.log.rows + 1) >= least
    for columns in (record.ticks, record.log, record.twin, *record.overviews.values()):
        for name in columns:
            assert len(columns[name]) == columns.rows
    assert np.array_equal(record.requests["tick"] % 500, np.zeros(len(record.requests["tick"])))
    assert record.lost == ()


@pytest.mark.parametrize("moment", range(14))
def test_a_writer_that_overtakes_the_reader_between_two_reads_does_not_show(
    written: Written, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    read, count = Bytes.at, 0

    def interrupted(self: Bytes, offset: int, size: int) -> bytes:
        nonlocal count
        count += 1
        if count % 14 == moment:
            written.write(AHEAD if count < 60 else 1)
        return read(self, offset, size)

    acknowledged = written.ticks
    monkeypatch.setattr(Bytes, "at", interrupted)
    with Record.open(written.path) as record:
        is_of_one_moment(record, acknowledged)


def test_what_is_new_is_seen_by_looking_again_and_the_end_too(written: Written) -> None:
    record = JoinedRecord.open(written.path)
    for ticks in (10, 5 * CHUNK, 1):
        written.write(ticks)
        record = record.reopened()
        is_of_one_moment(record.parts[0], written.ticks)
    written.finish()
    record = record.reopened()
    assert record.finished
    assert record.reopened().parts == record.parts
    is_of_one_moment(record.parts[0], written.ticks)
    record.close()


def test_looking_again_reads_what_is_new_and_not_the_rest(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.write(100 * CHUNK)
    record = JoinedRecord.open(written.path)
    rows(record, *span(record), 100, ["surface_pressure_pa"])
    bytes_read = 0
    read, side = Bytes.at, Bytes.side

    def counted(original: Callable[[Bytes, int, int], bytes]) -> Callable[[Bytes, int, int], bytes]:
        def call(self: Bytes, offset: int, size: int) -> bytes:
            nonlocal bytes_read
            found = original(self, offset, size)
            bytes_read += len(found)
            return found

        return call

    monkeypatch.setattr(Bytes, "at", counted(read))
    monkeypatch.setattr(Bytes, "side", counted(side))
    written.write(10)
    record = record.reopened()
    assert record.log.rows == written.ticks - 1 or record.log.rows == written.ticks
    assert bytes_read < 1_500_000  # the rings
    record.close()


def test_of_a_whole_record_no_older_directory_is_searched(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Places, "_everything", None)
    with Record.open(written.path) as record:
        is_of_one_moment(record, written.ticks)
        assert len(record.log.block("voltage_volt", record.log.rows, record.log.rows)) == 0


def test_without_its_side_file_a_growing_record_is_read_all_the_same(written: Written) -> None:
    written.write(40 * CHUNK)
    side_path(written.path).unlink()
    with Record.open(written.path) as record:
        is_of_one_moment(record, written.ticks)


def test_the_places_of_chunks_are_those_that_hdf5_says(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    place = Chunks.place

    def both(self: Chunks, dataset: Any, at: int, data: bytes) -> int:
        found = place(self, dataset, at, data)
        told.append((found, dataset.get_chunk_info_by_coord((at,)).byte_offset))
        return found

    monkeypatch.setattr(Chunks, "place", both)
    written.write(5 * CHUNK)
    assert len(told) > 150
    assert all(ours == theirs for ours, theirs in told)


def test_nothing_is_looked_up_through_hdf5_in_a_record_that_its_writer_has_open(
    written: Written,
) -> None:
    """While it closes the file the writer has it open in a mode that HDF5 lets no reader join."""
    with written.path.open("r+b") as file:
        file.seek(FLAGS_AT)
        file.write(OPEN_FOR_WRITING)
    with Record.open(written.path) as record:
        assert cycler.merged(record) is None
        assert cycler.table(record) is None
