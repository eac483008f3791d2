"""How often each instrument can be read, as a share of what its line allows.

`python -m benchmarks.instruments [--short]`. Each model's emulator is served on a socket of this
machine at the speed of its line, and read by its driver as fast as it goes. What the line allows is
counted: ten bits a byte of requests and answers, the instrument's turnaround for each exchange, and
the time that it says it takes. The rest is ours: driver, sockets, and a process that serves. The
best of three passes counts.
"""

import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.common import Figure, conclude, parser
from fixture.cli.emulate import BENCH, emulated
from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant
from instruments.protocols import Transport
from instruments.registry import find_any
from instruments.serve import Pace, Server
from instruments.transport.open import open_transport

PASSES, SECONDS, SHORT_SECONDS = 3, 1.5, 0.1
GOAL = 0.9  # of what the line allows
TURNAROUND_NS = 500_000
CLOCK = time.monotonic_ns


class Case(NamedTuple):
    """A model on its line; `baud` 0 is Ethernet."""

    model: str
    pace: Pace
    options: Mapping[str, object] = {}


CASES = (
    Case("laumas-tlb", Pace(115_200, TURNAROUND_NS), {"units": [1, 2, 3], "framing": "rtu"}),
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
        self.exchanges = self.bytes = 0
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
        return data


def measured(case: Case, seconds: float) -> tuple[float, float]:
    """Readings a second, and the share of what the line allows."""
    row = find_any(case.model)
    plant = Plant(Parameters(bench=BENCH))
    with Server(CLOCK, lambda _: None) as server:
        emulator = emulated(row, plant, tcp=False)
        _, port = server.tcp(emulator, "127.0.0.1", 0, case.pace)
        process = multiprocessing.get_context("fork").Process(target=server.run, daemon=True)
        process.start()
        try:
            address = f"tcp://127.0.0.1:{port}"
            passes = [_read(row, address, case, seconds) for _ in range(PASSES)]
        finally:
            process.kill()
            process.join()
    return max(passes, key=lambda one: one[1])


def _read(row: Any, address: str, case: Case, seconds: float) -> tuple[float, float]:
    line = Counting(open_transport(address, CLOCK))
    options = {"deadline_ms": 1000.0, **case.options}
    try:
        driver = row.driver(line, CLOCK, options)
        if row.kind == "potentiostat":
            driver.configure()
            driver.source_current(1e-3, 4.2)
        driver.read()
        line.exchanges = line.bytes = 0
        began_ns, reads = CLOCK(), 0
        while CLOCK() - began_ns < seconds * 1e9:
            driver.read()
            reads += 1
        took_s = (CLOCK() - began_ns) * 1e-9
    finally:
        line.close()
    pace = case.pace
    allowed_s = pace.line_ns(line.bytes) * 1e-9 + line.exchanges * pace.turnaround_ns * 1e-9
    allowed_s += reads * _works_ms(row, options) * 1e-3
    return reads / took_s, allowed_s / took_s


def _works_ms(row: Any, options: Mapping[str, object]) -> float:
    """What the emulator takes for a reading beyond its turnaround, ms."""
    return row.takes_ms(options) if row.kind == "potentiostat" else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each; 1 where one is below the goal."""
    short = parser(__doc__).parse_args(arguments).short
    figures: list[Figure] = []
    for case in CASES:
        rate_hz, share = measured(case, SHORT_SECONDS if short else SECONDS)
        line = f"{case.pace.baud} baud" if case.pace.baud else "Ethernet"
        figures.append(Figure(f"{case.model}, {line}", rate_hz, "1/s"))
        figures.append(Figure("  of what the line allows", share, "", least=GOAL, timed=True))
    worst = min(figure.value for figure in figures[1::2])
    headline = f"instruments: read at {100 * worst:.0f} % of what the line allows, or more"
    return conclude(figures, headline, short)


if __name__ == "__main__":
    sys.exit(main())
