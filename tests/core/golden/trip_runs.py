"""Golden runs of the safety layer: one for each trip, each reset in the end."""

from collections.abc import Callable
from typing import Any

import msgspec

from fixture.core import config as c
from fixture.core.safety.trips import Trip
from fixture.core.types import Flag, Request
from tests.core.bench import END, config, current_row, limits, press_row, request
from tests.core.golden.measurement_runs import SERIES, STOPS_N, charging, short_after
from tests.core.golden.plant import Inputs, Plant, at, flagged, healthy, since
from tests.core.golden.play import Run
from tests.core.golden.steps import PULSE_A, ladder

TICK_S = 0.25
AT = 120  # tick of the fault
TICKS = 180
RESET_AT = 160


def pressed(
    seed: int, *steps: c.Step, plant: dict[str, Any] | None = None, **changes: Any
) -> Plant:
    """Pressed to 5 MPa, then a constant current."""
    steps = steps or (press_row(5.0), current_row(PULSE_A, 1e3), END)
    fields: dict[str, Any] = {"tick_s": TICK_S, "slip_um": 0.05}
    table = config(steps, **(fields | changes))
    return Plant(table, seed=seed, stick_um=0.0, reversal_um=0.0, **(plant or {}))


def then_reset(inputs: Inputs) -> Inputs:
    """The same, with a reset requested once the fault is over."""

    def whole(plant: Plant) -> dict[str, Any]:
        if plant.tick < RESET_AT:
            return inputs(plant)
        return request(Request.RESET) if plant.tick == RESET_AT else {}

    return whole


def run(inputs: Inputs = healthy, **changes: Any) -> Run:
    """A fault after a while in an ordinary run."""
    return Run(lambda: pressed(80, **changes), TICKS, then_reset(inputs))


def of_steps(*steps: c.Step, **changes: Any) -> Run:
    """A sequence that trips by itself."""
    return Run(lambda: pressed(81, *steps, **changes), TICKS, then_reset(healthy))


def of_plant(make: Callable[[], Plant], ticks: int = TICKS) -> Run:
    """A plant that trips by itself."""
    return Run(make, ticks, then_reset(healthy))


def tilted(plant: Plant) -> dict[str, Any]:
    """One load cell carries nearly everything, and they agree on the sum."""
    whole = sum(plant.sample().counts)
    return {"counts": (whole - 20, 10, 10)} if plant.tick >= AT else {}


def apart(plant: Plant) -> dict[str, Any]:
    """The smallest of the load cells in series shows 25 N too much."""
    first, *others = plant.counts()
    return {"counts": (first + 2500, *others)} if plant.tick >= 40 else {}


def breaking(plant: Plant) -> dict[str, Any]:
    """The drive stands still from the beginning."""
    plant.broken = plant.tick >= 8
    return {}


def jumping(plant: Plant) -> dict[str, Any]:
    """At 200 Hz the force rises by 20 kN/s for 20 ms."""
    counts = plant.sample().counts
    more = 333 * min(max(plant.tick - AT, 0), 4)
    return {"counts": tuple([raw + more for raw in counts])}


def warming(plant: Plant) -> dict[str, Any]:
    """The temperature rises by 5 K/s, read ten times a second."""
    return {"temperature_c": 25.0 + 0.5 * max(plant.tick - AT, 0)}


def frozen(plant: Plant) -> dict[str, Any]:
    """The load cells show the same whatever the press does."""
    del plant
    return {"counts": (78, 79, 78)}


def drifting(plant: Plant) -> dict[str, Any]:
    """The load cells of a stack in a die read less and less."""
    less = max(0, plant.tick - AT)
    return {"counts": tuple([raw - less for raw in plant.sample().counts])}


def in_a_die(seed: int) -> Plant:
    """Pressed, on a stack that cannot flow."""
    plant = pressed(seed)
    nominal = msgspec.structs.replace(plant.config.nominal, flows=False)
    plant.config = msgspec.structs.replace(plant.config, nominal=nominal)
    plant.__post_init__()
    return plant


def reversed_cell(plant: Plant) -> dict[str, Any]:
    """The first load cell has its wires crossed."""
    first, *others = plant.sample().counts
    return {"counts": (-first, *others)}


def lost(plant: Plant) -> dict[str, Any]:
    """The drive counts from another zero."""
    counts = plant.sample().position
    return {"position": counts - 4000} if plant.tick >= AT else {}


def shaking(plant: Plant) -> dict[str, Any]:
    """A loose contact."""
    more = 900 if plant.tick % 2 and plant.tick > AT else 0
    return {"counts": tuple([raw + more for raw in plant.sample().counts])}


def in_series(**changes: Any) -> Plant:
    """Under load cells in series, pressed to 1 MPa."""
    table = config((press_row(1.0), END), tick_s=TICK_S, load_cells=SERIES, **changes)
    return Plant(table, seed=82, stops_n=STOPS_N)


HOT = limits(temperature_max_c=60.0, temperature_delay_ns=300_000_000)
WARM = limits(temperature_rate_k_per_s=1.0)
COMPARED = limits(
    current_error_share=0.01,
    current_error_a=1e-8,
    voltage_error_v=0.02,
    wrong_current_ns=500_000_000,
)
RUNS: dict[Trip, Run] = {
    Trip.OVER_FORCE: run(since(AT, counts=(40_001, 0, 0))),
    Trip.FORCE_FAULT: run(flagged(Flag.FORCE_FAULT, AT)),
    Trip.FORCE_STALE: run(since(AT, age_force_us=400_000)),
    Trip.PRESS_STALE: run(since(AT, age_press_us=400_000)),
    Trip.CELL_STALE: run(since(AT, age_cell_us=400_000)),
    Trip.NOT_FINITE: run(since(AT, voltage_v=float("nan"))),
    Trip.FORCE_RATE: Run(lambda: pressed(83, tick_s=0.005), TICKS, then_reset(jumping)),
    Trip.VOLTAGE: run(since(AT, voltage_v=5.1)),
    Trip.CURRENT: run(since(AT, current_a=-0.021)),
    Trip.TEMPERATURE: run(since(AT, temperature_c=60.1), limits=HOT),
    Trip.TEMPERATURE_RATE: run(warming, limits=WARM, tick_s=0.1),
    Trip.WRONG_CURRENT: run(since(AT, current_a=-PULSE_A), limits=COMPARED),
    Trip.TILT: run(tilted),
    Trip.PRESS_FAULT: run(flagged(Flag.PRESS_FAULT, AT)),
    Trip.PRESS_END: run(flagged(Flag.PRESS_END_HIGH, AT)),
    Trip.NO_RESPONSE: Run(lambda: pressed(84), 400, frozen),
    Trip.NOT_FOLLOWING: run(breaking),
    Trip.NOT_SETTLED: of_steps(press_row(50.0, timeout_ns=5_000_000_000), END),
    Trip.TRAVEL: of_steps(press_row(50.0), END, limits=limits(travel_max_um=20.0)),
    Trip.COMMAND: of_steps(current_row(0.03, 10.0), END),
    Trip.SOFT_SHORT: Run(lambda: charging(85), TICKS, then_reset(short_after(8.0))),
    Trip.UNREACHED: of_steps(*ladder(2e-3, stops=True)),
    Trip.OVERLOAD: of_plant(lambda: in_series(limits=limits(overload_n=40.0))),
    Trip.IMPLAUSIBLE_FORCE: Run(lambda: in_a_die(86), 600, drifting),
    Trip.LOAD_CELL: Run(lambda: pressed(87), TICKS, reversed_cell),
    Trip.PRESS_ASTRAY: run(lost),
    Trip.OSCILLATION: Run(lambda: pressed(88), 400, shaking),
    Trip.CAPACITY: of_steps(current_row(PULSE_A, 40.0), END, limits=limits(capacity_max_c=0.02)),
}
COLDER = {60: {"temperature_c": -250.0}, AT: {"temperature_c": -280.0}}
COLD = Run(  # -250 degC may be; -280 may not
    lambda: pressed(85),
    TICKS,
    then_reset(at(COLDER)),
)
APART = Run(in_series, TICKS, then_reset(apart))
