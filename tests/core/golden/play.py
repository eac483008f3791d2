"""A golden run: a plant, how long it runs, what goes wrong on the way; and its digest.

The digest is taken over every command and event, and over the status at the end: to the bit, the
same on every machine and version of Python.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def answers(run: Run, plant: Plant) -> Iterator[bytes]:
    """The answers of a run as bytes: of each tick, and at last the status."""
    for _ in range(run.ticks):
        before = len(plant.events)
        command = plant.turn(**run.inputs(plant))
        yield pack(command, plant.events[before:])
    yield pack_status(status(plant.config, plant.state))


def play(run: Run, tuned: Tuned | None = None) -> tuple[tuple[bytes, ...], Plant]:
    """All answers of a run, and the plant at its end.

    `tuned` changes the controller's tuning numbers before the run.
    """
    plant = begun(run, tuned)
    return tuple(answers(run, plant)), plant


def digest(answers: Iterable[bytes]) -> str:
    """SHA-256 of all answers of a run."""
    return hashlib.sha256(b"".join(answers)).hexdigest()


def differs(run: Run, before: Sequence[bytes], tuned: Tuned | None = None) -> bool:
    """Whether a run is answered otherwise than before; played up to the first difference."""
    now = answers(run, begun(run, tuned))
    return any(one != other for one, other in zip(now, before, strict=True))


def begun(run: Run, tuned: Tuned | None) -> Plant:
    """The plant of a run at its beginning, under its own tuning numbers or changed ones."""
    plant = run.make()
    return retuned(run, tuned(plant.config.control)) if tuned else plant


def retuned(run: Run, control: Control) -> Plant:
    """The plant of a run under other tuning numbers, at its beginning."""
    plant = run.make()
    plant.config = msgspec.structs.replace(plant.config, control=control)
    plant.__post_init__()
    return plant
