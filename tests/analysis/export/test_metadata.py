"""The pressures in the description of a run are those that were held, not those of a ramp."""

from pathlib import Path

import pytest

from fixture.analysis.export.metadata import metadata
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame

TICK_NS = 1_000_000_000


@pytest.mark.parametrize("log_s", [1, 2, 20])
def test_a_ramp_is_no_pressure_of_its_own_however_slow_the_log(tmp_path: Path, log_s: int) -> None:
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, log_s * TICK_NS))
    for tick in range(600):
        setpoint_mpa = min(5.0 + 0.05 * tick, 15.0)
        writer.append(make_frame(tick, tick_ns=TICK_NS, setpoint_mpa=setpoint_mpa))
    writer.finish("done", 0)
    with JoinedRecord.open(path) as record:
        found = metadata(record, tmp_path / "run.bdf.csv")
    assert found["test"]["conditions"]["applied_pressure"] == [15_000.0]
