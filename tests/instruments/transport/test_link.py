import pytest

from instruments.protocols import BadReply, ReplyTimeout
from instruments.transport.link import BABBLE_BYTES, Link
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import MS, FakeClock, TimedLine, ticking


class Silent:
    def receive(self, data: bytes, t_ns: int) -> bytes:
        return b""


class Echo:
    def receive(self, data: bytes, t_ns: int) -> bytes:
        return data


def whole(chunk: bytes) -> bytes | None:
    return chunk


def never(chunk: bytes) -> bytes | None:
    return None


def test_a_reading_is_dated_to_the_middle_of_its_exchange_less_the_latency():
    clock = FakeClock()
    start_ns = clock()
    link = Link(Loopback(Echo(), clock), ticking(clock, 4), 50 * MS, 3 * MS, "x")
    assert link.exchange(b"?", whole) == b"?"
    assert link.uncertainty_ns == 2 * MS
    assert link.t_ns == start_ns + 2 * MS - 3 * MS


def test_silence_is_a_timeout_that_says_what_to_check():
    clock = FakeClock()
    link = Link(Loopback(Silent(), clock), clock, 50 * MS, 0, "scale")
    with pytest.raises(ReplyTimeout, match=r"scale: no whole answer in 50 ms .* check power"):
        link.exchange(b"?", whole)
    assert not link.in_step


def test_a_line_that_babbles_a_byte_at_a_time_is_left_at_the_one_deadline():
    clock = FakeClock()
    line = TimedLine(clock, 10, lambda: b"x")
    link = Link(line, clock, 50 * MS, 0, "scale")
    with pytest.raises(BadReply):
        link.exchange(b"?", never)
    assert line.reads == 5


def test_a_flood_is_left_before_its_deadline():
    clock = FakeClock()
    line = TimedLine(clock, 0, lambda: bytes(4096))
    link = Link(line, clock, 50 * MS, 0, "scale")
    with pytest.raises(BadReply):
        link.exchange(b"?", never)
    assert line.reads == BABBLE_BYTES // 4096 + 1
    line.reads = 0
    link.drain_until_quiet(MS)
    assert line.reads == BABBLE_BYTES // 4096


def test_draining_a_babbling_line_ends_at_the_deadline():
    clock = FakeClock()
    line = TimedLine(clock, 10, lambda: b"x")
    Link(line, clock, 50 * MS, 0, "scale").drain_until_quiet(5 * MS)
    assert line.reads == 6


def test_what_came_before_the_request_is_no_answer_to_it():
    clock = FakeClock()
    line = Loopback(Echo(), clock)
    line.write(b"old")
    assert Link(line, clock, 50 * MS, 0, "x").exchange(b"new", whole) == b"new"
