"""A comparison draws the error of the last hold of a run, and of nothing else."""

from pathlib import Path

import numpy as np
import pytest

from fixture.analysis.pictures import comparison
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame

TICK_NS = 1_000_000_000


@pytest.mark.parametrize("setpoint_mpa", [17.0, 17.236893])  # 2500 psi: no number of 32 bits
def test_a_long_hold_has_its_error_whatever_the_setpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setpoint_mpa: float
) -> None:
    monkeypatch.setattr(comparison, "PIXELS", 20)  # so that its rows are those of an overview
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, TICK_NS))
    for tick in range(2400):
        frame = make_frame(
            tick, tick_ns=TICK_NS, setpoint_mpa=setpoint_mpa, pressure_mpa=1.01 * setpoint_mpa
        )
        writer.append(frame)
    writer.finish("done", 0)
    with JoinedRecord.open(path) as record:
        found = comparison.read(record, "a run")
    assert not found.every
    assert np.isfinite(found.high).sum() > len(found.high) / 2
    assert np.nanmax(found.high) == pytest.approx(1.0, rel=0.01)
