"""Every event has its words, and the record has the same ones as the views."""

from enum import IntEnum
from pathlib import Path

import msgspec
import pytest

from fixture.core.config import Step
from fixture.core.safety.trip_numbers import FORCE
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import EndReason, Event, EventKind, Identified, Phase, Request
from fixture.frame import event_text as words
from fixture.frame.event_text import event_text
from fixture.frame.step_text import step_text
from fixture.record.columns import TEXT_BYTES
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from fixture.runtime.link.messages import note_of
from tests.record.synthetic import HEADER, make_config, make_frame

CODES: dict[int, type[IntEnum]] = {
    EventKind.STEP_END: EndReason,
    EventKind.TRIP: Trip,
    EventKind.REQUEST: Request,
    EventKind.RESET: Trip,
    EventKind.END: Phase,
    EventKind.REFUSED: Request,
    EventKind.IDENTIFIED: Identified,
    EventKind.DROPPED: Identified,
    EventKind.CRITICAL_CURRENT: EndReason,
}
EVENTS = [
    Event(0, 0, int(kind), int(code), value)
    for kind in EventKind
    for code in (*CODES.get(kind, (0, 1, 2)), 99)
    for value in (0.0, -1234567.25, 5e-9)
]


def test_every_kind_has_words_of_its_own():
    assert set(words._WORDS) == set(EventKind)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("kind", list(EventKind))
def test_a_text_is_ascii_and_fits_the_record(kind: EventKind):
    for event in EVENTS:
        if event.kind == kind:
            text = event_text(event, make_config())
            assert text.isascii()
            assert len(text) <= TEXT_BYTES


def test_the_record_and_the_views_say_the_same(tmp_path: Path):
    config = make_config()
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, config)
    writer.append(make_frame(0, events=tuple(EVENTS)))
    writer.finish("done", 0)
    with Record.open(path) as record:
        texts = [text.decode() for text in record.events["text"].tolist()]
    assert texts == [note_of(event, config).text for event in EVENTS]


@pytest.mark.parametrize("trip", [trip for trip in Trip if trip])
def test_a_trip_is_told_by_name_with_its_number_and_unit(trip: Trip):
    text = event_text(Event(0, 0, int(EventKind.TRIP), int(trip), 6100.0))
    number = f"6100 {trip.interlock.number.unit}".rstrip()
    told = f"at {number}" if trip.interlock.number is FORCE else f"({number})"
    assert text == f"trip: {trip.name.lower().replace('_', ' ')} {told}"


@pytest.mark.parametrize(
    ("kind", "code", "value", "text"),
    [
        (EventKind.REQUEST, Request.TARE, 0.0, "request: tare"),
        (EventKind.REFUSED, Request.JOG, 5.0, "refused: jog (+5 um)"),
        (EventKind.LINK_LOST, 1, 0.0, "link lost: press"),
        (EventKind.LINK_BACK, 0, 3.25, "link back: load cells (after 3.2 s)"),
        (EventKind.GAP, 1, 0.01, "gap: 1 tick (0.01 s) not in the record"),
        (EventKind.GAP, 300, 3.0, "gap: 300 ticks (3 s) not in the record"),
        (EventKind.LATE, 1, 81.0, "tick late by 81 us, beside the press"),
        (EventKind.LATE, 0, 8100.0, "tick late by 8.1 ms, beside the load cells"),
        (EventKind.END, Phase.KEEPING, 0.0, "the sequence is over; the pressure is kept"),
        (EventKind.END, 99, 0.0, "phase 99"),
        (EventKind.CYCLE_BEGIN, 3, 0.0, "cycle 3 begins"),
        (EventKind.CYCLE_END, 3, 0.0, "cycle 3 ends"),
        (EventKind.STEP_BEGIN, 0, 4.0, "step 1 begins"),
        (
            EventKind.STEP_END,
            EndReason.VOLTAGE,
            60.0,
            "the step ends after 1 min: its voltage is reached",
        ),
        (EventKind.SETTLED, 1, 15.0102, "settled at 15.01 MPa"),
        (EventKind.STROKE, 2, 5.0, "identifying friction, stroke 2 of 5"),
        (EventKind.TARED, 1, 8388.0, "tared: load cell 2 (8388 counts)"),
        (EventKind.RANGE, 0, 500.0, "range: load cell 1 (500 N)"),
        (EventKind.TRIP, Trip.TILT, 0.3, "trip: tilt (0.3)"),
        (EventKind.TRIP, Trip.OVER_FORCE, 6100.0, "trip: over force (6100 N)"),
        (EventKind.TRIP, Trip.CAPACITY, 159.4, "trip: capacity at 159.4 N"),
        (EventKind.TRIP, Trip.OVER_FORCE, float("nan"), "trip: over force"),
        (EventKind.TRIP, 99, 1.0, "trip: 99 (1)"),
        (EventKind.MEASURED_RESISTANCE, 2, 64.25, "resistance: 64.25 ohm"),
        (
            EventKind.UNCERTAINTY,
            EventKind.MEASURED_RESISTANCE,
            0.5,
            "uncertainty: 0.5 ohm, standard error of the number before",
        ),
        (EventKind.CRITICAL_CURRENT, EndReason.SHORT, 3e-3, "critical current: 3 mA, by a short"),
        (999, 1, float("nan"), "event 999: 1 (nan)"),
    ],
)
def test_an_event_is_told_in_words(kind: int, code: int, value: float, text: str):
    assert event_text(Event(0, 0, int(kind), int(code), value)) == text


def test_a_step_that_begins_is_named_where_the_sequence_is_known():
    config = make_config()
    for index, step in enumerate(config.steps):
        text = event_text(Event(0, 0, int(EventKind.STEP_BEGIN), index, 1.0), config)
        assert text == f"step {index + 1}: {step_text(step).replace('±', '+-')}"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.UNTIL, 203.1, "203.1 ohm"),
        (Kind.SEARCH, 2.5, "2.5 MPa"),
        (Kind.LADDER, 3e-4, "0.3 mA"),
    ],
)
def test_how_far_a_branch_came_has_its_unit(kind: Kind, value: float, text: str):
    event = Event(0, 0, int(EventKind.UNREACHED), 0, value)
    config = msgspec.structs.replace(make_config(), steps=(Step(kind),))
    assert event_text(event, config) == f"target not reached by step 1, which came to {text}"


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_of_a_step_has_words(reason: EndReason):
    text = event_text(Event(0, 0, int(EventKind.STEP_END), int(reason), 60.0))
    assert text == f"the step ends after 1 min: {words.ENDINGS[reason]}"


def test_letters_that_a_column_of_bytes_lacks_are_put_back_where_people_read() -> None:
    assert words.printed("stiffness 8.5 N/um") == "stiffness 8.5 N/µm"
    assert words.printed("resistance: 5 ohm = 4 ohm cm2") == "resistance: 5 Ω = 4 Ω cm²"
    assert words.printed("resistance by +-0.1 mA") == "resistance by ±0.1 mA"
    assert words.printed("the aluminum column of bus 1") == "the aluminum column of bus 1"
