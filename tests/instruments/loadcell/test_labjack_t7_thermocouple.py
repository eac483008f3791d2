"""A thermocouple on a LabJack T7: bytes, settings, cold junction, and what is no temperature."""

import struct
from collections.abc import Mapping
from itertools import count

import pytest

from instruments.boxes import labjack_t7 as boxes
from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7 import LabjackT7Emulator
from instruments.emulators.labjack_t7_roles import Thermocouple
from instruments.loadcell.labjack_t7_thermocouple import (
    RANGES_C,
    LabjackT7Thermocouple,
    LabjackT7ThermocoupleOptions,
)
from instruments.meter import Meter, Scale
from instruments.options import OptionsError
from instruments.protocols import DeviceRefused
from instruments.registry import LOAD_CELLS
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce, Transcript

MODEL = LOAD_CELLS["labjack-t7-thermocouple"]
LM34 = {"type": "K", "units": [2], "cold_input": 5}


def options(**told: object) -> LabjackT7ThermocoupleOptions:
    found = MODEL.check({"type": "K", **told})
    assert isinstance(found, LabjackT7ThermocoupleOptions)
    return found


class Bench:
    """A driver on an emulated box whose thermocouple is at so many degC."""

    def __init__(self, celsius: float = 25.0, told: Mapping[str, object] | None = None) -> None:
        self.celsius = FakeForce(celsius)
        self.told = told or {"type": "K", "units": [2]}
        emulator = MODEL.emulator(self.celsius, self.told)
        assert isinstance(emulator, Thermocouple)
        self.box = emulator
        clock = FakeClock()
        self.driver = MODEL.driver(Loopback(self.box, clock), clock, self.told)
        assert isinstance(self.driver, LabjackT7Thermocouple)
        self.driver.configure()
        self.meter = Meter("thermometer", self.driver, Scale(0.01, 0.0))


def test_it_is_read_by_its_extended_feature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes.Box.__init__, "__defaults__", (count(1),))
    line = Transcript(
        (
            bytes.fromhex("00 01 00 00 00 06 01 03 1B 5C 00 02"),  # AIN2_EF_READ_A, 7004
            bytes.fromhex("00 01 00 00 00 07 01 03 04 41 CC 00 00"),  # 25.5
        )
    )
    driver = LabjackT7Thermocouple(line, FakeClock(), options(units=[2]))
    assert driver.read().counts == (2550,)
    line.done()


def test_the_feature_is_chosen_before_what_configures_it() -> None:
    heard: list[tuple[int, bytes]] = []

    class Spy(Loopback):
        def write(self, data: bytes) -> None:
            if data[7] == 16:
                heard.append((int.from_bytes(data[8:10]), data[13:]))
            super().write(data)

    box, clock = LabjackT7Emulator(), FakeClock()
    LabjackT7Thermocouple(Spy(box, clock), clock, options(units=[2], type="T")).configure()
    assert heard[0] == (9004, struct.pack(">I", 24))
    assert dict(heard[1:]) == {
        40004: struct.pack(">f", 0.1),  # range
        9304: struct.pack(">I", 1),  # degC
    }


def test_an_lm34_at_the_terminals_measures_the_cold_junction() -> None:
    bench = Bench(60.0, LM34)
    written = bench.box.values
    assert written[t7.ain_ef_cold(2)] == 10  # the address of AIN5
    assert written[t7.ain_ef_cold_slope(2)] == pytest.approx(55.56)
    assert written[t7.ain_ef_cold_offset(2)] == pytest.approx(255.37)
    assert bench.meter.read().value == pytest.approx(60.0, abs=0.01)


@pytest.mark.parametrize("kind", sorted(RANGES_C))
@pytest.mark.parametrize("celsius", [0.0, 23.46, 180.0])
def test_every_type_reads_what_is_there(kind: str, celsius: float) -> None:
    bench = Bench(celsius, {"type": kind, "units": [0]})
    assert bench.box.values[t7.ain_ef_index(0)] == t7.THERMOCOUPLES[kind]
    assert bench.meter.read().value == pytest.approx(celsius, abs=0.006)


@pytest.mark.parametrize("celsius", [-9999.0, 1372.1, -270.1, float("nan"), float("inf"), 1e30])
def test_what_no_thermocouple_can_show_is_a_fault_and_no_temperature(celsius: float) -> None:
    bench = Bench(celsius)
    assert bench.driver.read()[:2] == ((0,), True)
    with pytest.raises(DeviceRefused, match="no signal; check the sensor and its wires"):
        bench.meter.read()


@pytest.mark.parametrize("celsius", [-270.0, 1372.0])
def test_the_ends_of_its_range_are_temperatures(celsius: float) -> None:
    assert Bench(celsius).meter.read().value == pytest.approx(celsius, abs=0.006)


def test_a_cold_junction_whose_sensor_fell_off_is_a_fault() -> None:
    bench = Bench(60.0, LM34)
    bench.box.inputs[5] = lambda: -1.0  # -73 degC
    assert bench.driver.read().fault
    bench.box.inputs[5] = lambda: 11.0  # beyond the input: -9999 V
    assert bench.driver.read().fault


def test_a_box_that_lost_its_power_refuses_until_it_is_set_up_again() -> None:
    bench = Bench(60.0)
    bench.box.power_up()
    with pytest.raises(DeviceRefused, match="device failure"):
        bench.driver.read()
    bench.driver.verify()
    assert bench.meter.read().value == pytest.approx(60.0, abs=0.006)


def test_set_up_twice_nothing_is_written_again() -> None:
    bench = Bench(60.0)
    bench.box.values[t7.ain_ef_unit(2)] = t7.FAHRENHEIT  # another program
    assert bench.driver.read().counts == (14000,)
    bench.driver.verify()
    assert bench.driver.read().counts == (6000,)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "missing required field `type`"),
        ({"type": "X"}, "Invalid enum value 'X'"),
        ({"type": "K", "units": [3], "cold_input": 3}, "AIN3 is the thermocouple's"),
        ({"type": "K", "units": [3], "differential": True}, "input 3 cannot be differential"),
        (
            {"type": "K", "units": [2], "differential": True, "cold_input": 3},
            "AIN3 is the thermocouple's",
        ),
        ({"type": "K", "units": [0, 1]}, "units"),
    ],
)
def test_options_that_cannot_be_are_refused(told: dict[str, object], says: str) -> None:
    with pytest.raises(OptionsError, match=says):
        MODEL.check(told)


def test_it_has_its_inputs_for_itself() -> None:
    assert MODEL.uses({"type": "K", "units": [2], "differential": True, "cold_input": 5}) == (
        "AIN2", "AIN3", "AIN5",
    )  # fmt: skip
