"""Chunks and ring rows, byte by byte."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.record.arrays import Gatherer, round_to
from fixture.record.columns import Column, Table, tick_chunk_rows
from fixture.record.packing import encode_chunk, padded, tail_rows, valid_rows
from tests.record.synthetic import make_frame

COLUMNS = (Column("a", "<i4", "", "A", "a"), Column("b", "<f8", "", "B", "b"))


def ring(rows: int, first: int, count: int) -> np.ndarray:
    """A ring of `rows` that holds `count` rows from `first` on."""
    new = tail_rows(first, COLUMNS, [np.arange(count, dtype="<i4"), np.zeros(count)])
    store = np.zeros(rows, new.dtype)
    store[np.arange(first, first + count) % rows] = new
    return store


@pytest.mark.parametrize("dtype", ["<i8", "<i4", "<u1", "<f4", "<f8"])
def test_hdf5_reads_back_what_we_compress(dtype: str, tmp_path: Path):
    values = np.arange(-50, 50).astype(dtype)
    with h5py.File(tmp_path / "chunk.h5", "w") as file:
        dataset = file.create_dataset(
            "x", (100,), dtype, chunks=(100,), shuffle=True, compression="gzip"
        )
        dataset.id.write_direct_chunk((0,), encode_chunk(values, 100, dtype))
        assert np.array_equal(dataset[()], values)


@pytest.mark.parametrize("rows", [99, 101])
def test_a_chunk_of_another_length_is_refused(rows: int):
    with pytest.raises(AssertionError, match="rows, not"):
        encode_chunk(np.zeros(100), rows, "<f8")


def test_a_chunk_of_another_type_is_refused():
    with pytest.raises(AssertionError, match="column of"):
        encode_chunk(np.zeros(100, "<f4"), 100, "<f8")


def test_padding_repeats_the_last_value():
    assert padded(np.array([1, 2]), 4).tolist() == [1, 2, 2, 2]


@settings(deadline=None)
@given(first=st.integers(0, 40), count=st.integers(0, 10), start=st.integers(0, 60))
def test_a_ring_gives_the_rows_that_follow_and_no_other(first: int, count: int, start: int):
    found = valid_rows(ring(10, first, count), start)["row"].tolist()
    assert found == (list(range(start, first + count)) if first <= start < first + count else [])


@settings(deadline=None)
@given(row=st.integers(0, 9), byte=st.integers(0, 23), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_row_is_noticed(row: int, byte: int, bit: int):
    store = ring(10, 0, 10)
    raw = bytearray(store.tobytes())
    raw[row * store.dtype.itemsize + byte] ^= 1 << bit
    assert len(valid_rows(np.frombuffer(raw, store.dtype), 0)) == row


def test_rounding_is_to_the_nearest_multiple():
    assert round_to(np.array([0.3, -0.3, 0.25]), 0.25).tolist() == [0.25, -0.25, 0.25]


def test_columns_are_taken_by_path_element_difference_and_scale():
    columns = (
        Column("second", "<i4", "", "", "sample.counts", element=1),
        Column("life", "<i8", "", "", "command.expires_ns", minus="sample.t_ns"),
        Column("metre", "<f8", "", "", "status.position_um", scale=1e-6),
    )
    gatherer = Gatherer(Table("t", "", columns, ""))
    rows = [gatherer.gather(make_frame(tick, counts=(1, tick, 3))) for tick in (4, 5)]
    assert [a.tolist() for a in gatherer.arrays(rows)] == [[4, 5], [300_000_000] * 2, [1.25e-5] * 2]


def test_no_rows_make_no_arrays():
    with pytest.raises(ValueError, match="no rows"):
        Gatherer(Table("t", "", COLUMNS, "")).arrays([])


def test_a_chunk_is_a_minute_and_not_too_long():
    assert [tick_chunk_rows(ns) for ns in (10**8, 10**7, 10**6, 10**11)] == [600, 6000, 20_000, 1]
