"""The tilt found by the overviews is the one that all rows have."""

import numpy as np
import pytest

from fixture.analysis import tilt as tilts
from fixture.analysis.tilt import tilt
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

ROWS = 5000
TICK_NS = 100_000_000


@pytest.fixture(scope="module", params=[1, 2, 3])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> JoinedRecord:
    path = tmp_path_factory.mktemp("tilt") / "run.h5"
    rng = np.random.default_rng(request.param)
    force = 600.0 + 500.0 * np.sin(np.arange(ROWS) / 300.0) + rng.normal(size=ROWS)
    tilted = rng.uniform(0.0, 0.3, ROWS) * (1.0 + (force < 300.0))
    tilted[::700] = np.nan
    writer = RecordWriter.create(path, HEADER, make_config(TICK_NS, TICK_NS), TRUTH)
    for tick in range(ROWS):
        frame = make_frame(tick, tick_ns=TICK_NS, force_n=force[tick], tilt=tilted[tick])
        writer.append(frame, (15e6, 0.0))
    writer.finish("done", 0)
    return JoinedRecord.open(path)


@pytest.mark.parametrize("from_n", [0.0, 200.0, 700.0, 1090.0])
def test_it_is_the_largest_and_the_last_of_the_rows_under_load(
    run: JoinedRecord, from_n: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tilts, "STRETCHES", 70)
    loaded = run.log["pressure_tilt"][run.log["stack_force_newton"] >= from_n]
    found = tilt(run, from_n)
    assert found is not None
    assert found.most == np.nanmax(loaded)
    np.testing.assert_equal(found.last, loaded[-1])


def test_a_run_that_was_never_loaded_has_none(run: JoinedRecord) -> None:
    assert tilt(run, 5000.0) is None
