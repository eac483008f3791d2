"""Messages are cut by their length, checked by their type, and never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind, Phase, Request
from fixture.runtime.link.messages import (
    MOST_BYTES,
    Answer,
    Ask,
    History,
    Live,
    MessageError,
    Watch,
    Wire,
    from_client,
    from_server,
    note_of,
    pack,
    row_of,
)
from tests.runtime.fake_frames import frame

ASKS = (Ask("jog", 5.0), Watch(10.0), Ask("stop"))


def test_messages_are_whole_however_their_bytes_come() -> None:
    wire, found = Wire(), list[bytes]()
    for byte in b"".join(map(pack, ASKS)):
        found += wire.feed(bytes([byte]))
    assert tuple(map(from_client, found)) == ASKS
    assert not wire.half


def test_several_messages_may_come_at_once() -> None:
    assert len(Wire().feed(b"".join(map(pack, ASKS)))) == len(ASKS)


def test_a_message_that_is_too_long_is_refused_before_it_has_come() -> None:
    with pytest.raises(MessageError, match="at most 65536"):
        Wire().feed((MOST_BYTES + 1).to_bytes(4, "big"))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"no"}',
        b'{"type":"ask"}',
        b'{"type":"ask","request":"raise"}',
        b'{"type":"ask","request":"jog","value":1e400}',
        b'{"type":"ask","request":"jog","value":"5 um"}',
        b'{"type":"ask","request":"stop","limit":9}',
        b'{"type":"watch","history_s":1e6}',
        b"\xff\xfe",
        b"[" * 60000,
    ],
)
def test_what_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(MessageError):
        from_client(text)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_raise(data: bytes) -> None:
    try:
        for text in Wire().feed(data):
            from_client(text)
    except MessageError:
        pass


def test_rows_and_events_come_back_as_they_were_sent() -> None:
    event = Event(1_500_000_000, 15, int(EventKind.TRIP), int(Trip.OVER_FORCE), 6100.0)
    sent = frame(15, 1_500_000_000, Phase.TRIPPED, int(Trip.OVER_FORCE), (event,))
    live = Live(row_of(sent), (note_of(event),))
    for message in (live, History((row_of(sent),)), Answer(1, "jog", True, "moves", 3)):
        assert from_server(pack(message)[4:]) == message
    assert live.row.phase == "tripped"
    assert live.row.trip == "over force"
    assert live.row.temperature_c is None
    assert live.events[0].text == "trip: over force (6100)"


@pytest.mark.parametrize(
    ("kind", "code", "value", "text"),
    [
        (EventKind.REFUSED, Request.JOG, 5.0, "refused: jog (5)"),
        (EventKind.LINK_LOST, 1, 0.0, "link lost: press"),
        (EventKind.LATE, 1, 81.0, "late: press (81 µs)"),
        (EventKind.END, Phase.ENDING, 0.0, "end: ending"),
        (EventKind.CYCLE_BEGIN, 3, 0.0, "cycle begin: 3"),
        (EventKind.TRIP, 99, 0.0, "trip: 99"),
        (EventKind.MEASURED_RESISTANCE, 2, 64.25, "measured resistance: 64.25 ohm"),
        (EventKind.CRITICAL_CURRENT, 9, 3e-3, "critical current: 3 mA, by a short"),
        (999, 1, float("nan"), "event 999: 1 (nan)"),
    ],
)
def test_an_event_is_told_in_words(kind: int, code: int, value: float, text: str) -> None:
    assert note_of(Event(0, 0, int(kind), int(code), value)).text == text
