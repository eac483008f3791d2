"""A press that is commanded by force says what it pushes with, and the load cells read the same."""

from dataclasses import dataclass, field

import msgspec
import pytest

from fixture.core.config import Config
from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import push
from fixture.core.safety.plausibility import standing as stands
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.push import Push
from fixture.core.safety.plausibility.standing import Standing
from tests.core.bench import AREA_MM2, END, config

SEALS = Friction(1.5, 15.0, 0.0)
N_PER_UM = 10.0
FULL_N = 12_000.0


def air() -> Config:
    """The bench with a press that is commanded by force."""
    found = config((END,))
    press = msgspec.structs.replace(found.press, commands_force=True)
    return msgspec.structs.replace(found, press=press)


@dataclass
class Pushed:
    """A gauge and load cells; `holds_n` is what the seals take, `lies_n` what is read too much."""

    config: Config = field(default_factory=air)
    seen: Push = field(default_factory=Push)
    setpoint_n: float = 4000.0
    gain: float = 1.0  # of the load cells
    gauge: float = 1.0
    lies_n: float = 0.0
    friction: Friction = SEALS
    spread_n: float = 0.0  # of the readings within a window, rms
    windows: int = 0
    trace: list[Push] = field(default_factory=list[Push])

    def window(self, push_n: float, holds_n: float = 0.0) -> bool:
        """Half a second; whether it is doubted."""
        known = Known(
            mean_mpa=(self.gain * (push_n - holds_n) + self.lies_n) / AREA_MM2,
            position_um=self.gauge * push_n / N_PER_UM,
            spread_mpa2=(self.spread_n / AREA_MM2) ** 2,
            mean_readings=5,
        )
        self.windows += 1
        t_ns, setpoint_mpa = self.windows * 500_000_000, self.setpoint_n / AREA_MM2
        self.seen = push.follow(self.config, self.seen, known, t_ns, setpoint_mpa, self.friction)
        self.trace.append(self.seen)
        return push.is_beyond(self.seen)

    def press(self, to_n: float, per_window_n: float = 40.0) -> bool:
        """Push harder up to this; whether it is doubted on the way."""
        push_n = 0.0
        while push_n < to_n:
            push_n += per_window_n
            if self.window(push_n, 80.0):
                return True
        return any(self.window(push_n, 80.0) for _ in range(20))

    def press_in_strokes(self, newton_per_s: float, stroke_n: float = 1000.0) -> bool:
        """Push harder in strokes with stands of 4 s, while the load cells drift; whether it is
        doubted before the setpoint."""
        push_n = 0.0
        while self.gain * (push_n - 80.0) + self.lies_n < 0.94 * self.setpoint_n:
            push_n += stroke_n
            for _ in range(8):
                self.lies_n += 0.5 * newton_per_s
                if self.window(push_n, 80.0):
                    return True
        return False

    def hold(self, newton_per_s: float, seconds: float) -> float | None:
        """Keep what the load cells read while they drift; seconds until it is doubted."""
        for number in range(round(2.0 * seconds)):
            self.lies_n += 0.5 * newton_per_s
            if self.window(4000.0 - self.lies_n, 80.0):
                return 0.5 * (number + 1)
        return None


def test_a_healthy_press_is_not_doubted_on_either_side_of_its_seals():
    pushed = Pushed()
    assert not pushed.press(4000.0)
    assert not any(pushed.window(3900.0, -80.0) for _ in range(40))
    assert not any(pushed.window(4000.0, 80.0) for _ in range(40))


@pytest.mark.parametrize("gauge", [0.95, 1.05])
def test_a_gauge_that_is_off_by_five_percent_is_not_doubted(gauge: float):
    assert not Pushed(gauge=gauge).press(4000.0)


@pytest.mark.parametrize("newton_per_s", [-15.0, -3.0, -0.3, 3.0])
def test_load_cells_that_drift_in_the_hold_are_noticed_in_time(newton_per_s: float):
    pushed = Pushed()
    assert not pushed.press(4000.0)
    assert pushed.hold(newton_per_s, 7200.0) is not None
    assert abs(pushed.lies_n) < 0.05 * FULL_N


@pytest.mark.parametrize("gain", [0.5, -1.0, 0.0, 2.0])
def test_a_wrong_gain_from_the_start_is_noticed_on_the_way(gain: float):
    assert Pushed(gain=gain).press(4000.0)


def test_a_force_that_is_late_is_waited_for():
    pushed = Pushed()
    late = [pushed.window(40.0 * n, 0.0 if n < 5 else 200.0) for n in range(40)]
    assert not any(late)
    assert not any(pushed.window(1600.0) for _ in range(40))


def test_a_spring_that_takes_the_piston_back_is_no_doubt() -> None:
    pushed = Pushed()
    spring_n = 700.0
    for step in range(80):
        push_n = spring_n + 50.0 * step
        assert not pushed.window(push_n, spring_n)


@pytest.mark.parametrize("newton_per_s", [-20.0, -35.0, -60.0])
def test_load_cells_that_drift_on_the_way_are_noticed_while_the_push_stands(newton_per_s: float):
    pushed = Pushed(setpoint_n=8000.0)
    assert pushed.press_in_strokes(newton_per_s)
    assert abs(pushed.lies_n) < 0.05 * FULL_N


def test_a_push_in_strokes_is_not_doubted():
    assert not Pushed(setpoint_n=8000.0).press_in_strokes(0.0)


def test_a_force_that_rises_while_the_push_stands_is_no_loss():
    assert not Pushed(setpoint_n=8000.0).press_in_strokes(5.0)


def test_stands_are_judged_by_the_noise_within_them():
    assert not Pushed(setpoint_n=8000.0, spread_n=100.0).press_in_strokes(-20.0)


def test_nothing_is_summed_before_there_is_force_or_after_the_setpoint_is_reached():
    pushed = Pushed(setpoint_n=4000.0)
    assert not pushed.press(4000.0)
    assert pushed.seen.standing.windows == 0
    for _ in range(20):
        pushed.window(200.0, 200.0)
    assert pushed.seen.standing.windows == 0


@pytest.mark.parametrize(
    ("windows", "lost_um", "differ", "doubted"),
    [
        (stands.SEEN, 4.1, 0, True),
        (stands.SEEN, 4.0, 0, False),
        (0, 0.0, push.WINDOWS, True),
        (0, 0.0, push.WINDOWS - 1, False),
    ],
)
def test_it_is_doubted_by_what_the_stands_lost_or_by_windows_that_differ(
    windows: int, lost_um: float, differ: int, doubted: bool
):
    standing = Standing(sum_um=lost_um, windows=windows)
    assert push.is_beyond(Push(windows=differ, standing=standing, standing_um=4.0)) is doubted


@pytest.mark.parametrize("noise", [(0.04, 0.01), (0.01, 0.04), (0.04, 0.0)])
def test_what_the_stands_may_lose_is_seals_regulator_and_noise(noise: tuple[float, float]):
    table, (known_mpa2, seen_mpa2) = air(), noise
    seen = Standing(noise_mpa2=seen_mpa2)
    seals = msgspec.structs.replace(SEALS, noise_mpa2=known_mpa2)
    mpa_per_um = N_PER_UM / AREA_MM2
    full_um = table.limits.force_max_n / table.nominal.stiffness_n_per_um
    expected_um = SEALS.band_um + push.STANDS * full_um + stands.STEPS * table.press.um_per_count
    expected_um += stands.DEVIATIONS * 0.2 / mpa_per_um
    assert push.lost_at_most_um(table, seals, seen, mpa_per_um) == pytest.approx(expected_um)
