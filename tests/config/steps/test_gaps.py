"""What a gap comes to by the declared stiffness: refused beyond the rig, and told before the run.

10 N/µm on 78.54 mm² is 0.127 MPa a µm, so 10 MPa stands at 79 µm.
"""

from pathlib import Path

import pytest

from fixture.cli.check import screen
from tests.config.cases import PROFILE, complaints, plan_of, rig_file

HEAD = PROFILE[: PROFILE.index("  - press")]


def profile(*steps: str) -> str:
    """A profile of free steps alone."""
    return HEAD + "".join(f"  - {step}\n" for step in steps)


def test_a_gap_beyond_the_force_limit_is_refused_in_newtons(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, profile("press: 10 MPa", "gap: 1000 um"))
    assert said == (
        "p.yaml:8:5: 1000 µm further from 10 MPa is about 137.3 MPa by the declared stiffness of "
        "10 N/µm, and 137.3 MPa on 78.54 mm² is 10784 N; rig twin allows 9000 N, at most "
        "114.5 MPa on this cell"
    )


def test_a_gap_that_would_crush_a_load_cell_in_series_is_refused(tmp_path: Path) -> None:
    text = profile("press: 10 MPa", "gap: 100 um")
    cells = "load_cells: {full_scale: [200 N, 4 kN, 60 kN], overload: [1 kN, 8 kN, 90 kN]}\n"
    name = tmp_path / "r.yaml"
    name.write_text("extends: twin-ranges\nname: weak\n" + cells, encoding="utf-8")
    (said,) = complaints(tmp_path, text, str(name))
    assert "which would crush the load cell of 200 N in series" in said


@pytest.mark.parametrize(
    ("gap", "travel", "reached"),
    [("-3000 um", "[-500 um, 1500 um]", "-2921 µm"), ("60 um", "[-500 um, 120 um]", "139 µm")],
)
def test_a_gap_beyond_the_travel_is_refused(
    tmp_path: Path, gap: str, travel: str, reached: str
) -> None:
    name = rig_file(tmp_path, f"name: short\npress: {{travel: {travel}}}\n")
    (said,) = complaints(tmp_path, profile("press: 10 MPa", f"gap: {gap}"), name)
    assert said.startswith("p.yaml:8:5: a gap of ")
    assert f"brings the press to about {reached} by the declared stiffness" in said
    assert said.endswith("write a smaller gap")


def test_gaps_that_follow_each_other_add_up_and_a_pressure_begins_anew(tmp_path: Path) -> None:
    apart = profile("press: 10 MPa", "gap: 500 um", "press: 10 MPa", "gap: 500 um")
    assert complaints(tmp_path, apart) == []
    (said,) = complaints(tmp_path, profile("press: 10 MPa", "gap: 500 um", "gap: 500 um"))
    assert said.startswith("p.yaml:9:5: 500 µm further from 73.66 MPa")


def test_a_gap_counts_from_the_highest_that_was_left(tmp_path: Path) -> None:
    until = "until: {resistance: 50 ohm, step: 5 MPa, most: 71 MPa, pulse: 1 mA}"
    (said,) = complaints(tmp_path, profile(f"{{press: 25 MPa, {until}}}", "gap: 400 um"))
    assert "400 µm further from 71 MPa" in said


def test_check_tells_the_force_of_a_gap_and_by_what(tmp_path: Path) -> None:
    pressed = screen(plan_of(tmp_path, profile("press: 10 MPa")), 0)
    assert "785 N at most; limit" in pressed
    found = plan_of(tmp_path, profile("press: 10 MPa", "gap: 300 um"))
    assert found.estimates.peak_n == pytest.approx(3785.4, abs=0.1)
    assert "3785 N at most (a gap, by the declared stiffness); limit" in screen(found, 0)
    eased = screen(plan_of(tmp_path, profile("press: 10 MPa", "gap: -3 um")), 0)
    assert "785 N at most; limit" in eased


def test_a_gap_after_an_identification_begins_at_its_pressure(tmp_path: Path) -> None:
    release = "{wait: operator, message: foils, pressure: release}"
    for before in ((), ("press: 10 MPa", release)):
        steps = (*before, "identify: 60 MPa", "gap: 500 um", "press: 10 MPa")
        (said,) = complaints(tmp_path, profile(*steps))
        assert "500 µm further from 60 MPa is about 123.7 MPa" in said
