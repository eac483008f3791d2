"""A golden run: a plant, how long it runs, what goes wrong on the way; and its digest.

The digest is taken over every command and event, and over the status at the end: to the bit, the
same on every machine and version of Python.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from fixture.core.config import Control
from fixture.core.step import status
from fixture.core.types import Command, Event, Status
from tests.core.golden.plant import Inputs, Plant, healthy

COMMAND = struct.Struct("<qqidqdd")
EVENT = struct.Struct("<qqqqd")
NAN = struct.pack("<d", float("nan"))


@dataclass(frozen=True)
class Run:
    """A closed loop of `step` around a plant."""

    make: Callable[[], Plant]
    ticks: int
    inputs: Inputs = healthy


def number(value: float) -> bytes:
    """A number as bytes; every NaN alike, since processors disagree about its sign."""
    return struct.pack("<d", value) if value == value else NAN


def pack(command: Command, events: Sequence[Event]) -> bytes:
    """One tick's answer as bytes; floats to the bit."""
    c = command
    whole = COMMAND.pack(
        c.tick,
        c.expires_ns,
        c.press_mode,
        c.press_um,
        c.cell_mode,
        c.cell_setpoint,
        c.cell_limit,
    )
    return whole + b"".join(
        [EVENT.pack(e.t_ns, e.tick, e.kind, e.code, 0.0) + number(e.value) for e in events]
    )


def pack_status(end: Status) -> bytes:
    """The status as bytes."""
    return b"".join([number(float(value)) for value in msgspec.structs.astuple(end)])


Tuned = Callable[[Control], Control]


def play(run: Run, tuned: Tuned | None = None) -> tuple[str, Plant]:
    """SHA-256 of all answers of a run, and the plant at its end.

    `tuned` changes the controller's tuning numbers before the run.
    """
    plant = run.make()
    if tuned:
        control = tuned(plant.config.control)
        plant = retuned(run, control)
    whole = hashlib.sha256()
    for _ in range(run.ticks):
        before = len(plant.events)
        command = plant.turn(**run.inputs(plant))
        whole.update(pack(command, plant.events[before:]))
    whole.update(pack_status(status(plant.config, plant.state)))
    return whole.hexdigest(), plant


def retuned(run: Run, control: Control) -> Plant:
    """The plant of a run under other tuning numbers, at its beginning."""
    plant = run.make()
    plant.config = msgspec.structs.replace(plant.config, control=control)
    plant.__post_init__()
    return plant
