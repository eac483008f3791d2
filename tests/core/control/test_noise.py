"""Measurement noise is told from a random walk of the pressure."""

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from fixture.core.control import noise
from fixture.core.control.noise import walk_mpa2, white_mpa2
from fixture.core.control.state import Noise
from fixture.core.measurement.signals import Known
from tests.core.bench import END, config

CONFIG = config((END,))
STILL = Known(windows=1, mean_readings=CONFIG.control.window_ticks)
RMS_MPA = 0.02
Means = npt.NDArray[np.float64]


def after(means: Means, state: Noise | None = None) -> Noise:
    """The estimate after windows at rest with these means."""
    state = state or Noise()
    for mean in means:
        measured = msgspec.structs.replace(STILL, mean_mpa=float(mean))
        state = noise.update(CONFIG, state, measured, 0.0)
    return state


def white(seed: int, windows: int = 3000) -> Means:
    """Means that differ by noise alone."""
    return np.random.default_rng(seed).normal(0.0, RMS_MPA, windows)


def walked(seed: int) -> Means:
    """Means that keep each change."""
    return np.array(np.cumsum(white(seed)), dtype=np.float64)


def estimates(courses: list[Means]) -> tuple[float, float]:
    """Mean variances of random walk and noise over several courses, by the true one."""
    states = [after(course) for course in courses]
    walks = [walk_mpa2(state) for state in states]
    whites = [white_mpa2(CONFIG, state, STILL) for state in states]
    return float(np.mean(walks)) / RMS_MPA**2, float(np.mean(whites)) / RMS_MPA**2


def test_noise_is_not_taken_for_a_random_walk():
    walk, seen = estimates([white(seed) for seed in range(20)])
    assert walk < 0.15
    assert seen == pytest.approx(1.0, abs=0.15)


def test_a_random_walk_is_not_taken_for_noise():
    walk, seen = estimates([walked(seed) for seed in range(20)])
    assert walk == pytest.approx(1.0, abs=0.2)
    assert seen < 0.15


def test_a_drift_that_is_predicted_wrongly_is_no_random_walk():
    assert walk_mpa2(after(RMS_MPA * np.arange(2000, dtype=np.float64))) == 0.0


def test_a_crack_is_not_taken_for_noise_of_its_size():
    calm = white(1)
    state = after(calm[:1000] + 5.0, after(calm))
    assert white_mpa2(CONFIG, state, STILL) < 2.0 * RMS_MPA**2


def test_windows_on_either_side_of_a_stroke_are_not_compared():
    before = noise.moved(after(white(2)))
    state = after(np.array([5.0]), before)
    assert (state.near_mpa2, state.far_mpa2) == (before.near_mpa2, before.far_mpa2)


def test_noise_is_never_less_than_declared():
    declared = CONFIG.nominal.noise_mpa**2 / CONFIG.control.window_ticks
    assert white_mpa2(CONFIG, after(np.zeros(1000)), STILL) == pytest.approx(declared)


def seen_within(windows: int, slope_mpa: float = 0.0) -> float:
    """Noise by the readings of a few windows of ten, by its true variance of a mean. Their means
    are the same, but for a slope from window to window, which is predicted."""
    random = np.random.default_rng(3)
    state = Noise()
    for window in range(windows):
        ramp = slope_mpa * (np.arange(10) / 10.0 + window)
        readings = random.normal(0.0, RMS_MPA, 10)
        readings = readings - readings.mean() + ramp
        measured = Known(
            windows=1 + window,
            mean_readings=10,
            mean_mpa=float(readings.mean()),
            spread_mpa2=float(readings.var()),
        )
        state = noise.update(CONFIG, state, measured, slope_mpa)
    return white_mpa2(CONFIG, state, STILL) / (RMS_MPA**2 / 10.0)


def test_the_readings_within_a_few_windows_show_a_noise_that_nobody_declared():
    assert seen_within(6) == pytest.approx(1.0, abs=0.3)


def test_a_trend_within_windows_is_no_noise():
    assert seen_within(100, 5.0 * RMS_MPA) == pytest.approx(seen_within(100), rel=0.15)
