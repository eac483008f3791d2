"""A press stands, and a cell is open, where they are read so and not where they said yes."""

import pytest

from fixture.runtime.at_rest import LOOKS, READINGS, Standing, not_confirmed
from instruments.protocols import ReplyTimeout
from tests.runtime.test_failsafe import MS, FakeCell, FakePress


@pytest.mark.parametrize(
    ("positions", "step_ms", "stands"),
    [
        ((100, 100, 100), 30, [False, False, True]),
        ((100, 101, 100), 30, [False, False, True]),
        ((100, 100, 100), 10, [False, False, False]),
        ((100, 102, 102, 102), 30, [False, False, False, True]),
        ((100, 101, 102, 103), 30, [False, False, False, False]),
    ],
)
def test_a_press_stands_once_it_is_read_at_one_place_for_long_enough(
    positions: tuple[int, ...], step_ms: int, stands: list[bool]
):
    standing = Standing()
    told = [
        standing.take(position, index * step_ms * MS, moving=False)
        for index, position in enumerate(positions)
    ]
    assert told == stands


def test_a_drive_that_turns_does_not_stand_wherever_it_is_read():
    standing = Standing()
    for index in range(2 * READINGS):
        assert not standing.take(100, index * 30 * MS, moving=True)
    assert not standing.take(100, 1000 * MS, moving=False)


def test_all_is_confirmed_after_a_few_looks():
    pauses: list[int] = []
    press, cell = FakePress([]), FakeCell([])
    assert not_confirmed(press, cell, lambda: pauses.append(1)) == []
    assert 0 < len(pauses) < LOOKS


def test_what_is_not_confirmed_is_said_with_its_reason():
    press, cell = FakePress([]), FakeCell([], on=True)
    press.deaf_to_stop, press.per_read = True, 1
    press.stop()
    assert not_confirmed(press, cell, lambda: None) == [
        "press may be moving: it does not stand still",
        "output may be on: the potentiostat still drives the cell",
    ]


def test_a_link_that_fails_is_the_reason():
    press = FakePress([])

    def silent() -> bool:
        raise ReplyTimeout("press: nothing came")

    press.moving = silent  # type: ignore[method-assign]
    assert not_confirmed(press, None, lambda: None) == ["press may be moving: press: nothing came"]
