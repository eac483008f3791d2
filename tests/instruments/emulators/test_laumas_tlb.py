import math

import pytest

from instruments.codecs import modbus
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.loadcell.laumas_tlb import LaumasTlb, LaumasTlbOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce

ZERO_UNIT_1 = bytes.fromhex("01100005000102 0008 A7C3")


def bus(*forces_n: float, **options: object) -> tuple[FakeForce, LaumasTlbEmulator, LaumasTlb]:
    made = LaumasTlbOptions(units=tuple(range(1, len(forces_n) + 1)), **options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    plant, clock = FakeForce(*forces_n), FakeClock()
    emulator = LaumasTlbEmulator(plant, made)
    return plant, emulator, LaumasTlb(Loopback(emulator, clock, chunk=4), clock, made)


def registers(emulator: LaumasTlbEmulator, address: int, count: int) -> tuple[int, ...]:
    reply = emulator.receive(modbus.rtu_frame(1, modbus.read_request(address, count)), 0)
    assert modbus.crc16(reply) == 0
    return tuple(int.from_bytes(reply[i : i + 2], "big") for i in range(3, 3 + 2 * count, 2))


def command(emulator: LaumasTlbEmulator, value: int) -> bytes:
    return emulator.receive(modbus.rtu_frame(1, modbus.write_one_request(5, value)), 0)


@pytest.mark.parametrize("sign", ["twos_complement", "status_bit"])
def test_forces_are_shown_in_whole_divisions(sign: str):
    _, _, cells = bus(400.0, -0.26, 3999.96, sign=sign)
    reading = cells.read()
    assert reading.counts == (4000, -3, 40000)
    assert not reading.fault


def test_full_scale_shows_in_the_status():
    plant, emulator, cells = bus(4000.0)
    assert registers(emulator, 6, 1) == (0,)
    plant.forces_n[0] = 4001.0
    assert registers(emulator, 6, 1) == (4,)
    plant.forces_n[0] = -4500.0
    assert registers(emulator, 6, 1) == (0x18C,)  # signs of gross and net beside them
    assert (cells.read().fault, cells.read().over) == (False, True)


def test_a_broken_bridge_is_a_fault_at_the_rail():
    _, emulator, cells = bus(math.nan)
    assert registers(emulator, 6, 3) == (1, 0, 44001)
    assert (cells.read().fault, cells.read().over) == (True, False)


def test_transmitters_of_different_ranges_show_their_own_divisions():
    plant, emulator, cells = bus(
        100.0, 100.0, division_n=(0.01, 1.0), full_scale_n=(200.0, 60_000.0)
    )
    assert cells.read().counts == (10_000, 100)
    plant.forces_n[:] = [201.0, 201.0]
    assert registers(emulator, 6, 1) == (4,)
    assert cells.read().over


def test_zero_shifts_gross():
    plant, emulator, cells = bus(12.3)
    assert emulator.receive(ZERO_UNIT_1, 0) == modbus.rtu_frame(1, bytes.fromhex("1000050001"))
    assert cells.read().counts == (0,)
    plant.forces_n[0] = 22.3
    assert cells.read().counts == (100,)


def test_preset_tare_shifts_net_alone():
    _, emulator, _ = bus(50.0)
    emulator.receive(modbus.rtu_frame(1, modbus.write_many_request(72, (0, 200))), 0)
    assert registers(emulator, 9, 2) == (0, 500)
    command(emulator, 130)
    assert registers(emulator, 7, 4) == (0, 500, 0, 300)


def test_the_sign_of_net_is_in_the_status_too():
    plant, emulator, _ = bus(50.0)
    emulator.receive(modbus.rtu_frame(1, modbus.write_many_request(72, (0, 700))), 0)
    command(emulator, 130)
    assert registers(emulator, 6, 5) == (0x100, 0, 500, 0, 200)
    plant.forces_n[0] = -1.0
    assert registers(emulator, 6, 5) == (0x180, 0, 10, 0, 710)


def test_each_half_of_the_preset_tare_is_written_by_itself():
    _, emulator, _ = bus(50.0)
    for address, value in ((72, 1), (73, 200)):
        request = modbus.rtu_frame(1, modbus.write_one_request(address, value))
        assert emulator.receive(request, 0) == request
    assert registers(emulator, 72, 2) == (1, 200)


def test_outputs_are_kept_as_written():
    _, emulator, _ = bus(50.0)
    emulator.receive(modbus.rtu_frame(1, modbus.write_one_request(17, 0b101)), 0)
    assert registers(emulator, 17, 1) == (0b101,)


def test_units_tell_firmware_and_serial_number():
    _, emulator, cells = bus(0.0, 0.0)
    assert registers(emulator, 0, 5) == (114, 7, 2021, 20101, 1)
    assert cells.identify() == ("laumas-tlb", "20101,20102", "114,114")


def test_the_peak_is_kept():
    plant, emulator, cells = bus(50.0)
    cells.read()
    plant.forces_n[0] = 10.0
    assert registers(emulator, 11, 2) == (0, 500)


def test_saves_to_the_eeprom_are_counted():
    _, emulator, _ = bus(50.0)
    command(emulator, 99)
    command(emulator, 99)
    assert emulator.transmitters[1].saves == 2


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        (modbus.read_request(900, 1), 2),
        (modbus.read_request(5, 33), 3),
        (modbus.write_one_request(6, 1), 2),
        (modbus.write_one_request(5, 77), 3),
        (bytes.fromhex("0400060001"), 1),
    ],
)
def test_what_is_not_there_is_an_exception(pdu: bytes, code: int):
    _, emulator, _ = bus(1.0)
    reply = emulator.receive(modbus.rtu_frame(1, pdu), 0)
    assert reply == modbus.rtu_frame(1, bytes((pdu[0] | 0x80, code)))


def test_other_units_and_broadcasts_are_not_answered():
    _, emulator, _ = bus(1.0)
    for unit in (0, 2, 99):
        assert emulator.receive(modbus.rtu_frame(unit, modbus.read_request(6, 1)), 0) == b""
