"""A quiet tick for the interlocks, to be changed in one place at a time by their tests."""

import math
from typing import Any

import msgspec

from fixture.core import config as c
from fixture.core.measurement.at_rest import READINGS, Standing
from fixture.core.measurement.signals import Known
from fixture.core.safety.interlocks import apply
from fixture.core.safety.plausibility.watch import Plausibility
from fixture.core.safety.state import Proposal, Safety
from fixture.core.safety.trips import Trip
from fixture.core.types import Action, CellMode, Fault, Phase, Sample
from tests.core.bench import END, config, limits
from tests.core.samples import sample

CONFIG = config((END,))
LIMITS = CONFIG.limits
KNOWN = Known(position_um=0.0, voltage_v=2.5, force_n=0.0, pressure_mpa=0.0, temperature_c=25.0)
STOOD = Standing(READINGS, 0, 0.0, -60_000_000_000, 0)  # for a minute
UNDOUBTED = Plausibility()
QUIET = Proposal(int(Phase.RUNNING), -1, 0, False, 0.0, int(CellMode.OPEN), 0.0, 0.0)
HOLDING = msgspec.structs.replace(QUIET, holding=True, press_um=100.0)
TRIPS = [trip for trip in Trip if trip]
REPORTED = tuple([Trip(fault) for fault in Fault if fault != Fault.NO_RESPONSE])
UP = math.inf
DEFAULTS = tuple(
    [int(Action.HALT if (own := t.interlock.reaction) is None else own) for t in sorted(Trip)]
)


def above(value: float) -> float:
    """The next float away from zero."""
    return math.nextafter(value, math.copysign(UP, value))


def below(value: float) -> float:
    """The next float towards zero."""
    return math.nextafter(value, 0.0)


def proposal(base: Proposal = QUIET, **changes: object) -> Proposal:
    """A proposal with some of it changed."""
    return msgspec.structs.replace(base, **changes)


def known(**changes: object) -> Known:
    """What is known, with some of it changed."""
    return msgspec.structs.replace(KNOWN, **changes)


def only(*trips: Trip, action: Action = Action.HALT) -> c.Config:
    """A configuration in which these trips alone react with more than open circuit."""
    table = [int(action if trip in trips else Action.OPEN_CIRCUIT) for trip in sorted(Trip)]
    return config((END,), limits=limits(reactions=tuple(table)))


def resting(action: int, trip: int = 0) -> Safety:
    """A safe action that has been in force for a minute, at a press that stands."""
    return Safety(trip=trip, action=action, standing=STOOD)


def changed(seen: Any, name: str, value: object) -> Any:
    """Evidence with one value of it changed, at any depth."""
    first, _, rest = name.partition(".")
    inner = changed(getattr(seen, first), rest, value) if rest else value
    return msgspec.structs.replace(seen, **{first: inner})


def tripped_by(
    now: Known = KNOWN,
    seen: Sample | None = None,
    proposed: Proposal = QUIET,
    state: Safety | None = None,
    table: c.Config = CONFIG,
    watched: Plausibility = UNDOUBTED,
) -> int:
    """Code of the trip that one tick brings."""
    return apply(table, state or Safety(), now, seen or sample(), proposed, watched)[0].trip
