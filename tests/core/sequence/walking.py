"""A sequence that is given what is known at each tick, and a cell to measure."""

from collections.abc import Callable
from typing import Any

from fixture.core import config as c
from fixture.core.measurement import short_circuit
from fixture.core.measurement.coulombs import Charge, count
from fixture.core.measurement.signals import Known
from fixture.core.sequence.sequencer import advance, cell_demand, start
from fixture.core.sequence.state import Inputs
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, Event, EventKind
from tests.core.bench import config
from tests.core.samples import sample

SECOND = 1_000_000_000
INSIDE = Known(mean_mpa=15.0, pressure_mpa=15.0, windows=1)
OUTSIDE = Known(mean_mpa=14.0, pressure_mpa=14.0, windows=1)


class Walk:
    """A sequence, tick by tick."""

    def __init__(self, *rows: c.Step, **changes: object) -> None:
        self.config = config(rows, **changes)  # type: ignore[arg-type]
        self.state = start(self.config)
        self.events: list[Event] = []
        self.charge = Charge()
        self.identified = False  # as the controller reports
        self.tick = 0

    def at(self, seconds: float, known: Known = OUTSIDE, **changes: Any) -> "Walk":
        """Go to a time and advance once."""
        self.tick = round(seconds * 10)
        seen = sample(self.tick, **changes)
        self.charge = count(self.charge, seen.t_ns, known.current_a)
        self.state, events = advance(
            self.config, self.state, Inputs(known, self.charge, seen, identified=self.identified)
        )
        self.events.extend(events)
        return self

    def through(self, seconds: float, known: Known = OUTSIDE) -> "Walk":
        """Tick on for so long."""
        for _ in range(round(seconds * 10)):
            self.at((self.tick + 1) / 10, known)
        return self

    def codes(self, kind: EventKind) -> list[int]:
        """Codes of the events of a kind."""
        return [event.code for event in self.events if event.kind == kind]

    def values(self, kind: EventKind) -> list[float]:
        """Values of the events of a kind."""
        return [event.value for event in self.events if event.kind == kind]


class Cell:
    """A cell in ohms, at a pressure that is always the setpoint; `ohm` of pressure and current."""

    def __init__(self, ohm: Callable[[float, float], float], rest_v: float = 0.0) -> None:
        self.ohm = ohm
        self.rest_v = rest_v
        self.v_per_mpa = 0.0
        self.drift_v_per_s = 0.0

    def known(self, seconds: float, mpa: float, current_a: float) -> Known:
        """What is read of it."""
        mpa = max(mpa, 1e-3)
        rest_v = self.rest_v + self.drift_v_per_s * seconds + self.v_per_mpa * mpa
        return Known(
            mean_mpa=mpa,
            pressure_mpa=mpa,
            position_um=0.0,
            windows=1 + int(2.0 * seconds),
            voltage_v=rest_v + current_a * self.ohm(mpa, current_a),
            current_a=current_a,
        )


class Bench(Walk):
    """A sequence beside a cell: the current of one tick flows from the next one on."""

    def __init__(self, cell: Cell, *rows: c.Step, **changes: object) -> None:
        super().__init__(*rows, **changes)
        self.cell = cell
        self.short = short_circuit.IDLE
        self.tick = -1

    def turn(self) -> "Bench":
        """One tick."""
        self.tick += 1
        seconds = self.tick / 10
        demand = cell_demand(self.config, self.state)
        current_a = demand[1] if demand[0] == CellMode.CURRENT else 0.0
        known = self.cell.known(seconds, self.state.setpoint_mpa, current_a)
        seen = sample(self.tick, voltage_v=known.voltage_v, current_a=known.current_a)
        self.charge = count(self.charge, seen.t_ns, known.current_a)
        self.short = short_circuit.follow(self.config, self.short, known, seen, demand)
        inputs = Inputs(known, self.charge, seen, self.short.found)
        self.state, events = advance(self.config, self.state, inputs)
        self.events.extend(events)
        return self

    def run(self, seconds: float = 3600.0) -> "Bench":
        """Until the sequence is over or has a fault, at most so long."""
        for _ in range(round(10 * seconds)):
            self.turn()
            if self.state.phase or self.state.fault:
                return self
        raise AssertionError(f"not over after {seconds} s, at step {self.state.step}")


def open_row(seconds: float = 1.0, **changes: object) -> c.Step:
    """Rest for a time."""
    return c.Step(kind=int(Kind.OPEN), until_ns=round(seconds * SECOND), **changes)  # type: ignore[arg-type]


def voltage_row(voltage_v: float, until_a: float, seconds: float = 0.0) -> c.Step:
    """Constant voltage until the current has fallen."""
    return c.Step(
        kind=int(Kind.VOLTAGE),
        cell_setpoint=voltage_v,
        cell_limit=0.01,
        until_current_a=until_a,
        until_ns=round(seconds * SECOND),
    )


def loop_row(target: int, passes: int, counter: int = 0, **changes: object) -> c.Step:
    """Go back to a row, so that it is passed so often in total."""
    return c.Step(int(Kind.LOOP), target=target, passes=passes, counter=counter, **changes)  # type: ignore[arg-type]


def row_of(kind: Kind, **fields: object) -> c.Step:
    """A row of a kind."""
    return c.Step(int(kind), **fields)  # type: ignore[arg-type]


def pulse_row(pulse_a: float = 1e-3, pairs: int = 1) -> c.Step:
    """Resistance by pulses of 1 s, 2 s of rest before each."""
    return row_of(
        Kind.RESISTANCE,
        cell_setpoint=pulse_a,
        cell_limit=5.0,
        pulse_ns=SECOND,
        rest_ns=2 * SECOND,
        pairs=pairs,
    )
