"""What a record weighs, what it costs to write and to read, and what a kill leaves of it.

`python -m benchmarks.record [--short]`. Exits with 1 where a goal is missed. `--short` judges
function and size only, never time.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import perform
from fixture.record.reader import Record
from tests.record.crash import crash
from tests.record.sizes import BOUND_FACTOR, BOUND_SPARE, bytes_per_row, write

RATES = {"10 Hz": 100_000_000, "100 Hz": 10_000_000, "1 kHz": 1_000_000}
TICK_GOALS = {"10 Hz": 20.0, "100 Hz": 6.0, "1 kHz": 4.5}  # bytes; three ports
SHARE_GOALS = {"10 Hz": 0.3, "100 Hz": 0.3, "1 kHz": 3.0}  # % of a core, in real time
LOG_GOAL = 20.0
OVERVIEW_GOALS = 2.0, 3.0  # % of the recorder's CPU time, and of the file's chunks
APPEND_GOAL_US = 12.0
LOCKSTEP_RUNS = 3  # the least disturbed counts
SAMPLE_GOAL_US = 3.0


class Line(NamedTuple):
    """One figure. `goal` is the most it may be."""

    name: str
    figure: float
    goal: float
    unit: str
    timed: bool = False


def sizes(folder: Path, seconds: float, log_seconds: float) -> Iterator[Line]:
    """Write and read a realistic run at each rate; ring and chunks at their real lengths.

    The overviews' share of the file is judged in a long run alone: their last chunks are padded.
    """
    for rate, tick_ns in RATES.items():
        path = folder / f"{rate.replace(' ', '')}.h5"
        ticks = round((log_seconds if tick_ns == RATES["10 Hz"] else seconds) * 1e9 / tick_ns)
        life = write(path, tick_ns, ticks)
        weight = bytes_per_row(path)
        bound = BOUND_FACTOR * life.final + BOUND_SPARE
        yield Line(f"ticks at {rate}", weight["ticks"], TICK_GOALS[rate], "bytes a tick")
        yield Line(f"log at {rate}", weight["log"], LOG_GOAL, "bytes a row")
        yield Line(f"file at its largest, {rate}", life.largest / 1e6, bound / 1e6, "MB")
        share = life.us_per_append * 1e5 / tick_ns  # µs of a tick's ns, in %
        yield Line(f"recorder at {rate}", share, SHARE_GOALS[rate], "% of a core", True)
        of_cpu, of_chunks = life.overviews
        yield Line(f"overviews at {rate}", of_cpu, OVERVIEW_GOALS[0], "% of its CPU", True)
        yield Line(f"overviews at {rate}", of_chunks, OVERVIEW_GOALS[1], "% of the file", True)
        yield Line(f"read at {rate}", read_us(path), SAMPLE_GOAL_US, "us a Sample", True)


def lockstep(folder: Path, ticks: int) -> Line:
    """What an append costs where it is the run's pace: at 10 Hz, each tick a row of the log."""
    spent_us = min(
        write(folder / f"lockstep{i}.h5", RATES["10 Hz"], ticks, live=False).us_per_append
        for i in range(LOCKSTEP_RUNS)
    )
    return Line("append in lockstep, 10 Hz", spent_us, APPEND_GOAL_US, "us of CPU", True)


def read_us(path: Path) -> float:
    """CPU time of a Sample read back, µs."""
    with Record.open(path) as record:
        begin = time.process_time_ns()
        count = sum(1 for _ in record.samples())
        return (time.process_time_ns() - begin) / 1000 / count


def kills(folder: Path, count: int) -> Line:
    """How many of `count` killed writers lost or changed an acknowledged row."""
    bad = 0
    for seed in range(count):
        place = folder / f"kill{seed}"
        place.mkdir()
        left = crash(place / "run.h5", seed)
        kept = left.exact and left.read >= left.acknowledged and left.recovered == left.read
        bad += not kept
    return Line(f"kills that lost an acknowledged row, of {count}", bad, 0, "kills")


def table(lines: list[Line], short: bool) -> bool:
    """Print the figures; True if every goal that counts is met."""
    met = True
    for line in lines:
        fine = line.figure <= line.goal
        judged = not (short and line.timed)
        met = met and (fine or not judged)
        word = "ok" if fine else "MISSED" if judged else "over"
        print(f"{line.name:44}{line.figure:10.2f} of at most {line.goal:8.2f} {line.unit:14}{word}")
    return met


def main() -> int:
    """Run everything; 0 if the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="function and size only, quickly")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = list(sizes(folder, *((130.0, 300.0) if short else (600.0, 3600.0))))
        lines.append(lockstep(folder, 3_000 if short else 20_000))
        lines.append(kills(folder, 1 if short else 50))
    met = table(lines, short)
    at_100_hz = next(line.figure for line in lines if line.name == "ticks at 100 Hz")
    print(f"{at_100_hz:.1f} bytes a tick at 100 Hz")
    return 0 if met else 1


if __name__ == "__main__":
    perform(main)
