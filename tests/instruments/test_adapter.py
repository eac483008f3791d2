"""Instrument classes of other libraries: PyMeasure's own against our 2450, and a stand-in."""

import math
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any, ClassVar

import pytest

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.options import OptionsError
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.protocols import DeviceRefused, LinkError, LinkGone
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES
from instruments.relink import Relink
from tests.instruments.fakes import FakeCell, FakeClock
from tests.instruments.served import FAST, on_tcp
from tests.instruments.stand_in import Instrument

KEITHLEY: dict[str, Any] = {
    "driver": "pymeasure.instruments.keithley:Keithley2450",
    "keywords": {"read_termination": "\n", "write_termination": "\n", "timeout": 500},
    "when_silent": "goes on with its current",
    "identity": "id",
    "set_up": [
        "reset",
        "current_output_off_state = HIMP",  # else its "off" shorts the cell
        "voltage_output_off_state = HIMP",
    ],
    "as_current": {
        "begin": ["apply_current", "measure_voltage", "compliance_voltage = {voltage_max}"],
        "act": ["source_current = {value}", "enable_source"],
        "voltage": "voltage",
        "current": "source_current",
    },
    "as_voltage": {
        "begin": ["apply_voltage", "measure_current"],
        "act": ["compliance_current = {limit}", "source_voltage = {value}", "enable_source"],
        "voltage": "source_voltage",
        "current": "current",
    },
    "at_rest": {"act": ["disable_source"]},
    "off": ["disable_source"],
    "on": "source_enabled",
}


class Served:
    """PyMeasure's class on the emulator's TCP port."""

    def __init__(self, port: int, plant: FakeCell, emulator: Keithley2450Emulator) -> None:
        self.plant = plant
        self.emulator = emulator
        address = f"adapter:TCPIP::127.0.0.1::{port}::SOCKET"
        self.driver, self.line = POTENTIOSTATS["adapter"].connect(
            address, time.monotonic_ns, KEITHLEY
        )


@pytest.fixture
def served() -> Generator[Served]:
    plant = FakeCell()
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator, FAST) as port:
        made = Served(port, plant, emulator)
        try:
            yield made
        finally:
            made.line.close()


def test_pymeasure_charges_discharges_and_opens_our_2450(served: Served) -> None:
    driver, plant = served.driver, served.plant
    assert tuple(driver.identify()) == ("MODEL 2450", "04096331", "1.7.12b")
    driver.configure()
    driver.source_current(0.001, 4.5)
    reading = driver.read()  # PyMeasure waits for no command: what is read comes after them
    assert plant.asked[-1] == ("current", 0.001, 5.0)
    assert (reading.voltage_v, reading.current_a, reading.on) == (3.701234, 0.001, True)
    assert 0 <= time.monotonic_ns() - reading.t_ns < 2_000_000_000
    driver.source_current(-0.001, 2.5)
    assert driver.read().current_a == -0.001
    assert plant.asked[-1] == ("current", -0.001, 5.0)
    driver.source_voltage(4.2, 0.002)
    assert driver.read().voltage_v == 4.2
    assert plant.asked[-1] == ("voltage", 4.2, 0.002)
    driver.open_circuit()
    reading = driver.read()
    assert (plant.asked[-1][0], reading.on, reading.current_a) == ("open", False, 0.0)
    assert math.isnan(reading.voltage_v)
    assert served.emulator.receive(b":SYST:ERR:COUN?\n", 0) == b"0\n"


def test_another_way_of_driving_begins_with_the_output_off(served: Served) -> None:
    """PyMeasure's apply_voltage lets 100 mA through: with the output on, into the cell."""
    driver, plant = served.driver, served.plant
    driver.configure()
    driver.source_voltage(4.2, 0.002)
    driver.read()
    del plant.asked[:]
    driver.source_current(0.001, 4.5)
    driver.read()
    assert plant.asked[0][0] == "open"
    assert [one for one in plant.asked if one[0] != "open"] == [("current", 0.001, 5.0)]
    del plant.asked[:]
    driver.source_voltage(3.0, 0.002)
    driver.read()
    assert [one for one in plant.asked if one[0] != "open"] == [("voltage", 3.0, 0.002)]


@pytest.mark.parametrize(
    ("volts", "amperes"), [(math.nan, 0.001), (4.2, math.nan), (4.2, 0.2), (6.0, 0.001)]
)
def test_what_is_no_number_or_beyond_the_rig_is_not_sent(
    served: Served, volts: float, amperes: float
) -> None:
    served.driver.configure()
    asked = len(served.plant.asked)
    for act in (lambda: served.driver.source_current(amperes, volts),
                lambda: served.driver.source_voltage(volts, amperes)):  # fmt: skip
        with pytest.raises(ValueError, match="is beyond this rig's"):
            act()
    assert len(served.plant.asked) == asked


def test_an_output_that_stays_on_shows_whatever_was_told(served: Served) -> None:
    driver = served.driver
    driver.configure()
    assert not driver.read().on
    served.emulator.receive(b":OUTP 1\n", 0)
    reading = driver.read()
    assert reading.on
    assert math.isnan(reading.current_a)  # nobody has measured it


def test_a_wrong_sign_or_unit_is_beyond_the_accuracy_that_is_assumed() -> None:
    accuracy = POTENTIOSTATS["adapter"].accuracy
    assert accuracy is not None
    found = accuracy(0.02, 5.0)
    most_a = found.current_a + found.current_share * 0.01
    assert most_a < 0.01  # of 10 mA: what is reversed is off by 20 mA, a thousandth by nearly 10


def test_a_way_of_driving_without_a_current_is_a_mistake() -> None:
    options = KEITHLEY | {"as_current": {"act": ["source_current = {value}"], "voltage": "voltage"}}
    with pytest.raises(OptionsError, match=r"as_current.*it needs 'current'"):
        POTENTIOSTATS["adapter"].check(options)


def test_a_source_that_was_switched_off_is_not_switched_on_again(served: Served) -> None:
    driver = served.driver
    driver.configure()
    driver.source_current(0.001, 4.5)
    identity = driver.identify()
    served.emulator.receive(b"*RST\n", 0)
    Relink(served.line, driver, identity, "potentiostat")()  # pyright: ignore[reportArgumentType]
    with pytest.raises(DeviceRefused, match="it was reset or switched off"):
        driver.source_current(0.001, 4.5)
    driver.open_circuit()
    driver.source_current(0.001, 4.5)
    assert driver.read().on


def test_an_instrument_that_is_gone_is_a_link_that_is_gone() -> None:
    plant = FakeCell()
    emulator = Keithley2450Emulator(plant, Keithley2450Options())
    with on_tcp(emulator, FAST) as port:
        made = Served(port, plant, emulator)
        made.driver.configure()
    with pytest.raises(LinkGone, match="Keithley2450: source_enabled: "):
        made.driver.read()
    made.line.close()
    with pytest.raises(LinkError):  # pyvisa-py opens a socket that is refused
        Served(port, plant, emulator).driver.identify()


class Source:
    """A source with four wires that forgets its settings when its power fails."""

    opened: ClassVar[list["Source"]] = []

    def __init__(self, address: str) -> None:
        del address
        self.lose_power()
        Source.opened.append(self)

    def lose_power(self) -> None:
        self.on, self.four_wires, self.four_wires_fail = 0, False, False
        self.voltage, self.current, self.said = 3.7, 0.0, ["off"]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "four_wires" and value and self.four_wires_fail:
            raise TimeoutError("no answer")
        if name == "on" and not value:
            self.__dict__.setdefault("said", []).append("off")
        super().__setattr__(name, value)

    def close(self) -> None:
        pass


SOURCE: dict[str, Any] = {
    "driver": "tests.instruments.test_adapter:Source",
    "when_silent": "goes on with its current",
    "set_up": ["four_wires = true"],
    "as_current": {
        "act": ["current = {value}", "on = 1"],
        "voltage": "voltage",
        "current": "current",
    },
    "as_voltage": {"act": ["voltage = {value}"], "voltage": "voltage", "current": "current"},
    "at_rest": {"begin": ["on = 0"], "voltage": "voltage"},
    "off": ["on = 0"],
    "on": "on",
}


def source() -> tuple[Any, Source]:
    driver, _ = POTENTIOSTATS["adapter"].connect("adapter:here", FakeClock(), SOURCE)
    driver.configure()
    return driver, Source.opened[-1]


def test_a_source_that_was_reset_as_it_drove_is_set_up_anew_by_open_circuit() -> None:
    driver, instrument = source()
    driver.source_current(0.001, 4.2)
    instrument.lose_power()
    driver.verify()
    with pytest.raises(DeviceRefused, match="reset or switched off"):
        driver.source_current(0.001, 4.2)
    assert not instrument.four_wires
    driver.open_circuit()
    assert (instrument.four_wires, instrument.on) == (True, 0)
    driver.source_current(0.001, 4.2)
    assert (instrument.four_wires, driver.read().on) == (True, True)


@pytest.mark.parametrize("opened", [True, False])
def test_a_source_whose_link_was_away_at_rest_is_set_up_before_it_drives(opened: bool) -> None:
    driver, instrument = source()
    instrument.lose_power()
    driver.verify()
    assert not instrument.four_wires  # nothing is commanded by looking
    if opened:
        driver.open_circuit()
        assert instrument.four_wires
    driver.source_current(0.001, 4.2)
    assert (instrument.four_wires, instrument.on) == (True, 1)


def test_a_source_that_goes_on_when_the_link_is_back_is_left_alone() -> None:
    driver, instrument = source()
    driver.source_current(0.001, 4.2)
    del instrument.said[:]
    driver.verify()
    driver.source_current(0.001, 4.2)
    assert instrument.said == []


def test_a_set_up_that_is_not_finished_leaves_the_output_off_and_is_done_again() -> None:
    driver, instrument = source()
    driver.source_current(0.001, 4.2)
    instrument.lose_power()
    driver.verify()
    instrument.four_wires_fail = True
    with pytest.raises(LinkGone, match="four_wires"):
        driver.open_circuit()
    assert instrument.on == 0
    instrument.four_wires_fail = False
    driver.open_circuit()
    assert instrument.four_wires


@pytest.mark.parametrize("amperes", [9.9e37, -9.9e37, 9.91e37, math.inf])
def test_an_overflow_of_scpi_is_no_current(amperes: float) -> None:
    driver, instrument = source()
    driver.source_current(0.001, 4.2)
    instrument.current = amperes
    assert math.isnan(driver.read().current_a)


# ---- a stand-in for QCoDeS ---------------------------------------------------------------------

CLASS = "tests.instruments.stand_in:Instrument"


def load_cells(address: str = "adapter:here", **told: Any) -> tuple[Any, Any]:
    options = {"driver": CLASS, "values": ["weight", "cell.force"], "count": 0.25, **told}
    return LOAD_CELLS["adapter"].connect(address, FakeClock(), options)


def test_properties_and_dotted_parameters_are_read_as_load_cells() -> None:
    cells, line = load_cells(identity="idn")
    assert tuple(cells.identify()) == ("Vise", "007", "1.2")
    reading = cells.read()
    assert (reading.counts, reading.fault) == ((-13, 50), False)
    line.close()
    assert Instrument.opened[-1].closed


def test_a_value_that_is_no_number_is_a_fault() -> None:
    cells, _ = load_cells(keywords={"cut": True})
    assert cells.read().fault


def test_an_error_of_a_library_ends_its_session_and_names_the_attribute() -> None:
    cells, _ = load_cells()
    Instrument.opened[-1].broken = "no answer"
    with pytest.raises(LinkGone, match="Instrument: weight: TimeoutError: no answer"):
        cells.read()


def test_an_attribute_that_is_not_there_is_named() -> None:
    cells, _ = load_cells(values=["wait"])
    with pytest.raises(LinkGone, match="wait: AttributeError"):
        cells.read()


def test_parameters_are_set_by_a_call_and_methods_are_called() -> None:
    options: dict[str, Any] = {
        "driver": CLASS,
        "um_per_count": 0.5,
        "when_silent": "stops",
        "move": ["position = {value}", "busy(true)"],
        "stop": ["halt", "busy = false"],
        "position": "position",
        "moving": "busy",
    }
    press, _ = PRESSES["adapter"].connect("adapter:here", FakeClock(), options)
    press.configure()
    press.move_to(-3.0)
    assert (press.read().position, press.moving()) == (-6, True)
    press.stop()
    assert not press.moving()
    assert Instrument.opened[-1].calls == ["halt", "halt"]


@pytest.mark.parametrize(
    ("address", "told", "error", "says"),
    [
        ("adapter:nobody", {}, LinkError, "cannot be opened .OSError: no such resource"),
        ("tcp://here:1", {}, OptionsError, "adapter is reached by adapter:…, not tcp"),
        ("other:here", {}, OptionsError, "adapter is reached by adapter:…, not other:"),
        (
            "adapter:x",
            {"driver": "no.such:Thing"},
            OptionsError,
            "no.such:Thing cannot be imported",
        ),
        ("adapter:x", {"driver": "Thing"}, OptionsError, "regex"),
        ("adapter:x", {"values": ["a b"]}, OptionsError, "regex"),
        ("adapter:x", {"set_up": ["a ="]}, OptionsError, "nothing after '='"),
        ("adapter:x", {"set_up": ["a = {val}"]}, OptionsError, "there are {value}"),
        ("adapter:x", {"set_up": ["a b"]}, OptionsError, "write NAME, NAME = WORD"),
    ],
)
def test_what_cannot_be_opened_says_why(
    address: str, told: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        load_cells(address, **told)


def test_the_library_is_imported_only_where_it_is_opened() -> None:
    code = (
        "import sys; from instruments.registry import POTENTIOSTATS; "
        f"POTENTIOSTATS['adapter'].check({KEITHLEY!r}); "
        "print([m for m in sys.modules if m.split('.')[0] in ('pymeasure', 'pyvisa', 'numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
