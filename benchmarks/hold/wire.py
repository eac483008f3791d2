"""The same case through the bytes: drivers, codecs, loopback and emulators, in lockstep.

What the direct coupling gives must be what the wire gives: the same quantised readings, so the same
commands, so the same pressures.
"""

import contextlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.hold import case as cases
from benchmarks.hold import coupling
from benchmarks.hold.case import Built, Case
from fixture.cli import launch
from fixture.frame.frame import Frame
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks
from fixture.runtime.ports import Ports
from fixture.runtime.tick import OperatorRequest
from fixture.twin.plant import Plant
from fixture.twin.rig import SimulatedRig


class Agreement(NamedTuple):
    """How far the two paths are apart."""

    ticks: int
    differing: int  # ticks whose true pressure is not the same number
    apart_mpa: float  # the largest difference of true pressures
    division_mpa: float  # one division of a load cell


class _EnoughError(Exception):
    """As many ticks as were wanted."""


class _Keeper:
    """A recorder that keeps the true pressure and stops the run."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.true_mpa: list[float] = []

    def append(self, frame: Frame, truth: tuple[float, ...]) -> None:
        """One tick."""
        del frame
        self.true_mpa.append(1e-6 * truth[0])
        if len(self.true_mpa) >= self._most:
            raise _EnoughError

    def checkpoint(self, tick: int, payload: bytes) -> None:
        """Nothing is kept."""

    def sync(self) -> int:
        """Nothing to put anywhere."""
        return 0


def agreement(case: Case, most_s: float) -> Agreement:
    """Run a case by both paths for `most_s` of its time. Raises ConfigError."""
    built = cases.build(case)
    config, devices = built.found.config, built.found.devices
    direct = coupling.run(config, Plant(built.parameters), devices, most_s).true_mpa
    wired = _wired(built, round(most_s * 1e9) // config.tick_ns)
    ticks = min(len(direct), len(wired))
    apart = np.abs(direct[:ticks].astype(float) - wired[:ticks].astype(float))
    division_n = max(config.load_cells.newton_per_count)
    return Agreement(
        ticks, int(np.count_nonzero(apart)), float(np.max(apart)), division_n / config.area_mm2
    )


def _wired(built: Built, ticks: int) -> NDArray[np.float32]:
    """True pressures of the run through the bytes."""
    found = built.found
    rig = SimulatedRig(built.parameters, *found.devices)
    ports = Ports(launch.drivers(found, rig), steps=found.config.steps)
    ports.open()
    keeper = _Keeper(ticks)
    hooks = Hooks(lambda: 0, OperatorRequest, _ignore, _ignore)
    with contextlib.suppress(_EnoughError):
        lockstep.run(found.config, ports, rig, keeper, hooks)
    return np.array(keeper.true_mpa, np.float32)


def _ignore(_: object) -> None:
    """No one is informed."""
