"""The bytes of a Keithley 2400, its status word, and that a source that was lost is not driven."""

import math

import pytest

from instruments.codecs import keithley_2400 as codec
from instruments.potentiostat.keithley_2400 import (
    Keithley2400,
    Keithley2400Options,
    accuracy,
)
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout, WrongDevice
from tests.instruments.fakes import FakeClock, Transcript

IDN = (b"*IDN?\n", b"KEITHLEY INSTRUMENTS INC.,MODEL 2400,1162003,C33   Mar 31 2015/A02  /K/J\n")
NO_ERROR = (b":SYST:ERR?\n", b'0,"No error"\n')
OFF = (b":OUTP:SMOD HIMP;:OUTP OFF\n", b"")
RESET = (b"*CLS;*RST;*OPC?\n", b"1\n")
SET_UP = (RESET, *(
    (line.encode() + b"\n", b"")
    for line in (
        ":OUTP:SMOD HIMP", ":ROUT:TERM FRON", ":SYST:RSEN 1", ":SYST:AZER 0", ":SENS:FUNC:CONC 1",
        ":SENS:FUNC 'VOLT','CURR'", ":SENS:VOLT:NPLC 1", ":FORM:ELEM VOLT,CURR,RES,TIME,STAT",
        ":SOUR:DEL 0", ":SOUR:VOLT:RANG 20", ":OUTP OFF",
    )
))  # fmt: skip
CHARGING = (
    b":OUTP OFF;:SOUR:FUNC VOLT;:SYST:RSEN 1;:OUTP:SMOD HIMP;:SOUR:VOLT:RANG 20;:SOUR:VOLT 4.2;"
    b":SENS:CURR:RANG:AUTO 1;:SENS:CURR:PROT 0.001;:SENS:CURR:RANG 0.001;:OUTP ON\n"
)
RESTING = (
    b":OUTP OFF;:SOUR:FUNC CURR;:SYST:RSEN 1;:OUTP:SMOD HIMP;:SOUR:CURR:RANG 1e-06;:SOUR:CURR 0;"
    b":SENS:VOLT:PROT 5;:SOUR:CURR 0;:OUTP ON\n"
)
CHARGE, REST = (CHARGING, b""), (RESTING, b"")
VOLTAGE_SOURCE, COMPLIANCE, CURRENT_SOURCE = 1 << 14, 1 << 3, 1 << 15


def answer(voltage: str, current: str, status: int) -> bytes:
    return f"{voltage},{current},+9.910000E+37,+1.234560E+02,{status:+.6E}\n".encode()


def read(voltage: str, current: str, status: int) -> tuple[bytes, bytes]:
    return b":READ?\n", answer(voltage, current, status)


def unit(line: Transcript, **options: object) -> Keithley2400:
    made = Keithley2400Options(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return Keithley2400(line, FakeClock(), made)


def charging(*then: tuple[bytes, bytes], **options: object) -> tuple[Transcript, Keithley2400]:
    line = Transcript(IDN, *SET_UP, NO_ERROR, CHARGE, NO_ERROR, *then)
    driver = unit(line, **options)
    driver.configure()
    driver.source_current(0.001, 4.2)
    return line, driver


def test_it_is_set_up_with_four_wires_an_open_relay_and_both_quantities():
    line = Transcript(IDN, *SET_UP, NO_ERROR)
    unit(line).configure()
    line.done()


def test_a_current_is_the_limit_of_the_voltage_source_which_stands_where_the_cell_stops():
    line, driver = charging(read("+3.701234E+00", "+1.000010E-03", VOLTAGE_SOURCE | COMPLIANCE))
    reading = driver.read()
    assert (reading.voltage_v, reading.current_a) == (3.701234, 0.00100001)
    assert reading.on
    assert not reading.limited
    line.done()


def test_a_charge_that_has_come_to_its_voltage_is_limited():
    _, driver = charging(read("+4.200000E+00", "+2.100000E-04", VOLTAGE_SOURCE))
    assert driver.read().limited


def test_at_rest_no_current_is_sourced_and_the_voltage_is_read():
    line = Transcript(
        IDN, *SET_UP, NO_ERROR, REST, NO_ERROR, read("+3.6E+00", "+0.0E+00", CURRENT_SOURCE)
    )
    driver = unit(line, open_by="zero_current")
    driver.configure()
    driver.open_circuit()
    reading = driver.read()
    assert (reading.voltage_v, reading.on, reading.limited) == (3.6, False, False)
    line.done()


def test_behind_the_open_relay_there_is_no_voltage_and_nothing_is_read():
    line = Transcript(IDN, *SET_UP, NO_ERROR, OFF, (b":OUTP?\n", b"0\n"))
    driver = unit(line)
    driver.configure()
    driver.open_circuit()
    reading = driver.read()
    assert math.isnan(reading.voltage_v)
    assert (reading.current_a, reading.on) == (0.0, False)
    line.done()


def test_an_output_that_somebody_switched_off_is_not_switched_on_again():
    off = (
        (b":OUTP?\n", b"0\n"), (b":SOUR:FUNC?\n", b"VOLT\n"), (b":SOUR:VOLT?\n", b"+4.2E+00\n"),
        (b":SENS:CURR:PROT?\n", b"+1.0E-03\n"), (b":OUTP:SMOD?\n", b"HIMP\n"),
    )  # fmt: skip
    line, driver = charging((b":READ?\n", b""))
    with pytest.raises(ReplyTimeout):
        driver.read()
    line.expect(IDN, *off, *off)  # asked twice: one damaged answer is no loss
    with pytest.raises(DeviceRefused, match="found off"):
        driver.read()
    with pytest.raises(DeviceRefused, match="not switched on again"):
        driver.source_current(0.001, 4.2)
    line.done()


@pytest.mark.parametrize(
    "reply",
    [
        answer("+3.7E+00", "+1.0E-03", 0),
        answer("+3.7E+00", "+1.0E-03", VOLTAGE_SOURCE | CURRENT_SOURCE),
        answer("+3.7E+00", "+1.0E-03", VOLTAGE_SOURCE | 1),
        answer("+37.1E+00", "+1.0E-03", VOLTAGE_SOURCE),
        answer("+3.7E+00", "+1.5E+00", VOLTAGE_SOURCE),
        b"+3.7E+00,+1.0E-03,+9.91E+37,+1.0E+00\n",
        b"+3.7E+00,+1.0E-03,+9.91E+37,+1.0E+00,+0.5E+00\n",
    ],
)
def test_what_cannot_be_is_a_damaged_answer(reply: bytes):
    _, driver = charging((b":READ?\n", reply))
    with pytest.raises(BadReply):
        driver.read()


def test_another_source_function_than_it_was_told_is_asked_about():
    _, driver = charging(read("+3.7E+00", "+1.0E-03", CURRENT_SOURCE))
    with pytest.raises(BadReply, match="another source function"):
        driver.read()


def test_a_2450_at_its_address_is_refused():
    line = Transcript((b"*IDN?\n", b"KEITHLEY INSTRUMENTS,MODEL 2450,0409,1.7.12b\n"))
    line.expect((b"*IDN?\n", b"KEITHLEY INSTRUMENTS,MODEL 2450,0409,1.7.12b\n"))
    with pytest.raises(WrongDevice, match="2440 was expected"):
        unit(line).identify()


def test_to_observe_it_is_refused_with_what_would_do():
    with pytest.raises(ValueError, match="follow-file"):
        Keithley2400Options(observe=True)


def test_a_reading_takes_both_quantities():
    assert Keithley2400Options(nplc=1.0).reading_ms == 45.0
    assert Keithley2400Options(nplc=0.1).deadline_ns == 68_000_000


def test_what_the_limit_adds_is_most_of_what_a_current_may_be_off():
    found = accuracy(0.02, 5.0)
    assert 0.15 < found.current_share < 0.2
    assert found.current_a == pytest.approx(5 * (2.7e-9 + 0.003 * 1e-5))


def test_a_status_word_says_function_and_limit():
    line = answer("+1.0E+00", "+2.0E-03", VOLTAGE_SOURCE | 1 << 16).decode()
    assert codec.reading(line) == codec.Reading(1.0, 2e-3, by_voltage=True, limited=True)
