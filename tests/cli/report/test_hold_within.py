"""What a profile requires of a hold is stated beside what came of it."""

from pathlib import Path

import msgspec
import pytest

from fixture.cli.report.hold_within import required_lines
from fixture.cli.summarise import RunSummary
from fixture.record.writer import RecordWriter
from tests.config.cases import PROFILE
from tests.record.synthetic import HEADER, make_config, make_frame

TICK_NS = 10_000_000_000
WITHIN = PROFILE.replace("    at: cycling", "    hold_within: 0.2 %\n    at: cycling", 1)


def concluded(path: Path, profile: str) -> RunSummary:
    """A record of 15 MPa, 0.3 % too high in a seventh of the 700 s that count, else 0.1 %."""
    header = msgspec.structs.replace(HEADER, profile_text=profile)
    writer = RecordWriter.create(path, header, make_config(TICK_NS, TICK_NS))
    for tick in range(100):
        mpa = 15.0 * (1.003 if tick >= 90 else 1.001)
        writer.append(make_frame(tick, tick_ns=TICK_NS, pressure_mpa=mpa))
    writer.finish("done", 0)
    return RunSummary.read(path)


def test_a_hold_is_told_by_what_was_asked_of_it(tmp_path: Path) -> None:
    found = concluded(tmp_path / "a.h5", WITHIN)
    (one,) = found.facts["required"]
    assert one["time_share"] == pytest.approx(6 / 7)
    assert one["worst_percent"] == pytest.approx(0.3)
    said = "held within 0.2 %, as required, 85.7 % of the time; worst 0.3 %"
    assert required_lines([one]) == [["  15 MPa", said]]
    assert said in found.screen()


@pytest.mark.parametrize("profile", [PROFILE, "", WITHIN.replace("15 MPa", "9 MPa")])
def test_nothing_is_told_where_nothing_was_asked_or_held(tmp_path: Path, profile: str) -> None:
    assert concluded(tmp_path / "b.h5", profile).facts["required"] == []
