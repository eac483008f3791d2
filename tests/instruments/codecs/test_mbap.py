import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from instruments.codecs import mbap, modbus
from instruments.codecs.modbus import Refusal, Reply

READ = modbus.read_request(6, 3)
ANSWER = modbus.read_reply((0, 0, 4000))


def asked(unit: int = 1, pdu: bytes = READ) -> tuple[mbap.TcpReplies, int]:
    """A question on its way, and its transaction."""
    replies = mbap.TcpReplies(unit, pdu)
    return replies, int.from_bytes(replies.request()[:2])


def test_a_question_and_its_answer_are_the_bytes_of_the_guide():
    # LabJack's example: registers 0 to 5 of unit 1, transaction 1
    replies = mbap.TcpReplies(1, modbus.read_request(0, 6))
    assert replies.request() == bytes.fromhex("000100000006010300000006")


def test_each_question_has_a_transaction_of_its_own():
    replies = mbap.TcpReplies(1, READ)
    numbers = [int.from_bytes(replies.request()[:2]) for _ in range(65537)]
    assert len(set(numbers)) == 65536


def test_the_answer_comes_out_byte_by_byte():
    replies, transaction = asked()
    frame = mbap.mbap_frame(transaction, 1, ANSWER)
    found = [replies.feed(frame[i : i + 1]) for i in range(len(frame))]
    assert found == [None] * (len(frame) - 1) + [Reply(1, ANSWER)]
    assert replies.left == 0


@pytest.mark.parametrize(
    ("transaction", "unit", "pdu"),
    [
        (1, 1, ANSWER),  # late: the question was asked anew
        (2, 3, ANSWER),
        (2, 1, modbus.read_reply((0,))),
        (2, 1, modbus.write_one_request(6, 3)),
        (2, 1, modbus.refusal(modbus.WRITE_ONE, 2)),
    ],
)
def test_an_answer_to_something_else_is_stepped_over(transaction: int, unit: int, pdu: bytes):
    replies = mbap.TcpReplies(1, READ)
    replies.request()
    replies.request()
    ours = mbap.mbap_frame(2, 1, ANSWER)
    assert replies.feed(mbap.mbap_frame(transaction, unit, pdu)) is None
    assert replies.feed(ours) == Reply(1, ANSWER)


def test_a_write_is_answered_by_its_own_echo():
    request = modbus.write_many_request(72, (1, 2))
    replies, transaction = asked(5, request)
    echo = modbus.write_reply(request)
    assert replies.feed(mbap.mbap_frame(transaction, 5, echo)) == Reply(5, echo)


def test_a_refusal_has_its_code():
    replies, transaction = asked()
    frame = mbap.mbap_frame(transaction, 1, modbus.refusal(modbus.READ, 2))
    assert replies.feed(frame) == Refusal(1, modbus.READ, 2)


@given(st.binary(max_size=60))
def test_rubbish_never_becomes_an_answer_and_reset_forgets_it(rubbish: bytes):
    replies, transaction = asked()
    found = replies.feed(rubbish)
    assert found is None or rubbish.startswith(transaction.to_bytes(2))
    replies.reset()
    assert replies.feed(mbap.mbap_frame(transaction, 1, ANSWER)) == Reply(1, ANSWER)


@given(st.lists(st.integers(1, 255), min_size=1, max_size=4), st.integers(1, 9))
def test_a_server_hears_requests_in_any_pieces(units: list[int], size: int):
    stream = b"".join(mbap.mbap_frame(i, unit, READ) for i, unit in enumerate(units))
    requests = mbap.TcpRequests()
    heard = [f for i in range(0, len(stream), size) for f in requests.feed(stream[i : i + size], i)]
    assert heard == [mbap.Frame(i, unit, READ) for i, unit in enumerate(units)]
    assert heard[0].reply(ANSWER) == mbap.mbap_frame(0, units[0], ANSWER)


def test_a_header_that_cannot_be_one_is_dropped_with_what_came():
    requests = mbap.TcpRequests()
    assert requests.feed(b"*IDN?\n*IDN?\n", 0) == []
    assert requests.feed(mbap.mbap_frame(1, 1, READ), 0) == [mbap.Frame(1, 1, READ)]


def test_pymodbus_understands_our_frames():
    framer = FramerSocket(DecodePDU(is_server=True))
    data = mbap.mbap_frame(7, 3, READ)
    assert framer.decode(data) == (len(data), 3, 7, READ)
