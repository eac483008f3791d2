import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.potentiostat.keithley_2450 import Keithley2450, Keithley2450Options
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock


class Bench:
    def __init__(self, **options: object) -> None:
        made = Keithley2450Options(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
        self.plant, self.clock = FakeCell(), FakeClock()
        self.device = Keithley2450Emulator(self.plant, made)
        self.driver = Keithley2450(Loopback(self.device, self.clock, 7), self.clock, made)

    def say(self, line: str) -> str:
        return self.device.receive(line.encode() + b"\n", self.clock()).decode().rstrip("\n")


def test_the_driver_sets_up_charges_reads_and_opens():
    bench = Bench()
    bench.driver.configure()
    bench.plant.at_limit = True
    bench.driver.source_current(7.85e-4, 4.2)
    assert bench.plant.asked[-1] == ("voltage", 4.2, 7.85e-4)
    reading = bench.driver.read()
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.701234, 7.85e-4, True)
    bench.driver.open_circuit()
    assert bench.plant.asked[-1][0] == "open"
    assert not bench.driver.read().on
    assert bench.say(":SYST:ERR:COUN?") == "0"


def test_constant_voltage_is_sourced_with_its_limit():
    bench = Bench()
    bench.driver.configure()
    bench.driver.source_voltage(4.2, 0.001)
    bench.plant.amperes = 2.5e-4
    assert bench.plant.asked[-1] == ("voltage", 4.2, 0.001)
    reading = bench.driver.read()
    assert (reading.voltage_v, reading.current_a) == (4.2, 2.5e-4)


def test_the_cell_is_never_driven_with_the_old_level_when_the_function_changes():
    bench = Bench()
    bench.driver.configure()
    bench.driver.source_current(0.0, 4.2)
    del bench.plant.asked[:]
    bench.driver.source_voltage(3.0, 0.001)
    driven = [step for step in bench.plant.asked if step[0] != "open"]
    assert driven == [("voltage", 3.0, 0.001)]


def test_a_limit_that_is_reached_shows_in_the_reading():
    bench = Bench()
    bench.driver.configure()
    bench.plant.at_limit = True
    bench.driver.source_current(0.001, 4.2)
    assert not bench.driver.read().limited
    bench.plant.at_limit, bench.plant.amperes = False, 4e-4
    assert bench.driver.read().limited
    bench.driver.source_voltage(4.2, 0.001)
    bench.plant.volts = 3.7
    bench.plant.at_limit = True
    assert bench.driver.read().limited


def test_a_limit_far_below_a_fixed_range_is_changed_with_an_error():
    bench = Bench()
    bench.say(":SENS:CURR:RANG 0.1;:SOUR:VOLT:ILIM 5e-5")
    assert bench.say(":SYST:ERR?").startswith("-222,")
    assert bench.say(":SOUR:VOLT:ILIM?") == "1.000000E-04"
    bench.say(":SENS:CURR:RANG:AUTO 1;:SOUR:VOLT:ILIM 5e-5")
    assert bench.say(":SOUR:VOLT:ILIM?;:SYST:ERR:COUN?") == "5.000000E-05;0"


def test_a_limit_beyond_its_fixed_range_is_that_of_the_range():
    bench = Bench()
    bench.say(":SOUR:FUNC VOLT;:SENS:CURR:RANG 0.001;:SOUR:VOLT:ILIM 0.02;:SOUR:VOLT 3;:OUTP ON")
    assert bench.plant.asked[-1] == ("voltage", 3.0, pytest.approx(1.05e-3))


def test_open_by_zero_current_reads_the_voltage():
    bench = Bench(open_by="zero_current")
    bench.driver.configure()
    bench.driver.open_circuit()
    assert bench.driver.read().voltage_v == 3.701234
    assert bench.plant.asked[-1] == ("current", 0.0, 5.0)


def test_behind_the_open_relay_the_terminals_read_nothing():
    bench = Bench()
    bench.driver.configure()
    assert bench.say(':READ? "defbuffer1",SOUR,READ') == "0.000000E+00,0.000000E+00"
    bench.driver.open_circuit()
    assert math.isnan(bench.driver.read().voltage_v)


def test_off_without_high_impedance_shorts_the_cell():
    bench = Bench()
    bench.say("*RST")
    assert bench.plant.asked[-1][:2] == ("voltage", 0.0)


def test_an_observed_instrument_measures_by_itself():
    bench = Bench(observe=True)
    bench.driver.configure()
    bench.plant.amperes = -5e-4
    reading = bench.driver.read()
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.701234, -5e-4, True)
    assert bench.plant.asked == []
    bench.clock.advance_ms(100)
    assert bench.driver.read().t_ns == reading.t_ns + 100_000_000


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (":SOUR:NONSENSE 1", -113),
        (":NONSENSE?", -113),
        (":SOURC:CURR 1", -113),
        (":SOUR:CURR", -109),
        (":SOUR:CURR 5", -222),
        (":SOUR:CURR nan", -222),
        (":SOUR:CURR much", -224),
        (":SOUR:FUNC RES", -224),
        (":OUTP MAYBE", -224),
        (":READ? 'otherbuffer'", -224),
        (":READ? 'defbuffer1',NONSENSE", -224),
        (":FETC?", -230),
    ],
)
def test_what_the_instrument_cannot_do_is_queued_as_an_error(line: str, code: int):
    bench = Bench()
    assert bench.say(line) == ""
    assert bench.say(":SYST:ERR?").startswith(f'{code},"')
    assert bench.say(":SYST:ERR?") == '0,"No error;0,0,0"'


def test_an_overlong_line_is_an_error_and_not_a_command():
    bench = Bench()
    bench.say(":SOUR:CURR 0.5" + " " * 5000)
    assert bench.say(":SYST:ERR?").startswith("-363,")
    assert bench.say(":SOUR:CURR?") == "0"


def test_headers_come_short_or_long_in_any_case_and_together():
    bench = Bench()
    bench.say(":source1:current:level:immediate:amplitude 0.001;VLIM 4.5")
    assert bench.say(":sour:curr?;:SOURCE:CURR:VLIM:LEVEL?") == "1.000000E-03;21"
    bench.say(":SOUR:CURR:VLIM 4.5;RANG 0.01")
    assert bench.say(":SOUR:CURR:VLIM?;RANG?") == "4.500000E+00;1.000000E-02"


def test_a_reading_has_the_elements_in_the_order_asked():
    bench = Bench()
    bench.say(":SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SOUR:CURR 1e-3;:OUTP ON")
    bench.say(":READ?")
    bench.clock.advance_ms(123.456)
    expected = "1.000000E-03,3.701234E+00,0.123456"
    assert bench.say(':READ? "defbuffer1",SOUR,READ,REL') == expected
    assert bench.say(":FETC? 'defbuffer1',UNIT,READing") == "Volt DC,3.701234E+00"
    assert bench.say(":TRAC:ACT?") == "2"
    bench.say(":TRAC:CLE 'defbuffer1'")
    assert bench.say(":TRAC:ACT?") == "0"


def test_the_error_queue_does_not_grow_without_end():
    bench = Bench()
    for _ in range(200):
        bench.say(":NONSENSE")
    assert bench.say(":SYST:ERR:COUN?") == "64"
    bench.say("*CLS")
    assert bench.say(":SYST:ERR:COUN?") == "0"


@given(st.binary(max_size=60))
def test_no_bytes_break_the_instrument(noise: bytes):
    bench = Bench()
    bench.device.receive(noise + b"\n", 0)
    assert bench.say("*LANG?") == "SCPI"


def test_opening_the_circuit_isolates_the_cell_of_an_instrument_that_was_reset():
    bench = Bench()
    bench.say("*RST")
    assert bench.plant.asked[-1][0] == "voltage"
    bench.driver.open_circuit()
    assert bench.plant.asked[-1][0] == "open"


def test_a_reading_takes_its_line_cycles_and_a_reset_a_third_of_a_second():
    bench = Bench()
    bench.say(":SENS:CURR:NPLC 10;:READ?")
    assert bench.device.took_ns == 200_000_000
    bench.say(":SENS:COUN 3;:READ?")
    assert bench.device.took_ns == 600_000_000
    bench.say("*RST")
    assert bench.device.took_ns == 300_000_000
    bench.say("*IDN?")
    assert bench.device.took_ns == 0


def test_functions_are_told_with_their_quantity_and_an_error_with_its_time():
    bench = Bench()
    assert bench.say(":SENS:FUNC?;:SOUR:FUNC?") == '"CURR:DC";VOLT'
    bench.say(":SENS:FUNC 'RES'")
    assert bench.say(":SENS:FUNC?;:SYST:VERS?;:SYST:LFR?") == '"RES";1999.0;50'
    bench.say(":NONSENSE")
    assert bench.say(":SYST:ERR?") == '-113,"Undefined header;1;2026/01/01 00:00:01.000000"'


def test_measuring_a_voltage_sets_the_function():
    bench = Bench()
    bench.say(":OUTP ON")
    bench.plant.volts = 3.5
    bench.plant.sourced_v = None
    assert bench.say(":MEAS:VOLT?") == "3.500000E+00"
    assert bench.say(":SENS:FUNC?") == '"VOLT:DC"'


def test_the_off_state_without_a_function_is_that_of_the_source():
    bench = Bench()
    bench.say(":OUTP:SMOD HIMP")
    assert bench.say(":OUTP:VOLT:SMOD?;:OUTP:CURR:SMOD?") == "HIMP;NORM"


def test_a_buffer_is_made_filled_asked_and_deleted():
    bench = Bench()
    bench.say(":TRAC:MAKE 'mine', 10;:SENS:COUN 12;:TRAC:TRIG 'mine'")
    assert bench.say(":TRAC:POIN? 'mine';:TRAC:ACT? 'mine';:TRAC:ACT?") == "10;10;0"
    answer = bench.say(":TRAC:DATA? 1, 2, 'mine', REL, UNIT, DATE, TSTamp")
    assert answer.split(",")[:3] == ["0.040000", "Amp DC", "01/01/2026"]
    assert bench.say(":TRAC:STAT:MAX? 'mine'") == "0.000000E+00"
    bench.say(":TRAC:DEL 'mine'")
    assert bench.say(":SYST:ERR:COUN?") == "0"
    bench.say(":TRAC:ACT? 'mine'")
    bench.say(":TRAC:DEL 'defbuffer1'")
    assert bench.say(":SYST:ERR?;:SYST:ERR?").count("-224") == 2


def test_a_sweep_steps_the_source_and_then_switches_it_off():
    bench = Bench()
    bench.say(":SOUR:SWE:VOLT:LIN 0,1,3,0.1")
    del bench.plant.asked[:]
    bench.say(":INIT;*WAI")
    assert bench.device.took_ns == 3 * (100_000_000 + 20_000_000)
    levels = [volts for kind, volts, _ in bench.plant.asked if kind == "voltage"]
    assert levels[-4:] == [0.0, 0.5, 1.0, 0.0]
    assert bench.say(":TRAC:DATA? 2,3,'defbuffer1',SOUR") == "5.000000E-01,1.000000E+00"
    assert bench.say(":OUTP?") == "0"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (":TRAC:DATA?", -109),
        (":TRAC:DATA? 1,2", -230),
        (":TRAC:MAKE 'mine'", -109),
        (":TRAC:MAKE 'defbuffer1', 10", -224),
        (":TRAC:STAT:AVER?", -230),
        (":SOUR:SWE:VOLT:LIN 0,1", -109),
        (":SOUR:SWE:VOLT:LIN 0,1,1", -222),
        (":SOUR:SWE:CURR:LIN 0,5,3", -222),
        (":INIT", -230),
        (":OUTP:SMOD", -109),
        (":SYST:BEEP 440", -109),
        (":SYST:BEEP 5,1", -222),
    ],
)
def test_what_buffers_and_sweeps_cannot_do_is_an_error(line: str, code: int):
    bench = Bench()
    assert bench.say(line) == ""
    assert bench.say(":SYST:ERR?").startswith(f"{code},")
