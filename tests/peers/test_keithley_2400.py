"""PyMeasure on our Keithley 2400: in memory, and through pyvisa-py."""

import pytest
from pymeasure.instruments.keithley import Keithley2400 as PeerKeithley

from instruments.codecs.keithley_2400 import reading
from instruments.emulators.keithley_2400 import Keithley2400Emulator
from instruments.potentiostat import keithley_2400_commands as commands
from instruments.potentiostat.keithley_2400 import Keithley2400Options
from tests.instruments.fakes import FakeCell
from tests.instruments.served import on_tcp
from tests.peers.test_keithley_2450 import InMemory


@pytest.fixture
def bench() -> tuple[FakeCell, Keithley2400Emulator, PeerKeithley]:
    plant = FakeCell()
    device = Keithley2400Emulator(plant, Keithley2400Options())
    return plant, device, PeerKeithley(InMemory(device))


Bench = tuple[FakeCell, Keithley2400Emulator, PeerKeithley]


def test_pymeasure_sources_current_and_measures_voltage(bench: Bench):
    plant, device, peer = bench
    peer.reset()
    peer.output_off_state = "HIMP"
    peer.source_mode = "current"
    peer.source_current_range = 0.01
    peer.compliance_voltage = 4.5
    peer.source_current = 0.001
    peer.enable_source()
    assert plant.asked[-1] == ("current", 0.001, 4.5)
    assert peer.voltage == 3.701234
    peer.disable_source()
    assert plant.asked[-1][0] == "open"
    assert device.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_pymeasure_sources_voltage_and_reads_everything(bench: Bench):
    plant, device, peer = bench
    peer.source_mode = "voltage"
    peer.compliance_current = 0.001
    peer.source_voltage = 4.2
    peer.enable_source()
    plant.amperes = 2.5e-4
    assert plant.asked[-1] == ("voltage", 4.2, 0.001)
    assert peer.current == 2.5e-4
    found = peer.measure_all()
    assert (found["voltage"], found["current"]) == (4.2, 2.5e-4)
    assert found["resistance"] == pytest.approx(4.2 / 2.5e-4)
    assert int(found["status"]) & 1 << 14
    assert device.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_pymeasure_reads_back_what_our_driver_sets_up(bench: Bench):
    plant, device, peer = bench
    for line in (
        *commands.set_up(0.1, "front"),
        *commands.begin(commands.by_voltage(4.2, 1e-3, True), False),
    ):
        device.receive(line.encode() + b"\n", 0)
    plant.amperes = 1e-3
    assert peer.output_off_state == "disconnected"
    assert (peer.source_mode, peer.source_voltage, peer.source_voltage_range) == (
        "voltage",
        4.2,
        20,
    )
    assert (peer.compliance_current, peer.current_range) == (1e-3, 1e-3)
    assert not peer.current_range_auto_enabled
    assert (peer.voltage_nplc, peer.current_nplc) == (0.1, 0.1)
    assert not peer.auto_zero_enabled
    assert peer.source_enabled
    assert peer.values(":READ?")[:2] == [4.2, 1e-3]
    assert reading(device.receive(b":READ?\n", 0).decode()).by_voltage
    assert device.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_pymeasure_drives_the_served_keithley_through_pyvisa_py():
    plant = FakeCell()
    emulator = Keithley2400Emulator(plant, Keithley2400Options())
    with on_tcp(emulator) as port:
        peer = PeerKeithley(
            f"TCPIP::127.0.0.1::{port}::SOCKET",
            visa_library="@py",
            read_termination="\n",
            write_termination="\n",
            timeout=2000,
        )
        assert "MODEL 2400" in peer.id
        peer.source_mode = "voltage"
        peer.compliance_current = 0.001
        peer.source_voltage = 4.2
        peer.enable_source()
        assert peer.voltage == 4.2
        assert plant.asked[-1] == ("voltage", 4.2, 0.001)
        peer.output_off_state = "HIMP"
        peer.disable_source()
        assert not peer.source_enabled
        peer.adapter.close()
    assert plant.asked[-1][0] == "open"
