"""A cycler's own file on a record's time: offset and drift found, what does not fit refused."""

from pathlib import Path

import numpy as np
import pytest

from fixture.analysis.errors import ResultError
from fixture.analysis.merging import Samples, fit, of_record, read_file
from fixture.record.parts import JoinedRecord
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config

RECORD_S, FILE_S = 0.1, 1.0


def cycling(every_s: float, offset_s: float, drift: float, seed: int = 1) -> Samples:
    """Half-cycles of about an hour that end by voltage, so that none is as long as another."""
    chance = np.random.default_rng(seed)
    edges = 600.0 + np.cumsum(np.concatenate([[0.0], 3000.0 + 600.0 * chance.random(9)]))
    true_s = np.arange(0.0, 40_000.0, every_s)
    number = np.searchsorted(edges, true_s, side="right")
    current = np.where(number == 0, 0.0, np.where(number % 2, 1e-3, -1e-3))
    current[number == 10] = 0.0
    phase = true_s - np.concatenate([[0.0], edges])[number]
    voltage = 3.0 + 1e3 * current * (0.05 + 0.2 * phase / 3600.0)
    noise = np.random.default_rng(seed + 1)
    voltage += 1e-4 * noise.standard_normal(len(true_s))
    return Samples((true_s - offset_s) / (1.0 + drift), voltage, current)


@pytest.mark.parametrize("drift", [0.0, 5e-5, -1e-4])
@pytest.mark.parametrize("offset_s", [0.0, 12_345.6, -1e9])
def test_offset_and_drift_are_found_within_their_uncertainty(offset_s: float, drift: float):
    found = fit(cycling(RECORD_S, 0.0, 0.0), cycling(FILE_S, offset_s, drift))
    assert (found.steps, found.steps_of) == (10, 10)
    middle_s = (20_000.0 - offset_s) / (1.0 + drift)
    assert found.on_record(np.array([middle_s]))[0] == pytest.approx(20_000.0, abs=0.5)
    assert found.drift == pytest.approx(drift, abs=3e-5)
    assert found.uncertainty_s < 0.3


def test_a_file_that_covers_a_part_is_put_where_it_belongs():
    whole = cycling(FILE_S, 500.0, 0.0)
    part = Samples(*(column[14_000:30_000] for column in whole))
    assert fit(cycling(RECORD_S, 0.0, 0.0), part).offset_s == pytest.approx(500.0, abs=0.5)


def test_a_file_of_another_run_is_refused_with_the_quality():
    with pytest.raises(ResultError, match=r"does not belong to this run: \d+ of \d+ steps"):
        fit(cycling(RECORD_S, 0.0, 0.0), cycling(FILE_S, 0.0, 0.0, seed=9))


def test_cycles_that_are_all_alike_fit_in_more_than_one_way():
    def alike(count: int, offset_s: float) -> Samples:
        time_s = np.arange(0.0, 7200.0 * count, 1.0)
        current = np.where(time_s % 7200.0 < 3600.0, 1e-3, -1e-3)
        return Samples(time_s - offset_s, 3.0 + 100.0 * current, current)

    with pytest.raises(ResultError, match="fits in two ways"):
        fit(alike(10, 0.0), Samples(*(column[20_000:40_000] for column in alike(10, 50.0))))


def test_too_few_steps_are_refused():
    quiet = Samples(np.arange(100.0), np.full(100, 3.0), np.zeros(100))
    with pytest.raises(ResultError, match="at least 3"):
        fit(quiet, cycling(FILE_S, 0.0, 0.0))


def test_a_record_without_rows_is_refused(tmp_path: Path):
    RecordWriter.create(tmp_path / "run.h5", HEADER, make_config()).finish("done", 0)
    with (
        JoinedRecord.open(tmp_path / "run.h5") as record,
        pytest.raises(ResultError, match="no current of the cell"),
    ):
        fit(of_record(record), cycling(1.0, 0.0, 0.0))


def test_a_record_without_a_current_is_refused():
    nothing = Samples(*(np.empty(0) for _ in range(3)))
    with pytest.raises(ResultError, match="no current"):
        fit(nothing, cycling(FILE_S, 0.0, 0.0))


def test_a_table_that_is_not_there_is_told_in_words(tmp_path: Path):
    with pytest.raises(ResultError, match=r"^[^[]*cell-7\.mpt: No such file or directory; check"):
        read_file(tmp_path / "cell-7.mpt")
