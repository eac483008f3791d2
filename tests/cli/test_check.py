"""The preflight as a person reads it: on a narrow terminal, on a rig that only observes."""

import json
from pathlib import Path

import pytest

from fixture.cli.check import check, report, screen
from fixture.cli.errors import UsageError
from fixture.cli.launch import simulated
from fixture.cli.report.layout import wrapped
from fixture.cli.report.text import print_json
from fixture.config.resolve import RunPlan, plan
from tests.config.cases import PROFILE, plan_of, rig_file

PRESSED = PROFILE[: PROFILE.index("    at:")]


def told(folder: Path, rig: str = "twin", profile: str = PROFILE) -> RunPlan:
    """A plan whose preflight is looked at."""
    return plan_of(folder, profile, rig)


@pytest.mark.parametrize("width", [30, 40, 72])
def test_a_narrow_terminal_wraps_between_words_only(width: int) -> None:
    found = plan("sodium-assembly-hold", "twin")
    whole, narrow = screen(found, 0), screen(found, width)
    assert narrow.split() == whole.split()
    assert max(map(len, narrow.splitlines())) <= width < max(map(len, whole.splitlines()))


def test_a_wrapped_fact_stays_in_its_column() -> None:
    assert wrapped("force  1178 N at most; limit 9000 N", 24).splitlines() == [
        "force  1178 N at most;",
        "       limit 9000 N",
    ]


def test_a_number_is_not_parted_from_its_unit() -> None:
    assert wrapped("held for 10 min", 11).splitlines() == ["held for", "    10 min"]


def test_what_is_no_terminal_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan("sodium-assembly-hold", "twin")
    print(screen(found))
    assert capsys.readouterr().out == screen(found, 0) + "\n"


def test_an_open_circuit_is_promised_only_where_somebody_here_can_make_it(tmp_path: Path) -> None:
    commanded = told(tmp_path)
    observed = told(tmp_path, rig_file(tmp_path, "potentiostat: {mode: observe}\n"), PRESSED)
    assert "halt, cell at open circuit" in screen(commanded)
    assert "open circuit" not in screen(observed)
    assert "halt, cell as its own program leaves it" in screen(observed)
    assert [report(found)["observe"] for found in (commanded, observed)] == [False, True]
    json.dumps(report(observed))


def test_a_material_of_ones_own_is_told_with_its_source(tmp_path: Path) -> None:
    own = "{name: Na-K, breathing: 9.3 um/(mAh/cm**2), metal: true, source: own dilatometer}"
    found = told(tmp_path, profile=PROFILE.replace("negative: Na", f"negative: {own}"))
    assert "Na-K (negative): +9.3 µm per mAh/cm² on charge [own], own dilatometer" in screen(found)
    (material,) = report(found)["materials"]
    assert (material["side"], material["um_per_mah_cm2"]) == ("negative", 9.3)
    assert "[S]" not in screen(told(tmp_path)), "those of the table are listed by 'recipes'"


def test_keeping_on_is_said_to_need_a_live_run_and_refused_in_lockstep(tmp_path: Path) -> None:
    found = told(tmp_path, profile=f"at_end: keep\n{PROFILE}")
    assert "then keep: holds until 'isostack stop' (a live run" in screen(found)
    with pytest.raises(UsageError, match="'--speed max' would never end; nothing was moved"):
        simulated(found)


def test_load_cells_say_their_ranges_and_what_the_weakest_survives(tmp_path: Path) -> None:
    alike = "load cells   3 × 4000 N, 10 % of the range used; no calibration in the rig\n"
    assert alike in screen(told(tmp_path), 0)
    series = "200, 4000, 60000 N in series, 29 % of the range used, the weakest survives 90000 N"
    assert f"load cells   {series}; no calibration" in screen(told(tmp_path, "twin-ranges"), 0)
    real = screen(told(tmp_path, "twin-real"), 0)
    assert "10 % of the range used; creep and drift compensated; no calibration" in real


def test_what_no_load_cell_limits_is_null_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(report(told(tmp_path)))
    assert json.loads(capsys.readouterr().out)["load_cells"]["survives_n"] is None


def test_each_pressure_is_told_how_well_it_will_be_held() -> None:
    found = plan("sodium-assembly-hold", "twin-real")
    lines = screen(found, 0).splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("hold    expected error"))
    held = next(i for i in range(head, len(lines)) if lines[i].startswith("15 MPa"))
    assert [line.split() for line in lines[held : held + 4]] == [
        ["15", "MPa", "as", "the", "load", "cells", "show", "0.019", "0.12", "0.054", "0.36"],
        ["true", "0.019", "0.13", "0.055", "0.36"],
        ["true", "without", "compensation", "0.023", "0.15", "0.058", "0.38"],
        ["by", "stick-slip", "0.018", "0.12", "0.054", "0.36"],
    ]
    holds = report(found)["holds"]
    assert [hold["setpoint_mpa"] for hold in holds] == [74.0, 15.0]
    assert holds[1]["parts_rms_mpa"].keys() == {
        "stick-slip", "step", "noise", "creep", "zero", "non-linearity",
    }  # fmt: skip


def test_it_is_told_how_a_current_is_compared_and_what_limits_the_temperature() -> None:
    text = screen(plan("sodium-assembly-hold", "twin"), 0)
    assert "±20 mA; -20 … 60 °C, 1 K/s\n" in text
    assert "\ncurrent      within 1.3 % + 11 nA of what is commanded\n" in text


def test_each_instrument_says_what_it_does_once_the_host_is_gone() -> None:
    told = report(plan("sodium-assembly-hold", "twin"))["host_silent"]
    assert list(told) == ["load_cells", "press", "potentiostat"]
    assert told["press"] == "the motor stops after 300 ms, and holds"
    assert "to the end of the voltage limits" in told["potentiostat"]


def test_without_a_thermometer_no_limit_of_temperature_is_promised(tmp_path: Path) -> None:
    rig = tmp_path / "r.yaml"
    rig.write_text("name: r\nextends: twin\npress: {options: {temperature_port: null}}\n")
    text = screen(plan("sodium-assembly-hold", str(rig)), 0)
    assert "; no thermometer is wired, so no limit of temperature\n" in text


def test_the_disk_is_estimated_for_the_tick_of_a_live_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check("sodium-assembly-hold", "twin", None, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["tick_s"] == 0.01
    assert told["disk_bytes"] > plan("sodium-assembly-hold", "twin").estimates.disk_bytes


def test_a_wait_for_an_operator_has_no_limit(tmp_path: Path) -> None:
    waiting = "pressure:\n  - press: 15 MPa\n  - {wait: operator, message: put the foils in}\n"
    assert "pressure:\n" in PROFILE
    said = screen(told(tmp_path, profile=PROFILE.replace("pressure:\n", waiting)))
    assert ", without a limit; then" in said
    assert "ends only by voltage, current or an operator" in said
