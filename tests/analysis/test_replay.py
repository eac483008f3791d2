"""A record replays to the bit, and whatever is altered in it is noticed."""

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.analysis.replay import verify
from fixture.cli import launch
from fixture.config.resolve import plan
from fixture.core.step import State, freeze, start, status, step, thaw
from fixture.core.types import Event, EventKind
from fixture.frame.frame import Frame
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks
from fixture.runtime.tick import OperatorRequest
from fixture.twin.plant import TRUTH
from tests import short


def ignore(_: object) -> None:
    """Somebody who is told and does nothing."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a short run on the twin."""
    return short_record(tmp_path_factory.mktemp("replay"))


def short_record(folder: Path) -> Path:
    """Made in a folder."""
    found = plan(short.profile(folder), "twin")
    rig = launch.simulated(found)
    rig.ports.open()
    path = folder / "short.h5"
    writer = RecordWriter.create(path, launch.header(found, "short", "", 0), found.config, TRUTH)
    hooks = Hooks(lambda: 0, OperatorRequest, ignore, ignore)
    lockstep.run(found.config, rig.ports, rig.world, writer, hooks)
    writer.finish("done", 0)
    writer.close()
    return path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to be tampered with."""
    path = tmp_path / "copy.h5"
    shutil.copy(original, path)
    yield path
    path.unlink()


def test_a_record_replays_to_the_bit(original: Path) -> None:
    with Record.open(original) as record:
        verdict = verify(record)
        assert verdict.good()
        assert verdict.ticks == record.ticks.rows
        assert verdict.checkpoints == len(record.checkpoints) >= 3


def end_of(record: Record, first_row: int, state: State) -> State:
    """The state after the last tick, from `state` before `first_row`."""
    for sample in record.samples(first_row):
        state, _, _ = step(record.config, state, sample)
    return state


def test_a_replay_from_any_checkpoint_reaches_the_same_end(original: Path) -> None:
    with Record.open(original) as record:
        ends: list[bytes] = []
        for point in record.checkpoints[:-1]:
            state = thaw(point.payload)
            assert state is not None
            ends.append(freeze(end_of(record, record.row_of(point.tick) + 1, state)))
        assert set(ends) == {freeze(end_of(record, 0, start(record.config)))}


def test_one_bit_of_one_command_is_named_by_its_tick(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        commands = file["entry/ticks/command"]
        assert isinstance(commands, h5py.Dataset)
        (bits,) = struct.unpack("<q", struct.pack("<d", commands[700]))
        commands[700] = struct.unpack("<d", struct.pack("<q", bits ^ 1))[0]
    with Record.open(copy) as record:
        verdict = verify(record)
        assert verdict.difference is not None
        assert verdict.difference.tick == 700
        assert "tick 700: the command to the press" in str(verdict.difference)


COLUMNS = (
    "tick", "late_us", "flags", "age_force_us", "age_press_us", "age_cell_us", "counts_1",
    "counts_2", "counts_3", "position", "voltage", "current", "temperature", "command",
    "press_mode", "cell_mode", "cell_setpoint", "cell_limit", "lifetime_ns", "sent_lag",
)  # fmt: skip


def test_the_columns_below_are_all_there_are(original: Path) -> None:
    with Record.open(original) as record:
        assert set(record.ticks) == set(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS)
def test_an_altered_column_is_noticed(copy: Path, column: str) -> None:
    with h5py.File(copy, "r+") as file:
        dataset = file[f"entry/ticks/{column}"]
        assert isinstance(dataset, h5py.Dataset)
        value = np.array(dataset[650])
        dataset[650] = np.float32(1.5) if np.isnan(value) else value + 1
    with Record.open(copy) as record:
        verdict = verify(record)
        assert not verdict.good()
        assert verdict.difference is not None or "rows 600 to 1199" in str(verdict.damage[0])


@pytest.mark.parametrize("column", ["log/surface_pressure_pa", "twin/true_pressure_pa"])
def test_an_altered_log_is_noticed(copy: Path, column: str) -> None:
    with h5py.File(copy, "r+") as file:
        dataset = file[f"entry/{column}"]
        assert isinstance(dataset, h5py.Dataset)
        dataset[3] = np.float64(dataset[3]) + 1.0
    with Record.open(copy) as record:
        verdict = verify(record)
        assert verdict.difference is None
        assert "/entry/log: rows 0 to 599" in str(verdict.damage[0])


def test_an_altered_configuration_is_noticed(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        um_per_count = file["entry/config/press/um_per_count"]
        assert isinstance(um_per_count, h5py.Dataset)
        um_per_count[...] = 0.051
    with Record.open(copy) as record:
        verdict = verify(record)
        assert not verdict.good()
        assert "/entry/config, or a text beside it" in str(verdict.damage[0])


def test_a_kind_of_step_that_is_none_is_damage_and_no_crash(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        kinds = file["entry/config/steps/kind"]
        assert isinstance(kinds, h5py.Dataset)
        kinds[0] = 77
    with Record.open(copy) as record:
        assert not verify(record).good()


@pytest.mark.parametrize("column", ["t_ns", "tick", "kind", "code", "value"])
def test_an_altered_event_is_named_by_its_tick(copy: Path, column: str) -> None:
    with h5py.File(copy, "r+") as file:
        numbers = file[f"entry/events/{column}"]
        assert isinstance(numbers, h5py.Dataset)
        kinds = np.array(file["entry/events/kind"])
        row = int(np.flatnonzero(kinds == EventKind.STEP_BEGIN)[-1])
        numbers[row] = np.array(numbers[row]) + 1
    with Record.open(copy) as record:
        difference = verify(record).difference
        assert difference is not None
        assert "what happened" in str(difference)


def test_strokes_of_the_identification_are_told_and_are_no_part_of_the_replay(
    original: Path,
) -> None:
    with Record.open(original) as record:
        events = record.events
        strokes = events["code"][events["kind"] == EventKind.STROKE].tolist()
        assert strokes == [1, 2, 3, 4, 5]
        assert verify(record).good()


def test_an_event_text_and_an_ending_that_were_altered_are_damage(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        texts = file["entry/events/text"]
        assert isinstance(texts, h5py.Dataset)
        texts[0] = b"nothing to see"
        file["entry"].attrs["outcome"] = "stopped"
    with Record.open(copy) as record:
        verdict = verify(record)
        assert verdict.difference is None
        assert {found.table for found in verdict.damage} == {"events", "outcome or end_time"}


def test_a_record_without_ticks_is_not_equal_but_empty(original: Path, tmp_path: Path) -> None:
    with Record.open(original) as record:
        writer = RecordWriter.create(tmp_path / "empty.h5", record.header, record.config)
    writer.finish("refused", 0)
    with Record.open(tmp_path / "empty.h5") as record:
        verdict = verify(record)
        assert (verdict.empty(), verdict.good(), verdict.damage) == (True, False, ())


def test_a_checkpoint_of_another_core_is_skipped_not_guessed(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        versions = file["entry/checkpoints/core_version"]
        assert isinstance(versions, h5py.Dataset)
        versions[...] = 99
    with Record.open(copy) as record:
        verdict = verify(record)
        assert verdict.difference is None
        assert [found.table for found in verdict.damage] == ["checkpoints"]
        assert (verdict.checkpoints, verdict.skipped) == (0, len(record.checkpoints))


def test_progress_is_told_and_ends_at_the_last_tick(original: Path) -> None:
    told: list[int] = []
    with Record.open(original) as record:
        verify(record, told.append)
        assert told[-1] == record.ticks.rows


def events_of(record: Record) -> dict[int, tuple[Event, ...]]:
    """The recorded events by their tick."""
    names = ("t_ns", "tick", "kind", "code", "value")
    found: dict[int, tuple[Event, ...]] = {}
    for row in zip(*(record.events[name].tolist() for name in names), strict=True):
        event = Event(*row)
        found[event.tick] = (*found.get(event.tick, ()), event)
    return found


def test_after_lost_frames_the_replay_goes_on_from_the_next_checkpoint(
    original: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lossy.h5"
    with Record.open(original) as record:
        frames = list(zip(record.samples(), record.commands(), strict=True))
        writer = RecordWriter.create(path, record.header, record.config)
        happened = events_of(record)
        believed = status(record.config, start(record.config))
        for sample, command in frames[:300] + frames[350:]:
            frame = Frame(sample, command, happened.get(sample.tick, ()), believed, 0, 1, 0, 0)
            if sample.tick == 350:
                writer.lose(frame, 50)
            writer.append(frame)
        for point in record.checkpoints:
            writer.checkpoint(point.tick, point.payload)
        writer.finish("done", 0)
        writer.close()
    with Record.open(path) as record:
        verdict = verify(record)
        assert verdict.good()
        assert verdict.unseen == 600 - 350 + 1
        assert verdict.ticks == len(frames) - 50 - verdict.unseen
