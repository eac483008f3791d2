"""From where a hold's error counts."""

import numpy as np

from fixture import hold

SECONDS = np.arange(0.0, 2000.0, 10.0)


def held(setpoints: tuple[tuple[float, float], ...], settled: tuple[float, ...]) -> list[float]:
    """Times at which the error begins to count, by (time, setpoint) and times of settling."""
    pressure = np.zeros_like(SECONDS)
    for time_s, value in setpoints:
        pressure[time_s <= SECONDS] = value
    counts = ~np.isnan(hold._held(SECONDS, pressure, np.array(settled)))  # pyright: ignore[reportPrivateUsage]
    begins = counts & ~np.concatenate([[False], counts[:-1]])
    return SECONDS[begins].tolist()


def test_it_counts_five_minutes_after_a_setpoint_that_settles_sooner() -> None:
    assert held(((100.0, 1e6),), (150.0,)) == [400.0]


def test_a_ramp_counts_once_it_has_settled() -> None:
    assert held(((100.0, 1e6),), (700.0,)) == [700.0]


def test_what_was_not_waited_for_counts_after_five_minutes() -> None:
    assert held(((100.0, 1e6),), ()) == [400.0]


def test_settling_belongs_to_the_setpoint_that_it_followed() -> None:
    assert held(((100.0, 1e6), (800.0, 2e6)), (150.0, 1500.0)) == [400.0, 1500.0]
    assert held(((100.0, 1e6), (800.0, 2e6)), (1500.0,)) == [400.0, 1500.0]


def test_without_a_setpoint_nothing_counts() -> None:
    assert held(((500.0, 0.0),), (600.0,)) == []
