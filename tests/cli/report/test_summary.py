"""The summary: the error of the hold beside its budget, and what a damaged record leaves out."""

import gzip
import math
from pathlib import Path

from fixture.cli.report.summary import lines_of
from fixture.cli.summarise import RunSummary

STORED = Path(__file__).parents[3] / "data" / "press-and-cycle.h5.gz"


def test_the_error_of_a_hold_stands_beside_its_budget(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    summary = RunSummary.read(path)
    lines = summary.screen().splitlines()
    at = next(row for row, line in enumerate(lines) if line.startswith("  load cells"))
    assert lines[at + 1].startswith("  budget")
    assert 0.01 < summary.facts["budget_rms"] < 1.0
    unread = lines_of({**summary.facts, "budget_rms": None}, summary.held)
    assert "  budget" not in [name for name, _ in unread]


def test_a_record_without_its_last_rows_says_so_instead_of_numbers_that_are_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    told = {**RunSummary.read(path).facts, "duration_s": math.nan, "peak_mpa": math.nan}
    lines = lines_of(told, None)
    assert lines[0] == ["outcome", "done; the last rows of the log are damaged"]
    assert "nan" not in str(lines)
