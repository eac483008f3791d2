"""pymodbus and a T7, both ways: its client on our emulator, our drivers on its server.

Float words are packed by pymodbus on its side, so that the order of words is not ours twice.
"""

import time
from collections.abc import Generator, Mapping

import pytest
from pymodbus.client import ModbusTcpClient

from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7_roles import LoadCells, Regulator
from instruments.loadcell.labjack_t7 import LabjackT7, LabjackT7Options
from instruments.potentiostat.labjack_t7_monitors import LabjackT7Monitors, LabjackT7MonitorsOptions
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions
from instruments.transport.open import open_transport
from tests.instruments.fakes import FakeForce, FakePress
from tests.instruments.served import on_tcp, pymodbus_server

FLOAT, LONG = ModbusTcpClient.DATATYPE.FLOAT32, ModbusTcpClient.DATATYPE.UINT32
PATIENT = 2000.0
CELLS = LabjackT7Options(units=(0, 1, 2), division_n=1.0, deadline_ms=PATIENT)
PRESS = EpRegulatorOptions(
    n_per_count=5.0, full_force_n=5000.0, when_silent="release", watchdog_s=7, deadline_ms=PATIENT
)
CELL = LabjackT7MonitorsOptions(
    voltage_input=4, current_input=5, current_span_a=0.01, deadline_ms=PATIENT
)


# ---- pymodbus' client on our emulator -------------------------------------------------------


@pytest.fixture
def client() -> Generator[ModbusTcpClient]:
    """A client of pymodbus on an emulated box with load cells and a regulator."""
    box = LoadCells(FakeForce(400.0, 800.0, -400.0), CELLS)
    box.join(Regulator(FakePress(), PRESS))
    with on_tcp(box) as port, ModbusTcpClient("127.0.0.1", port=port) as found:
        yield found


def value(client: ModbusTcpClient, address: int, kind: ModbusTcpClient.DATATYPE) -> float:
    answer = client.read_holding_registers(address, count=2, device_id=1)
    assert not answer.isError()
    found = client.convert_from_registers(answer.registers, kind)
    assert isinstance(found, int | float)
    return found


def test_pymodbus_reads_what_labjack_says_every_t7_answers(client: ModbusTcpClient):
    assert value(client, 55100, LONG) == 0x00112233
    assert value(client, 60000, FLOAT) == 7.0
    assert value(client, 60028, LONG) > 0


def test_pymodbus_reads_the_inputs(client: ModbusTcpClient):
    answer = client.read_holding_registers(0, count=6, device_id=1)
    volts = client.convert_from_registers(answer.registers, FLOAT)
    assert volts == pytest.approx([0.5, 1.0, -0.5])


def test_pymodbus_writes_an_output(client: ModbusTcpClient):
    words = client.convert_to_registers(2.5, FLOAT)
    assert not client.write_registers(1000, words, device_id=1).isError()
    assert value(client, 1000, FLOAT) == 2.5


def test_pymodbus_writes_one_digital_line_with_function_6(client: ModbusTcpClient):
    assert not client.write_register(2003, 0, device_id=1).isError()
    assert round(value(client, 2800, LONG)) >> 3 & 1 == 0
    assert round(value(client, 2850, LONG)) == 8


def test_pymodbus_is_refused_half_a_float_and_what_is_not_there(client: ModbusTcpClient):
    assert client.read_holding_registers(0, count=1, device_id=1).isError()
    assert client.read_holding_registers(39000, count=2, device_id=1).isError()
    assert client.write_registers(60000, [0, 0], device_id=1).isError()


# ---- our drivers on pymodbus' server --------------------------------------------------------


def words(found: Mapping[int, tuple[float, ModbusTcpClient.DATATYPE]]) -> dict[int, list[int]]:
    """Blocks of registers, by pymodbus."""
    blocks: dict[int, list[int]] = {}
    for address, (number, kind) in sorted(found.items()):
        packed = ModbusTcpClient.convert_to_registers(number, kind)
        last = max(blocks, default=-1)
        if blocks and address == last + len(blocks[last]):
            blocks[last] += packed
        else:
            blocks[address] = packed
    return blocks


def registers() -> dict[int, list[int]]:
    """The map of a T7 as it leaves the factory, with six voltages, and 1.5 V at DAC0."""
    found: dict[int, tuple[float, ModbusTcpClient.DATATYPE]] = {
        2 * channel: (volts, FLOAT)
        for channel, volts in enumerate((0.5, 1.0, -0.5, 0.0, 3.7, 0.25))
    }
    found |= {40000 + 2 * channel: (10.0, FLOAT) for channel in range(6)}
    found |= {42000 + 2 * channel: (0.0, FLOAT) for channel in range(6)}
    found |= {1000: (1.5, FLOAT), 55100: (0x00112233, LONG), 60000: (7.0, FLOAT)}
    found |= {60004: (1.03, FLOAT), 60028: (470000001, LONG)}
    found |= dict.fromkeys((61600, 61602, 61604, 61610, 61620, 61630, 61640), (0, LONG))
    found[61642] = (0.0, FLOAT)
    return words(found) | {41000: [199] * 6, 41500: [0] * 6}


@pytest.fixture
def address() -> Generator[str]:
    """Where pymodbus serves that map."""
    with pymodbus_server(registers()) as port:
        yield f"tcp://127.0.0.1:{port}"


def test_our_load_cells_are_read_from_a_server_of_pymodbus(address: str):
    line = open_transport(address, time.monotonic_ns)
    cells = LabjackT7(line, time.monotonic_ns, CELLS)
    assert cells.identify() == ("LabJack T7", "470000001", "1.0300")
    cells.configure()
    assert cells.read().counts == (400, 800, -400)
    line.close()


def test_our_settings_of_inputs_arrive_at_a_server_of_pymodbus(address: str):
    options = LabjackT7Options(
        units=(0, 2), differential=True, range_v=1.0, output_v=0.5, resolution=8, settling_us=100.0,
        deadline_ms=PATIENT,
    )  # fmt: skip
    line = open_transport(address, time.monotonic_ns)
    LabjackT7(line, time.monotonic_ns, options).configure()
    line.close()
    with ModbusTcpClient("127.0.0.1", port=int(address.rpartition(":")[2])) as client:
        assert value(client, 40004, FLOAT) == 1.0
        assert client.read_holding_registers(41000, count=3, device_id=1).registers == [1, 199, 3]
        assert client.read_holding_registers(41500, count=3, device_id=1).registers == [8, 0, 8]
        assert value(client, 42004, FLOAT) == 100.0


def test_our_regulator_and_its_watchdog_arrive_at_a_server_of_pymodbus(address: str):
    line = open_transport(address, time.monotonic_ns)
    press = EpRegulator(line, time.monotonic_ns, PRESS)
    press.configure()
    assert press.read().position == 300
    press.move_to(500.0)
    assert press.read().position == 500
    line.close()
    with ModbusTcpClient("127.0.0.1", port=int(address.rpartition(":")[2])) as client:
        assert value(client, 1000, FLOAT) == 2.5
        assert [value(client, at, LONG) for at in (61600, 61604, 61640)] == [1, 7, 1]
        assert value(client, 61642, FLOAT) == 0.0


def test_our_monitors_are_read_from_a_server_of_pymodbus(address: str):
    line = open_transport(address, time.monotonic_ns)
    reading = LabjackT7Monitors(line, time.monotonic_ns, CELL).read()
    assert reading.voltage_v == pytest.approx(3.7, abs=1e-6)
    assert reading.current_a == pytest.approx(2.5e-3, abs=1e-9)
    line.close()


def test_a_float_is_packed_as_pymodbus_packs_it():
    for number in (0.0, -1.25, 3.3333333, 1e-9):
        assert list(t7.dac(0).pack(number)) == ModbusTcpClient.convert_to_registers(number, FLOAT)
