"""What is exported opens in the programs that it is for, with the numbers of the record."""

import csv
import hashlib
import importlib
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import h5py
import numpy as np
import pytest
import xarray
from rocrate.rocrate import ROCrate

from fixture.analysis.export.columns import COLUMNS
from fixture.cli import report_whole
from fixture.core.types import EventKind
from fixture.record.parts import JoinedRecord
from fixture.record.reader import Record
from tests.analysis import made_runs
from tests.cli.test_main import isostack
from tests.cli.test_results import no_pictures


@pytest.fixture(scope="module", params=["one file", "parts"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make = made_runs.finished if request.param == "one file" else made_runs.in_parts
    return make(tmp_path_factory.mktemp("export"))


def exported(run: Path, kind: str, out: Path) -> Path:
    """The file that `export` writes."""
    code, _, complaint = isostack("export", str(run), "--format", kind, "--out", str(out))
    assert (code, complaint) == (0, "")
    return out


@pytest.fixture(scope="module")
def archive(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run for an electronic laboratory notebook, with its report; drawing takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_whole, "_pictures", no_pictures)
        return exported(run, "eln", tmp_path_factory.mktemp("eln") / "run.eln")


def log(run: Path) -> dict[str, Any]:
    """The log of a record."""
    with JoinedRecord.open(run) as record:
        return dict(record.log)


@pytest.mark.parametrize(("kind", "suffix"), [("bdf-csv", "csv"), ("bdf-parquet", "parquet")])
def test_the_battery_data_format_is_valid(
    run: Path, tmp_path: Path, kind: str, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where batterydf keeps what it finds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bdf = importlib.import_module("bdf")
        table = importlib.import_module("bdf.io").load(
            exported(run, kind, tmp_path / f"run.bdf.{suffix}")
        )
        report = bdf.validate(table, raise_on_error=True)
    assert report["ok"]
    assert report["time_stats"]["monotonic"]
    names = {column.label if kind == "bdf-csv" else column.name for column in COLUMNS}
    assert set(report["extras"]) < names
    for label, name in (("Voltage / V", "voltage_volt"), ("Current / A", "current_ampere")):
        np.testing.assert_allclose(table[label], log(run)[name], atol=1e-6)
    pressure = log(run)["surface_pressure_pa"]
    np.testing.assert_allclose(table["Applied Pressure / Pa"], pressure, atol=1.0)


def test_capacities_rise_and_are_those_of_the_cycles(run: Path, tmp_path: Path) -> None:
    path = exported(run, "bdf-csv", tmp_path / "run.bdf.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    charged = [float(row["Charging Capacity / Ah"]) for row in rows]
    assert charged == sorted(charged)
    whole = 2 * made_runs.CURRENT_A * made_runs.HALF_S / 3600.0
    assert charged[-1] == pytest.approx(whole, rel=0.01)
    assert {row["Step Type"] for row in rows} <= {"CC_CHG", "CC_DCH", "REST", "OCV"}


def test_the_sidecar_says_what_the_file_is_of(run: Path, tmp_path: Path) -> None:
    exported(run, "bdf-csv", tmp_path / "run.bdf.csv")
    told = json.loads((tmp_path / "run.bdf.metadata.json").read_text(encoding="utf-8"))
    assert told["test"]["conditions"]["applied_pressure"][-1] == pytest.approx(15_000.0)
    assert told["cell"]["name"] == "Na-µ-7"
    assert told["protocol"]["definition"].startswith("name: hold")
    named = [
        one["machine_name"] for one in told["battinfo_dataset"]["dataset"]["variable_measured"]
    ]
    assert named == [column.name for column in COLUMNS]


def test_a_plain_csv_has_every_column_of_the_log(run: Path, tmp_path: Path) -> None:
    path = exported(run, "csv", tmp_path / "run.csv")
    heads = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [head.split(" [")[0] for head in heads] == list(log(run))
    assert "surface_pressure_pa [Pa]" in heads


def test_a_joined_record_opens_in_h5py_xarray_and_isostack(run: Path, tmp_path: Path) -> None:
    path = exported(run, "hdf5", tmp_path / "whole.h5")
    with h5py.File(path) as file:
        assert file.attrs["default"] == "entry"
    with xarray.open_dataset(path, engine="h5netcdf", group="entry/log") as found:
        assert "test_time_second" in found.coords
        np.testing.assert_array_equal(found["voltage_volt"].to_numpy(), log(run)["voltage_volt"])
    with Record.open(path) as record, JoinedRecord.open(run) as parts:
        assert record.finished
        assert record.outcome == "done"
        for name in parts.ticks:
            np.testing.assert_array_equal(record.ticks[name], parts.ticks[name])
        own = record.events["kind"] != EventKind.PART
        np.testing.assert_array_equal(record.events["tick"][own], parts.events["tick"])
    assert [file.name for file in tmp_path.iterdir()] == ["whole.h5"]


def test_an_eln_archive_is_one_folder_that_names_each_file_once(archive: Path) -> None:
    with zipfile.ZipFile(archive) as packed_files:
        names = packed_files.namelist()
        (root,) = {name.split("/")[0] for name in names}
        crate = json.loads(packed_files.read(f"{root}/ro-crate-metadata.json"))
        nodes = {node["@id"]: node for node in crate["@graph"]}
        assert len(nodes) == len(crate["@graph"])
        files = {key: node for key, node in nodes.items() if node["@type"] == "File"}
        packed = {f"./{name.removeprefix(f'{root}/')}" for name in names}
        assert set(files) == packed - {"./ro-crate-metadata.json"}
        for key, node in files.items():
            data = packed_files.read(f"{root}/{key.removeprefix('./')}")
            assert node["sha256"] == hashlib.sha256(data).hexdigest()
            assert node["contentSize"] == str(len(data))
    for node in nodes.values():
        assert all(part["@id"] in nodes for part in node.get("hasPart", []))
    assert {"version", "sdPublisher", "about", "conformsTo"} <= set(nodes["ro-crate-metadata.json"])
    assert any(key.endswith(".h5") for key in files)
    assert any(key.endswith("report.html") for key in files)


def test_an_eln_archive_is_a_research_object_crate(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as packed_files:
        packed_files.extractall(tmp_path / "crate")
    (folder,) = (tmp_path / "crate").iterdir()
    crate = ROCrate(folder)
    packed = {path for path in folder.rglob("*") if path.is_file()}
    listed = {folder / one.id for one in crate.get_entities() if one.type == "File"}
    assert listed == packed - {folder / "ro-crate-metadata.json"}
    assert crate.root_dataset["hasPart"]


def test_duckdb_reads_a_lake_in_which_no_run_hides_another(run: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    other = made_runs.finished(tmp_path)
    (tmp_path / "made-up.h5").rename(tmp_path / "second.h5")
    code, said, _ = isostack(
        "export", str(run), str(other.with_name("second.h5")), "--lake", str(lake), "--jobs", "1"
    )
    assert code == 1  # both began at once, and are not the same
    assert "another record of this name, cell and start is in the lake" in said
    query = (
        f"SELECT cell, count(*), max(surface_pressure_pa) "
        f"FROM read_parquet('{lake}/log/**/*.parquet', hive_partitioning = true) GROUP BY cell"
    )
    ((cell, rows, pressure),) = duckdb.connect().execute(query).fetchall()
    assert cell == "Na-µ-7"
    assert rows == len(log(run)["voltage_volt"])
    assert pressure == pytest.approx(15e6, rel=1e-3)
    assert not [path for path in lake.rglob("*") if path.name.endswith((".part", ".new"))]
