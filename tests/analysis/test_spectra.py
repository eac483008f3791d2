"""Spectra: resistance at high frequency, lines of the summary, pictures, and a table."""

import csv
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import isostack as public
from fixture.analysis.export.whole import whole_record
from fixture.analysis.pictures.impedance import bode, nyquist
from fixture.analysis.spectra import Spectrum, spectra
from fixture.cli.report.impedance import impedance, impedance_lines
from fixture.record.parts import JoinedRecord
from tests.cli.test_main import isostack
from tests.record.test_spectra import written


def spectrum(*ohm: complex, doubtful: tuple[int, ...] = ()) -> Spectrum:
    """From 100 kHz on, three points a decade."""
    hertz = 1e5 * 10.0 ** (-np.arange(len(ohm)) / 3.0)
    marks = np.zeros(len(ohm), bool)
    marks[list(doubtful)] = True
    nan = float("nan")
    return Spectrum(
        hertz, np.array(ohm), marks, 10.0, 20.0, 2, 1, len(ohm), 0.01, nan, 3.2, 15e6, 2e4
    )


@pytest.mark.parametrize(
    ("found", "ohm"),
    [
        (spectrum(60 + 2j, 64 - 2j, 90 - 20j), 62.0),
        (spectrum(60 + 2j, 62 + 1j, 64 - 1j, 90 - 20j), 63.0),
        (spectrum(64 - 2j, 65 - 3j, 70 - 9j, 95 - 1j), 64.0),
        (spectrum(60 + 2j, 64 - 2j, 90 - 20j, doubtful=(0,)), 64.0),
        (spectrum(complex("nan"), 64 - 2j, 90 - 20j), 64.0),
    ],
)
def test_the_intercept_is_where_the_imaginary_part_is_nearest_to_0(
    found: Spectrum, ohm: float
) -> None:
    assert found.intercept_ohm == pytest.approx(ohm)


def test_without_a_point_that_can_be_used_there_is_none() -> None:
    assert np.isnan(spectrum(64 - 2j, doubtful=(0,)).intercept_ohm)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Whole, then cut off after 20 of 61 points."""
    written(tmp_path / "run.h5", (0, 61, 5), (200, 20, 7))
    return tmp_path / "run.h5"


def test_the_summary_has_a_line_for_each(run: Path) -> None:
    with JoinedRecord.open(run) as record:
        first, second = impedance_lines(impedance(record))
    assert first[0] == "impedance"
    assert first[1].startswith("50 Ω = 39.3 Ω cm² at high frequency, 50 Ω at 1640 Hz; 15 MPa")
    assert second == ["", second[1]]
    assert second[1].endswith("20 of 61 points")


def test_of_many_the_first_and_the_last_are_shown(run: Path) -> None:
    with JoinedRecord.open(run) as record:
        one = impedance(record)[0]
    lines = impedance_lines([one] * 40)
    assert len(lines) == 25
    assert lines[12] == ["", "… 16 more, in the record"]


def test_show_says_it(run: Path) -> None:
    code, out, _ = isostack("show", str(run), "--no-picture")
    assert code == 0
    assert "Ω at high frequency" in out or "Ω cm² at high frequency" in out


def test_the_table_for_others_has_a_row_for_each_point(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    code, _, _ = isostack("export", str(run), "--format", "spectra-csv", "--out", str(out))
    assert code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 81
    assert [rows[0]["Spectrum / 1"], rows[-1]["Spectrum / 1"]] == ["1", "2"]
    assert float(rows[0]["Frequency / Hz"]) == 1e5
    assert (rows[0]["Real Impedance / ohm"], rows[0]["Amplitude / A"]) == ("50.0", "")


def test_without_a_spectrum_there_is_no_table(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 1, 5))
    with JoinedRecord.open(tmp_path / "run.h5") as record:
        assert len(spectra(record)) == 1
    other = tmp_path / "other.h5"
    written(other)
    code, _, complaint = isostack("export", str(other), "--format", "spectra-csv")
    assert code != 0
    assert complaint


def test_a_joined_record_has_them_too(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 61, 5), finish=False)
    with JoinedRecord.open(tmp_path / "run.h5") as record:
        whole_record(record, tmp_path / "whole.h5", lambda _: None)
    with JoinedRecord.open(tmp_path / "whole.h5") as record:
        assert len(spectra(record)[0].frequency_hz) == 61


def test_python_reads_them(run: Path) -> None:
    with public.open(run) as found:
        first, second = found.spectra
    assert isinstance(first, public.Spectrum)
    assert (first.complete, second.complete) == (True, False)


@pytest.mark.parametrize("draw", [nyquist, bode])
def test_pictures_show_each(draw: object) -> None:
    made = Figure()
    FigureCanvasAgg(made)
    axis = made.subplots()
    found = [spectrum(64 - 2j, 70 - 9j, 90 - 20j), spectrum(65 - 2j, 71 - 9j, 95 - 20j)]
    assert draw(axis, found)  # type: ignore[operator]
    assert len(axis.get_lines()) == 2
    assert not draw(made.subplots(), [])  # type: ignore[operator]
