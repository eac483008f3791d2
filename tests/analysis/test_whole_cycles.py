"""Cycles that were carried out to their end, and their coulombic efficiency."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from fixture.analysis.whole_cycles import whole_cycles


def test_a_cycle_that_put_almost_nothing_in_has_no_efficiency_and_one_cut_off_is_left_out() -> None:
    columns = {
        "complete": np.array([1, 1, 0]),
        "charging_capacity_ah": np.array([1e-7, 8e-4, 8e-4]),
        "discharging_capacity_ah": np.array([1.2e-4, 8e-4, 1e-4]),
        "coulombic_efficiency": np.array([1200.0, 1.0, 0.1]),
    }
    found = whole_cycles(cast("Any", SimpleNamespace(cycles=columns)))
    np.testing.assert_array_equal(found["coulombic_efficiency"], [np.nan, 1.0])
    assert len(columns["coulombic_efficiency"]) == 3
