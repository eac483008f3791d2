"""A rig that only follows its cell: what the core is given, and what is refused."""

from pathlib import Path

import pytest

from fixture.config.followed import NEVER_US
from fixture.config.resolve import RunPlan, plan
from fixture.config.yaml.errors import ConfigError
from fixture.core.config import Config, Followed
from fixture.core.sequence.steps.table import Kind


def compiled(folder: Path, text: str, profile: str = "followed-hold") -> Config:
    """The configuration of a profile on a rig that is written as `text`."""
    rig = folder / "rig.yaml"
    rig.write_text(f"name: rig\n{text}", encoding="utf-8")
    return plan(profile, str(rig)).config


def test_silence_does_not_trip_and_a_current_that_is_too_old_is_not_known(tmp_path: Path):
    found = compiled(tmp_path, "extends: twin-follow\n")
    assert found.observe
    assert found.limits.stale_cell_us == NEVER_US
    assert found.followed == Followed(on=True, lost_us=30_000_000, rest_a=40e-6)


def test_a_rig_may_say_when_silence_trips_and_what_is_a_rest(tmp_path: Path):
    found = compiled(
        tmp_path,
        "extends: twin-follow\n"
        "potentiostat: {options: {stopped_after: 2 min, rest_current: 5 uA}}\n"
        "limits: {stale_cell: 10 min}\n",
    )
    assert found.limits.stale_cell_us == 600_000_000
    assert (found.followed.lost_us, found.followed.rest_a) == (120_000_000, pytest.approx(5e-6))


def test_an_instrument_that_is_only_read_trips_on_silence_as_any_other(tmp_path: Path):
    found = compiled(tmp_path, "extends: twin\npotentiostat: {mode: observe}\n")
    assert found.followed.on
    assert found.followed.lost_us == found.limits.stale_cell_us == found.limits.stale_force_us


def test_a_cell_that_is_commanded_is_not_followed(tmp_path: Path):
    assert compiled(tmp_path, "extends: twin\n").followed == Followed()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("extends: twin-follow\npotentiostat: {mode: command}\n", "write 'mode: observe'"),
        ("extends: twin\nlimits: {stale_cell: 10 min}\n", "stale_cell is for a potentiostat with"),
        ("extends: twin-follow\npotentiostat: {options: {form: exel}}\n", "form"),
        ("extends: twin-follow\nlimits: {stale_cell: 10}\n", "10 has no unit"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(tmp_path: Path, text: str, says: str):
    with pytest.raises(ConfigError, match=says) as raised:
        compiled(tmp_path, text)
    assert "rig.yaml:" in str(raised.value)


TRACE = """time_s,current_a,voltage_v,temperature_degc,hoop_strain_ppm
0,0,3,25,0
1,1,3.1,25,1
"""
HEAD = """
name: cut-short
cell: {diameter: 10 mm, kind: metal-anode, electrodes: {negative: Na}}
control: {identification: false}
"""
PRESSED = "pressure: [{press: 15 MPa, at: cycling}]\n"
METHOD = """protocol:
  record: {time_s: 1}
  sample: {name: twin, capacity_mAh: 0.785}
  safety: {min_voltage_V: 0.5, max_voltage_V: 4.5}
  method:
    - {step: tag, tag: cycling}
    - {step: open_circuit_voltage, until_time_s: 300}
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 0.785, until_time_s: 900}
    - {step: constant_current, current_mA: -0.785, until_time_s: 900, until_voltage_V: 1.0}
    - {step: loop, loop_to: cycle, cycle_count: 3}
"""


def followed(folder: Path, profile: str, rig: str = "extends: twin-follow\n") -> RunPlan:
    """A profile that is written as `profile` on a rig that is written as `rig`."""
    (folder / "rig.yaml").write_text(f"name: rig\n{rig}", encoding="utf-8")
    (folder / "profile.yaml").write_text(profile, encoding="utf-8")
    return plan(str(folder / "profile.yaml"), str(folder / "rig.yaml"))


def test_the_pressure_is_kept_as_long_as_another_program_takes_for_the_protocol(tmp_path: Path):
    rig = "extends: twin-follow\npotentiostat: {start_within: 20 min}\n"
    found = followed(tmp_path, HEAD + PRESSED + METHOD, rig)
    assert [step.kind for step in found.config.steps] == [Kind.PRESSURE, Kind.FOLLOW, Kind.END]
    assert found.config.steps[1].until_ns == (1200 + 300 + 3 * 1800) * 10**9
    assert not any(step.cycle_begin or step.cycle_end for step in found.config.steps)


def test_on_the_twin_the_other_program_has_the_protocol(tmp_path: Path):
    found = followed(tmp_path, HEAD + PRESSED + METHOD)
    assert found.twin is not None
    rest, charge, discharge, loop, end = found.twin.method
    assert [step.kind for step in (rest, loop, end)] == [Kind.OPEN, Kind.LOOP, Kind.END]
    assert (charge.cell_setpoint, charge.cell_limit) == (0.785e-3, 4.5)
    assert (discharge.cell_setpoint, discharge.until_voltage_v) == (-0.785e-3, 1.0)
    assert (loop.target, loop.passes) == (1, 3)


def test_steps_of_current_are_recognised_by_the_largest_of_the_protocol(tmp_path: Path):
    commanded = followed(tmp_path, HEAD + PRESSED + METHOD, "extends: twin\n").config
    assert followed(tmp_path, HEAD + PRESSED + METHOD).config.control == commanded.control


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (
            HEAD + PRESSED.replace("cycling", "cycle") + METHOD,
            r"profile.yaml:5:\d+: rig rig only observes its cell, and where in its protocol",
        ),
        (
            HEAD + PRESSED + METHOD.replace("-0.785, until_time_s: 900,", "-0.785,"),
            r"profile.yaml:15:\d+: another program runs this step, .* add until_time_s",
        ),
        (
            HEAD + "pressure: [{gap: 10 um, hold: 1 min}]\n" + METHOD,
            "no pressure is set while another program runs this",
        ),
        (
            HEAD + "limits: {efficiency: 90 %}\n" + PRESSED + METHOD,
            "an efficiency is judged in cycles that the run commands",
        ),
    ],
)
def test_what_another_program_cannot_be_followed_through_is_refused(
    tmp_path: Path, profile: str, says: str
):
    with pytest.raises(ConfigError, match=says):
        followed(tmp_path, profile)


def test_when_a_program_starts_is_no_question_where_the_run_commands_the_cell(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"start_within is for .* 'mode: observe'"):
        compiled(tmp_path, "extends: twin\npotentiostat: {start_within: 1 h}\n")


def test_a_rig_that_plays_a_measured_table_runs_no_protocol(tmp_path: Path):
    trace = tmp_path / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    with pytest.raises(ConfigError, match="plays a measured table, so nothing on it can run"):
        plan("sodium-assembly-hold", "twin-traced", trace)
