"""One rig of the spread: what is declared of it, what is true of it, and what is done to it.

The declared numbers are written as a profile and a rig and compiled like any user's, so that the
benchmark knows nothing of the compiled configuration. The truth replaces the twin's own numbers.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from fixture.config.resolve import RunPlan, plan
from fixture.twin.parameters import Parameters

DIAMETER_MM = 10.0
AREA_MM2 = 78.54
AREA_CM2 = 0.7854
RANGE = 2.0  # full scale of the load cell and force limit, times the force of the highest setpoint
DIVISIONS = 100_000  # of a load cell's full scale
CONTACT_MPA = 0.3  # interface pressure at the start, or a tenth of the setpoint
HOLD_S = 150.0  # at a setpoint, once settled
TRAVEL_UM = 12_000.0
QUIET: dict[str, dict[str, object]] = {  # what could end a run for the cell's own reasons is small
    "electrochemistry": {
        "ohmic_ohm_cm2": 1.0,
        "transfer_ohm_cm2": 0.5,
        "diffusion_ohm_cm2": 1.0,
        "initial_soc": 0.1,
    },
    "contact": {"slope_ohm_cm2": 1.0},
    "voids": {"critical_mpa_cm2_per_ma": 0.0},
    "dendrite": {"critical_ma_per_cm2": 0.0},
}

Truth = Mapping[str, Mapping[str, object]]


class Rig(NamedTuple):
    """Plain words and numbers, so that it travels to another process."""

    name: str
    kind: str  # its class in the tables
    truth: Truth  # fields of the twin's sections
    seed: int = 1
    setpoints_mpa: tuple[float, ...] = (15.0,)
    cell: str = "metal-anode"
    negative: str = "Na"
    positive: str | None = None
    currents: tuple[tuple[float, float], ...] = ()  # mA/cm² and s, in turn
    stiffness_n_per_um: float = 10.0  # declared
    slip_um: float = 0.5  # declared
    reversal_um: float = 1.0  # declared
    lag_s: float = 20.0  # declared, of breathing behind the charge
    tick_s: float = 0.1
    settle_s: float = 1.5  # declared, of the force after the press has arrived
    step_um: float = 0.05
    speed_um_per_s: float = 5.0
    within: float = 0.02  # of the setpoint: settled, so that the cycling begins
    hold_s: float = HOLD_S


class Built(NamedTuple):
    """A rig, compiled."""

    found: RunPlan
    parameters: Parameters


def limit_n(rig: Rig) -> float:
    """The force limit that the rig declares."""
    return RANGE * max(rig.setpoints_mpa) * AREA_MM2


def build(rig: Rig) -> Built:
    """Write, compile and put the truth in. Raises ConfigError."""
    found = _compiled(rig)
    assert found.twin is not None
    contact_mpa = min(CONTACT_MPA, 0.1 * rig.setpoints_mpa[0])
    parameters = _with(found.twin, QUIET)
    parameters = _with(parameters, {"stack": {"contact_mpa": contact_mpa}})
    parameters = _with(parameters, {"electrochemistry": {"capacity_mah_per_cm2": _capacity(rig)}})
    return Built(found, msgspec.structs.replace(_with(parameters, rig.truth), seed=rig.seed))


def _compiled(rig: Rig) -> RunPlan:
    """The files that a user would write, read again."""
    with tempfile.TemporaryDirectory() as folder:
        profile, written = Path(folder) / "profile.yaml", Path(folder) / "rig.yaml"
        profile.write_text(json.dumps(_profile(rig)), encoding="utf-8")  # JSON is YAML
        written.write_text(json.dumps(_rig(rig)), encoding="utf-8")
        return plan(str(profile), str(written))


def _with(parameters: Parameters, truth: Truth) -> Parameters:
    """The parameters with fields of some sections replaced."""
    replace = msgspec.structs.replace
    sections = {
        name: replace(getattr(parameters, name), **fields) for name, fields in truth.items()
    }
    return replace(parameters, **sections)


def _capacity(rig: Rig) -> float:
    """So much, mAh/cm², that a quarter is left when the longest charge has passed; 1 at rest."""
    passed = [abs(ma_cm2) * seconds / 3600.0 for ma_cm2, seconds in rig.currents]
    return 1.25 * max(passed, default=0.0) or 1.0


def _profile(rig: Rig) -> dict[str, object]:
    electrodes = {"negative": rig.negative, "positive": rig.positive}
    profile: dict[str, object] = {
        "name": "spread",
        "about": rig.name,
        "cell": {
            "diameter": f"{DIAMETER_MM:g} mm",
            "kind": rig.cell,
            "electrodes": {side: name for side, name in electrodes.items() if name},
            "confinement": "die",
        },
        "pressure": [
            {
                "press": f"{mpa:.9g} MPa",
                "hold": f"{rig.hold_s:g} s",
                "settle_within": f"{100.0 * rig.within:g} %",
            }
            for mpa in rig.setpoints_mpa
        ],
    }
    if rig.currents:
        profile["protocol"] = _protocol(rig)
    return profile


def _protocol(rig: Rig) -> dict[str, object]:
    steps: list[dict[str, object]] = []
    for ma_cm2, seconds in rig.currents:
        step: dict[str, object] = {"step": "open_circuit_voltage", "until_time_s": seconds}
        if ma_cm2:
            step |= {"step": "constant_current", "current_mA": ma_cm2 * AREA_CM2}
        steps.append(step)
    capacity_mah = _capacity(rig) * AREA_CM2
    return {
        "record": {"time_s": 1},
        "sample": {"name": "twin", "capacity_mAh": capacity_mah},
        "method": steps,
    }


def _rig(rig: Rig) -> dict[str, object]:
    full_n = limit_n(rig)
    return {
        "name": "spread-rig",
        "extends": "twin",
        "tick": f"{1000.0 * rig.tick_s:g} ms",
        "load_cells": {
            "units": [1],
            "full_scale": f"{full_n:.9g} N",
            "division": f"{full_n / DIVISIONS:.9g} N",
            "zero_counts": [0],
        },
        "press": {
            "step": f"{rig.step_um:g} um",
            "travel": [f"{-TRAVEL_UM:g} um", f"{TRAVEL_UM:g} um"],
            "speed": f"{rig.speed_um_per_s:.9g} um/s",
            "settle": f"{rig.settle_s:.9g} s",
        },
        "nominal": {
            "stiffness": f"{rig.stiffness_n_per_um:.9g} N/um",
            "softest": "1 %",
            "stick_band": f"{rig.slip_um:.9g} um",
            "backlash": f"{rig.reversal_um:.9g} um",
            "breathing_lag": f"{rig.lag_s:g} s",
        },
        "limits": {
            "force": f"{full_n:.9g} N",
            "force_rate": "10 MN/s",
            "current": "200 mA",
            "voltage": ["-10 V", "10 V"],
        },
        "twin": {"load_cells": {"shares": [1.0]}},
    }
