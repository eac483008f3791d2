import pytest

from instruments.codecs import mantracourt_dsc as codec
from instruments.loadcell.mantracourt_dsc import MantracourtDsc, MantracourtDscOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from tests.instruments.fakes import MS, FakeClock, Transcript, ticking


def asked(name: str, answer: str, station: int = 1) -> tuple[bytes, bytes]:
    return f"!{station:03d}:{name}?\r".encode(), f"{answer}\r".encode()


HELLO = asked("NUL", "?")


def cells(line: Transcript, **options: object) -> MantracourtDsc:
    made = MantracourtDscOptions(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return MantracourtDsc(line, FakeClock(), made)


def test_the_question_is_the_manuals():
    assert codec.question(1, "SYS") == b"!001:SYS?\r"


def test_every_station_is_read_in_steps_and_now_and_then_looked_at():
    line = Transcript(
        HELLO,
        asked("SYS", "+400.0000"), asked("SYS", "-0.24", 12),
        asked("STAT", "0"), asked("STAT", "8192", 12),
        asked("SYS", "+401.0"), asked("SYS", "1", 12),
    )  # fmt: skip
    found = cells(line, units=(1, 12), status_every=2)
    reading = found.read()
    assert (reading.counts, reading.fault, reading.over) == ((4000, -2), False, False)
    assert found.read().counts == (4010, 10)
    line.done()


@pytest.mark.parametrize(
    ("status", "fault", "over"),
    [(1 << 11, True, False), (1 << 12, True, False), (1 << 13, False, False)]
    + [(1 << bit, False, True) for bit in range(4, 10)]
    + [(1 << bit, False, False) for bit in range(4)],
)
def test_what_the_status_says_of_the_value(status: int, fault: bool, over: bool):
    line = Transcript(HELLO, asked("SYS", "1.0"), asked("STAT", str(status)))
    reading = cells(line).read()
    assert (reading.fault, reading.over) == (fault, over)


@pytest.mark.parametrize("unit", [1, 2])
def test_in_series_all_but_the_last_may_be_beyond_their_range(unit: int):
    status = {1: "0", 2: "0"} | {unit: str(1 << 9)}
    line = Transcript(
        HELLO, asked("SYS", "1"), asked("SYS", "1", 2),
        asked("STAT", status[1]), asked("STAT", status[2], 2),
    )  # fmt: skip
    assert cells(line, units=(1, 2), series=True).read().over is (unit == 2)


@pytest.mark.parametrize("answer", ["", "1.2.3", "1_0", "nan", "0x10", "+", "123456789", "1e3"])
def test_what_is_no_value_is_refused(answer: str):
    with pytest.raises(BadReply, match="no value"):
        cells(Transcript(HELLO, asked("SYS", answer))).read()


def test_a_status_that_is_no_whole_number_is_refused():
    for answer in ("1.5", "-1", "65536"):
        with pytest.raises(BadReply, match="no whole number"):
            cells(Transcript(HELLO, asked("SYS", "1"), asked("STAT", answer))).read()


def test_what_a_station_does_not_know_is_a_refusal():
    with pytest.raises(DeviceRefused, match=r"load cell 1 refused !001:SYS\?"):
        cells(Transcript(HELLO, asked("SYS", "?"))).read()


def test_the_station_that_is_behind_is_asked_what_it_does_not_know():
    late = b"+777.0\r"
    line = Transcript(
        HELLO, asked("SYS", "1"), (asked("SYS", "", 2)[0], b""),
        (b"!002:NUL?\r", late + b"?\r"),
        asked("SYS", "3"), asked("SYS", "4", 2), asked("STAT", "0"), asked("STAT", "0", 2),
    )  # fmt: skip
    found = cells(line, units=(1, 2))
    with pytest.raises(ReplyTimeout):
        found.read()
    assert found.read().counts == (30, 40)
    line.done()


def test_stations_are_identified_by_serial_number_and_nothing_is_written():
    line = Transcript(
        HELLO, asked("SYS", "1"), asked("STAT", "0"),
        asked("SERH", "3"), asked("SERL", "4711"), asked("VER", "772"),
    )  # fmt: skip
    assert cells(line).identify() == ("mantracourt-dsc", "201319", "3.04")
    line.done()


def test_the_time_of_a_reading_is_the_middle_of_all_its_values():
    line = Transcript(
        HELLO, asked("SYS", "1"), asked("SYS", "1", 2), asked("STAT", "0"), asked("STAT", "0", 2)
    )
    options = MantracourtDscOptions(units=(1, 2), status_every=1)
    reading = MantracourtDsc(line, ticking(FakeClock(), 1), options).read()
    assert reading.uncertainty_ns == 3 * MS // 2
