"""A writer that is killed in the middle, and what must then be true of its file.

`python -m tests.record.crash PATH SEED` is the writer: it never ends by itself, and prints each
acknowledged tick, and marks (`#`) at odd moments between. `killed` starts it and kills it at a
mark or a promise that the seed chooses, wherever the writer has got to by then.
"""

import random
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import NamedTuple

from fixture.core.types import CellMode
from fixture.frame.frame import SpectrumPoint
from fixture.record.columns import CHECKPOINT_BYTES
from fixture.record.reader import Record
from fixture.record.recovery import copy
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame


class Crash(NamedTuple):
    """What was promised, and what came back."""

    acknowledged: int
    read: int  # last tick seen in the file as it was left
    recovered: int  # last tick in the recovered file
    exact: bool  # every row read is what was written


def frame_of(tick: int):
    """The frame of a tick: values that no other tick has; with a point of one long spectrum."""
    point = SpectrumPoint(tick + 1, 1e5 / (tick + 1), 50.0 + tick, -float(tick), tick % 7 == 0)
    return make_frame(
        tick, position=tick, press_um=tick / 2**20, counts=(tick, -tick, 7), row=2,
        cell_mode=int(CellMode.IMPEDANCE), point=point,
    )  # fmt: skip


def write_for_ever(path: Path, seed: int) -> None:
    """Append and sync at odd moments, by lengths from nothing to several chunks."""
    rng = random.Random(seed)
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    ticks = count()
    for _ in count():
        for tick in (next(ticks) for _ in range(rng.choice((1, 7, 60, 599, 600, 1801)))):
            writer.append(frame_of(tick), (float(tick), -1.0))
            if rng.random() < 0.001:
                writer.checkpoint(tick, bytes(rng.randint(0, CHECKPOINT_BYTES)))
            if rng.random() < 0.002:
                print("#", flush=True)
        print(writer.sync(), flush=True)


def killed(path: Path, seed: int) -> int:
    """Run the writer, kill it, and return the last tick that it acknowledged."""
    moment = random.Random(seed)
    command = [sys.executable, "-m", "tests.record.crash", str(path), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(moment.randint(2, 30))]
        child.kill()
        lines += child.stdout.read().splitlines(keepends=True)
    promises = [int(line) for line in lines if line.endswith("\n") and line[0] != "#"]
    return promises[-1] if promises else -1


def crash(path: Path, seed: int) -> Crash:
    """Kill a writer, read what it left, recover it, and compare every row."""
    acknowledged = killed(path, seed)
    with Record.open(path) as record:
        samples, commands = list(record.samples()), list(record.commands())
        logged, spectra = record.log.rows, record.spectra
        real_ohm = spectra["real_impedance_ohm"].tolist()
    frames = [frame_of(tick) for tick in range(len(samples))]
    exact = samples == [f.sample for f in frames] and commands == [f.command for f in frames]
    exact = exact and logged == len(samples)
    exact = exact and len(real_ohm) > acknowledged
    exact = exact and real_ohm == [50.0 + tick for tick in range(len(real_ohm))]
    recovered = copy(path, path.with_suffix(".recovered.h5"))
    return Crash(acknowledged, len(samples) - 1, recovered.last_tick, exact)


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
