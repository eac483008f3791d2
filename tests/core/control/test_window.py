"""What a window of rest teaches, and when a model is dropped."""

import msgspec
import pytest

from fixture.core.control import disturbance, window
from fixture.core.control.state import start
from fixture.core.measurement.lagged_current import Current
from fixture.core.measurement.signals import Known
from fixture.core.types import EventKind
from tests.core.bench import END, config
from tests.core.samples import sample

TABLE = config((END,))
SPREAD = TABLE.control.breathing_spread_mpa
KNOWN = Known(windows=7, mean_mpa=15.0, mean_readings=5)


@pytest.mark.parametrize(("spreads", "told"), [(1.0, [EventKind.DROPPED]), (0.01, [])])
def test_a_coefficient_that_stops_fitting_is_dropped_and_told_if_there_was_one(
    spreads: float, told: list[EventKind]
):
    drift = disturbance.start(TABLE)
    poor = msgspec.structs.replace(drift, breathing=spreads * SPREAD, misfit=100.0)
    state = msgspec.structs.replace(start(TABLE), drift=poor, setpoint_mpa=15.0)
    after, events = window.rest(TABLE, state, KNOWN, Current(), sample(10))
    assert after.drift.breathing == 0.0
    assert [event.kind for event in events] == told


def test_a_window_of_rest_counts_and_is_remembered():
    state = msgspec.structs.replace(start(TABLE), setpoint_mpa=15.0)
    after, _ = window.rest(TABLE, state, KNOWN, Current(lagged_c=2.0), sample(10))
    assert (after.rested, after.window, after.last_mpa, after.last_c) == (1, 7, 15.0, 2.0)
