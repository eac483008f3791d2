import math

import pytest

from instruments.emulators.mt_sics import MtSicsEmulator
from instruments.loadcell.mt_sics import MtSics, MtSicsOptions
from instruments.protocols import DeviceRefused
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce

OPTIONS = MtSicsOptions(division_n=1.0, full_scale_n=1000.0)


class Rig:
    def __init__(self, force_n: float = 0.0) -> None:
        self.plant, clock = FakeForce(force_n), FakeClock()
        self.device = MtSicsEmulator(self.plant, OPTIONS)
        self.driver = MtSics(Loopback(self.device, clock, 3), clock, OPTIONS)

    def say(self, text: str) -> str:
        return self.device.receive(text.encode() + b"\r\n", 0).decode().removesuffix("\r\n")


def test_the_driver_reads_what_stands_on_it():
    rig = Rig(1253.4 / 2)
    assert rig.driver.identify() == ("IND570 Standard", "B123456789", "2.03 30237850")
    assert rig.driver.read().counts == (627,)
    rig.plant.forces_n[0] = 1010.0
    assert rig.driver.read().over
    rig.plant.forces_n[0] = -1010.0
    assert rig.driver.read().fault
    rig.plant.forces_n[0] = math.nan
    with pytest.raises(DeviceRefused):
        rig.driver.read()


def test_a_weight_is_stable_once_it_is_the_same_again():
    rig = Rig(125.0)
    assert rig.say("SI") == "S D       12.5 kg"
    assert rig.say("S") == "S S       12.5 kg"


def test_zero_and_tare_shift_what_is_shown():
    rig = Rig(125.0)
    assert rig.say("ZI") == "ZI S"
    rig.plant.forces_n[0] = 135.0
    assert rig.say("T") == "T S        1.0 kg"
    rig.plant.forces_n[0] = 145.0
    assert rig.say("SI") == "S D        1.0 kg"
    assert rig.say("TA") == "TA A        1.0 kg"
    assert rig.say("TAC") == "TAC A"
    assert rig.say("SI") == "S D        2.0 kg"


def test_what_it_does_not_know_is_a_syntax_error():
    assert [Rig().say(text) for text in ("", "SIR", "si", "NONSENSE")] == ["ES"] * 4
