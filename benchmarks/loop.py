"""The control process at 1 kHz with three links, beside the same loop in C.

`python -m benchmarks.loop [--short]`. The simulated rig is served by a process of its own on TCP.
One whole run (supervisor, control and recorder, as ever) goes on while blocks alternate: a second
with the C loop beside it, which counts for C, and a second without, which counts for control, as
late as its record says. So both see the same machine, with links and
disk at work; both have the same privileges and skip late ticks in the same way. The C loop on the
idle rig is printed too. `--short` judges function only, never time or memory.
"""

import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.common import ROOT, Figure, conclude, parser, perform, running
from benchmarks.processes import Memory, memory
from fixture.cli import launch
from fixture.config.resolve import RunPlan, plan
from fixture.core.config import Config
from fixture.core.types import EventKind
from fixture.record.reader import Record
from fixture.runtime import pace
from fixture.runtime.pace import Pace, pooled
from fixture.runtime.registry import LOG
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from fixture.twin import serve

TICK_NS = 1_000_000
BLOCK_S = 1.0
BLOCKS, SHORT_BLOCKS = 12, 1
IDLE_TICKS = 2000
SPARE_S = 2  # that the run is longer than its blocks
PATIENCE_S = 30.0  # to start, and to end
RATIO_GOAL = 1.5
MISSED_GOAL = (2.0, 20.0)  # so many times C's, and so many, in 10 000
CONTROL_GOAL_MB, ALL_GOAL_MB = 15.0, 60.0
PORTS = ("load_cells", "press", "potentiostat")
PROCESSES = ("supervisor", "control", "recorder")
PROFILE = """\
name: pace
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {{negative: Na}}
pressure:
  - press: 0.5 MPa
    wait: false
protocol:
  record: {{time_s: 0.1}}
  sample: {{capacity_mAh: 0.785}}
  method:
    - {{step: constant_current, current_mA: 0.1, until_time_s: {seconds}}}
"""


class Block(NamedTuple):
    """When the C loop ran, monotonic ns, and what it measured."""

    begin_ns: int
    end_ns: int
    pace: Pace


class Run(NamedTuple):
    """What one run left behind."""

    control: Pace  # of the blocks without C
    c: Pace
    lost: int  # frames that the recorder did not get
    done: bool
    memory: dict[str, Memory]  # of each process, at the end of the blocks


class Rig(NamedTuple):
    """A plan, and where its simulated instruments are."""

    found: RunPlan
    places: dict[str, str]
    folder: Path


@contextlib.contextmanager
def served(folder: Path, seconds: int) -> Generator[Rig]:
    """The simulated rig in a process of its own."""
    profile = folder / "pace.yaml"
    profile.write_text(PROFILE.format(seconds=seconds), encoding="utf-8")
    found = plan(str(profile), "twin", live=True, rate_hz=1e9 / TICK_NS)
    if found.twin is None:
        raise SystemExit("the rig 'twin' has no 'twin:' section; nothing to measure on")
    serve.write(folder, found.twin, found.devices)
    command = [sys.executable, "-m", "fixture.twin.serve", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        places = process.stdout.readline() if process.stdout else b"{}"
        yield Rig(found, json.loads(places), folder)
        process.communicate()


def run(rig: Rig, program: Path, privileges: int, blocks: int) -> Run:
    """One whole run on a served rig, with so many C loops beside it."""
    name = "pace"
    folder = rig.folder / name
    folder.mkdir()
    spec(rig, name).write(folder)
    command = [sys.executable, "-m", "fixture.runtime.supervisor", str(folder)]
    with running(command, env=_own(rig.folder)) as supervisor:
        pids = started(folder, supervisor)
        c = [_beside(program, privileges) for _ in range(blocks if pids else 0)]
        sizes = {process: memory(pid) for process, pid in pids.items()}
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervisor.wait(PATIENCE_S)
    record = folder / f"{name}.h5"
    if not (pids and record.exists()):
        raise SystemExit(f"the run did not go:\n{(folder / LOG).read_text(encoding='utf-8')}")
    control, lost = lateness(record, c)
    return Run(control, pooled([one.pace for one in c]), lost, not supervisor.returncode, sizes)


def spec(rig: Rig, name: str) -> RunSpec:
    """A run on instruments that are served already, as on a bench."""
    load_cells, press, potentiostat = (
        DeviceSpec(port, device.model, rig.places[port], dict(device.options))
        for port, device in zip(PORTS, rig.found.devices, strict=True)
    )
    return RunSpec(
        name,
        patient(rig.found.config),
        launch.header(rig.found, name, "", time.time_ns()),
        load_cells,
        press,
        potentiostat,
    )


def patient(config: Config) -> Config:
    """The same where a reading that is late on a busy machine is measured, and trips nothing."""
    limits = msgspec.structs.replace(
        config.limits, stale_force_us=10**9, stale_press_us=10**9, stale_cell_us=10**9
    )
    return msgspec.structs.replace(config, limits=limits)


def lateness(path: Path, beside: Sequence[Block]) -> tuple[Pace, int]:
    """How late the ticks were between the first and the last block, without those beside one.

    And how many frames the recorder did not get.
    """
    with Record.open(path) as record:
        start_ns = record.header.t0_monotonic_ns
        kinds, codes = record.events["kind"], record.events["code"]
        lost = int(codes[kinds == int(EventKind.LOST)].sum())
        late_ns = dict(zip(record.ticks["tick"].tolist(), record.ticks["late_us"], strict=True))
    alone = [
        tick
        for before, after in pairwise(beside)
        for tick in range(
            (before.end_ns - start_ns) // TICK_NS + 1, (after.begin_ns - start_ns) // TICK_NS
        )
    ]
    polled = tuple(1000 * int(late_ns[tick]) for tick in alone if tick in late_ns)
    return Pace(polled, len(alone) - len(polled)), lost


def _beside(program: Path, privileges: int) -> Block:
    """One block with the C loop, after one without."""
    time.sleep(BLOCK_S)
    begin_ns = time.monotonic_ns()
    measured = pace.in_c(program, TICK_NS, round(BLOCK_S * 1e9 / TICK_NS), privileges)
    return Block(begin_ns, time.monotonic_ns(), measured)


def _own(folder: Path) -> dict[str, str]:
    """The environment, with the registry of runs and the locks in a folder of ours."""
    return {**os.environ, "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}


def started(folder: Path, supervisor: "subprocess.Popen[bytes]") -> dict[str, int]:
    """The ids of the run's processes once it ticks; none where it ends before."""
    deadline_ns = time.monotonic_ns() + round(PATIENCE_S * 1e9)
    while supervisor.poll() is None and time.monotonic_ns() < deadline_ns:
        with contextlib.suppress(OSError):
            state = json.loads((folder / "state.json").read_bytes())
            if state["tick"] >= 0:
                return {name: state[name]["pid"] for name in PROCESSES}
        time.sleep(0.05)
    supervisor.terminate()
    return {}


def figures(run: Run, idle: Pace) -> Iterable[Figure]:
    """The table."""
    for part in ("p50", "p99", "p99.9"):
        quantile = float(part[1:]) / 100
        loops = {"C on the idle rig": idle, "C": run.c, "control": run.control}
        late_us = {name: loop.quantile_ns(quantile) / 1000 for name, loop in loops.items()}
        for name, late in late_us.items():
            yield Figure(f"late at {part}, {name}", late, "us")
        if part != "p99.9":  # varies 0.8 to 1.5 between C and C
            ratio = late_us["control"] / late_us["C"]
            yield Figure(f"control / C at {part}", ratio, "", RATIO_GOAL, timed=True)
    ticks, c_ticks = (len(loop.late_ns) + loop.missed for loop in (run.control, run.c))
    factor, spare = MISSED_GOAL
    allowed = factor * run.c.missed * ticks / c_ticks + spare * ticks / 10_000
    yield Figure(f"ticks missed by C of {c_ticks}", run.c.missed, "ticks")
    yield Figure(f"by control of {ticks}", run.control.missed, "ticks", allowed, timed=True)
    yield Figure("frames that the recorder did not get", run.lost, "frames", 0)
    yield Figure("runs that ended well", run.done, "of 1", least=1)
    for name, size in run.memory.items():
        most = CONTROL_GOAL_MB if name == "control" else math.inf
        yield Figure(f"memory of {name}, its own", size.own_mb, "MB", most, timed=True)
    total_mb = sum(size.pss_mb for size in run.memory.values())
    yield Figure("memory of all, PSS", total_mb, "MB", ALL_GOAL_MB, timed=True)


def main() -> int:
    """Measure and judge; 0 if the goals are met."""
    short = parser(__doc__).parse_args().short
    blocks = (SHORT_BLOCKS if short else BLOCKS) + 1  # control counts between two
    seconds = math.ceil(2 * blocks * BLOCK_S) + SPARE_S
    with tempfile.TemporaryDirectory() as place, served(Path(place), seconds) as rig:
        program = pace.compiled(rig.folder)
        if program is None:
            print("no C compiler (cc, gcc or clang): there is nothing to compare with")
            return 1
        privileges = pace.in_python(TICK_NS, 1).granted
        idle = pace.in_c(program, TICK_NS, IDLE_TICKS, privileges)
        table = list(figures(run(rig, program, privileges, blocks), idle))
    ratios = " and ".join(f"{f.value:.2f}" for f in table if " / C" in f.what)
    return conclude(table, f"control / C: {ratios} at p50 and p99, 1 kHz, three links", short)


if __name__ == "__main__":
    perform(main)
