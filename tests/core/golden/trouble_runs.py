"""Golden runs of the controller on plants that trouble it: stacks, presses, and force paths.

They say what the plant is and what the sequence wants, and nothing of how the controller does it.
"""

from functools import partial
from typing import Any

import msgspec

from fixture.core import config as c
from tests.core.bench import END, current_row, press_row
from tests.core.golden.control_runs import ECONOMY, PRECISE, rig
from tests.core.golden.plant import Plant, cracks, dead, late, swinging, together, weak
from tests.core.golden.play import Run
from tests.core.golden.steps import identify, loop, rest


def held(
    mpa: float, seconds: float, seed: int, plant: dict[str, Any] | None = None, **changes: Any
) -> Plant:
    """A pressure, and a time at rest."""
    return rig((press_row(mpa, 5.0), rest(seconds), END), seed, plant, **changes)


def measured_first(
    mpa: float, seconds: float, seed: int, plant: dict[str, Any] | None = None, **changes: Any
) -> Plant:
    """The same, with friction identified a tenth below the pressure."""
    steps = (identify(0.9 * mpa), press_row(mpa, 5.0), rest(seconds), END)
    return rig(steps, seed, plant, **changes)


def press(**changes: Any) -> c.Press:
    """The bench's press, but for this."""
    fields: dict[str, Any] = {
        "um_per_count": 0.05,
        "travel_min_um": -500.0,
        "travel_max_um": 1500.0,
        "release_um": -200.0,
        "speed_um_per_s": 5.0,
        "settle_ns": 1_500_000_000,
        "tolerance_um": 0.05,
    }
    return c.Press(**(fields | changes))


def cycles(mpa: float, current_a: float, seconds: float, passes: int) -> tuple[c.Step, ...]:
    """A charge and a discharge, so often."""
    return (
        press_row(mpa, 5.0),
        current_row(current_a, seconds),
        current_row(-current_a, seconds),
        loop(1, passes),
        END,
    )


def lowered_far() -> Plant:
    """From 40 MPa to 4 on a stack whose force goes with the square of its compression."""
    steps = (press_row(40.0, 2.0), press_row(4.0, 20.0), END)
    return rig(steps, 34, {"square_at_mpa": 10.0})


def breathing_fast() -> Plant:
    """A press that does not stick follows a disturbance that single strokes cannot."""
    return rig(cycles(15.0, 7.85e-3, 60.0, 2), 41, SMOOTHLY, slip_um=0.0)


def slides_instead() -> Plant:
    """A flow is followed on a press that is declared to stick, and does not."""
    steps = (press_row(30.0, 5.0, band_mpa=3.0), rest(200.0), END)
    plant = SMOOTHLY | {"reversal_um": 0.2, "creep_um_per_s": -0.7, "creep_keeps": 0.9998}
    slow = press(settle_ns=6_000_000_000)
    return rig(steps, 53, plant, slip_um=2.0, press=slow)


def flows_as_expected() -> Plant:
    """A flow that is expected and slow enough for single strokes; the press does not stick."""
    flows = SMOOTHLY | {"creep_um_per_s": -0.25, "creep_keeps": 0.9995}
    plant = held(8.0, 400.0, 61, flows, slip_um=0.8)
    rate = 0.1 * plant.mpa_per_um
    noise = rate * rate * (1.0 - plant.config.control.drift_decay**2)
    control = msgspec.structs.replace(
        plant.config.control, drift_spread_mpa_per_s=rate, drift_noise=noise
    )
    plant.config = msgspec.structs.replace(plant.config, control=control)
    plant.__post_init__()
    return plant


def late_breathing() -> Plant:
    """A stack that breathes later behind its charge than an estimate may say."""
    plant = rig(cycles(20.0, 8e-3, 80.0, 2), 53, {"lag_s": 30.0})
    control = msgspec.structs.replace(plant.config.control, lag_max_s=18.0)
    plant.config = msgspec.structs.replace(plant.config, control=control)
    plant.__post_init__()
    return plant


def ramp_to(mpa: float, rate_mpa_per_s: float, seed: int, **plant: Any) -> Plant:
    """A ramp from contact."""
    return rig((press_row(mpa, 5.0, rate_mpa_per_s=rate_mpa_per_s), END), seed, plant)


def ramp_down() -> Plant:
    """A ramp down from 20 MPa."""
    return rig((press_row(20.0, 5.0), press_row(8.0, 5.0, rate_mpa_per_s=0.2), END), 44)


def fickle(style: int, um: float) -> Plant:
    """A press whose slips end anywhere."""
    parts = c.Parts(style=style)
    return rig(cycles(15.0, 2e-3, 150.0, 1), 48, {"fickle_um": um}, parts=parts)


SMOOTHLY: dict[str, Any] = {"stick_um": 0.0, "reversal_um": 0.3}
COARSE: dict[str, Any] = {"press": press(um_per_count=0.5, tolerance_um=0.5)}
STIFF: dict[str, Any] = {"stiffness_n_per_um": 60.0}
WEAK: dict[str, Any] = {
    "plant": SMOOTHLY | {"reversal_um": 0.0, "noise_n": 0.005, "creep_um_per_s": -0.15},
    "press": press(um_per_count=0.2, tolerance_um=0.2),
}
OFTEN = (500, 700, 704, 708, 712, 716, 900)
EVER = together(cracks(-1.2, *range(500, 1600, 37)), cracks(1.2, *range(510, 1600, 41)))
SLIDING: dict[str, Any] = {
    "plant": SMOOTHLY | {"reversal_um": 0.0, "noise_n": 0.02},
    "slip_um": 0.0,
}
STACKS: dict[str, Run] = {
    "six times as stiff": Run(partial(measured_first, 5.0, 60.0, 33, STIFF), 1400),
    "six times as stiff, in contact": Run(partial(measured_first, 1.0, 60.0, 33, STIFF), 1400),
    "six times as stiff, high": Run(partial(held, 30.0, 60.0, 33, STIFF), 700),
    "a tenth as stiff": Run(partial(held, 4.0, 60.0, 47, {"stiffness_n_per_um": 0.9}), 1200),
    "a thirtieth as stiff": Run(partial(held, 2.0, 60.0, 47, {"stiffness_n_per_um": 0.3}), 1400),
    "square law": Run(partial(held, 20.0, 60.0, 34, {"square_at_mpa": 20.0}), 1200),
    "square law, lowered far": Run(lowered_far, 1100),
    "cracked often": Run(partial(held, 30.0, 300.0, 38), 1100, cracks(8.0, *OFTEN)),
    "cracked all the time": Run(
        partial(held, 15.0, 300.0, 48, {"creep_um_per_s": -0.02}), 1500, EVER
    ),
    "late breathing": Run(late_breathing, 1600),
    "breathing fast": Run(breathing_fast, 1200),
}
PRESSES: dict[str, Run] = {
    "sticks less than declared": Run(
        partial(
            measured_first, 20.0, 30.0, 45, {"stick_um": 0.08, "reversal_um": 0.2}, slip_um=1.5
        ),
        1200,
    ),
    "sticks more than declared": Run(
        partial(measured_first, 20.0, 60.0, 45, {"stick_um": 8.0, "creep_um_per_s": -0.02}), 2400
    ),
    "slips at once, and yields": Run(
        partial(
            measured_first,
            20.0,
            30.0,
            45,
            {"stick_um": 0.1, "reversal_um": 0.1, "yields": 0.7},
            slip_um=3.0,
        ),
        1400,
    ),
    "slides instead": Run(slides_instead, 700),
    "flows as expected": Run(flows_as_expected, 1000),
    "yields": Run(partial(held, 15.0, 200.0, 49, {"yields": 0.95}), 1300),
    "coarse steps": Run(
        partial(measured_first, 20.0, 30.0, 46, SMOOTHLY | {"yields": 0.55}, **COARSE), 1200
    ),
    "slow": Run(
        partial(held, 1.0, 30.0, 47, press=press(speed_um_per_s=0.2, tolerance_um=0.2)), 500
    ),
    "fickle": Run(partial(fickle, ECONOMY, 0.6), 1800),
    "fickle, precise": Run(partial(fickle, PRECISE, 0.2), 1800),
    "backlash of 6 um": Run(
        lambda: rig(cycles(15.0, 2e-3, 100.0, 1), 37, {"reversal_um": 6.0}), 1400
    ),
    "limit cycle": Run(
        partial(held, 15.0, 400.0, 51, SMOOTHLY | {"reversal_um": 4.0}, slip_um=0.0), 1600
    ),
}
FORCES: dict[str, Run] = {
    "late force": Run(
        partial(measured_first, 15.0, 60.0, 32, press=press(speed_um_per_s=20.0)), 1600, late(20)
    ),
    "hidden slips": Run(partial(measured_first, 15.0, 300.0, 35, {"noise_n": 6.0}), 2000),
    "hardly hidden slips": Run(partial(measured_first, 15.0, 300.0, 35, {"noise_n": 3.5}), 2000),
    "aliased swing": Run(partial(held, 15.0, 500.0, 36), 2400, swinging(0.2, 80, 300)),
    "dead": Run(partial(held, 40.0, 60.0, 39), 300, dead(20)),
    "dead and falling": Run(partial(held, 15.0, 300.0, 52, **SLIDING), 700, dead(400, 0.005)),
    "falling": Run(partial(held, 5.0, 300.0, 40), 1100, weak(400, 1.0, 0.01)),
    "falling fast": Run(partial(held, 40.0, 300.0, 40), 700, weak(400, 1.0, 0.3)),
    "weak": Run(partial(held, 15.0, 300.0, 55, slip_um=0.0, **WEAK), 900, weak(440, 0.7)),
    "weak, noisy, falling": Run(
        partial(held, 15.0, 400.0, 50, SMOOTHLY | {"noise_n": 2.0}, slip_um=0.0),
        1600,
        weak(400, 0.3, 0.002),
    ),
    "ramp on a dead load cell": Run(partial(ramp_to, 15.0, 0.1, 44), 400, dead(120)),
    "ramp down on a dead load cell": Run(ramp_down, 600, dead(420)),
    "ramp on a soft stack": Run(partial(ramp_to, 6.0, 0.05, 44, stiffness_n_per_um=1.5), 300),
}
RUNS: dict[str, Run] = STACKS | PRESSES | FORCES
