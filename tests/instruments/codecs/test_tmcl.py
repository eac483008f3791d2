import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.codecs import tmcl
from instruments.codecs.tmcl import Axis, Command

RIGHT_500 = bytes.fromhex("010100000000 01F4F7")
STOP = bytes.fromhex("010300000000 000004")
TO_51200 = bytes.fromhex("0104000000 00C800CD")
POSITION = bytes.fromhex("010601000000 000008")
POSITION_REPLY = bytes.fromhex("0201640600 00C80035")

requests = st.builds(
    tmcl.Request,
    st.just(1),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(tmcl.INT32_MIN, tmcl.INT32_MAX),
)


def test_the_manuals_frames_are_made_to_the_byte():
    assert tmcl.frame(tmcl.Request(1, Command.ROR, 0, 0, 500)) == RIGHT_500
    assert tmcl.frame(tmcl.Request(1, Command.MST, 0, 0, 0)) == STOP
    assert tmcl.frame(tmcl.Request(1, Command.MVP, 0, 0, 51200)) == TO_51200
    assert tmcl.frame(tmcl.Request(1, Command.GAP, Axis.POSITION, 0, 0)) == POSITION
    assert tmcl.frame(tmcl.Reply(2, 1, tmcl.OK, Command.GAP, 51200)) == POSITION_REPLY


@given(requests)
def test_a_frame_reads_back_as_it_was_made(request: tmcl.Request):
    data = tmcl.frame(request)
    assert tmcl.valid(data)
    assert tmcl.parse_request(data) == request


def test_a_number_beyond_32_bits_makes_no_frame():
    with pytest.raises(struct.error):
        tmcl.frame(tmcl.Request(1, 4, 0, 0, 2**31))


@pytest.mark.parametrize("size", [1, 4, 1000])
@given(st.lists(requests, max_size=4))
def test_requests_are_read_whole_and_in_pieces(size: int, sent: list[tmcl.Request]):
    data = b"".join(map(tmcl.frame, sent))
    reader = tmcl.Requests()
    pieces = (data[i : i + size] for i in range(0, len(data), size))
    assert [r for piece in pieces for r in reader.feed(piece, 0)] == sent


@given(st.binary(max_size=40))
def test_a_silence_ends_rubbish_and_the_next_frame_is_read(noise: bytes):
    reader = tmcl.Requests()
    reader.feed(noise, 0)
    assert reader.feed(POSITION, tmcl.GAP_NS + 1) == [tmcl.parse_request(POSITION)]


def test_a_wrong_checksum_is_reported_in_its_place():
    assert tmcl.Requests().feed(POSITION[:-1] + b"\x09" + STOP, 0) == [
        None,
        tmcl.parse_request(STOP),
    ]


@pytest.mark.parametrize("size", [1, 4, 1000])
@given(before=st.binary(max_size=20).filter(lambda noise: b"\x02\x01" not in noise))
def test_an_answer_is_found_after_rubbish_and_in_pieces(size: int, before: bytes):
    reader = tmcl.Replies(2, 1, Command.GAP)
    data = before + POSITION_REPLY
    answers = [reader.feed(data[i : i + size]) for i in range(0, len(data), size)]
    assert [a for a in answers if a] == [tmcl.Reply(2, 1, tmcl.OK, Command.GAP, 51200)]
    assert reader.left == 0


def test_answers_to_another_command_or_from_another_module_are_stepped_over():
    reader = tmcl.Replies(2, 1, Command.GAP)
    assert reader.feed(tmcl.frame(tmcl.Reply(2, 1, tmcl.OK, Command.MVP, 5))) is None
    assert reader.feed(tmcl.frame(tmcl.Reply(2, 3, tmcl.OK, Command.GAP, 5))) is None
    answer = reader.feed(POSITION_REPLY)
    assert answer is not None
    assert answer.value == 51200


@given(st.integers(0, 8), st.integers(1, 255))
def test_one_damaged_byte_makes_no_answer(place: int, change: int):
    bad = bytearray(POSITION_REPLY)
    bad[place] ^= change
    assert tmcl.Replies(2, 1, Command.GAP).feed(bytes(bad)) is None
