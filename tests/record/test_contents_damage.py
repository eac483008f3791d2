"""Damage is told by the stretch, however many chunks it is in."""

from fixture.record.contents import Damage, joined


def test_stretches_that_follow_each_other_are_one() -> None:
    found = joined([
        Damage("log", 0, 600), Damage("log", 600, 600), Damage("log", 1800, 600),
        Damage("ticks", 2400, 600), Damage("log/*", 0, 0), Damage("log/*", 0, 0),
    ])  # fmt: skip
    assert found == [
        Damage("log", 0, 1200), Damage("log", 1800, 600), Damage("ticks", 2400, 600),
        Damage("log/*", 0, 0), Damage("log/*", 0, 0),
    ]  # fmt: skip
    assert str(found[0]) == "/entry/log: rows 0 to 1199 are not what was written"
