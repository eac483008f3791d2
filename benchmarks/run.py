"""`python -m benchmarks.run [--short]`: README's main command, as a person meets it.

`isostack run sodium-assembly-hold --speed max` as a process of its own (with `--json`, so that it
prints how far it is): wall time, largest memory, memory along the way; how long `--help` takes; and
where the time of a tick goes, by timing each part of a shorter run in this process. Memory is read
from /proc: Linux. `--short` takes a run of seconds, too short to see memory grow, and judges
function and size only.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import Figure, completed, conclude, isostack, parser, perform, running
from fixture.cli import launch
from fixture.config.resolve import RunPlan, plan
from fixture.record.writer import RecordWriter
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks
from fixture.runtime.ports import Drivers, Ports
from fixture.runtime.tick import OperatorRequest
from fixture.twin.plant import TRUTH
from tests import short as short_run
from tests.recording import START_UNIX_NS, ignore

PROFILE = "sodium-assembly-hold"
WALL_GOAL_S = 60.0
HELP_GOAL_S = 0.3
GROWTH_GOAL_MB = 8.0
PEAK_GOAL_MB = 400.0
HELPS, HELPS_SHORT = 7, 2
CYCLES = 40  # of the run whose parts are timed
POLL_S = 0.05
PARTS = (
    "plant",
    "load cells: driver, codec, emulator",
    "press: driver, codec, emulator",
    "potentiostat: driver, codec, emulator",
    "recorder",
)


class Memory(NamedTuple):
    """The run's process at one moment; memory in MB."""

    acknowledged: int  # tick; -1: none yet
    resident: float
    largest: float


class Life(NamedTuple):
    """The whole process."""

    wall_s: float
    sizes: list[Memory]
    summary: dict[str, Any]


def live(profile: str, folder: Path) -> Life:
    """Run the command to its end and watch it. RuntimeError where it fails."""
    said = folder / "said"
    command = isostack("run", profile, "--speed", "max", "--out", str(folder / "out"), "--json")
    sizes: list[Memory] = []
    begun_ns = time.monotonic_ns()
    with said.open("wb") as file, running(command, stdout=file) as run:
        while run.poll() is None:
            sizes += _memory(run.pid, said)
            time.sleep(POLL_S)
    wall_s = (time.monotonic_ns() - begun_ns) * 1e-9
    text = said.read_text(encoding="utf-8")
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)}: ended with {run.returncode}")
    return Life(wall_s, sizes, json.loads(text.splitlines()[-1]))


def _memory(pid: int, said: Path) -> list[Memory]:
    """Its memory; none where the process is just beginning or ending."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        words = {line.split(":")[0]: line.split() for line in status.splitlines()}
        resident, largest = (int(words[key][1]) / 1024.0 for key in ("VmRSS", "VmHWM"))
    except (OSError, KeyError):
        return []
    return [Memory(_last_tick(said.read_text(encoding="utf-8")), resident, largest)]


def _last_tick(text: str) -> int:
    """The last tick acknowledged on a whole line; -1: none."""
    promises = [line for line in text.splitlines(keepends=True) if line.startswith('{"ack')]
    whole = [line for line in promises if line.endswith("\n")]
    return int(json.loads(whole[-1])["acknowledged_tick"]) if whole else -1


def growth_mb(life: Life) -> float:
    """What memory grew by from a tenth of the run to shortly before the end; NaN: unseen."""
    ticks = life.summary["ticks"]
    turning = [size for size in life.sizes if ticks / 10 <= size.acknowledged < ticks - 1]
    return turning[-1].resident - turning[0].resident if turning else float("nan")


def help_s(times: int) -> float:
    """Wall time of `isostack --help`, s; the median."""
    spent: list[float] = []
    for _ in range(times):
        begun_ns = time.monotonic_ns()
        done = completed("--help")
        spent.append((time.monotonic_ns() - begun_ns) * 1e-9)
        done.check_returncode()
    return statistics.median(spent)


class Timed:
    """Anything, with the time spent in its methods added up."""

    def __init__(self, inner: object) -> None:
        self._inner: Any = inner
        self.spent_ns = 0

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._inner, name)

        def timed(*arguments: object) -> object:
            begun_ns = time.perf_counter_ns()
            try:
                return method(*arguments)
            finally:
                self.spent_ns += time.perf_counter_ns() - begun_ns

        setattr(self, name, timed)  # measured once
        return timed


def parts_us(found: RunPlan, path: Path) -> dict[str, float]:
    """The run in this process, every part timed: µs a tick."""
    rig = launch.simulated(found)
    there = [driver for driver in launch.drivers(found, rig.world) if driver is not None]
    drivers: list[Any] = [Timed(driver) for driver in there]
    ports = Ports(Drivers(*drivers), steps=found.config.steps)
    ports.open()
    header = launch.header(found, path.stem, "", START_UNIX_NS)
    writer = RecordWriter.create(path, header, found.config, TRUTH)
    world: Any = Timed(rig.world)
    recorder: Any = Timed(writer)
    hooks = Hooks(time.monotonic_ns, OperatorRequest, ignore, ignore)
    begun_ns = time.perf_counter_ns()
    ticks = lockstep.run(found.config, ports, world, recorder, hooks).ticks
    whole_us = (time.perf_counter_ns() - begun_ns) / 1000.0 / ticks
    writer.close()
    parts = zip(PARTS, (world, *drivers, recorder), strict=True)
    spent_us = {name: part.spent_ns / 1000.0 / ticks for name, part in parts}
    spent_us["turn with step, ports, loop (the rest)"] = whole_us - sum(spent_us.values())
    spent_us["whole"] = whole_us
    return spent_us


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    short: bool = parser(__doc__).parse_args(arguments).short
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile = short_run.profile(folder) if short else PROFILE
        life = live(profile, folder)
        text = short_run.PROFILE.replace("cycle_count: 2", f"cycle_count: {2 if short else CYCLES}")
        spent_us = parts_us(plan(short_run.profile(folder, text), "twin"), folder / "parts.h5")
        made = next((folder / "out").glob("*.h5")).stat().st_size / 1e6
    ticks, peak = life.summary["ticks"], max(size.largest for size in life.sizes)
    helped_s = help_s(HELPS_SHORT if short else HELPS)
    grown = Figure("memory grown after a tenth of the run", growth_mb(life), "MB", GROWTH_GOAL_MB)
    figures = [
        Figure("the whole command", life.wall_s, "s", most=WALL_GOAL_S, timed=True),
        Figure("isostack --help, median", helped_s, "s", most=HELP_GOAL_S, timed=True),
        Figure("ticks", ticks, "", least=1000.0),
        Figure("ticks in a second of the whole command", ticks / life.wall_s, "1/s"),
        *[Figure(f"a tick: {part}", us, "µs") for part, us in spent_us.items()],
        Figure("largest memory", peak, "MB", most=PEAK_GOAL_MB),
        *([] if short else [grown]),
        Figure("record", made, "MB"),
    ]
    headline = f"run: {profile if not short else 'short run'} in {life.wall_s:.1f} s, {peak:.0f} MB"
    return conclude(figures, headline, short)


if __name__ == "__main__":
    perform(main)
