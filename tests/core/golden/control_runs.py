"""Golden runs of the controller: every way in which a pressure is reached and kept.

They say what the plant is and what the sequence wants, and nothing of how the controller does it.
"""

from typing import Any

from fixture.core import config as c
from fixture.core.types import Action, HoldMode
from tests.core.bench import END, config, current_row, press_row
from tests.core.golden.plant import Plant, cracks
from tests.core.golden.play import Run
from tests.core.golden.steps import gap, identify, loop, rest

TICK_S = 0.25
CHARGE_A = 7.85e-4
PULSED_A = 4e-3
ECONOMY, SMOOTH, PRECISE = 0, 1, 2


def rig(
    steps: tuple[c.Step, ...], seed: int, plant: dict[str, Any] | None = None, **changes: Any
) -> Plant:
    """A plant that sticks and slips."""
    fields: dict[str, Any] = {"tick_s": TICK_S}
    return Plant(config(steps, **(fields | changes)), seed=seed, **(plant or {}))


def cycling() -> Plant:
    """Pressed on, lowered, cycled once."""
    steps = (
        press_row(74.0, 5.0),
        press_row(15.0, 5.0),
        current_row(CHARGE_A, 300.0),
        current_row(-CHARGE_A, 300.0),
        END,
    )
    return rig(steps, 7)


def fast() -> Plant:
    """A short hold at 100 Hz without friction, then release."""
    steps = (press_row(5.0, 5.0), current_row(CHARGE_A, 10.0), END)
    plant = {"stick_um": 0.0, "reversal_um": 0.2}
    return rig(steps, 8, plant, tick_s=0.01, slip_um=0.05, at_end=int(Action.RELEASE))


def identified() -> Plant:
    """Friction is identified before it is needed, on a press that sticks more than declared."""
    steps = (identify(36.0), press_row(40.0, 5.0), current_row(CHARGE_A, 200.0), END)
    plant = {"stick_um": 0.9, "reversal_um": 1.6, "stiffness_n_per_um": 12.0}
    return rig(steps, 11, plant)


def identified_while_creeping() -> Plant:
    """Friction is identified while the stack creeps."""
    steps = (identify(18.0), press_row(20.0, 5.0), rest(100.0), END)
    return rig(steps, 12, {"creep_um_per_s": -0.01})


def ramp() -> Plant:
    """Up and down along ramps."""
    steps = (press_row(20.0, 5.0, rate_mpa_per_s=0.3), press_row(8.0, 5.0, rate_mpa_per_s=0.2), END)
    return rig(steps, 13)


def flow() -> Plant:
    """A foil that flows away fast at first, then slower."""
    steps = (press_row(30.0, 5.0), rest(400.0), END)
    return rig(steps, 14, {"creep_um_per_s": -0.2, "creep_keeps": 0.998})


def pulsed() -> Plant:
    """Pulses of current whose breathing outruns the friction."""
    steps = (
        press_row(10.0, 5.0),
        current_row(PULSED_A, 20.0),
        current_row(-PULSED_A, 20.0),
        loop(1, 8),
        END,
    )
    return rig(steps, 15)


def cycled() -> Plant:
    """Many short cycles: what breathes is known from one to the next."""
    steps = (
        press_row(10.0, 5.0),
        current_row(2e-3, 100.0),
        rest(20.0),
        current_row(-2e-3, 100.0),
        rest(20.0),
        loop(1, 8),
        END,
    )
    plant = {"breathing_um_per_c": 1.5 * 8.86 / 3.6 / 0.785398, "lag_s": 10.0}
    return rig(steps, 16, plant)


def stepped() -> Plant:
    """Currents of different size one after the other: the stack follows each with its lag."""
    steps = (
        press_row(20.0, 5.0),
        current_row(4e-3, 80.0),
        current_row(8e-3, 80.0),
        current_row(2e-3, 80.0),
        current_row(-6e-3, 80.0),
        loop(1, 3),
        END,
    )
    return rig(steps, 26, {"lag_s": 20.0})


def styled(style: int, seed: int) -> Plant:
    """The same cycle in a style of control."""
    steps = (press_row(15.0, 5.0), current_row(2e-3, 150.0), current_row(-2e-3, 150.0), END)
    return rig(steps, seed, parts=c.Parts(style=style))


def sliding() -> Plant:
    """A press without much friction, whose output slides with its drive."""
    steps = (press_row(15.0, 5.0), current_row(CHARGE_A, 200.0), rest(60.0), END)
    return rig(steps, 19, {"stick_um": 0.1, "reversal_um": 0.3, "slides": True}, slip_um=0.1)


def stiffer() -> Plant:
    """A stack three times as stiff as declared."""
    steps = (press_row(40.0, 5.0), rest(60.0), END)
    return rig(steps, 20, {"stiffness_n_per_um": 30.0})


def softer() -> Plant:
    """A stack that is three times softer than declared."""
    steps = (press_row(20.0, 5.0), rest(60.0), END)
    return rig(steps, 21, {"stiffness_n_per_um": 3.3})


def noisy() -> Plant:
    """Noise twenty times the declared."""
    steps = (press_row(15.0, 5.0), current_row(CHARGE_A, 200.0), END)
    return rig(steps, 22, {"noise_n": 2.0})


def lowered() -> Plant:
    """Ends on the falling branch, at four fifths of the highest pressure, and is kept there."""
    steps = (press_row(20.0, 2.0), press_row(16.0, 2.0), END)
    return rig(steps, 23, at_end=-1)


def standing() -> Plant:
    """The press stands at a gap, and at another, and pressure is kept again."""
    steps = (
        press_row(15.0, 5.0),
        gap(10.0),
        gap(10.0, gap_um=2.0),
        press_row(15.0, 5.0, mode=int(HoldMode.PRESSURE)),
        END,
    )
    return rig(steps, 24)


def cracked() -> Plant:
    """A hold in which the stack cracks."""
    return rig((press_row(30.0, 5.0), rest(200.0), END), 25)


RUNS: dict[str, Run] = {
    "cycling": Run(cycling, 3400),
    "fast": Run(fast, 4000),
    "identified": Run(identified, 1800),
    "identified while creeping": Run(identified_while_creeping, 1200),
    "ramp": Run(ramp, 900),
    "flow": Run(flow, 2400),
    "pulsed": Run(pulsed, 2000),
    "cycled": Run(cycled, 8000),
    "stepped": Run(stepped, 4200),
    "smooth": Run(lambda: styled(SMOOTH, 17), 1800),
    "precise": Run(lambda: styled(PRECISE, 18), 1800),
    "sliding": Run(sliding, 1600),
    "stiffer": Run(stiffer, 900),
    "softer": Run(softer, 900),
    "noisy": Run(noisy, 1400),
    "lowered": Run(lowered, 500),
    "standing": Run(standing, 500),
    "cracked": Run(cracked, 1200, cracks(1.0, 600, 900)),
}
