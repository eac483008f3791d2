"""Slow numbers: error of the present hold beside its budget, lost links, time left."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fixture.analysis.hold_error import hold_error, stretch
from fixture.core.config import Step
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.frame.event_text import code_name
from fixture.runtime.link.messages import Note
from fixture.view.figures import (
    Figures,
    figures,
    links_lost,
    press_after_trip,
    time_left,
    waits_for,
)
from fixture.view.recorded import RecordedSource

STORED = Path(__file__).parents[2] / "data" / "press-and-cycle.h5.gz"

HOLDING_S = 655.0  # just before the sequence is over


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordedSource]:
    path = tmp_path_factory.mktemp("figures") / "run.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    source = RecordedSource(path, lambda: 0)
    yield source
    source.close()


def at(source: RecordedSource, time_s: float) -> float:
    source.playback.seek(time_s)
    return source.playback.now_s()


def test_the_error_counts_from_five_minutes_after_the_setpoint_changed(
    source: RecordedSource,
) -> None:
    at(source, HOLDING_S)
    found = figures(source.rows, source.now, source.events(), source.config, source.header)
    begun = [event.t_s for event in source.events() if event.kind == "step begin"]
    assert found.error_since_s > begun[1] + 299.0
    assert found.error_rms_mpa is not None
    assert found.budget_rms_mpa is not None
    assert 0.0 < found.error_rms_mpa < 0.1
    assert 0.001 < found.budget_rms_mpa < 0.1


def test_the_error_is_the_one_of_the_summary(source: RecordedSource) -> None:
    at(source, HOLDING_S)
    found = figures(source.rows, source.now, source.events(), source.config, source.header)
    record = source._file.record()  # pyright: ignore[reportPrivateUsage]
    error = hold_error(record)
    part = stretch(error)
    assert part is not None
    setpoint_mpa = 1e-6 * record.log["stack_pressure_setpoint_pa"][part.start]
    percent = error.measured[part][record.log["test_time_second"][part] <= HOLDING_S]
    rms = float(np.sqrt(np.nanmean(percent**2)))
    assert found.error_rms_mpa is not None
    assert 100.0 * found.error_rms_mpa / setpoint_mpa == pytest.approx(rms, rel=1e-3)


def test_the_time_left_falls_while_the_sequence_runs(source: RecordedSource) -> None:
    assert source.config is not None
    left: list[float] = []
    step_left: list[float] = []
    for time_s in (200.0, 380.0, 450.0, 600.0):
        at(source, time_s)
        row = source.now
        assert row is not None
        found, of_step = time_left(row, source.events(), source.config, source.header)
        assert found is not None
        assert of_step is not None
        left.append(found)
        step_left.append(of_step)
    assert left == sorted(left, reverse=True)
    assert left[-1] == pytest.approx(source.span()[1] - 600.0, abs=20.0)
    assert all(of_step <= whole for of_step, whole in zip(step_left, left, strict=True))


def test_figures_are_of_one_step_and_setpoint(source: RecordedSource) -> None:
    at(source, HOLDING_S)
    row = source.now
    assert row is not None
    found = figures(source.rows, row, source.events(), source.config, source.header)
    later = msgspec.structs.replace(row, t_s=row.t_s + 1.0, pressure_mpa=3.0)
    assert found.at(later) is found
    assert found.at(msgspec.structs.replace(row, step_count=row.step_count + 1)) == Figures()
    assert found.at(msgspec.structs.replace(row, phase="ending")) == Figures()


@pytest.mark.parametrize(
    ("error_mpa", "budget_mpa", "over"),
    [(0.03, 0.02, False), (0.041, 0.02, True), (None, 0.02, False), (0.1, None, False)],
)
def test_an_error_of_more_than_twice_its_budget_is_over_it(
    error_mpa: float | None, budget_mpa: float | None, over: bool
) -> None:
    found = Figures(error_rms_mpa=error_mpa, budget_rms_mpa=budget_mpa)
    assert found.over_budget() is over


PROFILE = """
name: foils
pressure:
  - press: 5 MPa
  - wait: operator
    message: put the foils in
"""


def test_a_step_that_waits_says_for_what(source: RecordedSource) -> None:
    at(source, HOLDING_S)
    config, header, row = source.config, source.header, source.now
    assert config is not None
    assert header is not None
    assert row is not None
    steps = (Step(Kind.PRESSURE, setpoint_mpa=5.0), Step(Kind.WAIT, written=1))
    config = msgspec.structs.replace(config, steps=steps)
    header = msgspec.structs.replace(header, profile_text=PROFILE)
    waiting = msgspec.structs.replace(row, phase="waiting for operator", step=1)
    assert waits_for(waiting, config, header) == "put the foils in"
    assert waits_for(msgspec.structs.replace(waiting, phase="running"), config, header) == ""
    assert waits_for(waiting, config, None) == ""


def test_a_link_is_lost_until_it_is_back() -> None:
    def link(t_s: float, kind: str, code: int) -> Note:
        return Note(0, t_s, kind, code, None, kind)

    events = [link(1.0, "link lost", 0), link(2.0, "link lost", 1), link(3.0, "link back", 0)]
    assert links_lost(events) == {"press": 2.0}


def tripped(source: RecordedSource, time_s: float, trip: Trip) -> tuple[str, float | None]:
    """What is said of the press where the run had tripped then."""
    assert source.config is not None
    at(source, time_s)
    row = source.now
    assert row is not None
    row = msgspec.structs.replace(row, phase="tripped", trip=code_name(Trip, trip), setpoint_mpa=0)
    events = [*source.events(), Note(0, time_s, "trip", trip, None, "")]
    return press_after_trip(source.rows, row, events, source.config)


def test_after_a_trip_that_opens_the_cell_the_press_keeps_what_was_set(
    source: RecordedSource,
) -> None:
    at(source, 200.0)
    row = source.now
    assert row is not None
    assert row.setpoint_mpa == 18.0
    assert tripped(source, 200.0, Trip.VOLTAGE) == ("keeps 18 MPa", 18.0)


@pytest.mark.parametrize(
    ("trip", "does"), [(Trip.OVER_FORCE, "unloads"), (Trip.NOT_SETTLED, "stands")]
)
def test_after_other_trips_the_press_does_as_its_limits_say(
    source: RecordedSource, trip: Trip, does: str
) -> None:
    assert tripped(source, 200.0, trip) == (does, None)


def test_the_press_stands_once_the_trip_is_cleared_and_nothing_is_said_without_one(
    source: RecordedSource,
) -> None:
    assert source.config is not None
    at(source, 200.0)
    row, told = source.now, (source.events(), source.config)
    assert row is not None
    assert press_after_trip(source.rows, row, *told) == ("", None)
    cleared = msgspec.structs.replace(row, phase="trip cleared")
    assert press_after_trip(source.rows, cleared, *told) == ("stands", None)
