"""`python -m benchmarks.fleet [--short]`: many fixtures on one machine, beside bare loops.

Starts 1, 4 and 16 runs on the twin at 100 Hz (`--fixtures`, `--rate`) with one command, in real
time with all their processes, and measures each fleet for a while: CPU of control, recorder and
supervisor for each tick that was done, memory (PSS), lateness as the records say. The same number
of bare loops, each a process that sleeps until its deadlines and does nothing else, turns before
each fleet: what this machine does by itself. The twins' own processes, which stand in for
instruments, are not counted, but want the same cores: where they do not fit, ticks are missed, and
a tick's cost still holds.
`--short`: 1 and 2 runs, briefly; function and size only.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.common import ROOT, Figure, conclude, isostack, parser, perform
from benchmarks.processes import cpu_s, memory
from benchmarks.replay import COPIES, copy_structs, seconds
from fixture.record.reader import Record
from fixture.runtime import pace
from fixture.runtime.pace import Pace, pooled
from fixture.runtime.registry import RunState
from tests import short as short_run

RATE_HZ = 100
FLEETS, FLEETS_SHORT = (1, 4, 16), (1, 2)
WINDOW_S, WINDOW_SHORT_S = 20.0, 4.0
PATIENCE_S = 120.0
POLL_S = 0.1
PSS_MOST_MB = 45.0
CORE_MOST = 1.0 / 16  # of a core for each fixture
FLAT_MOST = 1.3  # cost in the largest fleet by the cost of one alone
LATE_MOST = 10.0  # p99, % of the period
PROCESSES = ("supervisor", "control", "recorder")
PROFILE = """\
name: fleet
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
control: {identification: false}
pressure:
  - press: 2 MPa
    hold: 3600 s
"""


class Fleet(NamedTuple):
    """What was measured of so many fixtures."""

    fixtures: int
    us_a_tick: dict[str, float]  # CPU of each process, for each tick that was done
    pss_mb: dict[str, float]  # a fixture's, by process
    late: Pace  # all fixtures' ticks
    bare: Pace
    ended: int  # runs that ended by themselves
    rate_hz: int
    copy_us: float  # CPU of copying one Struct, just before: how fast this machine is now

    @property
    def core(self) -> float:
        """Of one core, for each fixture."""
        return sum(self.us_a_tick.values()) * self.rate_hz / 1e6

    @property
    def pss(self) -> float:
        """Of each fixture, MB."""
        return sum(self.pss_mb.values())


def measured(fixtures: int, rate_hz: int, window_s: float, folder: Path) -> Fleet:
    """Start a fleet, measure it for a while, stop it."""
    bare = bare_loops(fixtures, rate_hz, round(window_s * rate_hz / 2))
    with fleet(fixtures, rate_hz, folder) as folders:
        begun = [RunState.read(one) for one in folders]
        before = cpu_of(begun)
        copy_us = 1e6 * seconds(copy_structs, 1) / COPIES
        time.sleep(window_s)
        ended = [RunState.read(one) for one in folders]
        spent = {name: value - before[name] for name, value in cpu_of(begun).items()}
        pss = {
            name: sum(memory(getattr(state, name).pid).pss_mb for state in begun) / fixtures
            for name in PROCESSES
        }
    done = [lateness(one, a.tick, b.tick) for one, a, b in zip(folders, begun, ended, strict=True)]
    ticks = sum(len(one.late_ns) for one in done)
    cost = {name: 1e6 * value / max(ticks, 1) for name, value in spent.items()}
    return Fleet(
        fixtures,
        cost,
        pss,
        pooled(done),
        bare,
        sum(bool(one.outcome) for one in ended),
        rate_hz,
        copy_us,
    )


def bare_loops(number: int, rate_hz: int, ticks: int) -> Pace:
    """So many loops at once, which do nothing."""
    with ThreadPoolExecutor(number) as pool:
        loops = [pool.submit(pace.in_python, 10**9 // rate_hz, ticks) for _ in range(number)]
        return pooled([loop.result() for loop in loops])


@contextmanager
def fleet(fixtures: int, rate_hz: int, folder: Path) -> Generator[list[Path]]:
    """Runs that tick, stopped at the end; their directories."""
    environ = {**os.environ, "XDG_STATE_HOME": f"{folder}/state", "XDG_RUNTIME_DIR": str(folder)}
    rigs = ["--rig", "twin"] * fixtures
    name = ["--name", "fleet-twin"] if fixtures == 1 else ["--name", "fleet"]
    out = folder / "out" / "fleet-twin" if fixtures == 1 else folder / "out"
    line = isostack(
        "run", short_run.profile(folder, PROFILE), *rigs, *name, "--rate", str(rate_hz),
        "--out", str(out), "--detach", "--no-picture", "--json",
    )  # fmt: skip
    try:
        said = subprocess.run(
            line, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, check=True,
        ).stdout  # fmt: skip
        yield [Path(json.loads(one)["folder"]) for one in said.splitlines()]
    finally:
        _stop([state.parent for state in folder.glob("out/**/state.json")], environ)


def _stop(folders: Sequence[Path], environ: Mapping[str, str]) -> None:
    """Stop every run that was started, also where another one could not be."""
    for one in folders:
        subprocess.run(
            isostack("stop", str(one)), env=environ, cwd=ROOT, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    end_s = time.monotonic() + PATIENCE_S
    while any(RunState.read(one).alive() for one in folders) and time.monotonic() < end_s:
        time.sleep(POLL_S)


def cpu_of(states: Sequence[RunState]) -> dict[str, float]:
    """CPU of all fixtures by process, s."""
    return {name: sum(cpu_s(getattr(state, name).pid) for state in states) for name in PROCESSES}


def lateness(folder: Path, first: int, last: int) -> Pace:
    """Of the ticks from `first` to `last`, as the record says."""
    (path,) = folder.glob("*.h5")
    with Record.open(path) as record:
        ticks, late_us = record.ticks["tick"], record.ticks["late_us"]
        mine = (ticks >= first) & (ticks < last)
        late_ns = tuple(1000 * int(one) for one in late_us[mine].tolist())
    return Pace(late_ns, last - first - len(late_ns))


def figures(fleets: Sequence[Fleet]) -> list[Figure]:
    """The table."""
    table: list[Figure] = []
    for one in fleets:
        what = f"{one.fixtures} fixtures" if one.fixtures > 1 else "1 fixture"
        ours, bare = (1e-7 * loop.quantile_ns(0.99) * one.rate_hz for loop in (one.late, one.bare))
        copies = sum(one.us_a_tick.values()) / one.copy_us
        missed = 100 * one.late.missed / max(one.late.missed + len(one.late.late_ns), 1)
        table += [
            *(Figure(f"{what}: {n}, CPU a tick", us, "us") for n, us in one.us_a_tick.items()),
            Figure(f"{what}: a tick, in copies of a Struct", copies, ""),
            Figure(f"{what}: of a core, each", one.core, "", most=CORE_MOST, timed=True),
            *(Figure(f"{what}: {n}, PSS", mb, "MB") for n, mb in one.pss_mb.items()),
            Figure(f"{what}: PSS, each", one.pss, "MB", most=PSS_MOST_MB, timed=True),
            Figure(f"{what}: bare loops late at p99", bare, "% of a tick"),
            Figure(f"{what}: late at p99", ours, "% of a tick", most=LATE_MOST, timed=True),
            Figure(f"{what}: ticks missed", missed, "%"),
            Figure(f"{what}: runs that ended by themselves", one.ended, "", most=0.0),
        ]
    flat = (fleets[-1].core / fleets[-1].copy_us) / (fleets[0].core / fleets[0].copy_us)
    table.append(
        Figure(
            "cost of the most by that of the least, in copies", flat, "", most=FLAT_MOST, timed=True
        )
    )
    table.append(Figure("load of this machine", os.getloadavg()[0], ""))
    return table


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    made = parser(__doc__)
    made.add_argument("--fixtures", type=int, action="append", help="how many; may be repeated")
    made.add_argument("--rate", type=int, default=RATE_HZ, help="ticks a second")
    options = made.parse_args(arguments)
    short: bool = options.short
    sizes: Sequence[int] = options.fixtures or (FLEETS_SHORT if short else FLEETS)
    fleets: list[Fleet] = []
    window_s = WINDOW_SHORT_S if short else WINDOW_S
    for number in sizes:
        with tempfile.TemporaryDirectory() as name:
            fleets.append(measured(number, options.rate, window_s, Path(name)))
    last = fleets[-1]
    headline = (
        f"fleet: {last.fixtures} fixtures, {last.core:.3f} of a core and {last.pss:.0f} MB each"
    )
    return conclude(figures(fleets), headline, short)


if __name__ == "__main__":
    perform(main)
