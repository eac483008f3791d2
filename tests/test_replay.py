"""A record replays to the bit, and whatever is altered in it is noticed."""

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.cli import launch
from fixture.config.plan import plan
from fixture.core.step import State, start, step, thaw
from fixture.live import lockstep
from fixture.live.lockstep import Shell
from fixture.live.turn import Asked
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from fixture.replay import verify
from fixture.twin.plant import TRUTH
from tests import short


def ignore(_: object) -> None:
    """Somebody who is told and does nothing."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a short run on the twin."""
    folder = tmp_path_factory.mktemp("replay")
    found = plan(short.profile(folder), "twin")
    bench = launch.simulated(found)
    bench.ports.open()
    path = folder / "short.h5"
    writer = RecordWriter.create(path, launch.header(found, "short", "", 0), found.config, TRUTH)
    shell = Shell(lambda: 0, Asked, ignore, ignore)
    lockstep.run(found.config, bench.ports, bench.world, writer, shell)
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
        ends: list[object] = []
        for point in record.checkpoints[:-1]:
            state = thaw(point.payload)
            assert state is not None
            ends.append(repr(end_of(record, record.row_of(point.tick) + 1, state)))
        assert set(ends) == {repr(end_of(record, 0, start(record.config)))}


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
        assert verify(record).difference is not None


def test_a_checkpoint_of_another_core_is_skipped_not_guessed(copy: Path) -> None:
    with h5py.File(copy, "r+") as file:
        versions = file["entry/checkpoints/core_version"]
        assert isinstance(versions, h5py.Dataset)
        versions[...] = 99
    with Record.open(copy) as record:
        verdict = verify(record)
        assert verdict.good()
        assert (verdict.checkpoints, verdict.skipped) == (0, len(record.checkpoints))


def test_progress_is_told_and_ends_at_the_last_tick(original: Path) -> None:
    told: list[int] = []
    with Record.open(original) as record:
        verify(record, told.append)
        assert told[-1] == record.ticks.rows
