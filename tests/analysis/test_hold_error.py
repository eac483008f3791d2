"""From where a hold's error counts."""

from pathlib import Path

import numpy as np
import pytest

from fixture.analysis import hold_error
from fixture.analysis.blocks import changing
from fixture.core.types import Event, EventKind
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame


def held(setpoints: tuple[tuple[float, float], ...], settled: tuple[float, ...]) -> list[float]:
    """Times at which the error begins to count, by (time, setpoint) and times of settling."""
    begins = np.array([0.0, *(time_s for time_s, _ in setpoints)])
    values = np.array([0.0, *(value for _, value in setpoints)])
    found = hold_error.Setpoints(begins, values, np.append(begins[1:], np.inf))
    counts_s = found.counts_s(np.array(settled))
    return counts_s[counts_s < found.end_s].tolist()


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


TICK_NS = 10_000_000_000


def gap_peak(path: Path, cycle: dict[int, EventKind]) -> float:
    """Of a constant current where 8 N/µm were identified and 10 are declared; % of 15 MPa."""
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, TICK_NS))
    for tick in range(100):
        found = [Event(tick * TICK_NS, tick, cycle[tick], 1, 0.0)] if tick in cycle else []
        frame = make_frame(tick, tick_ns=TICK_NS, events=tuple(found), stiffness_n_per_um=8.0)
        writer.append(frame)
    writer.finish("done", 0)
    with Record.open(path) as record:
        figures = hold_error.last_hold(record)
    assert figures is not None
    return figures.gap_peak


def test_a_fixed_gap_is_told_by_the_stiffness_of_the_cycle_table(tmp_path: Path) -> None:
    """0.3 µm a coulomb over the 690 s that count, and nominal where no cycle has ended."""
    cycle = {1: EventKind.CYCLE_BEGIN, 98: EventKind.CYCLE_END}
    grown_um = 0.3 * 7.85e-4 * 690.0
    identified, nominal = gap_peak(tmp_path / "a.h5", cycle), gap_peak(tmp_path / "b.h5", {})
    assert identified == pytest.approx(100.0 * grown_um * 8.0 / 78.54 / 15.0, rel=1e-3)
    assert nominal == pytest.approx(identified * 10.0 / 8.0)


def stepped(tick: int) -> float:
    """Setpoints of one row, of many, on a ramp, and one that single precision does not hold."""
    if 2000 <= tick < 2200:
        return 15.0 + 0.01 * (tick - 2000)
    return {0: 0.0, 700: 74.000001, 701: 15.0, 5000: 2.5}.get(
        max(at for at in (0, 700, 701, 5000) if at <= tick), 0.0
    )


def test_the_setpoints_are_those_of_every_row(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config())
    for tick in range(7000):
        writer.append(make_frame(tick, setpoint_mpa=stepped(tick)))
    writer.sync()
    with Record.open(path) as record:
        time_s, value = record.log[hold_error.TIME], record.log[hold_error.SETPOINT]
        changes = np.flatnonzero(np.concatenate([[True], value[1:] != value[:-1]]))
        found = hold_error.setpoints(record)
        assert np.array_equal(found.begin_s, time_s[changes])
        assert np.array_equal(found.pressure_pa, value[changes])
        read = sum(end - begin for begin, end in changing(record, hold_error.SETPOINT))
        assert read < 0.7 * record.log.rows
    writer.close()
