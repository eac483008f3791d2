"""The screw press: delay, speed, steps, friction, end stops."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from fixture.twin.friction import Play, StickSlip
from fixture.twin.parameters import Press
from fixture.twin.plant import Plant
from fixture.twin.press import ScrewPress
from fixture.twin.seeds import seeded
from tests.twin.twins import AREA_MM2, BENCH, IDEAL, SECOND, after, changed, seen

TICK_S = 0.01


class Driven:
    """A press with its own clock."""

    def __init__(self, **press: float) -> None:
        still = {"delay_s": 0.0, "speed": 1.0, "lead": 1.0, "slip_um": 0.0, "reversal_um": 0.0}
        self.press = ScrewPress(BENCH, replace(Press(), **(still | press)), seed=1)
        self.ticks = 0

    def run(self, seconds: float) -> float:
        """Let time pass; the output, um."""
        for _ in range(round(seconds / TICK_S)):
            self.ticks += 1
            t_ns = round(self.ticks * TICK_S * SECOND)
            self.press.advance(t_ns, TICK_S, 25.0)
        return self.press.output_um


def test_it_moves_at_its_speed_limit() -> None:
    driven = Driven()
    driven.press.move_to(1000)
    assert driven.run(2.0) == pytest.approx(10.0, abs=0.1)
    assert driven.press.moving()
    driven.run(9.0)
    assert driven.press.position() == 1000
    assert not driven.press.moving()


def test_a_command_acts_only_after_the_delay() -> None:
    driven = Driven(delay_s=0.3)
    driven.run(0.1)
    driven.press.move_to(20)
    assert driven.run(0.28) == 0.0
    assert driven.press.moving()
    assert driven.press.target() == 20
    assert driven.run(0.04) > 0.0


def test_a_command_that_is_repeated_each_tick_is_carried_out_once() -> None:
    driven = Driven(delay_s=0.3)
    for _ in range(100):
        driven.press.move_to(20)
        driven.run(TICK_S)
    assert driven.press.position() == 20
    assert not driven.press.moving()


def test_stop_holds_where_the_drive_stands_and_a_new_command_moves_on() -> None:
    driven = Driven()
    driven.press.move_to(1000)
    driven.run(1.0)
    driven.press.stop()
    stopped = driven.run(0.1)
    assert driven.run(1.0) == stopped
    assert 0.0 < stopped < 6.0
    assert not driven.press.moving()
    driven.press.move_to(1000)
    assert driven.run(15.0) == pytest.approx(50.0)


def test_the_output_stands_on_whole_steps() -> None:
    driven = Driven()
    driven.press.move_to(7)
    driven.run(0.035)
    for _ in range(10):
        steps = driven.run(TICK_S) / BENCH.step_um
        assert steps == pytest.approx(round(steps), abs=1e-9)


def test_the_end_stops_hold_it() -> None:
    driven = Driven(speed=200.0)
    driven.press.move_to(40_000)
    driven.run(3.0)
    assert driven.press.end_high()
    assert driven.press.output_um == pytest.approx(1500.0)
    assert not driven.press.moving()
    driven.press.move_to(-40_000)
    driven.run(5.0)
    assert driven.press.end_low()
    assert not driven.press.end_high()
    assert driven.press.output_um == pytest.approx(-500.0)


def test_a_reversal_winds_up_before_the_output_follows() -> None:
    play = Play(0.8)
    assert play.follow(5.0) == 5.0
    assert play.follow(4.3) == 5.0
    assert play.follow(4.0) == pytest.approx(4.8)
    assert play.follow(4.7) == pytest.approx(4.8)
    assert play.follow(5.0) == 5.0


def test_a_slow_drive_makes_a_sawtooth_of_slips() -> None:
    stick = StickSlip(0.5, scatter=0.0, landing=0.0, slides=False, random=seeded(1, "friction"))
    outputs = [stick.follow(step * 0.05 + 1e-9) for step in range(101)]
    jumps = [after - before for before, after in pairwise(outputs)]
    slips = [jump for jump in jumps if jump]
    assert len(slips) == stick.slips == 10
    assert slips == pytest.approx([0.5] * 10)


def test_a_slip_may_land_short_of_the_drive() -> None:
    stick = StickSlip(0.5, scatter=0.0, landing=0.2, slides=False, random=seeded(1, "friction"))
    assert stick.follow(0.6) == pytest.approx(0.5)
    assert stick.follow(0.0) == pytest.approx(0.1)


def test_slips_scatter_by_a_tenth() -> None:
    stick = StickSlip(0.5, scatter=0.1, landing=0.0, slides=False, random=seeded(1, "friction"))
    outputs = sorted({stick.follow(step * 0.001) for step in range(500_000)})
    slips = [after - before for before, after in pairwise(outputs)]
    mean = sum(slips) / len(slips)
    spread = (sum((slip - mean) ** 2 for slip in slips) / len(slips)) ** 0.5
    assert mean == pytest.approx(0.5, rel=0.02)
    assert spread == pytest.approx(0.05, rel=0.15)


def test_a_screw_of_60_kn_forms_at_700_mpa() -> None:
    bench = {"travel_max_um": 15_000.0, "full_scale_n": 60_000.0, "speed_um_per_s": 50.0}
    plant = Plant(changed(IDEAL, bench=bench))
    plant.press.move_to(109_500)
    force_n = seen(after(plant, 120.0), "true_force_newton")
    assert force_n == pytest.approx(700.0 * AREA_MM2, rel=5e-3)


def test_it_reports_the_temperature_it_is_given() -> None:
    driven = Driven()
    driven.run(TICK_S)
    assert driven.press.temperature_c() == 25.0


def test_where_it_slides_it_sticks_again_only_once_the_drive_rests():
    stick = StickSlip(0.5, scatter=0.0, landing=0.0, slides=True, random=seeded(1, "friction"))
    assert stick.follow(0.4) == 0.0
    assert stick.follow(0.6) == 0.6
    assert stick.follow(0.7) == 0.7
    assert stick.rest(1.0) == 0.7
    assert stick.follow(0.9) == 0.7
    assert stick.slips == 1
