"""QCoDeS on our Keithley 2450, through pyvisa-py. It comes with the extra `peers`."""

# pyright: basic
from collections.abc import Generator
from typing import Any

import pytest

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from tests.instruments.fakes import FakeCell
from tests.instruments.served import on_tcp

drivers = pytest.importorskip("qcodes.instrument_drivers.Keithley")


@pytest.fixture
def bench() -> Generator[tuple[FakeCell, Keithley2450Emulator, Any]]:
    plant = FakeCell()
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator) as port:
        peer = drivers.Keithley2450("smu", f"TCPIP::127.0.0.1::{port}::SOCKET", visalib="@py")
        yield plant, emulator, peer
        peer.close()


Bench = tuple[FakeCell, Keithley2450Emulator, Any]


def no_error(peer: Any) -> bool:
    return peer.ask(":SYST:ERR?").startswith("0,")


def test_every_parameter_is_read(bench: Bench):
    _, _, peer = bench
    assert peer.sense_function() == "current"
    assert peer.source_function() == "voltage"
    assert peer.line_frequency() in ("50", 50.0)
    for module in (peer, peer.source, peer.sense, peer.buffer("defbuffer1")):
        for name, parameter in module.parameters.items():
            if parameter.gettable and name not in ("sweep", "sweep_axis", "current", "user_delay"):
                parameter()
    assert no_error(peer)


def test_a_current_is_sourced_and_the_voltage_measured(bench: Bench):
    plant, _, peer = bench
    peer.sense_function("voltage")
    peer.source_function("current")
    peer.source.limit(4.5)
    peer.source.current(1e-3)
    peer.sense.four_wire_measurement(True)
    peer.sense.count(3)
    with peer.output_enabled.set_to(True):
        assert peer.sense.voltage() == 3.701234
        assert plant.asked[-1] == ("current", 1e-3, 4.5)
    assert peer.buffer("defbuffer1").number_of_readings() == 3
    assert no_error(peer)


def test_a_sweep_is_taken_into_a_buffer_of_its_own(bench: Bench):
    plant, emulator, peer = bench
    peer.sense_function("current")
    peer.source_function("voltage")
    with peer.buffer("mine", 100) as buffer:
        buffer.elements(["source_value", "measurement", "relative_time"])
        peer.source.sweep_setup(0.0, 1.0, 5, delay=0.01, buffer_name="mine")
        swept = peer.sense.sweep()
        told = peer.sense.sweep.get_selected()
    assert len(swept) == 5
    assert [float(volts) for volts in told[::3]] == [0.0, 0.25, 0.5, 0.75, 1.0]
    levels = [volts for kind, volts, _ in plant.asked if kind == "voltage"]
    assert levels[-6:-1] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert no_error(peer)
    assert emulator.settings["OUTPut[1][:STATe]"] == "0"
