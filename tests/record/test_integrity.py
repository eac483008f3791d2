"""An altered number is found and its rows are named; an honest record is clean."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from fixture.record.columns import LOG_CHUNK_ROWS, SUMMED_TABLES, log_table, ticks_table
from fixture.record.contents import Damage
from fixture.record.integrity import OF_BEGINNING, apart_from_chunks, damage
from fixture.record.nodes import dataset_at
from fixture.record.reader import Record
from tests.record.conftest import Run
from tests.record.synthetic import TRUTH

PLACES = {
    table.name: [f"{column.group or table.name}/{column.name}" for column in table.columns]
    for table in (ticks_table(3), log_table(TRUTH))
}
ROWS = (100, 700)  # each in a chunk of its own, which has a check sum of its own
ROUNDS = range(-(-max(map(len, PLACES.values())) // len(ROWS)))


SMALL = [f"{t.name}/{c.name}" for t in SUMMED_TABLES.values() for c in t.columns]


@pytest.mark.parametrize("place", SMALL)
def test_one_altered_number_in_a_small_table_is_found(run: Run, tmp_path: Path, place: str):
    path = tmp_path / "altered.h5"
    path.write_bytes(run.path.read_bytes())
    with h5py.File(path, "r+") as file:
        column = dataset_at(file, f"entry/{place}")
        raw = bytearray(np.asarray(column[...]).tobytes()[: column.dtype.itemsize])
        raw[0] ^= 1
        column[0] = np.frombuffer(bytes(raw), column.dtype)[0]
    with Record.open(path) as record:
        assert place.split("/", maxsplit=1)[0] in {
            found.table for found in apart_from_chunks(record)
        }


@pytest.mark.parametrize("place", ["profile", "rig", "title", "sample/name", "config/area_mm2"])
def test_an_altered_text_or_setting_is_found(run: Run, tmp_path: Path, place: str):
    path = tmp_path / "altered.h5"
    path.write_bytes(run.path.read_bytes())
    with h5py.File(path, "r+") as file:
        text = dataset_at(file, f"entry/{place}")
        text[()] = 5.0 if text.dtype.kind == "f" else b"x"
    with Record.open(path) as record:
        assert damage(record) == (OF_BEGINNING,)


def test_an_honest_record_is_clean(run: Run):
    with Record.open(run.path) as record:
        assert damage(record) == ()


@pytest.mark.parametrize("number", ROUNDS)
def test_one_altered_number_in_any_column_is_found(run: Run, tmp_path: Path, number: int):
    """In each chunk of a file one column is altered: all columns in as many files as need be."""
    path = tmp_path / "altered.h5"
    path.write_bytes(run.path.read_bytes())
    expected: list[Damage] = []
    with h5py.File(path, "r+") as file:
        for table, places in PLACES.items():
            for place, row in zip(places[len(ROWS) * number :], ROWS, strict=False):
                column = dataset_at(file, f"entry/{place}")
                column[row] = column[row] + 1 if column[row] == column[row] else 1
                expected.append(Damage(table, row // LOG_CHUNK_ROWS * LOG_CHUNK_ROWS, 600))
    with Record.open(path) as record:
        assert damage(record) == tuple(expected)
