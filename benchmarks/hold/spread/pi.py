"""The rival of the spread: a PI controller, tuned anew for every rig by what it truly does there.

A coarse grid on a shortened run that begins at the setpoint: first the integral gain, with and
without a deadband of half a slip, then the proportional gain beside the best. The gains are those
of the least true rms; nobody can tune a real rig by that, so the rival is a little flattered.
"""

import math
from typing import NamedTuple

from benchmarks.hold import coupling
from benchmarks.hold.rivals import Gains, Pi
from benchmarks.hold.spread.judge import Figures, judge
from benchmarks.hold.spread.rig import Rig, build
from fixture.twin.plant import Plant

PROPORTIONAL = 0.2
PROPORTIONALS = (0.05, 0.5)
INTEGRALS_PER_S = (0.004, 0.015, 0.06, 0.2)
SLIP_SHARE = 0.5  # of the true slip: the deadband of a textbook
SHORT_S = 150.0  # of each current
SHORT_HOLD_S = 10.0


class Rival(NamedTuple):
    """The gains that were found for a rig, and what a run with them is worth."""

    gains: Gains
    figures: Figures


def tuned(rig: Rig) -> Rival:
    """Tune, then run the rig whole."""
    gains = _best(rig)
    return Rival(gains, ran(rig, gains))


def ran(rig: Rig, gains: Gains) -> Figures:
    """A run of a rig under PI."""
    built = build(rig)
    config = built.found.config
    advance = Pi(config, gains).advance
    run = coupling.run(config, Plant(built.parameters), built.found.devices, most_s(rig), advance)
    return judge(rig, built, run)


def most_s(rig: Rig) -> float:
    """No run is longer than its cycling and an hour."""
    return 3600.0 + sum(seconds for _, seconds in rig.currents)


def _best(rig: Rig) -> Gains:
    short = shortened(rig)
    slip_um = rig.truth.get("press", {}).get("slip_um", rig.slip_um)
    assert isinstance(slip_um, float)
    deadbands = (0.0, SLIP_SHARE * slip_um / rig.slip_um) if slip_um else (0.0,)
    first = [Gains(PROPORTIONAL, i, d) for i in INTEGRALS_PER_S for d in deadbands]
    costs = {gains: _cost(short, gains) for gains in first}
    best = min(costs, key=lambda gains: costs[gains])
    costs |= {
        gains: _cost(short, gains)
        for gains in (best._replace(proportional=p) for p in PROPORTIONALS)
    }
    return min(costs, key=lambda gains: costs[gains])


def _cost(rig: Rig, gains: Gains) -> float:
    """Rms over the bound; a run that tripped is hopeless."""
    ratio = ran(rig, gains).ratio()
    return math.inf if math.isnan(ratio) else ratio


def shortened(rig: Rig) -> Rig:
    """The same rig, at its last setpoint from the start, for a few minutes."""
    setpoint_mpa = rig.setpoints_mpa[-1]
    truth = {name: dict(fields) for name, fields in rig.truth.items()}
    truth["stack"] = truth.get("stack", {}) | {"contact_mpa": setpoint_mpa}
    currents = tuple((ma_cm2, min(seconds, SHORT_S)) for ma_cm2, seconds in rig.currents)
    return rig._replace(
        truth=truth,
        setpoints_mpa=(setpoint_mpa,),
        currents=currents or ((0.0, SHORT_S),),
        hold_s=SHORT_HOLD_S,
        within=max(rig.within, 0.1),
    )
