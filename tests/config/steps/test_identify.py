"""Where an identification stands in a sequence, at which pressure, and how it is listed."""

from pathlib import Path

import pytest

from fixture.cli.check import screen
from fixture.config.steps.bounds import Bounds
from fixture.config.steps.identify import identification_mpa, with_identification
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from tests.config.cases import PROFILE, UNIDENTIFIED, complaints, plan_of

HEAD = PROFILE[: PROFILE.index("  - press")]
BOUNDS = Bounds(0.0, 5.0, -1.0, 1.0, mpa_per_um=0.1, stick_um=0.5, trace_s=float("nan"))


def compiled(folder: Path, *steps: str) -> tuple[Step, ...]:
    """The compiled steps of free ones, where no identification is inserted by default."""
    text = HEAD + "".join(f"  - {step}\n" for step in steps) + UNIDENTIFIED
    return plan_of(folder, text).config.steps


def kinds(steps: tuple[Step, ...]) -> list[Kind]:
    return [Kind(step.kind) for step in steps]


@pytest.mark.parametrize(
    ("setpoint_mpa", "expected"),
    [
        (15.0, 13.5),  # a tenth below
        (2.0, 1.6),  # eight slip jumps of 0.05 MPa below
        (0.5, 0.15),  # but not below 30 %
    ],
)
def test_the_pressure_leaves_room_for_strokes_below_the_setpoint(
    setpoint_mpa: float, expected: float
) -> None:
    assert identification_mpa(setpoint_mpa, BOUNDS) == pytest.approx(expected)


# -- as written --------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["identify: 12 MPa", "identify: {at: 12 MPa, timeout: 20 min}"])
def test_a_pressure_and_a_time_out_may_be_written(tmp_path: Path, written: str) -> None:
    step = compiled(tmp_path, written, "press: 15 MPa")[0]
    assert (step.kind, step.setpoint_mpa, step.timeout_ns) == (Kind.IDENTIFY, 12.0, 1200 * 10**9)


def test_without_a_pressure_it_is_below_the_next_setpoint(tmp_path: Path) -> None:
    first, *_ = compiled(tmp_path, "identify:", "resistance: {pulse: 1 mA}", "press: 15 MPa")
    assert first.setpoint_mpa == pytest.approx(13.5)


def test_before_increments_it_is_below_the_first_of_them(tmp_path: Path) -> None:
    first, *_ = compiled(tmp_path, "identify:", "{press: 40 MPa, by: 10 MPa}")
    assert first.setpoint_mpa == pytest.approx(9.0)


def test_with_no_setpoint_after_it_a_pressure_is_needed(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, HEAD + "  - press: 5 MPa\n  - identify:\n")
    assert "no step after this one presses" in said


def test_its_pressure_is_checked_against_the_rig(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, HEAD + "  - identify: 900 MPa\n  - press: 5 MPa\n")
    assert said.startswith("p.yaml:7:")


def test_it_is_listed_with_its_force_and_its_time_out(tmp_path: Path) -> None:
    text = screen(plan_of(tmp_path, HEAD + "  - identify:\n  - press: 15 MPa\n"), 0)
    assert "friction and stiffness at 13.5 MPa = 1060 N, at most 20 min" in text


# -- inserted ----------------------------------------------------------------------------------


def test_it_is_inserted_before_the_first_step_that_presses(tmp_path: Path) -> None:
    steps = with_identification(compiled(tmp_path, "press: 15 MPa", "press: 5 MPa"), BOUNDS)
    assert kinds(steps) == [Kind.IDENTIFY, Kind.PRESSURE, Kind.PRESSURE, Kind.END]
    assert steps[0].setpoint_mpa == pytest.approx(13.5)


def test_one_that_a_profile_places_is_the_only_one(tmp_path: Path) -> None:
    steps = compiled(tmp_path, "press: 5 MPa", "identify:", "press: 15 MPa")
    assert with_identification(steps, BOUNDS) == steps


def test_branches_go_back_to_what_they_vary_and_not_to_it(tmp_path: Path) -> None:
    until = "until: {resistance: 50 ohm, step: 5 MPa, most: 40 MPa, pulse: 1 mA}"
    steps = compiled(tmp_path, f"{{press: 20 MPa, by: 5 MPa, {until}}}")
    found = with_identification(steps, BOUNDS)
    assert found[0].setpoint_mpa == pytest.approx(4.5)
    for before, after in zip(steps, found[1:], strict=True):
        assert after.varies == (before.varies + 1 if before.varies else 0)
        branch = before.kind in {Kind.INCREMENT, Kind.UNTIL}
        assert after.target == (before.target + 1 if branch else 0)


def test_a_loop_that_begins_with_the_pressure_does_not_repeat_it(tmp_path: Path) -> None:
    steps = with_identification(plan_of(tmp_path, PROFILE).config.steps, BOUNDS)
    assert kinds(steps)[:2] == [Kind.IDENTIFY, Kind.PRESSURE]
    (loop,) = [step for step in steps if step.kind == Kind.LOOP]
    assert loop.target == 1


def test_inside_a_loop_after_other_steps_it_is_left_out() -> None:
    steps = (
        Step(Kind.OPEN, until_ns=1),
        Step(Kind.PRESSURE, setpoint_mpa=15.0),
        Step(Kind.LOOP, target=0, passes=3),
        Step(Kind.END),
    )
    assert with_identification(steps, BOUNDS) == steps


def test_where_nothing_presses_it_is_left_out() -> None:
    steps = (Step(Kind.OPEN, until_ns=1), Step(Kind.END))
    assert with_identification(steps, BOUNDS) == steps
