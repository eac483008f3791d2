"""The one pass that a quiet tick needs: it hides no trip, and what is at its limit is quiet."""

from random import Random
from typing import Any

import pytest

from fixture.core.measurement.load_cells import assess
from fixture.core.safety import quiet
from fixture.core.safety.quiet import COVERED, is_quiet
from fixture.core.safety.state import Evidence, Safety
from fixture.core.safety.trips import COLDEST_C, ORDER, READABLE
from fixture.core.types import CellMode, Fault, Flag
from tests.core.bench import ALL_NEW, END, config, limits
from tests.core.safety.quiet_tick import HOLDING, KNOWN, UNDOUBTED, above, changed
from tests.core.samples import NAN, TICK_NS, sample

LIMITS = limits(temperature_rate_k_per_s=1.0, wrong_current_ns=1)
CONFIG = config((END,), limits=LIMITS)
QUIET = Evidence(CONFIG, Safety(), KNOWN, sample(10), HOLDING, UNDOUBTED, within=True)
COMPLAINTS = (
    Flag.FORCE_FAULT, Flag.FORCE_OVER, Flag.PRESS_FAULT, Flag.PRESS_END_LOW, Flag.PRESS_END_HIGH,
)  # fmt: skip
AT_THE_LIMIT: dict[str, tuple[Any, ...]] = {  # all of it quiet
    "state.force_n": (12000.0, -1e9),
    "state.rate_n_per_s": (4000.0, -4000.0),
    "state.outside_ns": (-1,),
    "state.due.t_ns": (-1, 10 * TICK_NS),
    "state.apart": (2,),
    "state.temperature.k_per_s": (1.0, -1.0),
    "sample.age_force_us": (300_000,),
    "sample.age_press_us": (300_000,),
    "sample.age_cell_us": (300_000,),
    "sample.voltage_v": (READABLE, -READABLE),
    "sample.current_a": (READABLE, -READABLE),
    "sample.temperature_c": (READABLE, COLDEST_C),
    "known.tilt": (0.5, above(0.5)),
    "proposal.press_um": (-500.0, 1500.0),
}
BEYOND: dict[str, tuple[Any, ...]] = {  # the table decides
    "state.force_n": (above(12000.0), NAN),
    "state.rate_n_per_s": (above(4000.0), above(-4000.0), NAN),
    "state.outside_ns": (0,),
    "state.due.t_ns": (0, 10 * TICK_NS - 1),
    "state.apart": (3,),
    "state.temperature.k_per_s": (above(1.0), above(-1.0), NAN),
    "state.temperature.outside_ns": (0,),
    "state.source.wrong_ns": (0,),
    "sample.flags": tuple([ALL_NEW | flag for flag in COMPLAINTS]),
    "sample.age_force_us": (300_001,),
    "sample.age_press_us": (300_001,),
    "sample.age_cell_us": (300_001,),
    "sample.voltage_v": (above(READABLE), NAN),
    "sample.current_a": (above(-READABLE), NAN),
    "sample.temperature_c": (above(READABLE), above(COLDEST_C), NAN),
    "proposal.fault": tuple([int(fault) for fault in Fault]),
    "proposal.cell_mode": (int(CellMode.OBSERVE), 99),
    "proposal.press_um": (above(-500.0), above(1500.0), NAN),
    "watched.doubt": (1, 2, 3, 4),
}
ALL = [(name, value) for one in (AT_THE_LIMIT, BEYOND) for name in one for value in one[name]]


def trips(seen: Evidence) -> list[int]:
    """Codes of all checks that find something."""
    return [code for code, check in ORDER if check(seen)]


def test_a_quiet_tick_is_quiet_whatever_the_press_does():
    assert is_quiet(QUIET)
    assert is_quiet(changed(QUIET, "proposal.holding", False))


@pytest.mark.parametrize(
    ("name", "value"), [(n, value) for n, values in AT_THE_LIMIT.items() for value in values]
)
def test_what_is_at_its_limit_is_quiet(name: str, value: object):
    assert is_quiet(changed(QUIET, name, value))


@pytest.mark.parametrize(
    ("name", "value"), [(n, value) for n, values in BEYOND.items() for value in values]
)
def test_what_is_beyond_its_limit_is_not_quiet(name: str, value: object):
    assert not is_quiet(changed(QUIET, name, value))


def test_a_press_that_holds_nothing_may_be_told_anything():
    resting = changed(QUIET, "proposal.holding", False)
    assert is_quiet(changed(resting, "proposal.press_um", NAN))


def test_counts_that_were_not_assessed_are_not_quiet_where_they_are_new():
    assert not is_quiet(changed(QUIET, "within", False))
    old = changed(QUIET, "sample.flags", ALL_NEW & ~Flag.NEW_FORCE)
    assert is_quiet(changed(old, "within", False))


def test_a_tilt_counts_only_under_force():
    loaded = changed(QUIET, "state.force_n", above(200.0))
    assert is_quiet(changed(loaded, "known.tilt", 0.5))
    assert not is_quiet(changed(loaded, "known.tilt", above(0.5)))
    assert is_quiet(changed(changed(QUIET, "state.force_n", 200.0), "known.tilt", NAN))


def test_an_overload_is_not_quiet_where_it_is_less_than_the_limit_of_force():
    fragile = changed(QUIET, "config.limits.overload_n", 9000.0)
    assert is_quiet(changed(fragile, "state.force_n", 9000.0))
    assert not is_quiet(changed(fragile, "state.force_n", above(9000.0)))


def test_no_check_finds_anything_in_a_quiet_tick():
    chance, quiet = Random(1), 0
    for _ in range(4000):
        seen = QUIET
        for name, value in chance.sample(ALL, chance.randint(1, 4)):
            seen = changed(seen, name, value)
        counts = tuple([chance.choice((0, 0, 40_000, -40_000, 40_001)) for _ in range(3)])
        seen = changed(seen, "sample.counts", counts)
        seen = changed(seen, "within", assess(CONFIG.load_cells, counts)[1])
        if is_quiet(seen):
            quiet += 1
            assert trips(seen) == []
    assert quiet > 100


def test_the_look_covers_the_whole_table():
    assert {code for code, _ in ORDER} == COVERED


def test_no_tick_is_quiet_while_a_check_is_not_covered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quiet, "UNCOVERED", True)
    assert not is_quiet(QUIET)
