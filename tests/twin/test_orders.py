"""Commands on their way to a press."""

from fixture.twin.orders import Orders
from fixture.twin.seeds import seeded

MS = 1_000_000


def orders(least_s: float, most_s: float) -> Orders:
    return Orders(least_s, most_s, seeded(1, "orders"), 0)


def test_a_command_acts_after_its_delay() -> None:
    made = orders(0.1, 0.1)
    made.due(0)
    made.move_to(7)
    assert made.target == 7
    assert made.due(99 * MS) == ()
    assert made.waiting()
    assert made.due(100 * MS) == (7,)
    assert not made.waiting()


def test_a_repeated_command_and_a_second_stop_are_none() -> None:
    made = orders(0.0, 0.0)
    made.move_to(0)
    assert made.due(MS) == ()
    for _ in range(3):
        made.move_to(5)
    for _ in range(3):
        made.stop()
    made.move_to(5)
    assert made.due(2 * MS) == (5, None, 5)


def test_drawn_delays_stay_in_their_bounds_and_nothing_overtakes() -> None:
    made = orders(0.02, 0.07)
    acted: list[int] = []
    given = 0
    for ms in range(4000):
        acted += [order for order in made.due(ms * MS) if order is not None]
        if ms % 10 == 0 and given < 300:
            given += 1
            made.move_to(given)
    assert acted == list(range(1, 301))
    alone = orders(0.02, 0.07)
    waits: list[int] = []
    now = 0
    for number in range(1, 200):
        alone.move_to(number)
        begun = now
        while not alone.due(now * MS):
            now += 1
        waits.append(now - begun)
    assert min(waits) >= 20
    assert max(waits) <= 71
    assert max(waits) - min(waits) > 40
