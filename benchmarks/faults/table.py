"""The faults: each changes what is read, or what is obeyed, from a moment on."""

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from fixture.core.types import Command, PressMode, Sample

TICK_S = 0.1


class Now(NamedTuple):
    """What a fault may look at."""

    since_s: float  # the fault began
    first: Sample  # the sample then
    newton_per_count: tuple[float, ...]
    random: Random


Read = Callable[[Sample, Now], Sample]
Obey = Callable[[Command, Command | None, Now], Command]


class Fault(NamedTuple):
    """One row: what goes wrong, and what the program must make of it."""

    name: str
    read: Read | None = None
    obey: Obey | None = None
    from_start: bool = False  # only then
    untold: str = ""  # why no rig like this can tell it; its force is judged all the same
    quiet: bool = False  # it does no harm by itself, and need not be noticed


def forces(each: Callable[[float, int, Now], float]) -> Read:
    """What each load cell, N, shows in place of what it should."""

    def read(sample: Sample, now: Now) -> Sample:
        counts = [
            round(each(count * one, cell, now) / one)
            for cell, (count, one) in enumerate(
                zip(sample.counts, now.newton_per_count, strict=True)
            )
        ]
        return msgspec.structs.replace(sample, counts=tuple(counts))

    return read


def drift(newton_per_s: float, cells: int = 3) -> Read:
    """So many load cells drift."""
    return forces(
        lambda force, cell, now: force + (newton_per_s * now.since_s if cell < cells else 0.0)
    )


def gain(factor: float, cells: int = 3, over_s: float = 0.0) -> Read:
    """So many load cells change their gain, at once or slowly."""

    def each(force: float, cell: int, now: Now) -> float:
        part = min(1.0, now.since_s / over_s) if over_s else 1.0
        return force * (1.0 + (factor - 1.0) * part) if cell < cells else force

    return forces(each)


def frozen(noise_n: float = 0.0, cells: int = 3) -> Read:
    """So many load cells stay where they are."""

    def each(force: float, cell: int, now: Now) -> float:
        held = now.first.counts[cell] * now.newton_per_count[cell]
        return held + now.random.gauss(0.0, noise_n) if cell < cells else force

    return forces(each)


def swing(newton: float, hertz: float) -> Read:
    """Every load cell swings."""
    return forces(
        lambda force, _, now: force + newton * math.sin(2.0 * math.pi * hertz * now.since_s)
    )


def stands_still(sample: Sample, now: Now) -> Sample:
    """The position that is read does not change."""
    return msgspec.structs.replace(sample, position=now.first.position)


def starts_again(sample: Sample, now: Now) -> Sample:
    """The position is counted from another zero."""
    return msgspec.structs.replace(sample, position=sample.position - now.first.position - 2000)


def runs(um_per_s: float) -> Obey:
    """The drive runs by itself, and obeys nothing but a stop."""

    def obey(command: Command, last: Command | None, now: Now) -> Command:
        if command.press_mode == PressMode.STOP:
            return command
        start_um = last.press_um if last else 0.0
        return _move(last, start_um + um_per_s * now.since_s)

    return obey


def _move(command: Command | None, um: float) -> Command:
    base = command or Command(0, 0, PressMode.MOVE, 0.0, 0, 0.0, 0.0)
    return msgspec.structs.replace(base, press_mode=int(PressMode.MOVE), press_um=round(um, 2))


SOFTER = "a wrong gain looks like another stiffness; the rig says how soft a stack may be"
SHARES = "load cells may share the load unevenly from the start; calibrate them together"

FAULTS: tuple[Fault, ...] = (
    Fault("all drift by -0.02 N/s", drift(-0.02), quiet=True),
    Fault("all drift by -0.1 N/s", drift(-0.1)),
    Fault("all drift by -1 N/s", drift(-1.0)),
    Fault("all drift by -5 N/s", drift(-5.0)),
    Fault("all drift by -50 N/s", drift(-50.0)),
    Fault("all drift by +0.1 N/s", drift(0.1), quiet=True),
    Fault("all drift by +5 N/s", drift(5.0)),
    Fault("one drifts by -0.02 N/s", drift(-0.02, 1)),
    Fault("one drifts by -0.5 N/s", drift(-0.5, 1)),
    Fault("one drifts by -5 N/s", drift(-5.0, 1)),
    Fault("all are frozen", frozen(), quiet=True),
    Fault("all are frozen, with noise", frozen(0.2), quiet=True),
    Fault("one is frozen", frozen(cells=1)),
    Fault("all lose a fifth of their gain in an hour", gain(0.8, over_s=3600.0), quiet=True),
    Fault("all lose half of their gain in 100 s", gain(0.5, over_s=100.0)),
    Fault("one loses a tenth of its gain", gain(0.9, 1), quiet=True),
    Fault("all read half from the start", gain(0.5), from_start=True),
    Fault("all read twice from the start", gain(2.0), from_start=True, untold=SOFTER, quiet=True),
    Fault(
        "one reads a tenth less from the start",
        gain(0.9, 1),
        from_start=True,
        untold=SHARES,
        quiet=True,
    ),
    Fault("one is reversed from the start", gain(-1.0, 1), from_start=True),
    Fault("one reads nothing from the start", gain(0.0, 1), from_start=True),
    Fault("the force swings by 50 N at 2.2 Hz", swing(50.0, 2.2)),
    Fault("the position stands still", stands_still),
    Fault("the drive counts from another zero", starts_again),
    Fault("the press runs in by 5 um/s", obey=runs(5.0)),
    Fault("the press runs in by 1 um/s", obey=runs(1.0)),
    Fault("the press runs in by 0.2 um/s", obey=runs(0.2)),
)
