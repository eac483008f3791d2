"""A source meter drives the terminals that the rig names, and no others; so do both emulators."""

import pytest

from tests.instruments.emulators import test_keithley_2400, test_keithley_2450

Bench = test_keithley_2400.Bench | test_keithley_2450.Bench


@pytest.fixture(params=[test_keithley_2400.Bench, test_keithley_2450.Bench])
def bench(request: pytest.FixtureRequest) -> Bench:
    """A cell that is wired at the rear, and a rig that says so."""
    return request.param(terminals="rear")


def test_a_cell_at_the_rear_is_driven_there_and_a_reset_parts_it(bench: Bench):
    bench.driver.configure()
    bench.plant.at_limit = True
    bench.driver.source_current(1e-3, 4.2)
    assert bench.plant.asked[-1] == ("voltage", 4.2, 1e-3)
    assert bench.driver.read().current_a == 1e-3
    bench.say(":ROUT:TERM FRON")
    assert (bench.plant.asked[-1][0], bench.say(":OUTP?")) == ("open", "0")


def test_a_cell_at_other_terminals_than_the_rig_says_is_not_driven(bench: Bench):
    bench.driver.configure()
    bench.say(":ROUT:TERM FRON")
    bench.say(":SOUR:VOLT 4.2")
    bench.say(":OUTP 1")
    assert {one[0] for one in bench.plant.asked[-3:]} == {"open"}
