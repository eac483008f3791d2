"""`python -m benchmarks.sweep [--short]`: a sweep on a Dask cluster beside the process pool.

Starts a scheduler and two workers on loopback. A grid of what-ifs over a record of a breathing
cell, about 5 s of work a case, goes through two processes and through the two workers, in turns;
the best of each counts. Then again with a worker killed in the middle, and with the command itself
killed in the middle and given again. Each table must be the pool's to the bit.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import ROOT, Figure, conclude, isostack, parser, perform, running
from benchmarks.processes import cpu_s
from tests import short as short_run
from tests.loopback_dask import Cluster, dask

EFFICIENCY_LEAST = 85.0  # %
WORKERS = 2
ROUNDS = 2
POLL_S = 0.02
DEADLINE_S = 1800.0
TABLE, RESULTS = "what-if.csv", "*/result.json"
PROFILE = """\
name: breathing
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {{negative: Li}}
pressure:
  - press: 15 MPa
    at: cycle
protocol:
  record: {{time_s: {record_s}}}
  sample: {{capacity_mAh: 0.785}}
  method:
    - {{step: open_circuit_voltage, until_time_s: 300}}
    - {{step: tag, tag: cycle}}
    - {{step: constant_current, current_mA: 1, until_time_s: {half_s}}}
    - {{step: constant_current, current_mA: -1, until_time_s: {half_s}}}
"""


class Size(NamedTuple):
    """How much is done."""

    half_s: int  # of each half-cycle of the record
    rate_hz: int
    values: str  # of the setpoint, MPa


LONG = Size(1200, 8, "10,12,14,16,18,20,22")
SHORT = Size(600, 1, "10,18")


class Done(NamedTuple):
    """A sweep that has ended."""

    wall_s: float
    cpu_s: float
    table: bytes


def record(folder: Path, size: Size) -> Path:
    """Made on the twin."""
    text = PROFILE.format(half_s=size.half_s, record_s=max(0.1, 1.0 / size.rate_hz))
    subprocess.run(
        isostack("run", short_run.profile(folder, text), "--speed", "max", "--rate",
                 str(size.rate_hz), "--out", str(folder / "run"), "--no-picture", "--json"),
        check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder / "run" / "breathing.h5"


class Sweeps:
    """The same grid, by different workers."""

    def __init__(self, path: Path, size: Size, folder: Path, cluster: Cluster) -> None:
        self._what = f"setpoint={','.join(f'{value} MPa' for value in size.values.split(','))}"
        self._path, self._folder, self._cluster = path, folder, cluster
        self.cases = 1 + len(size.values.split(","))

    def pool(self, name: str) -> Done:
        """By processes of the command's own."""
        return self._done(name, ("--jobs", str(WORKERS)), ())

    def cluster(self, name: str) -> Done:
        """By the workers of the scheduler."""
        return self._done(name, self._on, self._cluster_processes())

    def with_a_worker_killed(self, name: str) -> Done:
        """One of the two dies once a few cases are done."""
        with self._started(name, self._on) as process:
            self._wait_for_results(name, process)
            self._cluster.workers[0].kill()
            return Done(0.0, 0.0, self._table(name, process))

    def with_the_command_killed(self, name: str) -> tuple[Done, int]:
        """And given again; how many cases were computed twice."""
        with self._started(name, self._on) as process:
            self._wait_for_results(name, process)
            process.kill()
        before = self._results(name)
        with self._started(name, self._on) as process:
            table = self._table(name, process)
        after = self._results(name)
        return Done(0.0, 0.0, table), sum(after[path] != ns for path, ns in before.items())

    @property
    def _on(self) -> Sequence[str]:
        return ("--on", self._cluster.address)

    def _done(self, name: str, place: Sequence[str], others: Sequence[int]) -> Done:
        before_s = children_s() + sum(map(cpu_s, others))
        begun_s = time.monotonic()
        with self._started(name, place) as process:
            table = self._table(name, process)
        wall_s = time.monotonic() - begun_s
        return Done(wall_s, children_s() + sum(map(cpu_s, others)) - before_s, table)

    def _started(
        self, name: str, place: Sequence[str]
    ) -> AbstractContextManager["subprocess.Popen[Any]"]:
        line = isostack(
            "replay", str(self._path), "--what-if", self._what, "--out", str(self._folder / name),
            *place,
        )  # fmt: skip
        return running(line, stdout=subprocess.DEVNULL)

    def _table(self, name: str, process: subprocess.Popen[bytes]) -> bytes:
        if process.wait(DEADLINE_S):
            return b"failed"
        return (self._folder / name / TABLE).read_bytes()

    def _wait_for_results(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Until the unchanged case and another one are done."""
        while len(self._results(name)) < 2 and process.poll() is None:
            time.sleep(POLL_S)

    def _results(self, name: str) -> dict[Path, int]:
        found = (self._folder / name).glob(RESULTS)
        return {path: path.stat().st_mtime_ns for path in found}

    def _cluster_processes(self) -> list[int]:
        return [process.pid for process in (self._cluster.scheduler, *self._cluster.workers)]


def children_s() -> float:
    """CPU time of processes that have ended, s."""
    times = os.times()
    return times.children_user + times.children_system


def best(found: Sequence[Done]) -> Done:
    """The least disturbed."""
    return min(found, key=lambda one: one.wall_s)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    made = parser(__doc__)
    made.add_argument(
        "--together", action="store_true", help="both at once and once, for a busy machine"
    )
    options = made.parse_args(arguments)
    short: bool = options.short
    size, rounds = (SHORT, 1) if short else (LONG, ROUNDS)
    with tempfile.TemporaryDirectory() as name, dask(Path(name), WORKERS) as cluster:
        folder = Path(name)
        sweeps = Sweeps(record(folder, size), size, folder, cluster)
        pools: list[Done] = []
        clusters: list[Done] = []
        if options.together:
            with ThreadPoolExecutor(2) as both:
                at_once = both.submit(sweeps.pool, "pool"), both.submit(sweeps.cluster, "cluster")
                pools, clusters = [at_once[0].result()], [at_once[1].result()]
        for number in range(0 if options.together else rounds):
            pools.append(sweeps.pool(f"pool-{number}"))
            clusters.append(sweeps.cluster(f"cluster-{number}"))
        again, twice = sweeps.with_the_command_killed("command-killed")
        killed = sweeps.with_a_worker_killed("worker-killed")
    pool, on = best(pools), best(clusters)
    tables = [*pools, *clusters, again, killed]
    unlike = sum(one.table != pool.table or one.table == b"failed" for one in tables)
    efficiency = 100.0 * pool.wall_s / on.wall_s
    cpu = [
        Figure("process pool: CPU, all processes", pool.cpu_s, "s"),
        Figure("process pool: CPU a case", pool.cpu_s / sweeps.cases, "s"),
        Figure("Dask, 2 workers: CPU, all processes", on.cpu_s, "s"),
        Figure("Dask by pool: CPU", on.cpu_s / pool.cpu_s, ""),
    ]
    figures = [
        Figure("cases", sweeps.cases, "", least=3),
        Figure("process pool: whole command", pool.wall_s, "s"),
        Figure("Dask, 2 workers: whole command", on.wall_s, "s"),
        *(() if options.together else cpu),  # which cannot be separated then
        Figure("efficiency, of the pool's", efficiency, "%", least=EFFICIENCY_LEAST, timed=True),
        Figure("tables that are not the pool's", unlike, "", most=0.0),
        Figure("cases computed twice after the command died", twice, "", most=0.0),
        Figure("load of this machine", os.getloadavg()[0], ""),
    ]
    return conclude(figures, f"sweep: {efficiency:.0f} % of the pool's efficiency", short)


if __name__ == "__main__":
    perform(main)
