"""The faults: each changes what is read, or what is obeyed, from a moment on."""

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from fixture.core.types import Command, Flag, PressMode, Request, Sample
from fixture.twin.parameters import Parameters

READS_S = 1.0  # between two temperatures
RESIDUAL_N = 0.2  # noise of a load cell that is frozen


class Now(NamedTuple):
    """What a fault may read."""

    since_s: float  # the fault began
    first: Sample  # the sample then
    newton_per_count: tuple[float, ...]
    um_per_count: float
    random: Random


STOP = int(PressMode.STOP)
Read = Callable[[Sample, Now], Sample]
Obey = Callable[[Command, Command | None, Now], Command]


class Fault(NamedTuple):
    """One row: what goes wrong, and what the program must make of it."""

    name: str
    read: Read | None = None
    obey: Obey | None = None
    truth: Callable[[Parameters], Parameters] | None = None  # what the rig is like, from the start
    from_start: bool = False  # only then
    rig: str = "twin"
    phases: tuple[str, ...] = ("press", "hold")
    undetectable: str = ""  # why no rig like this detects it; its force is judged all the same
    quiet: bool = False  # it does no harm by itself, and need not be noticed
    harmless: bool = False  # and must not trip


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


def drift_of(which: int, newton_per_s: float) -> Read:
    """One load cell drifts."""
    return forces(
        lambda force, cell, now: force + (newton_per_s * now.since_s if cell == which else 0.0)
    )


def gain_of(which: int, factor: float) -> Read:
    """One load cell has another gain."""
    return forces(lambda force, cell, _: force * (factor if cell == which else 1.0))


def gain(factor: float, cells: int = 3, over_s: float = 0.0) -> Read:
    """So many load cells change their gain, at once or slowly."""

    def each(force: float, cell: int, now: Now) -> float:
        part = min(1.0, now.since_s / over_s) if over_s else 1.0
        return force * (1.0 + (factor - 1.0) * part) if cell < cells else force

    return forces(each)


def staircase(share: float, every_s: float) -> Read:
    """All load cells lose this share of their gain at once, again and again."""

    def each(force: float, cell: int, now: Now) -> float:
        del cell
        return force * (1.0 - share) ** (1 + int(now.since_s / every_s))

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


def counts_from_here(sample: Sample, now: Now) -> Sample:
    """The drive has restarted: its counter began at 0 where it stood."""
    return msgspec.structs.replace(sample, position=sample.position - now.first.position)


def goes_by_it(command: Command, last: Command | None, now: Now) -> Command:
    """And so it goes that much further than commanded."""
    del last
    offset_um = now.first.position * now.um_per_count
    return msgspec.structs.replace(command, press_um=round(command.press_um + offset_um, 2))


def stopped(sample: Sample, now: Now) -> Sample:
    """An operator stops the run."""
    if sample.tick != now.first.tick:
        return sample
    return msgspec.structs.replace(sample, request=int(Request.STOP))


def does_not_stop(command: Command, last: Command | None, now: Now) -> Command:
    """The drive goes on for 20 um."""
    if command.press_mode != STOP:
        return command
    return _move(last, now.first.position * now.um_per_count + 20.0)


def current(read_a: Callable[[float], float]) -> Read:
    """Another current flows than is commanded."""

    def read(sample: Sample, now: Now) -> Sample:
        del now
        return msgspec.structs.replace(sample, current_a=read_a(sample.current_a))

    return read


def temperature(read_c: Callable[[float, float], float]) -> Read:
    """The thermometer reads another temperature; `read_c` of what it should, and the time."""

    def read(sample: Sample, now: Now) -> Sample:
        celsius = read_c(sample.temperature_c, now.since_s)
        return msgspec.structs.replace(sample, temperature_c=celsius)

    return read


def once(celsius: float) -> Read:
    """A single wild reading; there is one a second."""

    def read(sample: Sample, now: Now) -> Sample:
        if now.since_s >= READS_S:
            return sample
        return msgspec.structs.replace(sample, temperature_c=celsius)

    return read


def silent(new: int, age: str) -> Read:
    """An instrument does not answer any more."""

    def read(sample: Sample, now: Now) -> Sample:
        aged = {age: round(1e6 * now.since_s)}
        return msgspec.structs.replace(sample, flags=sample.flags & ~new, **aged)

    return read


def faster(parameters: Parameters) -> Parameters:
    """The press is five times as fast as declared."""
    press = msgspec.structs.replace(parameters.press, speed=5.0)
    return msgspec.structs.replace(parameters, press=press)


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


SOFTER = "a wrong gain reads as another stiffness; the rig says how soft a stack may be"
SHARES = "load cells may share the load unevenly from the start; calibrate them together"
CRACKS = "a sudden loss of gain on all load cells reads as a crack of the stack"
NEW_CELL = int(Flag.NEW_VOLTAGE | Flag.NEW_CURRENT)
NEW_PRESS = int(Flag.NEW_POSITION | Flag.NEW_TEMPERATURE)
AIR, SERIES = "twin-air", "twin-ranges"

FAULTS: tuple[Fault, ...] = (
    Fault("all drift by -0.02 N/s", drift(-0.02), quiet=True),
    Fault("all drift by -0.1 N/s", drift(-0.1)),
    Fault("all drift by -1 N/s", drift(-1.0)),
    Fault("all drift by -2 N/s", drift(-2.0)),
    Fault("all drift by -5 N/s", drift(-5.0)),
    Fault("all drift by -50 N/s", drift(-50.0)),
    Fault("all drift by +0.1 N/s", drift(0.1), quiet=True),
    Fault("all drift by +5 N/s", drift(5.0)),
    Fault("one drifts by -0.02 N/s", drift(-0.02, 1)),
    Fault("one drifts by -0.5 N/s", drift(-0.5, 1)),
    Fault("one drifts by -5 N/s", drift(-5.0, 1)),
    Fault("all are frozen", frozen(), quiet=True),
    Fault("all are frozen, with noise", frozen(RESIDUAL_N), quiet=True),
    Fault("one is frozen", frozen(cells=1)),
    Fault("all lose a fifth of their gain in an hour", gain(0.8, over_s=3600.0), quiet=True),
    Fault("all lose half of their gain in 100 s", gain(0.5, over_s=100.0)),
    Fault(
        "all lose a sixth of their gain every 10 min",
        staircase(1.0 / 6.0, 600.0),
        phases=("hold",),
        undetectable=CRACKS,
    ),
    Fault("one loses a tenth of its gain", gain(0.9, 1), quiet=True),
    Fault("all read half from the start", gain(0.5), from_start=True),
    Fault(
        "all read twice from the start", gain(2.0), from_start=True, undetectable=SOFTER, quiet=True
    ),
    Fault(
        "one reads a tenth less from the start",
        gain(0.9, 1),
        from_start=True,
        undetectable=SHARES,
        quiet=True,
    ),
    Fault("one is reversed from the start", gain(-1.0, 1), from_start=True),
    Fault("one reads nothing from the start", gain(0.0, 1), from_start=True),
    Fault("the force swings by 50 N at 2.2 Hz", swing(50.0, 2.2)),
    Fault(  # in the pressing it stays below 3 % of the force
        "the force swings by 55 N at 2 Hz, once a window", swing(55.0, 2.0), phases=("hold",)
    ),
    Fault("the position stands still", stands_still),
    Fault("the drive counts from another zero", starts_again),
    Fault("the drive restarts, and counts from where it stood", counts_from_here, goes_by_it),
    Fault("a stop is not done for 20 um", stopped, does_not_stop, phases=("press",)),
    Fault("the press is five times too fast", truth=faster, from_start=True),
    Fault("the press runs in by 5 um/s", obey=runs(5.0)),
    Fault("the press runs in by 1 um/s", obey=runs(1.0)),
    Fault("the press runs in by 0.2 um/s", obey=runs(0.2)),
    Fault("the press runs in by 0.05 um/s", obey=runs(0.05)),
    Fault("commanded by force: all drift by -1 N/s", drift(-1.0), rig=AIR),
    Fault("commanded by force: all drift by -5 N/s", drift(-5.0), rig=AIR),
    Fault("commanded by force: all drift by +1 N/s", drift(1.0), rig=AIR, quiet=True),
    Fault("commanded by force: one drifts by -1 N/s", drift(-1.0, 1), rig=AIR),
    Fault(
        "commanded by force: all lose half of their gain in 100 s", gain(0.5, over_s=100.0), rig=AIR
    ),
    Fault("commanded by force: all lose a fifth at once", gain(0.8), rig=AIR),
    Fault("commanded by force: all read half from the start", gain(0.5), rig=AIR, from_start=True),
    Fault("in series: the largest drifts by -5 N/s", drift_of(2, -5.0), rig=SERIES),
    Fault("in series: the largest loses a tenth", gain_of(2, 0.9), rig=SERIES, quiet=True),
    Fault("in series: the middle one loses a tenth", gain_of(1, 0.9), rig=SERIES, quiet=True),
    Fault("5 mA flow whatever is commanded", current(lambda _: 5e-3), phases=("hold",)),
    Fault("somebody else switches the output off", current(lambda _: 0.0), phases=("hold",)),
    Fault("twice the current flows", current(lambda ampere: 2.0 * ampere), phases=("hold",)),
    Fault("the current has the wrong sign", current(lambda ampere: -ampere), phases=("hold",)),
    Fault("a current flows at open circuit", current(lambda ampere: ampere + 5e-4)),
    Fault("the thermometer reads 90 degC", temperature(lambda _, __: 90.0)),
    Fault("the thermometer reads 80 degC", temperature(lambda _, __: 80.0)),
    Fault("the thermometer reads -60 degC", temperature(lambda _, __: -60.0)),
    Fault("it warms by 5 K/s", temperature(lambda celsius, since_s: celsius + 5.0 * since_s)),
    Fault("it warms by 2 K/s", temperature(lambda celsius, since_s: celsius + 2.0 * since_s)),
    Fault("one reading of 60 degC", once(60.0), harmless=True),
    Fault("the load cells fall silent", silent(int(Flag.NEW_FORCE), "age_force_us")),
    Fault("the press falls silent", silent(NEW_PRESS, "age_press_us")),
    Fault("the potentiostat falls silent", silent(NEW_CELL, "age_cell_us")),
)
