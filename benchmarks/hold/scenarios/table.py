"""The scenarios: which profile on which rig, what varies, and what the hold has to reach there.

A goal bounds one figure of `benchmarks.hold.score.Score` in the worst seed (or the median). Where
`slip` stands in a figure's name it is counted in slips of the press (or steps, without friction).
"""

from typing import NamedTuple

SAWTOOTH = 0.29  # rms of a sawtooth, of its height: 1/√12
CLEAN, REAL, COMPENSATED = "clean", "real", "compensated"
WORST, MEDIAN, LOWEST = "worst", "median", "lowest"
OURS, GAP, SPRING = "ours", "fixed gap", "spring"
TUNED, ONE, FED, WINDING = "PI, tuned here", "PI, one tuning", "PI + charge", "PI, winds up"
PASSIVE = (GAP, SPRING)
ACTIVE = (TUNED, FED, ONE)
AS_WRITTEN = -1.0  # slip of the press: the rig's own


class Variant(NamedTuple):
    """One way to run a scenario; '' is the scenario's own profile or rig."""

    name: str
    slip_um: float = AS_WRITTEN
    profile: str = ""
    rig: str = ""


class Goal(NamedTuple):
    """The most that a figure of ours may be; with LOWEST, the least of all seeds."""

    variant: str
    sensors: str
    figure: str
    most: float
    over: str = WORST


class Scenario(NamedTuple):
    """A case to hold."""

    name: str
    about: str
    profile: str
    rig: str
    variants: tuple[Variant, ...]
    goals: tuple[Goal, ...]
    sensors: tuple[str, ...] = (CLEAN, REAL, COMPENSATED)
    rivals: tuple[str, ...] = (*PASSIVE, *ACTIVE)
    seeds: int = 6
    rival_seeds: int = 3  # with clean sensors; with others one less
    rival_share: float = 1.0  # of the sequence
    spread: bool = False  # every seed is another rig, friction and spring too
    smooth_s: float = 0.0  # over which the disturbance is averaged before it is added up
    approach: int = 0  # how many of the last setpoints are judged by the way to them; 0: none
    tuned_s: float = 3600.0  # how much of its cycling PI is tuned on
    relaxes: bool = False  # only what is left of the pressure counts
    from_cycle: int = 0  # of a measured table: what is before it is for learning


def sawtooth(variant: str) -> tuple[Goal, ...]:
    """What B1 requires of a hold with stick-slip."""
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
        (*sawtooth("δ 0.5"), *sawtooth("δ 2"), Goal("δ 0.5", COMPENSATED, "true_peak", 0.1)),
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
        "B3",
        "7 mAh/cm² at 2 mA/cm²: anode-free Na at 10 MPa, Na-S at 50 MPa",
        "sodium-anode-free",
        "rig-10-mpa",
        (
            Variant("Na, δ 0", 0.0),
            Variant("Na, δ 0.5", 0.5),
            Variant("Na-S, δ 0", 0.0, "sodium-sulfur", "rig-50-mpa"),
            Variant("Na-S, δ 0.5", 0.5, "sodium-sulfur", "rig-50-mpa"),
        ),
        (
            Goal("Na, δ 0", COMPENSATED, "true_peak", 0.11),
            Goal("Na, δ 0.5", CLEAN, "peak_slip", 1.0),
            Goal("Na, δ 0.5", REAL, "lowest_mpa", 5.0, LOWEST),
            Goal("Na-S, δ 0", COMPENSATED, "true_peak", 0.11),
            Goal("Na-S, δ 0.5", CLEAN, "peak_slip", 1.0),
        ),
    ),
    Scenario(
        "B4",
        "Li|LPSCl, 5 MPa, 3 mAh/cm² at 0.5 mA/cm²; Na, 15 MPa, pulses of 10 mA/cm²",
        "lithium-5-mpa",
        "rig-5-mpa",
        (
            Variant("Li, δ 0", 0.0),
            Variant("Li, δ 0.5", 0.5),
            Variant("pulses, δ 0", 0.0, "sodium-pulses", "rig"),
            Variant("pulses, δ 0.5", 0.5, "sodium-pulses", "rig"),
        ),
        (
            Goal("Li, δ 0", COMPENSATED, "true_peak", 0.2),
            *sawtooth("Li, δ 0.5"),
            Goal("pulses, δ 0", COMPENSATED, "true_peak", 0.1),
            *sawtooth("pulses, δ 0.5"),
        ),
        tuned_s=7200.0,
    ),
    Scenario(
        "B5",
        "forming at 375, 700 and 120 MPa on creeping powder, 60 kN",
        "forming",
        "rig-60-kn",
        (Variant("δ 0.5", 0.5),),
        (
            Goal("δ 0.5", CLEAN, "overshoot", 0.5),
            Goal("δ 0.5", CLEAN, "peak", 0.2),
            Goal("δ 0.5", COMPENSATED, "overshoot", 0.5),
            Goal("δ 0.5", COMPENSATED, "true_peak", 0.5),
        ),
        rivals=ACTIVE[::2],
        seeds=20,
        approach=3,
    ),
    Scenario(
        "B6",
        "Na foil between open plates, 3 MPa held for six hours on a soft rig",
        "foil",
        "rig-foil",
        (Variant("held, δ 0", 0.0),),
        (
            Goal("held, δ 0", CLEAN, "peak_slip", 1.0),
            Goal("held, δ 0", CLEAN, "travel_ratio", 1.2),
        ),
        sensors=(CLEAN, REAL),
        rivals=ACTIVE[::2],
        approach=1,
    ),
    Scenario(
        "B6 gap",
        "the same foil, pressed to 3 MPa, then in a constant gap; published: 0.6 MPa are left",
        "foil-gap",
        "rig-foil",
        (Variant("δ 0", 0.0),),
        (
            Goal("δ 0", CLEAN, "after_hour_mpa", 1.2),
            Goal("δ 0", CLEAN, "after_hour_mpa", 0.3, LOWEST),
        ),
        sensors=(CLEAN,),
        rivals=(),
        approach=1,
        relaxes=True,
    ),
    Scenario(
        "B7",
        "Na, 15 MPa, 300 cycles in 29 days at 1 Hz",
        "month",
        "rig-month",
        (Variant("δ 0", 0.0), Variant("δ 0.2", 0.2), Variant("δ 0.5", 0.5)),
        (
            Goal("δ 0", REAL, "rms", 0.07),
            Goal("δ 0.2", REAL, "rms", 0.07),
            Goal("δ 0.5", REAL, "rms_bound", 1.2),
            Goal("δ 0", COMPENSATED, "true_above", 0.03),
            Goal("δ 0.2", COMPENSATED, "true_above", 0.03),
            Goal("δ 0.5", COMPENSATED, "true_above", 0.03),
        ),
        sensors=(REAL, COMPENSATED),
        rivals=(GAP, TUNED, ONE),
        rival_share=0.1,
    ),
    Scenario(
        "B8",
        "a real cell's breathing, 13 µm of swing, 15 MPa; the second half of the cycles",
        "traced",
        "rig-traced",
        (Variant("δ 0", 0.0), Variant("δ 0.2", 0.2), Variant("δ 0.5", 0.5)),
        (
            Goal("δ 0", CLEAN, "rms", 0.02),
            Goal("δ 0", COMPENSATED, "true_rms", 0.03),
            *sawtooth("δ 0.2"),
            *sawtooth("δ 0.5"),
            Goal("δ 0.5", COMPENSATED, "true_rms", 0.15),
            Goal("δ 0", CLEAN, "foretold", 2.0),
            Goal("δ 0.2", CLEAN, "foretold", 2.0),
            Goal("δ 0.5", CLEAN, "foretold", 2.0),
        ),
        smooth_s=60.0,
        from_cycle=6,
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
        rivals=(WINDING, *ACTIVE[::2]),
        approach=1,
    ),
    Scenario(
        "spread",
        "twelve rigs without tuning: B2 with δ 0 to 2, landing 0 to 0.4, two with K/10",
        "sodium-15-mpa",
        "rig",
        (Variant("12 rigs"),),
        (
            Goal("12 rigs", CLEAN, "rms_bound", 1.1, MEDIAN),
            Goal("12 rigs", CLEAN, "rms_bound", 1.6),
            Goal("12 rigs", CLEAN, "slips_ratio", 1.1, MEDIAN),
            Goal("12 rigs", CLEAN, "slips_ratio", 2.0),
        ),
        sensors=(CLEAN,),
        rivals=(GAP, FED, ONE),
        seeds=12,
        rival_seeds=12,
        spread=True,
    ),
)
GIVEN = Scenario(
    "given",
    "the profile and the rig of the command line",
    "",
    "",
    (Variant("as written"),),
    (),
    sensors=(CLEAN,),
    rivals=(*PASSIVE, ONE),
    seeds=1,
    rival_seeds=1,
)
BY_NAME = {scenario.name: scenario for scenario in (*SCENARIOS, GIVEN)}
