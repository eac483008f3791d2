"""Golden runs of the sequence: every kind of step, and every request of an operator."""

from typing import Any

import msgspec

from fixture.core import config as c
from fixture.core.sequence.sequencer import cell_demand
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import Action, CellMode, Flag, HoldMode, Request
from tests.core.bench import ALL_NEW, END, config, current_row, limits, press_row, request
from tests.core.golden.plant import Plant, at, constant_ohm, contact_ohm
from tests.core.golden.play import Run
from tests.core.golden.steps import (
    PULSE_A,
    coupling,
    cycles,
    gap,
    increments,
    ladder,
    pulses,
    rest,
    scan,
    search,
    search_by_efficiency,
    spectrum,
    step,
    until,
    voltage,
)

TICK_S = 0.25
KEEP = -1  # Config.at_end: go on holding


def cell(steps: tuple[c.Step, ...], seed: int = 1, **changes: Any) -> Plant:
    """A press without friction around a cell: the sequence is what is looked at."""
    plant = changes.pop("plant", {})
    fields: dict[str, Any] = {"tick_s": TICK_S, "slip_um": 0.05}
    table = config(steps, **(fields | changes))
    return Plant(table, seed=seed, **({"stick_um": 0.0, "reversal_um": 0.0} | plant))


def basic() -> Plant:
    """Rest, cycles in a loop, constant voltage until the current has fallen, a scan."""
    steps = (
        press_row(5.0, 1.0),
        *cycles(3),
        rest(2.0),
        current_row(PULSE_A, 60.0, until_voltage_v=2.57, until_voltage_sign=1),
        current_row(-PULSE_A, 60.0, until_voltage_v=2.43, until_voltage_sign=-1),
        voltage(2.56, 6e-4),
        scan(2.5, 0.0042, 6.0),
        scan(2.5, -0.0042, 6.0),
        END,
    )
    return cell(steps, 31, plant={"v_per_c": 3.0})


def relaxing() -> Plant:
    """The press stands until the stack has relaxed."""
    steps = (press_row(10.0), gap(300.0, windows=6, relaxed_mpa_per_s=4e-4), END)
    plant = {"creep_um_per_s": -0.05, "creep_keeps": 0.985}
    return cell(steps, 32, plant=plant)


def few_amperes(plant: Plant) -> dict[str, Any]:
    """Of the current that is commanded, hardly more flows than a pulse needs, then hardly less."""
    share = 0.12 if plant.tick < 100 else 0.08
    return {"current_a": share * plant.current_a}


def resistance() -> Plant:
    """Resistance by pulses."""
    return cell((pulses(3), pulses(2, rest_s=0.5), END), 33, plant={"preload_mpa": 5.0})


def faint() -> Plant:
    """Resistance by pulses of which little flows."""
    steps = (pulses(4), pulses(4), END)
    return cell(steps, 34, plant={"preload_mpa": 5.0})


def coupled() -> Plant:
    """Voltage against small steps of pressure."""
    return cell((press_row(10.0), coupling(0.5, 2), END), 35, plant={"v_per_mpa": 2e-3})


def incremented() -> Plant:
    """From pressure to pressure by steps."""
    return cell(increments(), 36)


def harder() -> Plant:
    """Pressed harder until a resistance is low enough."""
    return cell(until(48.0, 20.0), 37, plant={"ohm": contact_ohm})


def harder_in_vain() -> Plant:
    """Pressed harder, and the resistance is never low enough."""
    return cell(until(1.0, 10.0), 38, plant={"ohm": contact_ohm})


def searched() -> Plant:
    """The lowest acceptable pressure, downwards and up again."""
    return cell(search(160.0, 16.0, 1.0), 39, plant={"ohm": contact_ohm})


def searched_up() -> Plant:
    """The lowest acceptable pressure, upwards, by steps."""
    steps = search(130.0, 2.0, 9.0, factor=0.0, step=3.0, confirm=1)
    return cell(steps, 40, plant={"ohm": contact_ohm})


def searched_in_vain() -> Plant:
    """No pressure is acceptable."""
    return cell(search(1.0, 4.0, 1.0), 41, plant={"ohm": contact_ohm})


def leaking(plant: Plant) -> dict[str, Any]:
    """Below 3 MPa half of the charge is lost."""
    lost = plant.current_a < 0.0 and plant.pressure_mpa < 3.0
    return {"current_a": 0.5 * plant.current_a} if lost else {}


def efficient() -> Plant:
    """The lowest pressure at which cycles give their charge back."""
    return cell(search_by_efficiency(6), 42)


def to_its_end() -> Plant:
    """A ladder of currents to its end."""
    return cell(ladder(3e-3), 43, plant={"preload_mpa": 5.0})


def jumping_ohm(mpa: float, current_a: float) -> float:
    """The cell gives way beyond 2.5 mA."""
    del mpa
    return 90.0 if current_a > 2.5e-3 or current_a < -2.5e-3 else 50.0


def falling_ohm(mpa: float, current_a: float) -> float:
    """The cell is shorted beyond 2.5 mA."""
    del mpa
    return 30.0 if current_a > 2.5e-3 or current_a < -2.5e-3 else 50.0


def giving_way() -> Plant:
    """A ladder to the current at which polarisation jumps."""
    return cell(ladder(5e-3, jump=0.5), 44, plant={"preload_mpa": 5.0, "ohm": jumping_ohm})


def shorted() -> Plant:
    """A ladder to the current at which polarisation falls."""
    return cell(ladder(5e-3, fall=0.3), 45, plant={"preload_mpa": 5.0, "ohm": falling_ohm})


def polarised() -> Plant:
    """A ladder to the current that pushes the voltage too far."""
    plant = {"preload_mpa": 5.0, "ohm": constant_ohm}
    return cell(ladder(5e-3, polarisation_v=0.12), 46, plant=plant)


def by_hand() -> Plant:
    """No sequence: a person moves the press, near 200 N."""
    return cell((END,), 47, at_end=KEEP, plant={"preload_mpa": 2.55})


def jog(um: float) -> dict[str, Any]:
    """An operator moves the press."""
    return {**request(Request.JOG), "request_value": um}


BY_HAND = at(
    {
        4: request(Request.TARE),  # at 200 N of 12 kN
        8: jog(8.0),
        20: request(Request.TARE),  # at 280 N: refused
        24: jog(-90.0),
        200: jog(90.0),
        350: jog(120.0),  # too far: refused
        500: request(Request.RESET),  # nothing has tripped: refused
        504: request(Request.RELEASE),
    }
)


def kept() -> Plant:
    """Pressure is kept after the sequence until the operator releases it."""
    return cell((press_row(5.0), END), 48, at_end=KEEP)


KEPT = at({100: jog(5.0), 104: request(Request.TARE), 200: request(Request.RELEASE)})


def observed() -> Plant:
    """Another program runs the cell; the run is stopped by the operator, into release."""
    steps = (press_row(5.0), rest(1e4), END)
    return cell(steps, 49, observe=True, on_stop=int(Action.RELEASE))


STOPPED = at(
    {
        40: jog(1.0),
        44: request(Request.RELEASE),
        200: request(Request.STOP),
        210: jog(1.0),
    }
)


def faulty() -> Plant:
    """A run in which every few seconds has another fault, and a reset after each."""
    return cell((press_row(5.0, 1e4), END), 50)


FAULTY = at(
    {
        120: {"flags": 0, "age_force_us": 100_000},
        132: {"voltage_v": float("nan")},
        144: request(Request.RESET),
        156: {"flags": ALL_NEW | int(Flag.PRESS_FAULT)},
        168: request(Request.STOP),
    }
)


def intervened() -> Plant:
    """Every kind of step that a pause touches, with pauses, skips and other setpoints."""
    steps = (
        press_row(5.0, 1.0),
        *cycles(2),
        pulses(2),
        coupling(0.5, 1),
        gap(20.0, windows=6, relaxed_mpa_per_s=1e-9),
        scan(2.5, 0.0042, 6.0),
    )
    steps = (*steps, *ladder(3e-3, first=len(steps)))
    return cell(steps, 44, plant={"v_per_c": 3.0})


INTERVENED = at(
    {
        8: request(Request.HOLD),
        16: request(Request.RESUME),
        70: request(Request.HOLD),
        74: request(Request.SETPOINT, 6.0),
        80: request(Request.HOLD),
        90: request(Request.RESUME),
        96: request(Request.SETPOINT, 7.0),
        100: request(Request.SETPOINT, 700.0),
        104: request(Request.RESUME),
        106: request(Request.CONFIRM),
        120: request(Request.SKIP),
        **{130 + 40 * n: request(Request.HOLD) for n in range(16)},
        **{150 + 40 * n: request(Request.RESUME) for n in range(16)},
        770: request(Request.SKIP),
        775: request(Request.SETPOINT, 8.0),
    }
)


def waiting() -> Plant:
    """The die is opened and closed again by an operator, who jogs the press to the stack."""
    released = step(Kind.WAIT, mode=int(HoldMode.GAP))
    return cell((press_row(5.0), released, press_row(4.0), step(Kind.WAIT), rest(2.0), END), 45)


WAITING = at(
    {
        400: request(Request.CONFIRM),
        **{410 + 40 * n: request(Request.JOG, 40.0) for n in range(5)},
        640: request(Request.CONFIRM),
        900: request(Request.CONFIRM),
    }
)


def waiting_noisy() -> Plant:
    """The same with load cells whose noise is more than the least contact."""
    released = step(Kind.WAIT, mode=int(HoldMode.GAP))
    nominal = msgspec.structs.replace(config((END,)).nominal, noise_mpa=0.03)
    return cell((released, press_row(4.0), END), 48, nominal=nominal)


WAITING_NOISY = at(
    {
        **{200 + 40 * n: request(Request.JOG, 40.0) for n in range(4)},
        370: request(Request.JOG, 39.0),
        410: request(Request.CONFIRM),
    }
)


def pulsed_one_way() -> Plant:
    """A capacity that is passed in one direction, with a short pulse the other way in between."""
    steps = (current_row(PULSE_A, 15.0), current_row(-PULSE_A, 1.25), current_row(PULSE_A, 9.0))
    return cell((*steps, END), 49, limits=limits(capacity_max_c=0.02))


def spectra() -> Plant:
    """A spectrum with all its points, one that ends early, one that is late, one not begun."""
    steps = (
        press_row(5.0, 1.0),
        *(spectrum() for _ in range(3)),
        spectrum(amplitude=2.6),
        current_row(PULSE_A, 2.0),
        END,
    )
    return cell(steps, 43, limits=limits(spectrum_silence_us=5_000_000))


def sweeping(plant: Plant) -> dict[str, Any]:
    """A point each second of the first; of the second two; of the third none."""
    state = plant.state.sequence
    if cell_demand(plant.config, state)[0] != CellMode.IMPEDANCE:
        return {}
    sample = plant.sample()
    flags = sample.flags & ~int(Flag.NEW_VOLTAGE | Flag.NEW_CURRENT) | int(Flag.CELL_ON)
    if state.step == 2 and state.points == 2:
        flags |= int(Flag.SPECTRUM_OVER)
    elif state.step < 3 and plant.tick % 4 == 0:
        flags |= int(Flag.NEW_POINT)
    return {"flags": flags, "age_cell_us": 1000 * (plant.tick % 4), "counts": sample.counts}


RUNS: dict[str, Run] = {
    "steps": Run(basic, 600),
    "relaxing": Run(relaxing, 600),
    "resistance": Run(resistance, 140),
    "faint pulses": Run(faint, 240, few_amperes),
    "coupling": Run(coupled, 600),
    "increments": Run(incremented, 400),
    "until": Run(harder, 400),
    "until in vain": Run(harder_in_vain, 300),
    "search": Run(searched, 1000),
    "search up": Run(searched_up, 600),
    "search in vain": Run(searched_in_vain, 200),
    "search by efficiency": Run(efficient, 1200, leaking),
    "ladder": Run(to_its_end, 200),
    "ladder to a jump": Run(giving_way, 200),
    "ladder to a fall": Run(shorted, 200),
    "ladder to a polarisation": Run(polarised, 200),
    "intervened": Run(intervened, 1000, INTERVENED),
    "waiting": Run(waiting, 940, WAITING),
    "waiting, noisy": Run(waiting_noisy, 520, WAITING_NOISY),
    "pulsed one way": Run(pulsed_one_way, 120),
    "by hand": Run(by_hand, 700, BY_HAND),
    "kept": Run(kept, 300, KEPT),
    "spectra": Run(spectra, 400, sweeping),
    "observed": Run(observed, 400, STOPPED),
    "faulty": Run(faulty, 220, FAULTY),
}
