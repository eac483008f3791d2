import math

import pytest

from instruments.emulators.keithley_dmm6500 import KeithleyDmm6500Emulator
from instruments.loadcell.keithley_dmm6500 import KeithleyDmm6500, KeithleyDmm6500Options
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce

OPTIONS = KeithleyDmm6500Options(division_n=0.4)


class Rig:
    def __init__(self, force_n: float = 0.0) -> None:
        self.plant, self.clock = FakeForce(force_n), FakeClock()
        self.device = KeithleyDmm6500Emulator(self.plant, OPTIONS)
        self.driver = KeithleyDmm6500(Loopback(self.device, self.clock, 7), self.clock, OPTIONS)

    def say(self, line: str) -> str:
        return self.device.receive(line.encode() + b"\n", self.clock()).decode().rstrip("\n")


def test_the_driver_reads_the_amplifiers_voltage_in_counts():
    rig = Rig(1000.0)
    assert rig.driver.identify() == ("DMM6500", "04512345", "1.7.12b")
    rig.driver.configure()
    assert rig.driver.read().counts == (2500,)
    rig.driver.verify()
    assert rig.driver.read().counts == (2500,)
    assert rig.say(":SYST:ERR:COUN?;:TRAC:ACT?") == "0;2"


def test_a_broken_bridge_and_more_than_the_range_show():
    rig = Rig(math.nan)
    assert rig.driver.read().fault
    rig.driver.configure()
    assert (rig.driver.read().fault, rig.driver.read().over) == (False, True)
    rig.plant.forces_n[0] = 0.4 * 11_000
    assert rig.driver.read().fault


def test_a_restarted_meter_is_set_up_anew():
    rig = Rig(1000.0)
    rig.driver.configure()
    rig.say("*RST")
    assert rig.say(":SENS:VOLT:RANG:AUTO?;:SENS:VOLT:NPLC?") == "1;1"
    rig.driver.verify()
    assert rig.say(":SENS:VOLT:RANG:AUTO?;:SENS:VOLT:RANG?") == "0;10"


def test_a_reading_takes_its_line_cycles_and_autozero_doubles_them():
    rig = Rig()
    rig.say(":READ?")
    assert rig.device.took_ns == 40_000_000
    rig.say(":SENS:VOLT:AZER 0;NPLC 0.1;:READ?")
    assert rig.device.took_ns == 2_000_000


@pytest.mark.parametrize(("line", "code"), [(":FETC?", -230), (":NONSENSE", -113)])
def test_what_it_cannot_do_is_queued_as_an_error(line: str, code: int):
    rig = Rig()
    assert rig.say(line) == ""
    assert rig.say(":SYST:ERR?").startswith(f"{code},")
