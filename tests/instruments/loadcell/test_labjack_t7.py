"""Load cells on a T7: counts are quantised volts."""

import math

import pytest

from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7 import Refused
from instruments.emulators.labjack_t7_roles import LoadCells
from instruments.loadcell.labjack_t7 import LabjackT7, LabjackT7Options
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce


def made(plant: FakeForce, options: LabjackT7Options) -> LabjackT7:
    clock = FakeClock()
    driver = LabjackT7(Loopback(LoadCells(plant, options), clock), clock, options)
    driver.configure()
    return driver


def test_a_count_is_the_rigs_division():
    options = LabjackT7Options(units=(0, 1), division_n=0.5, full_scale_n=(4000.0, 2000.0))
    reading = made(FakeForce(1234.5, -100.2), options).read()
    assert reading.counts == (2469, -200)
    assert not reading.fault
    assert not reading.over


def test_an_amplifier_wired_the_other_way_round_is_a_negative_output():
    plant = FakeForce(1000.0)
    options = LabjackT7Options(units=(0,), output_v=-2.0, division_n=1.0)
    emulator = LoadCells(plant, options)
    assert emulator.inputs[0]() == -0.5
    assert made(plant, options).read().counts == (1000,)


def test_a_broken_bridge_is_a_fault():
    assert made(FakeForce(math.nan), LabjackT7Options(units=(0,))).read().fault


@pytest.mark.parametrize("volts", [math.inf, -math.inf, 1e30, -9999.0])
def test_what_no_input_can_have_is_a_fault_and_no_force(
    volts: float, monkeypatch: pytest.MonkeyPatch
):
    """Modbus TCP has no check sum: a damaged float may be anything."""
    options = LabjackT7Options(units=(0,))
    emulator, clock = LoadCells(FakeForce(0.0), options), FakeClock()
    driver = LabjackT7(Loopback(emulator, clock), clock, options)

    def measured(channel: int) -> float:
        return volts if channel == 0 else 0.0

    monkeypatch.setattr(emulator, "_measured", measured)
    assert driver.read().fault


def test_more_than_the_range_is_over():
    options = LabjackT7Options(units=(0,), full_scale_n=4000.0, output_v=8.0)
    assert not made(FakeForce(4999.0), options).read().over
    reading = made(FakeForce(5100.0), options).read()
    assert (reading.over, reading.fault) == (True, False)


def test_of_load_cells_in_series_all_but_the_last_may_be_beyond():
    options = LabjackT7Options(
        units=(0, 1), full_scale_n=(500.0, 5000.0), division_n=1.0, series=True
    )
    reading = made(FakeForce(2000.0, 2000.0), options).read()
    assert (reading.fault, reading.over) == (False, False)
    assert reading.counts == (1000, 2000)  # at the end of its range, and the force
    assert made(FakeForce(20000.0, 20000.0), options).read().fault


def test_inputs_that_lost_their_settings_are_set_up_again():
    plant, clock = FakeForce(100.0), FakeClock()
    options = LabjackT7Options(units=(2,), differential=True, range_v=1.0, output_v=0.5)
    emulator = LoadCells(plant, options)
    driver = LabjackT7(Loopback(emulator, clock), clock, options)
    driver.configure()
    before = dict(emulator.values)
    emulator.power_up()
    assert emulator.values != before
    driver.verify()
    assert emulator.values == before


def test_reading_writes_nothing():
    options = LabjackT7Options(units=(0, 1, 2))
    emulator, clock = LoadCells(FakeForce(1.0, 2.0, 3.0), options), FakeClock()
    before = dict(emulator.values)
    LabjackT7(Loopback(emulator, clock), clock, options).read()
    assert emulator.values == before


@pytest.mark.parametrize("division_n", [0.1, 0.2, 5.0])
def test_quantising_is_by_half_a_division(division_n: float):
    options = LabjackT7Options(units=(0,), division_n=division_n)
    (counts,) = made(FakeForce(777.7), options).read().counts
    assert abs(counts * division_n - 777.7) <= 0.5 * division_n + 1e-3


def shown_v(options: LabjackT7Options, *forces_n: float) -> float:
    """What the output for the force is at, after a reading."""
    emulator, clock = LoadCells(FakeForce(*forces_n), options), FakeClock()
    LabjackT7(Loopback(emulator, clock), clock, options).read()
    return emulator.values[t7.dac(1)]


@pytest.mark.parametrize(
    ("forces_n", "volts"), [((1000.0, 1500.0), 1.25), ((-50.0, 0.0), 0.0), ((4000.0, 4500.0), 4.25)]
)
def test_the_force_is_shown_at_an_output_for_the_other_program(
    forces_n: tuple[float, float], volts: float
):
    options = LabjackT7Options(units=(0, 1), force_output=1)
    assert shown_v(options, *forces_n) == pytest.approx(volts, abs=1e-4)


def test_the_force_that_is_shown_is_above_the_calibration_zero_and_within_the_output():
    options = LabjackT7Options(
        units=(0,), force_output=1, shown_force_n=1000.0, zero_counts=(2000.0,)
    )
    assert shown_v(options, 500.0) == pytest.approx(2.5, abs=1e-3)
    assert shown_v(options, 4000.0) == 5.0


def test_an_output_that_cannot_show_the_force_loses_no_reading():
    class NoOutput(LoadCells):
        def _drive(self, number: int, volts: float) -> None:
            if self.connected:
                raise Refused(4)

        connected = False

    options = LabjackT7Options(units=(0,), force_output=1)
    emulator, clock = NoOutput(FakeForce(100.0), options), FakeClock()
    emulator.connected = True
    assert LabjackT7(Loopback(emulator, clock), clock, options).read().counts == (1000,)
