"""Records that claim what cannot be: one error, in bounded time and memory."""

import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.record.errors import RecordError
from fixture.record.integrity import damage
from fixture.record.nodes import sum_of
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.record.conftest import Run
from tests.record.synthetic import HEADER, TRUTH, make_config


def copy(run: Run, folder: Path) -> Path:
    return Path(shutil.copy(run.path, folder / "copy.h5"))


def read(path: Path) -> None:
    """Open a record, and read what is read when it is asked for."""
    with Record.open(path) as record:
        assert record.config.tick_ns
        assert len(record.events["kind"]) >= 0


@pytest.mark.parametrize("group", ["entry/ticks", "entry/log", "entry/events"])
def test_columns_that_claim_a_million_million_rows_are_damage(run: Run, tmp_path: Path, group: str):
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        node = file[group]
        assert isinstance(node, h5py.Group)
        for name in node:
            column = node[name]
            assert isinstance(column, h5py.Dataset)
            column.resize(2**40, axis=0)
    with pytest.raises(RecordError, match="more than the file holds"):
        read(path)


@pytest.mark.parametrize("tick_ns", [0, -1])
def test_a_tick_that_takes_no_time_is_damage(run: Run, tmp_path: Path, tick_ns: int):
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        stored = file["entry/config/tick_ns"]
        assert isinstance(stored, h5py.Dataset)
        stored[()] = tick_ns
    with pytest.raises(RecordError, match=f"tick_ns is {tick_ns}, and a tick takes time"):
        read(path)


def test_a_link_to_another_file_is_not_followed(run: Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with h5py.File(path, "r+") as file:
        del file["entry/events"]
        file["entry/events"] = h5py.ExternalLink(tmp_path / "pipe", "/entry")
    with pytest.raises(RecordError, match="leads to another file"):
        read(path)


@pytest.mark.parametrize("link", ["external", "soft"])
@pytest.mark.parametrize("place", ["entry", "entry/log", "entry/config/load_cells"])
def test_no_link_on_the_way_leads_elsewhere(
    run: Run, tmp_path: Path, place: str, link: str
) -> None:
    path = copy(run, tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with h5py.File(path, "r+") as file:
        del file[place]
        outside = h5py.ExternalLink(tmp_path / "pipe", "/entry")
        if link == "soft":
            file["away"], outside = outside, h5py.SoftLink("/away/entry")
        file[place] = outside
    with pytest.raises(RecordError, match="leads to another file"):
        read(path)


@pytest.mark.parametrize("stored", ["virtual", "external"])
@pytest.mark.parametrize(
    "place",
    ["ticks/tick", "log/test_time_second", "events/kind", "config/load_cells/newton_per_count"],
)
def test_values_that_lie_in_another_file_are_not_read(
    run: Run, tmp_path: Path, place: str, stored: str
) -> None:
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        entry = file["entry"]
        assert isinstance(entry, h5py.Group)
        there = entry[place]
        assert isinstance(there, h5py.Dataset)
        shape, dtype = there.shape, there.dtype
        del entry[place]
        if stored == "virtual":
            layout = h5py.VirtualLayout(shape, dtype)
            layout[...] = h5py.VirtualSource(tmp_path / "other.h5", "x", shape)
            entry.create_virtual_dataset(place, layout)
        else:
            raw = [(str(tmp_path / "raw"), 0, 1 << 24)]
            entry.create_dataset(place, shape, dtype, external=raw)
    with pytest.raises(RecordError, match=r"copy\.h5.*nothing outside the file is read"):
        read(path)


def test_references_are_no_values(run: Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        del file["entry/events/kind"]
        file.create_dataset("entry/events/kind", (3,), h5py.ref_dtype)
    with pytest.raises(RecordError, match="holds neither numbers nor texts"):
        read(path)


@pytest.mark.parametrize("kind", ["many", "reference", "number"])
def test_an_attribute_that_is_not_one_text_is_damage(run: Run, tmp_path: Path, kind: str) -> None:
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        attrs = file["entry"].attrs
        attrs["outcome"] = {
            "many": np.zeros(1 << 20),
            "reference": file["entry/events"].ref,
            "number": 3,
        }[kind]
    with pytest.raises(RecordError, match=r"outcome is (not one value|no text)"):
        read(path)


def test_a_column_in_one_piece_is_judged(run: Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        values = np.asarray(file["entry/log/test_time_second"])
        del file["entry/log/test_time_second"]
        file["entry/log/test_time_second"] = values
    with Record.open(path) as record:
        assert damage(record) == ()


def test_a_group_that_holds_itself_has_an_end(run: Run, tmp_path: Path) -> None:
    path = copy(run, tmp_path)
    with h5py.File(path, "r+") as file:
        file["entry/config/loop"] = file["entry/config"]
        with pytest.raises(ValueError, match="a group holds itself"):
            sum_of(file["entry/config"])


def test_a_pipe_is_no_record_and_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.h5")
    with pytest.raises(RecordError, match="is no plain file but a folder, link, pipe or device"):
        Record.open(tmp_path / "pipe.h5")


def test_a_link_in_the_place_of_a_lock_makes_no_file_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "run.lock").symlink_to(elsewhere)
    with pytest.raises(RecordError, match=r"run\.lock cannot be made beside it: is no plain file"):
        RecordWriter.create(tmp_path / "run.h5", HEADER, make_config(), TRUTH)
    assert not elsewhere.exists()
