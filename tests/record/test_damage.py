"""One bad chunk costs that chunk, named by dataset and rows; damaged metadata cost nothing."""

import random
from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.analysis.replay import verify
from fixture.record.anchor import side_path
from fixture.record.contents import Damage
from fixture.record.integrity import damage
from fixture.record.nodes import dataset_at, group_at
from fixture.record.reader import Record
from fixture.record.recovery import copy
from tests.record.conftest import Run


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    made = tmp_path / "run.h5"
    made.write_bytes(run.path.read_bytes())
    return made


def flip(path: Path, place: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1 << place % 8
    path.write_bytes(raw)


def same_ticks(one: Path, other: Path) -> bool:
    with Record.open(one) as a, Record.open(other) as b:
        return all(np.array_equal(a.ticks[c], b.ticks[c], equal_nan=True) for c in a.ticks)


@pytest.mark.parametrize("name", ["ticks/position", "ticks/tick", "log/voltage_volt"])
def test_a_bit_flipped_in_a_chunk_costs_that_chunk_of_that_dataset(path: Path, name: str):
    with h5py.File(path) as file:
        info = dataset_at(file, f"entry/{name}").id.get_chunk_info_by_coord((600,))
    flip(path, info.byte_offset + info.size // 2)
    lost = (Damage(name, 600, 600),)
    with Record.open(path) as record:
        assert damage(record) == lost
    done = copy(path, path.with_name("copy.h5"))
    with Record.open(done.path) as record:
        (found,) = damage(record)  # what the ring still held of the chunk is not lost
        assert found == record.lost[0] == Damage(name, found.first_row, 1200 - found.first_row)
        assert found.first_row > 1100
        assert record.ticks["command"].size == done.ticks


def test_a_bit_flipped_in_the_index_of_the_chunks_costs_nothing(run: Run, path: Path):
    places: list[int] = []
    raw = path.read_bytes()
    for mark in (b"EAHD", b"EAIB", b"OHDR", b"EADB"):
        at = raw.find(mark)
        while at >= 0:
            places.append(at + 9)
            at = raw.find(mark, at + 1)
    for number, place in enumerate(random.Random(3).sample(places, 4)):
        path.write_bytes(raw)
        flip(path, place)
        done = copy(path, path.with_name(f"copy{number}.h5"))
        assert same_ticks(run.path, done.path)
        with Record.open(done.path) as record:
            assert damage(record) == ()
            assert record.outcome == "tripped: over force"


@pytest.mark.parametrize("place", [0, 9, 20, 30, 44])
def test_a_bit_flipped_in_the_superblock_costs_nothing(run: Run, path: Path, place: int):
    flip(path, place)
    assert same_ticks(run.path, copy(path, path.with_name("copy.h5")).path)


@pytest.mark.parametrize("side", [True, False])
def test_either_copy_of_the_anchor_is_enough(run: Run, path: Path, side: bool):
    raw = path.read_bytes()
    with h5py.File(path) as file:
        at = dataset_at(file, "entry/live/beginning").id.get_offset()
    flip(path, 50)  # the root's object header: HDF5 reads nothing
    if side:
        flip(path, at + 40)
        side_path(path).write_bytes(side_path(run.path).read_bytes())
    assert len(raw) == path.stat().st_size
    assert same_ticks(run.path, copy(path, path.with_name("copy.h5")).path)


def test_rows_set_to_zero_in_a_finished_record_stay_marked_in_the_copy(path: Path):
    with h5py.File(path, "r+") as file:
        for name in group_at(file, "entry/log"):
            dataset_at(file, f"entry/log/{name}")[300:600] = 0
    done = copy(path, path.with_name("copy.h5"))
    with Record.open(done.path) as record:
        assert damage(record) == record.lost == (Damage("log", 0, 600),)
        assert not verify(record).good()
        del record
    with h5py.File(done.path, "r+") as file:
        del file["entry"].attrs["lost"]
    with Record.open(done.path) as record:
        assert damage(record) == (Damage("log", 0, 600),)


def test_an_altered_event_stays_marked_in_the_copy(path: Path):
    with h5py.File(path, "r+") as file:
        dataset_at(file, "entry/events/kind")[0] = 77
    done = copy(path, path.with_name("copy.h5"))
    with Record.open(path) as old, Record.open(done.path) as new:
        assert damage(old) == damage(new)
        assert [one.table for one in damage(new)] == ["events"]


def test_an_altered_setting_stays_marked_in_the_copy(path: Path):
    with h5py.File(path, "r+") as file:
        dataset_at(file, "entry/config/area_mm2")[()] = 5.0
    done = copy(path, path.with_name("copy.h5"))
    with Record.open(path) as old, Record.open(done.path) as new:
        assert damage(old) == damage(new)
        assert len(damage(new)) == 1
