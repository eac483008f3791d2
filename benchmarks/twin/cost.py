"""What a step of the plant costs: months are simulated."""

import time

from benchmarks.common import Figure
from fixture.config.resolve import plan
from fixture.twin.parameters import Parameters
from fixture.twin.plant import Plant

MOST_US = 15.0
STEP_NS = 100_000_000
RIGS = ("twin", "twin-real", "twin-ranges", "twin-lpscl")


def figures(short: bool) -> list[Figure]:
    """Microseconds of processor time a step of 0.1 s, pressed and charged; best of several."""
    steps, rounds = (1000, 2) if short else (4000, 12)
    return [
        Figure(
            f"a step of {rig}",
            min(_step_us(parameters, steps) for _ in range(rounds)),
            "µs",
            most=MOST_US,
            timed=True,
        )
        for rig in RIGS
        if (parameters := plan("manual", rig).twin) is not None
    ]


def _step_us(parameters: Parameters, steps: int) -> float:
    plant = Plant(parameters)
    plant.press.move_to(2000)
    plant.cell.source_current(0.785e-3, 5.0)
    begun_ns = time.process_time_ns()
    for step in range(1, steps + 1):
        plant.advance(step * STEP_NS)
    return (time.process_time_ns() - begun_ns) / 1000.0 / steps
