"""What the supervisor shows of a run is what is known, and no older than that."""

from collections.abc import Generator

import msgspec
import pytest

from fixture.core.types import Flag, Phase
from fixture.frame.frame import Frame
from fixture.frame.status_page import StatusPage
from fixture.runtime.at_rest import NOBODY_LOOKS
from fixture.runtime.link.messages import End
from fixture.runtime.registry import RunState
from fixture.runtime.run_spec import WaitText
from fixture.runtime.supervisor.status import RunStatus
from fixture.runtime.supervisor.unconfirmed import left_by
from tests.core.bench import config
from tests.runtime.fake_frames import frame


@pytest.fixture
def status() -> Generator[RunStatus]:
    page = StatusPage.create()
    yield RunStatus(
        page, RunState("one", "/x"), lambda: 1, config(()), {0: WaitText("put the foils in")}
    )
    page.close()


def aged(shown: Frame, **changes: int) -> Frame:
    sample = msgspec.structs.replace(shown.sample, **changes)
    return msgspec.structs.replace(shown, sample=sample)


@pytest.mark.parametrize(
    ("age", "field"),
    [
        ("age_cell_us", "voltage_v"),
        ("age_cell_us", "current_ma"),
        ("age_force_us", "pressure_mpa"),
        ("age_press_us", "position_um"),
    ],
)
def test_a_value_that_is_older_than_its_age_limit_is_not_shown(
    status: RunStatus, age: str, field: str
):
    status.take(aged(frame(1, 10), **{age: 300_000}))
    assert getattr(status.row(), field) is not None
    status.take(aged(frame(2, 20), **{age: 300_001}))
    assert getattr(status.row(), field) is None


def test_what_was_left_unconfirmed_is_shown_until_control_has_read_the_rig():
    page, doubt = StatusPage.create(), "output may be on"
    left = RunState("one", "/x", unconfirmed=doubt)
    status = RunStatus(page, left, lambda: 1, config(()), {})
    assert status.update(0, 0, 100).unconfirmed == doubt
    assert status.conclude(End("could not start", 3)).unconfirmed == doubt
    status.take(frame(1, 10))
    assert status.update(0, 0, 100).unconfirmed == ""
    page.close()


@pytest.mark.parametrize(("outcome", "tick", "doubt"), [
    ("control died", 7, "press may be moving"),
    ("", 7, NOBODY_LOOKS),  # killed with all its processes
    ("", -1, "press may be moving"),
])  # fmt: skip
def test_a_run_that_nobody_ended_was_left_by_all_who_looked(outcome: str, tick: int, doubt: str):
    before = RunState("one", "/x", outcome=outcome, tick=tick, unconfirmed="press may be moving")
    assert left_by(before) == doubt
    assert left_by(None) == ""


def test_while_the_fail_safe_works_its_doubt_is_shown_and_no_value_is(status: RunStatus):
    status.take(frame(1, 10))
    status.read_back("output may be on")
    state = status.update(0, 0, 100)
    assert (state.unconfirmed, state.voltage_v, state.pressure_mpa) == (
        "output may be on",
        None,
        None,
    )


@pytest.mark.parametrize("doubt", ["output may be on", ""])
def test_what_was_not_read_back_at_the_end_stays_after_it(status: RunStatus, doubt: str):
    status.take(frame(1, 10, Phase.TRIPPED))
    assert status.unconfirmed == "press may be moving"
    status.read_back(doubt)
    assert status.conclude(End("done")).unconfirmed == doubt


@pytest.mark.parametrize(
    ("phase", "changes", "said"),
    [
        (Phase.RUNNING, {"age_cell_us": 999_999}, ""),
        (Phase.TRIPPED, {"age_cell_us": 999_999}, "output may be on, press may be moving"),
        (Phase.ENDING, {"flags": int(Flag.CELL_ON)}, "output may be on, press may be moving"),
        (Phase.ENDING, {}, "press may be moving"),
    ],
)
def test_what_a_run_that_ends_has_not_shown_is_said(
    status: RunStatus, phase: Phase, changes: dict[str, int], said: str
):
    status.take(aged(frame(1, 10, phase), **changes))
    assert status.unconfirmed == said


def test_a_press_that_is_read_at_one_place_is_not_said_to_move(status: RunStatus):
    for tick in range(3):
        assert status.unconfirmed == ("press may be moving" if tick else "")
        status.take(
            aged(frame(tick, 30_000_000 * tick, Phase.TRIPPED), flags=int(Flag.NEW_POSITION))
        )
    assert status.unconfirmed == ""


def test_what_a_run_waits_for_is_known_as_long_as_it_waits(status: RunStatus):
    status.take(frame(1, 10, Phase.WAITING_FOR_OPERATOR))
    assert status.update(0, 0, 100).waits_for == "put the foils in"
    status.take(frame(2, 20))
    assert status.update(0, 0, 100).waits_for == ""
