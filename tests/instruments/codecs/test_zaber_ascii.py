"""Lines of Zaber's ASCII protocol, and their check sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.codecs import zaber_ascii as codec
from instruments.codecs.zaber_ascii import Reply
from instruments.protocols import BadReply

REPLY = b"@01 1 07 OK BUSY -- 0:E0\r\n"


def test_a_command_has_device_axis_number_and_check_sum():
    assert codec.command(1, 1, 7, "move abs 1000") == b"/01 1 07 move abs 1000:B9\n"
    assert codec.command(12, 0, 99, "").startswith(b"/12 0 99:")


def test_a_reply_is_read_with_and_without_number_and_check_sum():
    assert codec.reply(REPLY) == Reply(1, 1, 7, True, True, "--", "0", True)
    assert codec.reply(b"@02 0 RJ IDLE WR BADDATA\r\n") == Reply(
        2, 0, -1, False, False, "WR", "BADDATA", False
    )
    assert codec.reply(b"@01 0 05 OK IDLE -- 02 WH WR").data == "02 WH WR"  # pyright: ignore


def test_alerts_and_information_are_no_replies():
    assert codec.reply(b"!01 1 IDLE --\r\n") is None
    assert codec.reply(b"#01 0 maxspeed 153600\r\n") is None


@pytest.mark.parametrize(
    "line",
    [b"", b"@", b"@01 1 07 OK BUSY -- 0:E1", b"@01 1 07 OK BUSY -- 1:E0", b"01 1 OK IDLE -- 0",
     b"@01 1 07 OK SLOW -- 0", b"@01 1 07 ok IDLE -- 0", b"@01 1 OK IDLE --",
     b"@01 1 07 OK IDLE - 0", b"@xx 1 OK IDLE -- 0", b"@01 1 07 OK BUSY -- 0:E", b"\xff\x00"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(line: bytes):
    with pytest.raises(BadReply):
        codec.reply(line)


@given(st.integers(0, len(REPLY) - 6), st.integers(1, 127))
def test_no_single_damaged_byte_gets_through(place: int, flips: int):
    damaged = bytearray(REPLY)
    damaged[place] ^= flips
    try:
        found = codec.reply(bytes(damaged))
    except BadReply:
        return
    assert found is None or not found.checked
