"""The parts of the screen that are computed: times, axes, room, curves, the log of events."""

import msgspec
import numpy as np
import pytest

from fixture.analysis.rows import Rows
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Request
from fixture.view.figures import Figures
from fixture.view.terminal.axes import FewNumbers, Times
from fixture.view.terminal.curves import (
    CURVES,
    GAUGE,
    PRESSURE,
    SETPOINT,
    bands,
    height,
    lines,
)
from fixture.view.terminal.event_lines import event_line, said_line
from fixture.view.terminal.keys import help_rows, key_line, view_keys
from fixture.view.terminal.layout import layout
from fixture.view.terminal.marks import TRIP_STYLE, marks
from fixture.view.terminal.numbers import Seen, alarms, numbers
from fixture.view.terminal.operating import OPERATOR_KEYS, entered, stands
from fixture.view.terminal.panels import event_lines
from fixture.view.terminal.stretch import Stretch
from tests.record.synthetic import make_config
from tests.view.terminal.fakes import ROW, note

PRESSED = msgspec.structs.replace(
    make_config(), steps=(Step(Kind.PRESSURE, setpoint_mpa=15.0, band_mpa=0.3),)
)


def at(now_s: float, last_s: float | None = None) -> Stretch:
    stretch = Stretch()
    stretch.set_run(0.0, now_s, now_s if last_s is None else last_s)
    return stretch


def test_the_whole_run_is_shown_at_first_with_room_for_what_comes() -> None:
    assert at(100.0).limits() == (0.0, 112.0)
    assert at(111.0).limits() == (0.0, 112.0)


def test_a_window_that_follows_moves_by_eighths_and_keeps_now_in_sight() -> None:
    stretch = at(1000.0)
    while stretch.limits()[1] - stretch.limits()[0] > 80.0:
        stretch.zoom(0.5)
    seen: set[tuple[float, float]] = set()
    for now_s in np.arange(1000.0, 1064.0, 0.5):
        stretch.set_run(0.0, float(now_s), float(now_s))
        begin_s, end_s = stretch.limits()
        assert begin_s < now_s < end_s
        seen.add((begin_s, end_s))
    assert len(seen) == 8


def test_zooming_out_beyond_the_run_shows_all() -> None:
    stretch = at(100.0)
    stretch.zoom(0.5)
    stretch.zoom(8.0)
    assert stretch.limits() == at(100.0).limits()


def test_zooming_at_the_pointer_keeps_what_is_there() -> None:
    stretch = at(100.0)
    begin_s, end_s = stretch.limits()
    stretch.zoom(0.5, 0.25)
    fixed_s = begin_s + 0.25 * (end_s - begin_s)
    new_begin_s, new_end_s = stretch.limits()
    assert new_begin_s + 0.25 * (new_end_s - new_begin_s) == pytest.approx(fixed_s)
    assert not stretch.follows


@pytest.mark.parametrize("share", [1e9, -1e9])
def test_some_of_the_run_stays_in_sight_however_far_it_is_moved(share: float) -> None:
    stretch = at(100.0)
    stretch.zoom(0.5)
    stretch.pan(share)
    begin_s, end_s = stretch.limits()
    assert begin_s < 100.0
    assert end_s > 0.0


def test_no_window_is_narrower_than_a_second() -> None:
    stretch = at(100.0)
    for _ in range(50):
        stretch.zoom(0.5)
    assert stretch.limits()[1] - stretch.limits()[0] == 1.0


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1e-9), (14.99, 15.01), (-7e5, 7e5), (0.0, 3.0), (1e-3, 1e6)]
)
def test_an_axis_has_one_to_six_marks_that_differ(low: float, high: float) -> None:
    for axis in (FewNumbers(), Times()):
        ticks = axis.get_ticks(low, high)
        assert len(ticks) <= 6
        assert all(low - 1e-12 <= tick <= high * (1 + 1e-12) for tick in ticks)
    labels = FewNumbers().get_labels_for_ticks(FewNumbers().get_ticks(low, high))
    assert 1 <= len(labels) == len(set(labels))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (80, 24), (120, 40), (200, 60), (500, 200)])
def test_the_parts_never_take_more_than_there_is(size: tuple[int, int]) -> None:
    width, height_ = size
    room = layout(width, height_, 2)
    assert room.numbers + room.events <= max(1, height_ - 2)
    assert room.panel <= width
    if size >= (80, 24):
        assert room.curves >= 2


def test_a_curve_has_least_and_largest_of_each_column_within_its_band() -> None:
    config, setpoint_mpa = PRESSED, 15.0
    time_s = np.arange(3.0)
    low = {PRESSURE: np.array([1e6, np.nan, 3e6]), SETPOINT: np.full(3, 1e6 * setpoint_mpa)}
    high = {PRESSURE: np.array([2e6, np.nan, 4e6]), SETPOINT: np.full(3, 1e6 * setpoint_mpa)}
    drawn = lines(CURVES[0], Rows(time_s, low, high, 60, low), config)
    assert [len(line.values) for line in drawn] == [3, 3, 3, 4]
    np.testing.assert_allclose(drawn[-1].values, [1.0, 2.0, 3.0, 4.0])
    assert drawn[0].values[0] < setpoint_mpa < drawn[1].values[0]


def test_a_setpoint_that_no_step_has_is_drawn_without_a_band() -> None:
    assert np.isnan(bands(make_config(), np.array([1234.5]))).all()
    assert np.isnan(bands(None, np.array([15.0]))).all()


def test_a_flat_curve_has_a_height() -> None:
    flat = {"voltage_volt": np.zeros(2)}
    drawn = lines(CURVES[1], Rows(np.arange(2.0), flat, flat, 1, flat), None)
    low, high = height(drawn, CURVES[1].least)
    assert high - low >= CURVES[1].least


def test_a_column_that_the_record_lacks_has_no_curve() -> None:
    assert lines(CURVES[2], Rows(np.arange(2.0), {}, {}, 1, {}), None) == []


def test_a_long_answer_is_folded_and_a_step_is_named() -> None:
    text = event_lines([said_line(3.0, "jog: " + "x " * 60)], 60, 10).plain
    assert all(len(line) <= 60 for line in text.splitlines())
    assert text.count("\n") >= 2
    begun = event_line(note(1.0, "step begin", "step begin: step 1 (step count 1)"), PRESSED)
    assert begun.text.strip().startswith("1 s  step 1: press")


def test_every_key_is_used_once_in_a_view() -> None:
    live = [k for key in view_keys(replay=False) for k in key.keys.split(",")]
    live += [key.key for key in OPERATOR_KEYS]
    replay = [k for key in view_keys(replay=True) for k in key.keys.split(",")]
    assert len(live) == len(set(live))
    assert len(replay) == len(set(replay))
    assert [key for key, _ in help_rows(replay=False)][-1] == "R"


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_the_line_of_keys_fits(width: int) -> None:
    assert sum(len(k) + len(words) + 3 for k, words in key_line(width, replay=False)) <= width


@pytest.mark.parametrize(
    ("phase", "first"),
    [
        ("running", ["stop", "hold", "skip", "setpoint", "note"]),
        ("tripped", ["stop", "note", "reset"]),
        ("trip cleared", ["stop", "resume", "note"]),
        ("keeping", ["stop", "setpoint", "jog", "tare", "note", "release"]),
    ],
)
def test_the_line_of_keys_has_the_requests_that_fit_in_80_columns(
    phase: str, first: list[str]
) -> None:
    shown = [words for _, words in key_line(80, replay=False, phase=phase)]
    assert shown[2 : 2 + len(first)] == first


def test_nothing_is_jogged_or_tared_while_a_pressure_is_kept() -> None:
    shown = key_line(200, replay=False, phase="waiting for operator", setpoint_mpa=2.0)
    assert {"jog", "tare"}.isdisjoint(words for _, words in shown)
    released = key_line(200, replay=False, phase="waiting for operator", setpoint_mpa=0.0)
    assert {"jog", "tare"} <= {words for _, words in released}


@pytest.mark.parametrize("text", ["nan", "inf", "1e300", "", "five", "3 s"])
def test_what_is_no_distance_is_refused(text: str) -> None:
    jog = next(key for key in OPERATOR_KEYS if key.request == "jog")
    with pytest.raises(ValueError, match=r"length|distance|quantity|write"):
        entered(jog, text)


def test_a_distance_may_have_another_unit() -> None:
    jog = next(key for key in OPERATOR_KEYS if key.request == "jog")
    assert entered(jog, "0.01 mm").value == 10.0
    assert entered(jog, "-5").value == -5.0


def test_trips_and_changes_of_the_setpoint_are_marked() -> None:
    steps = (*(Step(Kind.PRESSURE, setpoint_mpa=mpa) for mpa in (74.0, 15.0)), Step(Kind.OPEN))
    config = msgspec.structs.replace(make_config(), steps=steps)
    asked = msgspec.structs.replace(note(6.0, "request", "", Request.SETPOINT), value=20.0)
    events = [
        note(1.0, "step begin", "", 0), note(3.0, "step begin", "", 1),
        note(4.0, "step begin", "", 2), asked, note(7.0, "trip", ""), note(8.0, "slip", ""),
    ]  # fmt: skip
    found = marks(events, config, (0.0, 10.0))
    assert [mark.t_s for mark in found] == [1.0, 3.0, 6.0, 7.0]
    assert found[-1].style == TRIP_STYLE
    assert [mark.t_s for mark in marks(events, config, (5.0, 6.5))] == [6.0]
    ladder = [note(float(at), "step begin", "", at % 2) for at in range(40)]
    assert marks(ladder, config, (0.0, 40.0)) == ()


def test_a_question_says_how_the_run_stands() -> None:
    keys = {key.request: key for key in OPERATOR_KEYS}
    seen = Seen(ROW, Figures(waits_for="put the foils in"), make_config())
    assert stands(keys["setpoint"], seen) == "It is 15 MPa now."
    assert stands(keys["skip"], seen).startswith("Under way: ")
    assert stands(keys["jog"], seen) == "The run is running: it will probably refuse."
    waiting = seen._replace(row=msgspec.structs.replace(ROW, phase="waiting for operator"))
    assert stands(keys["confirm"], waiting) == "It waits for: put the foils in"
    assert stands(keys["stop"], seen) == stands(keys["stop"], None) == ""


def test_the_time_left_fits_beside_its_label() -> None:
    seen = Seen(ROW, Figures(left_s=23_039.0, step_left_s=41.7), make_config())
    said = {shown.label: shown.text for shown in numbers(seen, 40)}
    assert (said["left"], said["step left"]) == ("about 6 h 24 min", "about 42 s")


def test_a_gauge_is_drawn_beside_the_position_where_the_record_has_one() -> None:
    position = next(curve for curve in CURVES if curve.name == "position")
    column = {position.column: np.array([1e-6, 2e-6])}
    alone = Rows(np.array([0.0, 1.0]), column, column, 1, column)
    both = column | {GAUGE: np.array([1.5e-6, 2.5e-6])}
    beside = Rows(np.array([0.0, 1.0]), both, both, 1, both)
    assert len(lines(position, alone, None)) == 1
    gauge, own = lines(position, beside, None)
    assert gauge.values.tolist() == [1.5, 2.5]
    assert own.values.tolist() == [1.0, 2.0]
    assert gauge.style != own.style


def test_a_gauge_is_among_the_numbers_where_there_is_one() -> None:
    def labels(gauge_um: float | None) -> list[str]:
        row = msgspec.structs.replace(ROW, gauge_um=gauge_um)
        return [shown.label for shown in numbers(Seen(row, Figures(), None), 40)]

    assert "gauge" not in labels(None)
    assert "gauge" in labels(12.5)


@pytest.mark.parametrize(
    ("phase", "trip", "said"),
    [
        ("tripped", "voltage", "TRIPPED: voltage"),
        ("waiting for operator", "none", "WAITS for an operator"),
    ],
)
def test_a_key_for_what_is_wrong_is_named_of_a_live_run_alone(
    phase: str, trip: str, said: str
) -> None:
    seen = Seen(msgspec.structs.replace(ROW, phase=phase, trip=trip), Figures(), make_config())
    ((live, _),) = alarms(seen, "", 0.0, "", replay=False)
    assert live.startswith(said)
    assert len(live) > len(said)
    assert alarms(seen, "", 0.0, "", replay=True)[0][0] == said


def test_what_the_press_keeps_after_a_trip_is_among_the_numbers_and_above_all() -> None:
    row = msgspec.structs.replace(
        ROW, phase="tripped", trip="voltage", setpoint_mpa=0.0, pressure_mpa=2.05
    )
    seen = Seen(row, Figures(press="keeps 2 MPa", kept_mpa=2.0), make_config())
    shown = {number.label: number.text for number in numbers(seen, 40)}
    assert (shown["setpoint"], shown["error"]) == ("2.000 MPa kept", "+0.050 MPa")
    ((words, _),) = alarms(seen, "", 0.0, "", replay=True)
    assert words == "TRIPPED: voltage. The cell is open, the press keeps 2 MPa"
