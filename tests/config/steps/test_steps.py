"""The steps under `pressure:` become rows, and every mistake in them is told at its place."""

from pathlib import Path
from typing import Any

import pytest

from fixture.config.steps.model import levels
from fixture.core.config import Step
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Action, HoldMode
from tests.config.cases import PROFILE, UNIDENTIFIED, changed, complaints, plan_of, rig_file

UNTIL = "until: {resistance: 50 ohm, step: 5 MPa, most: 71 MPa, pulse: 1 mA"
HEAD = PROFILE[: PROFILE.index("  - press")]
AREA_CM2 = 0.785398163397
BOUND = "  - press: 15 MPa\n    at: cycling\n"


def rows(folder: Path, *steps: str) -> tuple[Step, ...]:
    """The rows of free steps, END left out."""
    return plan_of(folder, profile(*steps)).config.steps[:-1]


def profile(*steps: str) -> str:
    """A profile of free steps alone."""
    return HEAD + "".join(f"  - {step}\n" for step in steps) + UNIDENTIFIED


def bound(*steps: str) -> str:
    """The profile with its protocol and these steps."""
    return PROFILE.replace(BOUND, "".join(f"  - {step}\n" for step in steps)) + UNIDENTIFIED


def kinds(found: tuple[Step, ...]) -> list[Kind]:
    return [Kind(row.kind) for row in found]


def fields(row: Step, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


# -- rows --------------------------------------------------------------------------------------


def test_a_rate_is_in_the_row_and_its_time_in_the_time_out(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "{press: 60 MPa, rate: 1 MPa/min}")
    assert row.rate_mpa_per_s == pytest.approx(1 / 60)
    assert row.timeout_ns == pytest.approx((3600 + 3600) * 1e9)


def test_a_slow_rate_counts_over_the_way_that_it_has(tmp_path: Path) -> None:
    """1 MPa takes twelve days, and 70 would take more than two years."""
    rows(tmp_path, "press: 70 MPa", "{press: 69 MPa, rate: 1e-6 MPa/s}")
    (said,) = complaints(tmp_path, profile("{press: 70 MPa, rate: 1e-6 MPa/s}"))
    assert "70 MPa at 0.000001 MPa/s take 810 days, and a year is the most" in said


def test_increments_are_a_varied_pressure_a_rest_and_a_decider(tmp_path: Path) -> None:
    found = rows(tmp_path, "press: 4 MPa", "{press: 15 MPa, by: 4 MPa, rest: 5 min, hold: 1 h}")
    assert kinds(found) == [Kind.PRESSURE, Kind.PRESSURE, Kind.GAP, Kind.INCREMENT, Kind.PRESSURE]
    assert [row.varies for row in found] == [0, 3, 0, 0, 0]
    assert fields(found[3], "target", "last", "step", "passes") == {
        "target": 1,
        "last": 15.0,
        "step": 4.0,
        "passes": 3,
    }
    assert (found[2].mode, found[2].wait, found[2].until_ns) == (HoldMode.GAP, True, 300 * 10**9)
    assert found[4].hold_ns == 3600 * 10**9


def test_until_is_a_varied_pressure_a_resistance_and_a_decider(tmp_path: Path) -> None:
    press, resistance, decider = rows(tmp_path, f"{{press: 25 MPa, hold: 60 s, {UNTIL}}}}}")
    assert (press.varies, press.hold_ns) == (2, 60 * 10**9)
    assert fields(resistance, "kind", "cell_setpoint", "pulse_ns", "rest_ns", "pairs") == {
        "kind": Kind.RESISTANCE,
        "cell_setpoint": 1e-3,
        "pulse_ns": 10**9,
        "rest_ns": 2 * 10**9,
        "pairs": 2,
    }
    assert fields(decider, "kind", "target", "last", "step", "limit_ohm", "passes", "stops") == {
        "kind": Kind.UNTIL,
        "target": 0,
        "last": 71.0,
        "step": 5.0,
        "limit_ohm": 50.0,
        "passes": 11,
        "stops": True,
    }


def test_the_band_of_a_varied_pressure_follows_its_level(tmp_path: Path) -> None:
    until = "until: {resistance: 50 ohm, step: 5 MPa, most: 71 MPa, pulse: 1 mA}"
    assert rows(tmp_path, f"{{press: 25 MPa, settle_within: 3 %, {until}}}")[0].band_share == 0.03
    default = rows(tmp_path, f"{{press: 25 MPa, {until}}}")[0]
    assert (default.band_share, default.band_mpa) == (0.005, pytest.approx(0.0637, abs=1e-3))


@pytest.mark.parametrize("said", ["39.27 ohm*cm**2", "50 ohm", "0.05 kohm"])
def test_a_resistance_may_be_of_the_cell_or_of_unit_area(tmp_path: Path, said: str) -> None:
    until = f"until: {{resistance: {said}, step: 5 MPa, most: 71 MPa, pulse: 1 mA/cm**2}}"
    found = rows(tmp_path, f"{{press: 25 MPa, {until}}}")
    assert found[2].limit_ohm == pytest.approx(50.0, rel=1e-4)
    assert found[1].cell_setpoint == pytest.approx(AREA_CM2 * 1e-3)


def test_a_gap_goes_on_at_once_or_stays_for_a_time(tmp_path: Path) -> None:
    at_once, staying = rows(tmp_path, "gap: 0 um", "{gap: 2 um, hold: 10 min}")
    assert fields(at_once, "kind", "mode", "wait", "until_ns") == {
        "kind": Kind.GAP,
        "mode": HoldMode.GAP,
        "wait": False,
        "until_ns": 0,
    }
    assert (staying.gap_um, staying.wait, staying.until_ns) == (2.0, True, 600 * 10**9)


def test_a_relaxing_is_looked_at_for_as_long_as_its_noise_asks(tmp_path: Path) -> None:
    plain, quick, slow = rows(
        tmp_path,
        "relax: 10 min",
        "relax: {for: 1 h, below: 60 kPa/min}",
        "relax: {for: 1 h, below: 0.3 kPa/min}",
    )
    assert plain.windows == 0
    assert quick.relaxed_mpa_per_s == pytest.approx(1e-3)
    assert 4 <= quick.windows < slow.windows


def test_a_coupling_has_its_step_its_band_and_its_time(tmp_path: Path) -> None:
    found = rows(tmp_path, "press: 15 MPa", "coupling: {step: 0.5 MPa, for: 20 s, pairs: 4}")
    assert fields(found[1], "kind", "shift_mpa", "band_mpa", "hold_ns", "pairs", "wait") == {
        "kind": Kind.COUPLING,
        "shift_mpa": 0.5,
        "band_mpa": 0.125,
        "hold_ns": 20 * 10**9,
        "pairs": 4,
        "wait": True,
    }


def test_a_search_by_resistance_stands_by_itself(tmp_path: Path) -> None:
    step = "{search: {from: 8 MPa, down_to: 1 MPa, factor: 0.5, resistance: 99 ohm, pulse: 1 mA}}"
    press, _, decider = rows(tmp_path, step)
    assert (press.setpoint_mpa, press.varies) == (8.0, 2)
    names = ("setpoint_mpa", "target", "last", "factor", "limit_ohm", "confirm", "passes")
    assert fields(decider, *names) == {
        "setpoint_mpa": 8.0,
        "target": 0,
        "last": 1.0,
        "factor": 0.5,
        "limit_ohm": 99.0,
        "confirm": 2,
        "passes": 12,
    }


def test_a_search_upwards_has_its_highest_pressure_last(tmp_path: Path) -> None:
    step = "{search: {from: 1 MPa, up_to: 8 MPa, factor: 0.5, resistance: 9 ohm, pulse: 1 mA}}"
    config = plan_of(tmp_path, profile(step)).config
    assert (config.steps[2].setpoint_mpa, config.steps[2].last) == (1.0, 8.0)
    assert config.steps[2].passes == 12
    text = profile(step.replace("8 MPa", "300 MPa"))
    (said,) = complaints(tmp_path, text)
    assert said.startswith("p.yaml:7:28: 300 MPa on 78.54 mm² is 23562 N")


EFFICIENT = "{search: {from: 8 MPa, down_to: 1 MPa, step: 1 MPa, efficiency: 99 %}, at: cycling}"


def test_a_search_by_efficiency_ends_its_loop(tmp_path: Path) -> None:
    found = plan_of(tmp_path, bound(EFFICIENT)).config.steps
    assert kinds(found) == [Kind.PRESSURE, Kind.CURRENT, Kind.SEARCH, Kind.LOOP, Kind.END]
    assert found[0].varies == 2
    assert (found[2].limit_efficiency, found[2].passes) == (0.99, 0)
    assert found[3].target == 0
    assert (found[0].cycle_begin, found[3].cycle_end) == (True, True)


def test_a_search_in_a_nested_loop_ends_the_innermost(tmp_path: Path) -> None:
    text = bound(EFFICIENT.replace("at: cycling", "at: inner")).replace(
        "    - {step: loop",
        "    - {step: tag, tag: inner}\n"
        "    - {step: constant_current, current_mA: 1, until_time_s: 60}\n"
        "    - {step: loop, loop_to: inner, cycle_count: 30}\n"
        "    - {step: loop",
    )
    found = plan_of(tmp_path, text).config.steps
    assert kinds(found) == [
        Kind.CURRENT, Kind.PRESSURE, Kind.CURRENT, Kind.SEARCH, Kind.LOOP, Kind.LOOP, Kind.END,
    ]  # fmt: skip


def test_a_ladder_rests_and_goes_both_ways(tmp_path: Path) -> None:
    step = "ladder: {from: 1 mA, step: 1 mA, most: 5.5 mA, for: 60 s, rest: 5 s, voltage: 1 V}"
    found = rows(tmp_path, step)
    assert kinds(found) == [Kind.CURRENT, Kind.RUNG, Kind.CURRENT, Kind.RUNG, Kind.LADDER]
    assert [row.cell_setpoint for row in found] == [0.0, 1e-3, 0.0, -1e-3, 0.0]
    assert [row.varies for row in found] == [0, 4, 0, 4, 0]
    assert (found[1].until_voltage_v, found[3].until_voltage_v) == pytest.approx((4.9, -4.9))
    assert (found[1].polarisation_v, found[1].jump) == (1.0, 0.5)
    assert (found[4].target, found[4].passes, found[4].stops) == (0, 5, False)


def test_a_ladder_may_charge_alone_by_charge_and_by_a_factor(tmp_path: Path) -> None:
    step = "ladder: {from: 1 mA, factor: 2, most: 8 mA, charge: 0.1 mAh/cm**2, both: false}"
    found = rows(tmp_path, step)
    assert kinds(found) == [Kind.CURRENT, Kind.RUNG, Kind.LADDER]
    assert found[1].until_c == pytest.approx(0.36 * AREA_CM2)
    assert (found[2].factor, found[2].passes) == (2.0, 4)


def test_a_measurement_may_stand_in_a_protocol(tmp_path: Path) -> None:
    text = bound("{press: 15 MPa, at: cycling}", "{resistance: {pulse: 1 mA}, at: cycling}")
    found = plan_of(tmp_path, text).config.steps
    assert kinds(found)[:4] == [Kind.PRESSURE, Kind.RESISTANCE, Kind.CURRENT, Kind.LOOP]


def test_a_scan_is_a_row_with_a_slope_and_loops_of_scans_are_cycles(tmp_path: Path) -> None:
    scan = "{step: voltage_scan, start_voltage_V: 1, end_voltage_V: 0.5, scan_rate_mV_per_s: 5}"
    text = changed("{step: constant_current, current_mA: 1, until_time_s: 60}", scan)
    found = plan_of(tmp_path, text + UNIDENTIFIED).config.steps
    assert fields(found[1], "kind", "cell_setpoint", "cell_limit", "slope_v_per_s", "until_ns") == {
        "kind": Kind.SCAN,
        "cell_setpoint": 1.0,
        "cell_limit": 0.02,
        "slope_v_per_s": -0.005,
        "until_ns": 100 * 10**9,
    }
    assert found[2].cycle_end


@pytest.mark.parametrize(
    ("start", "last", "step", "factor", "number"),
    [
        (25.0, 71.0, 5.0, 0.0, 11),
        (10.0, 1.0, 3.0, 0.0, 4),
        (8.0, 1.0, 0.0, 0.5, 4),
        (5, 0.2, 0, 0.7, 11),
    ],
)
def test_levels_are_counted_with_both_ends(
    start: float, last: float, step: float, factor: float, number: int
) -> None:
    assert levels(start, last, step, factor) == number


# -- limits ------------------------------------------------------------------------------------


def test_the_limits_of_capacity_efficiency_and_soft_shorts_are_in_the_configuration(
    tmp_path: Path,
) -> None:
    both = "    - {step: constant_current, current_mA: -1, until_time_s: 60}\n    - {step: loop"
    text = (
        PROFILE.replace("    - {step: loop", both).replace(
            "  method:", "  safety: {max_capacity_mAh: 2}\n  method:"
        )
        + "limits: {soft_short: 5 mV, efficiency: 80 %}\n"
    )
    limits = plan_of(tmp_path, text).config.limits
    assert fields(limits, "capacity_max_c", "short_drop_v", "efficiency_min") == {  # type: ignore[arg-type]
        "capacity_max_c": 7.2,
        "short_drop_v": 0.005,
        "efficiency_min": 0.8,
    }


def test_without_a_word_shorts_are_watched_as_the_rig_says_but_not_on_an_observed_cell(
    tmp_path: Path,
) -> None:
    assert plan_of(tmp_path, PROFILE).config.limits.short_drop_v == 0.02
    observed = rig_file(tmp_path, "potentiostat: {mode: observe}\nlimits: {soft_short: 50 mV}\n")
    assert plan_of(tmp_path, profile("press: 15 MPa"), observed).config.limits.short_drop_v == 0.0


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("", Action.HALT),
        (", otherwise: stop", Action.HALT),
        (", otherwise: release", Action.RELEASE),
    ],
)
def test_what_is_not_reached_halts_or_releases(tmp_path: Path, said: str, action: Action) -> None:
    config = plan_of(tmp_path, profile(f"{{press: 25 MPa, {UNTIL}{said}}}}}")).config
    assert config.limits.reactions[Trip.UNREACHED] == action
    assert config.steps[2].stops


def test_what_may_go_on_is_no_trip(tmp_path: Path) -> None:
    found = rows(tmp_path, f"{{press: 25 MPa, {UNTIL}, otherwise: continue}}}}")
    assert not found[2].stops


# -- estimates and warnings --------------------------------------------------------------------


def test_every_step_has_a_likely_and_a_longest_time(tmp_path: Path) -> None:
    found = plan_of(
        tmp_path,
        profile(
            f"{{press: 25 MPa, by: 5 MPa, rest: 1 min, {UNTIL}}}}}",
            "relax: 10 min",
            "{search: {from: 9 MPa, down_to: 1 MPa, step: 2 MPa, resistance: 9 ohm, pulse: 1 mA}}",
            "coupling: {step: 0.5 MPa}",
            "ladder: {from: 1 mA, step: 1 mA, most: 5 mA, charge: 0.1 mAh}",
        ),
    )
    estimates = found.estimates
    assert 600.0 < estimates.likely_s < estimates.most_s < 60 * 86400.0
    assert estimates.peak_n == pytest.approx(71.5 * 100 * AREA_CM2)
    resistance = estimates.rows[4]
    assert (resistance.times, resistance.usual) == (11, 6.0)
    assert resistance.likely_s == pytest.approx(12.0)


def test_a_rate_beyond_the_press_and_a_loop_too_short_for_a_search_are_told(
    tmp_path: Path,
) -> None:
    (said,) = plan_of(tmp_path, profile("{press: 15 MPa, rate: 2 MPa/s}")).warnings
    assert said.startswith("2 MPa/s is faster than this press at its 5 µm/s")
    (said,) = plan_of(tmp_path, bound(EFFICIENT)).warnings
    assert said.startswith("the search may take 10 cycles, and its loop has 2")


def test_a_short_that_cannot_be_told_is_told(tmp_path: Path) -> None:
    observed = rig_file(tmp_path, "potentiostat: {mode: observe}\n")
    text = profile("press: 15 MPa") + "limits: {soft_short: 5 mV}\n"
    (said,) = plan_of(tmp_path, text, observed).warnings
    assert said.startswith("limits: soft_short is off")


# -- mistakes ----------------------------------------------------------------------------------

SEARCH = "from: 8 MPa, down_to: 1 MPa"
MISTAKES = [
    (
        "{press: 15 MPa, rate: 5 MPa}",
        "p.yaml:7:21: 5 MPa is a pressure, not a pressure rate; write it like '0.1 MPa/s'",
    ),
    (
        "{press: 15 MPa, rest: 5 min}",
        "p.yaml:7:21: 'rest' comes after each increment: add 'by: 5 MPa', or use 'relax'",
    ),
    (
        "{press: 15 MPa, by: 5 MPa, wait: false}",
        "p.yaml:7:32: 'by' and 'until' wait for each pressure: drop 'wait: false'",
    ),
    (
        "{press: 15 MPa, by: 0.001 MPa}",
        "p.yaml:7:21: 15000 levels are too many; make the step larger",
    ),
    (
        f"{{press: 80 MPa, {UNTIL}}}}}",
        "p.yaml:7:21: 'until: most' is not above 'press': there is nothing to raise",
    ),
    (
        "{press: 25 MPa, until: {resistance: 50 ohm, step: 5 MPa, most: 200 MPa, pulse: 1 mA}}",
        (
            "p.yaml:7:62: 200 MPa on 78.54 mm² is 15708 N, 5236 N on each of 3 load cells of "
            "4000 N; at most 114.5 MPa on this cell"
        ),
    ),
    (
        "{press: 25 MPa, until: {resistance: 50 ohm, step: 5 MPa, most: 71 MPa, pulse: 30 mA}}",
        "p.yaml:7:76: 30 mA is beyond the ±20 mA of rig and safety; lower it",
    ),
    (
        "{press: 25 MPa, until: {resistance: 50 MPa, step: 5 MPa, most: 71 MPa, pulse: 1 mA}}",
        (
            "p.yaml:7:29: 50 MPa is a pressure, not a resistance; write it like '50 ohm', or "
            "'40 ohm*cm**2'"
        ),
    ),
    (
        "{press: 25 MPa, until: {resistance: 50 ohm, step: 400 N, most: 71 MPa, pulse: 1 mA}}",
        (
            "p.yaml:7:49: 400 N is a force; on 78.54 mm² it presses with 5.093 MPa: "
            "write 'step: 5.093 MPa' if that is what you mean"
        ),
    ),
    (
        "{press: 25 MPa, until: {resistance: 50 ohm, step: 5 MPa, most: 71 MPa}}",
        "p.yaml:7:21: 'pulse' is missing; add it here",
    ),
    (
        "{press: 25 MPa, until: {resistence: 50 ohm, step: 5 MPa, most: 71 MPa, pulse: 1 mA}}",
        (
            "p.yaml:7:21: 'resistance' is missing; add it here\n"
            "p.yaml:7:29: unknown key 'resistence'; did you mean 'resistance'?"
        ),
    ),
    (
        "{press: 25 MPa, gap: 1 um}",
        (
            "p.yaml:7:5: a step does one thing, and this does 2 (press, gap): begin another step "
            "with '-'"
        ),
    ),
    ("gap: 2 s", "p.yaml:7:5: 2 s is a time, not a length; write it like '10 mm'"),
    (
        "relax: 0 s",
        "p.yaml:7:5: 'for' is how long to relax at most: write 10 min or so",
    ),
    (
        "relax: {for: 1 h, below: 0.001 kPa/min}",
        (
            "p.yaml:7:23: 0.001 kPa/min is too little to be seen through this rig's noise within "
            "10 min; raise it"
        ),
    ),
    (
        "resistance: {pulse: 1 mA, for: 0.1 s}",
        (
            "p.yaml:7:31: 'for: 0.1 s' is too short: this rig reads the cell each 0.1 s, from "
            "0.2 s after a step on; at least 0.5 s"
        ),
    ),
    (
        "resistance: {pulse: -1 mA}",
        "p.yaml:7:18: -1 mA: write a number above 0",
    ),
    (
        "resistance: {pulse: 1 mA, four: 2 s}",
        "p.yaml:7:31: unknown key 'four'; did you mean 'for'?",
    ),
    (
        "resistance: {pulse: 1}",
        "p.yaml:7:18: 1 has no unit; write '1 mA' if you mean that",
    ),
    (
        "coupling: {step: 0.5 MPa}",
        "p.yaml:7:5: nothing is pressed yet: put a 'press' step before this one",
    ),
    (
        f"search: {{{SEARCH}, step: 1 MPa, resistance: 9 ohm}}",
        "p.yaml:7:56: 'pulse' is the current that measures 'resistance': write both or none",
    ),
    (
        f"search: {{{SEARCH}, step: 1 MPa, factor: 0.5, efficiency: 9 %}}",
        "p.yaml:7:5: from level to level by 'step' or by 'factor': write one of them",
    ),
    (
        f"search: {{{SEARCH}, factor: 0.5}}",
        "p.yaml:7:5: acceptable is by 'resistance' or by 'efficiency': write one of them",
    ),
    (
        "search: {from: 1 MPa, down_to: 8 MPa, factor: 0.5, efficiency: 9 %}",
        "p.yaml:7:27: 'down_to' is not below 'from'",
    ),
    (
        "search: {from: 8 MPa, up_to: 1 MPa, factor: 0.5, efficiency: 9 %}",
        "p.yaml:7:27: 'up_to' is not above 'from'",
    ),
    (
        "search: {from: 8 MPa, factor: 0.5, efficiency: 9 %}",
        "p.yaml:7:5: a search goes 'down_to' or 'up_to' a pressure: write one of them",
    ),
    (
        f"search: {{{SEARCH}, factor: 0.5, efficiency: 99 %}}",
        (
            "p.yaml:7:5: a search by efficiency tries one level in each pass of a loop: add 'at:' "
            "with the tag that the loop goes back to"
        ),
    ),
    (
        f"search: {{{SEARCH}, factor: 0.5, efficiency: 200 %}}",
        "p.yaml:7:56: 200 % is outside 0.001 … 1",
    ),
    (
        f"search: {{{SEARCH}, factor: 1.5, resistance: 9 ohm, pulse: 1 mA}}",
        "p.yaml:7:43: 'factor' is less than 1, not 1.5",
    ),
    (
        "ladder: {from: 5 mA, step: 1 mA, most: 1 mA, for: 1 h}",
        "p.yaml:7:38: a ladder goes up: 'most' is not above 'from'",
    ),
    (
        "ladder: {from: 1 mA, step: 1 mA, most: 5 mA}",
        "p.yaml:7:5: each rung ends by time or charge: write 'for: 30 min' or 'charge: …'",
    ),
    (
        "ladder: {from: 1 mA, step: 1 mA, most: 50 mA, for: 1 h}",
        "p.yaml:7:38: 50 mA is beyond the ±20 mA of rig and safety; lower it",
    ),
    (
        "ladder: {from: 1 mA, step: 1 mA, most: 5 mA, for: 1 h, rest: 0.1 s}",
        "p.yaml:7:60: 'rest: 0.1 s' is too short; at least 0.5 s",
    ),
    (
        "ladder: {from: 1 mA, step: 1 uA, most: 5 mA, for: 1 h}",
        "p.yaml:7:26: 4001 levels are too many; make the step larger",
    ),
]


@pytest.mark.parametrize(("step", "said"), MISTAKES)
def test_a_mistake_in_a_step_is_one_line_at_its_place(tmp_path: Path, step: str, said: str) -> None:
    assert complaints(tmp_path, profile(step)) == said.splitlines()


BOUND_MISTAKES = [
    (
        bound("press: 15 MPa", "coupling: {step: 0.05 MPa}"),
        (
            "p.yaml:8:16: ±0.05 MPa is too little for this press, which slips by 0.064 MPa; "
            "at least 0.13 MPa"
        ),
    ),
    (
        bound("press: 110 MPa", "coupling: {step: 10 MPa}"),
        "p.yaml:8:16: 110 ± 10 MPa is outside 0 … 114.6 MPa; make the step smaller",
    ),
    (
        bound(EFFICIENT, EFFICIENT),
        "p.yaml:8:6: a second search in one loop; a loop tries one pressure in each pass",
    ),
    (
        bound(EFFICIENT).replace("    - {step: loop, loop_to: cycling, cycle_count: 2}\n", ""),
        (
            "p.yaml:7:76: no loop goes back to 'cycling': a search by efficiency tries one "
            "pressure in each pass of a loop"
        ),
    ),
    (
        profile(
            f"{{press: 25 MPa, {UNTIL}}}}}", f"{{press: 25 MPa, {UNTIL}, otherwise: release}}}}"
        ),
        (
            "p.yaml:8:89: 'otherwise: stop' and 'otherwise: release' in one profile: what is done "
            "with the press when a target is not reached is one thing; choose one of them"
        ),
    ),
    (
        PROFILE + "limits: {efficiency: 80 %}\n",
        (
            "p.yaml:16:10: an efficiency needs cycles that charge and discharge, and this protocol "
            "has none"
        ),
    ),
    (
        PROFILE + "limits: {soft_shorts: 80 mV}\n",
        "p.yaml:16:10: unknown key 'soft_shorts'; did you mean 'soft_short'?",
    ),
]


@pytest.mark.parametrize(("text", "said"), BOUND_MISTAKES)
def test_a_mistake_between_steps_is_one_line_at_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    assert complaints(tmp_path, text) == [said]


def test_what_needs_a_current_of_its_own_is_refused_where_the_cell_is_observed(
    tmp_path: Path,
) -> None:
    observed = rig_file(tmp_path, "potentiostat: {mode: observe}\n")
    refused = [
        "resistance: {pulse: 1 mA}",
        f"{{press: 25 MPa, {UNTIL}}}}}",
        "ladder: {from: 1 mA, step: 1 mA, most: 5 mA, for: 1 h}",
    ]
    said = complaints(tmp_path, profile("press: 15 MPa", *refused), observed)
    assert [line.split(": ")[0] for line in said] == ["p.yaml:8:5", "p.yaml:9:6", "p.yaml:10:5"]
    assert all("only observes its potentiostat" in line for line in said)
    assert complaints(tmp_path, profile("press: 15 MPa", "relax: 1 h"), observed) == []


def test_without_an_area_a_density_is_one_mistake_more(tmp_path: Path) -> None:
    text = profile("resistance: {pulse: 1 mA/cm**2}").replace("  diameter: 10 mm\n", "")
    said = complaints(tmp_path, text)
    assert said == [
        (
            "p.yaml:2:1: pressure needs an area: add 'diameter: 10 mm' or 'area: 78.54 mm**2' to "
            "the cell"
        ),
        "p.yaml:6:18: 1 mA/cm**2 needs the cell's area: give it a diameter",
    ]


# -- what the press keeps ----------------------------------------------------------------------

RELEASE = "{wait: operator, message: change the foils, pressure: release%s}"
COUPLED = "{coupling: {step: 1 MPa}%s}"


def test_no_current_flows_between_a_release_and_the_next_press(tmp_path: Path) -> None:
    text = bound("press: 15 MPa", RELEASE % "", "press: 15 MPa\n    at: cycling")
    assert complaints(tmp_path, text) == []
    (said,) = complaints(
        tmp_path, bound("press: 15 MPa", RELEASE % ", at: cycling", "press: 9 MPa")
    )
    assert said.startswith(
        "p.yaml:15:8: the press is released here, and a current needs a pressure"
    )


def test_a_release_at_the_end_of_a_loop_is_one_before_its_beginning(tmp_path: Path) -> None:
    text = bound("press: 15 MPa", RELEASE % ", at: over", "press: 9 MPa").replace(
        "    - {step: loop", "    - {step: tag, tag: over}\n    - {step: loop"
    )
    (said,) = complaints(tmp_path, text)
    assert "the press is released here" in said
    assert complaints(tmp_path, text.replace("cycle_count: 2", "cycle_count: 1")) == []


def test_a_press_that_stands_has_no_pressure_to_take_small_steps_from(tmp_path: Path) -> None:
    (said,) = complaints(tmp_path, profile("press: 15 MPa", "{gap: 2 um, hold: 9 s}", COUPLED % ""))
    assert "the press stands in a constant gap here" in said
    (said,) = complaints(
        tmp_path, profile("press: 9 MPa", RELEASE % "", COUPLED % "", "press: 9 MPa")
    )
    assert "nothing is pressed yet" in said


def test_increments_after_a_release_begin_from_no_pressure(tmp_path: Path) -> None:
    found = rows(tmp_path, "press: 45 MPa", RELEASE % "", "{press: 60 MPa, by: 15 MPa}")
    increments = [row for row in found if row.kind == Kind.INCREMENT]
    assert [row.passes for row in increments] == [4]


def test_beside_a_search_by_efficiency_nothing_goes_from_level_to_level(tmp_path: Path) -> None:
    stepped = "{press: 9 MPa, by: 3 MPa, at: cycling}"
    for steps in ((EFFICIENT, stepped), (stepped, EFFICIENT)):
        (said,) = complaints(tmp_path, bound(*steps))
        assert "this goes from level to level, and so does the search by efficiency" in said
