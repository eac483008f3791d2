"""What went in comes out, equal to the bit."""

import math
import struct

import numpy as np
import pytest

from fixture.core.types import EventKind, Request
from fixture.record.reader import Record
from tests.record.conftest import Run
from tests.record.synthetic import HEADER, TRUTH, make_config


def bits(value: object) -> bytes | object:
    """Floats by their bits, so that NaN equals NaN and 0.0 is not -0.0."""
    return struct.pack("<d", value) if isinstance(value, float) else value


def fields(value: object) -> list[object]:
    return [bits(getattr(value, name)) for name in value.__struct_fields__]  # pyright: ignore


def test_every_sample_comes_back_equal_to_the_bit(run: Run):
    with Record.open(run.path) as record:
        read = [fields(s) for s in record.samples()]
    assert read == [fields(f.sample) for f in run.frames]


def test_every_command_comes_back_equal_to_the_bit(run: Run):
    with Record.open(run.path) as record:
        read = [fields(c) for c in record.commands()]
    assert read == [fields(f.command) for f in run.frames]


def test_reading_may_begin_at_any_tick(run: Run):
    with Record.open(run.path) as record:
        row = record.row_of(run.frames[1250].sample.tick)
        assert next(record.samples(row)).tick == run.frames[1250].sample.tick
        assert row == 1250
        assert list(record.samples(record.ticks.rows)) == []


def test_lag_and_lateness_are_kept(run: Run):
    with Record.open(run.path) as record:
        assert record.ticks["sent_lag"].tolist() == [f.sent_lag for f in run.frames]
        assert record.ticks["late_us"].tolist() == [f.late_us for f in run.frames]


def test_header_configuration_and_outcome_come_back(run: Run):
    with Record.open(run.path) as record:
        assert record.header == HEADER
        assert record.config == make_config()
        assert record.truth == TRUTH
        assert record.finished
        assert record.outcome == "tripped: over force"


def test_a_request_is_in_its_tick_and_in_its_table(run: Run):
    with Record.open(run.path) as record:
        asked = record.requests
        stop = asked["tick"][0]
        assert asked["code"].tolist() == [Request.STOP, Request.NONE]
        assert asked["value"].tolist() == [-1.5, 2.5]
        assert next(record.samples(record.row_of(stop))).request == Request.STOP


def test_gaps_are_events_with_the_number_of_ticks_lost(run: Run):
    with Record.open(run.path) as record:
        gaps = record.events["kind"] == EventKind.GAP
        assert record.events["code"][gaps].tolist() == [50, 100_000]


def test_events_say_in_words_what_happened(run: Run):
    with Record.open(run.path) as record:
        texts = record.events["text"].tolist()
    assert b"trip: over force" in texts
    assert b"event 99: -7 (inf)" in texts


def test_checkpoints_come_back_with_their_length(run: Run):
    with Record.open(run.path) as record:
        found = record.checkpoints
    assert [c.tick for c in found] == [0, 600, 1200]
    assert found[1].payload == (600).to_bytes(8, "big")
    assert found[1].core_version == make_config().core_version


def test_cycles_are_added_up(run: Run):
    with Record.open(run.path) as record:
        cycles = record.cycles
    assert cycles["cycle"].tolist() == [1]
    assert cycles["complete"].tolist() == [0]
    assert cycles["pressure_mean_pa"][0] == pytest.approx(15e6, rel=0.01)


def test_the_log_has_a_row_for_each_instant_outside_the_long_gap(run: Run):
    with Record.open(run.path) as record:
        time_s = record.log["test_time_second"]
        unix_s = record.log["unix_time_second"]
    assert time_s[3] == 0.3
    assert np.all(np.diff(time_s) > 0.09)
    assert np.max(np.diff(time_s)) > 9000
    assert len(time_s) < len(run.frames) + 60
    assert unix_s[0] == pytest.approx(HEADER.start_unix_ns * 1e-9, abs=2e-6)


def test_the_truth_lies_on_the_rows_of_the_log(run: Run):
    with Record.open(run.path) as record:
        assert record.twin.rows == record.log.rows
        off = record.twin["true_pressure_pa"] - record.log["surface_pressure_pa"]
    near = off[np.isfinite(off)]
    assert len(near) > 1200
    assert np.max(np.abs(near)) < 20_000
    assert set(record.twin) == {"true_pressure_pa", "true_thickness_metre"}


def test_what_is_absent_is_nan_and_never_zero(run: Run):
    with Record.open(run.path) as record:
        row = record.row_of(1300)
        assert all(math.isnan(record.ticks[name][row]) for name in ("voltage", "current"))
