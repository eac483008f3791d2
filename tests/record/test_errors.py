"""One clear error each: what, where, what next."""

from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from fixture.record.errors import RecordError, reason
from fixture.record.nodes import dataset_at, group_at
from fixture.record.parts import JoinedRecord
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.record.writer import RecordWriter
from tests.record.conftest import Run
from tests.record.synthetic import HEADER, make_config


def refused(path: Path) -> str:
    with pytest.raises(RecordError) as error, Record.open(path) as record:
        _ = record.config
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 2
    return message


def test_a_missing_file(tmp_path: Path):
    assert "No such file" in refused(tmp_path / "no.h5")


def test_a_folder(tmp_path: Path):
    assert "is no plain file but a folder" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"time,voltage\n0,3.5\n", b"\x89HDF"])
def test_a_file_that_is_not_hdf5(tmp_path: Path, content: bytes):
    path = tmp_path / "foreign.h5"
    path.write_bytes(content)
    assert "not an HDF5 file" in refused(path)


def test_an_hdf5_file_of_another_program(tmp_path: Path):
    path = tmp_path / "foreign.h5"
    with h5py.File(path, "w") as file:
        file["entry"] = 5
    assert "another program" in refused(path)


@pytest.mark.parametrize("kept", [0.001, 0.1, 0.3, 0.7, 0.99])
def test_a_finished_file_cut_short(run: Run, tmp_path: Path, kept: float):
    path = tmp_path / "cut.h5"
    raw = run.path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    message = refused(path)
    assert "damaged or cut short" in message
    assert "isostack recover" in message


def test_recovery_does_not_advise_itself(run: Run, tmp_path: Path):
    path = tmp_path / "cut.h5"
    path.write_bytes(run.path.read_bytes()[:9000])
    with pytest.raises(RecordError) as error:
        recover(path)
    assert "isostack recover" not in str(error.value)
    assert "was not changed" in str(error.value)


def test_a_lock_that_cannot_be_made_is_not_taken_for_another_writer(tmp_path: Path):
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(RecordError, match="Is a directory"):
        RecordWriter.create(tmp_path / "run.h5", HEADER, make_config())


def test_what_the_system_said_is_found_in_what_hdf5_says():
    inside = OSError("Can't write (file write failed: errno = 28, error message = 'No space')")
    assert reason(inside) == "No space left on device"
    assert reason(OSError(30, "words")) == "Read-only file system"


def changed(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "changed.h5"
    path.write_bytes(run.path.read_bytes())
    return path


def test_a_newer_layout(run: Run, tmp_path: Path):
    path = changed(run, tmp_path)
    with h5py.File(path, "r+") as file:
        group_at(file, "entry").attrs["layout"] = 99
    assert "Upgrade isostack" in refused(path)


@pytest.mark.parametrize("gone", ["ticks/voltage", "config", "config/area_mm2", "live", "header"])
def test_a_part_that_is_missing(run: Run, tmp_path: Path, gone: str):
    path = changed(run, tmp_path)
    with h5py.File(path, "r+") as file:
        del group_at(file, "entry")[gone]
    refused(path)


def test_a_column_that_cannot_be_unpacked(run: Run, tmp_path: Path):
    with h5py.File(run.path) as file:
        place = dataset_at(file, "entry/ticks/position").id.get_chunk_info(0)
    raw = bytearray(run.path.read_bytes())
    middle = place.byte_offset + place.size // 2
    raw[middle : middle + 8] = bytes(b ^ 0xFF for b in raw[middle : middle + 8])
    path = tmp_path / "changed.h5"
    path.write_bytes(raw)
    with Record.open(path) as record, pytest.raises(RecordError, match="damaged"):
        record.ticks["position"].sum()


@pytest.mark.parametrize("read", [JoinedRecord.open, recover])
def test_a_folder_is_refused_like_any_file_that_is_no_record(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (Path(), tmp_path):
        with pytest.raises(RecordError, match="no plain file but a folder"):
            read(folder)
