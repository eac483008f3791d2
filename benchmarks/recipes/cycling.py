"""The cycling part of each recipe, cut short, on rigs of other instruments.

The pressure at which a recipe cycles, and its protocol; of a recipe that ends in a ladder of
currents the first rung each way. Cells are as they are once formed, with the electrochemistry of
the recipe's own rig, on the press of `twin`, or of `twin-low` below 5 MPa, where one slip of the
other would be 3 %. Where another program runs the cell, it runs this protocol on the twin. The hold
is judged as on the recipe's own rig.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Figure
from benchmarks.recipes.outcome import HELD
from fixture.config.find import PROFILES, RIGS, find
from fixture.config.resolve import DEFAULT_RIG, RunPlan, plan
from fixture.config.yaml import units
from fixture.config.yaml.locate import dump
from fixture.record.reader import Record
from tests.recording import record

LOW_MPA = 5.0
REST_S, PASSES = 20, 2
HALF_CYCLE_S = {True: 120, False: 600}  # short or not
RATE_HZ = 2.0  # breathing is slow
SETTLED_S = 60.0  # after the current has begun: the breathing is estimated [A]
FLOWS_A = 1e-5
CELL = ("electrochemistry", "contact")  # sections of a rig's twin that are the cell's

# What differs from the default rig's instruments: Laumas TLB, Trinamic TMCL, Keithley 2450.
EMSTAT = {
    "model": "palmsens-emstat4",
    "port": {"address": "emulated:potentiostat"},
    "options": {"deadline": "150 ms"},
}
STARTED: dict[str, Any] = {"mode": "observe", "start_within": "3 min"}
PROGRAM = {"start": "6 min"}
FOLLOWED_FILE = STARTED | {
    "model": "follow-file",
    "port": {"address": "emulated:cycler"},
    "options": {"latency": "1 s", "emulated_every": "1 s", "emulated_late": "1 s"},
}
T7 = {"address": "emulated:t7?turnaround_us=800"}
T7_INPUTS = {
    "model": "labjack-t7",
    "port": T7,
    "units": [0, 1, 2],
    "options": {"output": "5 V", "deadline": "150 ms"},
}
FOLLOWED_MONITORS = STARTED | {
    "model": "labjack-t7-monitors",
    "port": T7,
    "options": {
        "voltage_input": 4,
        "current_input": 5,
        "current_span": "10 mA",
        "deadline": "150 ms",
    },
}
INSTRUMENTS: dict[str, dict[str, Any]] = {
    "Laumas TLB, Keithley 2450": {},
    "Mantracourt DSC, PalmSens EmStat4": {
        "load_cells": {"model": "mantracourt-dsc"},
        "potentiostat": EMSTAT,
    },
    "Laumas TLB, another program's file": {"potentiostat": FOLLOWED_FILE},
    "LabJack T7, another program's monitors": {
        "load_cells": T7_INPUTS,
        "potentiostat": FOLLOWED_MONITORS,
    },
}


def part(name: str, short: bool) -> dict[str, Any]:
    """The cycling part of a recipe as a profile."""
    found = find(PROFILES, name).document.data
    pressure = cast("list[dict[str, Any]]", found["pressure"])
    return {
        "name": "cycling-part",
        "cell": found["cell"],
        "pressure": [
            {"press": f"{cycled_mpa(name):g} MPa", "hold": "30 s", "settle_within": "3 %"}
        ],
        "protocol": _protocol(found, pressure[-1], HALF_CYCLE_S[short]),
        "control": {"identification": False},
        "at_end": "halt",
    }


def cycled_mpa(name: str) -> float:
    """The pressure at which a recipe cycles: the last one set, or where a search begins."""
    pressure = cast("list[dict[str, Any]]", find(PROFILES, name).document.data["pressure"])
    set_ = [step["search"]["from"] if "search" in step else step.get("press") for step in pressure]
    return units.parse(units.PRESSURE, [text for text in set_ if text][-1])


def _protocol(found: dict[str, Any], last: dict[str, Any], half_cycle_s: int) -> dict[str, Any]:
    written = found.get("protocol")
    if written is None:
        area_cm2 = 0.25 * np.pi * 1.0**2
        density = units.plain("mA/cm**2", last["ladder"]["from"])
        currents, safety = [density * area_cm2, -density * area_cm2], {}
    else:
        steps = cast("list[dict[str, Any]]", written["method"])
        currents = [s["current_mA"] for s in steps if s["step"] == "constant_current"]
        safety = written["safety"]
    method: list[dict[str, Any]] = [
        {"step": "tag", "tag": "cycling"},
        {"step": "open_circuit_voltage", "until_time_s": REST_S},
        {"step": "tag", "tag": "cycle"},
        *(
            {"step": "constant_current", "current_mA": float(ma), "until_time_s": half_cycle_s}
            for ma in currents
        ),
        {"step": "loop", "loop_to": "cycle", "cycle_count": PASSES},
    ]
    return {"record": {"time_s": 1}, "sample": {"name": "twin"}, "safety": safety, "method": method}


def planned(name: str, rig: str, folder: Path, short: bool) -> RunPlan:
    """The run of a recipe's cycling part on a rig."""
    base = "twin-low" if cycled_mpa(name) < LOW_MPA else DEFAULT_RIG
    (folder / "part.yaml").write_text(dump(part(name, short)), encoding="utf-8")
    own = find(RIGS, find(PROFILES, name).document.data.get("rig", DEFAULT_RIG)).document.data[
        "twin"
    ]
    twin = {section: own[section] for section in CELL} | {"program": PROGRAM}
    written = {
        "extends": base,
        "name": "other-instruments",
        "twin": twin,
        **INSTRUMENTS[rig],
    }
    (folder / "rig.yaml").write_text(dump(written), encoding="utf-8")
    return plan(str(folder / "part.yaml"), str(folder / "rig.yaml"), rate_hz=RATE_HZ)


def figures(name: str, rig: str, folder: Path, short: bool) -> Iterator[Figure]:
    """Run it; how it ended, how many half-cycles there were, and how the pressure was held."""
    path = folder / f"{name}-{list(INSTRUMENTS).index(rig)}.h5"
    record(planned(name, rig, folder, short), path)
    mpa = cycled_mpa(name)
    what = f"{name}, {mpa:g} MPa, {rig}"
    with Record.open(path) as read:
        time_s, current_a = read.log["test_time_second"], read.twin["cell_current_ampere"]
        true_pa = read.twin["true_pressure_pa"]
        gap_mpa = _gap_mpa(read)
        yield Figure(f"{what}: ended as programmed", float(read.outcome == "done"), "", least=1.0)
        cycles = float(len(read.cycles["complete"]))
    flows = np.abs(current_a) > FLOWS_A
    begin_s = float(time_s[flows][0]) + SETTLED_S
    held = flows & (time_s >= begin_s)
    rms = float(np.sqrt(np.mean((1e-4 * true_pa[held] / mpa - 100.0) ** 2)))
    gap = float(100.0 * gap_mpa[held].std() / mpa)
    yield Figure(f"{what}: cycles", cycles, "", least=PASSES, most=PASSES)
    recipe = next(key for key in HELD if name.startswith(key))
    yield Figure(f"{what}: true, rms", rms, "%", most=HELD[recipe])
    yield Figure(f"{what}: fixed gap, rms, computed", gap, "%")


def _gap_mpa(read: Record) -> NDArray[np.float64]:
    """By how much the breathing would change the pressure between plates that stand."""
    newton = read.twin["breathing_metre"] * read.twin["stiffness_newton_per_metre"]
    return newton / read.config.area_mm2
