"""What the broker did not get comes from the record: events of ended runs, rows that are lost."""

import gzip
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from fixture.lab import fill
from fixture.record.parts import JoinedRecord
from fixture.runtime.errors import RunError
from fixture.runtime.link.client import Client
from fixture.runtime.process import this_machine
from fixture.runtime.registry import Registry, RunState
from fixture.view.recorded import notes_of
from tests.lab.brokers import BrokerProcess
from tests.lab.publishing import publishing, quick, stored_events
from tests.lab.test_publisher import Following
from tests.view.web.conftest import STORED
from tests.waiting import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The directory of a run that is over."""
    folder = tmp_path / "over"
    folder.mkdir()
    (folder / "one.h5").write_bytes(gzip.decompress(STORED.read_bytes()))
    state = RunState(
        "one", str(folder), tick=9, phase="ended", outcome="done", machine=this_machine()
    )
    state.write(folder)
    return folder


def test_a_run_is_known_by_when_its_record_begins(folder: Path) -> None:
    assert fill.run_id(folder, "one").isdecimal()
    assert fill.run_id(folder, "two") == ""


def test_a_stretch_of_rows_is_that_of_the_record_in_the_links_units(folder: Path) -> None:
    with closing(JoinedRecord.open(folder / "one.h5")) as record:
        times = np.asarray(record.log["test_time_second"])
        pressure = np.asarray(record.log["surface_pressure_pa"])
        tick_s = record.config.tick_ns * 1e-9
    after_s, before_s = float(times[10]), float(times[50])
    rows, each = fill.stretch(folder, "one", after_s, before_s)
    assert (len(rows), each) == (39, 1)
    assert [row.t_s for row in rows] == times[11:50].tolist()
    np.testing.assert_allclose([row.pressure_mpa or np.nan for row in rows], 1e-6 * pressure[11:50])
    assert [row.tick for row in rows] == [round(t / tick_s) for t in times[11:50]]


def test_a_long_stretch_is_given_as_means(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "MOST_ROWS", 20)
    rows, each = fill.stretch(folder, "one", -1.0, 1e9)
    assert len(rows) <= 20
    assert each > 1


def test_the_events_of_a_run_that_ended_before_are_stored_once(
    folder: Path, broker: BrokerProcess, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    registry.enter("one", folder)
    with closing(JoinedRecord.open(folder / "one.h5")) as record:
        notes = notes_of(record)
    for _ in range(2):
        with publishing(broker.access, registry), Following(broker) as seen:
            until(lambda: (report := seen.report()) is not None and report.over)
        found = stored_events(broker.access)
        assert sorted((e.tick, e.text) for e in found) == sorted((n.tick, n.text) for n in notes)
        assert [event.tick for event in found] == sorted(note.tick for note in notes)


@contextmanager
def twin_run(folder: Path) -> Generator[Path]:
    """The directory of a run on the twin in real time, that keeps on until it is stopped."""
    out = folder / "run"
    words = ["run", "manual", "--rig", "twin", "--name", "one", "--out", str(out), "--detach"]
    subprocess.run(
        [sys.executable, "-m", "fixture.cli.main", *words],
        stdin=subprocess.DEVNULL, capture_output=True, check=True,
    )  # fmt: skip
    try:
        yield out
    finally:
        with suppress(RunError), Client.connect(out) as client:
            client.request("stop")
        until(lambda: not RunState.read(out).alive())


@pytest.mark.realtime
def test_a_real_run_is_published_and_what_was_lost_is_filled_from_its_record(
    tmp_path: Path, broker: BrokerProcess, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    monkeypatch.setattr("fixture.lab.publisher.RECORD_S", 2.5)
    monkeypatch.setattr("fixture.lab.feed.SETTLE_S", 3.0)
    monkeypatch.setattr("fixture.lab.feed.MOST_ROWS", 1)
    with twin_run(tmp_path) as folder:
        with publishing(broker.access, registry) as publisher, Following(broker) as seen:
            until(lambda: seen.run().counts.rows > 5)
            broker.kill()
            first = seen.tick()
            until(lambda: RunState.read(folder).tick > first + 300)
            broker.start()
            until(lambda: publisher.said[-1].startswith("publishing"))
            until(lambda: seen.tick() > first)
            until(lambda: 0 < seen.run().counts.lost == seen.run().counts.filled)
            assert seen.run().counts.recorded > 0
            with Client.connect(folder) as client:
                client.request("stop")
            until(lambda: (report := seen.report()) is not None and report.over)
        with closing(JoinedRecord.open(folder / "one.h5")) as record:
            recorded = [note.tick for note in notes_of(record)]
    assert [event.tick for event in stored_events(broker.access)] == recorded
