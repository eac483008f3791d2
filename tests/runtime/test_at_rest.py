"""A press stands, and a cell is open, where they are read so and not where they said yes."""

import pytest

from fixture.core.measurement.at_rest import READINGS, SAME_SHARE
from fixture.runtime.at_rest import LOOKS, Rig, Standing, not_confirmed
from instruments.protocols import ForceReading, Identity, ReplyTimeout
from tests.core.bench import config
from tests.runtime.test_failsafe import MS, FakeCell, FakePress

CONFIG = config(())
NAN = float("nan")
MOST_N = SAME_SHARE * CONFIG.limits.force_max_n


class FakeLoadCell:
    """Shows a force that grows with each reading, or goes to and fro, or does not answer."""

    def __init__(
        self,
        per_read: int = 0,
        *,
        silent: bool = False,
        fault: bool = False,
        swings: bool = False,
    ) -> None:
        self.per_read, self.silent, self.fault, self.swings = per_read, silent, fault, swings
        self.counts = self.asked = 0

    def identify(self) -> Identity:
        raise AssertionError

    def verify(self) -> None:
        raise AssertionError

    def read(self) -> ForceReading:
        self.asked += 1
        if self.silent:
            raise ReplyTimeout("load cells: nothing came")
        self.counts = 0 if self.swings and self.counts else self.counts + self.per_read
        cells = len(CONFIG.load_cells.newton_per_count)
        return ForceReading((self.counts,) * cells, self.fault, 0, 0)


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
    standing = Standing(CONFIG)
    told = [
        standing.take(position, 390.0, index * step_ms * MS)
        for index, position in enumerate(positions)
    ]
    assert told == stands


def test_a_drive_that_turns_does_not_stand_wherever_it_is_read():
    standing = Standing(CONFIG)
    for index in range(2 * READINGS):
        assert not standing.take(100, 390.0, index * 30 * MS, moving=True)
    assert not standing.take(100, 390.0, 1000 * MS)


def test_all_is_confirmed_after_a_few_looks():
    pauses: list[int] = []
    press, cell = FakePress([]), FakeCell([])
    assert not_confirmed(CONFIG, Rig(press, None, cell), lambda: pauses.append(1)) == []
    assert 0 < len(pauses) < LOOKS


def test_what_is_not_confirmed_is_said_with_its_reason():
    press, cell = FakePress([]), FakeCell([], on=True)
    press.deaf_to_stop, press.per_read = True, 1
    press.stop()
    assert not_confirmed(CONFIG, Rig(press, None, cell), lambda: None) == [
        "press may be moving: it does not stand still",
        "output may be on: the potentiostat still drives the cell",
    ]


def test_a_link_that_fails_is_the_reason():
    press = FakePress([])

    def silent() -> bool:
        raise ReplyTimeout("press: nothing came")

    press.moving = silent  # type: ignore[method-assign]
    assert not_confirmed(CONFIG, Rig(press, None, None), lambda: None) == [
        "press may be moving: press: nothing came"
    ]


def test_a_driver_that_fails_in_its_own_way_hides_nothing_of_the_others():
    press, cell, cells = FakePress([]), FakeCell([]), FakeLoadCell()

    def unreadable() -> ForceReading:
        raise KeyError

    cell.read = unreadable  # type: ignore[method-assign,assignment]
    cells.read = unreadable  # type: ignore[method-assign]
    assert not_confirmed(CONFIG, Rig(press, cells, cell), lambda: None) == [
        "output may be on: KeyError()"
    ]


@pytest.mark.parametrize(
    ("forces", "stands"),
    [
        ((0.0, MOST_N, 0.0), [False, False, True]),
        ((0.0, 1.01 * MOST_N, 2.02 * MOST_N), [False, False, False]),
        ((NAN, 5.0, NAN), [False, False, True]),
    ],
)
def test_a_press_whose_force_changes_does_not_stand_wherever_its_drive_says(
    forces: tuple[float, ...], stands: list[bool]
):
    standing = Standing(CONFIG)
    told = [standing.take(7, force_n, 30 * MS * n) for n, force_n in enumerate(forces)]
    assert told == stands


def test_a_drive_that_lies_about_its_position_is_found_by_the_force():
    told = not_confirmed(CONFIG, Rig(FakePress([]), FakeLoadCell(100_000), None), lambda: None)
    assert told == ["press may be moving: it does not stand still"]


@pytest.mark.parametrize(("cells", "asked"), [
    (FakeLoadCell(silent=True), 1), (FakeLoadCell(100_000, fault=True), 4)
])  # fmt: skip
def test_load_cells_that_say_no_force_hide_nothing_and_are_not_waited_for_again(
    cells: FakeLoadCell, asked: int
):
    assert not_confirmed(CONFIG, Rig(FakePress([]), cells, None), lambda: None) == []
    assert cells.asked == asked


def test_a_force_that_goes_to_and_fro_is_told_as_that_and_not_as_a_press_that_moves():
    cells = FakeLoadCell(1000, swings=True)
    (told,) = not_confirmed(CONFIG, Rig(FakePress([]), cells, None), lambda: None)
    assert told.startswith("not at rest: the force swings by ")
    assert told.endswith(" of its limit, while the press stands")


def swung(*forces: float, positions: tuple[int, ...] = ()) -> str:
    """What is said of these readings, 30 ms apart, at one place unless `positions` says where."""
    standing = Standing(CONFIG)
    for n, force_n in enumerate(forces):
        standing.take(positions[n] if positions else 7, force_n, 30 * MS * n)
    return standing.swings()


def test_a_force_swings_once_it_has_gone_up_down_and_up_again():
    much = 1.1 * MOST_N
    assert swung(0.0, much, 0.0) == ""
    share = 100.0 * much / CONFIG.limits.force_max_n
    text = f"not at rest: the force swings by {much:.0f} N, {share:.1f} % of its limit, while"
    assert swung(0.0, much, 0.0, much).startswith(text)
    assert swung(0.0, NAN, much, NAN, 0.0, much).startswith(text)


@pytest.mark.parametrize(
    "forces",
    [
        (0.0, 0.9 * MOST_N, 0.0, 0.9 * MOST_N),
        (0.0, 2.0 * MOST_N, 4.0 * MOST_N, 6.0 * MOST_N),
        (0.0, 2.0 * MOST_N, 1.5 * MOST_N, 4.0 * MOST_N),
        (NAN, NAN, NAN, NAN),
    ],
)
def test_noise_and_a_force_that_grows_are_no_swing(forces: tuple[float, ...]):
    assert swung(*forces) == ""


def test_a_press_that_moves_is_not_excused_by_a_force_that_swings():
    much = 2.0 * MOST_N
    assert swung(0.0, much, 0.0, much, 0.0, much, positions=(7, 9, 7, 9, 7, 9)) == ""
