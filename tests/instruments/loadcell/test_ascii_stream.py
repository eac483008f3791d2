from typing import Any

import pytest

from instruments.loadcell.ascii_stream import FULL_BYTES
from instruments.options import OptionsError
from instruments.protocols import BadReply, Clock, ForceReading, ReplyTimeout
from instruments.registry import LOAD_CELLS
from instruments.transport.loopback import Loopback
from isostack.testing.line import Line, Time
from tests.instruments.descriptions import STREAM
from tests.instruments.fakes import FakeClock, FakeForce

MODEL = LOAD_CELLS["ascii-stream"]
MS = 1_000_000


class Script:
    """`Transport` that gives lines at times, ms: what a port has taken in by then."""

    def __init__(self, clock: Time, *said: tuple[float, bytes]) -> None:
        self._clock = clock
        self._said = [(clock() + round(ms * MS), data) for ms, data in said]
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def read(self, size: int, deadline_ns: int) -> bytes:
        if self._said and self._said[0][0] <= max(deadline_ns, self._clock()):
            t_ns, data = self._said.pop(0)
            self._clock.t_ns = max(self._clock.t_ns, t_ns)
            if len(data) > size:
                self._said.insert(0, (t_ns, data[size:]))
            return data[:size]
        self._clock.t_ns = max(self._clock.t_ns, deadline_ns)
        return b""

    def drain(self) -> None:
        pass

    def close(self) -> None:
        pass


def driver(clock: Clock, transport: Any, **options: Any) -> Any:
    return MODEL.driver(transport, clock, STREAM | options)


def test_the_newest_line_is_read_and_its_time_is_when_it_came():
    clock = Time()
    began_ns = clock()
    stream = driver(clock, Script(clock, (0, b"77\n1\n2\n"), (10, b"3\n")))
    assert stream.read() == ForceReading((3,), False, began_ns + 5 * MS, 5 * MS)


def test_what_comes_first_may_be_half_a_line_and_is_not_read():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"456\n"), (5, b"123\n")))
    assert stream.read().counts == (123,)


def test_a_line_in_two_pieces_is_one():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n-12"), (3, b"34"), (6, b"5\r\n")))
    assert stream.read().counts == (-12345,)


def test_without_a_new_line_the_last_one_stays_and_ages():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n5\n")))
    first = stream.read()
    clock.t_ns += 20 * MS
    assert stream.read() == first


def test_a_stream_that_stops_is_an_error_of_the_link():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n5\n")))
    stream.read()
    clock.t_ns += 100 * MS
    with pytest.raises(ReplyTimeout, match="no whole line in 100 ms; check power, cable"):
        stream.read()


def test_a_pattern_that_never_fits_shows_a_line_that_came():
    clock = Time()
    said = [(10.0 * ms, b"weight: 1.2 kg\r\n") for ms in range(30)]
    stream = driver(clock, Script(clock, *said))
    with pytest.raises(
        BadReply, match=r"lines came, and none fits '\{value\}'; the last is 'weight"
    ):
        stream.identify()


def test_lines_that_do_not_fit_are_stepped_over():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\nHX711 ready\n7\n#\n")))
    assert stream.read().counts == (7,)


def test_a_port_that_was_full_is_not_read_across_what_it_lost():
    clock = Time()
    full = b"\n" + b"11111\n" * (FULL_BYTES // 6 + 1) + b"11"
    stream = driver(clock, Script(clock, (0, full), (0, b"22222\n"), (9, b"33333\n")))
    assert stream.read().counts == (33333,)


def test_half_a_line_that_is_joined_with_the_next_is_not_used():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n4000\n"), (9, b"40"), (60, b"4000\n4001\n")))
    read = [stream.read().counts for _ in range(6)]
    assert read == [(4000,)] * 2 + [(4001,)] * 4


def test_a_number_that_grew_is_used_when_it_comes_again():
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n9\n-12345\n"), (30, b"-12346\n")))
    assert [stream.read().counts for _ in range(2)] == [(9,), (-12346,)]


@pytest.mark.parametrize(
    ("line", "fault", "over"), [(b"E1", True, False), (b"OL", False, True), (b"OL E1", True, True)]
)
def test_texts_say_that_there_is_no_force_or_too_much(line: bytes, fault: bool, over: bool):
    clock = Time()
    stream = driver(clock, Script(clock, (0, b"\n" + line + b"\n")), fault=["E1"], over=["OL"])
    reading = stream.read()
    assert (reading.counts, reading.fault, reading.over) == ((0,), fault, over)


def test_units_choose_the_values_and_count_scales_them():
    clock = Time()
    line = Script(clock, (0, b"\n1.50 2.25 -3.00\n"))
    told = {"line": "{value1} {value2} {value3}", "example": "1 2 3"}
    stream = driver(clock, line, **told, units=[3, 1], count=-0.25)
    assert stream.read().counts == (12, -6)


def test_the_start_is_sent_when_it_is_identified_and_never_by_a_read():
    clock = Time()
    line = Script(clock, (0, b"\n5\n"))
    stream = driver(clock, line, start=["", "O0W0"], end="cr", line="{value}")
    with pytest.raises(ReplyTimeout):
        stream.read()
    assert line.written == b""
    with pytest.raises(ReplyTimeout):
        stream.identify()
    assert line.written == b"\rO0W0\r"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"line": "{any}"}, "reads no number"),
        ({"line": "{value} kg"}, "does not match the example '-12'"),
        ({"units": [2]}, "it gives 1 of the values, and the rig has a load cell 2"),
        ({"count": 0.0}, "cannot be 0"),
        ({"rate_hz": 0.0}, "> 0"),
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], says: str):
    with pytest.raises(OptionsError, match=says):
        MODEL.check(STREAM | options)


def test_a_broken_bridge_says_so_where_the_description_has_a_text_for_it():
    plant, clock = FakeForce(float("nan")), Time()
    told = STREAM | {"fault": ["ERR"]}
    stream = MODEL.driver(Line(MODEL.emulator(plant, told), clock), clock, told)
    assert stream.read().fault
    with pytest.raises(ReplyTimeout):
        MODEL.driver(Line(MODEL.emulator(plant, STREAM), clock), clock, STREAM).read()


def test_a_force_beyond_the_range_prints_the_text_for_it():
    told = STREAM | {"over": ["OL"]}
    clock = Time()
    stream = MODEL.driver(Line(MODEL.emulator(FakeForce(1001.0), told), clock), clock, told)
    assert stream.read().over


def test_no_line_is_lost_between_two_looks_in_lockstep():
    clock, plant = FakeClock(), FakeForce(100.0)
    stream = MODEL.driver(Loopback(MODEL.emulator(plant, STREAM), clock), clock, STREAM)
    stream.identify()
    for step in range(1, 20):
        plant.forces_n[0] = 100.0 + 10.0 * step
        clock.advance_ms(20.0)
        assert stream.read().counts == (1000 + 100 * step,)
