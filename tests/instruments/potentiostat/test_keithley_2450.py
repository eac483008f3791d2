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
RESET = (b"*RST;*OPC?\n", b"1\n")
SET_UP = (RESET, *(
    (line.encode() + b"\n", b"")
    for line in (
        ":OUTP:CURR:SMOD HIMP", ":OUTP:VOLT:SMOD HIMP", ":ROUT:TERM FRON",
        ":SENS:VOLT:NPLC 1", ":SENS:VOLT:AZER 0", ":SENS:VOLT:RANG 20",
        ":SENS:CURR:NPLC 1", ":SENS:CURR:AZER 0",
        ":SOUR:VOLT:RANG 20", ":SOUR:CURR:READ:BACK 1", ":SOUR:VOLT:READ:BACK 1", ":OUTP OFF",
    )
))  # fmt: skip


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


def begin_zero(limit: str) -> tuple[bytes, bytes]:
    line = (
        ':OUTP OFF;:SOUR:FUNC CURR;:SENS:FUNC "VOLT";:SENS:VOLT:RSEN 1;:OUTP:CURR:SMOD HIMP;'
        f":SOUR:CURR 0;:SOUR:CURR:RANG 1e-06;:SOUR:CURR:VLIM {limit};:SOUR:CURR 0;:OUTP ON\n"
    )
    return line.encode(), b""


def limited(limit: str, range_a: str) -> str:
    return f":SENS:CURR:RANG:AUTO 1;:SOUR:VOLT:ILIM {limit};:SENS:CURR:RANG {range_a}"


def begin(voltage: str, limit: str, range_a: str = "0.001") -> tuple[bytes, bytes]:
    """A current and a voltage begin alike: the voltage source with its limit of current."""
    line = (
        ':OUTP OFF;:SOUR:FUNC VOLT;:SENS:FUNC "CURR";:SENS:CURR:RSEN 1;:OUTP:VOLT:SMOD HIMP;'
        f":SOUR:VOLT {voltage};{limited(limit, range_a)};:OUTP ON\n"
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
        begin("4.2", "0.001"), LANG, NO_ERROR,
        (READ, b"3.701234E+00,1.000000E-03,0.123456\n"),
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
        begin("4.2", "0.001"), LANG, NO_ERROR,
        (READ, b"4.200000E+00,2.500000E-04,0.1\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_voltage(4.2, 0.001)
    reading = cell.read()
    assert (reading.voltage_v, reading.current_a) == (4.2, 2.5e-4)


def test_a_discharge_is_a_voltage_source_that_stands_where_it_is_to_end():
    line = Transcript(begin("2.5", "0.001"), LANG, NO_ERROR)
    unit(line, voltage_max_v=4.5).source_current(-0.001, 2.5)
    line.done()


def test_no_current_is_sourced_as_such_so_that_the_voltage_is_read():
    line = Transcript(begin_zero("5"), LANG, NO_ERROR, (READ, b"0,3.7,0.1\n"))
    cell = unit(line)
    cell.source_current(0.0, 4.2)
    assert cell.read().voltage_v == 3.7
    line.done()


@pytest.mark.parametrize(
    ("current_a", "limit", "range_a"),
    [
        (5e-7, "5e-07", "1e-06"),
        (1.05e-4, "0.000105", "0.0001"),
        (1.06e-4, "0.000106", "0.001"),
        (-7.85e-4, "0.000785", "0.001"),
        (0.02, "0.02", "0.1"),
    ],
)
def test_a_current_is_limited_in_the_smallest_range_that_can(
    current_a: float, limit: str, range_a: str
):
    line = Transcript(begin("4.2", limit, range_a), LANG, NO_ERROR)
    unit(line).source_current(current_a, 4.2)
    line.done()


def test_a_discharge_after_a_charge_switches_nothing_off():
    turn = (f"{limited('0.001', '0.001')};:SOUR:VOLT 2.5\n".encode(), b"")
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, turn, NO_ERROR)
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.source_current(-0.001, 2.5)
    line.done()


def test_a_limit_of_current_rises_after_the_voltage_is_set_and_falls_before():
    up = (f":SOUR:VOLT 3;{limited('0.01', '0.01')}\n".encode(), b"")
    down = (f"{limited('0.001', '0.001')};:SOUR:VOLT 4.2\n".encode(), b"")
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, up, NO_ERROR, down, NO_ERROR)
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.source_voltage(3.0, 0.01)
    cell.source_current(0.001, 4.2)
    line.done()


def test_a_source_that_is_not_trusted_is_switched_off_however_the_rig_rests():
    line = Transcript(OFF, LANG, (b":OUTP?\n", b"0\n"))
    cell = unit(line, open_by="zero_current")
    cell.switch_off()
    assert not cell.read().on
    line.done()


def test_a_command_said_already_is_not_sent_again_and_a_new_level_alone_is():
    change = (f":SOUR:VOLT 4.2;{limited('0.002', '0.01')}\n".encode(), b"")
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, change, NO_ERROR)
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    cell.source_current(0.002, 4.2)
    line.done()


def test_a_reading_that_fails_leaves_the_source_alone():
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, (READ, b""))
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(ReplyTimeout):
        cell.read()
    cell.source_current(0.001, 4.2)
    line.done()


@pytest.mark.parametrize("answer", [b"", b'\x20,"No error;0,0,0"\n'])
def test_a_command_whose_answer_fails_is_not_begun_again_where_it_is_carried_out(answer: bytes):
    again = (f"{limited('0.001', '0.001')};:SOUR:VOLT 4.2\n".encode(), b"")
    line = Transcript(
        begin("4.2", "0.001"), LANG, (NO_ERROR[0], answer),
        LANG, *does("1", "VOLT", "4.200000E+00", "1.000000E-03"), again, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    with pytest.raises(LinkError):
        cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    line.done()


def test_a_level_that_did_not_arrive_is_sent_again_without_switching_the_output():
    change = (f":SOUR:VOLT 4.2;{limited('0.002', '0.01')}\n".encode(), b"")
    line = Transcript(
        begin("4.2", "0.001"), LANG, NO_ERROR, change, (NO_ERROR[0], b""),
        LANG, *does("1", "VOLT", "4.200000E+00", "1.000000E-03"), change, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(ReplyTimeout):
        cell.source_current(0.002, 4.2)
    cell.source_current(0.002, 4.2)
    line.done()


def test_a_function_that_was_not_begun_is_begun():
    whole = begin("4.2", "0.001")
    line = Transcript(
        OFF, whole, LANG, (NO_ERROR[0], b""),
        LANG, *does("0", "VOLT", "0", "1.05E-4"), whole, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.open_circuit()
    with pytest.raises(ReplyTimeout):
        cell.source_current(0.001, 4.2)
    cell.source_current(0.001, 4.2)
    line.done()


def test_a_source_that_is_found_off_is_not_switched_on_again_before_it_was_set_up_anew():
    whole = begin("4.2", "0.001")
    off = does("0", "VOLT", "0", "1.05E-4", off_state="NORM")
    line = Transcript(
        whole, LANG, NO_ERROR, *off, *off,
        OFF, LANG, *SET_UP, NO_ERROR, OFF, whole, NO_ERROR,
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.verify()
    for command in (cell.read, lambda: cell.source_current(0.001, 4.2)):
        with pytest.raises(DeviceRefused, match="commanded to drive the cell and is found off"):
            command()
    cell.open_circuit()
    cell.source_current(0.001, 4.2)
    line.done()


def test_one_damaged_answer_is_no_loss():
    off, on = (does(state, "VOLT", "4.2", "1E-3") for state in ("0", "1"))
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, *off, *on,
                      (READ, b"3.7,1E-3,0\n"))  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    cell.verify()
    assert cell.read().current_a == 1e-3
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


@pytest.mark.parametrize("reply", [b"37E3,1E-3,0\n", b"3.7,1E+3,0\n"])
def test_a_number_that_cannot_be_measured_is_a_damaged_answer(reply: bytes):
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, (READ, reply), LANG,
                      (READ, b"3.7,1E-3,0\n"))  # fmt: skip
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
    trip = b":OUTP?;:SOUR:VOLT:ILIM:TRIP?\n"
    line = Transcript(
        begin("4.2", "0.001"), LANG, NO_ERROR,
        (READ, b"3.7,1.0E-03,0\n"),
        (READ, b"3.7,1.0E-03,0\n"), (trip, b"1;1\n"),
        (READ, b"4.2,5.0E-04,0\n"), (trip, b"1;0\n"),
        (READ, b"4.1,1.0E-03,0\n"), (trip, b"1;1\n"),
        (READ, b"4.1,1.0E-03,0\n"),
    )  # fmt: skip
    cell = unit(line, limit_every=2)
    cell.source_current(0.001, 4.2)
    assert [cell.read().limited for _ in range(5)] == [False, False, True, False, False]
    line.done()


def test_an_output_that_somebody_switched_off_is_seen():
    line = Transcript(
        begin("4.2", "0.001"), LANG, NO_ERROR,
        (READ, b"0,0,0\n"), (b":OUTP?;:SOUR:VOLT:ILIM:TRIP?\n", b"0;0\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    reading = cell.read()
    assert (reading.on, reading.current_a, math.isnan(reading.voltage_v)) == (False, 0.0, True)
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


def test_of_an_output_that_stays_on_it_is_read_what_flows():
    line = Transcript(
        OFF, LANG, (b":OUTP?\n", b"1\n"),
        (READ[:-1] + b",UNIT\n", b"3.7,5.0E-03,0.1,Amp DC\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.open_circuit()
    reading = cell.read()
    assert (reading.on, reading.voltage_v, reading.current_a) == (True, 3.7, 5e-3)
    line.done()


def test_open_circuit_by_zero_current_reads_the_voltage_and_counts_as_off():
    line = Transcript(begin_zero("5"), LANG, NO_ERROR, (READ, b"2E-11,3.7,0.1\n"))
    cell = unit(line, open_by="zero_current")
    cell.open_circuit()
    cell.open_circuit()
    reading = cell.read()
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.7, 2e-11, False)
    line.done()


def test_at_zero_current_the_output_is_asked_now_and_then():
    read = (READ, b"0,3.7,0.1\n")
    line = Transcript(
        begin_zero("5"), LANG, NO_ERROR, read, read, (b":OUTP?\n", b"1\n"), read, read,
        (b":OUTP?\n", b"1\n"),
    )  # fmt: skip
    cell = unit(line, open_by="zero_current", limit_every=2)
    cell.open_circuit()
    assert [cell.read().voltage_v for _ in range(4)] == [3.7] * 4
    line.done()


def test_a_rest_at_zero_current_whose_output_somebody_switched_off_has_no_voltage():
    read = (READ, b"0,0.001,0.1\n")
    line = Transcript(
        begin_zero("5"), LANG, NO_ERROR, read, read, (b":OUTP?\n", b"0\n"),
        *does("0", "CURR", "0", "5"), (b":OUTP?\n", b"0\n"), begin_zero("5"), NO_ERROR,
    )  # fmt: skip
    cell = unit(line, open_by="zero_current", limit_every=2)
    cell.open_circuit()
    readings = [cell.read() for _ in range(3)]
    assert [math.isnan(reading.voltage_v) for reading in readings] == [False, True, True]
    assert not any(reading.on for reading in readings)
    cell.open_circuit()
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
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, (READ, reply), LANG,
                      (READ, b"3.7,1E-3,0\n"))  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(BadReply):
        cell.read()
    assert cell.read().voltage_v == 3.7


def test_a_late_reading_is_stepped_over_until_the_language_is_answered():
    late = b"1.0,9.9E-3,0.0\n"
    line = Transcript(
        begin("4.2", "0.001"), LANG, NO_ERROR, (READ, b""),
        (LANG[0], late + LANG[1]), (READ, b"3.7,1E-3,0\n"),
    )  # fmt: skip
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    with pytest.raises(Exception, match="no whole answer"):
        cell.read()
    assert cell.read().voltage_v == 3.7


def test_overflow_is_no_number():
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, (READ, b"9.9E37,1E-3,0\n"))
    cell = unit(line)
    cell.source_current(0.001, 4.2)
    assert math.isnan(cell.read().voltage_v)


def test_the_buffer_is_cleared_now_and_then():
    read = (READ, b"3.7,1E-3,0\n")
    clear = (b':TRAC:CLE "defbuffer1"\n', b"")
    line = Transcript(begin("4.2", "0.001"), LANG, NO_ERROR, read, read, clear, read)
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
