"""Each part of a run ends where the next one begins, whatever a recorder that failed had left."""

import errno
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from fixture.core.types import CellMode, Event, EventKind, Request
from fixture.frame.frame import Frame, SpectrumPoint
from fixture.record import store
from fixture.record.overlap import LOOK_ROWS
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from fixture.runtime.registry import part_path
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

TICK_NS = 100_000_000
TICKS = 300
SPECTRUM_ROW = 2
End = Callable[[RecordWriter], object]


def frame(tick: int) -> Frame:
    """Of a run in which something of every small table happens each fifty ticks."""
    t_ns, happens = tick * TICK_NS + 50_000, tick % 50 == 25
    point = SpectrumPoint(tick, 1e3, 1.0, -1.0, doubtful=False)
    return make_frame(
        tick, t_ns=t_ns, row=SPECTRUM_ROW, cell_mode=int(CellMode.IMPEDANCE),
        events=(Event(t_ns, tick, EventKind.SLIP, 1, 0.05),) if happens else (),
        request=int(Request.HOLD) if happens else 0,
        point=point if happens else None,
    )  # fmt: skip


def write(path: Path, frames: Iterable[Frame], end: End) -> None:
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, TICK_NS), TRUTH)
    for one in frames:
        writer.append(one, (15e6, 0.5))
        if one.events:
            writer.checkpoint(one.sample.tick, b"state")
    writer.sync()
    end(writer)


def done(writer: RecordWriter) -> None:
    writer.finish("done", HEADER.start_unix_ns)


def run_of(folder: Path, *ranges: tuple[int, int]) -> Path:
    """A run whose parts have these ticks; all but the last were cut off."""
    for number, (first, last) in enumerate(ranges, start=1):
        end = done if number == len(ranges) else RecordWriter.close
        write(part_path(folder, "made-up", number), map(frame, range(first, last)), end)
    return folder / "made-up.h5"


def seen(path: Path) -> dict[str, list[float]]:
    """The axis of every table."""
    with JoinedRecord.open(path) as run:
        return {
            "ticks": run.ticks["tick"].tolist(),
            "log": run.log["test_time_second"].tolist(),
            "truth": run.twin["true_pressure_pa"].tolist(),
            "events": run.events["tick"].tolist(),
            "requests": run.requests["tick"].tolist(),
            "spectra": run.spectra["test_time_second"].tolist(),
            "checkpoints": [one.tick for part in run.parts for one in part.checkpoints],
        }


@pytest.mark.parametrize(
    "ranges",
    [
        ((0, 200), (200, TICKS)),
        ((0, 200), (110, TICKS)),
        ((0, 100), (20, 280), (60, TICKS)),
        ((0, 200), (150, 150), (150, TICKS)),
    ],
    ids=["no overlap", "overlap", "overlap of three", "one without ticks between"],
)
def test_every_row_stands_once(tmp_path: Path, ranges: tuple[tuple[int, int], ...]) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    expected = seen(run_of(whole, (0, TICKS)))
    found = seen(run_of(parts, *ranges))
    log, known = (np.array(one["log"]) for one in (found, expected))
    assert np.all(np.diff(log) > 0.0)
    assert np.isin(log, known).all()
    assert len(found["truth"]) == len(log)
    same = expected.keys() - {"log", "truth"}  # an instant before a late first tick has no row
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}


def test_an_overlap_longer_than_one_look_is_taken_out(tmp_path: Path) -> None:
    last = 3 * LOOK_ROWS
    path = run_of(tmp_path, (0, last), (LOOK_ROWS // 2, last + 10))
    assert seen(path)["ticks"] == [*range(last + 10)]


def test_what_a_sync_that_failed_has_left_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fail(writer: RecordWriter) -> None:
        for tick in range(200, 230):
            writer.append(frame(tick), (15e6, 0.5))
        with monkeypatch.context() as patched:
            patched.setattr(store, "sync_data", full)
            with pytest.raises(OSError, match="No space"):
                writer.sync()
        writer.close()

    write(tmp_path / "made-up.h5", map(frame, range(200)), fail)
    write(part_path(tmp_path, "made-up", 2), map(frame, range(200, TICKS)), done)
    found = seen(tmp_path / "made-up.h5")
    assert found["ticks"] == [*range(TICKS)]
    assert found["events"] == found["requests"] == [*range(25, TICKS, 50)]


def test_a_cycle_that_ended_in_the_overlap_is_complete_once(tmp_path: Path) -> None:
    def cycled(first: int, last: int) -> Iterable[Frame]:
        kinds = {10: EventKind.CYCLE_BEGIN, 150: EventKind.CYCLE_END}
        for tick in range(first, last):
            kind = kinds.get(tick)
            t_ns = tick * TICK_NS
            events = () if kind is None else (Event(t_ns, tick, kind, 1, 0.0),)
            yield make_frame(tick, events=events)

    write(tmp_path / "made-up.h5", cycled(0, 200), RecordWriter.close)
    write(part_path(tmp_path, "made-up", 2), cycled(140, TICKS), done)
    with JoinedRecord.open(tmp_path / "made-up.h5") as run:
        complete = run.cycles["complete"] == 1
        assert run.cycles["begin_second"][complete].tolist() == [1.0]
        assert run.cycles["end_second"][complete].tolist() == [15.0]
