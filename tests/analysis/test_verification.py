"""Parts of a record that are verified apart say together what one replay says."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.analysis import verification
from fixture.analysis.replay import Replayer, Verdict, stretches, verdict_of, verify
from fixture.analysis.sweep.sweep import Sweep
from fixture.analysis.sweep.workers import processes
from fixture.analysis.verification import verify_files
from fixture.record.errors import RecordError
from fixture.record.integrity import damage
from fixture.record.reader import Record
from tests.analysis.test_replay import short_record

LEAST = 500  # ticks of a part: several in the short run


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a short run on the twin."""
    return short_record(tmp_path_factory.mktemp("verification"))


def ignore(done: int, of: int) -> None:
    """Nobody looks."""


def in_parts(record: Record) -> Verdict:
    """Verified in parts, the last first."""
    found = damage(record)
    pieces = stretches(record, found, LEAST)
    assert len(pieces) > 2
    parts = [Replayer(record).replay(rows) for rows in reversed(pieces)]
    return verdict_of(record.config.core_version, reversed(parts), found)


def test_parts_that_are_replayed_in_any_order_are_equal_to_one_replay(original: Path) -> None:
    with Record.open(original) as record:
        assert in_parts(record) == verify(record)
        pieces = stretches(record, (), LEAST)
        assert [rows.begin for rows in pieces[1:]] == [rows.end for rows in pieces[:-1]]
        assert (pieces[0].begin, pieces[-1].end) == (0, record.ticks.rows)


@pytest.mark.parametrize("row", [3, 700, 1999])
def test_the_first_difference_is_the_same_in_parts(
    original: Path,
    tmp_path: Path,
    row: int,
) -> None:
    path = Path(shutil.copy(original, tmp_path))
    with h5py.File(path, "r+") as file:
        commands = file["entry/ticks/command"]
        assert isinstance(commands, h5py.Dataset)
        commands[[row, len(commands) - 1]] = np.float64(77.0)
    with Record.open(path) as record:
        apart, whole = in_parts(record), verify(record)
    assert whole.difference is not None
    assert (apart.difference, apart.damage) == (whole.difference, whole.damage)


def test_a_state_that_was_altered_is_noticed_by_the_part_that_ends_there(
    original: Path,
    tmp_path: Path,
) -> None:
    path = Path(shutil.copy(original, tmp_path))
    with h5py.File(path, "r+") as file:
        payloads = file["entry/checkpoints/payload"]
        assert isinstance(payloads, h5py.Dataset)
        payloads[1] = payloads[0]  # its check sum in the row no longer fits: the checkpoint is gone
    with Record.open(path) as record:
        assert in_parts(record).damage == verify(record).damage != ()


def test_processes_of_their_own_say_the_same(
    original: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verification, "TICKS_LEAST", LEAST)
    seen: list[tuple[int, int]] = []
    with processes(2) as workers:
        work = Sweep(workers)
        ((path, apart),) = verify_files([original], work, lambda done, of: seen.append((done, of)))
    with Record.open(original) as record:
        assert (path, apart) == (original, verify(record))
    size = original.stat().st_size
    assert seen[-1] == (size, size)
    assert len(seen) > 2


def test_a_file_that_cannot_be_read_is_named_among_the_others(
    original: Path, tmp_path: Path
) -> None:
    wrong, gone = tmp_path / "wrong.h5", tmp_path / "gone.h5"
    wrong.write_bytes(b"no record")
    with processes(1) as workers:
        files = [wrong, original, gone]
        found = dict(verify_files(files, Sweep(workers), ignore))
    assert list(found) == files
    assert isinstance(found[wrong], RecordError)
    assert isinstance(found[gone], RecordError)
    answer = found[original]
    assert isinstance(answer, Verdict)
    assert answer.good()


def test_of_a_damaged_record_only_what_can_be_read_is_replayed(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "TICKS_LEAST", LEAST)
    path = Path(shutil.copy(original, tmp_path))
    with h5py.File(path, "r+") as file:
        counts = file["entry/ticks/counts_1"]
        assert isinstance(counts, h5py.Dataset)
        counts[700] = counts[700] + 1
    with processes(1) as workers:
        ((_, found),) = verify_files([path], Sweep(workers), ignore)
    with Record.open(path) as record:
        assert found == verify(record)
    assert isinstance(found, Verdict)
    assert found.damage
