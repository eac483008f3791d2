"""What a recovery notes as damaged: every stretch, or as much as an attribute holds."""

from fixture.record.contents import Damage
from fixture.record.recovery import MOST_NOTED, noted


def test_each_stretch_is_noted_once():
    one, other = Damage("ticks/*", 3, 2), Damage("log/*", 0, 1)
    assert noted([one, other, one]) == [one, other]


def test_too_many_stretches_are_noted_as_all_from_the_first_to_the_last_of_each_table():
    many = [Damage("spectra/point", row, 1) for row in range(7, 7 + 2 * MOST_NOTED, 2)]
    few = [Damage("ticks/*", 40, 10), Damage("ticks/*", 5, 1)]
    assert noted(many + few) == [
        Damage("spectra/point", 7, 2 * MOST_NOTED - 1),
        Damage("ticks/*", 5, 45),
    ]
