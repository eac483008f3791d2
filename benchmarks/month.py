"""Records of a month, made in minutes: what the recorder leaves of 26 million rows at 10 Hz.

`python -m benchmarks.month FOLDER [--days N] [--parts N]` keeps one, finished, and a copy of it as
it was while it was written. Chunks, check sums, overviews, directory and small tables are written
by the recorder's own store, in arrays; the last minute frame by frame, so that rings and tails are
as they are. Noise, equal cycles of two hours, a slip each two minutes, a spike of one row.
"""

import argparse
import shutil
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks.common import perform
from fixture.core.types import Event, EventKind
from fixture.frame.event_text import event_text
from fixture.record import tables
from fixture.record.arrays import Array, Arrays, Gatherer, round_to
from fixture.record.columns import CHECKPOINTS, CYCLES, EVENTS, LOG_CHUNK_ROWS, Column, Table
from fixture.record.cycles import CycleRow
from fixture.record.packing import dtype_of, encode_chunk
from fixture.record.store import Store
from fixture.record.writer import CheckpointRow, EventRow, RecordWriter
from tests.record.synthetic import HEADER, START_UNIX_NS, TRUTH, make_config, make_frame

DAYS, SHORT_DAYS = 30.0, 0.25
RATE_HZ = 10
SYNC_CHUNKS = 240
SPIKE_PA = 60e6  # one row of the log
CYCLE_S, SLIP_S, CHUNK_S = 7200.0, 120.0, LOG_CHUNK_ROWS / RATE_HZ
CYCLE_CHUNKS = round(CYCLE_S / CHUNK_S)
STATE_BYTES = 1850  # of a checkpoint in a cycled hold
LAST_TICKS = 450  # recorded frame by frame: a chunk under way
CONFIG = make_config()
STATE = np.random.default_rng(0).bytes(STATE_BYTES)
CHECKPOINT = CheckpointRow(0, CONFIG.core_version, STATE_BYTES, zlib.crc32(STATE), STATE)
CYCLE = CycleRow(
    1, 1, 0, 0, 2.8, 2.75, 0.982, float("nan"), 12.0, 15.0, 14.7, 15.3, 0.4, 1.1, 0.01, 0.05, 60,
    40.0, 0.3, 0.31, 0.29, 0.05, 10.0, 20.0, 0.06, 0.5, 1.0, 0, 0, 0,
)  # fmt: skip


class Growing(NamedTuple):
    """A record under a recorder's hands, and its next tick."""

    path: Path  # of its first part
    writer: RecordWriter
    tick: int

    def grow(self, ticks: int) -> "Growing":
        """Record so many more, and sync."""
        for tick in range(self.tick, self.tick + ticks):
            self.writer.append(make_frame(tick), (15e6, 1e-3))
        self.writer.sync()
        return self._replace(tick=self.tick + ticks)

    def finish(self) -> None:
        """End it."""
        self.writer.finish("done", START_UNIX_NS)


def add_options(command: argparse.ArgumentParser, days: float = DAYS) -> None:
    """How long a record is, and in how many files."""
    command.add_argument("--days", type=float, default=days, help="length of the record")
    command.add_argument("--parts", type=int, default=1, help="files of it")


def growing(path: Path, days: float, parts: int = 1) -> Growing:
    """A month that is being written: the last of its parts is open."""
    chunks = max(2, round(days * 86400.0 / CHUNK_S))
    ends = [chunks * part // parts for part in range(parts + 1)]
    files = [path.with_name(f"{path.stem}.part{n}{path.suffix}") for n in range(2, parts + 1)]
    for file, begin, end in zip([path, *files[:-1]], ends, ends[1:-1], strict=False):
        _writer(file, begin, end, chunks // 3).finish("goes on", START_UNIX_NS)
    writer = _writer([path, *files][-1], ends[-2], chunks, chunks // 3)
    return Growing(path, writer, chunks * LOG_CHUNK_ROWS).grow(LAST_TICKS)


def _writer(path: Path, begin: int, end: int, spike: int) -> RecordWriter:
    """A recorder at the end of these chunks."""
    store = Store.create(path, HEADER, CONFIG, TRUTH)
    store.start_swmr()
    with patch.object(tables, "encode_chunk", _Packed()):
        for chunk in range(begin, end):
            for table in (store.ticks, store.log):
                table.write_chunk(_columns(table.table, chunk, spike=chunk == spike))
            if chunk % SYNC_CHUNKS == SYNC_CHUNKS - 1 or chunk == end - 1:
                _write_small(store, range(max(begin, chunk - chunk % SYNC_CHUNKS), chunk + 1))
                store.sync()
    return RecordWriter(store, HEADER, CONFIG, len(TRUTH), event_text)


class _Packed:
    """Chunks as the store packs them; those that come again each cycle are packed once."""

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}

    def __call__(self, values: Array, rows: int, dtype: np.dtype[np.generic]) -> bytes:
        if values.flags.writeable:  # of this chunk alone
            return encode_chunk(values, rows, dtype)
        if id(values) not in self._known:
            self._known[id(values)] = encode_chunk(values, rows, dtype)
        return self._known[id(values)]


def _columns(table: Table, chunk: int, *, spike: bool) -> Arrays:
    """What a table has in a chunk: of the same minute of a cycle the same, but for the times."""
    times = _times(chunk)
    found = [
        _stored(column, times[column.name]) if column.name in times else same
        for column, same in zip(table.columns, _of_cycle(table, chunk % CYCLE_CHUNKS), strict=True)
    ]
    if spike and table.name == "log":
        at = [column.name for column in table.columns].index("surface_pressure_pa")
        found[at] = found[at].copy()
        found[at][LOG_CHUNK_ROWS // 2] = SPIKE_PA
    return found


def _times(chunk: int) -> dict[str, Array]:
    rows = np.arange(LOG_CHUNK_ROWS, dtype=np.int64) + chunk * LOG_CHUNK_ROWS
    seconds = rows / RATE_HZ
    return {
        "tick": rows,
        "test_time_second": seconds,
        "unix_time_second": START_UNIX_NS * 1e-9 + seconds,
        "cycle_count": 1 + seconds // CYCLE_S,
    }


@cache
def _of_cycle(table: Table, chunk: int) -> tuple[Array, ...]:
    """The columns of a table in one minute of a cycle, not to be written to."""
    noise = np.random.default_rng(chunk).normal(size=LOG_CHUNK_ROWS).clip(-4, 4)
    seconds = CHUNK_S * chunk + np.arange(LOG_CHUNK_ROWS) / RATE_HZ
    wave = np.sin(2.0 * np.pi / CYCLE_S * seconds)
    pressure_pa = 15e6 + 2e5 * wave
    current_a = 7.85e-4 * np.where(wave > 0.0, 1.0, -1.0) + 2e-7 * noise
    voltage_v = 3.6 + 0.3 * wave + 2e-5 * noise
    counts = {f"counts_{i + 1}": np.rint(3900 + 50 * wave + 3 * noise) for i in range(3)}
    known = counts | {
        "late_us": np.rint(60.0 + 10.0 * noise),
        "current": current_a,
        "voltage": voltage_v,
        "surface_pressure_pa": pressure_pa + 4e3 * noise,
        "voltage_volt": voltage_v,
        "current_ampere": current_a,
        "stack_pressure_setpoint_pa": np.full(LOG_CHUNK_ROWS, 15e6),
        "stack_force_newton": 1178.0 + 15.0 * wave + 0.3 * noise,
        "press_displacement_metre": 1e-5 * wave + 5e-8 * np.rint(noise),
        "surface_temperature_celsius": 25.0 + 0.01 * noise,
        "true_pressure_pa": pressure_pa,
    }
    none = np.zeros(LOG_CHUNK_ROWS)
    found = tuple(_stored(column, known.get(column.name, none)) for column in table.columns)
    for values in found:
        values.flags.writeable = False
    return found


def _stored(column: Column, values: Array) -> Array:
    return round_to(values, column.resolution).astype(dtype_of(column.dtype))


def _write_small(store: Store, chunks: range) -> None:
    """A checkpoint each minute, and what happened in them."""
    checkpoints, events, cycles = list[object](), list[object](), list[object]()
    for chunk in chunks:
        end_s, tick = (chunk + 1) * CHUNK_S, (chunk + 1) * LOG_CHUNK_ROWS - 1
        checkpoints.append(CHECKPOINT._replace(tick=tick))
        if end_s % SLIP_S == 0.0:
            events.append(_event(tick, EventKind.SLIP, 1, 0.04))
        if end_s % CYCLE_S == 0.0:
            cycle = round(end_s / CYCLE_S)
            cycles.append(_cycle(cycle))
            events.append(_event(tick, EventKind.CYCLE_END, cycle, 0.0))
            events.append(_event(tick, EventKind.CYCLE_BEGIN, cycle + 1, 0.0))
    for table, rows in ((CHECKPOINTS, checkpoints), (EVENTS, events), (CYCLES, cycles)):
        gatherer = Gatherer(table)
        if rows:
            store.append(table.name, gatherer.arrays([gatherer.gather(row) for row in rows]))


def _event(tick: int, kind: EventKind, code: int, value: float) -> EventRow:
    t_ns = tick * CONFIG.tick_ns
    text = event_text(Event(t_ns, tick, kind, code, value), CONFIG)
    return EventRow(t_ns, tick, kind, code, value, text.encode())


def _cycle(number: int) -> CycleRow:
    begin_ns = round((number - 1) * CYCLE_S * 1e9)
    return CYCLE._replace(cycle=number, begin_ns=begin_ns, end_ns=begin_ns + round(CYCLE_S * 1e9))


def main() -> int:
    """Make a record, and a copy of it from before its end."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("folder", type=Path)
    add_options(command)
    options = command.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    grown = growing(options.folder / "finished.h5", options.days, options.parts)
    for file in options.folder.glob("finished*.*"):
        shutil.copyfile(file, file.with_name(file.name.replace("finished", "live")))
    grown.finish()
    return 0


if __name__ == "__main__":
    perform(main)
