"""Profiles and rigs made from text, and what is said of them."""

from pathlib import Path
from textwrap import dedent

from fixture.config.materials import MATERIALS, Material
from fixture.config.resolve import RunPlan, plan
from fixture.config.yaml.errors import ConfigError

PROFILE = """\
name: test
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
pressure:
  - press: 15 MPa
    at: cycling
protocol:
  record: {time_s: 1}
  sample: {capacity_mAh: 1.0}
  method:
    - {step: tag, tag: cycling}
    - {step: constant_current, current_mA: 1, until_time_s: 60}
    - {step: loop, loop_to: cycling, cycle_count: 2}
"""
UNIDENTIFIED = "control: {identification: false}\n"  # no step but those written
SYMMETRIC = """\
name: symmetric
cell:
  diameter: 10 mm
  kind: symmetric
  electrodes: {negative: Na, positive: Na}
pressure:
  - press: 6 MPa
    settle_within: 3 %
    at: cycling
protocol:
  record: {time_s: 0.1}
  safety: {min_voltage_V: -0.5, max_voltage_V: 0.5}
  method:
    - {step: tag, tag: cycling}
    - {step: constant_current, current_mA: 0.2, until_time_s: 10}
    - {step: constant_current, current_mA: -0.2, until_time_s: 10}
"""


def plan_of(folder: Path, profile: str, rig: str = "twin", trace: Path | None = None) -> RunPlan:
    """The plan of a profile given as text, on a rig by name or path."""
    file = folder / "p.yaml"
    file.write_text(dedent(profile), encoding="utf-8")
    return plan(str(file), rig, trace)


def complaints(folder: Path, profile: str, rig: str = "twin") -> list[str]:
    """What is said of a profile, a line each, without the folder; empty if it is accepted."""
    try:
        plan_of(folder, profile, rig)
    except ConfigError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []


def changed(old: str, new: str) -> str:
    """The good profile with one passage replaced."""
    assert PROFILE.count(old) == 1
    return PROFILE.replace(old, new)


def rig_file(folder: Path, text: str) -> str:
    """A rig file that extends the twin; its path."""
    file = folder / "r.yaml"
    file.write_text("extends: twin\n" + dedent(text), encoding="utf-8")
    return str(file)


def material(name: str | None) -> Material | None:
    """A material of the table, or what does not breathe."""
    return None if name is None else MATERIALS[name]
