import math

import pytest

from instruments.potentiostat.keithley_2450 import Keithley2450, Keithley2450Options
from instruments.protocols import (
    BadReply,
    DeviceRefused,
    LinkError,
    ReplyTimeout,
    WrongDevice,
)
from tests.instruments.fakes import FakeClock, Transcript

LANG = (b"*LANG?\n", b"SCPI\n")
NO_ERROR = (b":SYST:ERR?\n", b'0,"No error;0,0,0"\n')
OFF = (b":OUTP:CURR:SMOD HIMP;:OUTP:VOLT:SMOD HIMP;:OUTP OFF\n", b"")
READ = b':READ? "defbuffer1",SOUR,READ,REL\n'
FETCH = b':FETC? "defbuffer1",SOUR,READ,REL,UNIT\n'
SET_UP = tuple(
    (line.encode() + b"\n", b"")
    for line in (
        "*RST", ":OUTP:CURR:SMOD HIMP", ":OUTP:VOLT:SMOD HIMP",
        ":SENS:VOLT:NPLC 1", ":SENS:VOLT:AZER 0", ":SENS:VOLT:RANG 20",
        ":SENS:CURR:NPLC 1", ":SENS:CURR:AZER 0", ":SENS:CURR:RANG 0.1",
        ":SOUR:VOLT:RANG 20", ":SOUR:CURR:READ:BACK 1", ":SOUR:VOLT:READ:BACK 1", ":OUTP OFF",
    )
)  # fmt: skip


SET_UP_AGAIN = (LANG, *SET_UP, NO_ERROR)


def does(
    output: str, function: str, level: str, limit: str, off_state: str = "HIMP"
) -> tuple[tuple[bytes, bytes], ...]:
    """The instrument is asked what it does, and says so."""
    most = "VLIM" if function == "CURR" else "ILIM"
    asked = {
        ":OUTP": output, ":SOUR:FUNC": function, f":SOUR:{function}": level,
        f":SOUR:{function}:{most}": limit, f":OUTP:{function}:SMOD": off_state,
    }  # fmt: skip
    return tuple((f"{query}?\n".encode(), f"{said}\n".encode()) for query, said in asked.items())


def begin_current(current: str, limit: str, range_a: str = "0.1") -> tuple[bytes, bytes]:
    line = (
        ':OUTP OFF;:SOUR:FUNC CURR;:SENS:FUNC "VOLT";:SENS:VOLT:RSEN 1;:OUTP:CURR:SMOD HIMP;'
        f":SOUR:CURR 0;:SOUR:CURR:RANG {range_a};"
        f":SOUR:CURR:VLIM {limit};:SOUR:CURR {current};:OUTP ON\n"
    )
    return line.encode(), b""


def begin_voltage(voltage: str, limit: str) -> tuple[bytes, bytes]:
    line = (
        ':OUTP OFF;:SOUR:FUNC VOLT;:SENS:FUNC "CURR";:SENS:CURR:RSEN 1;:OUTP:VOLT:SMOD HIMP;'
        f":SOUR:VOLT:ILIM {limit};:SOUR:VOLT {voltage};:OUTP ON\n"
    )
    return line.encode(), b""


def unit(line: Transcript, **options: object) -> Keithley2450:
    made = Keithley2450Options(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return Keithley2450(line, FakeClock(), made)


def test_set_up_asks_the_language_resets_and_looks_for_errors():
    line = Transcript(LANG, *SET_UP, NO_ERROR)
    unit(line).configure()
    line.done()


def test_an_error_after_set_up_is_a_refusal_with_the_instruments_words():
    line = Transcript(LANG, *SET_UP, (b":SYST:ERR?\n", b'-113,"Undefined header;1;2"\n'))
    with pytest.raises(DeviceRefused, match=r"set-up: error -113 .*Undefined header"):
        unit(line).configure()


def test_an_instrument_that_speaks_another_language_is_refused():
    with pytest.raises(WrongDevice, match="speaks TSP"):
        unit(Transcript((b"*LANG?\n", b"TSP\n"))).configure()


def test_identity_is_that_of_the_family():
    idn = (b"*IDN?\n", b"KEITHLEY INSTRUMENTS,MODEL 2461,04096331,1.7.12b\n")
    assert unit(Transcript(LANG, idn)).identify() == ("2461", "04096331", "1.7.12b")


def test_another_instrument_is_the_wrong_device():
    idn = (b"*IDN?\n", b"KEITHLEY INSTRUMENTS,MODEL DMM6500,0409,1.7\n")
    with pytest.raises(WrongDevice, match="DMM6500"):
        unit(Transcript(LANG, idn)).identify()


def test_current_is_sourced_and_read_as_current_then_voltage():
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, NO_ERROR,
        (READ, b"1.000000E-03,3.701234E+00,0.123456\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    reading = cell.read()
    assert (reading.current_a, reading.voltage_v) == (0.001, 3.701234)
    assert reading.on
    assert not reading.limited
    line.done()


def test_voltage_is_sourced_and_read_as_voltage_then_current():
    line = Transcript(
        begin_voltage("4.2", "0.001"), LANG, NO_ERROR,
        (READ, b"4.200000E+00,2.500000E-04,0.1\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_voltage(4.2, 0.001)
    reading = cell.read()
    assert (reading.voltage_v, reading.current_a) == (4.2, 2.5e-4)


def test_a_discharge_gets_the_rigs_own_limit_because_limits_are_magnitudes():
    line = Transcript(begin_current("-0.001", "4.5"), LANG, NO_ERROR)
    unit(line, voltage_max_v=4.5).source_current(-0.001, 2.5)
    line.done()


def test_a_command_said_already_is_not_sent_again_and_a_new_level_alone_is():
    change = (b":SOUR:CURR:VLIM 4.2;:SOUR:CURR 0.002\n", b"")
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, change, NO_ERROR)
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    cell.source_current(0.002, 4.2)
    line.done()


def test_a_reading_that_fails_leaves_the_source_alone():
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, (READ, b""))
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(ReplyTimeout):
        cell.read()
    cell.source_current(0.001, 4.2)
    line.done()


@pytest.mark.parametrize("answer", [b"", b'\x20,"No error;0,0,0"\n'])
def test_a_command_whose_answer_fails_is_not_begun_again_where_it_is_carried_out(answer: bytes):
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, (NO_ERROR[0], answer),
        LANG, *does("1", "CURR", "1.000000E-03", "4.200000E+00"),
    )  # fmt: skip
    cell = unit(line)
    with pytest.raises(LinkError):
        cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    line.done()


def test_a_level_that_did_not_arrive_is_sent_again_without_switching_the_output():
    change = (b":SOUR:CURR:VLIM 4.2;:SOUR:CURR 0.002\n", b"")
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, NO_ERROR, change, (NO_ERROR[0], b""),
        LANG, *does("1", "CURR", "1.000000E-03", "4.200000E+00"), change, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(ReplyTimeout):
        cell.source_current(0.002, 4.2)
    cell.source_current(0.002, 4.2)
    line.done()


def test_a_function_that_was_not_begun_is_begun():
    begin = begin_current("0.001", "4.2")
    line = Transcript(
        OFF, begin, LANG, (NO_ERROR[0], b""),
        LANG, *does("0", "VOLT", "0", "1.05E-4"), begin, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.open_circuit()
    with pytest.raises(ReplyTimeout):
        cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    line.done()


def test_a_source_that_is_found_off_is_not_switched_on_again_before_it_was_set_up_anew():
    begin = begin_current("0.001", "4.2")
    off = does("0", "VOLT", "0", "1.05E-4", off_state="NORM")
    line = Transcript(
        begin, LANG, NO_ERROR, *off, *off,
        OFF, LANG, *SET_UP, NO_ERROR, OFF, begin, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.verify()
    for command in (cell.read, lambda: cell.source_current(0.001, 4.2)):
        with pytest.raises(DeviceRefused, match="told to source current and is found open"):
            command()
    cell.open_circuit()
    cell.source_current(0.001, 4.2)
    line.done()


def test_one_damaged_answer_is_no_loss():
    off, on = (does(state, "CURR", "1E-3", "4.2") for state in ("0", "1"))
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, *off, *on,
                      (READ, b"1E-3,3.7,0\n"))  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.verify()
    assert cell.read().current_a == 1e-3
    line.done()


def test_an_output_that_somebody_switches_off_is_seen_within_limit_every_reads():
    off = does("0", "CURR", "1E-3", "4.2")
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, NO_ERROR,
        (READ, b"1.0E-03,3.7,0\n"), (READ, b"1.0E-03,3.7,0\n"),
        (b":SOUR:CURR:VLIM:TRIP?\n", b"0\n"), (b":OUTP?\n", b"0\n"), *off, *off,
    )  # fmt: skip
    cell = unit(line, limit_every=2)
    cell.source_current(0.001, 4.2)
    cell.read()
    with pytest.raises(DeviceRefused, match="found open"):
        cell.read()
    line.done()


def test_an_instrument_that_was_reset_at_open_circuit_is_set_up_again():
    line = Transcript(
        OFF, LANG, *does("0", "VOLT", "0", "1E-4", off_state="NORM"),
        *SET_UP_AGAIN, (b":OUTP?\n", b"0\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.open_circuit()
    cell.verify()
    assert not cell.read().on
    line.done()


@pytest.mark.parametrize("reply", [b"1E-3,37E3,0\n", b"1E+3,3.7,0\n"])
def test_a_number_that_cannot_be_measured_is_a_damaged_answer(reply: bytes):
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, (READ, reply), LANG,
                      (READ, b"1E-3,3.7,0\n"))  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(BadReply, match="cannot be measured"):
        cell.read()
    assert cell.read().voltage_v == 3.7


@pytest.mark.parametrize("reply", [b" \n", b"0.\n", b"on\n"])
def test_an_output_state_that_is_neither_is_a_damaged_answer(reply: bytes):
    line = Transcript(OFF, LANG, (b":OUTP?\n", reply))
    cell = unit(line)
    cell.open_circuit()
    with pytest.raises(BadReply, match="neither 0 nor 1"):
        cell.read()


def test_the_limit_is_asked_now_and_then_and_at_once_when_the_source_goes_astray():
    trip, on = b":SOUR:CURR:VLIM:TRIP?\n", (b":OUTP?\n", b"1\n")
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, NO_ERROR,
        (READ, b"1.0E-03,3.7,0\n"),
        (READ, b"1.0E-03,3.7,0\n"), (trip, b"0\n"), on,
        (READ, b"5.0E-04,4.2,0\n"), (trip, b"1\n"),
        (READ, b"1.0E-03,4.1,0\n"), (trip, b"0\n"), on,
        (READ, b"1.0E-03,4.1,0\n"),
    )  # fmt: skip
    cell = unit(line, limit_every=2)
    cell.source_current(0.001, 4.2)
    assert [cell.read().limited for _ in range(5)] == [False, False, True, False, False]
    line.done()


def test_open_circuit_is_the_open_relay_behind_which_no_voltage_is_known():
    line = Transcript(OFF, LANG, (b":OUTP?\n", b"0\n"))
    cell = unit(line)
    cell.open_circuit()
    reading = cell.read()
    assert math.isnan(reading.voltage_v)
    assert reading.current_a == 0.0
    assert not reading.on
    line.done()


def test_an_output_that_stays_on_is_said_to_be_on_with_what_it_does():
    line = Transcript(OFF, LANG, (b":OUTP?\n", b"1\n"),
                      *does("1", "CURR", "1E-3", "4.2"), (READ, b"1E-3,3.7,0\n"))  # fmt: skip
    cell = unit(line)
    cell.open_circuit()
    reading = cell.read()
    assert (reading.on, reading.current_a, reading.voltage_v) == (True, 1e-3, 3.7)
    line.done()


def test_open_circuit_by_zero_current_reads_the_voltage_and_counts_as_off():
    line = Transcript(begin_current("0", "5", "1e-06"), LANG, NO_ERROR, (READ, b"2E-11,3.7,0.1\n"))
    cell = unit(line, open_by="zero_current")
    cell.open_circuit()
    cell.open_circuit()
    reading = cell.read()
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.7, 2e-11, False)
    line.done()


def test_open_circuit_waits_for_no_answer_even_after_a_failure():
    line = Transcript(LANG, (b":OUTP?\n", b""), OFF)
    cell = unit(line)
    with pytest.raises(Exception, match="no whole answer"):
        cell.read()
    cell.open_circuit()
    line.done()


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.2, -0.2])
def test_a_current_beyond_the_rig_is_not_sent(bad: float):
    with pytest.raises(ValueError, match="beyond this rig"):
        unit(Transcript()).source_current(bad, 4.2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 5.1])
def test_a_voltage_beyond_the_rig_is_not_sent(bad: float):
    with pytest.raises(ValueError, match="beyond this rig"):
        unit(Transcript()).source_voltage(bad, 0.01)
    with pytest.raises(ValueError, match="beyond this rig"):
        unit(Transcript()).source_current(0.01, bad)


@pytest.mark.parametrize("reply", [b"1,2\n", b"volt\n", b"1,2,3\n4\n", b"1,2,3\n4", b"\xff,1,2\n"])
def test_another_answer_than_three_numbers_is_refused_and_the_line_probed(reply: bytes):
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, (READ, reply), LANG,
                      (READ, b"1E-3,3.7,0\n"))  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(BadReply):
        cell.read()
    assert cell.read().voltage_v == 3.7


def test_a_late_reading_is_stepped_over_until_the_language_is_answered():
    late = b"9.9E-3,1.0,0.0\n"
    line = Transcript(
        begin_current("0.001", "4.2"), LANG, NO_ERROR, (READ, b""),
        (LANG[0], late + LANG[1]), (READ, b"1E-3,3.7,0\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(Exception, match="no whole answer"):
        cell.read()
    assert cell.read().voltage_v == 3.7


def test_overflow_is_no_number():
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, (READ, b"1E-3,9.9E37,0\n"))
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    assert math.isnan(cell.read().voltage_v)


def test_the_buffer_is_cleared_now_and_then():
    read = (READ, b"1E-3,3.7,0\n")
    clear = (b':TRAC:CLE "defbuffer1"\n', b"")
    line = Transcript(begin_current("0.001", "4.2"), LANG, NO_ERROR, read, read, clear, read)
    cell = unit(line, clear_every=2)
    cell.source_current(0.001, 4.2)
    for _ in range(3):
        cell.read()
    line.done()


def test_observing_sends_nothing_but_queries():
    line = Transcript(
        LANG,
        (FETCH, b"1.0E-03,3.7,0.5,Volt DC\n"), (b":OUTP?\n", b"1\n"),
        (FETCH, b"4.2,-2.0E-03,0.6,Amp DC\n"),
    )  # fmt: skip
    cell = unit(line, observe=True)
    cell.configure()
    first, second = cell.read(), cell.read()
    assert (first.voltage_v, first.current_a, first.on) == (3.7, 1e-3, True)
    assert (second.voltage_v, second.current_a) == (4.2, -2e-3)
    line.done()


def test_an_observed_cell_cannot_be_commanded_and_the_error_says_why():
    cell = unit(Transcript(), observe=True)
    for command in (
        cell.open_circuit,
        lambda: cell.source_current(0.001, 4.2),
        lambda: cell.source_voltage(4.2, 0.001),
    ):
        with pytest.raises(DeviceRefused, match="another program drives the cell"):
            command()


def test_a_reading_that_is_not_new_keeps_its_old_time():
    clock = FakeClock()
    reply = (FETCH, b"1.0E-03,3.7,0.5,Volt DC\n")
    line = Transcript(LANG, reply, (b":OUTP?\n", b"1\n"), reply)
    cell = Keithley2450(line, clock, Keithley2450Options(observe=True))
    first = cell.read()
    clock.advance_ms(100)
    assert cell.read() is first


def test_an_observed_reading_of_ohms_is_refused():
    line = Transcript(LANG, (FETCH, b"1.0E-03,3.7,0.5,Ohm\n"))
    with pytest.raises(BadReply, match="neither volt nor ampere"):
        unit(line, observe=True).read()
