"""Rows of a run's log as they are written."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fixture.record.parts import JoinedRecord
from fixture.record.store import is_being_written

LOOK_S = 1.0  # as often as the recorder syncs
UNWRITTEN_S = 10.0  # a supervisor has started another recorder by then
BLOCK_ROWS = 6000


def follow(
    path: Path,
    first_row: int,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[dict[str, float]]:
    """Rows of the log from `first_row` on, until the run ends or nobody writes any more."""
    unwritten_s = 0.0
    record = JoinedRecord.open(path)
    try:
        while True:
            last = record.parts[-1]
            unwritten_s = 0.0 if is_being_written(last.path) else unwritten_s + LOOK_S
            for begin in range(first_row, record.log.rows, BLOCK_ROWS):
                yield from _rows(record, begin, min(begin + BLOCK_ROWS, record.log.rows))
            first_row = max(first_row, record.log.rows)
            if last.finished or unwritten_s > UNWRITTEN_S:
                return
            wait(LOOK_S)
            record = record.reopened()
    finally:
        record.close()


def _rows(record: JoinedRecord, begin: int, end: int) -> Iterator[dict[str, float]]:
    names = list(record.log)
    columns = [record.log.block(name, begin, end).tolist() for name in names]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))
