"""A potentiostat by QCoDeS' own Keithley2450 on our emulator, through pyvisa-py. Extra `peers`."""

# pyright: basic
import math
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.protocols import DeviceRefused, LinkGone
from instruments.registry import POTENTIOSTATS
from instruments.relink import Relink
from tests.instruments.fakes import FakeCell
from tests.instruments.served import FAST, on_tcp

pytest.importorskip("qcodes.instrument_drivers.Keithley")

PAGE = Path(__file__).parents[2] / "docs/how-to/adapter.md"


def page_options() -> dict[str, Any]:
    """The options of the page's example for QCoDeS."""
    text = PAGE.read_text(encoding="utf-8").split("QCoDeS' Keithley 2450")[1]
    example = text.split("```yaml\n")[1].split("```")[0]
    return YAML(typ="safe").load(example)["potentiostat"]["options"]


def opened(port: int) -> tuple[Any, Any]:
    return POTENTIOSTATS["adapter"].connect(
        f"adapter:TCPIP::127.0.0.1::{port}::SOCKET", time.monotonic_ns, page_options()
    )


@pytest.fixture
def bench() -> Generator[tuple[FakeCell, Keithley2450Emulator, Any, Any]]:
    plant = FakeCell()
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator, FAST) as port:
        driver, line = opened(port)
        yield plant, emulator, driver, line
        line.close()


Bench = tuple[FakeCell, Keithley2450Emulator, Any, Any]


def no_error(emulator: Keithley2450Emulator) -> bool:
    return emulator.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_it_is_identified_and_set_up_at_high_impedance(bench: Bench):
    plant, emulator, driver, _ = bench
    assert tuple(driver.identify()) == ("2450", "04096331", "1.7.12b")
    driver.configure()
    reading = driver.read()
    assert (reading.on, reading.current_a) == (False, 0.0)
    assert math.isnan(reading.voltage_v)
    assert plant.asked[-1][0] == "open"  # not 0 V, which would discharge the cell
    assert no_error(emulator)


def test_it_charges_discharges_holds_a_voltage_and_opens(bench: Bench):
    plant, emulator, driver, _ = bench
    driver.configure()
    driver.source_current(0.001, 4.5)
    reading = driver.read()
    assert plant.asked[-1] == ("current", 0.001, 5.0)
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.701234, 0.001, True)
    driver.source_current(-0.001, 2.5)
    assert driver.read().current_a == -0.001
    assert plant.asked[-1] == ("current", -0.001, 5.0)
    driver.source_voltage(4.2, 0.002)
    driver.read()  # pyvisa waits for no command: what is read comes after them
    assert plant.asked[-1] == ("voltage", 4.2, 0.002)
    plant.amperes = 2.5e-4
    reading = driver.read()
    assert (reading.voltage_v, reading.current_a, reading.limited) == (4.2, 2.5e-4, False)
    driver.open_circuit()
    assert not driver.read().on
    assert plant.asked[-1][0] == "open"
    driver.switch_off()
    assert no_error(emulator)


def test_the_limit_of_the_source_is_reported(bench: Bench):
    plant, _, driver, _ = bench
    driver.configure()
    driver.source_voltage(4.2, 0.002)
    plant.at_limit = True
    assert driver.read().limited


def test_a_reset_shows_and_nothing_is_switched_on_again(bench: Bench):
    _, emulator, driver, line = bench
    driver.configure()
    driver.source_current(0.001, 4.5)
    identity = driver.identify()
    emulator.receive(b"*RST\n", 0)
    Relink(line, driver, identity, "potentiostat")()
    with pytest.raises(DeviceRefused, match="it was reset or switched off"):
        driver.source_current(0.001, 4.5)


def test_a_second_instrument_and_one_that_is_opened_again_have_names_of_their_own():
    emulator = Keithley2450Emulator(FakeCell(), Keithley2450Options())
    with on_tcp(emulator, FAST) as port:
        (one, first), (two, second) = opened(port), opened(port)
        one.configure()
        first.close()
        with pytest.raises(LinkGone):
            one.read()
        first.reopen()
        assert not one.read().on
        assert not two.read().on
        first.close()
        second.close()
