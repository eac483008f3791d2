"""Every recipe, with its times cut short, comes to what it is for, and its record replays."""

from pathlib import Path

import pytest

from benchmarks.recipes import shorter
from benchmarks.recipes.outcome import NAMES, figures
from benchmarks.recipes.story import Story
from fixture.analysis.replay import verify
from fixture.config.resolve import plan
from fixture.record.reader import Record
from tests.recording import record


@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_comes_to_the_outcome_and_replays(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    record(plan(str(shorter.profile(name, tmp_path))), path)
    missed = [figure for figure in figures(name, Story(path)) if not figure.met()]
    assert missed == []
    with Record.open(path) as read:
        assert verify(read).good()
