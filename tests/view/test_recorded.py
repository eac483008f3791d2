"""A record is shown as it was at the playback's time."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Event, EventKind
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from fixture.view.recorded import RecordedSource
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

STORED = Path(__file__).parents[2] / "data" / "press-and-cycle.h5.gz"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("view") / "run.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    return path


@pytest.fixture
def source(stored: Path) -> Iterator[RecordedSource]:
    source = RecordedSource(stored, lambda: 0)
    yield source
    source.close()


def test_the_row_at_a_time_is_that_of_the_log(source: RecordedSource, stored: Path) -> None:
    record = JoinedRecord.open(stored)
    time_s, pressure = record.log["test_time_second"], record.log["surface_pressure_pa"]
    for row in (0, 17, len(time_s) - 1):
        source.playback.seek(float(time_s[row]))
        shown = source.now
        assert shown is not None
        assert shown.t_s == time_s[row]
        assert shown.pressure_mpa == pytest.approx(1e-6 * pressure[row])
    record.close()


def test_step_and_identified_numbers_are_those_of_what_went_before(
    source: RecordedSource, stored: Path
) -> None:
    source.playback.seek(source.span()[1])
    events, shown = source.events(), source.now
    assert shown is not None
    begun = [e.code for e in events if e.kind == "step begin"]
    assert shown.step == begun[-1]
    record = JoinedRecord.open(stored)
    for name, shown_as, scale in (
        ("stiffness_newton_per_metre", "stiffness_n_per_um", 1e-6),
        ("breathing_metre_per_coulomb", "breathing_um_per_c", 1e6),
    ):
        assert getattr(shown, shown_as) == pytest.approx(scale * record.cycles[name][-1])
    record.close()
    source.playback.seek(0.0)
    assert len(source.events()) < len(events)


def test_the_end_is_shown_when_the_playback_comes_there(source: RecordedSource) -> None:
    assert source.end is None
    source.playback.seek(1e12)
    assert source.end is not None
    assert source.end.outcome == "done"


def test_the_next_event_of_a_kind_lies_after_now(source: RecordedSource) -> None:
    first = source.next_event_s("cycle begin")
    assert first is not None
    source.playback.seek(first)
    following = source.next_event_s()
    assert following is not None
    assert following > first
    source.playback.seek(1e12)
    assert source.next_event_s() is None


def test_a_record_that_is_still_written_grows_under_the_view(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    wall_ns = 0

    def write(first: int, last: int) -> None:
        for tick in range(first, last):
            writer.append(make_frame(tick), (float(tick), 0.5))
        writer.sync()

    write(0, 100)
    source = RecordedSource(path, lambda: wall_ns)
    before = source.span()[1]
    write(100, 200)
    assert source.span()[1] == before  # not opened anew within a second
    wall_ns = 2_000_000_000
    assert source.span()[1] > before
    found = source.rows(0.0, 1e9, 50, ["surface_pressure_pa", "no_such_column"])
    assert list(found.minimum) == ["surface_pressure_pa"]
    assert np.isfinite(found.time_s).all()
    assert source.end is None
    source.close()
    writer.finish("done", 0)


def test_lateness_is_that_of_the_tick_that_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    tick_ns = make_config().tick_ns
    for tick in range(5, 40):
        frame = make_frame(tick, tick * tick_ns + 1000 * tick, tick_ns)
        writer.append(frame, (1.5e7, 0.5))
    writer.finish("done", 0)
    source = RecordedSource(path, lambda: 0)
    tick_s = 1e-9 * tick_ns + 1e-6
    for tick in (6, 20, 38):
        source.playback.seek(tick * tick_s)
        shown = source.now
        assert shown is not None
        assert (shown.tick, shown.late_us) == (tick, tick)
    source.close()


def test_a_step_that_waits_for_an_operator_is_shown_as_waiting(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    steps = (Step(Kind.PRESSURE, setpoint_mpa=5.0), Step(Kind.WAIT))
    config = msgspec.structs.replace(make_config(), steps=steps)
    writer = RecordWriter.create(path, HEADER, config, TRUTH)
    for tick in range(40):
        begins = tick in (0, 20)
        event = Event(tick * config.tick_ns, tick, EventKind.STEP_BEGIN, tick // 20, 1.0)
        writer.append(make_frame(tick, events=(event,) * begins), (1.5e7, 0.5))
    writer.finish("done", 0)
    source = RecordedSource(path, lambda: 0)
    phases: list[str] = []
    for tick in (10, 30):
        source.playback.seek(1e-9 * tick * config.tick_ns)
        assert source.now is not None
        phases.append(source.now.phase)
    assert phases == ["running", "waiting for operator"]
    source.close()
