"""The small faults: each spoils one or a few readings, and nothing that is lasting."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from fixture.core.types import Flag, Sample

NAN = float("nan")
PRESS = int(Flag.NEW_POSITION | Flag.NEW_TEMPERATURE)
CELL = int(Flag.NEW_VOLTAGE | Flag.NEW_CURRENT)


class Now(NamedTuple):
    """What a fault may read."""

    last: Sample  # the tick before, as it was measured
    ticks: int  # since the fault began, from 1
    tick_us: int
    random: Random


Spoil = Callable[[Sample, Now], Sample]


class Small(NamedTuple):
    """One row."""

    name: str
    an_hour: float  # how often
    ticks: int  # how long, at most
    spoil: Spoil


def _changed(sample: Sample, **fields: object) -> Sample:
    return msgspec.structs.replace(sample, **fields)


def force_lost(sample: Sample, now: Now) -> Sample:
    """No answer of the load cells."""
    flags = sample.flags & ~int(Flag.NEW_FORCE | Flag.FORCE_OVER)
    age_us = now.ticks * now.tick_us
    return _changed(sample, flags=flags, age_force_us=age_us, counts=(0,) * len(sample.counts))


def press_lost(sample: Sample, now: Now) -> Sample:
    """No answer of the press."""
    age_us = now.ticks * now.tick_us
    flags = sample.flags & ~PRESS
    return _changed(sample, flags=flags, age_press_us=age_us, position=0, temperature_c=NAN)


def cell_lost(sample: Sample, now: Now) -> Sample:
    """No answer of the potentiostat."""
    age_us = now.ticks * now.tick_us
    flags = sample.flags & ~CELL
    return _changed(sample, flags=flags, age_cell_us=age_us, voltage_v=NAN, current_a=NAN)


def all_lost(sample: Sample, now: Now) -> Sample:
    """No link answers."""
    return cell_lost(press_lost(force_lost(sample, now), now), now)


def force_late(sample: Sample, now: Now) -> Sample:
    """The load cells' reading is that of the tick before."""
    return _changed(sample, counts=now.last.counts, age_force_us=now.tick_us)


def press_late(sample: Sample, now: Now) -> Sample:
    """The press's position is that of the tick before."""
    return _changed(sample, position=now.last.position, age_press_us=now.tick_us)


def cell_late(sample: Sample, now: Now) -> Sample:
    """The potentiostat's readings are those of the tick before."""
    last = now.last
    volts, amperes = last.voltage_v, last.current_a
    return _changed(sample, voltage_v=volts, current_a=amperes, age_cell_us=now.tick_us)


def voltage_damaged(sample: Sample, now: Now) -> Sample:
    """A digit of the voltage is another: the text of the potentiostat has no check sum."""
    off_v = now.random.choice((-4.0, -0.4, -0.04, 0.04, 0.4, 4.0))
    return _changed(sample, voltage_v=sample.voltage_v + off_v)


def current_damaged(sample: Sample, now: Now) -> Sample:
    """The sign or the exponent of the current is another."""
    return _changed(sample, current_a=sample.current_a * now.random.choice((-1.0, 0.1, 10.0)))


def force_damaged(sample: Sample, now: Now) -> Sample:
    """One load cell is off by one of the last five bits."""
    cell = now.random.randrange(len(sample.counts))
    off = now.random.choice((-1, 1)) << now.random.randrange(5)
    counts = [count + off * (index == cell) for index, count in enumerate(sample.counts)]
    return _changed(sample, counts=tuple(counts))


SMALL: tuple[Small, ...] = (
    Small("readings of the load cells lost", 60.0, 2, force_lost),
    Small("readings of the press lost", 60.0, 2, press_lost),
    Small("readings of the potentiostat lost", 60.0, 2, cell_lost),
    Small("readings of the load cells late", 120.0, 1, force_late),
    Small("readings of the press late", 120.0, 1, press_late),
    Small("readings of the potentiostat late", 120.0, 1, cell_late),
    Small("voltages damaged", 12.0, 1, voltage_damaged),
    Small("currents damaged", 12.0, 1, current_damaged),
    Small("load cells off by a bit", 12.0, 1, force_damaged),
    Small("links lost, all at once", 6.0, 3, all_lost),
)
