"""The core answers as it did, to the bit, on every machine and version of Python."""

from functools import cache

import pytest

from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import EventKind, Request
from tests.core.golden.plant import Plant
from tests.core.golden.runs import RUNS, digest, played, stored

pytestmark = pytest.mark.xdist_group("golden")


def plants() -> dict[str, Plant]:
    """The plant of each run at its end, with all its events."""
    return {name: played(name)[1] for name in RUNS}


@cache
def codes(kind: EventKind) -> set[int]:
    """Codes of all events of a kind in all runs."""
    events = [event for plant in plants().values() for event in plant.events]
    return {event.code for event in events if event.kind == kind}


@pytest.mark.parametrize("name", RUNS)
def test_the_answers_are_the_golden_ones(name: str):
    assert digest(name) == stored()["digests"][name], (
        "the core answers otherwise than before; if that is meant, raise CORE_VERSION, run "
        "'python -m tests.core.golden.refresh' and say why"
    )


def test_every_golden_run_is_still_run():
    assert set(stored()["digests"]) == set(RUNS)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_step_is_in_a_run(kind: Kind):
    assert any(step.kind == kind for plant in plants().values() for step in plant.config.steps)


@pytest.mark.parametrize("trip", set(Trip) - {Trip.NONE})
def test_every_trip_is_in_a_run(trip: Trip):
    assert trip in codes(EventKind.TRIP)


@pytest.mark.parametrize("request_code", set(Request) - {Request.NONE})
def test_every_request_is_granted_in_a_run(request_code: Request):
    assert request_code in codes(EventKind.REQUEST)


@pytest.mark.parametrize("request_code", set(Request) - {Request.NONE, Request.SKIP, Request.STOP})
def test_every_request_is_refused_in_a_run(request_code: Request):
    assert request_code in codes(EventKind.REFUSED)
