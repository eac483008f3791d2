"""A spectrum: what may be commanded, and how long the potentiostat may be silent meanwhile."""

from typing import Any

import pytest

from fixture.core.safety.interlocks import apply
from fixture.core.safety.state import Safety
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, Command, Flag
from tests.core.bench import ALL_NEW, END, config, limits
from tests.core.safety.quiet_tick import DEFAULTS, known, proposal
from tests.core.samples import sample
from tests.core.sequence.walking import row_of

ROW = row_of(Kind.IMPEDANCE, points=61, amplitude=0.01, start_hz=1e5, end_hz=0.1)
BY_CURRENT = row_of(Kind.IMPEDANCE, points=61, amplitude=0.02, galvanostatic=True)
TOO_MUCH = row_of(Kind.IMPEDANCE, points=61, amplitude=0.0201, galvanostatic=True)
ONE_POINT = row_of(Kind.IMPEDANCE, points=1, amplitude=0.01)
NO_POINT = row_of(Kind.IMPEDANCE, points=0, amplitude=0.01)
NO_AMPLITUDE = row_of(Kind.IMPEDANCE, points=61, amplitude=0.0)
TABLE = config(
    (ROW, BY_CURRENT, TOO_MUCH, ONE_POINT, NO_POINT, NO_AMPLITUDE, END),
    limits=limits(reactions=DEFAULTS, spectrum_silence_us=30_000_000),
)
SPECTRUM = proposal(cell_mode=int(CellMode.IMPEDANCE), cell_setpoint=2.0, cell_limit=0.0)
OPEN = proposal()
AT_REST = ALL_NEW & ~(Flag.NEW_VOLTAGE | Flag.NEW_CURRENT) | Flag.CELL_ON


def one(state: Safety, tick: int, age_us: int, proposed: Any = SPECTRUM) -> tuple[Safety, Command]:
    """A tick of a spectrum: nothing new of the cell."""
    seen = sample(tick, flags=int(AT_REST), age_cell_us=age_us)
    state, command, _ = apply(TABLE, state, known(voltage_v=3.2), seen, proposed)
    return state, command


def begun() -> Safety:
    return one(Safety(), 0, 0)[0]


def test_the_potentiostat_may_be_silent_as_long_as_a_point_takes() -> None:
    state, command = one(begun(), 1, 30_300_000)
    assert (state.trip, command.cell_mode) == (0, CellMode.IMPEDANCE)


def test_and_no_longer() -> None:
    state, command = one(begun(), 1, 30_300_001)
    assert (state.trip, command.cell_mode) == (Trip.CELL_STALE, CellMode.OPEN)


def test_without_a_spectrum_it_may_not() -> None:
    assert one(Safety(), 1, 300_001, OPEN)[0].trip == Trip.CELL_STALE


def test_after_it_the_next_reading_has_the_usual_time_to_come() -> None:
    state, _ = one(begun(), 1, 20_000_000, OPEN)
    assert state.trip == 0
    state, _ = one(state, 4, 20_300_000, OPEN)
    assert state.trip == 0
    assert one(state, 5, 20_400_000, OPEN)[0].trip == Trip.CELL_STALE


@pytest.mark.parametrize(
    ("row", "volts", "trip"),
    [
        (0.0, 3.2, 0), (0.0, 4.991, Trip.COMMAND), (0.0, float("nan"), Trip.COMMAND),
        (0.0, 4.99, 0), (0.0, 0.01, 0), (0.0, 0.009, Trip.COMMAND),
        (1.0, 3.2, 0), (2.0, 3.2, Trip.COMMAND), (3.0, 3.2, 0), (4.0, 3.2, Trip.COMMAND),
        (5.0, 3.2, Trip.COMMAND), (6.0, 3.2, Trip.COMMAND), (7.0, 3.2, Trip.COMMAND),
        (9.0, 3.2, Trip.COMMAND), (-1.0, 3.2, Trip.COMMAND),
    ],
)  # fmt: skip
def test_only_a_spectrum_within_the_limits_may_be_commanded(
    row: float, volts: float, trip: int
) -> None:
    proposed = proposal(cell_mode=int(CellMode.IMPEDANCE), cell_setpoint=2.0, cell_limit=row)
    seen = sample(0, flags=ALL_NEW, voltage_v=volts if volts == volts else 3.2)
    state, _, _ = apply(TABLE, Safety(), known(voltage_v=volts), seen, proposed)
    assert state.trip == trip
