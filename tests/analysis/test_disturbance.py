"""The disturbance of a hold is what the stack did by itself, whatever the press did meanwhile."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fixture.analysis.disturbance import Agreement, agreement, identify
from fixture.core.types import EventKind
from fixture.record.errors import RecordError

HZ = 10.0
STIFFNESS = 9.0  # N/um
AREA_MM2 = 78.5


class Columns(dict[str, Any]):
    """A table of a record, in memory."""

    @property
    def rows(self) -> int:
        return len(next(iter(self.values())))

    def block(self, name: str, begin: int, end: int) -> Any:
        return self[name][begin:end]


def held(seconds: float, slip_um: float = 0.0, seed: int = 1) -> Any:
    """A run that holds 15 MPa while the stack breathes; the press follows to within a slip."""
    time_s = np.arange(0.0, seconds, 1.0 / HZ)
    grown_um = 5.0 * np.sin(2.0 * np.pi * time_s / 3600.0) - time_s / 3600.0
    drive_um = -slip_um * np.floor(grown_um / slip_um) if slip_um else -grown_um
    force_n = 15.0 * AREA_MM2 + STIFFNESS * (drive_um + grown_um)
    force_n += np.random.default_rng(seed).normal(0.0, 0.2, len(time_s))
    fill = {"current_ampere": 1e-3, "voltage_volt": 3.0, "surface_temperature_celsius": 25.0}
    log = {
        "test_time_second": time_s,
        "stack_force_newton": force_n,
        "press_displacement_metre": 1e-6 * drive_um,
        "surface_pressure_pa": 1e6 * force_n / AREA_MM2,
        "stack_pressure_setpoint_pa": np.full(len(time_s), 15e6),
        **{name: np.full(len(time_s), value) for name, value in fill.items()},
    }
    cycles = {
        "stiffness_newton_per_metre": np.array([1e6 * STIFFNESS]),
        "slip_pa": np.array([1e6 * slip_um * STIFFNESS / AREA_MM2]),
        "wind_up_metre": np.array([0.8e-6]),
    }
    nominal = SimpleNamespace(stiffness_n_per_um=STIFFNESS, breathing_um_per_c=0.0)
    return SimpleNamespace(
        log=Columns(log),
        parts=(SimpleNamespace(log=Columns(log), overviews={}),),
        twin=Columns({"breathing_metre": 1e-6 * grown_um}),
        cycles=cycles,
        events={"kind": np.array([EventKind.SETTLED]), "t_ns": np.array([0])},
        config=SimpleNamespace(area_mm2=AREA_MM2, nominal=nominal, log_ns=100_000_000),
        header=SimpleNamespace(name="made"),
    )


@pytest.mark.parametrize("slip_um", [0.0, 0.5])
def test_the_thickness_that_was_gained_is_found_beside_slips(slip_um: float) -> None:
    run = held(7200.0, slip_um)
    found = identify(run)
    at = found.begin_s + found.time_s
    true_um = np.interp(at, run.log["test_time_second"], 1e6 * run.twin["breathing_metre"])
    error_um = found.thickness_um - (true_um - true_um[0])
    inside = (found.time_s > 60.0) & (found.time_s < found.time_s[-1] - 60.0)
    assert np.std(error_um[inside]) < 0.05
    assert found.slip_um == pytest.approx(slip_um)
    assert found.noise_n == pytest.approx(0.2, rel=0.1)
    assert (found.stiffness_n_per_um, found.setpoint_mpa) == (STIFFNESS, 15.0)


def test_rows_without_a_reading_leave_no_trace_in_it() -> None:
    run = held(7200.0)
    whole = identify(run)
    run.log["stack_force_newton"][20_000:20_100] = np.nan
    found = identify(run)
    assert np.max(np.abs(found.thickness_um - whole.thickness_um)) < 0.05


@pytest.mark.parametrize("column", ["surface_temperature_celsius", "voltage_volt"])
def test_what_was_never_read_is_constant_in_the_trace(column: str) -> None:
    run = held(7200.0)
    whole = identify(run)
    run.log[column][:] = np.nan
    found = identify(run)
    told = found.temperature_c if column.startswith("surface") else found.voltage_v
    assert np.ptp(told) == 0.0
    assert np.isfinite(told).all()
    np.testing.assert_array_equal(found.thickness_um, whole.thickness_um)


def test_a_hold_of_minutes_says_nothing() -> None:
    with pytest.raises(RecordError, match="holds no pressure for 10 min"):
        identify(held(800.0))


def test_a_run_agrees_with_itself_and_not_with_one_that_moved_otherwise() -> None:
    run, other = held(7200.0), held(7200.0)
    begin_s = identify(run).begin_s
    same = agreement(run, run, begin_s, begin_s)
    assert (same.pressure_rms, same.position_rms_um) == (0.0, 0.0)
    assert same.good()
    other.log["press_displacement_metre"] *= 1.5
    assert not agreement(run, other, begin_s, begin_s).good()


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"simulated_rms": 0.2}, False),
        ({"simulated_rms": 0.05}, False),
        ({"pressure_rms": 1.5}, False),
        ({"position_rms_um": 4.0}, False),
        ({"position_rms_um": 0.9, "travel_rms_um": 0.1}, True),  # within the press's backlash
    ],
)
def test_a_fit_is_good_while_error_pressure_and_position_are_repeated(
    changed: dict[str, float], good: bool
) -> None:
    assert Agreement(0.1, 0.1, 0.15, 0.5, 30.0)._replace(**changed).good() is good
