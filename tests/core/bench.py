"""A bare rig for the core's tests: a linear stack under a press that sticks and slips.

Plain and independent of the twin: pressure = k * (output + breathing), the drive moves at a bounded
speed after a delay, and the output follows it only once it differs by the stick.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fixture.core import config as c
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import State, start, step
from fixture.core.types import Action, Command, Event, Flag, PressMode, Request, Sample

AREA_MM2 = 78.5398
ALL_NEW = int(
    Flag.NEW_FORCE | Flag.NEW_POSITION | Flag.NEW_VOLTAGE | Flag.NEW_CURRENT | Flag.NEW_TEMPERATURE
)


def limits(**changes: object) -> c.Limits:
    """Wide limits of a 17 kN rig."""
    values: dict[str, object] = {
        "force_max_n": 12000.0,
        "force_rate_n_per_s": 4000.0,
        "tilt_max": 0.5,
        "tilt_from_n": 200.0,
        "stale_force_us": 300_000,
        "stale_press_us": 300_000,
        "stale_cell_us": 300_000,
        "voltage_min_v": 0.0,
        "voltage_max_v": 5.0,
        "current_max_a": 0.02,
        "travel_min_um": -500.0,
        "travel_max_um": 1500.0,
        "voltage_delay_ns": 200_000_000,
        "command_ttl_ns": 500_000_000,
        "following_ns": 5_000_000_000,
        "rest_ns": 600_000_000_000,
        "overload_n": 50_000.0,
        "pressure_max_mpa": 100.0,
        "reactions": tuple(
            [
                int(Action.RELEASE if trip is Trip.OVER_FORCE else Action.HALT)
                for trip in sorted(Trip)
            ]
        ),
    }
    return c.Limits(**(values | changes))  # type: ignore[arg-type]


def config(
    rows: tuple[c.Step, ...],
    *,
    tick_s: float = 0.1,
    slip_um: float = 0.5,
    at_end: int = int(Action.HALT),
    **changes: object,
) -> c.Config:
    """A compiled configuration for a 10 mm sodium cell at K = 10 N/um nominal.

    Its stack may flow, so that the controller's own checks are all that notices missing force.
    """
    window = max(1, round(0.5 / tick_s))
    window_s = window * tick_s
    decay = 1.0 - window_s / 600.0
    values: dict[str, object] = {
        "core_version": c.CORE_VERSION,
        "tick_ns": round(tick_s * 1e9),
        "area_mm2": AREA_MM2,
        "observe": False,
        "at_end": at_end,
        "on_stop": int(Action.HALT),
        "settle_ns": 5_000_000_000,
        "cell_settle_ns": 200_000_000,
        "loops": sum(row.kind == Kind.LOOP for row in rows),
        "log_ns": round(tick_s * 1e9),
        "load_cells": c.LoadCells((0.1,) * 3, (0.0,) * 3, (0.0,) * 3, (40_000,) * 3),
        "press": c.Press(0.05, -500.0, 1500.0, -200.0, 5.0, 1_500_000_000, 0.05),
        "nominal": c.Nominal(
            10.0, slip_um, 1.0, 8.86 / 3.6 / (AREA_MM2 / 100.0), 20.0, 0.002, flows=True
        ),
        "control": c.Control(
            window_ticks=window,
            window_s=window_s,
            drift_decay=decay,
            drift_spread_mpa_per_s=1e-4,
            breathing_spread_mpa=0.08,
            drift_noise=1e-8 * (1.0 - decay * decay),
            breathing_noise=1e-9,
            error_noise=1e-9,
            tick_s=tick_s,
            lag_spread_s=10.0,
            lag_max_s=900.0,
            lag_noise=3e-3,
            current_step_a=2e-5,
        ),
        "parts": c.Parts(),
        "limits": limits(),
        "steps": rows,
    }
    return c.Config(**(values | changes))  # type: ignore[arg-type]


def press_row(mpa: float, hold_s: float = 0.0, **changes: object) -> c.Step:
    """Go to a pressure, settle within 0.5 %, and stay."""
    values: dict[str, object] = {
        "setpoint_mpa": mpa,
        "band_mpa": max(0.005 * mpa, 0.07),
        "wait": True,
        "hold_ns": round(hold_s * 1e9),
        "timeout_ns": 3_600_000_000_000,
    }
    return c.Step(kind=int(Kind.PRESSURE), **(values | changes))  # type: ignore[arg-type]


def identify_row(mpa: float) -> c.Step:
    """Identify friction and stiffness at a pressure."""
    return c.Step(kind=int(Kind.IDENTIFY), setpoint_mpa=mpa, timeout_ns=600_000_000_000)


def current_row(current_a: float, seconds: float, **changes: object) -> c.Step:
    """Constant current for a time."""
    values: dict[str, object] = {"cell_limit": 5.0, "until_ns": round(seconds * 1e9)}
    return c.Step(kind=int(Kind.CURRENT), cell_setpoint=current_a, **(values | changes))  # type: ignore[arg-type]


END = c.Step(kind=int(Kind.END))


@dataclass
class Rig:
    """The bare plant and the loop around `step`."""

    config: c.Config
    stiffness_n_per_um: float = 10.0
    stick_um: float = 0.5
    reversal_um: float = 1.0
    breathing_um_per_c: float = 8.86 / 3.6 / (AREA_MM2 / 100.0)
    delay_s: float = 0.2
    creep_um_per_s: float = 0.0
    noise_n: float = 0.05
    preload_mpa: float = 0.3
    slides: bool = False  # once it slips, with the drive until that rests
    short_um: float = 0.0  # the drive comes to stand so far from its target
    seed: int = 1
    state: State = field(init=False)
    events: list[Event] = field(default_factory=list[Event])

    def __post_init__(self) -> None:
        """At rest in contact, at a small preload."""
        self.random = random.Random(self.seed)
        self.state = start(self.config)
        self.tick = 0
        self.drive_um = 0.0
        self.output_um = 0.0
        self.slack_um = 0.0
        self.sliding = False
        self.breath_um = 0.0
        self.current_a = 0.0
        self.voltage_v = 2.5
        self.offset_um = self.preload_mpa / self.mpa_per_um
        self.queue: list[tuple[int, float]] = []
        self.target_um = 0.0

    @property
    def mpa_per_um(self) -> float:
        """Pressure per micrometre of stack."""
        return self.stiffness_n_per_um / AREA_MM2

    @property
    def pressure_mpa(self) -> float:
        """True pressure."""
        return self.mpa_per_um * (self.output_um + self.breath_um + self.offset_um)

    def sample(self, **changes: object) -> Sample:
        """What the instruments would say now."""
        counts = tuple(
            [
                round((self.pressure_mpa * AREA_MM2 / 3 + self.noise_n * self.draw()) * 10)
                for _ in range(3)
            ]
        )
        on = int(Flag.CELL_ON) if self.current_a else 0
        values: dict[str, object] = {
            "tick": self.tick,
            "t_ns": self.tick * self.config.tick_ns,
            "flags": ALL_NEW | on,
            "age_force_us": 0,
            "age_press_us": 0,
            "age_cell_us": 0,
            "counts": counts,
            "position": round(self.drive_um / self.config.press.um_per_count),
            "voltage_v": self.voltage_v,
            "current_a": self.current_a,
            "temperature_c": 25.0,
        }
        return Sample(**(values | changes))  # type: ignore[arg-type]

    def draw(self) -> float:
        """Noise of unit variance, by arithmetic that is the same on every machine: no libm."""
        return 1.7320508 * (2.0 * self.random.random() - 1.0)

    def turn(self, **changes: object) -> Command:
        """One tick: sample, step, act."""
        sample = self.sample(**changes)
        self.state, command, events = step(self.config, self.state, sample)
        self.events.extend(events)
        self.act(command)
        self.tick += 1
        return command

    def act(self, command: Command) -> None:
        """Move the plant on by a tick under this command."""
        seconds = self.config.tick_ns * 1e-9
        goal_um = command.press_um if command.press_mode == PressMode.MOVE else self.drive_um
        self.queue.append((self.tick + round(self.delay_s / seconds), goal_um))
        while self.queue and self.queue[0][0] <= self.tick:
            self.target_um = self.queue.pop(0)[1]
        reach_um = self.config.press.speed_um_per_s * seconds
        left_um = self.target_um - self.drive_um
        left_um = math.copysign(max(0.0, abs(left_um) - self.short_um), left_um)
        move_um = min(max(left_um, -reach_um), reach_um)
        self.drive_um += move_um
        half_um = 0.5 * self.reversal_um
        self.slack_um = min(max(self.slack_um + move_um, -half_um), half_um)
        ahead_um = self.drive_um - self.slack_um - self.output_um
        self.sliding = self.sliding and self.slides and move_um != 0.0
        if abs(ahead_um) >= self.stick_um or (self.sliding and ahead_um):
            self.output_um += ahead_um
            self.sliding = True
        self.current_a = command.cell_setpoint if command.cell_mode == 1 else 0.0
        self.breath_um += seconds * (self.breathing_um_per_c * self.current_a + self.creep_um_per_s)

    def run(self, seconds: float, each: Callable[["Rig"], None] | None = None) -> None:
        """Turn for a while."""
        for _ in range(round(seconds * 1e9 / self.config.tick_ns)):
            self.turn()
            if each:
                each(self)

    def kinds(self) -> list[int]:
        """Kinds of the events so far."""
        return [event.kind for event in self.events]


def request(code: Request, value: float = 0.0) -> dict[str, Any]:
    """Sample fields of an operator's request."""
    return {"request": int(code), "request_value": value}
