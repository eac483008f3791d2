"""A potentiostat of another program, followed by its monitors, and opened by a line."""

import math

import pytest

from instruments.emulators.labjack_t7_roles import Monitors
from instruments.options import OptionsError
from instruments.potentiostat.labjack_t7_monitors import (
    LabjackT7Monitors,
    LabjackT7MonitorsOptions,
    when_silent,
)
from instruments.protocols import BadReply, DeviceRefused
from instruments.registry import POTENTIOSTATS
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock

BIOLOGIC = LabjackT7MonitorsOptions(
    voltage_gain=-1.0,
    current_span_a=10e-3,
    voltage_zero_v=0.004,
    current_zero_v=0.002,
    open_output=4,
)


class Bench:
    """Monitors on a box, and their driver."""

    def __init__(self, options: LabjackT7MonitorsOptions = BIOLOGIC) -> None:
        self.cell, self.clock = FakeCell(), FakeClock()
        self.box = Monitors(self.cell, options)
        self.options = options
        self.driver = self.another()

    def another(self) -> LabjackT7Monitors:
        return LabjackT7Monitors(Loopback(self.box, self.clock), self.clock, self.options)


def test_voltage_and_current_have_scale_sign_and_zero():
    bench = Bench()
    bench.cell.volts, bench.cell.amperes = 3.7, -2.5e-3
    assert bench.box.inputs[0]() == pytest.approx(-3.696)
    assert bench.box.inputs[1]() == pytest.approx(-0.248)
    reading = bench.driver.read()
    assert reading.voltage_v == pytest.approx(3.7, abs=1e-5)
    assert reading.current_a == pytest.approx(-2.5e-3, abs=1e-8)
    assert reading.on


def test_a_current_monitor_that_is_reversed_has_a_negative_span():
    bench = Bench(LabjackT7MonitorsOptions(current_span_a=-1e-3, monitor_span_v=3.0))
    bench.cell.amperes = 0.5e-3
    assert bench.box.inputs[1]() == pytest.approx(-1.5)
    assert bench.driver.read().current_a == pytest.approx(0.5e-3, abs=1e-8)


def test_offset_and_noise_of_a_monitor_are_no_charge():
    bench = Bench()
    bench.cell.amperes = 19e-6  # 0.2 % of 10 mA are 20 uA
    reading = bench.driver.read()
    assert (reading.current_a, reading.on) == (0.0, False)


def test_a_monitor_beyond_its_range_is_no_number():
    bench = Bench()
    bench.cell.amperes = 0.2
    reading = bench.driver.read()
    assert math.isnan(reading.current_a)
    assert reading.on


def test_nothing_is_driven_by_us():
    bench = Bench()
    with pytest.raises(DeviceRefused, match="another program drives the cell"):
        bench.driver.source_current(1e-3, 4.0)
    with pytest.raises(DeviceRefused, match="another program drives the cell"):
        bench.driver.source_voltage(1.0, 1e-3)
    assert bench.cell.asked == []


def test_a_line_opens_the_other_programs_circuit_and_closes_it_again():
    bench = Bench()
    bench.driver.configure()
    assert not bench.box.parted
    bench.cell.amperes = 5e-3
    bench.driver.switch_off()
    assert bench.box.parted
    assert not bench.driver.read().on
    bench.driver.follow()
    assert not bench.box.parted


def test_the_line_is_active_high_where_the_rig_says_so():
    bench = Bench(LabjackT7MonitorsOptions(open_output=4, open_level="high"))
    bench.driver.configure()
    assert not bench.box.parted
    bench.driver.open_circuit()
    assert bench.box.parted


def test_a_process_that_comes_after_opens_it_and_does_not_close_it():
    bench = Bench()
    bench.driver.configure()
    other = bench.another()
    other.verify()
    other.open_circuit()
    bench.another().verify()
    assert bench.box.parted


def test_a_line_that_was_lost_with_the_power_is_set_again():
    bench = Bench()
    bench.driver.configure()
    bench.driver.switch_off()
    bench.box.power_up()
    assert not bench.box.parted  # an input again, and pulled up
    bench.driver.verify()
    assert bench.box.parted


def test_a_line_that_does_not_stand_as_told_is_named():
    class Shorted(Monitors):
        def _at(self, number: int) -> int:
            return 1  # to the supply

    bench = Bench()
    bench.box = Shorted(bench.cell, BIOLOGIC)
    bench.driver = bench.another()
    with pytest.raises(
        BadReply, match="DIO4 of the T7 was set low and is high; look at its wiring"
    ):
        bench.driver.switch_off()


def test_without_a_line_the_circuit_is_not_ours_to_open():
    bench = Bench(LabjackT7MonitorsOptions())
    bench.driver.configure()
    with pytest.raises(DeviceRefused, match="no line of ours opens its circuit"):
        bench.driver.switch_off()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"observe": False}, "write 'mode: observe'"),
        ({"voltage_input": 1}, "both at input 1"),
        ({"current_span_a": 0.0}, "cannot be 0"),
        ({"monitor_span_v": 5.0, "range_v": 1.0}, "beyond the range of the input, 1 V"),
    ],
)
def test_what_cannot_be_followed_is_refused(options: dict[str, object], says: str):
    with pytest.raises(OptionsError, match=says):
        POTENTIOSTATS["labjack-t7-monitors"].check(options)


def test_what_becomes_of_the_cell_is_said():
    assert when_silent(LabjackT7MonitorsOptions()) == "the other program goes on with its cell"
    assert "DIO4 of the T7 stays as it is" in when_silent(BIOLOGIC)
