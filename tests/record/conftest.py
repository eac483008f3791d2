"""Runs to read: one finished record full of awkward values, made once."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fixture.core.safety.trips import Trip
from fixture.core.types import CellMode, Event, EventKind, Flag, Request
from fixture.frame.frame import Frame, SpectrumPoint
from fixture.record.writer import RecordWriter
from tests.record.synthetic import (
    ALL_NEW,
    HEADER,
    START_UNIX_NS,
    TRUTH,
    make_config,
    make_frame,
    realistic,
)

NAN = float("nan")
END_UNIX_NS = START_UNIX_NS + 3_600_000_000_000


class Run(NamedTuple):
    """A finished record and the frames that went in."""

    path: Path
    frames: list[Frame]


def awkward_frames() -> list[Frame]:
    """More than two chunks and a part of one: noise, absences, requests, a trip, gaps."""
    frames = [frame for frame, _ in realistic(1300, 100_000_000)]
    blank: dict[str, Any] = {"voltage_v": NAN, "current_a": NAN, "temperature_c": NAN}
    tick = 1300
    for flags in (0, Flag.FORCE_FAULT.value, ALL_NEW):
        frames.append(make_frame(tick, flags=flags, **(blank if flags != ALL_NEW else {})))
        tick += 1
    tick += 50  # a gap
    extremes: dict[str, Any] = {
        "counts": (-(2**31), 2**31 - 1, 0),
        "position": -1,
        "current_a": -0.0,
    }
    frames.append(make_frame(tick, press_um=-499.99999904632568, **extremes))
    tick += 1
    spectrum: dict[str, Any] = {"cell_mode": int(CellMode.IMPEDANCE), "row": 2}
    point = SpectrumPoint(1, 1e5, 50.0, NAN, True)
    frames.append(make_frame(tick, point=point, **spectrum))
    frames.append(make_frame(tick + 1, request=Request.STOP.value, request_value=-1.5))
    frames.append(make_frame(tick + 2, request_value=2.5, sent_lag=3, expires_ns=0, press_mode=0))
    trip = Event((tick + 3) * 10**8, tick + 3, EventKind.TRIP, Trip.OVER_FORCE, NAN)
    odd = Event((tick + 3) * 10**8, tick + 3, 99, -7, float("inf"))
    frames.append(make_frame(tick + 3, events=(trip, odd), age_cell_us=2**40, phase=4))
    tick += 100_004  # a long gap, over which the log begins again
    frames += [make_frame(tick + i, t_ns=(tick + i) * 10**8 + 777_000) for i in range(25)]
    return frames


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished record of the awkward frames."""
    path = tmp_path_factory.mktemp("record") / "run.h5"
    frames = awkward_frames()
    writer = RecordWriter.create(path, HEADER, make_config(), TRUTH)
    for frame in frames:
        writer.append(frame, (frame.status.pressure_mpa * 1e6, 1e-3))
        if frame.sample.tick % 600 == 0:
            writer.checkpoint(frame.sample.tick, frame.sample.tick.to_bytes(8, "big"))
        if frame.sample.tick % 97 == 0:
            writer.sync()
    writer.finish("tripped: over force", END_UNIX_NS)
    return Run(path, frames)
