"""How a run ended is judged in one place, and a trip stays its outcome."""

import pytest

from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind, Phase, Request
from fixture.frame.frame import Frame
from fixture.frame.status_page import StatusPage
from fixture.runtime.outcome import CONTROL_DIED, RunOutcome
from tests.runtime.fake_frames import frame

TRIPPED = frame(1, 0, Phase.TRIPPED, int(Trip.TILT))
ENDED = frame(9, 0, Phase.ENDED)
RUNNING = frame(0, 0)
CLEARED = frame(2, 0, Phase.TRIP_CLEARED)


def asked(request: Request, kind: EventKind = EventKind.REQUEST) -> Frame:
    return frame(5, 0, events=(Event(0, 5, int(kind), int(request), 0.0),))


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ((RUNNING,), CONTROL_DIED),
        ((RUNNING, ENDED), "done"),
        ((asked(Request.STOP), ENDED), "stopped"),
        ((asked(Request.RELEASE), ENDED), "stopped"),
        ((asked(Request.STOP, EventKind.REFUSED), ENDED), "done"),
        ((TRIPPED, ENDED), "tripped: tilt"),
        ((TRIPPED, CLEARED, ENDED), "tripped: tilt"),
        ((TRIPPED, CLEARED), "tripped: tilt"),
        ((TRIPPED, CLEARED, RUNNING), CONTROL_DIED),
    ],
)
def test_the_frames_say_how_a_run_ended(frames: tuple[Frame, ...], words: str) -> None:
    outcome = RunOutcome()
    for one in frames:
        outcome.take(one)
    assert outcome.ending().words == words


DIED = "control was killed"


@pytest.mark.parametrize(
    ("frames", "failures", "ending"),
    [
        ((ENDED,), (), ("done", 0)),
        ((asked(Request.STOP), ENDED), (), ("stopped", 0)),
        ((asked(Request.STOP), ENDED), ("the disk is full",), ("stopped; the disk is full", 3)),
        ((TRIPPED, ENDED), (), ("tripped: tilt", 1)),
        ((TRIPPED,), (DIED, "safe"), (f"tripped: tilt; {DIED}; safe", 3)),
        ((RUNNING,), (DIED,), (DIED, 3)),
        ((RUNNING,), (), (CONTROL_DIED, 3)),
        ((), ("could not start",), ("could not start", 3)),
    ],
)
def test_a_trip_comes_first_and_what_failed_beside_it_is_said_after_it(
    frames: tuple[Frame, ...], failures: tuple[str, ...], ending: tuple[str, int]
) -> None:
    outcome = RunOutcome()
    for one in frames:
        outcome.take(one)
    assert outcome.ending(failures) == ending


def test_a_trip_is_told_once_and_again_after_a_reset() -> None:
    outcome = RunOutcome()
    told = [outcome.take(one) for one in (TRIPPED, TRIPPED, RUNNING, TRIPPED)]
    assert told == ["tripped: tilt", "", "", "tripped: tilt"]


def test_a_run_that_went_on_after_a_trip_and_ended_well_is_done() -> None:
    outcome = RunOutcome()
    for one in (TRIPPED, RUNNING, ENDED):
        outcome.take(one)
    assert outcome.ending() == ("done", 0)


@pytest.mark.parametrize("first", [TRIPPED, asked(Request.STOP)])
def test_what_one_recorder_has_seen_the_next_one_knows(first: Frame) -> None:
    before, after, page = RunOutcome(), RunOutcome(), StatusPage.create()
    before.take(first)
    before.save(page)
    after.load(page)
    for one in (before, after):
        one.take(ENDED)
    assert after.ending() == before.ending() != ("done", 0)
    page.close()


@pytest.mark.parametrize(("phase", "words"), [(Phase.ENDED, "done"), (Phase.RUNNING, CONTROL_DIED)])
def test_a_recorder_that_finds_no_more_frames_knows_whether_the_run_had_ended(
    phase: Phase, words: str
) -> None:
    after, page = RunOutcome(), StatusPage.create()
    page.set("phase", int(phase))
    after.load(page)
    assert after.ending().words == words
    page.close()
