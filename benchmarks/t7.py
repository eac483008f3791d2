"""Three inputs and an output of a LabJack T7 in each cycle, beside the bare exchanges.

`python -m benchmarks.t7 [--short]`. The emulated box is served by a process of its own on loopback
TCP and takes half a millisecond for each answer. A cycle is what a tick of an air press does: the
load cells are read (one exchange), and the output is written (another). Beside it the same bytes go
over a bare socket, in turns, so that both see the same machine. Rate and ratio are medians of these
pairs; the best block is printed too. Both processes request what control and the plant of a live
run request; the headline says whether they have it. `--short` judges no time.
"""

import contextlib
import multiprocessing
import os
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks.common import Figure, conclude, isostack, parser, perform, running
from fixture.runtime import timing
from fixture.twin.serve import PRIORITY
from instruments.codecs import labjack_t7 as t7
from instruments.codecs import mbap, modbus
from instruments.loadcell.labjack_t7 import LabjackT7, LabjackT7Options
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions
from instruments.transport.open import lines, open_transport

RATE_GOAL_HZ = 300.0
RATIO_GOAL = 1.5  # of a bare exchange
CYCLES, SHORT_CYCLES, BLOCK = 2000, 40, 5
UNITS = (0, 1, 2)
READ = modbus.read_request(t7.ain(0).address, 6)
WRITE = modbus.write_many_request(t7.dac(0).address, t7.dac(0).pack(1.0))


@contextmanager
def served() -> Generator[str]:
    """The address of an emulated box in a process of its own."""
    command = isostack("emulate", "labjack-t7", "--tcp", "127.0.0.1:0")
    with running(command, stdout=subprocess.PIPE, text=True) as box:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(box.pid, os.SCHED_FIFO, os.sched_param(PRIORITY))
        yield str(box.stdout and box.stdout.readline()).split()[-1]


def ours(address: str) -> Callable[[], None]:
    """One cycle by the drivers, load cells and press on one link as on a rig."""
    clock = time.monotonic_ns
    force, push = lines((address, address), (2, 0), clock, lambda _: open_transport(address, clock))
    cells = LabjackT7(force, clock, LabjackT7Options(units=UNITS))
    press = EpRegulator(push, clock, EpRegulatorOptions())
    cells.configure()
    press.configure()

    def cycle() -> None:
        cells.read()
        press.move_to(1.0)

    return cycle


def bare(address: str) -> Callable[[], None]:
    """One cycle of the same bytes over a socket."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    requests = [mbap.mbap_frame(1, t7.UNIT, pdu) for pdu in (READ, WRITE)]

    def cycle() -> None:
        for request in requests:
            line.sendall(request)
            line.recv(4096)

    return cycle


def seconds(cycle: Callable[[], None]) -> float:
    """Of one cycle, over a block of them."""
    began_ns = time.monotonic_ns()
    for _ in range(BLOCK):
        cycle()
    return (time.monotonic_ns() - began_ns) / 1e9 / BLOCK


def _measure(answer: Connection, address: str, blocks: int) -> None:
    """Seconds of a cycle by the drivers and over a bare socket, of each block; and the priority."""
    granted = timing.grant().priority.granted
    driver, socket_only = ours(address), bare(address)
    pairs = [(seconds(driver), seconds(socket_only)) for _ in range(blocks)]
    answer.send((pairs, granted))


def measured(address: str, blocks: int) -> tuple[list[tuple[float, float]], bool]:
    """The same by a process of its own, so that nothing of ours stays changed."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=_measure, args=(sender, address, blocks))
    process.start()
    sender.close()
    found = receiver.recv()
    process.join()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; 1 where a goal is missed."""
    short = parser(__doc__).parse_args(arguments).short
    with served() as address:
        pairs, priority = measured(address, (SHORT_CYCLES if short else CYCLES) // BLOCK)
    driver_s, bare_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    best_s = min(one for one, _ in pairs)
    ratio = statistics.median(one / other for one, other in pairs)
    figures = [
        Figure("cycle by the drivers", 1e3 * driver_s, "ms"),
        Figure("the same bytes over a bare socket", 1e3 * bare_s, "ms"),
        Figure("cycles by the drivers", 1.0 / driver_s, "Hz", least=RATE_GOAL_HZ, timed=True),
        Figure("the same in the best block", 1.0 / best_s, "Hz"),
        Figure("drivers / bare", ratio, "", most=RATIO_GOAL, timed=True),
    ]
    headline = (
        f"T7: 3 inputs and an output at {1.0 / driver_s:.0f} Hz, {ratio:.2f} x bare exchanges, "
        f"{'with' if priority else 'WITHOUT'} real-time priority"
    )
    return conclude(figures, headline, short)


if __name__ == "__main__":
    perform(main)
