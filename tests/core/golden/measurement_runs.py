"""Golden runs of the measurement: load cells in series, compensation, soft shorts, nonsense."""

from typing import Any

import msgspec

from fixture.core import config as c
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Flag
from tests.core.bench import END, config, current_row, limits, press_row
from tests.core.golden.plant import Inputs, Plant, at
from tests.core.golden.play import Run
from tests.core.golden.steps import PULSE_A, SECOND, rest, step
from tests.core.samples import ALL_NEW

TICK_S = 0.25
SERIES = c.LoadCells(  # 200 N, 4 kN and 60 kN, used to 95 % and again from 85 %
    (0.01, 0.1, 1.0),
    (0.0,) * 3,
    (0.0,) * 3,
    (2**31 - 1, 2**31 - 1, 60_000),
    series=True,
    over_range_counts=(19_000.0, 38_000.0, 57_000.0),
    back_in_range_counts=(17_000.0, 34_000.0, 57_000.0),
    disagreement_n=(1.0, 20.0, 300.0),
    noise_mpa=(1e-5, 2e-4, 3e-3),
)
STOPS_N = (240.0, 4800.0, 1e9)
DROP_V = 0.02


def in_series() -> Plant:
    """Through the ranges of three load cells, up and down."""
    steps = (
        press_row(1.0, 1.0),
        press_row(10.0, 1.0),
        press_row(60.0, 1.0),
        press_row(1.5, 1.0, rate_mpa_per_s=1.0),
        END,
    )
    table = config(steps, tick_s=TICK_S, load_cells=SERIES)
    return Plant(table, seed=61, stops_n=STOPS_N)


def compensation(full_n: float, **changes: Any) -> c.Compensation:
    """Three load cells whose own motion is known."""
    fields: dict[str, Any] = {
        "on": True,
        "creep": (0.001, 0.002, 0.001),
        "creep_gain": (0.01,) * 3,
        "zero_n_per_k": (0.2, -0.1, 0.3),
        "non_linearity": (0.0008, -0.0005, 0.001),
        "full_n": (full_n,) * 3,
        "slew_k": 2.0,
        "jump_k": 120.0,
    }
    return c.Compensation(**(fields | changes))


def compensated() -> Plant:
    """Creep, non-linearity and warmth of the load cells are taken away."""
    steps = (press_row(30.0, 5.0), rest(60.0), press_row(10.0, 5.0), END)
    return Plant(config(steps, tick_s=TICK_S, compensation=compensation(4000.0)), seed=62)


def temperatures(plant: Plant) -> dict[str, Any]:
    """Cold, hot, and thermometers that break."""
    table = ((80, 25.0), (100, -45.0), (120, -60.0), (140, 40.0), (160, 120.0), (180, 160.0))
    for until, temperature_c in table:
        if plant.tick < until:
            return {"temperature_c": temperature_c}
    return {"temperature_c": 25.0 + 0.01 * plant.tick}


def overloaded() -> Plant:
    """Load cells on their stops, beyond full scale."""
    steps = (press_row(85.0, 5.0), rest(20.0), END)
    table = config(
        steps,
        tick_s=TICK_S,
        compensation=compensation(200.0, reference_at_start=False, reference_c=20.0),
    )
    return Plant(table, seed=63, preload_mpa=60.0)


def charging(seed: int, mpa: float = 5.0, noise_mpa: float = 0.002) -> Plant:
    """A constant current at a pressure, soft shorts watched for."""
    table = config(
        (current_row(PULSE_A, 40.0), current_row(-PULSE_A, 40.0), END),
        tick_s=TICK_S,
        limits=limits(short_drop_v=DROP_V),
    )
    nominal = msgspec.structs.replace(table.nominal, noise_mpa=noise_mpa)
    table = msgspec.structs.replace(table, nominal=nominal)
    return Plant(table, seed=seed, preload_mpa=mpa, noise_n=0.0)


def fallen(plant: Plant, seconds: float) -> dict[str, Any]:
    """The cell is shorted so long after its current was set: 50 mV are 10."""
    short = plant.current_a != 0.0 and plant.flowing * TICK_S >= seconds
    return {"voltage_v": plant.rest_v + 10.0 * plant.current_a} if short else {}


def short_after(seconds: float) -> Inputs:
    """A short so long after the current was set."""
    return lambda plant: fallen(plant, seconds)


def short_at_current(share: float) -> Inputs:
    """A short, 2 s before which the current is off by a share."""

    def inputs(plant: Plant) -> dict[str, Any]:
        off = 9.0 <= plant.flowing * TICK_S < 10.0
        current = {"current_a": (1.0 + share) * plant.current_a} if off else {}
        return current | fallen(plant, 12.0)

    return inputs


def short_with_shift(mpa: float) -> Inputs:
    """A short while the pressure changes by so much."""

    def inputs(plant: Plant) -> dict[str, Any]:
        if plant.flowing == round(12.0 / TICK_S):
            plant.breath_um += mpa / plant.mpa_per_um
        return fallen(plant, 12.0)

    return inputs


def glimpsed(plant: Plant) -> dict[str, Any]:
    """Two readings that fall are no short."""
    passed_s = plant.flowing * TICK_S
    return fallen(plant, 12.0) if passed_s < 12.5 else {}


def hot() -> Plant:
    """Readings that are within reason, if only just."""
    return Plant(config((rest(1e3), END), tick_s=TICK_S), seed=75, preload_mpa=5.0)


LATE_S = 2.0
OTHERS = (  # from when another program's current is so much: jumps, and what is a rest or is not
    (0.0, 0.0),
    (10.0, 1e-3),
    (12.25, 2e-3),
    (16.0, 3e-3),
    (19.5, 2e-3),
    (30.0, -1e-3),
    (40.0, 0.0),
    (42.0, 1.7e-5),
    (44.0, 0.0),
    (46.0, 2.3e-5),
    (48.0, 0.0),
    (50.0, 1e-3),
)
SILENT_S = (60.0, 95.0)  # nothing comes meanwhile


def followed(*steps: c.Step) -> Plant:
    """Another program runs the cell; its data come late, and not for a while."""
    table = config((*(steps or (press_row(5.0, 1e3),)), END), tick_s=TICK_S)
    known = c.Followed(on=True, lost_us=20_000_000, rest_a=1e-5)
    return Plant(msgspec.structs.replace(table, observe=True, followed=known), seed=76)


def followed_through() -> Plant:
    """Another program runs a protocol, and the run ends once that is over."""
    return followed(press_row(5.0, 1.0), step(Kind.FOLLOW, until_ns=60 * SECOND))


def of_another_program(plant: Plant) -> dict[str, Any]:
    """What its file has at this tick."""
    now_s = plant.tick * TICK_S
    silent = SILENT_S[0] <= now_s < SILENT_S[1]
    measured_s = (SILENT_S[0] if silent else now_s) - LATE_S
    current_a = [amperes for since_s, amperes in OTHERS if since_s <= max(measured_s, 0.0)][-1]
    found: dict[str, Any] = {
        "current_a": current_a,
        "age_cell_us": round(1e6 * (now_s - measured_s)),
    }
    if silent:
        found["flags"] = ALL_NEW & ~int(Flag.NEW_CURRENT | Flag.NEW_VOLTAGE)
    return found


NONSENSE = at({20: {"temperature_c": 9000.0}, 49: {"temperature_c": 12000.0}})
VOLTS = at({tick: {"voltage_v": 9000.0} for tick in range(20, 30)})


RUNS: dict[str, Run] = {
    "series": Run(in_series, 1200),
    "compensation": Run(compensated, 600, temperatures),
    "compensation beyond full scale": Run(overloaded, 500),
    "short": Run(lambda: charging(64), 60, short_after(6.0)),
    "short before it is watched for": Run(lambda: charging(65), 200, short_after(4.0)),
    "short at a current that is constant": Run(lambda: charging(66), 80, short_at_current(0.04)),
    "short at a current that is not": Run(lambda: charging(67), 80, short_at_current(-0.06)),
    "short at the same pressure": Run(
        lambda: charging(68, noise_mpa=0.02), 80, short_with_shift(0.14)
    ),
    "short at another pressure": Run(
        lambda: charging(69, noise_mpa=0.02), 80, short_with_shift(0.147)
    ),
    "no short": Run(lambda: charging(70), 80, glimpsed),
    "followed": Run(followed, 440, of_another_program),
    "followed through a protocol": Run(followed_through, 440, of_another_program),
    "nonsense": Run(hot, 50, NONSENSE),
    "9000 V": Run(hot, 40, VOLTS),
}
