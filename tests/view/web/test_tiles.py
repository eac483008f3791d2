"""What a browser gets of the log is what `rows` gives, to the precision of float32."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fixture.analysis.rows import Rows
from fixture.view.web import tiles
from fixture.view.web.tiles import TileError
from tests.view.web.served import Served

NAMES = ["surface_pressure_pa", "voltage_volt"]


def unpacked(data: bytes) -> tuple[dict[str, Any], NDArray[np.float64], NDArray[np.float32]]:
    """Head, times, and everything that follows."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    assert (4 + length) % 8 == 0
    time_s = np.frombuffer(data, "<f8", head["rows"], 4 + length)
    return head, time_s, np.frombuffer(data, "<f4", -1, 4 + length + 8 * head["rows"])


@pytest.mark.parametrize("log_rows", [1, 60])
def test_columns_follow_in_the_order_of_their_names(log_rows: int) -> None:
    time_s = np.arange(3.0)
    low = {name: np.full(3, 1.0 + i) for i, name in enumerate(NAMES)}
    high = {name: np.full(3, 11.0 + i) for i, name in enumerate(NAMES)}
    head, found_s, values = unpacked(tiles.packed(Rows(time_s, low, high, log_rows, low)))
    assert head == {"rows": 3, "log_rows": log_rows, "names": NAMES}
    assert found_s.tolist() == [0.0, 1.0, 2.0]
    each = [1.0, 11.0, 2.0, 12.0] if log_rows > 1 else [1.0, 2.0]
    assert values.tolist() == [value for value in each for _ in range(3)]


def test_a_stretch_of_a_record_is_that_of_rows(served: Served) -> None:
    query = {"begin": "10", "end": "200", "pixels": "40", "names": ",".join(NAMES)}
    answer = served.browser().get("/api/runs/run/rows", params=query)
    head, time_s, values = unpacked(answer.content)
    expected = served.catalogue.get("run").source.rows(10.0, 200.0, 40, NAMES)
    assert head["names"] == NAMES
    assert time_s.tolist() == expected.time_s.tolist()
    pressure = expected.minimum["surface_pressure_pa"].astype("f4")
    assert values[: len(pressure)].tolist() == pressure.tolist()


@pytest.mark.parametrize(
    "asked",
    [
        {"begin": "1", "end": "0", "pixels": "5"},
        {"begin": "nan", "end": "1", "pixels": "5"},
        {"begin": "0", "end": "inf", "pixels": "5"},
        {"begin": "0", "end": "1", "pixels": "0"},
        {"begin": "0", "end": "1", "pixels": "99999"},
        {"begin": "0", "end": "1", "pixels": "5", "names": "no_such_column"},
        {"begin": "0", "end": "1"},
        {"begin": "x", "end": "1", "pixels": "5"},
    ],
)
def test_a_stretch_that_is_none_is_refused(served: Served, asked: dict[str, str]) -> None:
    answer = served.browser().get("/api/runs/run/rows", params=asked)
    assert (answer.status_code, "error" in answer.json()) == (400, True)


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(TileError, match="secret"):
        tiles.checked(0.0, 1.0, 10, ["secret"])
