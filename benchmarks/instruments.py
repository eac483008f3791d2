"""How often each instrument can be read, as a share of what its line allows.

`python -m benchmarks.instruments [--short]`. Each model's emulator is served on a socket of this
machine at the speed of its line, and read by its driver as fast as it goes. What the line allows is
counted: ten bits a byte of requests and answers, the instrument's turnaround for each exchange, the
silences that Modbus RTU prescribes before and after each request, and the time that the instrument
says it takes. The rest is ours: driver, sockets, and a process that serves. Both
processes request of the machine what control and the plant of a live run request; the headline says
whether they have it, since without real-time priority each exchange waits three times for a process
to wake up. The median of the passes counts. Of an instrument that prints by itself the share is of
the lines that came; a Keithley 2450 is read beside bare queries of pyvisa-py as well, in turns.
"""

import math
import multiprocessing
import statistics
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from benchmarks.common import Figure, conclude, parser, perform
from fixture.cli.emulate import BENCH, emulated
from fixture.runtime import timing
from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant
from fixture.twin.serve import settle_down
from instruments.protocols import Transport
from instruments.registry import find_any
from instruments.serve import Pace, Server
from instruments.transport.open import open_transport
from instruments.transport.registers import silence_ns

PASSES, SECONDS, SHORT_SECONDS = 5, 1.0, 0.1
GOAL = 0.9  # of what the line allows
ALL = 0.999  # of the lines that came
TURNAROUND_NS = 500_000
CLOCK = time.monotonic_ns
FORK = multiprocessing.get_context("fork")


class Case(NamedTuple):
    """A model on its line; `baud` 0 is Ethernet."""

    model: str
    pace: Pace
    options: Mapping[str, object] = {}
    both: Mapping[str, object] = {}  # options that the emulator has as well
    judged: bool = True


STREAM_HZ = 80.0  # of an HX711
SCALE = {"division_n": 0.1, "full_scale_n": BENCH.full_scale_n}
READ = ':READ? "defbuffer1",SOUR,READ,REL'
CASES = (
    Case("laumas-tlb", Pace(115_200, TURNAROUND_NS), {"units": [1, 2, 3], "framing": "rtu"}),
    Case(
        "laumas-tlb",
        Pace(115_200, TURNAROUND_NS),
        {"framing": "rtu"},
        {"units": [1, 2, 3], "silence_ms": 0.0},
        judged=False,  # it is no line of the protocol
    ),
    Case(
        "ascii-stream",
        Pace(115_200, 0),
        both={"line": "{value}", "example": "-12", "rate_hz": STREAM_HZ, **SCALE},
    ),
    Case("mantracourt-dsc", Pace(115_200, TURNAROUND_NS), {"units": [1, 2, 3]}),
    Case("mt-sics", Pace(9_600, TURNAROUND_NS)),
    Case("trinamic-tmcl", Pace(115_200, TURNAROUND_NS), {"um_per_count": 0.05}),
    Case("zaber-ascii", Pace(115_200, TURNAROUND_NS), {"um_per_count": 0.05}),
    Case("alicat", Pace(19_200, TURNAROUND_NS), {"um_per_count": 0.05}),
    Case("isco-d", Pace(0, 25_000_000), {"um_per_count": 0.05}),
    Case("keithley-2450", Pace(0, TURNAROUND_NS), {"nplc": 0.1}),
    Case("keithley-2400", Pace(57_600, TURNAROUND_NS), {"nplc": 0.1}),
)


class Counting:
    """`Transport` that counts what passes."""

    def __init__(self, line: Transport) -> None:
        self._line = line
        self.exchanges = self.bytes = self.lines = 0
        self.drain, self.close = line.drain, line.close

    def write(self, data: bytes) -> None:
        """Send, and count."""
        self.exchanges += 1
        self.bytes += len(data)
        self._line.write(data)

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, counted."""
        data = self._line.read(size, deadline_ns)
        self.bytes += len(data)
        self.lines += data.count(b"\n")
        return data


class Measured(NamedTuple):
    """What came of one model."""

    rate_hz: float  # readings a second
    share: float  # of what the line allows
    priority: bool  # with real-time priority


def measured(case: Case, seconds: float) -> Measured:
    """One model at its line, read by a process as control is; the median of its passes."""
    row = find_any(case.model)
    plant = Plant(Parameters(bench=BENCH))
    with Server(CLOCK, lambda _: None) as server:
        emulator = emulated(row, plant, case.both or None, tcp=False)
        _, port = server.tcp(emulator, "127.0.0.1", 0, case.pace)
        ours, theirs = FORK.Pipe()
        with _process(_serve, server), _process(_passes, theirs, row, port, case, seconds):
            theirs.close()
            passes, priority = ours.recv()
    rates, shares = zip(*passes, strict=True)
    return Measured(statistics.median(rates), statistics.median(shares), priority)


@contextmanager
def _process(act: Any, *arguments: object) -> Generator[None]:
    process = FORK.Process(target=act, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def _serve(server: Server) -> None:
    settle_down()
    server.run()


def _passes(answer: Connection, row: Any, port: int, case: Case, seconds: float) -> None:
    granted = timing.grant().priority.granted
    address = f"tcp://127.0.0.1:{port}"
    answer.send(([_read(row, address, case, seconds) for _ in range(PASSES)], granted))


def _read(row: Any, address: str, case: Case, seconds: float) -> tuple[float, float]:
    line = Counting(open_transport(address, CLOCK))
    options = {"deadline_ms": 1000.0, **case.options, **case.both}
    try:
        driver = row.driver(line, CLOCK, options)
        if row.kind == "potentiostat":
            driver.configure()
            driver.source_current(1e-3, 4.2)
        reading = driver.read()
        line.exchanges = line.bytes = line.lines = 0
        began_ns, reads = CLOCK(), 0
        while CLOCK() - began_ns < seconds * 1e9:
            before, reading = reading, driver.read()
            reads += reading is not before
        took_s = (CLOCK() - began_ns) * 1e-9
    finally:
        line.close()
    if case.model == "ascii-stream":
        return reads / took_s, reads / line.lines
    pace = case.pace
    silence_ns = _silence_ns(row, options)
    waits_ns = max(pace.turnaround_ns, silence_ns) + silence_ns
    allowed_s = (pace.line_ns(line.bytes) + line.exchanges * waits_ns) * 1e-9
    allowed_s += reads * _works_ms(row, options) * 1e-3
    return reads / took_s, allowed_s / took_s


def beside_pyvisa(seconds: float) -> float:
    """Readings of a 2450 for one bare query of pyvisa-py, the median of pairs."""
    case = next(one for one in CASES if one.model == "keithley-2450")
    row = find_any(case.model)
    with Server(CLOCK, lambda _: None) as server:
        emulator = emulated(row, Plant(Parameters(bench=BENCH)), tcp=False)
        _, port = server.tcp(emulator, "127.0.0.1", 0, case.pace)
        ours, theirs = FORK.Pipe()
        with _process(_serve, server), _process(_pairs, theirs, row, port, case, seconds):
            theirs.close()
            return statistics.median(ours.recv())


def _pairs(answer: Connection, row: Any, port: int, case: Case, seconds: float) -> None:
    timing.grant()
    address = f"tcp://127.0.0.1:{port}"
    pairs = [
        _read(row, address, case, seconds)[0] / _queries_hz(port, seconds) for _ in range(PASSES)
    ]
    answer.send(pairs)


def _queries_hz(port: int, seconds: float) -> float:
    """Bare queries a second of an instrument that was set up."""
    import pyvisa  # noqa: PLC0415 - 20 MB that the driver is measured without

    manager = pyvisa.ResourceManager("@py")
    name = f"TCPIP::127.0.0.1::{port}::SOCKET"
    line: Any = manager.open_resource(name, read_termination="\n", write_termination="\n")
    try:
        began_ns, queries = CLOCK(), 0
        while CLOCK() - began_ns < seconds * 1e9:
            line.query(READ)
            queries += 1
        return queries * 1e9 / (CLOCK() - began_ns)
    finally:
        line.close()
        manager.close()


def _silence_ns(row: Any, options: Mapping[str, object]) -> int:
    """What parts two frames on its line, ns."""
    return silence_ns(row.check(options)) if row.framed else 0


def _works_ms(row: Any, options: Mapping[str, object]) -> float:
    """What the emulator takes for a reading beyond its turnaround, ms."""
    return row.takes_ms(options) if row.kind == "potentiostat" else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each; 1 where one is below the goal."""
    short = parser(__doc__).parse_args(arguments).short
    figures: list[Figure] = []
    priority = True
    for case in CASES:
        found = measured(case, SHORT_SECONDS if short else SECONDS)
        line = f"{case.pace.baud} baud" if case.pace.baud else "Ethernet"
        line += ", no silence" if "silence_ms" in case.both else ""
        figures.append(Figure(f"{case.model}, {line}", found.rate_hz, "1/s"))
        least = GOAL if case.judged else -math.inf
        what = "  of what the line allows"
        if case.model == "ascii-stream":
            what, least = "  of the lines that came", ALL
        figures.append(Figure(what, found.share, "", least=least, timed=True))
        priority &= found.priority
    ratio = beside_pyvisa(SHORT_SECONDS if short else SECONDS)
    figures.append(Figure("keithley-2450 beside pyvisa-py", ratio, "", least=GOAL, timed=True))
    worst = min(figure.value for figure in figures if figure.least > 0.0)
    having = "with" if priority else "WITHOUT"
    headline = (
        f"instruments: read at {100 * worst:.0f} % of what the line allows, or more, "
        f"{having} real-time priority"
    )
    return conclude(figures, headline, short)


if __name__ == "__main__":
    perform(main)
