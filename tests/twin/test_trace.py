"""Reading and playing a measured trace."""

import gzip
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixture.twin.parameters import Column, TraceColumns
from fixture.twin.plant import Plant
from fixture.twin.trace import Player, TraceError, read_trace
from tests.twin.twins import IDEAL, SECOND, seen

COLUMNS = TraceColumns(
    time=Column("time_s"),
    current=Column("current_a", scale=7e-4),
    voltage=Column("voltage_v"),
    temperature=Column("temperature_degc"),
    thickness=Column("hoop_strain_ppm", swing=13.0),
    start_s=10.0,
)
HEADER = "time_s,cycle,current_a,voltage_v,temperature_degc,hoop_strain_ppm"
ROWS = ["0.0,1,1.0,3.0,24.0,-40.0", "1.0,1,1.0,3.2,24.5,-20.0", "3.0,1,-1.0,3.6,25.0,80.0"]


def written(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_columns_are_found_by_name_and_scaled(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "cell.csv", *ROWS), COLUMNS)
    assert trace.times_s == (0.0, 1.0, 3.0)
    assert trace.current_a == pytest.approx((7e-4, 7e-4, -7e-4))
    assert trace.thickness_um[2] - trace.thickness_um[0] == pytest.approx(13.0)
    assert (trace.start_s, trace.duration_s()) == (10.0, 3.0)


def test_a_gzipped_table_reads_the_same(tmp_path: Path) -> None:
    plain = written(tmp_path / "cell.csv", *ROWS)
    packed = tmp_path / "cell.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_trace(packed, COLUMNS) == read_trace(plain, COLUMNS)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["0,1,1,3,24"], r"cell\.csv:2: the row has no 'hoop_strain_ppm'"),
        ([ROWS[0], "1,1,one,3,24,0"], r"cell\.csv:3: 'one' in 'current_a' is not a number"),
        ([ROWS[0], "1,1,nan,3,24,0"], r"cell\.csv:3: nan in 'current_a'"),
        ([ROWS[0], "1_000,1,1,3,24,0"], r"cell\.csv:3: '1_000' in 'time_s' is not a number"),
        ([ROWS[0], "1" * 200_000], r"cell\.csv:3: longer than 100000 characters"),
        ([ROWS[1], ROWS[1]], r"cell\.csv:3: time 'time_s' goes from 1 to 1"),
        ([ROWS[0]], "at least two rows; this has 1"),
        ([ROWS[0], "1,1,1,3,24,-40"], "'hoop_strain_ppm' never changes"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(
    tmp_path: Path, rows: list[str], complaint: str
) -> None:
    with pytest.raises(TraceError, match=complaint):
        read_trace(written(tmp_path / "cell.csv", *rows), COLUMNS)


def test_a_missing_column_is_named_beside_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path / "cell.csv", header="time_s,amps")
    with pytest.raises(TraceError, match=r"cell\.csv:1: no column 'current_a'; .*time_s, amps"):
        read_trace(path, COLUMNS)


def test_a_file_that_is_not_there_or_not_gzip_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(tmp_path / "none.csv", COLUMNS)
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(written(tmp_path / "cell.csv.gz", *ROWS), COLUMNS)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TraceError, match="is no plain file but a folder, link, pipe or device"):
        read_trace(tmp_path / "pipe.csv", COLUMNS)


def test_a_column_in_kelvin_is_shifted_to_celsius(tmp_path: Path) -> None:
    kelvin = replace(COLUMNS, temperature=Column("temperature_degc", offset=-273.15))
    plain = read_trace(written(tmp_path / "cell.csv", *ROWS), COLUMNS)
    shifted = read_trace(tmp_path / "cell.csv", kelvin)
    assert shifted.temperature_degc[0] == plain.temperature_degc[0] - 273.15


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(read_trace(written(tmp_path / "cell.csv", *ROWS), COLUMNS))


def test_before_its_start_the_first_row_stands_without_current(player: Player) -> None:
    player.advance(9.9, 0.1)
    assert (player.current_a(), player.voltage_v(), player.swelling_um) == (0.0, 3.0, 0.0)


def test_it_is_interpolated_in_time(player: Player) -> None:
    player.advance(10.5, 0.1)
    assert player.voltage_v() == pytest.approx(3.1)
    player.advance(12.0, 0.1)
    assert player.voltage_v() == pytest.approx(3.4)
    assert player.surface_degc(0.0) == pytest.approx(24.75)


def test_after_its_end_the_thickness_stays_and_the_current_stops(player: Player) -> None:
    player.advance(20.0, 0.1)
    assert player.current_a() == 0.0
    assert player.swelling_um == pytest.approx(13.0)


def test_an_observed_cell_does_not_obey(player: Player) -> None:
    player.advance(10.5, 0.1)
    before = player.current_a()
    player.source_current(1.0, 5.0)
    player.source_voltage(0.0, 1.0)
    player.open_circuit()
    player.press(1.0)
    assert player.current_a() == before
    assert not player.limited()


def test_the_trace_moves_the_stack(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "cell.csv", *ROWS), COLUMNS)
    plant = Plant(replace(IDEAL, trace=trace))
    before = seen(plant, "true_pressure_pa")
    plant.advance(20 * SECOND)
    assert seen(plant, "breathing_metre") == pytest.approx(13e-6)
    assert seen(plant, "true_pressure_pa") > before
    assert plant.press.temperature_c() == pytest.approx(25.0)
