"""The picture of a run shows all of it, and what was measured on the way."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fixture.analysis.picture import draw, envelope
from fixture.core.types import EndReason, Event, EventKind
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame


@pytest.mark.parametrize("rows", [10, 199, 200, 201, 999, 1050])
def test_an_envelope_goes_to_the_end_and_loses_no_spike(rows: int) -> None:
    time = np.arange(rows, dtype=float)
    value = np.sin(time)
    value[-1], value[rows // 2] = 7.0, -7.0
    thin = envelope(time, value, pixels=100)
    assert thin.time[0] == 0.0
    assert thin.time[-1] == rows - 1
    assert np.nanmax(thin.value) == 7.0
    assert np.nanmin(thin.value) == -7.0
    assert len(thin.time) == len(thin.value) <= max(rows, 200)


def test_what_is_unknown_is_left_out() -> None:
    value = np.full(1000, np.nan)
    value[500:] = 1.0
    thin = envelope(np.arange(1000.0), value, pixels=100)
    assert np.isnan(thin.value[:100]).all()
    assert np.nanmin(thin.value) == np.nanmax(thin.value) == 1.0


def drawn(folder: Path, name: str, events: dict[int, tuple[Event, ...]]) -> tuple[int, int]:
    """Size of the picture of a short record."""
    path = folder / f"{name}.h5"
    writer = RecordWriter.create(path, HEADER, make_config())
    for tick in range(40):
        writer.append(make_frame(tick, events=events.get(tick, ())))
    writer.finish("done", 0)
    with Record.open(path) as record:
        draw(record, path.with_suffix(".png"))
    assert path.with_suffix(".png").stat().st_size < 80_000
    with Image.open(path.with_suffix(".png")) as image:
        return image.size


def test_resistances_have_a_panel_of_their_own(tmp_path: Path) -> None:
    events = {
        tick: (Event(tick * 10**8, tick, EventKind.MEASURED_RESISTANCE, 1, 900.0 / tick),)
        for tick in (5, 10, 20)
    }
    events[30] = (Event(3 * 10**9, 30, EventKind.CRITICAL_CURRENT, EndReason.SHORT, 1e-3),)
    plain, measured = drawn(tmp_path, "plain", {}), drawn(tmp_path, "measured", events)
    assert plain[0] == measured[0]
    assert measured[1] > plain[1]
