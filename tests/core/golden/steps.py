"""Steps of the golden runs that `tests.core.bench` does not have."""

from typing import Any

from fixture.core import config as c
from fixture.core.sequence.steps.table import Kind
from tests.core.bench import END, current_row, press_row

SECOND = 1_000_000_000
PULSE_A = 1e-3
Steps = tuple[c.Step, ...]


def step(kind: Kind, **fields: Any) -> c.Step:
    """A step of a kind."""
    return c.Step(int(kind), **fields)


def rest(seconds: float = 1.0, **changes: Any) -> c.Step:
    """The cell at open circuit for a time."""
    return step(Kind.OPEN, until_ns=round(seconds * SECOND), **changes)


def identify(mpa: float) -> c.Step:
    """Strokes at a pressure that measure friction and stiffness."""
    return step(Kind.IDENTIFY, setpoint_mpa=mpa, timeout_ns=600 * SECOND)


def gap(seconds: float, gap_um: float = 0.0, **changes: Any) -> c.Step:
    """The press stands for a time."""
    fields: dict[str, Any] = {"mode": 1, "wait": True, "gap_um": gap_um}
    return step(Kind.GAP, until_ns=round(seconds * SECOND), **(fields | changes))


def spectrum(amplitude: float = 0.01) -> c.Step:
    """Five points by a voltage, within 20 s."""
    return step(
        Kind.IMPEDANCE,
        rest_ns=SECOND,
        timeout_ns=20 * SECOND,
        start_hz=1e3,
        end_hz=0.1,
        points=5,
        amplitude=amplitude,
    )


def pulses(pairs: int = 1, rest_s: float = 2.0) -> c.Step:
    """Resistance by pulses of 1 s."""
    return step(
        Kind.RESISTANCE,
        cell_setpoint=PULSE_A,
        cell_limit=5.0,
        pulse_ns=SECOND,
        rest_ns=round(rest_s * SECOND),
        pairs=pairs,
    )


def coupling(shift_mpa: float, pairs: int) -> c.Step:
    """Voltage against small steps of pressure."""
    return step(
        Kind.COUPLING,
        cell_limit=5.0,
        shift_mpa=shift_mpa,
        band_mpa=0.1,
        wait=True,
        hold_ns=2 * SECOND,
        timeout_ns=600 * SECOND,
        pairs=pairs,
    )


def voltage(volts: float, until_a: float) -> c.Step:
    """Constant voltage until the current has fallen."""
    return step(Kind.VOLTAGE, cell_setpoint=volts, cell_limit=0.01, until_current_a=until_a)


def scan(from_v: float, slope_v_per_s: float, seconds: float) -> c.Step:
    """A voltage that rises or falls evenly."""
    return step(
        Kind.SCAN,
        cell_setpoint=from_v,
        cell_limit=0.01,
        slope_v_per_s=slope_v_per_s,
        until_ns=round(seconds * SECOND),
    )


def loop(target: int, passes: int, **changes: Any) -> c.Step:
    """Go back to a step, so that it is passed so often in total."""
    return step(Kind.LOOP, target=target, passes=passes, **changes)


def cycles(passes: int) -> Steps:
    """A charge of 8 s and a discharge of 8 s, so often."""
    return (
        current_row(PULSE_A, 8.0, cycle_begin=True),
        current_row(-PULSE_A, 8.0),
        loop(1, passes, cycle_end=True),
    )


def increments() -> Steps:
    """From 4 MPa to 10 by steps of 3, with the press standing between."""
    return (
        press_row(4.0),
        press_row(10.0, varies=3),
        gap(2.0),
        step(Kind.INCREMENT, target=1, last=10.0, step=3.0, passes=9),
        END,
    )


def until(limit_ohm: float, last_mpa: float, **changes: Any) -> Steps:
    """Press harder from 8 MPa until the resistance is low enough."""
    fields: dict[str, Any] = {"target": 0, "last": last_mpa, "step": 3.0, "passes": 9}
    return (
        press_row(8.0, varies=2),
        pulses(),
        step(Kind.UNTIL, limit_ohm=limit_ohm, **(fields | changes)),
        rest(),
        END,
    )


def search(limit_ohm: float, first_mpa: float, last_mpa: float, **changes: Any) -> Steps:
    """The lowest pressure at which the resistance is acceptable."""
    fields: dict[str, Any] = {"factor": 0.5, "confirm": 2, "passes": 99}
    return (
        press_row(first_mpa, varies=2),
        pulses(),
        step(
            Kind.SEARCH,
            target=0,
            limit_ohm=limit_ohm,
            setpoint_mpa=first_mpa,
            last=last_mpa,
            **(fields | changes),
        ),
        rest(),
        END,
    )


def search_by_efficiency(passes: int) -> Steps:
    """The lowest pressure at which cycles give their charge back."""
    return (
        press_row(8.0, varies=3, cycle_begin=True),
        current_row(PULSE_A, 6.0),
        current_row(-PULSE_A, 6.0),
        step(
            Kind.SEARCH,
            setpoint_mpa=8.0,
            last=1.0,
            factor=0.5,
            confirm=1,
            limit_efficiency=0.9,
            cycles=1,
        ),
        loop(0, passes, cycle_end=True),
        END,
    )


def rung(sign: int, **changes: Any) -> c.Step:
    """One current of a ladder, in one direction."""
    fields: dict[str, Any] = {
        "cell_setpoint": sign * PULSE_A,
        "cell_limit": 5.0,
        "until_ns": 4 * SECOND,
        "until_voltage_v": 2.5 + sign * 2.4,
        "until_voltage_sign": sign,
        "polarisation_v": 2.0,
    }
    return step(Kind.RUNG, **(fields | changes))


def ladder(most_a: float, stops: bool = False, first: int = 0, **changes: Any) -> Steps:
    """Currents in both directions, one step of 1 mA after the other. `first`: steps before it."""
    changes["varies"] = first + 4
    return (
        current_row(0.0, 2.0),
        rung(1, **changes),
        current_row(0.0, 2.0),
        rung(-1, **changes),
        step(Kind.LADDER, target=first, last=most_a, step=PULSE_A, passes=9, stops=stops),
        rest(),
        END,
    )
