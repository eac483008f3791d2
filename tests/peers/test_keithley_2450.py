"""PyMeasure on our Keithley 2450: in memory, and through pyvisa-py."""

from typing import Any

import pytest
from pymeasure.adapters import FakeAdapter
from pymeasure.instruments.keithley import Keithley2450 as PeerKeithley

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.scpi_device import ScpiDevice
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from tests.instruments.fakes import FakeCell
from tests.instruments.served import on_tcp


class InMemory(FakeAdapter):
    """A PyMeasure adapter on our emulator."""

    def __init__(self, device: ScpiDevice) -> None:
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


# What reads the queue of errors, and what is the 2400's: its buffer, and three figures a statistic.
NOT_READ = {"buffer_data", "error", "next_error", "options"}
OF_2400 = ("mean_", "max_", "min_", "std_")


def test_pymeasure_reads_every_setting_and_figure(bench: Bench):
    _, device, peer = bench
    peer.reset()
    device.receive(b":OUTP:CURR:SMOD HIMP;:READ?;:READ?\n", 0)
    kinds = {name: getattr(type(peer), name, None) for name in dir(type(peer))}
    names = [name for name, kind in kinds.items() if isinstance(kind, property)]
    read: dict[str, object] = {}
    for name in names:
        if name not in NOT_READ and not name.startswith(OF_2400):
            read[name] = getattr(peer, name)
            assert device.receive(b":SYST:ERR?\n", 0).startswith(b"0,"), name
    assert read["buffer_points"] == 100_000
    assert read["current_nplc"] == 1


def test_pymeasure_beeps_and_triggers_and_clears(bench: Bench):
    _, device, peer = bench
    peer.beep(440, 0.1)
    peer.trigger()
    peer.clear()
    peer.use_rear_terminals()
    assert device.receive(b":ROUT:TERM?;:SYST:ERR:COUN?\n", 0) == b"REAR;0\n"


def test_pymeasure_drives_the_served_keithley_through_pyvisa_py():
    plant = FakeCell()
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator) as port:
        peer = PeerKeithley(
            f"TCPIP::127.0.0.1::{port}::SOCKET",
            visa_library="@py",
            read_termination="\n",
            write_termination="\n",
            timeout=2000,
        )
        assert "MODEL 2450" in peer.id
        peer.reset()
        peer.current_output_off_state = "HIMP"
        peer.apply_current(0.01, 4.5)
        peer.measure_voltage(1, 20.0)
        peer.source_current = 0.001
        peer.enable_source()
        assert peer.voltage == 3.701234
        assert plant.asked[-1] == ("current", 0.001, 4.5)
        peer.disable_source()
        assert not peer.source_enabled
        peer.adapter.close()
    assert plant.asked[-1][0] == "open"
