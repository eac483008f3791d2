"""Which faults a rig is said to notice follows from its instruments and its cell."""

from pathlib import Path
from typing import Any

import pytest

from fixture.cli.check import report, screen
from fixture.config.checks.detection import FAULTS
from fixture.config.resolve import RunPlan
from tests.config.cases import PROFILE, plan_of, rig_file

PRESSED = PROFILE[: PROFILE.index("    at:")]
ONE = """\
name: one
load_cells: {units: [1], full_scale: 12 kN, division: 0.3 N, zero_counts: [0]}
twin: {load_cells: {shares: [1.0]}}
"""
# what needs a second force path or a weight, on any rig whose load cells are side by side
UNTOLD = {
    "all drift by less than 0.01 N/s each",
    "all are frozen while the press stands",
    "all read a little wrong from the start",
    "one reads a tenth less from the start",
    "all lose up to a third of their gain at once",
}


def faults(found: RunPlan) -> dict[str, dict[str, Any]]:
    return {row["fault"]: row for row in report(found)["faults"]}


def unnoticed(found: RunPlan) -> set[str]:
    return {name for name, row in faults(found).items() if not row["noticed"]}


def test_three_load_cells_side_by_side_leave_what_needs_a_second_force_path(tmp_path: Path) -> None:
    assert unnoticed(plan_of(tmp_path, PROFILE)) == UNTOLD


def test_one_load_cell_has_none_to_be_compared_with(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE, rig_file(tmp_path, ONE))
    assert unnoticed(found) == UNTOLD | {"one is frozen while the force moves"}


def test_load_cells_in_series_notice_all_but_an_amplifier_that_is_frozen(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE, "twin-ranges")
    assert "all are frozen while the press stands" in unnoticed(found)
    assert not unnoticed(found) & (UNTOLD - {"all are frozen while the press stands"})


def test_a_press_that_is_commanded_by_force_has_a_gauge_to_compare(tmp_path: Path) -> None:
    told = {"all drift by less than 0.01 N/s each", "all lose up to a third of their gain at once"}
    left = UNTOLD - told | {"the force oscillates by more than 3 % rms"}
    assert unnoticed(plan_of(tmp_path, PROFILE, "twin-air")) == left


def test_under_an_open_foil_travel_tells_no_drift_and_no_gain_of_all_load_cells(
    tmp_path: Path,
) -> None:
    profile = PROFILE.replace("  kind: metal-anode", "  kind: metal-anode\n  confinement: open")
    left = {"all load cells drift", "all read much too little from the start"}
    assert unnoticed(plan_of(tmp_path, profile)) == UNTOLD | left


@pytest.mark.parametrize(
    ("rig", "profile", "name", "remedy"),
    [
        ("nominal: {softest: null}", PROFILE, "all read much too little from the start", "softest"),
        (
            "press: {options: {temperature_port: null}}",
            PROFILE,
            "the stack is too hot",
            "thermometer",
        ),
        (
            "potentiostat: {mode: observe}",
            PRESSED,
            "another current flows than commanded",
            "mode: command",
        ),
        ("potentiostat: {mode: observe}", PRESSED, "the cell is softly shorted", "mode: command"),
        ("tick: 200 ms", PROFILE, "the force oscillates by more than 3 % rms", "100 ms"),
    ],
)
def test_what_is_missing_is_named_as_the_remedy(
    tmp_path: Path, rig: str, profile: str, name: str, remedy: str
) -> None:
    whole = faults(plan_of(tmp_path, profile))[name]
    assert whole["noticed"]
    assert whole["trips"]
    assert not whole["remedy"]
    without = faults(plan_of(tmp_path, profile, rig_file(tmp_path, rig + "\n")))[name]
    assert not without["noticed"]
    assert without["trips"] == []
    assert remedy in without["remedy"]


def test_the_screen_has_a_line_for_each_fault_that_is_not_noticed(tmp_path: Path) -> None:
    found = plan_of(tmp_path, PROFILE)
    lines = screen(found, 0).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("not noticed  "))
    shown = [line[len("not noticed  ") :] for line in lines[first : first + len(UNTOLD)]]
    rows = faults(found)
    expected = [f"{name}: {rows[name]['remedy']}" for name in rows if name in UNTOLD]
    assert shown == expected


def test_every_fault_names_a_trip_or_is_noticed_nowhere() -> None:
    assert all(bool(fault.trips) == bool(fault.ways) for fault in FAULTS)
    assert all(fault.remedy for fault in FAULTS if fault.ways != ((),))
