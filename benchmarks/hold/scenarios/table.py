"""The scenarios: which profile on which rig, what varies, and what the hold has to reach there.

A goal bounds one figure of `benchmarks.hold.score.Score` in the worst seed (or the median). Where
`slip` stands in a figure's name it is counted in slips of the press (or steps, without friction).
"""

from typing import NamedTuple

SAWTOOTH = 0.29  # rms of a sawtooth, of its height: 1/√12
CLEAN, REAL, COMPENSATED = "clean", "real", "compensated"


class Variant(NamedTuple):
    """One way to run a scenario; '' is the scenario's own profile or rig."""

    name: str
    slip_um: float
    profile: str = ""
    rig: str = ""


class Goal(NamedTuple):
    """The most that a figure of ours may be."""

    variant: str
    sensors: str
    figure: str
    most: float
    over: str = "worst"  # or median


class Scenario(NamedTuple):
    """A case to hold."""

    name: str
    about: str
    profile: str
    rig: str
    variants: tuple[Variant, ...]
    goals: tuple[Goal, ...]
    sensors: tuple[str, ...] = (CLEAN, REAL, COMPENSATED)
    spread: bool = False  # every seed is another rig, friction and spring too
    smooth_s: float = 0.0  # over which the disturbance is averaged before it is added up
    approach: bool = False  # the way to the setpoint is what counts
    tuned_s: float = 7200.0  # how much run time PI is tuned on, from the first current or step


def sawtooth(variant: str) -> tuple[Goal, ...]:
    """What B1 asks of a hold with stick-slip."""
    return (
        Goal(variant, CLEAN, "rms_slip", 1.2 * SAWTOOTH),
        Goal(variant, CLEAN, "slips_ratio", 1.25),
        Goal(variant, CLEAN, "travel_ratio", 3.0),
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "B1",
        "Na in a die, 70 MPa, 3 mAh/cm² at 1 mA/cm²",
        "sodium-70-mpa",
        "rig-70-mpa",
        (Variant("δ 0.5", 0.5), Variant("δ 2", 2.0)),
        (
            *sawtooth("δ 0.5"),
            *sawtooth("δ 2"),
            Goal("δ 0.5", COMPENSATED, "true_peak", 0.1),
        ),
    ),
    Scenario(
        "B2",
        "Na, 15 MPa, 1 mAh/cm² at 1 mA/cm², three cycles",
        "sodium-15-mpa",
        "rig",
        (Variant("δ 0", 0.0), Variant("δ 0.5", 0.5)),
        (
            Goal("δ 0", CLEAN, "rms", 0.02),
            Goal("δ 0", COMPENSATED, "true_rms", 0.03),
            *sawtooth("δ 0.5"),
            Goal("δ 0.5", COMPENSATED, "true_rms", 0.15),
        ),
    ),
    Scenario(
        "step",
        "74 to 15 MPa",
        "step",
        "rig-74-mpa",
        (Variant("δ 0", 0.0), Variant("δ 0.5", 0.5)),
        (
            Goal("δ 0", CLEAN, "overshoot", 0.05),
            Goal("δ 0.5", CLEAN, "overshoot_slip", 0.6),
        ),
        approach=True,
    ),
    Scenario(
        "spread",
        "twelve rigs without tuning: B2 with δ 0 to 2, landing 0 to 0.4, two with K/10",
        "sodium-15-mpa",
        "rig",
        (Variant("12 rigs", 0.5),),
        (
            Goal("12 rigs", CLEAN, "rms_bound", 1.1, "median"),
            Goal("12 rigs", CLEAN, "rms_bound", 1.6),
            Goal("12 rigs", CLEAN, "slips_ratio", 1.1, "median"),
            Goal("12 rigs", CLEAN, "slips_ratio", 2.0),
        ),
        sensors=(CLEAN,),
        spread=True,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
