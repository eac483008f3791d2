"""Other programs open a finished record as it is, and xarray a live one too."""

import importlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import silx.io
import xarray as xr

from fixture.record.columns import log_table, ticks_table
from fixture.record.nodes import group_at, values_at
from fixture.record.writer import RecordWriter
from tests.record.conftest import Run
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame


@pytest.mark.parametrize(
    ("group", "axis"),
    [
        ("entry/log", "test_time_second"),
        ("entry/ticks", "tick"),
        ("entry/twin", "test_time_second"),
        ("entry/cycles", "cycle"),
        ("entry/events", "t_ns"),
        ("entry/requests", "tick"),
        ("entry/checks", "chunk"),
    ],
)
def test_xarray_opens_each_group_on_its_axis(run: Run, group: str, axis: str):
    with xr.open_dataset(run.path, engine="h5netcdf", group=group, decode_times=False) as data:
        assert all(variable.dims == (axis,) for variable in data.variables.values())
        assert len(data.data_vars) > 0


def test_xarray_sees_units_and_names(run: Run):
    with xr.open_dataset(
        run.path, engine="h5netcdf", group="entry/log", decode_times=False
    ) as data:
        assert data.surface_pressure_pa.attrs["units"] == "Pa"
        assert data.voltage_volt.attrs["long_name"] == "Voltage / V"
        assert data.test_time_second.attrs["start"].startswith("2026-")


def test_xarray_opens_a_live_record(tmp_path: Path):
    writer = RecordWriter.create(tmp_path / "run.h5", HEADER, make_config(), TRUTH)
    for tick in range(1300):
        writer.append(make_frame(tick), (1.0, 2.0))
    writer.sync()
    with xr.open_dataset(
        tmp_path / "run.h5", engine="h5netcdf", group="entry/log", decode_times=False,
        driver_kwds={"swmr": True},
    ) as data:  # fmt: skip
        assert data.sizes["test_time_second"] == 1200
    writer.close()


def test_silx_plots_the_pressure_by_default(run: Run):
    with silx.io.open(str(run.path)) as file:
        data = importlib.import_module("silx.io.nxdata").get_default(file)
        assert data.signal_name == "Surface Pressure / Pa"
        assert data.axes_names == ["Test Time / s"]
        assert data.auxiliary_signals_names == ["Stack Pressure Setpoint / Pa"]
        assert data.signal.shape == data.axes[0].shape


def test_plain_h5py_reads_every_column(run: Run):
    with h5py.File(run.path) as file:
        for table in (ticks_table(3), log_table(TRUTH)):
            rows = {
                values_at(file, f"entry/{c.group or table.name}/{c.name}").size
                for c in table.columns
            }
            assert len(rows) == 1


def test_the_default_plot_is_pressure_against_time(run: Run):
    with h5py.File(run.path) as file:
        assert file.attrs["default"] == "entry"
        assert str(file.attrs["file_time"]).startswith("2026-09-21T14:13:20")
        assert group_at(file, "entry").attrs["default"] == "data"
        plot = group_at(file, "entry/data")
        assert plot.attrs["NX_class"] == "NXdata"
        assert plot.attrs["signal"] == "surface_pressure_pa"
        assert np.asarray(plot.attrs["axes"]).tolist() == ["test_time_second"]
        assert plot["surface_pressure_pa"] == file["entry/log/surface_pressure_pa"]


def test_the_instruments_are_described(run: Run):
    with h5py.File(run.path) as file:
        instrument = group_at(file, "entry/instrument")
        assert group_at(instrument, "load_cell_2").attrs["NX_class"] == "NXsensor"
        assert values_at(instrument, "load_cell_2/name").item() == b"B"
        assert instrument["load_cell_2/value_log/raw_value"] == file["entry/ticks/counts_2"]
        assert group_at(instrument, "press").attrs["NX_class"] == "NXactuator"


def test_texts_and_times_are_plain_to_read(run: Run):
    with h5py.File(run.path) as file:
        entry = group_at(file, "entry")
        assert values_at(entry, "profile").item().decode() == HEADER.profile_text
        assert values_at(entry, "sample/name").item().decode() == "Na-µ-7"
        assert values_at(entry, "start_time").item() == b"2026-09-21T14:13:20.123456+00:00"
        assert entry.attrs["end_time"] == "2026-09-21T15:13:20.123456+00:00"
        assert values_at(entry, "config/limits/force_max_n") == 9000.0
