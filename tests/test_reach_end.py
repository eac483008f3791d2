"""Where a record ends, to the bit; and a part that begins where another had ended."""

from pathlib import Path

import pytest

from fixture.analysis.reach_end import reach_end
from fixture.analysis.replay import verify
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import freeze
from fixture.frame.frame import Frame
from fixture.record.errors import RecordError
from fixture.record.header import Header
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from fixture.runtime.tick import Latest, Moment, TickState, begin, run_tick
from instruments.protocols import CellReading, ForceReading, PressReading
from tests.core.bench import config

CONFIG = config((Step(int(Kind.OPEN), until_ns=10**12), Step(int(Kind.END))))
CELLS = len(CONFIG.load_cells.newton_per_count)
PART = 60


def ran(state: TickState, first: int, ticks: int) -> tuple[list[Frame], list[TickState]]:
    """Frames of some ticks, and the state after each."""
    frames: list[Frame] = []
    states: list[TickState] = []
    for tick in range(first, first + ticks):
        t_ns = tick * CONFIG.tick_ns
        latest = Latest(
            ForceReading((1000 + tick % 7,) * CELLS, False, t_ns, 0),
            PressReading(tick, False, False, False, 25.0, t_ns, 0),
            CellReading(3.0 + tick % 3, 0.0, False, False, t_ns, 0),
        )
        state, frame = run_tick(CONFIG, state, Moment(tick, 0, 0, 0), latest)
        frames.append(frame)
        states.append(state)
    return frames, states


def written(path: Path, frames: list[Frame], saved: dict[int, TickState], lost: int = -1) -> Path:
    """A record of frames and checkpoints; before frame `lost` some were lost."""
    writer = RecordWriter.create(path, Header("r", 0), CONFIG)
    for tick, state in saved.items():
        writer.checkpoint(tick, freeze(state.core))
    for frame in frames:
        if frame.sample.tick == lost:
            writer.lose(frame, 3)
        writer.append(frame)
    writer.finish("control died", 0)
    writer.close()
    return path


@pytest.mark.parametrize("at", [(), (0,), (20, 40), (PART - 1,)])
def test_the_state_at_the_end_is_the_one_that_the_run_had(tmp_path: Path, at: tuple[int]) -> None:
    frames, states = ran(begin(CONFIG), 0, PART)
    with Record.open(written(tmp_path / "r.h5", frames, {t: states[t] for t in at})) as record:
        end = reach_end(record)
    assert end is not None
    assert end.tick == PART - 1
    assert freeze(end.state) == freeze(states[-1].core)


def test_a_part_replays_from_the_state_that_it_went_on_from(tmp_path: Path) -> None:
    _, before = ran(begin(CONFIG), 0, PART)
    went_on = TickState(before[-1].core)
    frames, states = ran(went_on, PART, PART)
    saved = {PART - 1: went_on, PART + 10: states[10]}
    with Record.open(written(tmp_path / "r.part2.h5", frames, saved)) as record:
        verdict = verify(record)
        end = reach_end(record)
    assert verdict.good()
    assert (verdict.ticks, verdict.unseen) == (PART, 0)
    assert end is not None
    assert freeze(end.state) == freeze(states[-1].core)


def test_a_record_without_a_tick_has_no_end(tmp_path: Path) -> None:
    with Record.open(written(tmp_path / "r.h5", [], {})) as record:
        assert reach_end(record) is None


def test_frames_lost_after_the_last_checkpoint_leave_the_end_unknown(tmp_path: Path) -> None:
    frames, states = ran(begin(CONFIG), 0, PART)
    path = written(tmp_path / "r.h5", frames, {20: states[20]}, lost=40)
    with Record.open(path) as record, pytest.raises(RecordError, match="frames were lost"):
        reach_end(record)


def test_frames_lost_before_the_last_checkpoint_do_no_harm(tmp_path: Path) -> None:
    frames, states = ran(begin(CONFIG), 0, PART)
    path = written(tmp_path / "r.h5", frames, {50: states[50]}, lost=40)
    with Record.open(path) as record:
        end = reach_end(record)
    assert end is not None
    assert freeze(end.state) == freeze(states[-1].core)
