import pytest

from instruments.codecs import mt_sics as codec
from instruments.loadcell.mt_sics import MtSics, MtSicsOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from tests.instruments.fakes import FakeClock, Transcript

HELLO = (b"I4\r\n", b'I4 A "B123456789"\r\n')


def weighed(answer: bytes) -> tuple[bytes, bytes]:
    return b"SI\r\n", answer + b"\r\n"


def cell(line: Transcript, **options: object) -> MtSics:
    return MtSics(line, FakeClock(), MtSicsOptions(**options))  # pyright: ignore[reportArgumentType] (a mapping of any option)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (b"S S      125.3 kg", 1253),
        (b"S D      125.3 kg", 1253),
        (b"SI S      125.3 kg", 1253),
        (b"S S       -0.2 kg", -2),
        (b"S S      125.30 kg", 1253),
    ],
)
def test_a_weight_is_read_in_steps_whichever_way_it_is_shown(answer: bytes, counts: int):
    line = Transcript(HELLO, weighed(answer))
    reading = cell(line).read()
    assert (reading.counts, reading.fault, reading.over) == ((counts,), False, False)
    line.done()


def test_overload_is_beyond_the_range_and_underload_a_fault():
    line = Transcript(HELLO, weighed(b"S +"), weighed(b"SI -"))
    scale = cell(line, division_n=1.0, full_scale_n=1000.0)
    assert scale.read()[:2] == ((1101,), False)
    reading = scale.read()
    assert (reading.counts, reading.fault, reading.over) == ((-1101,), True, False)


def test_a_busy_terminal_gives_no_reading():
    with pytest.raises(DeviceRefused, match="busy"):
        cell(Transcript(HELLO, weighed(b"S I"))).read()


def test_a_terminal_that_weighs_in_another_unit_is_refused():
    with pytest.raises(DeviceRefused, match="weighs in lb, and the rig says kg"):
        cell(Transcript(HELLO, weighed(b"S S      125.3 lb"))).read()


@pytest.mark.parametrize("error", ["ES", "ET", "EL"])
def test_a_refusal_says_what_it_means(error: str):
    with pytest.raises(DeviceRefused, match=f"refused SI: {error}, it"):
        cell(Transcript(HELLO, weighed(error.encode()))).read()


@pytest.mark.parametrize(
    "line", ["", "S", "S S", "S S 1.2.3 kg", "S S 12 5 kg", "S X 1 kg", "T S 1.0 kg", "S S nan kg"]
)
def test_what_is_no_weight_is_refused(line: str):
    with pytest.raises(ValueError, match="no weight"):
        codec.weight(line)
    with pytest.raises(BadReply):
        cell(Transcript(HELLO, weighed(line.encode()))).read()


def test_identity_is_type_serial_number_and_software_and_nothing_is_written():
    line = Transcript(
        HELLO, HELLO, (b"I2\r\n", b'I2 A "IND570 Standard"\r\n'), (b"I3\r\n", b'I3 A "2.03"\r\n'),
        weighed(b"S S      125.3 kg"),
    )  # fmt: skip
    assert cell(line).identify() == ("IND570 Standard", "B123456789", "2.03")
    line.done()


def test_after_silence_a_late_weight_is_stepped_over():
    line = Transcript(
        HELLO, (b"SI\r\n", b""),
        (HELLO[0], b"S S      999.9 kg\r\n" + HELLO[1]), weighed(b"S S      125.3 kg"),
    )  # fmt: skip
    scale = cell(line)
    with pytest.raises(ReplyTimeout):
        scale.read()
    assert scale.read().counts == (1253,)
