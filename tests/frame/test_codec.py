"""A frame survives the way through bytes to the bit, and nothing is dropped on it."""

from typing import TypeVar, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.core.types import Event
from fixture.frame.codec import SLOT_BYTES, decode, encode
from fixture.frame.frame import Frame, SpectrumPoint
from tests.frame.frames import LOAD_CELLS, bits_of, frames, from_bits
from tests.record.synthetic import make_frame, realistic

LARGEST = -(2**63)
Struct = TypeVar("Struct", bound=msgspec.Struct)


def fullest(events: int, cells: int = LOAD_CELLS) -> Frame:
    """A frame whose every integer takes the most bytes."""
    base = make_frame()
    return Frame(
        msgspec.structs.replace(full(base.sample), counts=(LARGEST,) * cells),
        full(base.command),
        (Event(LARGEST, LARGEST, LARGEST, LARGEST, 1.0),) * events,
        full(base.status),
        LARGEST,
        LARGEST,
        LARGEST,
        LARGEST,
        SpectrumPoint(LARGEST, 1.0, 1.0, 1.0, True),
        LARGEST,
        gauge_um=1.0,
        age_gauge_us=LARGEST,
    )


def full(value: Struct) -> Struct:
    """The same with every plain integer at its largest."""
    large = {name: LARGEST for name, kind in get_type_hints(type(value)).items() if kind is int}
    return msgspec.structs.replace(value, **large)


@settings(max_examples=150, deadline=None)
@given(frames)
def test_every_field_survives_to_the_bit_and_every_event_is_carried_or_handed_back(
    frame: Frame,
) -> None:
    payload, left = encode(frame)
    assert len(payload) <= SLOT_BYTES
    back = decode(payload)
    whole = msgspec.structs.replace(back, events=back.events + left)
    assert bits_of(whole) == bits_of(frame)


@given(st.integers(0, 2**51 - 1), st.booleans())
def test_a_nan_keeps_its_sign_and_its_payload(payload: int, negative: bool) -> None:
    bits = 0x7FF8 << 48 | payload | negative << 63
    frame = make_frame(voltage_v=from_bits(bits))
    assert bits_of(decode(encode(frame)[0])) == bits_of(frame)


def test_a_frame_of_sixteen_load_cells_and_two_events_always_fits() -> None:
    assert encode(fullest(events=2)).left == ()


def test_events_that_do_not_fit_are_handed_back_in_order() -> None:
    events = tuple(Event(LARGEST, LARGEST, LARGEST, code, 0.5) for code in range(30))
    frame = msgspec.structs.replace(fullest(events=0), events=events)
    payload, left = encode(frame)
    carried = decode(payload).events
    assert len(carried) >= 2
    assert carried + left == events


def test_what_was_handed_back_gets_through_in_later_frames() -> None:
    waiting = tuple(Event(LARGEST, LARGEST, LARGEST, code, 0.5) for code in range(30))
    came: list[Event] = []
    while waiting:
        frame = msgspec.structs.replace(fullest(events=0), events=waiting)
        payload, waiting = encode(frame)
        came += decode(payload).events
    assert [event.code for event in came] == list(range(30))


def test_more_load_cells_than_a_rig_has_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"50 load cells .* at most 16"):
        encode(fullest(events=0, cells=50))


def test_a_usual_frame_takes_less_than_half_a_slot() -> None:
    assert max(len(encode(frame)[0]) for frame, _ in realistic(300)) < SLOT_BYTES / 2


def test_a_cut_off_frame_is_an_error_and_no_frame() -> None:
    payload = encode(make_frame())[0]
    for length in range(len(payload)):
        with pytest.raises(msgspec.DecodeError):
            decode(payload[:length])
