import math

import pytest

from instruments.emulators.mantracourt_dsc import MantracourtDscEmulator
from instruments.loadcell.mantracourt_dsc import MantracourtDsc, MantracourtDscOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce


class Rig:
    def __init__(self, *forces_n: float) -> None:
        units = tuple(range(1, 1 + len(forces_n)))
        options = MantracourtDscOptions(units=units, status_every=1)
        self.plant, clock = FakeForce(*forces_n), FakeClock()
        self.device = MantracourtDscEmulator(self.plant, options)
        self.driver = MantracourtDsc(Loopback(self.device, clock, 3), clock, options)

    def say(self, text: str) -> str:
        return self.device.receive(text.encode() + b"\r", 0).decode()


def test_the_driver_reads_and_identifies_every_station():
    rig = Rig(400.0, -0.26)
    assert rig.driver.read().counts == (4000, -3)
    assert rig.driver.identify() == ("mantracourt-dsc", "201319,201320", "3.04,3.04")


def test_beyond_full_scale_and_a_broken_bridge_show_in_the_reading():
    rig = Rig(4001.0)
    assert (rig.driver.read().fault, rig.driver.read().over) == (False, True)
    rig.plant.forces_n[0] = math.nan
    assert rig.driver.read().fault


def test_flags_are_kept_until_they_are_cleared():
    rig = Rig(4001.0)
    rig.say("!001:SYS?")
    rig.plant.forces_n[0] = 1.0
    assert (rig.say("!001:STAT?"), rig.say("!001:FLAG?")) == ("0\r", "512\r")
    assert rig.say("!001:FLAG=0") == "\r"
    assert rig.say("!001:FLAG?") == "0\r"


@pytest.mark.parametrize("text", ["!000:SYS?", "!002:SYS?", "SYS?", "!1:SYS?", ""])
def test_other_stations_and_rubbish_are_not_answered(text: str):
    assert Rig(1.0).say(text) == ""


@pytest.mark.parametrize("text", ["!001:NUL?", "!001:BAUD=2", "!001:RST", "!001:FLAG=7"])
def test_what_it_does_not_know_is_refused(text: str):
    assert Rig(1.0).say(text) == "?\r"
