"""Lateness counted tick by tick is what numpy computes of all at once."""

from pathlib import Path

import numpy as np
import pytest

from fixture.analysis.lateness import lateness
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, realistic


def test_shares_worst_and_missed_ticks(tmp_path: Path) -> None:
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config(10_000_000), TRUTH)
    for number, (frame, truth) in enumerate(realistic(3000)):
        if number not in (100, 101):
            writer.append(frame, truth)
    writer.finish("done", 0)
    with JoinedRecord.open(tmp_path / "run.h5") as record:
        late_us = record.ticks["late_us"]
        found = lateness(record, pixels=70)
    assert found is not None
    assert found.p50_us == pytest.approx(np.percentile(late_us, 50))
    assert found.p99_us == pytest.approx(np.percentile(late_us, 99))
    assert (found.worst_us, found.missed_ticks) == (late_us.max(), 2)
    assert len(found.time_s) == len(found.worst_each_us) <= 70
    assert found.worst_each_us.max() == late_us.max()


def test_frames_that_the_recorder_lost_are_no_missed_ticks(tmp_path: Path) -> None:
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config(10_000_000), TRUTH)
    for number, (frame, truth) in enumerate(realistic(1000)):
        if number == 700:
            writer.lose(frame, 197)
        if not 500 <= number < 700:  # of these 200 the loop missed three
            writer.append(frame, truth)
    writer.finish("done", 0)
    with JoinedRecord.open(tmp_path / "run.h5") as record:
        found = lateness(record)
    assert found is not None
    assert found.missed_ticks == 3


@pytest.mark.parametrize("second", [490, 500, 600])
def test_between_two_parts_no_tick_was_missed(tmp_path: Path, second: int) -> None:
    for name, first, last in (("run.h5", 0, 500), ("run.part2.h5", second, 1000)):
        writer = RecordWriter.create(tmp_path / name, HEADER, make_config(10_000_000), TRUTH)
        for frame, truth in list(realistic(1000))[first:last]:
            writer.append(frame, truth)
        writer.finish("done", 0)
    with JoinedRecord.open(tmp_path / "run.h5") as record:
        found = lateness(record)
    assert found is not None
    assert found.missed_ticks == 0
