import struct

import pytest

from instruments.codecs import mbap, modbus
from instruments.emulators.isco_d import IscoDEmulator
from instruments.press.isco_d import IscoD, IscoDOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress

OPTIONS = IscoDOptions(um_per_count=0.05)


class Rig:
    def __init__(self) -> None:
        self.plant, clock = FakePress(), FakeClock()
        self.device = IscoDEmulator(self.plant, OPTIONS)
        self.driver = IscoD(Loopback(self.device, clock, 5), clock, OPTIONS)

    def ask(self, pdu: bytes) -> bytes:
        return self.device.receive(mbap.mbap_frame(9, 1, pdu), 0)[7:]


def test_the_driver_presses_reads_stops_and_is_identified():
    rig = Rig()
    assert rig.driver.identify() == ("ISCO pump type 9", "", "2.1103")
    rig.driver.configure()
    rig.plant.slow = True
    rig.driver.move_to(12.5)
    assert rig.plant.to == 250
    assert rig.driver.moving()
    rig.plant.at = 123
    rig.driver.stop()
    assert rig.plant.to == 123
    assert not rig.driver.moving()
    readings = [rig.driver.read() for _ in range(4)]
    assert {(one.position, one.fault) for one in readings} == {(123, False)}


def test_a_setpoint_alone_moves_nothing():
    rig = Rig()
    words = struct.unpack(">2H", struct.pack(">f", 200.0))
    rig.ask(modbus.write_many_request(0, words))
    rig.ask(modbus.write_coil_request(0, on=True))
    assert rig.plant.to == 0
    rig.ask(modbus.write_coil_request(9, on=True))
    assert rig.plant.to == 200


def test_a_pump_that_somebody_stops_is_noticed():
    rig = Rig()
    rig.driver.configure()
    rig.driver.move_to(12.5)
    rig.ask(modbus.write_coil_request(0, on=False))
    assert any(rig.driver.read().fault for _ in range(3))


def test_the_ends_of_the_stroke_are_the_cylinders():
    rig = Rig()
    rig.plant.high = True
    assert rig.driver.read()[2:4] == (False, True)


def test_of_the_units_of_pressure_one_is_on():
    rig = Rig()
    rig.ask(modbus.write_coil_request(85, on=True))
    assert modbus.coils(rig.ask(modbus.read_coils_request(84, 4)), 4) == (False, True, False, False)


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        (modbus.read_request(246, 2), 2),
        (modbus.read_coils_request(142, 1), 2),
        (modbus.read_coils_request(0, 2001), 3),
        (modbus.write_coil_request(110, on=True), 2),
        (modbus.write_coil_request(200, on=True), 2),
        (bytes.fromhex("0500090001"), 3),
        (modbus.write_many_request(0, (1,)), 3),
        (modbus.write_many_request(72, (0, 0)), 2),
        (modbus.write_many_request(0, (0xFFFF, 0)), 3),
        (modbus.write_one_request(0, 1), 1),
        (bytes.fromhex("0f00000001 01 01"), 1),
    ],
)
def test_what_is_not_there_is_an_exception(pdu: bytes, code: int):
    assert Rig().ask(pdu) == bytes((pdu[0] | 0x80, code))


def test_another_unit_is_not_answered():
    assert Rig().device.receive(mbap.mbap_frame(1, 2, modbus.read_request(0, 2)), 0) == b""
