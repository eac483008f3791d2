"""Curves of cycles have the breathing, the charge and the voltage that went in."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fixture.analysis import rows as rows_of_a_picture
from fixture.analysis.blocks import Charge, row_at, value_at
from fixture.analysis.cycle_curves import curves
from fixture.analysis.export.columns import bdf_blocks
from fixture.analysis.rows import charge_at, span
from fixture.record.parts import JoinedRecord
from tests.analysis import made_runs
from tests.record.synthetic import make_config

AREA_MM2 = make_config().area_mm2
MAH_CM2 = made_runs.CURRENT_A * made_runs.HALF_S / 3.6 / (AREA_MM2 / 100.0)


@pytest.fixture(scope="module", params=[made_runs.finished, made_runs.in_parts])
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JoinedRecord]:
    with JoinedRecord.open(request.param(tmp_path_factory.mktemp("curves"))) as record:
        yield record


def test_a_cycle_that_is_whole_has_a_charge_and_a_discharge(run: JoinedRecord) -> None:
    found = curves(run)
    assert found
    for curve in found:
        assert curve.charge is not None
        assert curve.discharge is not None
        assert curve.charge.mah_cm2[-1] == pytest.approx(MAH_CM2, rel=0.01)
        assert curve.discharge.mah_cm2[-1] == pytest.approx(MAH_CM2, rel=0.01)


def test_the_thickness_is_the_breathing(run: JoinedRecord) -> None:
    charge = curves(run)[-1].charge
    assert charge is not None
    grown = made_runs.BREATHING * made_runs.CURRENT_A * made_runs.HALF_S
    assert np.ptp(charge.thickness_um) == pytest.approx(grown, rel=0.1)
    mpa = made_runs.STIFFNESS / AREA_MM2 * grown / MAH_CM2
    assert float(np.median(charge.dp_dq)) == pytest.approx(mpa, rel=0.05)


def test_all_charge_is_found_again_over_the_voltage(run: JoinedRecord) -> None:
    charge = curves(run)[-1].charge
    assert charge is not None
    step_v = charge.middle_v[1] - charge.middle_v[0]
    assert float(np.sum(charge.dq_dv) * step_v) == pytest.approx(MAH_CM2, rel=0.05)


def unread(folder: Path, ticks: range) -> JoinedRecord:
    """The run with some ticks in which no force was read."""
    path = folder / "made-up.h5"
    made_runs.write(path, unread=ticks).finish("done", 0)
    return JoinedRecord.open(path)


def test_a_cycle_whose_first_force_was_not_read_has_its_thickness(tmp_path: Path) -> None:
    with unread(tmp_path, range(5)) as record:
        charge = curves(record)[0].charge
    assert charge is not None
    assert np.isfinite(charge.thickness_um).all()
    assert abs(float(charge.thickness_um[0])) < 0.1


def test_a_charge_without_a_force_has_its_voltage_and_no_thickness(tmp_path: Path) -> None:
    with unread(tmp_path, range(made_runs.HALF_S + 1)) as record:
        charge, discharge = curves(record)[0][1:]
    assert charge is not None
    assert discharge is not None
    assert np.isfinite(charge.voltage_v).all()
    assert np.isnan(charge.thickness_um).all()
    assert np.isnan(charge.dp_dq).all()
    assert np.isfinite(discharge.dp_dq).all()


def test_of_many_cycles_the_first_and_the_last_are_among_those_drawn(run: JoinedRecord) -> None:
    every = [curve.cycle for curve in curves(run)]
    assert {curve.cycle for curve in curves(run, most=1)} <= set(every)


def test_charge_in_blocks_is_charge_at_once() -> None:
    rng = np.random.default_rng(1)
    time_s, current_a = np.cumsum(rng.uniform(0.1, 1.0, 500)), rng.normal(size=500)
    current_a[40] = np.nan
    whole, blocks = Charge(), Charge()
    at_once = np.concatenate([whole.passed(time_s, current_a)])
    first = blocks.passed(time_s[:123], current_a[:123])
    second = blocks.passed(time_s[123:], current_a[123:])
    np.testing.assert_allclose(np.hstack([first, second]), at_once)
    assert whole.net_c == pytest.approx(blocks.net_c)


def test_no_charge_is_made_up_over_a_gap() -> None:
    charge = Charge()
    charge.passed(np.array([0.0, 1.0, 1000.0]), np.array([1.0, 1.0, 1.0]))
    assert charge.net_c == 1.0


@pytest.mark.parametrize("log_s", [10, 30])
def test_charge_is_counted_whatever_the_interval_of_the_log(tmp_path: Path, log_s: int) -> None:
    path = tmp_path / "made-up.h5"
    made_runs.write(path, log_ns=log_s * made_runs.TICK_NS).finish("done", 0)
    half_c = made_runs.CURRENT_A * made_runs.HALF_S
    with JoinedRecord.open(path) as record:
        (*_, last) = bdf_blocks(record)
        charges = [curve.charge for curve in curves(record)]
        (picture_c,) = charge_at(record, np.array([float(made_runs.HALF_S)]))
    assert 3600.0 * last["charging_capacity_ah"][-1] == pytest.approx(2.0 * half_c, rel=0.1)
    assert picture_c == pytest.approx(half_c, rel=0.1)
    for charge in charges:
        assert charge is not None
        assert charge.mah_cm2[-1] == pytest.approx(MAH_CM2, rel=0.15)


def test_a_gap_in_a_slow_log_adds_no_charge() -> None:
    charge = Charge(log_ns=60 * made_runs.TICK_NS)
    charge.passed(np.array([0.0, 60.0, 180.0]), np.array([1.0, 1.0, 1.0]))
    assert charge.net_c == 60.0


def test_a_row_is_found_by_its_time(run: JoinedRecord) -> None:
    time_s = run.log["test_time_second"]
    for at in (-1.0, 0.0, 17.0, 17.5, 1e9):
        assert row_at(run, at) == int(np.searchsorted(time_s, at))
    assert value_at(run, "test_time_second", 17.5) == 17.0
    assert value_at(run, "test_time_second", -5.0) == time_s[0]


def test_charge_at_a_time_is_that_of_the_cycle_table(run: JoinedRecord) -> None:
    end_s = float(made_runs.HALF_S)
    (net_c,) = charge_at(run, np.array([end_s]))
    assert net_c == pytest.approx(made_runs.CURRENT_A * made_runs.HALF_S, rel=0.01)


def test_charge_by_the_overviews_is_that_of_the_rows(
    run: JoinedRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_s = np.linspace(*span(run), 30)
    by_rows = charge_at(run, time_s)
    monkeypatch.setattr(rows_of_a_picture, "FINE", 20)
    each = rows_of_a_picture.rows(run, *span(run), 20, ["current_ampere"]).log_rows
    assert each > 60
    most_c = 60.0 * made_runs.CURRENT_A
    np.testing.assert_allclose(charge_at(run, time_s), by_rows, atol=1.01 * most_c)
    assert np.ptp(by_rows) > 4.0 * most_c
