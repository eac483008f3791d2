"""Whoever is to be told that a run waits is told at once, and again after a given time."""

import pytest

from fixture.core.types import Phase
from fixture.frame.event_text import code_name
from fixture.runtime.link.messages import Row
from fixture.runtime.run_spec import WaitText
from fixture.runtime.supervisor.reminder import WAITING, Reminder

MINUTE_NS = 60_000_000_000
TEXTS = {3: WaitText("put the foils in", 60.0), 5: WaitText("connect the leads")}


def row(step: int, phase: str = WAITING) -> Row:
    return Row(0, 0.0, phase, "none", step, 0, *[None] * 7, 0)  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_the_phase_is_the_one_that_rows_show():
    assert code_name(Phase, Phase.WAITING_FOR_OPERATOR) == WAITING


def test_it_is_told_at_once_and_then_each_time():
    reminder = Reminder(TEXTS)
    assert reminder.due(row(3), 0) == "waits for its operator: put the foils in"
    assert reminder.due(row(3), MINUTE_NS - 1) == ""
    assert reminder.due(row(3), MINUTE_NS) == "waits for its operator still: put the foils in"
    assert reminder.due(row(3), MINUTE_NS + 1) == ""


def test_without_a_time_it_is_told_once():
    reminder = Reminder(TEXTS)
    assert reminder.due(row(5), 0)
    assert reminder.due(row(5), 999 * MINUTE_NS) == ""


@pytest.mark.parametrize("phase", ["running", "held by operator"])
def test_what_does_not_wait_is_not_told_and_the_next_wait_is_told_anew(phase: str):
    reminder = Reminder(TEXTS)
    assert reminder.due(row(5), 0)
    assert reminder.due(row(5, phase), 1) == ""
    assert reminder.due(row(5), 2)
