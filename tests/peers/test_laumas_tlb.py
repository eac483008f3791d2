"""Other people's Modbus on our load cells: in memory, on a pseudo terminal, on TCP, both ways."""

import time
from typing import Any

import minimalmodbus
import pytest
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU

from instruments.codecs import modbus
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.loadcell.laumas_tlb import LaumasTlbOptions
from instruments.registry import LOAD_CELLS
from instruments.serve import Pace
from tests.instruments.fakes import FakeForce
from tests.instruments.served import on_pty, on_tcp, pymodbus_server

CLOCK = time.monotonic_ns
LAUMAS = LOAD_CELLS["laumas-tlb"]
PATIENT = {"deadline_ms": 1000.0}


def laumas(framing: str, *forces_n: float) -> LaumasTlbEmulator:
    units = tuple(range(1, len(forces_n) + 1))
    options = LaumasTlbOptions(units=units, framing=framing)  # pyright: ignore[reportArgumentType] (one of two words)
    return LaumasTlbEmulator(FakeForce(*forces_n), options)


class MemoryPort:
    """What minimalmodbus asks of a pyserial port, on our emulator."""

    def __init__(self, device: LaumasTlbEmulator) -> None:
        self._device = device
        self._waiting = b""
        self.port, self.baudrate, self.timeout, self.is_open = "memory", 10_000_000, 0.05, True

    def write(self, data: bytes) -> int:
        self._waiting += self._device.receive(data, 0)
        return len(data)

    def read(self, size: int) -> bytes:
        chunk, self._waiting = self._waiting[:size], self._waiting[size:]
        return chunk

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass

    def reset_input_buffer(self) -> None:
        self._waiting = b""

    def reset_output_buffer(self) -> None:
        pass


def test_minimalmodbus_reads_zeroes_and_is_refused():
    device = LaumasTlbEmulator(FakeForce(400.0), LaumasTlbOptions())
    peer = minimalmodbus.Instrument(MemoryPort(device), 1)  # pyright: ignore[reportArgumentType] (duck-typed port)
    assert peer.read_registers(6, 3) == [0, 0, 4000]
    assert peer.read_long(7, signed=True) == 4000
    peer.write_register(5, 8, functioncode=6)
    assert peer.read_long(7, signed=True) == 0
    peer.write_registers(72, [0, 5])
    peer.write_register(73, 200, functioncode=6)
    assert peer.read_long(72) == 200
    with pytest.raises(minimalmodbus.IllegalRequestError):
        peer.read_register(900)


@pytest.mark.parametrize(
    "pdu",
    [
        modbus.read_request(6, 3),
        modbus.write_one_request(5, 8),
        modbus.write_many_request(72, (1, 2)),
    ],
)
def test_pymodbus_understands_our_requests(pdu: bytes):
    framer = FramerRTU(DecodePDU(is_server=True))
    data = modbus.rtu_frame(7, pdu)
    used, unit, _, understood = framer.decode(data)
    assert (used, unit, understood) == (len(data), 7, pdu)


def test_pymodbus_understands_our_answers():
    framer = FramerRTU(DecodePDU(is_server=False))
    device = LaumasTlbEmulator(FakeForce(400.0), LaumasTlbOptions())
    data = device.receive(modbus.rtu_frame(1, modbus.read_request(6, 3)), 0)
    used, unit, _, pdu = framer.decode(data)
    assert (used, unit, pdu) == (len(data), 1, modbus.read_reply((0, 0, 4000)))


def registers(answer: ModbusPDU) -> list[int]:
    assert not answer.isError()
    return list(answer.registers)


def check_with_pymodbus(client: Any) -> None:
    assert client.connect()
    assert registers(client.read_holding_registers(6, count=3, device_id=2)) == [0, 0, 4000]
    assert registers(client.read_holding_registers(5, count=6, device_id=1))[2:4] == [0, 1000]
    assert client.read_holding_registers(900, count=1, device_id=1).isError()
    assert not client.write_register(5, 8, device_id=2).isError()
    assert registers(client.read_holding_registers(7, count=2, device_id=2)) == [0, 0]
    assert not client.write_registers(72, [0, 5], device_id=1).isError()
    client.close()


def test_pymodbus_reads_the_served_load_cells_by_rtu():
    with on_pty(laumas("rtu", 100.0, 400.0), Pace(115200)) as path:
        check_with_pymodbus(ModbusSerialClient(path, baudrate=115200, timeout=2))


def test_pymodbus_reads_the_served_load_cells_by_modbus_tcp():
    with on_tcp(laumas("tcp", 100.0, 400.0)) as port:
        check_with_pymodbus(ModbusTcpClient("127.0.0.1", port=port, timeout=2))


def test_our_driver_reads_a_pymodbus_server_with_the_same_map():
    with pymodbus_server({5: [0, 0, 0, 4000, 0, 4000]}) as port:
        driver, line = LAUMAS.connect(f"tcp://127.0.0.1:{port}", CLOCK, PATIENT)
        assert driver.identify().model == "laumas-tlb"
        reading = driver.read()
        line.close()
    assert reading.counts == (4000,)
    assert not reading.fault


def test_a_public_w100_client_reads_who_it_is_and_the_peak_and_switches_outputs():
    """As modbus-serial programs for the W100 do: registers 0-4, 7-11, single writes, outputs."""
    with on_tcp(laumas("tcp", 100.0)) as port:
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=2)
        assert client.connect()
        assert registers(client.read_holding_registers(0, count=5)) == [114, 7, 2021, 20101, 1]
        assert registers(client.read_holding_registers(7, count=11))[:4] == [0, 1000, 0, 1000]
        for address, value in ((72, 0), (73, 300), (17, 1)):
            assert not client.write_register(address, value).isError()
        assert registers(client.read_holding_registers(72, count=2)) == [0, 300]
        assert registers(client.read_holding_registers(17, count=1)) == [1]
        client.close()
