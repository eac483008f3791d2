"""The table of trips is whole, and the documentation has all of it."""

from typing import Any

import pytest

from fixture.core.safety.interlocks import apply
from fixture.core.safety.plausibility.watch import Doubt
from fixture.core.safety.state import Evidence, Safety
from fixture.core.safety.trips import ORDER, Trip
from fixture.core.types import Action, CellMode, Fault, Flag
from tests.core.bench import ALL_NEW, END, config, limits
from tests.core.safety import refresh_trips
from tests.core.safety.quiet_tick import (
    CONFIG,
    KNOWN,
    LIMITS,
    QUIET,
    TRIPS,
    above,
    changed,
    known,
    proposal,
    tripped_by,
)
from tests.core.samples import INF, NAN, sample


def test_the_documentation_has_the_table_of_the_code():
    assert refresh_trips.PAGE.read_text(encoding="utf-8") == refresh_trips.page(), (
        "run 'python -m tests.core.safety.refresh_trips'"
    )


def test_the_numbers_have_no_gap_so_that_they_index_the_reactions():
    assert sorted(Trip) == list(range(len(Trip)))


def test_every_fault_has_the_trip_of_its_name():
    assert {fault.name: int(fault) for fault in Fault}.items() <= {
        t.name: int(t) for t in Trip
    }.items()


@pytest.mark.parametrize("trip", TRIPS)
def test_a_trip_says_what_happened_and_what_to_do(trip: Trip):
    assert trip.interlock.happened
    assert trip.interlock.advice
    assert not trip.interlock.happened.endswith(".")


@pytest.mark.parametrize("trip", TRIPS)
def test_the_number_of_a_trip_lies_within_its_limits_on_a_quiet_tick(trip: Trip):
    number = trip.interlock.number
    value = number.read(Evidence(CONFIG, Safety(), KNOWN, sample(), QUIET))
    if number.limits is not None:
        low, high = number.limits(limits())
        assert low <= value <= high


def test_the_press_goes_on_holding_only_after_faults_of_the_cell():
    holding = {trip for trip in TRIPS if trip.interlock.reaction is Action.OPEN_CIRCUIT}
    warm = {Trip.TEMPERATURE, Trip.TEMPERATURE_RATE}
    assert holding == {Trip.VOLTAGE, Trip.CURRENT, Trip.CAPACITY, Trip.WRONG_CURRENT} | warm


def test_too_much_force_unloads_the_press():
    released = {trip for trip in TRIPS if trip.interlock.reaction is Action.RELEASE}
    assert released == {Trip.OVER_FORCE, Trip.OVERLOAD}


# -- each check by itself, whatever the others find ----------------------------------------------

LOOKED_AT = Evidence(CONFIG, Safety(), KNOWN, sample(10), QUIET)
RAILS = {"config.load_cells.rail_counts": (60_000.0,) * 3, "sample.counts": (60_001, 0, 0)}
NO_FORCE_NEW = {"sample.flags": ALL_NEW & ~int(Flag.NEW_FORCE)}
OUTSIDE = {"state.outside_ns": 0}  # voltage or current


def found(**values: Any) -> set[int]:
    """What finds something in a quiet tick with these values changed."""
    seen = LOOKED_AT
    for name, value in values.items():
        seen = changed(seen, name, value)
    return {code for code, check in ORDER if check(seen)}


def test_in_a_quiet_tick_nothing_is_found():
    assert found() == set()
    assert not Trip.NONE.interlock.check(LOOKED_AT)


@pytest.mark.parametrize(
    ("values", "trips"),
    [
        (RAILS, {Trip.FORCE_FAULT}),
        (RAILS | NO_FORCE_NEW, set()),
        (OUTSIDE, {Trip.CURRENT}),
        (OUTSIDE | {"known.voltage_v": 0.0}, {Trip.CURRENT}),
        (OUTSIDE | {"known.voltage_v": 5.0}, {Trip.CURRENT}),
        (OUTSIDE | {"known.voltage_v": -5e-324}, {Trip.CURRENT, Trip.VOLTAGE}),
        (OUTSIDE | {"known.voltage_v": 5.001}, {Trip.CURRENT, Trip.VOLTAGE}),
    ],
)
def test_a_signal_counts_where_it_is_new_and_a_voltage_beyond_its_limit(
    values: dict[str, Any], trips: set[Trip]
):
    assert found(**values) == trips


UNITS = {"voltage": "v", "current": "a", "temperature": "c"}


@pytest.mark.parametrize("quantity", UNITS)
def test_a_number_that_is_none_counts_where_that_quantity_is_new(quantity: str):
    name = {"voltage": "voltage_v", "current": "current_a", "temperature": "temperature_c"}[
        quantity
    ]
    own = int(Flag[f"NEW_{quantity.upper()}"])
    flags: dict[int, set[int]] = {ALL_NEW: {Trip.NOT_FINITE}, ALL_NEW & ~own: set(), 0: set()}
    for flag, trips in flags.items():
        assert found(**{f"sample.{name}": NAN, "sample.flags": flag}) == trips


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_that_is_reported_is_its_own_trip_alone(fault: Fault):
    assert found(**{"proposal.fault": int(fault)}) == {int(fault)}


@pytest.mark.parametrize(
    ("doubt", "trip"),
    [
        (Doubt.FORCE, Trip.IMPLAUSIBLE_FORCE),
        (Doubt.LOAD_CELL, Trip.LOAD_CELL),
        (Doubt.PRESS, Trip.PRESS_ASTRAY),
        (Doubt.SWINGS, Trip.OSCILLATION),
    ],
)
def test_a_doubt_of_the_watch_is_its_own_trip_alone(doubt: Doubt, trip: Trip):
    assert found(**{"watched.doubt": int(doubt)}) == {trip}


# -- our own mistakes --------------------------------------------------------------------------

I_MAX, V_MIN, V_MAX = LIMITS.current_max_a, LIMITS.voltage_min_v, LIMITS.voltage_max_v


@pytest.mark.parametrize(
    ("mode", "setpoint", "limit", "bad"),
    [
        (CellMode.CURRENT, I_MAX, V_MAX, False),
        (CellMode.CURRENT, above(I_MAX), V_MAX, True),
        (CellMode.CURRENT, -I_MAX, V_MAX, False),
        (CellMode.CURRENT, above(-I_MAX), V_MAX, True),
        (CellMode.CURRENT, NAN, V_MAX, True),
        (CellMode.CURRENT, 0.0, above(V_MAX), True),
        (CellMode.CURRENT, 0.0, V_MIN, False),
        (CellMode.CURRENT, 0.0, -5e-324, True),
        (CellMode.CURRENT, 0.0, -V_MAX, True),
        (CellMode.CURRENT, 0.0, NAN, True),
        (CellMode.CURRENT, 0.0, INF, True),
        (CellMode.VOLTAGE, V_MAX, I_MAX, False),
        (CellMode.VOLTAGE, above(V_MAX), I_MAX, True),
        (CellMode.VOLTAGE, V_MIN, I_MAX, False),
        (CellMode.VOLTAGE, -5e-324, I_MAX, True),
        (CellMode.VOLTAGE, -1.0, I_MAX, True),
        (CellMode.VOLTAGE, NAN, I_MAX, True),
        (CellMode.VOLTAGE, 3.0, above(I_MAX), True),
        (CellMode.VOLTAGE, 3.0, -I_MAX, False),
        (CellMode.VOLTAGE, 3.0, above(-I_MAX), True),
        (CellMode.VOLTAGE, 3.0, NAN, True),
        (CellMode.OPEN, 0.0, 0.0, False),
        (CellMode.OBSERVE, 0.0, 0.0, True),
        (4, 0.0, 0.0, True),
        (-1, 0.0, 0.0, True),
    ],
)
def test_a_proposal_for_the_cell_beyond_its_limits_is_our_mistake(
    mode: int, setpoint: float, limit: float, bad: bool
):
    proposed = proposal(cell_mode=int(mode), cell_setpoint=setpoint, cell_limit=limit)
    state, command, _ = apply(CONFIG, Safety(), KNOWN, sample(), proposed)
    assert state.trip == (Trip.COMMAND if bad else 0)
    if bad:
        assert (command.cell_mode, command.cell_setpoint, command.cell_limit) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("limit_v", "bad"),
    [(2.0, False), (above(2.0), True), (5.0, True), (-5.0, False), (above(-5.0), True)],
)
def test_a_limit_of_voltage_has_its_sign(limit_v: float, bad: bool):
    table = config((END,), limits=limits(voltage_min_v=-5.0, voltage_max_v=2.0))
    proposed = proposal(cell_mode=int(CellMode.CURRENT), cell_limit=limit_v)
    assert tripped_by(known(voltage_v=0.0), proposed=proposed, table=table) == (Trip.COMMAND * bad)


@pytest.mark.parametrize(("mode", "trip"), [(CellMode.OBSERVE, 0), (CellMode.OPEN, Trip.COMMAND)])
def test_an_observed_cell_is_only_ever_observed(mode: CellMode, trip: int):
    table = config((END,), observe=True)
    assert tripped_by(proposed=proposal(cell_mode=int(mode)), table=table) == trip
