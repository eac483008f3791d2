"""A recipe with the same pressures, measurements and ends, in minutes: for tests and `--short`."""

from pathlib import Path
from typing import Any, cast

from fixture.config import find
from fixture.config.yaml.locate import dump

HOLD = "30 s"
MINIMUM = "5 s"
REST_S, CURRENT_S = 20, 60
CYCLES = 2
LADDER = {"for": "30 s", "rest": MINIMUM}
RIG = """\
extends: {rig}
name: {rig}
twin:
  dendrite: {{crossing: 15 s}}
  shorts: {{hardening: 20 s}}
"""


def profile(name: str, folder: Path) -> Path:
    """The short form of a recipe, written into a folder; with its rig, where dendrites grow."""
    found = find.find(find.PROFILES, name).document.data
    short = {**found, "pressure": [_step(step) for step in found["pressure"]]}
    if "protocol" in found:
        short["protocol"] = _protocol(found["protocol"])
    if "ladder" in short["pressure"][-1]:
        short["rig"] = "./rig.yaml"
        (folder / "rig.yaml").write_text(RIG.format(rig=found["rig"]), encoding="utf-8")
    path = folder / f"{name}.yaml"
    path.write_text(dump(short), encoding="utf-8")
    return path


def _step(step: dict[str, Any]) -> dict[str, Any]:
    made = dict(step)
    if "hold" in made:
        made["hold"] = MINIMUM if "until" in made or "search" in made else HOLD
    if "ladder" in made:
        made["ladder"] = {**made["ladder"], **LADDER}
    return made


def _protocol(protocol: dict[str, Any]) -> dict[str, Any]:
    lengths = {"open_circuit_voltage": REST_S, "constant_current": CURRENT_S}
    method: list[dict[str, Any]] = []
    for step in cast("list[dict[str, Any]]", protocol["method"]):
        made = dict(step)
        if made["step"] in lengths:
            made["until_time_s"] = lengths[made["step"]]
        if "cycle_count" in made:
            made["cycle_count"] = CYCLES
        method.append(made)
    return {**protocol, "method": method}
