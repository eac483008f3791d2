"""The picture of a run shows all of it, what happened on the way, and nothing empty."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from fixture.analysis.errors import ResultError
from fixture.analysis.marks import Mark, marks
from fixture.analysis.picture import draw
from fixture.analysis.pictures.over_time import OverTime, apart
from fixture.analysis.pictures.style import cycle_colours, styled, svg, time_axis
from fixture.core.safety.trips import Trip
from fixture.core.types import EndReason, Event, EventKind
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

NAN = float("nan")
TICK_NS = 10_000_000_000


def recorded(path: Path, events: dict[int, tuple[Event, ...]] | None = None, **more: float) -> Path:
    """A record of 40 ticks at 15 MPa, 10 s each; `more` sets fields of the status."""
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, TICK_NS), TRUTH)
    for tick in range(40):
        happened = (events or {}).get(tick, ())
        frame = make_frame(tick, tick_ns=TICK_NS, events=happened, **more)  # pyright: ignore
        writer.append(frame, (15.001e6, 0.5))
    writer.finish("done", 0)
    return path


def figure(path: Path, width_in: float = 10.0) -> Figure:
    """The figure of a record."""
    with JoinedRecord.open(path) as record, styled():
        return OverTime(record, 300).draw(width_in, 1.5, "")


def labels(made: Figure) -> list[str]:
    """The y labels of its panels."""
    return [axis.get_ylabel().replace("\n", " ") for axis in made.axes]


def words(made: Figure) -> set[str]:
    """The words that stand in its panels."""
    return {text.get_text() for axis in made.axes for text in axis.texts}


def test_it_is_a_png_of_a_moderate_size(tmp_path: Path) -> None:
    with JoinedRecord.open(recorded(tmp_path / "run.h5")) as record:
        draw(record, tmp_path / "run.png")
    assert (tmp_path / "run.png").stat().st_size < 80_000
    with Image.open(tmp_path / "run.png") as image:
        assert image.size[0] == 1100


def test_resistances_have_a_panel_of_their_own_and_what_was_found_its_words(tmp_path: Path) -> None:
    events = {
        tick: (Event(tick * TICK_NS, tick, EventKind.MEASURED_RESISTANCE, 1, 900.0 / tick),)
        for tick in (5, 10, 20)
    }
    found = Event(30 * TICK_NS, 30, EventKind.CRITICAL_CURRENT, EndReason.SHORT, 1e-3)
    events[30] = (found,)
    plain, measured = (
        figure(recorded(tmp_path / n, e)) for n, e in (("a.h5", {}), ("b.h5", events))
    )
    assert "resistance / Ω" in labels(measured)
    assert "resistance / Ω" not in labels(plain)
    assert any(text.startswith("critical current") for text in words(measured))


def test_a_panel_without_data_is_left_out(tmp_path: Path) -> None:
    made = figure(recorded(tmp_path / "run.h5", voltage_v=NAN, current_a=0.0, position_um=NAN))
    assert labels(made)[0] == "pressure / MPa"
    assert not {"voltage / V", "current / mA/cm²", "position / µm"} & set(labels(made))


def test_setpoints_and_trips_are_marked_in_words(tmp_path: Path) -> None:
    trip = Event(35 * TICK_NS, 35, EventKind.TRIP, Trip.VOLTAGE, 4.75)
    made = figure(recorded(tmp_path / "run.h5", {35: (trip,)}))
    assert {"15 MPa", "trip: voltage"} <= words(made)


def test_where_no_setpoint_is_kept_none_is_drawn(tmp_path: Path) -> None:
    made = figure(recorded(tmp_path / "run.h5", setpoint_mpa=0.0))
    (line,) = (line for line in made.axes[0].lines if line.get_label() == "setpoint")
    assert np.isnan(np.asarray(line.get_ydata(), float)).all()


def test_of_marks_that_would_overlap_the_weightier_keeps_its_words() -> None:
    every = (Mark(0.0, "a", 1.0), Mark(1.0, "b", 5.0), Mark(2.0, "", 9.0), Mark(9.0, "c", 1.0))
    assert sorted(mark.text for mark in apart(every, 5.0)) == ["b", "c"]


def test_a_ramp_is_no_curtain_of_marks(tmp_path: Path) -> None:
    writer = RecordWriter.create(tmp_path / "ramp.h5", HEADER, make_config(TICK_NS, TICK_NS))
    for tick in range(400):
        writer.append(make_frame(tick, tick_ns=TICK_NS, setpoint_mpa=1.0 + 0.01 * tick))
    writer.finish("done", 0)
    with JoinedRecord.open(tmp_path / "ramp.h5") as record:
        assert marks(record, 4000.0).setpoints == ()


def test_axes_have_no_offset_and_a_constant_has_a_span(tmp_path: Path) -> None:
    made = figure(recorded(tmp_path / "run.h5", voltage_v=3.7))
    axis = made.axes[labels(made).index("voltage / V")]
    low, high = axis.get_ylim()
    made.canvas.draw()
    assert high - low >= 0.005
    assert axis.yaxis.get_major_formatter().get_offset() == ""
    assert all("e" not in label.get_text() for label in axis.get_yticklabels())


def test_the_true_curve_lies_on_a_broader_measured_one(tmp_path: Path) -> None:
    made = figure(recorded(tmp_path / "run.h5"))
    lines = {line.get_label(): line for line in made.axes[0].lines}
    true, measured = lines["true, at the interface"], lines["load cells"]
    assert true.get_zorder() > measured.get_zorder()
    assert true.get_linewidth() < measured.get_linewidth()


def test_a_record_without_rows_says_so(tmp_path: Path) -> None:
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config())
    writer.sync()
    with (
        JoinedRecord.open(tmp_path / "run.h5") as record,
        pytest.raises(ResultError, match="no rows yet"),
    ):
        draw(record, tmp_path / "run.png")
    writer.close()


def test_a_picture_for_a_page_takes_its_colours_and_names_from_it(tmp_path: Path) -> None:
    with styled():
        text = svg(figure(recorded(tmp_path / "run.h5"), 4.6), "one")
    assert text.startswith("<svg ")
    assert "var(--measured)" in text
    assert "#1f5fa8" not in text
    assert 'id="one-' in text
    assert 'id="figure' not in text


def test_a_picture_is_the_same_whatever_the_last_bits_of_its_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded(tmp_path / "run.h5")
    with styled():
        first = svg(figure(path), "time")
    solve = ConstrainedLayoutEngine.execute

    def otherwise(self: ConstrainedLayoutEngine, fig: Figure) -> None:
        solve(self, fig)
        for axis in fig.axes:
            axis.set_position(axis.get_position(original=True).translated(1e-13, 1e-13))
            axis.set_in_layout(True)

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", otherwise)
    with styled():
        assert svg(figure(path), "time") == first


def test_colours_go_from_the_first_cycle_to_the_last() -> None:
    assert len(set(cycle_colours(7))) == 7
    assert len(cycle_colours(1)) == 1
    assert cycle_colours(0) == []


@pytest.mark.parametrize(("seconds", "unit"), [(60, "s"), (600, "min"), (7200, "h"), (1e6, "d")])
def test_a_time_axis_has_the_unit_that_fits(seconds: float, unit: str) -> None:
    assert time_axis(seconds).unit == unit
    assert np.isfinite(time_axis(seconds).seconds)
