"""A day's hold by load cells with creep, drift and non-linearity: the value of compensation.

The twin's load cells and room are coupled to the core's estimate directly, and the force is moved
until the estimate stands at the setpoint: what is left of the true force's error is the sensor's.
"""

import math
from functools import cache
from typing import NamedTuple

import msgspec
import pytest

from fixture.config.load_cells import compensation
from fixture.config.resolve import RunPlan, plan
from fixture.config.rig import Compensation
from fixture.core.config import Config
from fixture.core.measurement import signals
from fixture.core.types import Flag, Sample
from fixture.twin.loadcells import LoadCellBank
from fixture.twin.thermal import Room

REAL = plan("sodium-assembly-hold", "twin-real")
TICK_S = 2.0
DAY_S = 24 * 3600
NEW = int(Flag.NEW_FORCE | Flag.NEW_TEMPERATURE)
NAN = float("nan")
THERMOMETER_K = 0.02  # of one count of the drive's input


class Errors(NamedTuple):
    """Shares as declared, against the true ones."""

    creep: float = 1.0
    drift: float = 1.0
    non_linearity: float = 1.0
    time: float = 1.0


def configured(found: RunPlan, told: Errors | None) -> Config:
    """At one tick a window; `told` is what is declared, None nothing."""
    true = REAL.twin
    assert true is not None
    cells = true.load_cells
    declared = told and Compensation(
        creep=f"{cells.creep * told.creep}",  # pyright: ignore[reportArgumentType] (read as text)
        creep_time=f"{cells.creep_time_s * told.time} s",  # pyright: ignore[reportArgumentType]
        zero_drift=f"{cells.zero_drift * told.drift}",  # pyright: ignore[reportArgumentType]
        non_linearity=f"{cells.nonlinearity * cells.nonlinearity_left * told.non_linearity}",  # pyright: ignore[reportArgumentType]
    )
    section = found.rig.load_cells.model_copy(update={"compensation": declared})
    rig = found.rig.model_copy(update={"load_cells": section})
    control = msgspec.structs.replace(found.config.control, window_ticks=1, window_s=TICK_S)
    return msgspec.structs.replace(
        found.config, control=control, compensation=compensation(rig, True, TICK_S)
    )


@cache
def rms_percent(mpa: float, told: Errors | None, seed: int = 1) -> float:
    """True error of a day's hold, rms, in % of the setpoint."""
    config, true = configured(REAL, told), REAL.twin
    assert true is not None
    room = Room(true.thermal, seed)
    target_n, force_n = mpa * config.area_mm2, true.stack.contact_mpa * config.area_mm2
    bank = LoadCellBank(true.bench, true.load_cells, seed, force_n)
    known, squares, ticks = signals.start(config), 0.0, round(DAY_S / TICK_S)
    for tick in range(ticks):
        if tick:
            room.advance(tick * TICK_S, TICK_S)
            bank.advance(TICK_S, force_n, room.warming_k())
        known = signals.update(config, known, reading(config, tick, bank, room))
        error = force_n / target_n - 1.0
        squares += error * error if tick > 30 else 0.0  # after pressing on
        force_n += 0.3 * (target_n - known.force_n)
    return 100.0 * math.sqrt(squares / ticks)


def reading(config: Config, tick: int, bank: LoadCellBank, room: Room) -> Sample:
    """Load cells and thermometer, quantised."""
    cells = config.load_cells
    counts = [round(bank.force_n(cell) / n) for cell, n in enumerate(cells.newton_per_count)]
    temperature_c = THERMOMETER_K * round(room.fixture_degc / THERMOMETER_K)
    t_ns = round(tick * TICK_S * 1e9)
    return Sample(tick, t_ns, NEW, 0, 0, 0, tuple(counts), 0, NAN, NAN, temperature_c)


@pytest.mark.parametrize("mpa", [5.0, 15.0, 74.0])
@pytest.mark.parametrize(
    "told",
    [
        Errors(1.15, 1.15, 1.15, 1.15),
        Errors(0.85, 0.85, 0.85, 0.85),
        Errors(1.15, 0.85, 1.15, 0.85),
    ],
)
def test_what_is_known_to_15_percent_makes_the_true_error_at_least_three_times_smaller(
    mpa: float, told: Errors
):
    bare = rms_percent(mpa, None)
    assert 0.1 < bare < 0.2  # creep of 0.1 % of the load, and the rest
    assert rms_percent(mpa, told) < bare / 3.0


def test_what_is_known_exactly_leaves_a_hundredth_of_a_percent():
    assert rms_percent(5.0, Errors()) < 0.012
    assert rms_percent(74.0, Errors()) < 0.002
