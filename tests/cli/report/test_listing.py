"""The preflight names every step, in newtons, milliamperes and minutes."""

import json
import re
from pathlib import Path

from fixture.cli.check import report, screen
from fixture.config.steps.table import LISTINGS
from fixture.core.sequence.steps.table import Kind
from tests.config.cases import PROFILE, UNIDENTIFIED, plan_of

STEPS = """\
  - press: 10 MPa
    by: 5 MPa
    rest: {for: 1 min, below: 60 kPa/min}
    rate: 0.5 MPa/s
    until: {resistance: 50 ohm, step: 5 MPa, most: 40 MPa, pulse: 1 mA}
  - search: {from: 20 MPa, down_to: 2 MPa, factor: 0.5, resistance: 75 ohm, pulse: 1 mA}
  - coupling: {step: 0.5 MPa}
  - gap: 2 um
    hold: 30 s
  - ladder: {from: 1 mA, step: 1 mA, most: 5 mA, for: 1 min, rest: 10 s}
  - press: 15 MPa
    at: cycling
"""
SCAN = "{step: voltage_scan, start_voltage_V: 0, end_voltage_V: 1, scan_rate_mV_per_s: 5}"


def lines(folder: Path) -> list[str]:
    """The list of steps of a profile with one of everything but an identification."""
    text = PROFILE.replace("  - press: 15 MPa\n    at: cycling\n", STEPS).replace(
        "    - {step: loop", f"    - {SCAN}\n    - {{step: loop"
    )
    found = plan_of(folder, text + UNIDENTIFIED)
    json.dumps(report(found))
    return [untimed(line) for line in screen(found, 0).splitlines()[2:]]


def untimed(line: str) -> str:
    """A line of the list without how long the step takes and how often it comes."""
    cells = [cell.strip() for cell in re.split(r"\s{2,}", line.strip())]
    return " ".join([*cells[:2], *cells[-1:]]) if len(cells) > 2 else " ".join(cells)


def test_every_kind_of_step_is_listed_under_its_own_name() -> None:
    assert set(LISTINGS) == set(Kind)
    assert len({listing.name for listing in LISTINGS.values()}) == len(Kind)


def test_each_step_is_told_in_one_line(tmp_path: Path) -> None:
    assert lines(tmp_path)[:21] == [
        "1 press 10 MPa = 785 N, at 0.5 MPa/s, then as step 3 says",
        "2 gap the press stands, until 60 kPa/min",
        "3 increment by 5 MPa to 10 MPa = 785 N",
        "4 press 10 MPa = 785 N, at 0.5 MPa/s, then as step 6 says",
        "5 resistance ±1 mA = 1.27 mA/cm², 1 s, 2 pairs",
        (
            "6 until 50 Ω = 39.3 Ω·cm²: from step 4 again, +5 MPa, at most 40 MPa = 3142 N; "
            "not reached: the run ends"
        ),
        "7 press 20 MPa = 1571 N, then as step 9 says",
        "8 resistance ±1 mA = 1.27 mA/cm², 1 s, 2 pairs",
        (
            "9 search 75 Ω = 58.9 Ω·cm²: ×0.5 lower, down to 2 MPa = 157 N; "
            "not reached: the run ends"
        ),
        "10 coupling ±0.5 MPa = 39 N, 3 pairs",
        "11 gap 2 µm further, then it stands",
        "12 current 0 mA: rest, with the voltage read",
        "13 rung 1 mA = 1.27 mA/cm²",
        "14 current 0 mA: rest, with the voltage read",
        "15 rung -1 mA = -1.27 mA/cm²",
        "16 ladder 1 mA more from step 12, to 5 mA = 6.37 mA/cm²",
        "17 press 15 MPa = 1178 N",
        "18 current 1 mA = 1.27 mA/cm² = 1 C",
        "19 scan 0 V to 1 V, 5 mV/s",
        "20 loop to step 17, 2 passes in all",
        "21 end",
    ]


def test_a_search_by_efficiency_says_what_is_acceptable(tmp_path: Path) -> None:
    search = "  - search: {from: 8 MPa, down_to: 1 MPa, step: 1 MPa, efficiency: 99 %, cycles: 2}\n"
    text = PROFILE.replace("  - press: 15 MPa\n", search) + UNIDENTIFIED
    (line,) = [line for line in screen(plan_of(tmp_path, text), 0).splitlines() if "given" in line]
    assert untimed(line) == (
        "3 search 99 % given back in the last of 2 cycles: 1 MPa lower, down to 1 MPa = 79 N; "
        "not reached: the run ends"
    )
