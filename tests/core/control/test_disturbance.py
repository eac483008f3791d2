"""The disturbance estimator against plain matrices, and the lag that it finds."""

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.config import Config
from fixture.core.control import disturbance
from fixture.core.control.state import Disturbance
from fixture.core.measurement.lagged_current import Current, follow
from tests.core.bench import AREA_MM2, END, config

CONFIG = config((END,))
CONTROL = CONFIG.control
NOISE = CONFIG.nominal.noise_mpa**2
Vector = npt.NDArray[np.float64]


KNOWN = Disturbance(
    0.1, 0.2, 0.3, 20.0, 1e-4, 1e-5, 1e-5, 1e-3, 1e-4, 1e-6, 1e-4, 1e-4, 1e-3, 9.0
)  # fmt: skip


def flowing(current_a: float) -> Current:
    """A current that the thickness follows already."""
    return Current(current_a, current_a)


def estimated(
    drift: Disturbance,
    current: Current,
    error_mpa: float,
    readings: float,
    config: Config = CONFIG,
    **press: float,
) -> Disturbance:
    """One window on: predicted, and corrected with the mean of so many readings."""
    drift = disturbance.predict(config, drift, current, 0.0)
    return disturbance.correct(config, drift, error_mpa, NOISE / readings, **press)


def as_matrices(drift: Disturbance) -> tuple[Vector, Vector]:
    """Estimate and covariance."""
    d = drift
    return np.array([d.error_mpa, d.breathing, d.drift, d.lag_s]), np.array(
        [
            [d.p_ee, d.p_ea, d.p_er, d.p_el],
            [d.p_ea, d.p_aa, d.p_ar, d.p_al],
            [d.p_er, d.p_ar, d.p_rr, d.p_rl],
            [d.p_el, d.p_al, d.p_rl, d.p_ll],
        ]
    )


def textbook(
    x: Vector, p: Vector, current: Current, z: float, readings: int
) -> tuple[Vector, Vector]:
    """One predict and one correct of an extended Kalman filter (Kalman 1960), as matrices."""
    t = CONTROL.window_s
    decay = CONTROL.drift_decay
    f = np.diag([1.0, 1.0, decay, 1.0])
    f[0, 1:] = t * current.lagged_a, t, t * x[1] * current.bend_a_per_s
    fading = disturbance.FADES_PER_S * t * x[2]
    drift_noise = CONTROL.drift_noise + fading * fading
    q = np.diag([CONTROL.error_noise, CONTROL.breathing_noise, drift_noise, CONTROL.lag_noise])
    h = np.array([[1.0, 0.0, 0.0, 0.0]])
    x = np.array([x[0] + t * (x[1] * current.lagged_a + x[2]), x[1], decay * x[2], x[3]])
    p = f @ p @ f.T + q
    gain = p @ h.T / (h @ p @ h.T + NOISE / readings)
    x = x + gain[:, 0] * (z - x[0])
    x[3] = min(max(x[3], 0.0), CONTROL.lag_max_s)
    return x, (np.eye(4) - gain @ h) @ p


@given(
    st.lists(
        st.tuples(
            st.floats(-0.01, 0.01),
            st.floats(-1e-3, 1e-3),
            st.floats(-0.5, 0.5),
            st.integers(1, 50),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_the_filter_is_the_textbook_one(windows: list[tuple[float, float, float, int]]):
    drift = disturbance.start(CONFIG)
    x, p = as_matrices(drift)
    for lagged_a, bend, z, readings in windows:
        current = Current(lagged_a, lagged_a, bend)
        drift = estimated(drift, current, z, readings)
        x, p = textbook(x, p, current, z, readings)
    mean, covariance = as_matrices(drift)
    np.testing.assert_allclose(mean, x, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(covariance, p, rtol=1e-4, atol=1e-9)


def test_it_finds_a_coefficient_that_is_a_third_off():
    nominal = disturbance.start(CONFIG).breathing
    true, drift, error, noise = (
        0.7 * nominal,
        disturbance.start(CONFIG),
        0.0,
        np.random.default_rng(1),
    )
    for window in range(20000):
        current_a = 7.85e-4 if window // 2000 % 2 == 0 else -7.85e-4
        error += true * current_a * CONTROL.window_s
        seen = error + noise.normal(0.0, CONFIG.nominal.noise_mpa)
        drift = estimated(drift, flowing(current_a), seen, 1)
    assert drift.breathing == pytest.approx(true, rel=0.05)


def test_with_another_setpoint_only_the_error_is_new():
    after = disturbance.set_error(KNOWN, -0.05, NOISE)
    assert after == msgspec.structs.replace(
        KNOWN, error_mpa=-0.05, p_ee=NOISE, p_ea=0.0, p_er=0.0, p_el=0.0
    )


def test_it_starts_from_the_declared_stiffness_and_coefficient():
    nominal = CONFIG.nominal
    expected = nominal.stiffness_n_per_um / AREA_MM2 * nominal.breathing_um_per_c
    start = disturbance.start(CONFIG)
    assert start.breathing == pytest.approx(expected)
    assert start.p_aa == pytest.approx(CONTROL.breathing_spread_mpa**2)
    assert start.p_rr == pytest.approx(CONTROL.drift_spread_mpa_per_s**2)


def test_the_predicted_rate_is_breathing_times_current_plus_drift():
    drift = msgspec.structs.replace(KNOWN, breathing=2.0, drift=0.5)
    assert disturbance.rate_mpa_per_s(drift, -3.0) == -5.5


def test_what_the_press_itself_did_is_taken_off_and_trusted_less():
    drift = disturbance.start(CONFIG)
    told = estimated(drift, flowing(0.0), 0.1, 5, moved_mpa=0.1, doubt_mpa=0.03)
    assert told.error_mpa == pytest.approx(0.1)
    assert told.drift == drift.drift
    assert told.p_ee > estimated(drift, flowing(0.0), 0.1, 5).p_ee


@pytest.mark.parametrize("true_s", [5.0, 40.0])
def test_it_finds_the_lag_from_a_few_reversals(true_s: float):
    """The plant's thickness lags by `true_s`; the filter starts from 20 s."""
    drift = disturbance.start(CONFIG)
    current, plant, error = Current(), Current(), 0.0
    noise = np.random.default_rng(2)
    for tick in range(5 * 12000):
        current_a = 7.85e-4 if tick // 6000 % 2 == 0 else -7.85e-4
        t_ns = tick * CONFIG.tick_ns
        plant = follow(CONFIG, plant, t_ns, current_a, true_s)
        current = follow(CONFIG, current, t_ns, current_a, drift.lag_s)
        error += disturbance.start(CONFIG).breathing * plant.lagged_a * CONTROL.tick_s
        if tick % CONTROL.window_ticks == 0:
            seen = error + noise.normal(0.0, CONFIG.nominal.noise_mpa / 2.0)
            drift = estimated(drift, current, seen, 4)
    assert drift.lag_s == pytest.approx(true_s, abs=4.0)


def test_with_the_lag_switched_off_it_stays_as_declared():
    parts = msgspec.structs.replace(CONFIG.parts, lag=False)
    off = msgspec.structs.replace(CONFIG, parts=parts)
    bent = Current(1e-3, 5e-4, -1e-5)
    drift = disturbance.start(off)
    for _ in range(100):
        drift = estimated(drift, bent, 0.5, 5, off)
    assert drift.lag_s == CONFIG.nominal.lag_s


def test_a_drift_that_was_not_there_begins_anew_and_the_error_is_kept():
    after = disturbance.dropped(CONFIG, KNOWN)
    assert (after.error_mpa, after.breathing, after.drift) == (0.1, 0.0, 0.0)


def test_without_feedforward_there_is_no_coefficient_and_none_is_found():
    parts = msgspec.structs.replace(CONFIG.parts, feedforward=False)
    off = msgspec.structs.replace(CONFIG, parts=parts)
    drift = disturbance.start(off)
    for window in range(2000):
        drift = estimated(drift, flowing(1e-3), 1e-4 * window, 5, off)
    assert drift.breathing == drift.p_aa == 0.0
    assert drift.drift > 0.0


def test_a_flow_that_fades_is_followed_closely():
    drift, error_mpa, flow = disturbance.start(CONFIG), 0.0, -0.1
    for _ in range(400):
        error_mpa += flow * CONTROL.window_s
        flow *= 1.0 - 0.01 * CONTROL.window_s
        drift = estimated(drift, Current(), error_mpa, 5.0)
    assert drift.drift == pytest.approx(flow, rel=0.05)
