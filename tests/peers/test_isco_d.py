"""pymodbus on our ISCO pump, and our driver beside it."""

import time

from pymodbus.client import ModbusTcpClient

from instruments.emulators.isco_d import IscoDEmulator
from instruments.press.isco_d import IscoDOptions
from instruments.registry import PRESSES
from tests.instruments.fakes import FakePress
from tests.instruments.served import on_tcp

FLOAT = ModbusTcpClient.DATATYPE.FLOAT32


def test_pymodbus_sets_the_pressure_runs_reads_and_stops_and_ours_sees_it():
    plant = FakePress()
    with on_tcp(IscoDEmulator(plant, IscoDOptions(um_per_count=0.05))) as port:
        peer = ModbusTcpClient("127.0.0.1", port=port, timeout=2)
        assert peer.connect()
        assert peer.read_coils(84, count=4).bits[:4] == [False, False, False, True]
        assert not peer.write_registers(0, peer.convert_to_registers(200.0, FLOAT)).isError()
        for coil in (9, 0):
            assert not peer.write_coil(coil, True).isError()
        assert plant.to == 200
        registers = peer.read_holding_registers(0, count=100).registers
        assert peer.convert_from_registers(registers[72:74], FLOAT) == 200.0
        assert peer.convert_from_registers(registers[32:34], FLOAT) == 20_000.0
        ours, line = PRESSES["isco-d"].connect(
            f"tcp://127.0.0.1:{port}", time.monotonic_ns, {"um_per_count": 0.05}
        )
        assert ours.read()[:2] == (200, False)
        line.close()
        peer.write_coil(0, False)
        assert peer.read_coils(0, count=1).bits[0] is False
        assert peer.write_coil(110, True).isError()
        peer.close()
