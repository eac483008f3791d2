import pytest

from instruments.emulators.alicat import AlicatEmulator
from instruments.press.alicat import Alicat, AlicatOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress

OPTIONS = AlicatOptions(um_per_count=0.5, verify_every=1)


class Rig:
    def __init__(self) -> None:
        self.plant, clock = FakePress(), FakeClock()
        self.device = AlicatEmulator(self.plant, OPTIONS)
        self.driver = Alicat(Loopback(self.device, clock, 3), clock, OPTIONS)

    def say(self, text: str) -> str:
        return self.device.receive(text.encode() + b"\r", 0).decode()


def test_the_driver_presses_reads_stops_and_is_identified():
    rig = Rig()
    assert rig.driver.identify() == ("PCD-100PSIG-D", "123456", "10v05")
    rig.driver.configure()
    rig.driver.move_to(250.0)
    assert rig.plant.to == 500
    assert rig.driver.read()[:2] == (500, False)
    rig.plant.at = 321
    assert rig.driver.moving()
    rig.driver.stop()
    assert rig.plant.to == 321
    assert not rig.driver.moving()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("A", "A +000.00 +000.00\r"),
        ("a", "A +000.00 +000.00\r"),
        ("*", "A +000.00 +000.00\r"),
        ("ALS 50.00", "A +050.00 +050.00 10 PSIG\r"),
        ("AS50.00", "A +050.00 +050.00\r"),
        ("A32000", "A +050.00 +050.00\r"),
        ("AVE", "A   10v05.0-R24 Jan  9 2025,15:04:07\r"),
        ("AR122", "A   122 = 38\r"),
        ("ALS 101", "A ?\r"),
        ("ANONSENSE", "A ?\r"),
        ("B", ""),
    ],
)
def test_each_command_is_answered_as_the_primer_says(sent: str, answer: str):
    assert Rig().say(sent) == answer


def test_setting_up_cancels_a_hold_at_the_pressure_that_there_is():
    """Not at the setpoint that the hold hides."""
    rig = Rig()
    rig.say("ALS 2.00")
    rig.say("AHP")
    rig.say("ALS 90.00")
    rig.driver.configure()
    assert (rig.plant.at, rig.plant.to, rig.device.setpoint) == (200, 200, 2.0)
    assert not rig.driver.read().fault


def test_a_hold_keeps_the_press_until_it_is_cancelled():
    rig = Rig()
    assert rig.say("AHP") == "A +000.00 +000.00 HLD\r"
    rig.say("ALS 20.00")
    assert rig.plant.to == 0
    assert rig.driver.read().fault
    rig.say("AC")
    assert rig.plant.to == 2000


def test_all_of_the_information_comes_in_ten_lines():
    assert Rig().say("A??M*").count("\r") == 10


def test_a_reset_controller_is_noticed():
    rig = Rig()
    rig.driver.configure()
    rig.driver.move_to(250.0)
    rig.device.reset()
    reading = rig.driver.read()
    assert (reading.position, reading.fault) == (0, True)
