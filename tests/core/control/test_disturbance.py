"""The drift filter against plain matrices, and the lag that it learns."""

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.control import disturbance
from fixture.core.control.disturbance import Drift
from fixture.core.measurement.lagged_current import Current, follow
from tests.core.bench import AREA_MM2, END, config

CONFIG = config((END,))
CONTROL = CONFIG.control
NOISE = CONFIG.nominal.noise_mpa**2
Vector = npt.NDArray[np.float64]


KNOWN = Drift(
    0.1, 0.2, 0.3, 20.0, 1e-4, 1e-5, 1e-5, 1e-3, 1e-4, 1e-6, 1e-4, 1e-4, 1e-3, 9.0
)  # fmt: skip


def flowing(current_a: float) -> Current:
    """A current that the thickness follows already."""
    return Current(current_a, current_a)


def as_matrices(drift: Drift) -> tuple[Vector, Vector]:
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
    q = np.diag([CONTROL.error_noise, CONTROL.breathing_noise, drift_noise, 0.0])
    h = np.array([[1.0, 0.0, 0.0, 0.0]])
    x = np.array([x[0] + t * (x[1] * current.lagged_a + x[2]), x[1], decay * x[2], x[3]])
    p = f @ p @ f.T + q
    gain = p @ h.T / (h @ p @ h.T + NOISE / readings)
    x = x + gain[:, 0] * (z - x[0])
    x[3] = min(max(x[3], 0.0), CONTROL.lag_max_s)
    p = (np.eye(4) - gain @ h) @ p
    return x, p + np.diag([0.0, 0.0, 0.0, CONTROL.lag_noise])


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
        drift = disturbance.learn(CONFIG, drift, current, z, readings)
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
        drift = disturbance.learn(CONFIG, drift, flowing(current_a), seen, 1)
    assert drift.breathing == pytest.approx(true, rel=0.05)


def test_after_a_move_only_the_error_is_new():
    drift = KNOWN
    landed = disturbance.land(CONFIG, drift, -0.05)
    assert landed == msgspec.structs.replace(
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
    told = disturbance.learn(CONFIG, drift, flowing(0.0), 0.1, 5, moved_mpa=0.1, doubt_mpa=0.03)
    assert told.error_mpa == pytest.approx(0.1)
    assert told.drift == drift.drift
    assert told.p_ee > disturbance.learn(CONFIG, drift, flowing(0.0), 0.1, 5).p_ee


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
            drift = disturbance.learn(CONFIG, drift, current, seen, 4)
    assert drift.lag_s == pytest.approx(true_s, abs=4.0)


def test_with_the_lag_switched_off_it_stays_as_declared():
    parts = msgspec.structs.replace(CONFIG.parts, lag=False)
    off = msgspec.structs.replace(CONFIG, parts=parts)
    bent = Current(1e-3, 5e-4, -1e-5)
    drift = disturbance.start(off)
    for _ in range(100):
        drift = disturbance.learn(off, drift, bent, 0.5, 5)
    assert drift.lag_s == CONFIG.nominal.lag_s


def test_a_model_that_is_forgotten_keeps_the_error_alone():
    forgotten = disturbance.forget(CONFIG, KNOWN)
    assert (forgotten.error_mpa, forgotten.breathing, forgotten.drift) == (0.1, 0.0, 0.0)
    assert forgotten.lag_s == CONFIG.nominal.lag_s


def test_without_feedforward_there_is_no_coefficient_and_none_is_learnt():
    parts = msgspec.structs.replace(CONFIG.parts, feedforward=False)
    off = msgspec.structs.replace(CONFIG, parts=parts)
    drift = disturbance.start(off)
    for window in range(2000):
        drift = disturbance.learn(off, drift, flowing(1e-3), 1e-4 * window, 5)
    assert drift.breathing == 0.0
    assert drift.drift > 0.0


FRESH = disturbance.start(CONFIG)


def roughened(offs: npt.NDArray[np.float64], drift: Drift = FRESH) -> Drift:
    """After windows at rest whose means changed by so much, without a current."""
    for off in offs:
        drift = disturbance.roughen(CONFIG, drift, 0.0, float(off))
    return drift


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_told_from_pressure_that_wanders(seed: int):
    random = np.random.default_rng(seed)
    noise = roughened(np.diff(random.normal(0.0, 2e-3, 3000)))
    assert disturbance.wander_mpa2(noise) < 0.2 * 2e-3**2
    assert disturbance.noise_mpa2(noise) == pytest.approx(2e-3**2, rel=0.8)
    walk = roughened(random.normal(0.0, 2e-3, 3000))
    assert disturbance.wander_mpa2(walk) == pytest.approx(2e-3**2, rel=0.5)
    assert disturbance.noise_mpa2(walk) < 0.5 * 2e-3**2


def test_a_drift_that_is_only_wrong_is_no_wandering():
    assert disturbance.wander_mpa2(roughened(np.full(2000, 1e-3))) == 0.0


def test_one_jump_of_the_stack_is_not_taken_for_wandering_of_that_size():
    random = np.random.default_rng(1)
    calm = roughened(np.diff(random.normal(0.0, 2e-3, 2000)))
    shaken = roughened(np.array([1.0]), calm)
    shaken = roughened(np.diff(random.normal(0.0, 2e-3, 1000)), shaken)
    assert disturbance.wander_mpa2(shaken) < 2e-3**2


def test_changes_on_either_side_of_a_move_are_not_compared():
    moved = disturbance.land(CONFIG, roughened(np.array([1e-3, 1e-3])), 0.0)
    after = roughened(np.array([5.0]), moved)
    assert (after.near_mpa2, after.far_mpa2) == (moved.near_mpa2, moved.far_mpa2)


def test_pressure_that_wanders_is_followed_as_measured():
    random = np.random.default_rng(2)
    walk = disturbance.land(CONFIG, roughened(random.normal(0.0, 2e-3, 3000)), 0.0)
    for error in (1e-2, 0.0, 1e-2):
        walk = disturbance.learn(CONFIG, walk, Current(), error, 1.0)
        assert walk.error_mpa == pytest.approx(error, abs=4e-3)


def test_a_flow_that_fades_is_followed_closely():
    drift, error_mpa, flow = disturbance.start(CONFIG), 0.0, -0.1
    for _ in range(400):
        error_mpa += flow * CONTROL.window_s
        flow *= 1.0 - 0.01 * CONTROL.window_s
        drift = disturbance.learn(CONFIG, drift, Current(), error_mpa, 5.0)
    assert drift.drift == pytest.approx(flow, rel=0.05)
