"""The drift filter against plain matrices, the lagged current, and the freeze."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core import breathing
from fixture.core.breathing import Current, Drift
from tests.core.bench import AREA_MM2, END, config

CONFIG = config((END,))
CONTROL = CONFIG.control
NOISE = CONFIG.nominal.noise_mpa**2
Vector = npt.NDArray[np.float64]


def as_matrices(drift: Drift) -> tuple[Vector, Vector]:
    """Estimate and covariance."""
    d = drift
    mean = np.array([d.error_mpa, d.breathing, d.drift])
    return mean, np.array(
        [[d.p_ee, d.p_ea, d.p_er], [d.p_ea, d.p_aa, d.p_ar], [d.p_er, d.p_ar, d.p_rr]]
    )


def textbook(
    x: Vector, p: Vector, current_a: float, z: float, readings: int
) -> tuple[Vector, Vector]:
    """One predict and one correct of a linear Kalman filter (Kalman 1960), as matrices."""
    t = CONTROL.window_s
    f = np.array([[1.0, t * current_a, t], [0.0, 1.0, 0.0], [0.0, 0.0, CONTROL.drift_decay]])
    q = np.diag([CONTROL.error_noise, CONTROL.breathing_noise, CONTROL.drift_noise])
    h = np.array([[1.0, 0.0, 0.0]])
    x = f @ x
    p = f @ p @ f.T + q
    gain = p @ h.T / (h @ p @ h.T + NOISE / readings)
    x = x + gain[:, 0] * (z - x[0])
    return x, (np.eye(3) - gain @ h) @ p


@given(
    st.lists(
        st.tuples(st.floats(-0.01, 0.01), st.floats(-0.5, 0.5), st.integers(1, 50)),
        min_size=1,
        max_size=40,
    )
)
def test_the_filter_is_the_textbook_one(windows: list[tuple[float, float, int]]):
    drift = breathing.start(CONFIG)
    x, p = as_matrices(drift)
    for current_a, z, readings in windows:
        drift = breathing.learn(CONFIG, drift, current_a, False, z, readings)
        x, p = textbook(x, p, current_a, z, readings)
    mean, covariance = as_matrices(drift)
    np.testing.assert_allclose(mean, x, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(covariance, p, rtol=1e-5, atol=1e-15)


def test_it_finds_a_coefficient_that_is_a_third_off():
    nominal = breathing.start(CONFIG).breathing
    true, drift, error, noise = (
        0.7 * nominal,
        breathing.start(CONFIG),
        0.0,
        np.random.default_rng(1),
    )
    for window in range(20000):
        current_a = 7.85e-4 if window // 2000 % 2 == 0 else -7.85e-4
        error += true * current_a * CONTROL.window_s
        seen = error + noise.normal(0.0, CONFIG.nominal.noise_mpa)
        drift = breathing.learn(CONFIG, drift, current_a, False, seen, 1)
    assert drift.breathing == pytest.approx(true, rel=0.05)


def test_frozen_it_keeps_what_it_knows_of_breathing_and_drift():
    drift = Drift(0.1, 0.2, 0.3, 1e-4, 1e-5, 1e-5, 1e-4, 1e-6, 1e-4)
    after = breathing.learn(CONFIG, drift, 5e-3, True, 0.4, 5)
    assert (after.breathing, after.drift) == (drift.breathing, drift.drift)
    assert (after.p_aa, after.p_ar, after.p_rr) == (drift.p_aa, drift.p_ar, drift.p_rr)
    assert (after.p_ea, after.p_er) == (0.0, 0.0)


def test_frozen_it_still_follows_the_error():
    drift = breathing.start(CONFIG)
    for _ in range(50):
        drift = breathing.learn(CONFIG, drift, 0.0, True, 0.25, 5)
    assert drift.error_mpa == pytest.approx(0.25, rel=0.05)


def test_frozen_the_error_is_predicted_and_corrected_like_the_textbook_says():
    drift = breathing.start(CONFIG)
    frozen = breathing.learn(CONFIG, drift, 5e-3, True, 0.01, 5)
    free = breathing.learn(CONFIG, drift, 5e-3, False, 0.01, 5)
    assert frozen.error_mpa == free.error_mpa
    assert frozen.p_ee == free.p_ee


def test_after_a_move_only_the_error_is_new():
    drift = Drift(0.1, 0.2, 0.3, 1e-4, 1e-5, 1e-5, 1e-4, 1e-6, 1e-4)
    landed = breathing.land(CONFIG, drift, -0.05)
    assert landed == Drift(-0.05, 0.2, 0.3, NOISE, 0.0, 0.0, 1e-4, 1e-6, 1e-4)


def test_it_starts_from_the_declared_stiffness_and_coefficient():
    nominal = CONFIG.nominal
    expected = nominal.stiffness_n_per_um / AREA_MM2 * nominal.breathing_um_per_c
    start = breathing.start(CONFIG)
    assert start.breathing == pytest.approx(expected)
    assert start.p_aa == pytest.approx((CONTROL.breathing_spread * expected) ** 2)
    assert start.p_rr == pytest.approx(CONTROL.drift_spread_mpa_per_s**2)


def test_the_predicted_rate_is_breathing_times_current_plus_drift():
    drift = Drift(0.0, 2.0, 0.5, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0)
    assert breathing.rate_mpa_per_s(drift, -3.0) == -5.5


def test_the_lagged_current_reaches_the_current_by_the_lag_gain():
    first = breathing.follow(CONFIG, Current(), 0, 1e-3)
    assert first.lagged_a == pytest.approx(CONTROL.lag_gain * 1e-3)
    current = first
    for tick in range(1, 4000):
        current = breathing.follow(CONFIG, current, tick * CONFIG.tick_ns, 1e-3)
    assert current.lagged_a == pytest.approx(1e-3)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_step_of_current_freezes_and_a_smaller_change_does_not(sign: float):
    step_a = sign * CONTROL.current_step_a
    at = breathing.follow(CONFIG, Current(), 5, step_a)
    beyond = breathing.follow(CONFIG, Current(), 5, step_a * (1 + 1e-12))
    assert at.frozen_until_ns == 0
    assert beyond.frozen_until_ns == 5 + CONTROL.freeze_ns


def test_a_steady_current_changes_nothing():
    steady = Current(1e-3, 1e-3, 77)
    assert breathing.follow(CONFIG, steady, 5, 1e-3) is steady
