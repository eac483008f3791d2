"""The public API reads a run whole, in parts, live and cut off, and says clearly what it cannot."""

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import isostack
from fixture.analysis.hold_error import hold_error
from fixture.core.types import Event, EventKind
from fixture.record.columns import LAYOUT
from fixture.record.parts import part_files
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from fixture.runtime.registry import part_path
from isostack.follow import follow
from isostack.table import as_text
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "how-to" / "notebook.md"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the twin that is kept in `data/`."""
    return unpacked("press-and-cycle", tmp_path_factory.mktemp("api"))


def unpacked(name: str, folder: Path) -> Path:
    """A record of `data/` as `run.h5` in a folder."""
    path = folder / "run.h5"
    path.write_bytes(gzip.decompress((ROOT / "data" / f"{name}.h5.gz").read_bytes()))
    return path


def written(path: Path, first: int, last: int, name: str = HEADER.name) -> RecordWriter:
    """A record of ticks, still open for writing and synced."""
    header = type(HEADER)(name=name, start_unix_ns=HEADER.start_unix_ns + first)
    writer = RecordWriter.create(path, header, make_config(), TRUTH)
    for tick in range(first, last):
        event = Event(tick * 10**8, tick, EventKind.SLIP.value, 1, 0.25)
        writer.append(make_frame(tick, position=tick, events=(event,)), (float(tick), 0.5))
    writer.sync()
    return writer


def finished(path: Path, first: int, last: int, name: str = HEADER.name) -> None:
    """A record of ticks."""
    written(path, first, last, name).finish("done", HEADER.start_unix_ns)


def test_the_columns_are_those_of_the_record(stored: Path) -> None:
    with isostack.open(stored) as run, Record.open(stored) as record:
        assert list(run.log) == list(record.log)
        assert list(run.truth) == list(record.twin)
        assert list(run.cycles) == list(record.cycles)
        for name in run.log:
            np.testing.assert_array_equal(run.log[name], record.log[name])
        np.testing.assert_array_equal(run.hold_error().measured, hold_error(record).measured)


def test_columns_have_units(stored: Path) -> None:
    with isostack.open(stored) as run:
        assert run.log.units["surface_pressure_pa"] == "Pa"
        assert run.truth.units["true_pressure_pa"] == "Pa"
        assert run.cycles.units["charging_capacity_ah"] == "A.h"
        assert run.events.units == {
            "test_time_second": "s", "tick": "", "kind": "", "code": "", "value": "", "text": "",
        }  # fmt: skip


def test_events_are_words(stored: Path) -> None:
    with isostack.open(stored) as run:
        events = run.events
        assert events["test_time_second"][0] == 0.0
        assert {"settled", "cycle_begin", "slip"} <= set(events["kind"].tolist())
        slips = events["text"][events["kind"] == "slip"].tolist()
        assert all(re.fullmatch(r"the press slips: [+-]\S+ MPa", text) for text in slips)


def test_a_text_that_is_too_long_is_cut_at_a_letter(tmp_path: Path) -> None:
    path, text = tmp_path / "run.h5", "request: holds, by " + 60 * "ж"
    writer = RecordWriter.create(
        path, HEADER, make_config(), words=lambda event, _: text if event.code else ""
    )
    writer.append(make_frame(0, events=(Event(0, 0, EventKind.REQUEST, 6, 0.0),)))
    writer.finish("done", 0)
    with isostack.open(path) as run:
        assert run.events["text"].tolist() == [text[:69]]


def test_a_text_that_an_older_record_cut_within_a_letter_is_read() -> None:
    cut = np.array([("x" + 60 * "ж").encode()[:120]])
    assert as_text(cut).tolist() == ["x" + 59 * "ж" + "\N{REPLACEMENT CHARACTER}"]


def test_a_run_knows_what_made_it(stored: Path) -> None:
    with isostack.open(str(stored)) as run:
        assert (run.name, run.outcome, run.finished) == ("press-and-cycle", "done", True)
        assert run.files == (stored,)
        assert run.profile == (ROOT / "data" / "press-and-cycle.yaml").read_text(encoding="utf-8")
        assert "trinamic-tmcl" in run.rig
        assert run.config.area_mm2 > 0.0
        assert "isostack" in run.versions
        assert repr(run) == "<isostack.Run 'press-and-cycle', done, 1 file(s)>"


def test_the_picture_is_that_of_the_run(stored: Path, tmp_path: Path) -> None:
    with isostack.open(stored) as run:
        picture = run.plot()
    picture.save(tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes() == picture.png
    assert picture.png.startswith(b"\x89PNG")


def test_a_table_says_its_columns_and_rows(stored: Path) -> None:
    with isostack.open(stored) as run:
        assert run.cycles.rows == 2
        assert repr(run.cycles).startswith("Table of 2 rows: ")
        assert "begin_second / s" in repr(run.cycles)
        assert len(run.cycles) == len(list(run.cycles))
        with pytest.raises(KeyError, match="pressure'; the columns are test_time_second"):
            run.log["pressure"]


def test_a_closed_run_says_so(stored: Path) -> None:
    run = isostack.open(stored)
    log, events = run.log, run.events
    run.close()
    for read in (lambda: log["voltage_volt"], lambda: events["kind"], run.hold_error, run.plot):
        with pytest.raises(ValueError, match="the run is closed"):
            read()


def test_parts_are_joined(tmp_path: Path) -> None:
    finished(tmp_path / "run.h5", 0, 700)
    finished(tmp_path / "run.part2.h5", 700, 750)
    finished(tmp_path / "run.part3.h5", 760, 800)
    with isostack.open(tmp_path / "run.h5") as run:
        ticks = run.events["tick"].tolist()
        assert ticks == [*range(750), *range(760, 800)]
        assert np.all(np.diff(run.log["test_time_second"]) > 0.0)
        assert run.log.rows == len(run.truth["true_pressure_pa"]) == len(run.hold_error().measured)
        assert len(run.files) == 3
    with isostack.open(tmp_path / "run.part2.h5") as run:
        assert run.events["tick"].tolist() == list(range(700, 750))


def test_parts_are_named_as_the_recorder_names_them(tmp_path: Path) -> None:
    files = [part_path(tmp_path, "cell-7", part) for part in range(1, 4)]
    for file in files:
        file.touch()
    assert part_files(files[0]) == files


def test_a_part_of_another_run_is_refused(tmp_path: Path) -> None:
    finished(tmp_path / "run.h5", 0, 20)
    finished(tmp_path / "run.part2.h5", 20, 40, name="another")
    with pytest.raises(isostack.RecordError, match=r"not a part of the run in run\.h5"):
        isostack.open(tmp_path / "run.h5")


def test_a_live_run_shows_what_was_written_when_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = written(path, 0, 650)
    with isostack.open(path) as run:
        assert (run.finished, run.outcome) == (False, "")
        assert "not finished" in repr(run)
        assert run.events["tick"].tolist() == list(range(650))
        before = run.log.rows
        writer.append(make_frame(650), (0.0, 0.5))
        writer.append(make_frame(651), (0.0, 0.5))
        writer.sync()
        assert run.log.rows == before
    with isostack.open(path) as run:
        assert run.log.rows > before
    writer.close()


def test_what_is_no_record_is_one_clear_error(stored: Path, tmp_path: Path) -> None:
    text, foreign, newer, short = (tmp_path / name for name in ("a.h5", "b.h5", "c.h5", "d.h5"))
    text.write_text("time,pressure\n")
    with h5py.File(foreign, "w") as file:
        file["x"] = 1
    shutil.copy(stored, newer)
    with h5py.File(newer, "r+") as file:
        file["entry"].attrs["layout"] = LAYOUT + 1
    short.write_bytes(stored.read_bytes()[:-1000])
    for path, words in (
        (tmp_path / "none.h5", "No such file or directory"),
        (text, "not an HDF5 file, so no record of isostack"),
        (foreign, "an HDF5 file of another program"),
        (newer, "Upgrade isostack"),
        (short, "damaged or cut short"),
    ):
        with pytest.raises(isostack.RecordError, match=words):
            isostack.open(path)


def test_the_public_names_are_these() -> None:
    assert isostack.API_VERSION == 1
    assert isostack.__all__ == [
        "API_VERSION", "LiveRun", "Picture", "RecordError", "Rows", "Run", "RunError", "Spectrum",
        "Table",
        "Watched", "__version__", "connect", "open",
    ]  # fmt: skip
    public = (getattr(isostack, name) for name in isostack.__all__)
    assert all(each.__doc__ for each in public if callable(each))


def test_matplotlib_is_loaded_only_for_a_picture() -> None:
    code = "import sys, isostack; print('matplotlib' in sys.modules, 'instruments' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_guides_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked("traced", tmp_path)
    monkeypatch.chdir(tmp_path)
    blocks = [part.split("```")[0] for part in GUIDE.read_text("utf-8").split("```python\n")[1:]]
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert len(blocks) >= 3
    assert (tmp_path / "run.png").exists()


def test_a_table_becomes_a_frame_and_a_dataset(stored: Path) -> None:
    with isostack.open(stored) as run:
        frame, data = run.log.to_pandas(), run.log.to_xarray()
        pressure = run.log["surface_pressure_pa"]
        assert run.events.to_pandas()["kind"].iloc[0] == run.events["kind"][0]
        assert run.cycles.to_pandas().index.tolist() == [1, 2]
        assert run.truth.to_xarray().sizes == {"row": len(pressure)}
    np.testing.assert_array_equal(frame["surface_pressure_pa"].to_numpy(), pressure)
    assert frame.index.name == "test_time_second"
    assert frame.attrs["units"]["voltage_volt"] == "V"
    np.testing.assert_array_equal(data["surface_pressure_pa"], pressure)
    assert data["surface_pressure_pa"].attrs["units"] == "Pa"
    assert data["surface_pressure_pa"].dims == ("test_time_second",)


def test_without_pandas_the_extra_is_named(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "xarray", None)
    with isostack.open(stored) as run:
        for convert in (run.log.to_pandas, run.log.to_xarray):
            with pytest.raises(ImportError, match=r"pip install 'isostack\[notebook\]'"):
                convert()


def test_rows_thin_the_log(stored: Path) -> None:
    with isostack.open(stored) as run:
        thin, every = run.rows(pixels=50), run.rows(10.0, 11.0, 500, ["voltage_volt"])
        pressure = run.log["surface_pressure_pa"]
    assert len(thin.time_s) <= 50
    assert thin.maximum["surface_pressure_pa"].max() == pressure.max()
    assert (every.log_rows, list(every.mean)) == (1, ["voltage_volt"])


def test_rows_of_a_column_that_is_not_there_name_those_that_are(stored: Path) -> None:
    with (
        isostack.open(stored) as run,
        pytest.raises(KeyError, match=r"'volts'; the columns are test_time_second, .*voltage_volt"),
    ):
        run.rows(pixels=10, names=["volts"])


def test_a_folder_is_no_record_and_its_records_are_named(stored: Path) -> None:
    with pytest.raises(isostack.RecordError, match=rf"is a folder\..*{stored.name}"):
        isostack.open(stored.parent)


def test_a_growing_run_is_followed_to_its_end(tmp_path: Path) -> None:
    writer = written(tmp_path / "run.h5", 0, 650)
    ticks = iter(range(650, 1500))
    looks: list[float] = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        for tick in (next(ticks) for _ in range(425)):
            writer.append(make_frame(tick), (0.0, 0.5))
        writer.finish("done", 0) if len(looks) == 2 else writer.sync()

    with isostack.open(tmp_path / "run.h5") as run:
        shown = run.log.rows
    times = [row["test_time_second"] for row in follow(tmp_path / "run.h5", shown, wait)]
    assert times == [pytest.approx(0.1 * row) for row in range(shown, 1500)]
    assert looks == [1.0, 1.0]


def test_a_run_without_a_recorder_is_not_followed_for_ever(tmp_path: Path) -> None:
    written(tmp_path / "run.h5", 0, 650).close()
    looks: list[float] = []
    assert len(list(follow(tmp_path / "run.h5", 0, looks.append))) == 650
    assert sum(looks) == 10.0


def test_a_finished_run_is_followed_no_further(stored: Path) -> None:
    with isostack.open(stored) as run:
        assert list(run.follow()) == []


def test_a_run_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(isostack.RunError, match="no such directory, and no run in it"):
        isostack.connect(tmp_path / "nowhere")
