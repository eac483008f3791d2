"""An electro-pneumatic regulator on a T7, a press commanded by force; the watchdog behind it."""

import pytest

from instruments.codecs import labjack_t7 as t7
from instruments.emulators.labjack_t7_roles import Regulator
from instruments.options import OptionsError
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions, when_silent
from instruments.protocols import BadReply, DeviceRefused
from instruments.registry import PRESSES
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress

SECOND_NS = 1_000_000_000
OPTIONS = EpRegulatorOptions(
    um_per_count=0.5, n_per_count=5.0, full_force_n=5000.0, monitor=3, tolerance_um=1.0
)


class Bench:
    """A regulator and its driver; the plant is at once where it is commanded."""

    def __init__(self, options: EpRegulatorOptions = OPTIONS) -> None:
        self.plant, self.clock = FakePress(), FakeClock()
        self.box = Regulator(self.plant, options)
        self.options = options
        self.press = self.another()

    def another(self) -> EpRegulator:
        """A driver that knows nothing yet, as in another process."""
        return EpRegulator(Loopback(self.box, self.clock), self.clock, self.options)

    def silence_s(self, seconds: float) -> None:
        self.clock.advance_ms(1000.0 * seconds)
        self.box.tick(self.clock.t_ns)


def test_a_position_is_a_force_and_a_force_a_voltage():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    assert bench.box.values[t7.dac(0)] == 1.0  # 200 counts of 5 N are a fifth of 5 kN and 5 V
    assert bench.plant.at == 200
    assert bench.press.read().position == 200


def test_no_voltage_is_released():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.press.move_to(0.0)
    assert bench.box.values[t7.dac(0)] == 0.0
    assert bench.plant.at == 0


def test_setting_up_moves_nothing():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.another().configure()
    assert (bench.box.values[t7.dac(0)], bench.plant.at) == (1.0, 200)


def test_a_stop_holds_the_present_setpoint():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.another().stop()
    assert bench.box.values[t7.dac(0)] == 1.0


def test_the_output_has_steps():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(0.5)  # 5 mV, and a step is 1.22 mV
    assert bench.plant.at == 1


def test_it_moves_while_its_monitor_is_not_where_it_was_told():
    bench = Bench()
    bench.press.configure()
    bench.plant.slow = True
    bench.press.move_to(100.0)
    assert bench.press.moving()
    bench.plant.at = 198
    assert not bench.press.moving()  # within the tolerance of two counts


def test_without_a_monitor_it_reports_what_it_was_told():
    bench = Bench(EpRegulatorOptions(um_per_count=0.5, n_per_count=5.0, full_force_n=5000.0))
    bench.press.configure()
    bench.plant.slow = True
    bench.press.move_to(100.0)
    assert bench.press.read().position == 200
    assert not bench.press.moving()


def test_air_that_is_lost_shows_at_the_monitor():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.plant.at = 3
    reading = bench.press.read()
    assert (reading.position, reading.fault) == (3, False)
    assert bench.press.moving()


def test_a_monitor_that_is_torn_off_is_far_from_any_pressure():
    bench = Bench()
    bench.press.configure()
    bench.box.inputs[3] = lambda: 0.0
    assert bench.press.read().position == -250  # a volt below the monitor's zero


@pytest.mark.parametrize("position_um", [-0.5, 500.5])
def test_what_the_regulator_cannot_give_is_refused(position_um: float):
    bench = Bench()
    bench.press.configure()
    with pytest.raises(DeviceRefused, match="beyond the regulator's 0 to 5 V"):
        bench.press.move_to(position_um)
    assert bench.plant.at == 0


# ---- an output that is not as told ----------------------------------------------------------


def test_a_box_that_was_reset_is_a_fault_and_goes_down_only():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.box.power_up()
    assert bench.press.read().fault
    with pytest.raises(DeviceRefused, match="DAC0 of the T7 is at 0 V and was set to 1 V"):
        bench.press.move_to(50.0)
    bench.press.move_to(0.0)
    assert bench.press.read().fault  # until it is set up anew
    bench.press.configure()
    assert not bench.press.read().fault


@pytest.mark.parametrize("volts", [float("nan"), float("inf"), 1e30])
def test_an_output_that_can_be_none_is_an_error_of_the_link(volts: float):
    bench = Bench()
    bench.box.values[t7.dac(0)] = volts
    with pytest.raises(BadReply, match="beyond 32 bits"):
        bench.press.read()


def test_a_stop_hides_no_reset():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.box.power_up()
    bench.press.stop()
    assert bench.press.read().fault
    with pytest.raises(DeviceRefused, match="only goes down"):
        bench.press.move_to(50.0)


def test_an_output_that_another_program_raised_may_be_released():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.another().move_to(200.0)
    assert bench.press.read().fault
    bench.press.move_to(150.0)
    assert bench.plant.at == 300


def test_a_link_that_is_back_finds_out_that_the_box_was_reset():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.box.power_up()
    bench.press.verify()
    assert bench.press.read().fault


def test_a_driver_of_another_process_takes_the_output_as_it_is():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    other = bench.another()
    other.verify()
    assert not other.read().fault
    other.move_to(0.0)
    assert bench.plant.at == 0


# ---- watchdog -------------------------------------------------------------------------------

RELEASING = EpRegulatorOptions(
    um_per_count=0.5, n_per_count=5.0, full_force_n=5000.0, when_silent="release", watchdog_s=3
)


def test_a_silent_host_makes_the_air_fall_where_the_rig_says_release():
    bench = Bench(RELEASING)
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.silence_s(2.9)
    assert bench.plant.at == 200
    bench.silence_s(0.2)
    assert bench.plant.at == 0
    assert bench.press.read().fault  # and a host that comes back is told


def test_any_traffic_feeds_it():
    bench = Bench(RELEASING)
    bench.press.configure()
    bench.press.move_to(100.0)
    for _ in range(5):
        bench.silence_s(2.0)
        bench.press.read()
    assert bench.plant.at == 200


def test_a_silent_host_leaves_the_air_where_the_rig_says_hold():
    bench = Bench()
    bench.press.configure()
    bench.press.move_to(100.0)
    bench.silence_s(3600.0)
    assert bench.plant.at == 200


def test_holding_disables_the_watchdog_of_an_earlier_run():
    bench = Bench(RELEASING)
    bench.press.configure()
    bench.options = OPTIONS
    bench.another().configure()
    assert bench.box.values[t7.WATCHDOG_ENABLE] == 0


def test_the_flash_is_written_once_and_not_by_the_next_run():
    bench = Bench(RELEASING)
    bench.press.configure()
    written = bench.box.flash_writes
    assert written == 4  # disabled, timeout, action, enabled
    bench.press.configure()
    bench.another().configure()
    assert bench.box.flash_writes == written


def test_a_watchdog_that_is_enabled_is_disabled_before_it_is_changed():
    bench = Bench(RELEASING)
    bench.press.configure()
    bench.options = EpRegulatorOptions(
        um_per_count=0.5, n_per_count=5.0, full_force_n=5000.0, when_silent="release", watchdog_s=20
    )
    bench.another().configure()  # the emulated box refuses it otherwise
    assert bench.box.values[t7.WATCHDOG_TIMEOUT_S] == 20
    assert bench.box.values[t7.WATCHDOG_ENABLE] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (OPTIONS, "DAC0 of the T7 and the pressure of the air stay as they are"),
        (RELEASING, "after 3 s the T7's watchdog sets DAC0 to 0 V, and the air is let go"),
    ],
)
def test_what_becomes_of_the_air_is_said(options: EpRegulatorOptions, says: str):
    assert when_silent(options).startswith(says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_per_count": 1.0, "full_force_n": 5000.0}, "less than a step of the T7's output"),
        ({"monitor_zero_v": 5.0}, "the same: no force shows"),
        ({"travel_um": [-1.0, 10.0]}, "the press's travel has -10 N at -1 um"),
        ({"travel_um": [0.0, 600.0]}, "has 6000 N at 600 um, and the regulator gives 0 to 5000"),
        ({"watchdog_s": 0}, "watchdog_s"),
        ({"dac": 2}, "dac"),
    ],
)
def test_a_regulator_that_cannot_do_what_the_rig_says_is_refused(
    options: dict[str, object], says: str
):
    with pytest.raises(OptionsError, match=says):
        PRESSES["ep-regulator"].check(options)
