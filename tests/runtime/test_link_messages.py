"""Messages are cut by their length, checked by their type, and never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind, Phase
from fixture.runtime.link.messages import (
    MOST_BYTES,
    Answer,
    History,
    Live,
    MessageError,
    RequestMessage,
    Watch,
    Wire,
    from_client,
    from_server,
    note_of,
    pack,
    row_of,
)
from tests.runtime.fake_frames import frame

REQUESTS = (RequestMessage("jog", 5.0), Watch(10.0), RequestMessage("stop"))


def test_messages_are_whole_however_their_bytes_come() -> None:
    wire, found = Wire(), list[bytes]()
    for byte in b"".join(map(pack, REQUESTS)):
        found += wire.feed(bytes([byte]))
    assert tuple(map(from_client, found)) == REQUESTS
    assert not wire.half


def test_several_messages_may_come_at_once() -> None:
    assert len(Wire().feed(b"".join(map(pack, REQUESTS)))) == len(REQUESTS)


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
        b'{"type":"request"}',
        b'{"type":"request","request":"raise"}',
        b'{"type":"request","request":"jog","value":1e400}',
        b'{"type":"request","request":"jog","value":"5 um"}',
        b'{"type":"request","request":"stop","limit":9}',
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
    assert live.events[0].text == "trip: over force (6100 N)"
