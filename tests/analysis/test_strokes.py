"""Each displacement of a recorded run says what moved the press, from a replay."""

import gzip
from collections.abc import Iterator
from itertools import groupby, pairwise
from math import isnan
from pathlib import Path

import pytest

from fixture.analysis import strokes
from fixture.analysis.strokes import Displacement, displacements
from fixture.cli.errors import UsageError
from fixture.cli.options import ReplayOptions
from fixture.cli.replay import replay
from fixture.record.errors import RecordError
from fixture.record.reader import Record
from tests.cli.live_runs import isostack

RECORD = Path(__file__).parents[2] / "data" / "press-and-cycle.h5.gz"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded run, unpacked."""
    path = tmp_path_factory.mktemp("strokes") / "run.h5"
    path.write_bytes(gzip.decompress(RECORD.read_bytes()))
    return path


@pytest.fixture(scope="module")
def record(path: Path) -> Iterator[Record]:
    """The same, open."""
    with Record.open(path) as record:
        yield record


@pytest.fixture(scope="module")
def found(record: Record) -> list[Displacement]:
    """All displacements of the run."""
    return list(displacements(record))


def near(found: list[Displacement]) -> list[Displacement]:
    """Those that the dead band decided on."""
    return [one for one in found if not isnan(one.dead_band_mpa)]


def test_the_run_approaches_and_then_identifies(found: list[Displacement]) -> None:
    kinds = [kind for kind, _ in groupby(one.why.split(",")[0] for one in found)]
    assert kinds[:2] == ["approach", "identification"]


def test_every_slip_of_the_identification_is_named(found: list[Displacement]) -> None:
    named = {one.why for one in found if one.why.startswith("identification")}
    assert named == {f"identification, slip {count} of 5" for count in range(1, 6)}


def test_a_stroke_at_a_small_error_is_an_early_one(found: list[Displacement]) -> None:
    for one in near(found):
        early = abs(one.error_mpa) < one.dead_band_mpa
        assert one.why.endswith(", early") == (early and not one.why.startswith("increment"))


def test_an_increment_adds_to_the_travel_of_its_stroke(found: list[Displacement]) -> None:
    for one in near(found):
        alone = one.travel_um == pytest.approx(abs(one.size_um))
        assert one.why.startswith("increment") != alone


def test_a_reversal_goes_against_the_stroke_before(found: list[Displacement]) -> None:
    for before, one in pairwise(found):
        if not isnan(one.dead_band_mpa):
            against = before.size_um * one.size_um < 0.0
            assert one.why.startswith("reversal") == against


def test_a_record_of_another_core_is_refused(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strokes, "CORE_VERSION", record.config.core_version + 1)
    with pytest.raises(RecordError, match="which decides otherwise; install the isostack that"):
        next(displacements(record))


def test_the_command_lists_them(path: Path, found: list[Displacement]) -> None:
    code, said, complaint = isostack("replay", str(path), "--strokes")
    assert (code, complaint) == (0, "")
    head, *rows = said.splitlines()
    assert head.split()[-1] == "why"
    assert [row.endswith(one.why) for row, one in zip(rows, found, strict=True)] == [True] * len(
        found
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (ReplayOptions((Path("a"),), True, False, strokes=True), "three questions; ask one"),
        (ReplayOptions((Path("a"), Path("b")), False, False, strokes=True), "one record at a time"),
    ],
)
def test_what_is_asked_together_is_refused(options: ReplayOptions, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replay(options)
