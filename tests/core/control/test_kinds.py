"""The controller bears every kind of trouble: on the twin, each row of the benchmark's table."""

import pytest

from benchmarks.hold.spread.judge import Figures
from benchmarks.hold.spread.kinds import KINDS, run_kind


@pytest.mark.parametrize("name", list(KINDS))
def test_the_controller_neither_trips_nor_overshoots_with(name: str):
    figures, _ = run_kind(name)
    assert figures.trip == 0
    assert not figures.over_limit
    assert KINDS[name].bears(figures), _overshoot(figures)


def _overshoot(figures: Figures) -> str:
    """What to say of a bound that is exceeded."""
    return f"{figures.overshoot:.1f} % or {figures.overshoot_slips:.2f} slips beyond the setpoint"
