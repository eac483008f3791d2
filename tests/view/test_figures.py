"""Slow numbers: error of the present hold beside its budget, lost links, time left."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fixture.analysis.hold_error import hold_error, stretch
from fixture.runtime.link.messages import Note
from fixture.view.figures import figures, links_lost, time_left
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
    for time_s in (200.0, 380.0, 450.0, 600.0):
        at(source, time_s)
        row = source.now
        assert row is not None
        found = time_left(row, source.events(), source.config, source.header)
        assert found is not None
        left.append(found)
    assert left == sorted(left, reverse=True)
    assert left[-1] == pytest.approx(source.span()[1] - 600.0, abs=20.0)


def test_a_link_is_lost_until_it_is_back() -> None:
    def link(t_s: float, kind: str, code: int) -> Note:
        return Note(0, t_s, kind, code, None, kind)

    events = [link(1.0, "link lost", 0), link(2.0, "link lost", 1), link(3.0, "link back", 0)]
    assert links_lost(events) == {"press": 2.0}
