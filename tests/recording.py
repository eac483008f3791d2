"""Whole runs in lockstep, recorded: what the stored records and the benchmarks are made with."""

from collections.abc import Callable
from pathlib import Path

from fixture.cli import launch
from fixture.cli.launch import ReadyRig
from fixture.cli.report import summary
from fixture.config.resolve import RunPlan
from fixture.core.types import Phase
from fixture.record.writer import RecordWriter
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks, Outcome
from fixture.runtime.ports import Ports
from fixture.runtime.tick import OperatorRequest
from fixture.twin.plant import TRUTH
from instruments.emulators.faults import Fault, FaultyLine
from instruments.protocols import Clock

START_UNIX_NS = 1_790_000_000_000_000_000
LOST_REPLIES = 1000


def standing() -> int:
    """A wall clock that stands still: nothing is acknowledged before the end."""
    return 0


def ignore(_: object) -> None:
    """Somebody who is told and does nothing."""


def record(found: RunPlan, path: Path, wall: Clock = standing, silent_from: int = -1) -> Outcome:
    """Run a plan on its twin into a new record; from a tick on, the load cells may be silent."""
    rig = launch.simulated(found)
    request = OperatorRequest if silent_from < 0 else _silencing(found, rig, silent_from)
    ports = Ports(launch.drivers(found, rig.world), steps=found.config.steps)
    ports.open()
    header = launch.header(found, path.stem, "", START_UNIX_NS)
    writer = RecordWriter.create(path, header, found.config, TRUTH)
    try:
        hooks = Hooks(wall, request, ignore, ignore)
        outcome = lockstep.run(found.config, ports, rig.world, writer, hooks)
        end_ns = START_UNIX_NS + (outcome.ticks - 1) * found.config.tick_ns
        writer.finish(words(outcome), end_ns)
    finally:
        writer.close()
    return outcome


def words(outcome: Outcome) -> str:
    """How a run ended, as its record says it."""
    if outcome.status.phase == Phase.TRIPPED:
        return f"tripped: {summary.trip_name(outcome.status.trip)}"
    return "done"


def _silencing(found: RunPlan, rig: ReadyRig, silent_from: int) -> Callable[[], OperatorRequest]:
    """Put the load cells behind a line that loses every reply once `silent_from` ticks are over."""
    address = found.devices[0].address
    line = FaultyLine(rig.world.emulators[address])
    rig.world.emulators[address] = line
    ticks = iter(range(silent_from + 1))

    def request() -> OperatorRequest:
        if next(ticks, -1) == silent_from:
            line.inject(*[Fault.LOST] * LOST_REPLIES)
        return OperatorRequest()

    return request
