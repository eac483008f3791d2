"""A made measurement of a breathing cell, as a CSV with the columns of a real one.

A cell charged at constant current, then constant voltage, and discharged at constant current, with
a strain gauge on it: strain curved in charge, with hysteresis, a temperature part and noise. The
numbers are plausible and nobody's [A]; the shape is what a controller has to cope with.
"""

import csv
import random
from collections.abc import Iterator
from math import exp, pi, sin
from pathlib import Path
from typing import NamedTuple

CAPACITY_AS = 10_800.0  # 3 Ah
CURRENT_A = 3.0
END_CURRENT_A = 0.15
HIGH_V, LOW_V = 4.2, 2.5
RESISTANCE_OHM = 0.05
ROOM_DEGC = 25.0
HEATING_K = 6.0  # at CURRENT_A, in the long run
HEATING_S = 600.0
SWING_PPM = 240.0
HYSTERESIS_PPM = 12.0
TURN = 0.06  # share of the charge after which the hysteresis has turned round
PPM_PER_K = 1.5
NOISE_PPM = 0.5


class Row(NamedTuple):
    """One second of the measurement; positive current charges."""

    time_s: float
    cycle: int
    current_a: float
    voltage_v: float
    temperature_degc: float
    hoop_strain_ppm: float


def write(path: Path, cycles: int, rate: float, seed: int = 1) -> Path:
    """Write `cycles` cycles, 1 Hz. `rate`: how much faster than one charge an hour; returns `path`.

    A faster cell is a smaller one: the currents stay.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Row._fields)
        writer.writerows([f"{value:.4f}" for value in row] for row in rows(cycles, rate, seed))
    return path


def rows(cycles: int, rate: float, seed: int = 1) -> Iterator[Row]:
    """The measurement, second by second."""
    chance = random.Random(seed)
    soc, turned, heat_k, time_s = 0.0, -1.0, 0.0, 0.0
    for cycle, current_a, voltage_v in _currents(cycles, rate):
        change = current_a * rate / CAPACITY_AS
        soc += change
        turned = min(max(turned + 2.0 * change / TURN, -1.0), 1.0)
        warm_k = HEATING_K * (current_a / CURRENT_A) ** 2
        heat_k += (warm_k - heat_k) * min(rate / HEATING_S, 1.0)
        strain_ppm = _strain_ppm(soc) + HYSTERESIS_PPM * turned + PPM_PER_K * heat_k
        strain_ppm += chance.gauss(0.0, NOISE_PPM)
        yield Row(time_s, cycle, current_a, voltage_v, ROOM_DEGC + heat_k, strain_ppm)
        time_s += 1.0


def _currents(cycles: int, rate: float) -> Iterator[tuple[int, float, float]]:
    """Cycle, current and voltage, second by second."""
    soc = 0.0
    for cycle in range(1, cycles + 1):
        current_a = CURRENT_A
        while current_a > END_CURRENT_A:
            current_a = min(CURRENT_A, (HIGH_V - _ocv_v(soc)) / RESISTANCE_OHM)
            soc += current_a * rate / CAPACITY_AS
            yield cycle, current_a, _ocv_v(soc) + current_a * RESISTANCE_OHM
        while _ocv_v(soc) - CURRENT_A * RESISTANCE_OHM > LOW_V:
            soc -= CURRENT_A * rate / CAPACITY_AS
            yield cycle, -CURRENT_A, _ocv_v(soc) - CURRENT_A * RESISTANCE_OHM


def _ocv_v(soc: float) -> float:
    return 3.35 + 0.85 * soc - 0.75 * exp(-soc / 0.03)


def _strain_ppm(soc: float) -> float:
    """Curved, with a plateau, as where graphite changes its stage."""
    return SWING_PPM * (0.6 * soc + 0.4 * soc * soc - 0.1 * sin(2.0 * pi * soc))
