"""A record whose parts were joined is judged as its parts are."""

from pathlib import Path

import h5py
import pytest

from fixture.analysis.export.whole import whole_record
from fixture.analysis.replay import verify
from fixture.core.types import EventKind
from fixture.record.anchor import side_path
from fixture.record.integrity import damage
from fixture.record.parts import JoinedRecord
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.runtime.resume import Readings, go_on
from fixture.runtime.tick import TickState, begin
from instruments.protocols import ForceReading, PressReading
from tests.analysis import made_runs
from tests.test_reach_end import CELLS, CONFIG, PART, ran, written

PART_TICKS = 700


def joined(first: Path) -> Path:
    """A file of all parts."""
    path = first.with_name("whole.h5")
    with JoinedRecord.open(first) as record:
        whole_record(record, path, lambda _: None)
    return path


def found(path: Path) -> list[str]:
    """What is damaged in a record, in words."""
    with Record.open(path) as record:
        return [str(one) for one in damage(record)]


def spoil(path: Path, dataset: str) -> None:
    """Turn the bits of the first chunk of a dataset over."""
    with h5py.File(path) as file:
        chunk = file[f"entry/{dataset}"].id.get_chunk_info(0)  # pyright: ignore
    data = bytearray(path.read_bytes())
    for place in range(chunk.byte_offset + 4, chunk.byte_offset + chunk.size):
        data[place] ^= 0x5A
    path.write_bytes(data)


def recovered_part(path: Path, first: int, last: int) -> None:
    """A part whose flags were damaged, recovered."""
    source = path.with_name("damaged.h5")
    made_runs.write(source, first, last).finish("done", 0)
    spoil(source, "ticks/flags")
    side_path(source).unlink(missing_ok=True)
    recover(source, path)


@pytest.mark.parametrize("damaged", [1, 2])
def test_what_is_damaged_in_a_part_is_damaged_in_the_whole(tmp_path: Path, damaged: int) -> None:
    parts = tmp_path / "made-up.h5", tmp_path / "made-up.part2.h5"
    ticks = (0, PART_TICKS), (PART_TICKS, made_runs.TICKS)
    for number, (path, stretch) in enumerate(zip(parts, ticks, strict=True), 1):
        if number == damaged:
            recovered_part(path, *stretch)
        else:
            made_runs.write(path, *stretch).finish("done", 0)
    (told,) = found(parts[damaged - 1])
    first = PART_TICKS * (damaged - 1)
    assert told.startswith("/entry/ticks/flags: rows 0 to 59 ")
    assert found(joined(parts[0])) == [
        told.replace("rows 0 to 59", f"rows {first} to {first + 59}")
    ]


def test_of_whole_parts_nothing_is_damaged(tmp_path: Path) -> None:
    assert found(joined(made_runs.in_parts(tmp_path))) == []


def test_a_resumed_run_that_was_joined_replays_from_the_next_checkpoint(tmp_path: Path) -> None:
    frames, states = ran(begin(CONFIG), 0, PART)
    first = written(tmp_path / "r.h5", frames, {40: states[40]})
    force = ForceReading((1003,) * CELLS, False, 0, 0)
    press = PressReading(PART, False, False, False, 25.0, 0, 0)
    state = TickState(go_on(CONFIG, states[-1].core, Readings(force, press)))
    frames, states = ran(state, PART, PART)
    written(tmp_path / "r.part2.h5", frames, {PART - 1: state, PART + 10: states[10]})
    with Record.open(joined(first)) as record:
        verdict = verify(record)
        begun = record.events["tick"][record.events["kind"] == EventKind.PART]
    assert verdict.good()
    assert (verdict.ticks, verdict.unseen, verdict.checkpoints) == (2 * PART - 11, 11, 1)
    assert begun.tolist() == [PART]
