"""Half-cycles and cycles recognised from the current of a cell that another program runs."""

import msgspec
import pytest

from fixture.core.config import Followed
from fixture.core.sequence.half_cycles import HalfCycles, follow
from fixture.core.types import Event, EventKind, Flag, Phase
from tests.core.bench import config
from tests.core.samples import sample

CONFIG = msgspec.structs.replace(
    config(()), observe=True, followed=Followed(on=True, lost_us=30_000_000, rest_a=1e-5)
)
CHARGE, DISCHARGE, REST = 1e-3, -1e-3, 0.0


def walked(
    *currents: float, until: int = Phase.RUNNING, age_us: int = 0
) -> tuple[HalfCycles, list[Event]]:
    """A reading each 10 s, then one tick in the phase `until`."""
    state, found = HalfCycles(), list[Event]()
    for index, current_a in enumerate(currents):
        one = sample(
            tick=index, t_ns=10_000_000_000 * index, flags=int(Flag.NEW_CURRENT),
            age_cell_us=age_us,
        )  # fmt: skip
        state, events = follow(CONFIG, state, one, current_a, Phase.RUNNING)
        found += events
    if until != Phase.RUNNING:
        last = sample(tick=len(currents), t_ns=10**12, flags=0)
        state, events = follow(CONFIG, state, last, currents[-1], until)
        found += events
    return state, found


def kinds(events: list[Event]) -> list[tuple[int, int]]:
    return [(event.kind, event.code) for event in events]


def test_a_cycle_begins_with_the_direction_that_came_first():
    state, events = walked(REST, CHARGE, CHARGE, DISCHARGE, REST, CHARGE)
    assert kinds(events) == [
        (EventKind.CYCLE_BEGIN, 1),
        (EventKind.CELL_STEP, 1),
        (EventKind.CELL_STEP, -1),
        (EventKind.CELL_STEP, 0),
        (EventKind.CYCLE_END, 1),
        (EventKind.CYCLE_BEGIN, 2),
        (EventKind.CELL_STEP, 1),
    ]
    assert (state.cycles, state.direction) == (2, 1)


def test_a_rest_within_a_half_cycle_begins_no_cycle():
    state, _ = walked(CHARGE, REST, CHARGE, REST, CHARGE)
    assert state.cycles == 1


def test_noise_about_zero_is_no_step():
    _, events = walked(0.0, 8e-6, -9e-6, 1.9e-5, -1.9e-5, 0.0)
    assert events == []


def test_a_current_that_tapers_off_rests_only_below_the_rest():
    step_a = CONFIG.control.current_step_a
    falling = [CHARGE - 0.9 * step_a * n for n in range(int(CHARGE / step_a / 0.9))]
    _, events = walked(*falling, 1.5e-5, 1.1e-5, 0.9e-5)
    assert [e.code for e in events if e.kind == EventKind.CELL_STEP] == [1, 0]


def test_a_jump_of_the_current_is_a_step_of_the_same_direction():
    step_a = CONFIG.control.current_step_a
    _, events = walked(CHARGE, CHARGE + 1.1 * step_a, CHARGE + 1.2 * step_a)
    assert [e.code for e in events if e.kind == EventKind.CELL_STEP] == [1, 1]


@pytest.mark.parametrize(("last", "ends"), [(REST, True), (DISCHARGE, False)])
def test_the_end_of_a_run_ends_a_cycle_that_is_whole(last: float, ends: bool):
    state, events = walked(CHARGE, DISCHARGE, last, until=Phase.ENDING)
    assert ((EventKind.CYCLE_END, 1) in kinds(events)) == ends
    assert state.open != ends


def test_a_current_that_is_too_old_is_told_and_so_is_its_return():
    state, _ = walked(CHARGE)
    late = sample(tick=1, t_ns=10**11, flags=0, age_cell_us=30_000_001)
    state, more = follow(CONFIG, state, late, CHARGE, Phase.RUNNING)
    assert (kinds(list(more)), state.lost) == ([(EventKind.CELL_LOST, 0)], True)
    fresh = sample(tick=2, t_ns=10**11, flags=int(Flag.NEW_CURRENT), age_cell_us=1_000_000)
    state, more = follow(CONFIG, state, fresh, CHARGE, Phase.RUNNING)
    assert (kinds(list(more)), state.lost) == ([(EventKind.CELL_KNOWN, 0)], False)


def test_a_cell_that_is_commanded_is_left_alone():
    plain = msgspec.structs.replace(CONFIG, followed=Followed())
    one = sample(flags=int(Flag.NEW_CURRENT))
    assert follow(plain, HalfCycles(), one, CHARGE, Phase.RUNNING) == (HalfCycles(), ())


def test_a_trip_in_a_rest_ends_no_cycle():
    state, events = walked(CHARGE, DISCHARGE, REST, until=Phase.TRIPPED)
    assert state.open
    assert EventKind.CYCLE_END not in [event.kind for event in events]
    _, events = walked(CHARGE, DISCHARGE, REST, until=Phase.ENDING)
    assert [event.kind for event in events][-1] == EventKind.CYCLE_END
