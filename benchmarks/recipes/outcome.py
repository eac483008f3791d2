"""What each recipe is for, as figures with a goal, read from its record alone."""

from collections.abc import Callable

import numpy as np

from benchmarks.common import Figure
from benchmarks.recipes.story import JUDGED_MPA, Story
from fixture.config.find import PROFILES, names

NOT_RECIPES = {"followed-hold", "manual", "sodium-impedance", "traced-hold"}
NAMES = tuple(name for name in names(PROFILES) if name not in NOT_RECIPES)
OFF = 0.5  # %, of a pressure that was to be reached, either way
HELD = {  # %, rms, true: of the pressure at which a recipe cycles
    "sodium-creep-forming": 0.2,
    "lithium-foil-prepress": 0.5,
    "sodium-sulfur-copress": 0.2,
    "sodium-assembly-hold": 0.3,
    "lithium-constant-hold": 0.3,
}
ROOM_UM = 6.0  # what a die lets the twin's foil lose


def figures(name: str, story: Story) -> list[Figure]:
    """All of a recipe's, each found by its name."""
    recipe = next(key for key in OUTCOMES if name.startswith(key))
    found = [
        Figure("ended as programmed", float(story.outcome == "done"), "", least=1.0),
        Figure(f"overshoot above {JUDGED_MPA:g} MPa", story.overshoot_percent(), "%", most=OFF),
        *OUTCOMES[recipe](name, story),
    ]
    return [figure._replace(what=f"{name}: {figure.what}") for figure in found]


def _reaches(story: Story, *pressures: float) -> list[Figure]:
    return [
        Figure(f"{mpa:g} MPa, off by", story.off_percent(mpa), "%", most=OFF, least=-OFF)
        for mpa in pressures
    ]


def _hold(story: Story, most: float) -> list[Figure]:
    """Where the run was long enough to have one."""
    if story.hold is None:
        return []
    at = f"hold at {story.hold.setpoint_mpa:g} MPa"
    return [
        Figure(f"{at}, load cells, rms", story.hold.rms, "%", most=most),
        Figure(f"{at}, true, rms", story.hold.true_rms, "%", most=most),
        Figure(f"{at}, fixed gap, rms", story.hold.gap_rms, "%"),
    ]


def _cycled(story: Story) -> Figure:
    complete = float(story.cycles["complete"].sum())
    return Figure("cycles held through", complete, "", least=2.0)


FORMED = {"-500mpa": (500.0, 75.0), "-200mpa": (200.0,), "-low": (17.0, 1.0, 5.0)}


def _forming(name: str, story: Story) -> list[Figure]:
    levels = FORMED.get(name.removeprefix("sodium-creep-forming"), (150.0, 75.0))
    before, after = story.values("resistance")[0], story.values("resistance")[-1]
    foil_um = 1e6 * story.twin["foil_thickness_metre"]
    filled = 100.0 * float(foil_um[0] - foil_um[-1]) / ROOM_UM
    return [
        *_reaches(story, *(mpa for mpa in levels if mpa >= 5.0)),
        Figure("resistance before", before, "ohm"),
        Figure("resistance formed, of before", after / before, "", most=0.9),
        Figure("gaps filled by creep", filled, "%", least=90.0),
        _cycled(story),
        *_hold(story, HELD["sodium-creep-forming"]),
    ]


def _foil(name: str, story: Story) -> list[Figure]:
    first, last = story.values("resistance")[0], story.values("resistance")[-1]
    history = story.found("critical current")
    area_cm2 = story.config.area_mm2 / 100.0
    critical = 1e3 * story.values("critical current")[0] / area_cm2
    peak_mpa = history[0]["peak_mpa"] if history else float("nan")
    pressed, target, formed = (71.0, 120.0, 71.0) if "llzo" in name else (25.0, 50.0, 375.0)
    if name.endswith("-foil"):
        formed = pressed
    found = [
        Figure("resistance at 1 MPa", first, "ohm", least=500.0),
        Figure(f"resistance at {pressed:g} MPa", last, "ohm", most=target),
        Figure("critical current", critical, "mA/cm2", least=0.3),
        Figure("found at", history[0]["pressure_mpa"] if history else float("nan"), "MPa",
               least=pressed * 0.98, most=pressed * 1.02),
        Figure("highest pressure before it", peak_mpa, "MPa",
               least=formed * 0.99, most=formed * 1.01),
    ]  # fmt: skip
    if "llzo" not in name:
        found.append(Figure("published 32 ohm at 25 MPa", last, "ohm", least=27.2, most=36.8))
    return [*found, *_hold(story, HELD["lithium-foil-prepress"])]


def _sulfur(name: str, story: Story) -> list[Figure]:
    pressed = {"-240mpa": 240.0, "-700mpa": 700.0}
    top = pressed.get(name.removeprefix("sodium-sulfur-copress"), 500.0)
    whole = 1.0 if top > 625.0 else 0.0
    damage = story.most("separator_damage")
    return [
        *_reaches(story, top, 120.0, 50.0),
        Figure("separator cracked, 100 is broken", 100.0 * damage, "%", most=99.0 * whole),
        Figure("load cells ruined", story.most("load_cells_crushed"), "", most=0.0),
        Figure("load cell of 10 kN believed at 50 MPa", float(story.ranges()[-1]), "number",
               least=1.0, most=1.0),
        Figure("resistance at 50 MPa", story.values("resistance")[0], "ohm"),
        _cycled(story),
        *_hold(story, HELD["sodium-sulfur-copress"]),
    ]  # fmt: skip


def _assembly(name: str, story: Story) -> list[Figure]:
    del name
    peak_mpa = 1e-6 * float(story.log["stack_pressure_peak_pa"][-1])
    lowest = 1e-6 * float(story.log["surface_pressure_pa"][story.stretches()[-1]].min())
    return [
        *_reaches(story, 74.0, 15.0),
        Figure("peak in the record", peak_mpa, "MPa", least=74.0 * 0.995, most=74.0 * 1.005),
        Figure("branch at the end, -1 is falling", float(story.log["pressure_branch"][-1]), "",
               least=-1.0, most=-1.0),
        Figure("lowest on the way down, of 15 MPa", lowest / 15.0, "", least=0.99),
        _cycled(story),
        *_hold(story, HELD["sodium-assembly-hold"]),
    ]  # fmt: skip


def _constant(name: str, story: Story) -> list[Figure]:
    del name
    limit_ohm = 310.0
    rising = story.found("resistance")
    enough = [one for one in rising if one["value"] <= limit_ohm]
    raised_mpa = float(enough[0]["pressure_mpa"]) if enough else float("nan")
    lowest_mpa = story.values("lowest pressure")[0]
    confirmed = [one for one in story.found("resistance") if one["time_s"] > enough[0]["time_s"]]
    highest_mpa = 1.02 * raised_mpa
    tilt = story.log["pressure_tilt"]
    loaded = story.log["stack_force_newton"] >= story.config.limits.tilt_from_n
    return [
        Figure("resistance at 0.2 MPa", rising[0]["value"], "ohm", least=limit_ohm),
        Figure("acceptable from, on the way up", raised_mpa, "MPa", least=0.2, most=5.0),
        Figure("lowest pressure, once pressed", lowest_mpa, "MPa", least=0.19, most=highest_mpa),
        Figure("resistance there", confirmed[-1]["value"], "ohm", most=limit_ohm),
        Figure("trials", float(len(story.found("trial"))), "", least=2.0),
        Figure("tilt, largest", float(np.nanmax(tilt[loaded])), "", most=0.2),
        _cycled(story),
    ]


OUTCOMES: dict[str, Callable[[str, Story], list[Figure]]] = {
    "sodium-creep-forming": _forming,
    "lithium-foil-prepress": _foil,
    "sodium-sulfur-copress": _sulfur,
    "sodium-assembly-hold": _assembly,
    "lithium-constant-hold": _constant,
}
