import pytest

from instruments.loadcell.keithley_dmm6500 import KeithleyDmm6500, KeithleyDmm6500Options
from instruments.options import OptionsError
from instruments.protocols import BadReply, DeviceRefused, WrongDevice
from instruments.registry import LOAD_CELLS
from tests.instruments.fakes import FakeClock, Transcript

LANG = (b"*LANG?\n", b"SCPI\n")
NO_ERROR = (b":SYST:ERR?\n", b'0,"No error;0,0,0"\n')
SET_UP = (
    (b"*RST;*OPC?\n", b"1\n"), (b':SENS:FUNC "VOLT:DC"\n', b""), (b":SENS:VOLT:RANG 10\n", b""),
    (b":SENS:VOLT:NPLC 0.1\n", b""), (b":SENS:VOLT:AZER 0\n", b""), NO_ERROR,
)  # fmt: skip


def read(answer: str, unit: str = "Volt DC") -> tuple[bytes, bytes]:
    return b':READ? "defbuffer1",READ,UNIT\n', f"{answer},{unit}\n".encode()


def meter(line: Transcript, **options: object) -> KeithleyDmm6500:
    made = KeithleyDmm6500Options(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return KeithleyDmm6500(line, FakeClock(), made)


def test_it_is_set_up_and_then_only_read():
    line = Transcript(LANG, *SET_UP, read("2.500000E+00"), read("-1.500000E-03"))
    cell = meter(line)
    cell.configure()
    assert [cell.read().counts for _ in range(2)] == [(2500,), (-2,)]
    line.done()


def test_a_meter_that_measures_something_else_is_refused_and_not_set():
    line = Transcript(LANG, read("1.0", "Ohm"))
    with pytest.raises(DeviceRefused, match="measures 'Ohm', not Volt DC"):
        meter(line).read()
    line.done()


@pytest.mark.parametrize(
    ("answer", "counts", "fault", "over"),
    [
        ("1.040000E+01", 10_400, False, False),
        ("1.060000E+01", 10_600, True, False),
        ("-1.060000E+01", -10_600, True, False),
        ("9.900000E+37", 12_000, False, True),
    ],
)
def test_what_no_amplifier_puts_out_is_a_fault_and_overflow_is_over_range(
    answer: str, counts: int, fault: bool, over: bool
):
    reading = meter(Transcript(LANG, read(answer))).read()
    assert (reading.counts, reading.fault, reading.over) == ((counts,), fault, over)


def test_a_voltage_beyond_all_counts_is_a_damaged_answer():
    with pytest.raises(BadReply, match=r"1e\+30 is beyond 32 bits"):
        meter(Transcript(LANG, read("1.000000E+30"))).read()


def test_an_error_after_set_up_is_a_refusal():
    refused = (b":SYST:ERR?\n", b'-222,"Parameter data out of range;1;2026"\n')
    with pytest.raises(DeviceRefused, match="refused set-up: error -222"):
        meter(Transcript(LANG, *SET_UP[:-1], refused)).configure()


def test_what_is_no_number_is_a_bad_reply():
    with pytest.raises(BadReply):
        meter(Transcript(LANG, read("2.5V"))).read()


def test_another_instrument_is_the_wrong_device():
    idn = (b"*IDN?\n", b"KEITHLEY INSTRUMENTS,MODEL 2450,1,1\n")
    with pytest.raises(WrongDevice, match="DMM6500 or DAQ6510 was expected"):
        meter(Transcript(LANG, idn)).identify()


def asked(function: str, *values: str) -> tuple[tuple[bytes, bytes], ...]:
    headers = (":SENS:VOLT:RANG?\n", ":SENS:VOLT:NPLC?\n", ":SENS:VOLT:AZER?\n")
    settings = zip(headers, values, strict=True)
    said = tuple((header.encode(), f"{value}\n".encode()) for header, value in settings)
    return ((b":SENS:FUNC?\n", f"{function}\n".encode()), *said)


def test_a_meter_that_was_restarted_is_set_up_anew_and_another_is_left_alone():
    line = Transcript(LANG, *asked('"VOLT:DC"', "10", "0.1", "0"))
    line.expect(*asked('"VOLT:DC"', "1000", "1", "1"), *SET_UP)
    cell = meter(line)
    cell.verify()
    cell.verify()
    line.done()


def test_the_buffer_is_cleared_now_and_then():
    clear = (b':TRAC:CLE "defbuffer1"\n', b"")
    line = Transcript(LANG, read("1.0"), read("1.0"), clear, read("1.0"))
    cell = meter(line, clear_every=2)
    for _ in range(3):
        cell.read()
    line.done()


def test_a_range_that_the_meter_has_not_is_a_mistake():
    with pytest.raises(OptionsError, match=r"range_v 5 is none of the meter's: 0\.1, 1, 10"):
        LOAD_CELLS["keithley-dmm6500"].check({"range_v": 5.0})
