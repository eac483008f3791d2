"""Creep goes by the logarithm of time since the load was made, and partly comes back."""

import pytest

from fixture.core.safety.plausibility.creep import CREEP, TIMES_S, Creep, follow

WINDOW_S = 0.5


def crept(course: list[float]) -> tuple[list[float], list[float]]:
    """What is lost and recovered at most in each window of these pressures."""
    creep, lost, back = Creep(), list[float](), list[float]()
    for mpa in course:
        creep, down, up = follow(creep, mpa, WINDOW_S)
        lost.append(down)
        back.append(up)
    return lost, back


def test_a_load_made_at_once_loses_a_share_each_decade():
    lost, _ = crept([10.0] * 2000)
    assert sum(lost[20:200]) == pytest.approx(10.0 * CREEP, rel=0.1)
    assert sum(lost[200:2000]) == pytest.approx(10.0 * CREEP, rel=0.1)


def test_a_load_made_slowly_creeps_less_afterwards():
    at_once, _ = crept([10.0] * 60)
    slowly, _ = crept([10.0 * n / 400 for n in range(400)] + [10.0] * 60)
    assert sum(slowly[400:]) < 0.6 * sum(at_once)


def test_what_comes_off_recovers_and_creeps_no_more():
    lost, back = crept([10.0] * 4000 + [2.0] * 100)
    assert sum(back[4000:]) > 0.5 * sum(lost[4000:])
    assert back[:4000] == [0.0] * 4000


@pytest.mark.parametrize(("mpa", "lost", "recovered"), [(18.0, 8.0, 0.0), (6.0, 0.0, 4.0)])
def test_each_element_goes_its_part_of_the_way_in_a_window(
    mpa: float, lost: float, recovered: float
):
    parts = [2.0 / (time_s + 2.0) for time_s in TIMES_S]
    creep, lost_mpa, recovered_mpa = follow(Creep((10.0,) * 5), mpa, 2.0)
    assert creep.held_mpa == pytest.approx([10.0 + (mpa - 10.0) * part for part in parts])
    assert lost_mpa == pytest.approx(CREEP * lost * sum(parts))
    assert recovered_mpa == pytest.approx(CREEP * recovered * sum(parts))


def test_what_some_elements_lose_and_others_get_back_is_counted_apart():
    _, lost_mpa, recovered_mpa = follow(Creep((8.0, 10.0, 10.0, 10.0, 14.0)), 10.0, 1.0)
    assert lost_mpa == pytest.approx(CREEP * 2.0 / 2.0)
    assert recovered_mpa == pytest.approx(CREEP * 4.0 / 10_001.0)
