"""Torn records of isostack 0.1, without an anchor: their rows come from their bytes.

`torn/*.h5.xz`: records of a 10 Hz run cut off in the middle of a flush, a random part of whose
pages is on the disk. HDF5 hangs on the first, refuses the second, and shows zeros of the third.
"""

import lzma
from pathlib import Path

import numpy as np
import pytest

from fixture.record import old_layout
from fixture.record.errors import DamagedError
from fixture.record.integrity import damage
from fixture.record.reader import Record
from fixture.record.recovery import recover

TORN = Path(__file__).parent / "torn"
ROWS = {"hdf5-hangs": (916, 316), "refused": (1806, 1806), "zeros-in-a-chunk": (4952, 5427)}


@pytest.fixture(params=list(ROWS))
def torn(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.h5"
    path.write_bytes(lzma.decompress((TORN / f"{path.name}.xz").read_bytes()))
    return path


def test_every_acknowledged_row_of_a_torn_record_is_recovered(torn: Path):
    done = recover(torn)
    assert (done.ticks, done.log_rows) == ROWS[torn.stem]
    with Record.open(done.path) as record:
        assert damage(record) == ()
        assert np.array_equal(record.ticks["tick"], np.arange(done.ticks))
        assert np.array_equal(record.ticks["position"], np.arange(done.ticks))
        assert np.allclose(record.log["test_time_second"], np.arange(done.log_rows) / 10)
        assert all(len(point.payload) > 0 for point in record.checkpoints)


def test_a_child_that_says_nothing_in_time_is_ended(torn: Path):
    with pytest.raises(DamagedError, match="cannot read its configuration"):
        old_layout.salvaged(torn, start_s=0.0)
