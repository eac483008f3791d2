"""`python -m benchmarks.step [--short]`: what one tick of the core costs; that it keeps nothing.

A cycled hold is simulated once at 100 Hz by a bare stack under a sticking press; its readings are
then replayed through building the `Sample`, `step` and `status`, as a live tick and a replay do.
The reference is the same loop with one frozen Struct copied a tick: it shows how fast the machine
is. The best of several rounds counts, since other work only ever adds. `--short` gates function
alone: that the replay's commands equal the recorded ones and that nothing grows.
"""

import argparse
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import msgspec

from benchmarks.common import perform
from fixture.core import config as c
from fixture.core.safety.trips import Trip
from fixture.core.sequence.steps.table import Kind
from fixture.core.step import State, start, status, step
from fixture.core.types import Action, CellMode, Command, Flag, PressMode, Sample

GOAL_US = 25.0  # a tick, on one core in CPython
GROWTH_BLOCKS = 1000  # flat: what may be added between a tenth of the ticks and all of them
TICK_NS = 10_000_000
TICK_S = TICK_NS * 1e-9
AREA_MM2 = 78.5398  # 10 mm
CURRENT_A = 7.85e-4  # 1 mA/cm²
UM_PER_C = 3.13  # sodium, 8.86 µm per mAh/cm²
DELAY_TICKS = 20
STICK_UM = 0.5
STEP_UM = 0.05
REST_MPA = 0.3
NEW = int(
    Flag.NEW_FORCE | Flag.NEW_POSITION | Flag.NEW_VOLTAGE | Flag.NEW_CURRENT | Flag.NEW_TEMPERATURE
)
CELL_ON = int(Flag.CELL_ON)


class Row(NamedTuple):
    """One recorded tick, as plain columns give it."""

    tick: int
    t_ns: int
    flags: int
    age_us: int
    counts: tuple[int, ...]
    position: int
    voltage_v: float
    current_a: float
    temperature_c: float


class Measured(NamedTuple):
    """One line of the table."""

    what: str
    ticks: int
    us: float


def configuration() -> c.Config:
    """A 10 mm sodium cell in a 17 kN rig at 100 Hz: pressed on, cycled again and again."""
    window = 50
    decay = 1.0 - window * TICK_S / 600.0
    rows = (
        c.Step(int(Kind.PRESSURE), 15.0, 0.075, wait=True, timeout_ns=3_600_000_000_000),
        _current_row(CURRENT_A),
        _current_row(-CURRENT_A),
        c.Step(int(Kind.LOOP), target=1, passes=100_000),
        c.Step(int(Kind.END)),
    )
    return c.Config(
        core_version=c.CORE_VERSION,
        tick_ns=TICK_NS,
        area_mm2=AREA_MM2,
        observe=False,
        at_end=int(Action.HALT),
        on_stop=int(Action.HALT),
        settle_ns=5_000_000_000,
        cell_settle_ns=100_000_000,
        loops=1,
        log_ns=100_000_000,
        load_cells=c.LoadCells((0.1,) * 3, (0.0,) * 3, (0.0,) * 3, (40_000,) * 3),
        press=c.Press(STEP_UM, -500.0, 1500.0, -200.0, 5.0, 1_500_000_000, 0.05),
        nominal=c.Nominal(10.0, STICK_UM, 1.0, UM_PER_C, 20.0, 0.002),
        control=c.Control(
            window_ticks=window,
            window_s=window * TICK_S,
            drift_decay=decay,
            drift_spread_mpa_per_s=1e-4,
            breathing_spread_mpa=0.08,
            drift_noise=1e-8 * (1.0 - decay * decay),
            breathing_noise=1e-9,
            error_noise=1e-9,
            tick_s=TICK_S,
            lag_spread_s=10.0,
            lag_max_s=900.0,
            lag_noise=3e-3,
            current_step_a=2e-5,
        ),
        parts=c.Parts(),
        limits=_limits(),
        steps=rows,
        compensation=c.Compensation(
            on=True,
            creep=(0.001,) * 3,
            creep_gain=(0.0008,) * 3,
            zero_n_per_k=(0.2,) * 3,
            non_linearity=(0.0008,) * 3,
            full_n=(4000.0,) * 3,
            slew_k=0.05,
            jump_k=10.0,
        ),
    )


def _current_row(current_a: float) -> c.Step:
    return c.Step(
        int(Kind.CURRENT),
        cell_setpoint=current_a,
        cell_limit=5.0,
        until_ns=200_000_000_000,
        until_voltage_v=4.5 if current_a > 0 else 0.5,
        until_voltage_sign=1 if current_a > 0 else -1,
    )


def _limits() -> c.Limits:
    return c.Limits(
        force_max_n=9000.0,
        force_rate_n_per_s=4000.0,
        tilt_max=0.5,
        tilt_from_n=200.0,
        stale_force_us=300_000,
        stale_press_us=300_000,
        stale_cell_us=300_000,
        voltage_min_v=0.0,
        voltage_max_v=5.0,
        current_max_a=0.02,
        travel_min_um=-500.0,
        travel_max_um=1500.0,
        voltage_delay_ns=200_000_000,
        command_ttl_ns=200_000_000,
        following_ns=2_500_000_000,
        rest_ns=600_000_000_000,
        reactions=(int(Action.HALT),) * len(Trip),
        capacity_max_c=1e9,
        short_drop_v=0.02,
        efficiency_min=1e-6,
    )


class Stack:
    """A linear stack under a press with delay, bounded speed and stick-slip; noise from an LCG."""

    def __init__(self) -> None:
        self.drive_um = self.output_um = self.charge_c = self.current_a = 0.0
        self.spec = [0.0] * DELAY_TICKS
        self.seed = 1

    def read(self, tick: int) -> Row:
        """What the instruments say."""
        force_n = 10.0 * (self.output_um + UM_PER_C * self.charge_c) + REST_MPA * AREA_MM2
        counts = tuple(
            [round(force_n * share * 10.0) + self._noise() for share in (0.34, 0.33, 0.33)]
        )
        flags = NEW | (CELL_ON if self.current_a else 0)
        voltage_v = 2.5 + 200.0 * self.current_a
        position = round(self.drive_um / STEP_UM)
        return Row(
            tick, tick * TICK_NS, flags, 1500, counts, position, voltage_v, self.current_a, 25.0
        )

    def act(self, command: Command) -> None:
        """One tick under a command."""
        moving = command.press_mode == PressMode.MOVE
        self.spec.append(command.press_um if moving else self.drive_um)
        left_um = self.spec.pop(0) - self.drive_um
        reach_um = 5.0 * TICK_S
        self.drive_um += min(max(left_um, -reach_um), reach_um)
        if abs(self.drive_um - self.output_um) >= STICK_UM:
            self.output_um = self.drive_um
        on = command.cell_mode == CellMode.CURRENT
        self.current_a = command.cell_setpoint if on else 0.0
        self.charge_c += self.current_a * TICK_S

    def _noise(self) -> int:
        self.seed = (self.seed * 1103515245 + 12345) % 2**31
        return (self.seed >> 16) % 3 - 1


def record(config: c.Config, ticks: int) -> tuple[list[Row], list[Command]]:
    """A run: its inputs and its commands."""
    stack, state = Stack(), start(config)
    rows: list[Row] = []
    commands: list[Command] = []
    for tick in range(ticks):
        rows.append(stack.read(tick))
        state, command, _ = step(config, state, sample_of(rows[-1]))
        commands.append(command)
        stack.act(command)
    return rows, commands


def sample_of(row: Row) -> Sample:
    """The sample of a recorded tick."""
    tick, t_ns, flags, age_us, counts, position, voltage_v, current_a, temperature_c = row
    return Sample(
        tick,
        t_ns,
        flags,
        age_us,
        age_us,
        age_us,
        counts,
        position,
        voltage_v,
        current_a,
        temperature_c,
    )


def replay(config: c.Config, state: State, rows: list[Row], with_status: bool) -> State:
    """All ticks again; with the status of each where `with_status`."""
    if with_status:
        for row in rows:
            state, _, _ = step(config, state, sample_of(row))
            status(config, state)
    else:
        for row in rows:
            state, _, _ = step(config, state, sample_of(row))
    return state


def samples_only(rows: list[Row]) -> None:
    """The cost of building samples."""
    for row in rows:
        sample_of(row)


def reference(rows: list[Row]) -> None:
    """One frozen Struct copied a tick."""
    sample = sample_of(rows[0])
    replace = msgspec.structs.replace
    for row in rows:
        sample = replace(sample, tick=row.tick)


def measure(config: c.Config, rows: list[Row], rounds: int) -> list[Measured]:
    """Best of the rounds, µs a tick."""
    loops: dict[str, Callable[[], object]] = {
        "copying one Struct (reference)": lambda: reference(rows),
        "building the sample": lambda: samples_only(rows),
        "sample + step": lambda: replay(config, start(config), rows, with_status=False),
        "sample + step + status": lambda: replay(config, start(config), rows, with_status=True),
    }
    lines: list[Measured] = []
    for what, loop in loops.items():
        best_ns = min(_elapsed_ns(loop) for _ in range(rounds))
        lines.append(Measured(what, len(rows), best_ns / 1000.0 / len(rows)))
    return lines


def _elapsed_ns(loop: Callable[[], object]) -> int:
    begun_ns = time.perf_counter_ns()
    loop()
    return time.perf_counter_ns() - begun_ns


def growth_blocks(config: c.Config, ticks: int) -> int:
    """Blocks of memory held after all ticks, beyond those held after a tenth of them.

    Counted by the interpreter itself: a Struct is a block, a tuple, a float and a large int are.
    """
    stack, state = Stack(), start(config)
    early = 0
    for tick in range(ticks):
        if tick == ticks // 10:
            early = sys.getallocatedblocks()
        state, command, _ = step(config, state, sample_of(stack.read(tick)))
        status(config, state)
        stack.act(command)
    return sys.getallocatedblocks() - early


def differences(config: c.Config, rows: list[Row], commands: list[Command]) -> int:
    """How many commands of a replay differ from the recorded ones."""
    state, different = start(config), 0
    for row, expected in zip(rows, commands, strict=True):
        state, command, _ = step(config, state, sample_of(row))
        different += command != expected
    return different


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description="Cost of one tick of the core, µs.")
    parser.add_argument("--short", action="store_true", help="function and memory only, no time")
    short = parser.parse_args(arguments).short
    config = configuration()
    rows, commands = record(config, 20_000 if short else 100_000)
    pushes = sum(a.press_um != b.press_um for a, b in pairwise(commands))
    lines = measure(config, rows, 1 if short else 5)
    different = differences(config, rows, commands)
    memory_ticks = 20_000 if short else 1_000_000
    grown = growth_blocks(config, memory_ticks)
    print(f"{'µs a tick':>10}  {'ticks':>8}")
    for line in lines:
        print(f"{line.us:10.2f}  {line.ticks:8d}  {line.what}")
    ratio = lines[-1].us / lines[0].us
    print(f"{ratio:10.1f}  times the reference; {pushes} pushes in {len(rows) * TICK_S:.0f} s")
    print(f"{different:10d}  commands of the replay differ from the recorded ones (goal 0)")
    print(f"{grown:10d}  blocks of memory grown in {memory_ticks} ticks (at most {GROWTH_BLOCKS})")
    slow = lines[-1].us > GOAL_US and not short
    missed = bool(different) or grown > GROWTH_BLOCKS or pushes == 0 or slow
    verdict = "not gated" if short else f"goal {GOAL_US:.0f}: {'missed' if slow else 'met'}"
    print(f"step: {lines[-1].us:.1f} µs a tick with sample and status ({verdict})")
    return int(missed)


if __name__ == "__main__":
    perform(main)
