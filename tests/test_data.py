"""The stored records open, tell what the manifest says of them, and replay to the bit."""

import gzip
import hashlib
import json
from itertools import accumulate
from pathlib import Path
from statistics import mean
from typing import Any

import h5py
import pytest

from fixture.analysis.hold_error import hold_error, stretch
from fixture.analysis.replay import verify
from fixture.core.config import CORE_VERSION
from fixture.core.types import CellMode, EventKind, PressMode
from fixture.record.nodes import group_at, number_of
from fixture.record.reader import Record
from tests.made_trace import rows
from tests.refresh_data import DATA, MANIFEST, STORIES

ENTRIES: list[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
NAMES = [entry["file"] for entry in ENTRIES]
ADVICE = (
    "the core answers a stored record otherwise than when it was made; if that is meant, raise "
    "CORE_VERSION, run 'python -m tests.refresh_data' and say why"
)
SIZE_MAX = 550_000


def unpacked(name: str, folder: Path) -> Path:
    """A stored record as a plain file."""
    path = folder / name.removesuffix(".gz")
    path.write_bytes(gzip.decompress((DATA / name).read_bytes()))
    return path


def test_the_manifest_names_every_stored_record_and_no_other() -> None:
    assert sorted(NAMES) == sorted(path.name for path in DATA.glob("*.h5*"))
    assert [entry["story"] for entry in ENTRIES] == [story.told for story in STORIES]


def test_the_stored_records_are_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < SIZE_MAX


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_a_stored_record_is_what_the_manifest_says(entry: dict[str, Any], tmp_path: Path) -> None:
    packed = (DATA / entry["file"]).read_bytes()
    assert hashlib.sha256(packed).hexdigest() == entry["sha256"]
    path = unpacked(entry["file"], tmp_path)
    with h5py.File(path) as file:
        assert number_of(group_at(file, "entry"), "layout") == entry["layout"]
    with Record.open(path) as record:
        assert record.finished
        assert record.outcome == entry["outcome"]
        assert record.ticks.rows == entry["ticks"]
        assert len(record.cycles["cycle"]) == entry["cycles"]
        peak_mpa = 1e-6 * record.log["stack_pressure_peak_pa"][-1]
        assert peak_mpa == pytest.approx(entry["peak_mpa"], abs=1e-3)
        assert record.config.core_version == entry["core_version"] == CORE_VERSION, ADVICE
        profile = DATA.parent / entry["profile"]
        assert record.header.profile_text == profile.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_record_replays_to_the_bit(name: str, tmp_path: Path) -> None:
    with Record.open(unpacked(name, tmp_path)) as record:
        verdict = verify(record)
        assert verdict.good(), f"{verdict.difference} {verdict.damage}: {ADVICE}"
        assert verdict.ticks == record.ticks.rows
        assert verdict.checkpoints == len(record.checkpoints) >= 3


def test_the_silent_load_cells_leave_the_cell_open_and_the_press_stopped(tmp_path: Path) -> None:
    with Record.open(unpacked("silent-load-cells.h5.gz", tmp_path)) as record:
        kinds = record.events["kind"].tolist()
        assert kinds.index(EventKind.LINK_LOST) < kinds.index(EventKind.TRIP)
        modes = record.ticks["cell_mode"].tolist()
        lost = record.row_of(int(record.events["tick"][kinds.index(EventKind.LINK_LOST)]))
        assert (modes[lost], modes[-1]) == (CellMode.CURRENT, CellMode.OPEN)
        assert record.ticks["press_mode"][-1] == PressMode.STOP


def test_the_traced_run_is_held_much_better_than_a_fixed_gap_would(tmp_path: Path) -> None:
    with Record.open(unpacked("traced.h5.gz", tmp_path)) as record:
        error = hold_error(record)
        part = stretch(error)
        assert part is not None
        assert error.true is not None
        assert abs(error.true[part]).max() < abs(error.gap[part]).max() / 5
        assert set(record.ticks["cell_mode"].tolist()) <= {CellMode.OBSERVE, CellMode.OPEN}


def test_a_made_trace_is_a_breathing_cell() -> None:
    made = list(rows(2, 4.0))
    strain = [row.hoop_strain_ppm for row in made]
    assert 200.0 < max(strain) - min(strain) < 320.0
    assert {row.cycle for row in made} == {1, 2}
    assert all(2.3 < row.voltage_v < 4.3 for row in made)
    tail = [row for row in made if 0.0 < row.current_a < 2.9]
    assert all(row.voltage_v == pytest.approx(4.2, abs=0.02) for row in tail)
    assert len(tail) > 100


def test_a_made_trace_is_equal_from_time_to_time_and_its_noise_is_its_seed() -> None:
    assert list(rows(1, 8.0)) == list(rows(1, 8.0)) != list(rows(1, 8.0, seed=2))


def test_a_made_trace_has_hysteresis() -> None:
    made = list(rows(1, 2.0))
    charge_as = list(accumulate(row.current_a for row in made))
    half = max(charge_as) / 2.0
    branches = [
        [
            row.hoop_strain_ppm
            for row, charge in zip(made, charge_as, strict=True)
            if abs(charge - half) < half / 50.0 and row.current_a * sign > 0.0
        ]
        for sign in (1.0, -1.0)
    ]
    assert mean(branches[0]) - mean(branches[1]) > 15.0
