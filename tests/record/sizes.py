"""Writing made-up runs to learn what a record weighs."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import h5py

from fixture.frame.frame import Frame
from fixture.record.columns import OVERVIEWS, overview_name
from fixture.record.log_table import LogTable, Overview
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
OVERVIEW_NAMES = [overview_name(each) for each in OVERVIEWS]


Block = list[tuple[Frame, tuple[float, ...]]]


class Life(NamedTuple):
    """Size of a file at its largest and at its end, and the CPU time of an append.

    `overviews`: what they take of all CPU time of the writer, and of the file's chunks.
    """

    largest: int
    final: int
    us_per_append: float
    overviews: tuple[float, float] = (0.0, 0.0)


def write(path: Path, tick_ns: int, ticks: int, sync_every: int = 500, live: bool = True) -> Life:
    """Write a realistic run with a log at 10 Hz; sync every so many ticks.

    `live`: with late ticks and old readings, as in real time; else as in lockstep.
    """
    writer = RecordWriter.create(path, HEADER, make_config(tick_ns), TRUTH)
    largest, append, others = 0, Stopwatch(), Stopwatch()
    block: Block = []
    with overviews_timed() as overviews:
        for frame, truth in realistic(ticks, tick_ns):
            frame = frame if live else in_lockstep(frame, tick_ns)
            block.append((frame, truth))
            if len(block) == sync_every:
                append.time(_append, writer, block)
                others.time(writer.sync)
                largest = max(largest, path.stat().st_size)
                block.clear()
        append.time(_append, writer, block)
        others.time(writer.finish, "done", START_UNIX_NS)
    share = overviews.ns / (append.ns + others.ns)
    sizes = stored_bytes(path)
    of_file = sum(size for name, size in sizes.items() if name in OVERVIEW_NAMES)
    return Life(
        largest,
        path.stat().st_size,
        append.ns / ticks / 1000,
        (100 * share, 100 * of_file / sum(sizes.values())),
    )


class Stopwatch:
    """CPU time of this process, ns."""

    def __init__(self) -> None:
        self.ns = 0

    def time(self, call: Callable[..., object], *arguments: object) -> None:
        """Call it, and add the time that it takes."""
        begin = time.process_time_ns()
        call(*arguments)
        self.ns += time.process_time_ns() - begin


@contextmanager
def overviews_timed() -> Generator[Stopwatch]:
    """Time what a writer does for overviews meanwhile."""
    watch = Stopwatch()
    parts = ((LogTable, "sum_up"), (LogTable, "write_overviews"), (Overview, "write_tail"))

    def timed(method: Callable[..., None]) -> Callable[..., None]:
        return lambda *arguments: watch.time(method, *arguments)

    with ExitStack() as stack:
        for kind, name in parts:
            stack.enter_context(patch.object(kind, name, timed(getattr(kind, name))))
        yield watch


def _append(writer: RecordWriter, block: Block) -> None:
    for frame, truth in block:
        writer.append(frame, truth)


def bytes_per_row(path: Path) -> dict[str, float]:
    """Stored bytes a row of each bulk table."""
    sizes = stored_bytes(path)
    with h5py.File(path) as file:
        axes = {"ticks": "ticks/tick", "log": "log/test_time_second"}
        return {n: sizes[n] / rows_of(dataset_at(file, f"entry/{a}")) for n, a in axes.items()}


def stored_bytes(path: Path) -> dict[str, int]:
    """Bytes in the chunks of each table of many rows; an axis counts where it is first."""
    with h5py.File(path) as file:
        groups = [group_at(file, f"entry/{name}") for name in ("ticks", "log", "twin")]
        groups += [group_at(file, f"entry/{name}") for name in OVERVIEW_NAMES]
        return {
            str(group.name).rsplit("/", 1)[-1]: sum(
                dataset_at(group, name).id.get_storage_size()
                for name in names_in(group)
                if not str(group.name).endswith("/twin") or name != "test_time_second"
            )
            for group in groups
        }
