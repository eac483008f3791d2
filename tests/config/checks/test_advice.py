"""What `check` warns of, and what it keeps quiet about."""

from pathlib import Path

import pytest

from fixture.config.resolve import plan
from tests.config.cases import PROFILE, SYMMETRIC, changed, plan_of

STEP = "    - {step: constant_current, current_mA: 1, until_time_s: 60}\n"


def warned(folder: Path, *steps: str, safety: str = "{}") -> list[str]:
    """Warnings of the profile with these constant currents, `current_mA` and what follows."""
    made = "".join(f"    - {{step: constant_current, current_mA: {step}}}\n" for step in steps)
    text = changed(STEP, made).replace("  method:", f"  safety: {safety}\n  method:")
    return list(plan_of(folder, text).warnings)


def test_the_shipped_recipe_and_the_examples_warn_of_nothing(tmp_path: Path) -> None:
    assert plan("sodium-assembly-hold", "twin").warnings == ()
    assert plan_of(tmp_path, PROFILE).warnings == ()
    assert plan_of(tmp_path, SYMMETRIC).warnings == ()


def test_safety_that_the_rig_cannot_give_is_told(tmp_path: Path) -> None:
    step = "1, until_time_s: 60"
    said = warned(tmp_path, step, safety="{min_voltage_V: -9, max_current_mA: 90}")
    assert said == [
        "safety: min_voltage_V -9 is wider than rig twin allows: -5 V counts",
        "safety: max_current_mA 90 is wider than rig twin allows: 20 mA counts",
    ]


def test_a_cut_off_outside_the_limits_is_told_though_time_ends_the_step(tmp_path: Path) -> None:
    (said,) = warned(tmp_path, "1, until_time_s: 60, until_voltage_V: 7")
    assert said.startswith("1 mA until 7 V, which is not inside the limits -5 … 5 V")


def test_a_cut_off_of_zero_is_told_to_be_none(tmp_path: Path) -> None:
    (said,) = warned(tmp_path, "1, until_time_s: 60, until_voltage_V: 0")
    assert said.startswith("until_voltage_V 0 is no cut-off")


LIMITS = "{min_voltage_V: 0.5, max_voltage_V: 4.5}"


@pytest.mark.parametrize(
    ("steps", "safety", "why"),
    [
        (["0.785, until_voltage_V: 1.0"], LIMITS, "near the limit at the other end"),
        (["-0.785, until_voltage_V: 4.4"], LIMITS, "near the limit at the other end"),
        (["1, until_voltage_V: 4.4", "1, until_voltage_V: 1.0"], "{}", "1 mA until 4.4 V"),
        (["-1, until_voltage_V: 4.4", "1, until_voltage_V: 1.0"], "{}", "-1 mA until 4.4 V"),
        (["1, until_voltage_V: 1", "-1, until_voltage_V: 1"], "{}", "1 mA until 1 V"),
    ],
)
def test_a_current_that_runs_away_from_its_cut_off_is_told(
    tmp_path: Path, steps: list[str], safety: str, why: str
) -> None:
    timed = [f"{step}, until_time_s: 60" for step in steps]
    said = warned(tmp_path, *timed, safety=safety)
    assert len(said) == 1
    assert why in said[0]
    assert said[0].endswith("is the sign of its current right?")


@pytest.mark.parametrize(
    "steps",
    [
        ["1, until_voltage_V: 4.2", "-1, until_voltage_V: 2.5"],
        ["1, until_voltage_V: 4.2", "0.1, until_voltage_V: 4.1"],  # in two stages
        ["1, until_voltage_V: 4.4", "-1, until_time_s: 60", "1, until_voltage_V: 3.6"],
        ["0.2, until_voltage_V: 0.3", "-0.2, until_voltage_V: -0.3"],  # symmetric
    ],
)
def test_usual_cycling_is_not_warned_of(tmp_path: Path, steps: list[str]) -> None:
    timed = [step if "time" in step else f"{step}, until_time_s: 60" for step in steps]
    assert warned(tmp_path, *timed) == []
