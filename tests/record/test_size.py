"""The record is small, and never much larger than what it ends as. Functions of size, not time."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from fixture.record.arrays import Array
from fixture.record.columns import tick_chunk_rows
from fixture.record.contents import Columns, Known
from fixture.record.reader import Record
from fixture.record.recovery import copy
from fixture.record.writer import RecordWriter
from tests.record.sizes import BOUND_FACTOR, BOUND_SPARE, bytes_per_row, write
from tests.record.synthetic import HEADER, make_config, make_frame


@pytest.mark.parametrize(
    ("tick_ns", "ticks", "goal"), [(10_000_000, 12_000, 6.0), (1_000_000, 20_000, 4.5)]
)
def test_ticks_and_log_are_small(tmp_path: Path, tick_ns: int, ticks: int, goal: float):
    life = write(tmp_path / "run.h5", tick_ns, ticks)
    size = bytes_per_row(tmp_path / "run.h5")
    assert size["ticks"] <= goal
    assert size["log"] <= 20.0
    assert life.largest <= BOUND_FACTOR * life.final + BOUND_SPARE


OF_RECORDS = [tracemalloc.Filter(True, "*/fixture/*"), tracemalloc.Filter(True, "*h5py*")]


def test_a_sync_each_second_costs_nothing_that_stays(tmp_path: Path):
    often = write(tmp_path / "often.h5", 100_000_000, 3000, sync_every=10)
    seldom = write(tmp_path / "seldom.h5", 100_000_000, 3000, sync_every=1000)
    assert often.final <= 1.02 * seldom.final + 4096


def test_memory_stays_flat(tmp_path: Path):
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config())
    held: list[int] = []
    tracemalloc.start()
    for tick in range(6000):
        writer.append(make_frame(tick))
        if tick % 1200 == 1199:
            writer.sync()
            gc.collect()
            of_records = tracemalloc.take_snapshot().filter_traces(OF_RECORDS)
            held.append(sum(trace.size for trace in of_records.traces))
    tracemalloc.stop()
    writer.close()
    assert held[-1] - held[1] < 30_000  # 32 bytes for each entry of a half block are 8 kB of it


def test_a_recovery_reads_one_chunk_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config())
    for tick in range(3000):
        writer.append(make_frame(tick))
    writer.sync()
    writer.close()
    most, salvage = [0], Columns.salvage

    def watched(columns: Columns, name: str, begin: int, end: int) -> tuple[Array, Known]:
        most[0] = max(most[0], end - begin) if name == "tick" else most[0]
        return salvage(columns, name, begin, end)

    monkeypatch.setattr(Columns, "salvage", watched)
    done = copy(tmp_path / "run.h5", tmp_path / "out.h5")
    assert (done.ticks, done.last_tick) == (3000, 2999)
    assert 0 < most[0] <= tick_chunk_rows(make_config().tick_ns)


def test_samples_are_read_across_the_edge_of_a_block(tmp_path: Path):
    write(tmp_path / "run.h5", 1_000_000, 21_000)
    with Record.open(tmp_path / "run.h5") as record:
        assert sum(1 for _ in record.samples()) == 21_000
