"""A spectrum: the cell rests and is read, the potentiostat measures, its points are counted."""

from typing import Any

import pytest

from fixture.core import config as c
from fixture.core.measurement.signals import Known
from fixture.core.sequence import intervention
from fixture.core.sequence.sequencer import cell_demand, current_after
from fixture.core.sequence.state import Inputs
from fixture.core.sequence.steps.impedance import anew
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, EndReason, EventKind, Flag, Request
from tests.core.bench import ALL_NEW, END
from tests.core.samples import sample
from tests.core.sequence.walking import SECOND, Walk, open_row, row_of

OPEN = (CellMode.OPEN, 0.0, 0.0)
REST = Known(voltage_v=3.2, mean_mpa=15.0, pressure_mpa=15.0, windows=1)
POINT = {"flags": int(Flag.NEW_POINT | Flag.CELL_ON)}
OVER = {"flags": int(Flag.SPECTRUM_OVER)}
NOTHING = {"flags": int(Flag.CELL_ON)}


def row(**changes: Any) -> c.Step:
    """Three points from 1 kHz, by 10 mV, after 2 s of rest, within 20 s."""
    values: dict[str, Any] = {
        "rest_ns": 2 * SECOND,
        "timeout_ns": 20 * SECOND,
        "start_hz": 1e3,
        "end_hz": 10.0,
        "points": 3,
        "amplitude": 0.01,
    }
    return row_of(Kind.IMPEDANCE, **(values | changes))


def demand(walk: Walk) -> tuple[int, float, float]:
    return cell_demand(walk.config, walk.state)


def measuring(**changes: Any) -> Walk:
    """Until the potentiostat is commanded to measure."""
    walk = Walk(row(**changes), open_row(1.0), END).at(0.0, REST)
    for tick in range(1, 25):
        walk.at(tick / 10, REST)
    assert demand(walk)[0] == CellMode.IMPEDANCE
    return walk


def test_the_cell_rests_at_open_circuit_first() -> None:
    walk = Walk(row(), END).at(0.0, REST).through(1.9, REST)
    assert demand(walk) == OPEN
    assert demand(walk.through(0.1, REST))[0] == CellMode.IMPEDANCE


def test_it_begins_only_once_the_cell_was_read_without_its_source() -> None:
    walk = Walk(row(rest_ns=0), END).at(0.0, REST)
    for tick in range(1, 10):
        walk.at(tick / 10, REST, flags=ALL_NEW | Flag.CELL_ON)
    assert demand(walk) == OPEN
    walk.at(1.0, REST, flags=int(Flag.NEW_CURRENT))
    assert demand(walk) == OPEN
    assert demand(walk.at(1.1, REST))[0] == CellMode.IMPEDANCE


def test_the_command_names_the_measurement_and_its_row() -> None:
    walk = Walk(open_row(0.1), row(rest_ns=0), END).at(0.0, REST).through(1.0, REST)
    assert demand(walk) == (CellMode.IMPEDANCE, 2.0, 1.0)


def test_it_ends_with_its_last_point() -> None:
    walk = measuring()
    for tick in (30, 40):
        walk.at(tick / 10, REST, **POINT)
    assert (walk.state.points, walk.codes(EventKind.STEP_END)) == (2, [])
    walk.at(5.0, REST, **POINT)
    assert walk.codes(EventKind.STEP_END) == [EndReason.MEASURED]
    assert (walk.codes(EventKind.SPECTRUM), walk.values(EventKind.SPECTRUM)) == ([0], [3.0])
    assert demand(walk) == OPEN


def test_a_point_that_came_while_it_rested_is_none_of_its() -> None:
    walk = Walk(row(), END).at(0.0, REST).at(0.5, REST, **POINT).at(1.0, REST, **POINT)
    assert walk.state.points == 0


def test_one_that_the_potentiostat_ends_early_is_incomplete_and_the_sequence_goes_on() -> None:
    walk = measuring().at(3.0, REST, **POINT).at(3.1, REST, **OVER)
    assert walk.codes(EventKind.STEP_END) == [EndReason.INCOMPLETE]
    assert walk.values(EventKind.SPECTRUM) == [1.0]
    assert (walk.state.step, walk.state.fault) == (1, 0)


def test_one_that_does_not_come_is_late_and_the_sequence_goes_on() -> None:
    walk = measuring().at(19.9, REST, **NOTHING)
    assert walk.codes(EventKind.STEP_END) == []
    walk.at(20.0, REST, **NOTHING)
    assert walk.codes(EventKind.STEP_END) == [EndReason.LATE]
    assert (walk.state.step, walk.state.fault) == (1, 0)


def test_a_cell_that_is_never_read_at_rest_is_late_too() -> None:
    walk = Walk(row(), END).at(0.0, REST)
    for tick in range(1, 201):
        walk.at(tick / 10, REST, **NOTHING)
    assert walk.codes(EventKind.STEP_END) == [EndReason.LATE]


@pytest.mark.parametrize(
    ("volts", "amplitude", "by_current", "begins"),
    [
        (4.99, 0.01, False, True), (4.991, 0.01, False, False), (0.01, 0.01, False, True),
        (0.009, 0.01, False, False), (4.999, 0.01, True, True),
    ],
)  # fmt: skip
def test_an_amplitude_that_leaves_the_limits_of_voltage_is_not_begun(
    volts: float, amplitude: float, by_current: bool, begins: bool
) -> None:
    rest = Known(voltage_v=volts, mean_mpa=15.0, pressure_mpa=15.0, windows=1)
    step = row(rest_ns=0, amplitude=amplitude, galvanostatic=by_current)
    walk = Walk(step, open_row(5.0), END).at(0.0, rest).through(0.5, rest)
    ended = [] if begins else [EndReason.INCOMPLETE]
    assert walk.codes(EventKind.STEP_END) == ended


def test_after_a_pause_it_is_measured_anew() -> None:
    walk = measuring().at(3.0, REST, **POINT)
    seen = sample(31, request=int(Request.HOLD))
    walk.state = intervention.hold(walk.config, walk.state, Inputs(REST, walk.charge, seen))
    assert demand(walk) == OPEN
    walk.at(10.0, REST)
    resumed = Inputs(REST, walk.charge, sample(101))
    walk.state = intervention.resume(walk.config, walk.state, resumed)
    assert (walk.state.points, demand(walk)) == (0, OPEN)
    walk.tick = 101
    assert demand(walk.through(2.4, REST))[0] == CellMode.IMPEDANCE


def test_a_run_that_goes_on_in_another_process_measures_it_anew() -> None:
    walk = measuring().at(3.0, REST, **POINT)
    walk.state = anew(walk.config, walk.state)
    assert (walk.state.points, demand(walk)) == (0, OPEN)
    walk.at(1000.0, REST, **POINT)
    assert (walk.state.points, demand(walk), walk.codes(EventKind.STEP_END)) == (0, OPEN, [])
    assert demand(walk.through(2.1, REST))[0] == CellMode.IMPEDANCE


def test_another_step_goes_on_as_it_was() -> None:
    walk = Walk(open_row(1.0), END)
    assert anew(walk.config, walk.state) is walk.state
    walk.at(0.0, REST)
    assert anew(walk.config, walk.state) is walk.state


def test_its_current_is_no_preview_for_the_feed_forward() -> None:
    assert current_after(measuring().config, measuring().state)[0] == float("inf")
