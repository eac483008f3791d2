"""The table of trips is whole, and the documentation has all of it."""

import pytest

from fixture.core.safety.state import Evidence, Safety
from fixture.core.safety.trips import Trip
from fixture.core.types import Action, Fault
from tests.core.bench import limits
from tests.core.safety import refresh_trips
from tests.core.safety.quiet_tick import CONFIG, KNOWN, QUIET, TRIPS
from tests.core.samples import sample


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
