"""A run that begins with a later step is first brought to the pressure of that step."""

import msgspec
import pytest

from fixture.cli.check import screen
from fixture.config.checks.estimate import estimate
from fixture.config.resolve import plan
from fixture.config.steps.beginning import begin_with
from fixture.config.yaml.errors import ConfigError
from fixture.core.measurement.signals import Known
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import EventKind
from tests.core.bench import END, config, current_row, identify_row, press_row
from tests.core.golden.steps import search, until
from tests.core.sequence.walking import Walk, loop_row, open_row

ROWS = (
    press_row(74.0, 600.0),
    press_row(15.0),
    open_row(),
    current_row(1e-3, 9.0),
    current_row(-1e-3, 9.0),
    loop_row(3, 3),
    END,
)
SETTLED = Known(mean_mpa=15.0, pressure_mpa=15.0, windows=1)


def walk(number: int) -> Walk:
    found = begin_with(config(ROWS), number)
    return Walk(*found.steps, first=found.first)


def test_it_goes_to_the_pressure_and_settles_before_a_current_flows():
    run = walk(5).at(0, SETTLED)
    assert (run.state.step, run.state.setpoint_mpa, run.state.holding) == (7, 15.0, True)
    run.through(4.9, SETTLED)
    assert run.state.step == 7
    run.through(0.2, SETTLED)
    assert run.state.step == 4
    assert run.codes(EventKind.STEP_BEGIN) == [7, 4]
    assert run.codes(EventKind.SETTLED) == [7]


def test_a_pressure_that_does_not_settle_trips_as_ever():
    run = walk(5).at(0, Known(mean_mpa=0.1, windows=1)).at(4000.0, Known(mean_mpa=0.1, windows=1))
    assert run.state.fault != 0


def test_loops_go_on_as_usual_and_the_approach_is_not_made_again():
    run = walk(5).at(0, SETTLED).through(60.0, SETTLED)
    assert run.codes(EventKind.STEP_BEGIN) == [7, 4, 3, 4, 3, 4]


def test_a_cycle_of_which_only_the_end_is_run_is_no_short():
    assert walk(5).state.marks.cut
    assert not walk(1).state.marks.cut


@pytest.mark.parametrize("number", [1, 2])
def test_a_step_that_presses_itself_is_begun_with_at_once(number: int):
    assert walk(number).at(0).state.step == number - 1


@pytest.mark.parametrize("number", [0, -1, 7, 8, 99])
def test_a_step_that_there_is_not_is_an_error(number: int):
    with pytest.raises(ConfigError, match="the sequence has the steps 1 to 6"):
        begin_with(config(ROWS), number)


def test_a_branch_is_no_beginning():
    with pytest.raises(ConfigError, match="only selects another"):
        begin_with(config(ROWS), 6)


@pytest.mark.parametrize("rows", [search(160.0, 16.0, 1.0), until(48.0, 20.0)])
def test_what_finds_a_pressure_is_begun_at_its_beginning(rows: tuple):  # type: ignore[type-arg]
    first = next(i for i, row in enumerate(rows) if row.kind == Kind.PRESSURE and row.varies)
    with pytest.raises(ConfigError, match=f"begin with step {first + 1}"):
        begin_with(config(rows), first + 2)
    assert begin_with(config(rows), first + 1).first == first


def test_a_step_after_a_search_has_no_pressure_that_is_known():
    rows = (*search(160.0, 16.0, 1.0)[:-1], open_row(), END)
    with pytest.raises(ConfigError, match="find its pressure"):
        begin_with(config(rows), len(rows) - 1)


def test_check_says_where_a_run_begins():
    text = screen(plan("sodium-assembly-hold", first=4))
    assert "begins with step 9, which leads to step 4" in text
    assert "begins with step 2" in screen(plan("sodium-assembly-hold", first=2))


def test_check_counts_only_what_will_be_run():
    whole, later = plan("sodium-assembly-hold"), plan("sodium-assembly-hold", first=4)
    assert "5812 N at most" in screen(whole)
    text = screen(later)
    assert "1178 N at most" in text
    assert "74 MPa  as the load cells show" not in text
    assert "15 MPa  as the load cells show" in text
    assert [row.times for row in later.estimates.rows] == [0, 0, 0, 1, 3, 3, 3, 1, 1]
    assert later.estimates.likely_s < whole.estimates.likely_s - 600.0
    assert text.count("left out") == 3


def test_a_loop_comes_back_to_steps_that_its_first_pass_leaves_out():
    found = estimate(begin_with(config(ROWS), 5), None)
    assert [row.times for row in found.rows] == [0, 0, 0, 2, 3, 3, 1, 1]


def test_an_identification_is_a_pressure_too():
    identified = msgspec.structs.replace(identify_row(9.0), band_mpa=0.05)
    rows = (identified, open_row(), current_row(1e-3, 9.0), END)
    found = begin_with(config(rows), 3)
    approach = found.steps[found.first]
    assert (approach.kind, approach.setpoint_mpa, approach.band_mpa) == (Kind.PRESSURE, 9.0, 0.05)
