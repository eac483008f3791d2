"""`python -m benchmarks.replay [--short]`: how fast a record is verified, on one core.

Makes its own record with the recipe `sodium-assembly-hold`, and verifies it: reading, `step`, every
command compared, every checkpoint, every check sum. CPU time counts. The reference is one frozen
Struct copied a tick: it shows how fast a machine is.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.common import ROOT, Figure, conclude, isostack, parser, perform
from fixture.analysis.replay import Verdict, verify
from fixture.core.step import start, step
from fixture.core.types import Command
from fixture.record.reader import Record
from tests import short as short_run

GOAL_PER_S = 30_000.0
TICKS_LEAST = 200_000
COPIES = 200_000


def made(folder: Path, short: bool) -> Path:
    """A record of more than 200 000 ticks; of a thousand with `short`."""
    profile = short_run.profile(folder) if short else "sodium-assembly-hold"
    out = folder / "out"
    subprocess.run(
        isostack("run", profile, "--speed", "max", "--out", str(out), "--json", "--no-picture"),
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    return next(out.glob("*.h5"))


def seconds(work: Callable[[], object], rounds: int) -> float:
    """CPU time of the least disturbed of some rounds, s."""
    spent: list[int] = []
    for _ in range(rounds):
        begun_ns = time.process_time_ns()
        work()
        spent.append(time.process_time_ns() - begun_ns)
    return max(min(spent), 1) * 1e-9


def copy_structs() -> None:
    """The reference."""
    command = Command(0, 0, 0, 0.0, 0, 0.0, 0.0)
    replace = msgspec.structs.replace
    for tick in range(COPIES):
        command = replace(command, tick=tick)


def read(record: Record) -> None:
    """Reading alone."""
    for _ in zip(record.samples(), record.commands(), strict=True):
        continue


def read_and_step(record: Record) -> None:
    """Reading the inputs, and `step`."""
    config, state = record.config, start(record.config)
    for sample in record.samples():
        state, _, _ = step(config, state, sample)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    short: bool = parser(__doc__).parse_args(arguments).short
    rounds = 1 if short else 3
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as name, Record.open(made(Path(name), short)) as record:
        ticks = record.ticks.rows
        read_s = seconds(lambda: read(record), rounds)
        step_s = seconds(lambda: read_and_step(record), rounds)
        verify_s = seconds(lambda: verdicts.append(verify(record)), rounds)
    copies_per_s = COPIES / seconds(copy_structs, rounds)
    bad = sum(not verdict.good() for verdict in verdicts)
    rate = ticks / verify_s
    figures = [
        Figure("copying one Struct (reference)", copies_per_s, "1/s"),
        Figure("ticks in the record", ticks, "", least=1_000 if short else TICKS_LEAST),
        Figure("reading inputs and commands", ticks / read_s, "ticks/s"),
        Figure("reading inputs, and step", ticks / step_s, "ticks/s"),
        Figure("verify", rate, "ticks/s", least=GOAL_PER_S, timed=True),
        Figure("a verified tick, in copies of a Struct", copies_per_s / rate, ""),
        Figure("verifications that found a difference", bad, "", most=0.0),
        Figure("checkpoints compared", verdicts[0].checkpoints, "", least=1.0),
    ]
    return conclude(figures, f"replay: {rate:.0f} ticks/s verified on one core", short)


if __name__ == "__main__":
    perform(main)
