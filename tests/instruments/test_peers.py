"""Other people's programs on our bytes: they must understand our emulators, and our frames."""

from typing import Any

import minimalmodbus
import pytest
from pymeasure.adapters import FakeAdapter
from pymeasure.instruments.keithley import Keithley2450 as PeerKeithley
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from instruments.codecs import modbus
from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.loadcell.laumas_tlb import LaumasTlbOptions
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from tests.instruments.fakes import FakeCell, FakeForce


class InMemory(FakeAdapter):
    """A PyMeasure adapter on our emulator."""

    def __init__(self, device: Keithley2450Emulator) -> None:
        super().__init__()
        self._device = device
        self._answers = b""

    def _write(self, command: str, **kwargs: Any) -> None:
        self._answers += self._device.receive(command.encode() + b"\n", 0)

    def _read(self, **kwargs: Any) -> str:
        line, _, self._answers = self._answers.partition(b"\n")
        return line.decode()


@pytest.fixture
def bench() -> tuple[FakeCell, Keithley2450Emulator, PeerKeithley]:
    plant = FakeCell()
    device = Keithley2450Emulator(plant, Keithley2450Options())
    return plant, device, PeerKeithley(InMemory(device))


Bench = tuple[FakeCell, Keithley2450Emulator, PeerKeithley]


def test_pymeasure_sources_current_and_measures_voltage(bench: Bench):
    plant, device, peer = bench
    peer.reset()
    peer.current_output_off_state = "HIMP"
    peer.apply_current(0.01, 4.5)
    peer.measure_voltage(1, 20.0)
    peer.source_current = 0.001
    peer.enable_source()
    assert plant.asked[-1] == ("current", 0.001, 4.5)
    assert peer.voltage == 3.701234
    assert peer.source_enabled
    peer.disable_source()
    assert plant.asked[-1][0] == "open"
    assert device.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_pymeasure_sources_voltage_and_measures_current(bench: Bench):
    plant, device, peer = bench
    peer.apply_voltage(None, 0.001)
    peer.measure_current(1, 0.01)
    peer.source_voltage = 4.2
    peer.enable_source()
    plant.amperes = 2.5e-4
    assert plant.asked[-1] == ("voltage", 4.2, 0.001)
    assert peer.current == 2.5e-4
    assert peer.compliance_current == 0.001
    assert device.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


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
