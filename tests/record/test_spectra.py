"""Spectra in a record: a row a point, with the pressure meanwhile; cut off, joined, and old."""

import math
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest

from fixture.analysis.spectra import spectra
from fixture.core.types import CellMode
from fixture.frame.frame import Frame, SpectrumPoint
from fixture.record.integrity import damage
from fixture.record.nodes import dataset_at, group_at, names_in, values_at
from fixture.record.parts import JoinedRecord
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.record.spectra import Spectra, SpectrumRow
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, START_UNIX_NS, make_config, make_frame

MEASURES = int(CellMode.IMPEDANCE)
CONFIG = make_config()


def point(number: int, real_ohm: float = 50.0, imaginary_ohm: float = -1.0) -> SpectrumPoint:
    return SpectrumPoint(number, 1e5 / number, real_ohm, imaginary_ohm, False)


def sweep(first: int, points: int, row: int = 2, step_count: int = 5) -> Iterator[Frame]:
    """A point in every second tick, the last in the first tick of the step that follows."""
    here = {"cell_mode": MEASURES, "row": row, "step_count": step_count}
    yield make_frame(first, **here)
    tick = first + 1
    for number in range(1, points):
        yield make_frame(tick, point=point(number), **here)
        yield make_frame(tick + 1, **here)
        tick += 2
    yield make_frame(tick, point=point(points), row=0, step_count=step_count + 1, cell_mode=0)


def rows_of(frames: Iterator[Frame]) -> list[SpectrumRow]:
    table = Spectra(CONFIG)
    return [row for row in map(table.add, frames) if row is not None]


def test_each_point_is_a_row_of_its_spectrum_the_last_one_too() -> None:
    rows = rows_of(sweep(10, 3))
    assert [row.point for row in rows] == [1, 2, 3]
    assert {(row.row, row.step_count, row.begin_ns, row.points) for row in rows} == {
        (2, 5, 1_000_000_000, 61)
    }
    assert [row.frequency_hz for row in rows] == [1e5, 5e4, 1e5 / 3]


@pytest.mark.parametrize(("row", "volt", "ampere"), [(2, 0.01, None), (3, None, 1e-4)])
def test_the_amplitude_is_a_voltage_or_a_current(
    row: int, volt: float | None, ampere: float | None
) -> None:
    found = rows_of(sweep(10, 2, row))[0]
    assert (found.amplitude_v == volt) if volt else math.isnan(found.amplitude_v)
    assert (found.amplitude_a == ampere) if ampere else math.isnan(found.amplitude_a)


def test_pressure_is_of_the_spectrum_alone() -> None:
    here = {"cell_mode": MEASURES, "row": 2, "step_count": 5}
    frames = [
        make_frame(0, pressure_mpa=70.0),
        make_frame(1, pressure_mpa=14.0, setpoint_mpa=15.0, **here),
        make_frame(2, pressure_mpa=16.0, setpoint_mpa=15.0, point=point(1), **here),
        make_frame(3, pressure_mpa=18.0, setpoint_mpa=15.0, point=point(2), **here),
    ]
    first, second = rows_of(iter(frames))
    assert (first.mean_mpa, first.rms_mpa) == (15.0, 1.0)
    assert second.mean_mpa == 16.0
    assert second.rms_mpa == pytest.approx(math.sqrt(11.0 / 3.0))


def test_in_a_fixed_gap_there_is_no_error_of_pressure() -> None:
    here = {"cell_mode": MEASURES, "row": 2, "step_count": 5}
    first = make_frame(0, setpoint_mpa=0.0, **here)
    second = make_frame(1, pressure_mpa=17.0, setpoint_mpa=0.0, point=point(1), **here)
    (row,) = rows_of(iter([first, second]))
    assert row.mean_mpa == 16.0
    assert math.isnan(row.rms_mpa)


def test_one_pressure_that_is_not_known_costs_that_one_alone() -> None:
    here = {"cell_mode": MEASURES, "row": 2, "step_count": 5}
    frames = [
        make_frame(0, pressure_mpa=14.0, **here),
        make_frame(1, pressure_mpa=float("nan"), point=point(1), **here),
        make_frame(2, pressure_mpa=16.0, point=point(2), **here),
    ]
    first, second = rows_of(iter(frames))
    assert (first.mean_mpa, first.rms_mpa) == (14.0, 1.0)
    assert (second.mean_mpa, second.rms_mpa) == (15.0, 1.0)


def test_a_point_outside_of_a_spectrum_is_no_row() -> None:
    assert rows_of(iter([make_frame(0, point=point(1)), make_frame(1, point=point(2))])) == []


def written(path: Path, *sweeps: tuple[int, int, int], finish: bool = True) -> None:
    """A record of spectra: first tick, points, step count."""
    writer = RecordWriter.create(path, HEADER, CONFIG)
    for first, points, step_count in sweeps:
        for frame in sweep(first, points, step_count=step_count):
            writer.append(frame)
    if finish:
        writer.finish("done", START_UNIX_NS)
    else:
        writer.sync()


def test_spectra_are_read_one_by_one(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 61, 5), (200, 20, 7))
    with JoinedRecord.open(tmp_path / "run.h5") as run:
        first, second = spectra(run)
        assert (len(first.frequency_hz), first.complete) == (61, True)
        assert (len(second.frequency_hz), second.complete) == (20, False)
        assert (second.begin_s, second.step, second.points) == (20.0, 2, 61)
        assert first.impedance_ohm[0] == 50.0 - 1.0j
        assert first.pressure_mean_pa == pytest.approx(15e6)
        assert damage(run.parts[0]) == ()


def test_one_that_is_measured_anew_within_its_step_is_another(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 10, 5), (100, 61, 5))
    with JoinedRecord.open(tmp_path / "run.h5") as run:
        assert [len(one.frequency_hz) for one in spectra(run)] == [10, 61]


def test_one_that_a_crash_cut_off_is_there_as_far_as_it_was_acknowledged(tmp_path: Path) -> None:
    live, left = tmp_path / "live.h5", tmp_path / "run.h5"
    writer = RecordWriter.create(live, HEADER, CONFIG)
    here = {"cell_mode": MEASURES, "row": 2, "step_count": 5}
    for tick in range(200):
        writer.append(make_frame(tick, point=point(tick + 1), **here))
    writer.sync()
    for tick in range(200, 210):
        writer.append(make_frame(tick, point=point(tick + 1), **here))
    left.write_bytes(live.read_bytes())
    left.with_suffix(".chunks").write_bytes(live.with_suffix(".chunks").read_bytes())
    writer.close()
    with JoinedRecord.open(left) as run:
        assert len(spectra(run)[0].frequency_hz) == 200
    done = recover(left)
    with JoinedRecord.open(done.path) as run:
        assert spectra(run)[0].frequency_hz.tolist() == [1e5 / (n + 1) for n in range(200)]
        assert run.lost == ()


def test_an_altered_point_is_noticed(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 61, 5))
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        dataset_at(file, "entry/spectra/real_impedance_ohm")[3] = 1.0
    with Record.open(tmp_path / "run.h5") as record:
        assert [one.table for one in damage(record)] == ["spectra"]


def test_a_record_from_before_there_were_spectra_has_none_and_is_whole(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", (0, 2, 5))
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        del file["entry/spectra"]
        checks = group_at(file, "entry/checks")
        kept = values_at(checks, "table") != 10
        for name in names_in(checks):
            column, values = dataset_at(checks, name), values_at(checks, name)[kept]
            column.resize((len(values),))
            column[:] = values
    with JoinedRecord.open(tmp_path / "run.h5") as run:
        assert spectra(run) == ()
        assert damage(run.parts[0]) == ()
    done = recover(tmp_path / "run.h5")
    with JoinedRecord.open(done.path) as run:
        assert spectra(run) == ()
