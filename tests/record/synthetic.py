"""Synthetic frames: a made-up run with realistic noise, without the core or a twin."""

import math
import random
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec
import numpy as np

from fixture.core.config import (
    CORE_VERSION,
    Config,
    Control,
    Limits,
    LoadCells,
    Nominal,
    Parts,
    Press,
    Step,
)
from fixture.core.types import Command, Event, EventKind, Flag, Sample, Status
from fixture.frame.frame import Frame
from fixture.record.header import Header, TruthColumn
from fixture.runtime.tick import stepped

T = TypeVar("T", bound=msgspec.Struct)
START_UNIX_NS = 1_790_000_000_123_456_789
TRUTH = (
    TruthColumn("true_pressure_pa", "Pa", "True Pressure / Pa", 8.0),
    TruthColumn("true_thickness_metre", "m", "True Thickness / m"),
)
HEADER = Header(
    name="made-up",
    start_unix_ns=START_UNIX_NS,
    t0_monotonic_ns=987_654_321,
    profile="hold",
    profile_text="name: hold # 15 MPa, 1 mA/cm²\n",
    rig="twin",
    rig_text="tick: 100 ms\n",
    cell="Na-µ-7",
    load_cells=("A", "B", "C"),
    seeds=(1, 2**40),
    versions=(("isostack", "0.1.0"), ("h5py", "3.16")),
)
ALL_NEW = (
    Flag.NEW_FORCE | Flag.NEW_POSITION | Flag.NEW_VOLTAGE | Flag.NEW_CURRENT | Flag.NEW_TEMPERATURE
)


def make_config(tick_ns: int = 100_000_000, log_ns: int = 100_000_000, cells: int = 3) -> Config:
    """A configuration that is complete and plausible."""
    return Config(
        core_version=CORE_VERSION,
        tick_ns=tick_ns,
        area_mm2=math.pi * 25,
        observe=False,
        at_end=1,
        on_stop=1,
        settle_ns=1_000_000_000,
        cell_settle_ns=200_000_000,
        loops=1,
        log_ns=log_ns,
        load_cells=LoadCells((0.1,) * cells, (0.0,) * cells, (0.0,) * cells, (40_000,) * cells),
        press=Press(0.05, -500.0, 1500.0, -200.0, 5.0, 1_500_000_000, 0.05),
        nominal=Nominal(10.0, 0.5, 1.0, 0.3, 20.0, 0.002),
        control=Control(
            5, 0.5, 0.999, 1e-4, 0.5, 1e-9, 1e-12, 1e-6, 0.1, 10.0, 900.0, 3e-3, 1e-5
        ),
        parts=Parts(),
        limits=Limits(
            9000.0, 4000.0, 0.5, 200.0, 500_000, 500_000, 500_000, 0.0, 5.0, 0.02, -500.0, 1500.0,
            1_000_000_000, 300_000_000, 2_000_000_000, 60_000_000_000, tuple(range(18)),
        ),
        steps=(
            Step(kind=0, setpoint_mpa=74.0, wait=True),
            Step(kind=1, cell_setpoint=7.85e-4),
            Step(kind=18, points=61, amplitude=0.01),
            Step(kind=18, points=41, amplitude=1e-4, galvanostatic=True),
        ),
    )  # fmt: skip


def make_status(**changes: float) -> Status:
    """A status with every field known; `changes` by name."""
    values = {
        "phase": 0, "trip": 0, "row": 1, "step_count": 2, "cycle_count": 1, "force_n": 1178.0,
        "pressure_mpa": 15.0, "setpoint_mpa": 15.0, "tilt": 0.01, "peak_mpa": 74.0, "branch": -1,
        "position_um": 12.5, "voltage_v": 3.7, "current_a": 7.85e-4, "temperature_c": 25.0,
        "stiffness_n_per_um": 10.0, "breathing_um_per_c": 0.3, "drift_mpa_per_s": 0.0,
        "lag_s": 20.0, "friction_um": 0.5, "reversal_um": 1.0, "slip_mpa": 0.06, "style": 0,
        "slips": 0, "travel_um": 0.0, "at_rest": False,
    }  # fmt: skip
    return Status(**(values | changes))  # pyright: ignore[reportArgumentType] (floats for ints)


SAMPLE = Sample(
    0, 0, int(ALL_NEW), 0, 0, 0, (3926, 3927, 3928), 250, 3.5, 0.0, 25.0, request=0,
    request_value=0.0,
)  # fmt: skip
COMMAND = Command(0, 300_000_000, 1, 12.5, 1, 7.85e-4, 4.4)
STATUS = make_status()
FRAME = Frame(
    SAMPLE, COMMAND, (), STATUS, late_us=0, sent_lag=1, uncertainty_force_us=40,
    uncertainty_cell_us=200, point=None,
)  # fmt: skip


def make_frame(tick: int = 0, t_ns: int | None = None, tick_ns: int = 100_000_000, **more: object):
    """One frame; `more` sets fields of its sample, command, status or itself, by name."""
    t_ns = tick * tick_ns if t_ns is None else t_ns
    return _with(
        FRAME,
        {
            "sample": _with(SAMPLE, {"tick": tick, "t_ns": t_ns} | more),
            "command": _with(COMMAND, {"tick": tick, "expires_ns": t_ns + 300_000_000} | more),
            "status": _with(STATUS, more),
            "late_us": (t_ns - tick * tick_ns) // 1000,
        }
        | more,
    )


def _with(base: T, more: Mapping[str, object]) -> T:
    """The same with those of some fields replaced that it has."""
    own = {name: value for name, value in more.items() if name in base.__struct_fields__}
    return msgspec.structs.replace(base, **own) if own else base


def realistic(
    count: int, tick_ns: int = 10_000_000, seed: int = 7, first: int = 0
) -> Iterator[tuple[Frame, tuple[float, ...]]]:
    """Frames as a run in real time gives them: noise, jitter, slow devices, cycles.

    Force is read each tick, the press every 50 ms, the cell every 100 ms; load cells have 3 counts
    of noise, the voltage 20 µV, the current 0.2 µA, lateness and ages jitter by tens of µs.
    """
    rng, noise = random.Random(seed), random.Random(seed).gauss
    press_every = max(1, 50_000_000 // tick_ns)
    cell_every = max(1, 100_000_000 // tick_ns)
    age_press = age_cell = 0
    command_um, travel_um = 12.5, 0.0
    voltage = current = temperature = float("nan")
    for tick in range(first, first + count):
        late_us = int(rng.expovariate(1 / 60)) + 20
        t_ns = tick * tick_ns + 1000 * late_us
        flags = ALL_NEW & ~Flag.NEW_POSITION
        seconds = t_ns * 1e-9
        pressure = 15.0 + 0.2 * math.sin(seconds / 40) + noise(0, 0.004)
        counts = tuple(int(pressure * 262 * k + noise(0, 3)) for k in (1.0, 1.01, 0.99))
        age_press = age_press + tick_ns // 1000 if tick % press_every else rng.randint(900, 1400)
        age_cell = age_cell + tick_ns // 1000 if tick % cell_every else rng.randint(8000, 12_000)
        new_cell = tick % cell_every == 0
        flags = Flag.NEW_FORCE | (Flag.NEW_POSITION if tick % press_every == 0 else 0)
        if new_cell:
            flags |= Flag.NEW_VOLTAGE | Flag.NEW_CURRENT
            sign = 1 if int(seconds / 300) % 2 == 0 else -1
            voltage = float(np.float32(3.6 + 1e-4 * (seconds % 300) * sign + noise(0, 2e-5)))
            current = float(np.float32(7.85e-4 * sign + noise(0, 2e-7)))
        if tick % int(max(1, 1_000_000_000 // tick_ns)) == 0:
            flags |= Flag.NEW_TEMPERATURE
            temperature = float(np.float32(25 + noise(0, 0.01)))
        if tick % max(1, 500_000_000 // tick_ns) == 0:
            step = round(noise(0, 0.05) * 2**20) / 2**20
            command_um, travel_um = command_um + step, travel_um + abs(step)
        cycle_ticks = 600_000_000_000 // tick_ns
        cycle = tick // cycle_ticks + 1
        events: tuple[Event, ...] = ()
        if tick % cycle_ticks == 0:
            begin = Event(t_ns, tick, EventKind.CYCLE_BEGIN, cycle, 0.0)
            events = (Event(t_ns, tick, EventKind.CYCLE_END, cycle - 1, 0.0), begin)
        nan = float("nan")
        age_force = rng.randint(300, 420)
        sample = Sample(
            tick, t_ns, int(flags),
            stepped(age_force), stepped(age_press), stepped(age_cell), counts,
            int(command_um / 0.05), voltage if new_cell else nan, current if new_cell else nan,
            temperature if flags & Flag.NEW_TEMPERATURE else nan,
        )  # fmt: skip
        status = Status(
            0, 0, 1, 2, cycle, pressure * 78.54, pressure, 15.0, 0.01 + noise(0, 1e-3), 74.0, -1,
            int(command_um / 0.05) * 0.05, voltage, current, temperature, 10.0, 0.3, 0.0,
            20.0, 0.5, 1.0, 0.06, 0, 0, travel_um, False,
        )  # fmt: skip
        command = Command(tick, t_ns + 300_000_000, 1, command_um, 1, 7.85e-4, 4.4)
        yield Frame(sample, command, events, status, late_us, 1, 60, 900), (pressure * 1e6, 1e-3)


def in_lockstep(frame: Frame, tick_ns: int) -> Frame:
    """The frame as it is when nothing is late and every port is read at the tick."""
    sample, status, t_ns = frame.sample, frame.status, frame.sample.tick * tick_ns
    now = {"age_force_us": 0, "age_press_us": 0, "age_cell_us": 0, "t_ns": t_ns, "flags": ALL_NEW}
    read = {"voltage_v": status.voltage_v, "current_a": status.current_a}
    return msgspec.structs.replace(
        frame,
        sample=msgspec.structs.replace(sample, **now, **read, temperature_c=status.temperature_c),
        command=msgspec.structs.replace(frame.command, expires_ns=t_ns + 300_000_000),
        late_us=0,
    )
