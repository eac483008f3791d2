import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from instruments.codecs import modbus

READ_NET = bytes.fromhex("010300060005 65C8")
READ_GROSS = bytes.fromhex("010300070002 75CA")
ZERO = bytes.fromhex("01100005000102 0008 A7C3")

rubbish = st.binary(max_size=20)
frames = st.one_of(
    st.builds(modbus.read_request, st.integers(0, 65535), st.integers(1, 125)),
    st.builds(modbus.write_one_request, st.integers(0, 65535), st.integers(0, 65535)),
    st.builds(
        modbus.write_many_request,
        st.integers(0, 65535),
        st.lists(st.integers(0, 65535), min_size=1, max_size=20).map(tuple),
    ),
)


def fed_in_pieces(reader: modbus.RtuRequests, data: bytes, size: int) -> list[modbus.Frame]:
    pieces = (data[i : i + size] for i in range(0, len(data), size))
    return [frame for piece in pieces for frame in reader.feed(piece, 0)]


def test_the_manuals_requests_are_made_to_the_byte():
    assert modbus.rtu_frame(1, modbus.read_request(6, 5)) == READ_NET
    assert modbus.rtu_frame(1, modbus.read_request(7, 2)) == READ_GROSS
    assert modbus.rtu_frame(1, modbus.write_many_request(5, (8,))) == ZERO


@given(st.binary(max_size=64))
def test_the_crc_is_pymodbus_crc(data: bytes):
    assert modbus.crc16(data).to_bytes(2, "little") == FramerRTU.compute_CRC(data).to_bytes(
        2, "big"
    )


@given(st.binary(min_size=1, max_size=64))
def test_the_crc_over_a_whole_frame_is_zero(data: bytes):
    assert modbus.crc16(data + modbus.crc16(data).to_bytes(2, "little")) == 0


@pytest.mark.parametrize("size", [1, 3, 1000])
@given(unit=st.integers(1, 247), pdu=frames)
def test_a_request_is_read_whole_and_in_pieces(size: int, unit: int, pdu: bytes):
    data = modbus.rtu_frame(unit, pdu)
    assert fed_in_pieces(modbus.RtuRequests(), data, size) == [modbus.Frame(unit, pdu)]


@pytest.mark.parametrize("size", [1, 1000])
@given(before=rubbish, after=rubbish)
def test_a_request_is_found_with_rubbish_around_it(size: int, before: bytes, after: bytes):
    found = fed_in_pieces(modbus.RtuRequests(), before + READ_NET + after, size)
    assert modbus.Frame(1, READ_NET[1:-2]) in found


def test_two_requests_in_one_piece_are_both_read():
    found = modbus.RtuRequests().feed(READ_NET + ZERO, 0)
    assert [frame.pdu[0] for frame in found] == [modbus.READ, modbus.WRITE_MANY]


def test_half_a_request_is_dropped_after_a_silence():
    reader = modbus.RtuRequests()
    assert reader.feed(ZERO[:7], 0) == []
    assert reader.feed(ZERO[7:], modbus.GAP_NS + 1) == []
    assert reader.feed(ZERO, 3 * modbus.GAP_NS) == [modbus.Frame(1, ZERO[1:-2])]


def test_rubbish_that_announces_a_long_request_does_not_hold_up_the_next():
    reader = modbus.RtuRequests()
    assert reader.feed(bytes.fromhex("01100005000FF0"), 0) == []
    assert reader.feed(READ_NET, 1) == [modbus.Frame(1, READ_NET[1:-2])]


def test_endless_rubbish_takes_no_more_than_a_frame_of_memory():
    reader = modbus.RtuRequests()
    for _ in range(50):
        reader.feed(b"\x01\x10\x00\x05\x00\x7f\xff" * 20, 0)
    kept = reader._buffer  # pyright: ignore[reportPrivateUsage] (its size is the fact)
    assert len(kept) <= modbus.MAX_FRAME


def test_a_function_of_unknown_length_is_a_frame_where_it_ends_what_came():
    data = modbus.rtu_frame(1, bytes.fromhex("2B0E0100"))
    assert fed_in_pieces(modbus.RtuRequests(), data, 1) == [modbus.Frame(1, data[1:-2])]


@given(frames)
def test_a_parsed_request_says_what_was_asked(pdu: bytes):
    request = modbus.parse_request(9, pdu)
    assert isinstance(request, modbus.Request)
    assert request.unit == 9
    assert request.function == pdu[0]
    assert request.address == int.from_bytes(pdu[1:3], "big")
    assert request.function == modbus.READ or len(request.values) == request.quantity


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        ("2B0E0100", modbus.ILLEGAL_FUNCTION),
        ("0300000000", modbus.ILLEGAL_VALUE),
        ("03000000FF", modbus.ILLEGAL_VALUE),
        ("100005000204000800", modbus.ILLEGAL_VALUE),
        ("10000500010300080000", modbus.ILLEGAL_VALUE),
    ],
)
def test_a_wrong_request_is_refused_with_its_code(pdu: str, code: int):
    assert modbus.parse_request(1, bytes.fromhex(pdu)) == code


@pytest.mark.parametrize("size", [1, 2, 1000])
@given(values=st.lists(st.integers(0, 65535), min_size=1, max_size=20).map(tuple), before=rubbish)
def test_an_answer_is_read_in_pieces_and_after_rubbish(
    size: int, values: tuple[int, ...], before: bytes
):
    request = modbus.read_request(6, len(values))
    pdu = modbus.read_reply(values)
    data = before + modbus.rtu_frame(3, pdu)
    reader = modbus.RtuReplies(3, request)
    answers = [reader.feed(data[i : i + size]) for i in range(0, len(data), size)]
    assert [a for a in answers if a] == [modbus.Reply(3, pdu)]


def test_answers_of_another_unit_function_or_length_are_not_taken():
    reader = modbus.RtuReplies(2, modbus.read_request(6, 3))
    for unit, pdu in [
        (1, modbus.read_reply((1, 2, 3))),
        (2, modbus.read_reply((1, 2))),
        (2, modbus.write_one_request(6, 3)),
    ]:
        assert reader.feed(modbus.rtu_frame(unit, pdu)) is None
    right = modbus.read_reply((7, 8, 9))
    assert reader.feed(modbus.rtu_frame(2, right)) == modbus.Reply(2, right)


def test_a_damaged_answer_is_not_taken():
    good = modbus.rtu_frame(1, modbus.read_reply((1, 2, 3)))
    for i in range(len(good)):
        bad = good[:i] + bytes((good[i] ^ 0x01,)) + good[i + 1 :]
        assert modbus.RtuReplies(1, modbus.read_request(6, 3)).feed(bad) is None


def test_an_exception_is_an_answer():
    reader = modbus.RtuReplies(1, modbus.read_request(6, 3))
    data = modbus.rtu_frame(1, modbus.refusal(modbus.READ, 2))
    assert data[:3] == bytes.fromhex("018302")
    assert reader.feed(data) == modbus.Refusal(1, modbus.READ, 2)


def test_the_answer_to_a_write_echoes_it():
    request = modbus.write_many_request(5, (8,))
    other = modbus.rtu_frame(1, modbus.write_reply(modbus.write_many_request(6, (8,))))
    mine = modbus.rtu_frame(1, modbus.write_reply(request))
    reader = modbus.RtuReplies(1, request)
    assert reader.feed(other) is None
    assert reader.feed(mine) == modbus.Reply(1, request[:5])
