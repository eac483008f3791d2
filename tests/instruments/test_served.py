"""Our drivers over real ports of this machine: good answers, none, late ones and rubbish."""

import time
from typing import Any

import pytest

from instruments import registry
from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.loadcell.laumas_tlb import LaumasTlbOptions
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.protocols import BadReply, LinkError, ReplyTimeout, WrongDevice
from instruments.serve import Pace
from tests.instruments.fakes import FakeCell, FakeForce, FakePress
from tests.instruments.served import on_pty, on_tcp

CLOCK = time.monotonic_ns
LAUMAS = registry.LOAD_CELLS["laumas-tlb"]
KEITHLEY = registry.POTENTIOSTATS["keithley-2450"]
TRINAMIC = registry.PRESSES["trinamic-tmcl"]
PATIENT = {"deadline_ms": 1000.0}


def laumas(framing: str, *forces_n: float) -> LaumasTlbEmulator:
    units = tuple(range(1, len(forces_n) + 1))
    options = LaumasTlbOptions(units=units, framing=framing)  # pyright: ignore[reportArgumentType] (one of two words)
    return LaumasTlbEmulator(FakeForce(*forces_n), options)


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
def test_our_driver_reads_several_units_over_tcp(framing: str):
    with on_tcp(laumas(framing, 1.0, -2.0, 3.0)) as port:
        address = f"tcp://127.0.0.1:{port}?unit=3,2,1&framing={framing}"
        driver, line = LAUMAS.connect(address, CLOCK, PATIENT)
        assert driver.read().counts == (30, -20, 10)
        line.close()


def test_our_keithley_driver_speaks_through_visa_and_tcp_alike():
    plant = FakeCell()
    plant.at_limit = True
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator) as port:
        for address in (f"TCPIP::127.0.0.1::{port}::SOCKET", f"tcp://127.0.0.1:{port}"):
            driver, line = KEITHLEY.connect(address, CLOCK, PATIENT)
            assert driver.identify().serial == "04096331"
            driver.configure()
            driver.source_current(0.001, 4.2)
            assert driver.read().voltage_v == 3.701234
            assert driver.read().current_a == 0.001
            driver.open_circuit()
            assert not driver.read().on
            line.close()
    assert plant.asked[-1][0] == "open"


class Babble:
    """Answers everything with bytes that mean nothing."""

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return b"#?\xff\x01\n" * 40


class Silence:
    """Answers nothing."""

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return b""


@pytest.mark.parametrize("model", [LAUMAS, KEITHLEY, TRINAMIC], ids=lambda row: row.name)
def test_silence_and_babble_are_link_errors_in_time(model: registry.Model[Any, Any]):
    options = {"deadline_ms": 20.0, "um_per_count": 1.0}
    told = {name: v for name, v in options.items() if name in model.options.__struct_fields__}
    for emulator, error in ((Silence(), ReplyTimeout), (Babble(), LinkError)):
        with on_pty(emulator) as path:
            driver, line = model.connect(path, CLOCK, told)
            began_ns = CLOCK()
            with pytest.raises(error):
                driver.identify()
            assert CLOCK() - began_ns < 2_000_000_000
            line.close()


def test_another_instrument_of_the_same_language_is_the_wrong_device():
    class Meter:
        def receive(self, data: bytes, t_ns: int) -> bytes:
            return b"SCPI\n" if b"LANG" in data else b"KEITHLEY INSTRUMENTS,MODEL DMM6500,1,1\n"

    with on_tcp(Meter()) as port:
        driver, line = KEITHLEY.connect(f"tcp://127.0.0.1:{port}", CLOCK, PATIENT)
        with pytest.raises(WrongDevice, match="'KEITHLEY INSTRUMENTS,MODEL DMM6500,1,1' answers"):
            driver.identify()
        line.close()


def test_a_late_answer_is_not_taken_for_the_next_one():
    forces = FakeForce(100.0)
    emulator = LaumasTlbEmulator(forces, LaumasTlbOptions())
    with on_pty(emulator, Pace(0, 30_000_000)) as path:
        driver, line = LAUMAS.connect(path, CLOCK, {"deadline_ms": 10.0})
        with pytest.raises((ReplyTimeout, BadReply)):
            driver.read()
        line.close()
        driver, line = LAUMAS.connect(path, CLOCK, {"deadline_ms": 500.0})
        forces.forces_n[0] = 200.0
        assert driver.read().counts == (2000,)
        line.close()


def test_an_unplugged_press_is_a_link_error():
    with on_pty(TRINAMIC.emulator(FakePress(), {"um_per_count": 1.0})) as path:
        driver, line = TRINAMIC.connect(path, CLOCK, PATIENT | {"um_per_count": 1.0})
        driver.identify()
    with pytest.raises(LinkError, match="the link is gone"):
        driver.read()
    with pytest.raises(LinkError, match="the link is gone"):
        driver.stop()
    line.close()


def test_the_keithleys_own_times_are_within_its_deadlines():
    """`*RST` takes 300 ms and a reading of ten line cycles 200; no deadline is written."""
    plant = FakeCell()
    with on_tcp(KEITHLEY.emulator(plant, {"nplc": 10.0})) as port:
        driver, line = KEITHLEY.connect(f"tcp://127.0.0.1:{port}", CLOCK, {"nplc": 10.0})
        began_ns = CLOCK()
        driver.configure()
        assert CLOCK() - began_ns >= 300_000_000
        driver.source_voltage(3.0, 0.001)
        began_ns = CLOCK()
        assert driver.read().voltage_v == 3.0
        assert CLOCK() - began_ns >= 200_000_000
        line.close()
