"""The file while it is written: readers see it, nothing is added to it, nothing is overwritten."""

import zlib
from pathlib import Path

import h5py
import msgspec
import numpy as np
import pytest

from fixture.record.anchor import side_path
from fixture.record.columns import BULK_NUMBERS
from fixture.record.errors import RecordError
from fixture.record.header import Header
from fixture.record.nodes import values_at
from fixture.record.packing import ENTRY
from fixture.record.reader import Record
from fixture.record.store import lock_path
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, START_UNIX_NS, make_config, make_frame, realistic


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.h5"


def started(path: Path, ticks: int = 0) -> RecordWriter:
    writer = RecordWriter.create(path, HEADER, make_config())
    for tick in range(ticks):
        writer.append(make_frame(tick, position=tick))
    return writer


def open_datasets() -> int:
    return h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_DATASET)


def members(path: Path, swmr: bool) -> set[str]:
    found: set[str] = set()
    with h5py.File(path, "r", libver="latest", swmr=swmr) as file:
        file.visit(found.add)
    return found


def test_a_new_record_can_be_read_before_its_first_tick(path: Path):
    writer = started(path)
    with Record.open(path) as record:
        assert (record.ticks.rows, record.log.rows, record.finished) == (0, 0, False)
        assert list(record.samples()) == []
        assert record.config == make_config()
    writer.close()


def test_a_writer_holds_no_column_open(path: Path):
    before = open_datasets()
    writer = started(path, 1201)
    writer.note(make_frame(1200).sample, ["the lid was opened"])
    writer.sync()
    assert open_datasets() - before == 1  # the directory's older entries
    writer.close()


@pytest.mark.parametrize("ticks", [1, 599, 600, 601, 1201, 2500])
def test_a_live_reader_sees_every_row_of_the_last_sync(path: Path, ticks: int):
    writer = started(path, ticks)
    assert writer.sync() == ticks - 1
    with Record.open(path) as record:
        assert record.ticks["position"].tolist() == list(range(ticks))
        assert record.log.rows == ticks
        assert [s.position for s in record.samples(ticks - 1)] == [ticks - 1]
    writer.close()


def test_rows_in_the_ring_are_replaced_in_place_sync_after_sync(path: Path):
    writer = started(path)
    sizes: set[int] = set()
    for tick in range(599):
        writer.append(make_frame(tick, position=tick))
        writer.sync()
        sizes.add(path.stat().st_size)
    with Record.open(path) as record:
        assert record.ticks["position"].tolist() == list(range(599))
    assert len(sizes) == 1
    writer.close()


def test_all_datasets_exist_before_the_first_row_and_none_appear_after(path: Path):
    writer = started(path)
    before = members(path, swmr=True)
    for frame, _ in realistic(1500, 100_000_000):
        writer.append(frame)
    writer.checkpoint(1499, b"state")
    writer.sync()
    assert members(path, swmr=True) == before
    writer.finish("done", START_UNIX_NS)
    assert members(path, swmr=False) == before


def test_nothing_in_a_record_has_a_variable_length(path: Path):
    started(path, 3).finish("done", START_UNIX_NS)
    loose: list[str] = []

    def look(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset) and h5py.check_vlen_dtype(node.dtype) is not None:
            loose.append(name)

    with h5py.File(path) as file:
        file.visititems(look)
    assert loose == []


def test_a_second_writer_is_refused_and_changes_nothing(path: Path):
    writer = started(path, 10)
    writer.sync()
    size = path.stat().st_size
    with pytest.raises(RecordError, match="another process is writing"):
        RecordWriter.create(path, HEADER, make_config())
    assert path.stat().st_size == size
    assert lock_path(path).exists()
    writer.close()


def test_a_record_is_never_overwritten(path: Path):
    started(path).close()
    with pytest.raises(RecordError, match="already there"):
        RecordWriter.create(path, HEADER, make_config())
    path.unlink()
    with pytest.raises(RecordError, match=r"run\.chunks: is already there"):
        RecordWriter.create(path, HEADER, make_config())


def test_a_record_has_its_name_only_once_it_can_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: set[str] = set()

    def look(_: int) -> None:
        seen.update(p.name for p in path.parent.iterdir())

    monkeypatch.setattr("fixture.record.store.sync_data", look)
    writer = RecordWriter.create(path, HEADER, make_config())
    assert seen == {".run.h5.new", ".run.chunks.new", "run.lock"}
    with Record.open(path) as record:
        assert record.ticks.rows == 0
    writer.close()


def test_what_a_writer_left_that_was_killed_while_it_made_its_file_is_removed(path: Path):
    for name in (".run.h5.new", ".run.chunks.new", "run.lock"):
        path.with_name(name).write_bytes(b"half made")
    started(path, 5).finish("done", START_UNIX_NS)
    assert {p.name for p in path.parent.iterdir()} == {"run.h5", "run.chunks"}
    with Record.open(path) as record:
        assert record.ticks.rows == 5


def test_a_record_that_cannot_get_its_name_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fixture.record.store._sync_folder", fail)
    for left in ("abandoned", "_left_open"):
        monkeypatch.setattr(f"fixture.record.store.{left}", [])
    with pytest.raises(OSError, match="No space"):
        RecordWriter.create(path, HEADER, make_config())
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(RecordError, match=r"no folder .*nowhere"):
        RecordWriter.create(tmp_path / "nowhere" / "run.h5", HEADER, make_config())


def test_only_the_record_and_its_side_file_are_left(path: Path):
    started(path, 5).finish("done", START_UNIX_NS)
    assert {p.name for p in path.parent.iterdir()} == {"run.h5", "run.chunks"}


def test_a_record_of_no_ticks_can_be_finished(path: Path):
    started(path).finish("refused", START_UNIX_NS)
    with Record.open(path) as record:
        assert (record.ticks.rows, record.finished, record.outcome) == (0, True, "refused")


def test_a_header_of_nothing_but_a_name_is_enough(path: Path):
    header = Header("bare", START_UNIX_NS)
    RecordWriter.create(path, header, make_config(cells=1)).finish("done", START_UNIX_NS)
    with Record.open(path) as record:
        assert record.header == header
        assert len(record.twin) == 0


@pytest.mark.parametrize("tick", [3, 4, 0])
def test_a_tick_that_does_not_rise_is_refused(path: Path, tick: int):
    writer = started(path, 5)
    with pytest.raises(ValueError, match="must rise"):
        writer.append(make_frame(tick))
    writer.close()


def test_a_time_that_is_not_its_lateness_is_refused(path: Path):
    writer = started(path)
    with pytest.raises(ValueError, match="disagree"):
        writer.append(make_frame(0, late_us=5))
    writer.close()


def test_truths_without_columns_are_refused(path: Path):
    writer = started(path)
    with pytest.raises(ValueError, match="1 truths for 0 columns"):
        writer.append(make_frame(0), (1.0,))
    writer.close()


def test_a_checkpoint_of_its_size_fits_and_one_more_does_not(path: Path):
    writer = started(path)
    payload = bytes(range(256)) * 9 + bytes(256)
    writer.checkpoint(5, payload)
    with pytest.raises(ValueError, match="at most 2560"):
        writer.checkpoint(6, payload + b"x")
    writer.sync()
    with Record.open(path) as record:
        assert [c.payload for c in record.checkpoints] == [payload]
    writer.close()


def test_a_number_too_large_for_its_column_is_not_cut(path: Path):
    writer = started(path)
    writer.append(make_frame(0, position=2**31))
    with pytest.raises(OverflowError):
        writer.sync()
    writer.close()


def test_the_side_file_says_where_each_chunk_lies(path: Path):
    started(path, 1300).finish("done", START_UNIX_NS)
    head, _, body = side_path(path).read_bytes().partition(b"\n")
    tables = {
        BULK_NUMBERS[place["table"]]: [name for name, _ in place["columns"]]
        for place in msgspec.json.decode(head)["tables"]
    }
    raw = path.read_bytes()
    entries = np.frombuffer(body, ENTRY)
    chunks = {number: 3 if number < 2 else 1 for number in tables}  # an overview has one
    assert len(entries) == sum(chunks[number] * len(names) for number, names in tables.items())
    for table, column, chunk, offset, size, crc in entries.tolist():
        data = raw[offset : offset + size]
        assert zlib.crc32(data) == crc
        if (table, tables[table][column], chunk) == (0, "position", 1):
            shuffled = np.frombuffer(zlib.decompress(data), np.uint8).reshape(4, -1)
            assert shuffled.T.copy().view("<i4").ravel().tolist() == list(range(600, 1200))
    with h5py.File(path) as file:
        assert np.array_equal(values_at(file, "entry/live/chunks")[: len(entries)], entries)
