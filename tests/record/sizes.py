"""Writing made-up runs to learn what a record weighs."""

import time
from pathlib import Path
from typing import NamedTuple

import h5py

from fixture.frame.frame import Frame
from fixture.record.nodes import dataset_at, group_at, names_in, rows_of
from fixture.record.writer import RecordWriter
from tests.record.synthetic import (
    HEADER,
    START_UNIX_NS,
    TRUTH,
    in_lockstep,
    make_config,
    realistic,
)

BOUND_FACTOR = 1.1
BOUND_SPARE = 15_000_000


Block = list[tuple[Frame, tuple[float, ...]]]


class Life(NamedTuple):
    """Size of a file at its largest and at its end, and the CPU time of an append."""

    largest: int
    final: int
    us_per_append: float


def write(path: Path, tick_ns: int, ticks: int, sync_every: int = 500, live: bool = True) -> Life:
    """Write a realistic run with a log at 10 Hz; sync every so many ticks.

    `live`: with late ticks and old readings, as in real time; else as in lockstep.
    """
    writer = RecordWriter.create(path, HEADER, make_config(tick_ns), TRUTH)
    largest, spent_ns = 0, 0
    block: Block = []
    for frame, truth in realistic(ticks, tick_ns):
        frame = frame if live else in_lockstep(frame, tick_ns)
        block.append((frame, truth))
        if len(block) == sync_every:
            spent_ns += _append(writer, block)
            writer.sync()
            largest = max(largest, path.stat().st_size)
            block.clear()
    spent_ns += _append(writer, block)
    writer.finish("done", START_UNIX_NS)
    return Life(largest, path.stat().st_size, spent_ns / ticks / 1000)


def _append(writer: RecordWriter, block: Block) -> int:
    begin = time.process_time_ns()
    for frame, truth in block:
        writer.append(frame, truth)
    return time.process_time_ns() - begin


def bytes_per_row(path: Path) -> dict[str, float]:
    """Stored bytes a row of each bulk table."""
    with h5py.File(path) as file:
        return {name: _per_row(group_at(file, f"entry/{name}")) for name in ("ticks", "log")}


def _per_row(group: h5py.Group) -> float:
    columns = [dataset_at(group, name) for name in names_in(group)]
    return sum(c.id.get_storage_size() for c in columns) / rows_of(columns[0])
