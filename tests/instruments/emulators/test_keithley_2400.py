"""The emulated 2400 does as the device: off states, limits, ranges, errors without an answer."""

import pytest

from instruments.emulators.keithley_2400 import IDENTITY, Keithley2400Emulator
from instruments.potentiostat.keithley_2400 import Keithley2400, Keithley2400Options
from instruments.protocols import DeviceRefused, LinkError
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock


class Bench:
    def __init__(self, **options: object) -> None:
        made = Keithley2400Options(**options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
        self.plant, self.clock = FakeCell(), FakeClock()
        self.device = Keithley2400Emulator(self.plant, made)
        self.driver = Keithley2400(Loopback(self.device, self.clock, 7), self.clock, made)

    def say(self, line: str) -> str:
        return self.device.receive(line.encode() + b"\n", self.clock()).decode().rstrip("\n")


def test_the_driver_sets_up_charges_discharges_rests_and_opens():
    bench = Bench(open_by="zero_current")
    assert bench.driver.identify().model == "2400"
    bench.driver.configure()
    bench.plant.at_limit = True
    bench.driver.source_current(7.85e-4, 4.2)
    assert bench.plant.asked[-1] == ("voltage", 4.2, 7.85e-4)
    assert (bench.driver.read().current_a, bench.driver.read().limited) == (7.85e-4, False)
    bench.driver.source_current(-1e-3, 1.0)
    assert bench.plant.asked[-1] == ("voltage", 1.0, 1e-3)
    bench.driver.open_circuit()
    assert bench.plant.asked[-1] == ("current", 0.0, 5.0)
    bench.driver.switch_off()
    assert bench.plant.asked[-1][0] == "open"
    assert bench.say(":SYST:ERR:COUN?") == "0"


def test_a_reading_with_the_output_off_is_error_803_and_no_answer():
    bench = Bench()
    assert bench.say(":READ?") == ""
    assert bench.say(":SYST:ERR?").startswith('803,"Not permitted with OUTPUT off')


def test_off_without_high_impedance_discharges_the_cell():
    bench = Bench()
    bench.say("*RST")
    assert bench.plant.asked[-1][:2] == ("voltage", 0.0)
    bench.say(":OUTP:SMOD HIMP")
    assert bench.plant.asked[-1][0] == "open"


def test_a_fixed_range_limits_by_itself_and_says_so():
    bench = Bench()
    bench.plant.at_limit = True
    bench.say(":SENS:CURR:PROT 0.02;:SENS:CURR:RANG 1e-3;:SOUR:VOLT 4;:OUTP ON")
    assert bench.plant.asked[-1] == ("voltage", 4.0, pytest.approx(1.05e-3))
    assert int(float(bench.say(":READ?").split(",")[4])) & 1 << 16
    assert bench.say(":SENS:CURR:PROT:TRIP?") == "1"


def test_elements_are_answered_in_their_own_order():
    bench = Bench()
    bench.say(":FORM:ELEM STAT,VOLT;:OUTP ON")
    volts, status = bench.say(":READ?").split(",")
    assert (float(volts), int(float(status)) & 1 << 14) == (0.0, 1 << 14)
    assert bench.say("*IDN?") == IDENTITY


def test_another_source_function_switches_the_output_off():
    bench = Bench()
    bench.say(":OUTP ON;:SOUR:FUNC CURR")
    assert bench.say(":OUTP?") == "0"


def test_it_is_driven_no_more_after_a_reset_until_it_is_set_up():
    bench = Bench()
    bench.driver.configure()
    bench.driver.source_current(1e-3, 4.2)
    bench.say("*RST")
    for _ in range(3):
        with pytest.raises(LinkError):
            bench.driver.read()
    with pytest.raises(DeviceRefused, match="found off"):
        bench.driver.source_current(1e-3, 4.2)
    bench.driver.open_circuit()
    bench.driver.source_current(1e-3, 4.2)
    assert bench.plant.asked[-1] == ("voltage", 4.2, 1e-3)
