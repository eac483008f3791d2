"""The rigs of the spread, drawn by number: every class of trouble that the twin can show.

Every rig differs from what is declared as rigs do: stiffness ±30 %, coefficient ±20 %, friction,
backlash, delays, noise. On top of that stands the trouble of its class; `mixed` has several. The
ranges are those of docs/twin.md [A].
"""

from collections.abc import Callable, Iterator
from math import exp, log
from random import Random
from typing import Any, NamedTuple

from benchmarks.hold.spread.rig import AREA_MM2, Rig
from fixture.config.materials import MATERIALS, net_um_per_mah_cm2
from fixture.twin.seeds import seeded

HALF_CYCLE_S = 600.0
REVERSALS = 6  # of the current, at the end
REVERSAL_S = 20.0
LATE_S = 1.0  # declared settling beyond the known delays
SLIPS_INSIDE = 2.0  # slips within which a rig counts as settled
PERCENT_INSIDE = 0.01
SIGMAS_INSIDE = 4.0

Truth = dict[str, dict[str, Any]]


class Cell(NamedTuple):
    """What breathes."""

    kind: str
    negative: str
    positive: str | None
    curve: str = ""


SODIUM = Cell("metal-anode", "Na", None)
CELLS = (
    SODIUM,
    Cell("metal-anode", "Li", "NMC811"),
    Cell("anode-free", "Na", None, "anode-free"),
    Cell("anode-free", "Li", "NMC811", "anode-free"),
    Cell("composite", "Si", "NMC811", "silicon"),
    Cell("composite", "In", "LCO", "indium"),
    Cell("composite", "Sn", "NVP"),
    Cell("composite", "graphite", "LFP"),
)


class Draft:
    """A rig while it is drawn; troubles change it."""

    def __init__(self, random: Random) -> None:
        uniform = random.uniform
        self.random = random
        self.setpoint_mpa = self.log(0.5, 75.0)
        low, high = max(0.5, 0.15 * self.setpoint_mpa), min(30.0, 12.0 * self.setpoint_mpa)
        self.stiffness = self.log(low, high)  # declared
        self.factor = uniform(0.7, 1.3)  # of the stiffness, true by declared
        self.reversal_um = 1.0  # declared
        self.cell = SODIUM
        self.growth_um = uniform(1.5, 6.0)  # in each half cycle
        self.currents: list[tuple[float, float]] = []  # relative to the half cycle's; s
        self.tick_s, self.speed = 0.1, self.log(2.0, 10.0)
        self.truth: Truth = {
            "stack": {},
            "breathing": {"factor": uniform(0.8, 1.2)},
            "thermal": {},
            "load_cells": {"noise": uniform(5e-6, 20e-6)},
            "press": {
                "slip_um": self.log(0.15, 1.2),
                "landing": uniform(0.0, 0.4),
                "reversal_um": self.log(0.2, 2.0),
                "delay_s": self.log(0.02, 0.3),
            },
            "friction": {},
            "cracks": {},
            "gas": {},
        }

    def log(self, low: float, high: float) -> float:
        """A number whose logarithm is evenly spread."""
        return exp(self.random.uniform(log(low), log(high)))


def _materials(draft: Draft) -> None:
    draft.cell = draft.random.choice(CELLS)
    draft.truth["breathing"]["curve"] = draft.cell.curve


def _stiffness(draft: Draft) -> None:
    draft.factor = draft.log(0.2, 6.0)


def _power_law(draft: Draft) -> None:
    """The stiffness that is declared holds at the setpoint; on the way there it is softer."""
    draft.truth["stack"]["power"] = draft.random.uniform(1.0, 2.5)
    draft.truth["stack"]["power_at_n"] = draft.setpoint_mpa * AREA_MM2


def _presliding(draft: Draft) -> None:
    draft.truth["friction"]["presliding"] = draft.random.uniform(0.1, 0.5)


def _creep(draft: Draft) -> None:
    """A press that yields: what sticks comes through in the end."""
    draft.truth["press"]["slip_um"] = draft.log(0.5, 4.0)
    draft.truth["friction"]["creep"] = draft.random.uniform(0.3, 1.0)
    draft.truth["friction"]["creep_time_s"] = draft.random.uniform(30.0, 120.0)


def _ageing(draft: Draft) -> None:
    draft.truth["friction"]["ageing"] = draft.random.uniform(0.05, 0.3)


def _asymmetry(draft: Draft) -> None:
    draft.truth["friction"]["asymmetry"] = draft.random.uniform(-0.6, 0.6)


def _waviness(draft: Draft) -> None:
    draft.truth["friction"]["waviness"] = draft.random.uniform(0.2, 0.6)
    draft.truth["friction"]["wave_um"] = draft.random.uniform(5.0, 80.0)


def _smooth(draft: Draft) -> None:
    """No stick-slip at all; backlash is left."""
    draft.truth["press"]["slip_um"] = 0.0


def _sliding(draft: Draft) -> None:
    draft.truth["press"]["slides"] = True


def _misdeclared(draft: Draft) -> None:
    draft.truth["press"]["slip_um"] = 0.5 * draft.log(0.2, 4.0)


def _backlash(draft: Draft) -> None:
    draft.truth["press"]["reversal_um"] = draft.random.uniform(1.0, 6.0)


def _delay(draft: Draft) -> None:
    draft.truth["load_cells"]["delay_s"] = draft.random.uniform(0.2, 1.5)
    draft.truth["load_cells"]["filter_s"] = draft.random.uniform(0.1, 1.0)
    draft.truth["press"]["delay_s"] = draft.log(0.1, 0.5)


def _noise(draft: Draft) -> None:
    draft.truth["load_cells"]["noise"] = draft.log(1e-4, 1e-2)


def _pick_up(draft: Draft) -> None:
    draft.truth["load_cells"]["hum"] = draft.log(1e-4, 3e-3)
    draft.truth["load_cells"]["mains_hz"] = draft.random.choice((50.0, 60.0)) + draft.log(0.01, 0.1)


def _cracks(draft: Draft) -> None:
    draft.truth["cracks"] = {"rate_per_h": draft.random.uniform(4.0, 12.0)}


def _pulses(draft: Draft) -> None:
    """Of four times the current; out of the charged cell first, so that it is never overcharged."""
    draft.currents += [(-4.0, 40.0), (0.0, 60.0), (4.0, 40.0), (0.0, 60.0)] * 2


def _turning(draft: Draft) -> None:
    """The current turns round every 10 s."""
    draft.currents += [(1.0, 10.0), (-1.0, 10.0)] * 12


def _gas(draft: Draft) -> None:
    draft.truth["gas"]["growth_um_per_h"] = draft.random.uniform(3.0, 15.0)


def _room(draft: Draft) -> None:
    draft.truth["thermal"] = {"hvac_k": draft.random.uniform(0.3, 1.0), "lag_s": 300.0}


def _ticks(draft: Draft) -> None:
    draft.tick_s = draft.random.choice((0.05, 0.2, 0.25, 0.5))


Trouble = Callable[[Draft], None]


class Class(NamedTuple):
    """Rigs of one class; each has one of the troubles, in turn."""

    name: str
    rigs: int
    troubles: tuple[Trouble, ...]
    at_once: int = 1  # how many of the troubles, drawn


CLASSES = (
    Class("materials", 24, (_materials,)),
    Class("stiffness", 24, (_stiffness, _power_law)),
    Class(
        "friction laws",
        40,
        (_presliding, _creep, _ageing, _asymmetry, _waviness, _smooth, _sliding, _misdeclared),
    ),
    Class("backlash", 16, (_backlash,)),
    Class("delay", 16, (_delay,)),
    Class("noise, pick-up", 24, (_noise, _pick_up)),
    Class("cracks", 16, (_cracks,)),
    Class("currents, gas, thermal", 24, (_pulses, _turning, _gas, _room)),
    Class("tick rates", 16, (_ticks,)),
    Class(
        "mixed",
        24,
        (
            _materials,
            _stiffness,
            _ageing,
            _asymmetry,
            _backlash,
            _delay,
            _noise,
            _pick_up,
            _cracks,
            _gas,
            _room,
            _turning,
        ),
        3,
    ),
)


def rigs(seed: int, each: int = 0) -> Iterator[Rig]:
    """All rigs of a seed, at most `each` of a class (0: all); a rig is the same in either."""
    for group in CLASSES:
        for number in range(min(each, group.rigs) if each else group.rigs):
            yield _rig(group, number, seed)


def _rig(group: Class, number: int, seed: int) -> Rig:
    random = seeded(seed, f"spread/{group.name}/{number}")
    draft = Draft(random)
    troubles = group.troubles
    first = number % len(troubles)
    chosen = troubles[first : first + 1]
    if group.at_once > 1:
        chosen = tuple(random.sample(troubles, group.at_once))
    for trouble in chosen:
        trouble(draft)
    names = "+".join(trouble.__name__.strip("_") for trouble in chosen)
    return _finished(draft, f"{names}-{number}", group.name, random.randrange(1, 1_000_000))


def _finished(draft: Draft, name: str, kind: str, seed: int) -> Rig:
    cell, truth, press = draft.cell, draft.truth, draft.truth["press"]
    truth["stack"]["stiffness_n_per_um"] = draft.factor * draft.stiffness
    coefficient = net_um_per_mah_cm2(
        cell.kind, MATERIALS.get(cell.negative or ""), MATERIALS.get(cell.positive or "")
    )
    ma_cm2 = draft.growth_um / abs(coefficient) * 3600.0 / HALF_CYCLE_S
    relative = [(1.0, HALF_CYCLE_S), *draft.currents, (-1.0, HALF_CYCLE_S)]
    relative += [(1.0, REVERSAL_S), (-1.0, REVERSAL_S)] * (REVERSALS // 2)
    jump_um = press["slip_um"] * draft.factor
    noise = truth["load_cells"]["noise"] + truth["load_cells"].get("hum", 0.0)
    mpa_per_um = draft.stiffness / AREA_MM2
    within = SLIPS_INSIDE * max(jump_um, draft.reversal_um) * mpa_per_um / draft.setpoint_mpa
    return Rig(
        name,
        kind,
        truth,
        seed,
        (draft.setpoint_mpa,),
        cell.kind,
        cell.negative,
        cell.positive,
        tuple((share * ma_cm2, seconds) for share, seconds in relative),
        draft.stiffness,
        reversal_um=draft.reversal_um,
        tick_s=draft.tick_s,
        settle_s=LATE_S + press["delay_s"],
        speed_um_per_s=draft.speed,
        within=max(PERCENT_INSIDE, within, 2.0 * SIGMAS_INSIDE * noise),
    )
