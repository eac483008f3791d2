"""The table of step kinds has one row for each kind, and every file of a kind is in it."""

from pathlib import Path

import pytest

from fixture.core.sequence import steps
from fixture.core.sequence.steps.kind import StepKind
from fixture.core.sequence.steps.table import STEP_KINDS, Kind

FOLDER = Path(steps.__file__).parent
OTHER = {"__init__.py", "kind.py", "table.py"}


def test_every_kind_has_its_row():
    assert len(STEP_KINDS) == 1 + max(Kind)
    assert [kind.value for kind in Kind] == list(range(1, 1 + max(Kind)))


def test_every_file_is_of_one_kind():
    files = {path.name for path in FOLDER.glob("*.py")} - OTHER
    assert len(files) == len(Kind)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_a_branch_takes_no_time_and_other_steps_select_nothing(kind: Kind):
    found, plain = STEP_KINDS[kind], StepKind(text="")
    if found.selection is not None:
        unused = (found.entry, found.action, found.end_condition, found.exit, found.cell_mode)
        assert unused == (
            plain.entry, plain.action, plain.end_condition, plain.exit, plain.cell_mode,
        )  # fmt: skip
    else:
        assert found.first_level is None
        assert found.lookahead is None
        assert not found.ends_cycles


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_every_kind_says_what_it_does(kind: Kind):
    assert STEP_KINDS[kind].text.format(mpa=1.0, ma=1.0, volt=1.0, shift=1.0)
