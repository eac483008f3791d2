"""A record that version 2 of the core made is read as ever, and is not compared by a replay."""

import gzip
from pathlib import Path

import pytest

from fixture.analysis.replay import verify
from fixture.cli.options import ReplayOptions
from fixture.cli.recover import recover
from fixture.cli.replay import replay
from fixture.cli.summarise import RunSummary
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import EventKind
from fixture.record.reader import Record

STORED = Path(__file__).with_name("core-version-2.h5.gz")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The record as a plain file."""
    path = tmp_path / "older.h5"
    path.write_bytes(gzip.decompress(STORED.read_bytes()))
    return path


def test_its_configuration_is_read_under_the_names_of_today(older: Path) -> None:
    with Record.open(older) as record:
        assert record.config.core_version == 2
        assert record.config.steps[0].kind == Kind.PRESSURE
        assert record.config.nominal.stick_band_um > 0.0
        assert record.config.parts.identification


def test_its_ticks_events_and_outcome_are_read(older: Path) -> None:
    with Record.open(older) as record:
        assert record.finished
        assert len(list(record.samples())) == record.ticks.rows > 0
        events = zip(record.events["kind"].tolist(), record.events["code"].tolist(), strict=True)
        assert (EventKind.TRIP, Trip.FORCE_STALE) in list(events)


def test_it_is_not_compared_but_its_check_sums_are(older: Path) -> None:
    with Record.open(older) as record:
        verdict = verify(record)
    assert (verdict.core_version, verdict.ticks, verdict.damage) == (2, 0, ())
    assert not verdict.comparable()
    assert not verdict.good()


def test_nothing_suggests_to_compare_it(older: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = RunSummary.read(older)
    assert found.next_commands() == [f"isostack report {older}"]
    recover(older, None, json=False)
    said = capsys.readouterr().out
    assert "--verify" not in said
    assert "nothing to compare: version 2 of the core made it" in said


def test_replay_says_which_version_made_it(older: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(ReplayOptions((older,), verify=True, json=False)) == 1
    said = capsys.readouterr().out
    assert "not compared: version 2 of the core made the record" in said
    assert "not equal" not in said
