"""Plant and core in one loop: the same quantising as the drivers and the turn, without the bytes.

Each tick: the plant moves on, its instruments are read (load-cell divisions, drive counts, the
source's seven digits, the drive's thermometer at every tenth read), `step` answers, and what is new
in its command is obeyed at once. Times are whole ticks, so ages are 0, as on a loopback.
"""

import math
import struct
import time
from array import array
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fixture.config.devices import Device
from fixture.core.config import Config
from fixture.core.control import controller
from fixture.core.step import Advance, State, start, status, step
from fixture.core.types import CellMode, Command, Event, EventKind, Flag, Phase, PressMode, Sample
from fixture.twin.plant import TRUTH, Plant
from fixture.twin.trace import Player

NEW = int(Flag.NEW_FORCE | Flag.NEW_POSITION | Flag.NEW_VOLTAGE | Flag.NEW_CURRENT)
NEW_TEMPERATURE = int(Flag.NEW_TEMPERATURE)
CELL_ON, CELL_LIMITED = int(Flag.CELL_ON), int(Flag.CELL_LIMITED)
END_LOW, END_HIGH = int(Flag.PRESS_END_LOW), int(Flag.PRESS_END_HIGH)
FORCE_OVER = int(Flag.FORCE_OVER)
MOVE = int(PressMode.MOVE)
RUNNING = int(Phase.RUNNING)
FLOAT32 = struct.Struct("<f")
MISSING = math.nan
OVERLOAD_DIVISIONS = 9.0

Array = NDArray[np.float32]


FORMED = [column.name for column in TRUTH].index("forming_metre")


class Mark(NamedTuple):
    """From this tick on the sequence stood on this row with this setpoint."""

    tick: int
    row: int
    setpoint_mpa: float


class Run(NamedTuple):
    """What a run gave, tick by tick, and what happened."""

    tick_s: float
    measured_mpa: Array  # as the controller knows it: fused, compensated where that is on
    true_mpa: Array
    grown_um: Array  # thickness gained by breathing and warmth less what creep took
    drive_um: Array
    slips: Array  # of the press, true, so far
    breathing_um: Array  # true
    foreseen: Array  # change of thickness by the estimated coefficient, µm/s; 0 without a trace
    formed_um: Array  # thickness lost by forming, fracture and cracks less what gas adds, true
    marks: tuple[Mark, ...]
    events: tuple[Event, ...]
    trip: int
    us_a_tick: float  # of this process's own time


class Readings:
    """What the instruments say of a plant; `sample` is one tick."""

    def __init__(self, config: Config, plant: Plant, press_options: Mapping[str, object]) -> None:
        self._plant = plant
        self._per_count = config.load_cells.newton_per_count
        self._maximum = [limit + OVERLOAD_DIVISIONS for limit in config.load_cells.limit_counts]
        self._observed = config.observe
        self.driven = False
        self.by_limit = False  # the source makes its current by its limit
        every = press_options.get("temperature_every", 10)
        scale = press_options.get("temperature_scale_k", 0.0)
        wired = press_options.get("temperature_port") is not None
        assert isinstance(every, int)
        assert isinstance(scale, float)
        self._every, self._scale = every if wired else 0, scale

    def sample(self, tick: int, t_ns: int) -> Sample:
        """Read everything once."""
        plant = self._plant
        force_n = plant.forces.force_n
        counts = tuple([round(force_n(cell) / one) for cell, one in enumerate(self._per_count)])
        flags = NEW
        for count, most in zip(counts, self._maximum, strict=True):
            if not -most <= count <= most:
                flags |= FORCE_OVER
        press, cell = plant.press, plant.cell
        temperature = MISSING
        if self._every and tick % self._every == 0:
            flags |= NEW_TEMPERATURE
            temperature = _float32(self._scale * round(press.temperature_c() / self._scale))
        if press.end_low() or press.end_high():
            flags |= END_LOW if press.end_low() else END_HIGH
        if self.driven or self._observed:
            flags |= CELL_ON
            if cell.limited() != self.by_limit:
                flags |= CELL_LIMITED
        return Sample(
            tick,
            t_ns,
            flags,
            0,
            0,
            0,
            counts,
            press.position(),
            _digits(cell.voltage_v()),
            _digits(cell.current_a()),
            temperature,
        )


def _float32(value: float) -> float:
    return FLOAT32.unpack(FLOAT32.pack(value))[0]


def _digits(value: float) -> float:
    """A number as the source writes it, and as it is recorded."""
    return FLOAT32.unpack(FLOAT32.pack(float(f"{value:.6E}")))[0]


class Hands:
    """What obeys a command: only what is new in it reaches the plant."""

    def __init__(self, config: Config, plant: Plant, readings: Readings, most_v: float) -> None:
        self._plant = plant
        self._readings = readings
        self._per_um = 1.0 / config.press.um_per_count
        self._most_v = most_v
        self._press: tuple[float, ...] = ()
        self._cell: tuple[float, ...] = ()

    def obey(self, command: Command) -> None:
        """One tick's command."""
        press = (command.press_mode, command.press_um)
        if press != self._press:
            self._press = press
            if command.press_mode == MOVE:
                self._plant.press.move_to(round(command.press_um * self._per_um))
            else:
                self._plant.press.stop()
        cell = (command.cell_mode, command.cell_setpoint, command.cell_limit)
        if cell != self._cell:
            self._cell = cell
            self._source(command)

    def _source(self, command: Command) -> None:
        cell, mode = self._plant.cell, command.cell_mode
        self._readings.driven = mode in (CellMode.CURRENT, CellMode.VOLTAGE)
        self._readings.by_limit = mode == CellMode.CURRENT
        if mode == CellMode.CURRENT:
            self._source_current(float(f"{command.cell_setpoint:.9g}"), command.cell_limit)
        elif mode == CellMode.VOLTAGE:
            cell.source_voltage(float(f"{command.cell_setpoint:.9g}"), command.cell_limit)
        elif mode == CellMode.OPEN:
            cell.source_current(0.0, self._most_v)
        elif mode == CellMode.OFF:
            cell.open_circuit()

    def _source_current(self, current_a: float, limit_v: float) -> None:
        """As the source does: towards the limit of voltage, with this current at most."""
        if current_a == 0.0:
            self._readings.driven = False
            self._plant.cell.source_current(0.0, self._most_v)
        else:
            self._plant.cell.source_voltage(limit_v, abs(current_a))


def run(
    config: Config,
    plant: Plant,
    devices: tuple[Device, Device, Device],
    most_s: float = math.inf,
    advance: Advance = controller.advance,
) -> Run:
    """Run until the sequence is over or trips, at most `most_s` of run time.

    `advance` moves the press, in place of the core's own controller.
    """
    _, press, potentiostat = devices
    most_v = potentiostat.options.get("voltage_max_v", 5.0)
    assert isinstance(most_v, float)
    readings = Readings(config, plant, press.options)
    hands = Hands(config, plant, readings, most_v)
    loop = Loop(config, plant, readings, hands, advance)
    last = min(most_s * 1e9, 1e18) // config.tick_ns
    begun_ns = time.process_time_ns()
    while loop.tick < last and loop.turn():
        pass
    return loop.result(time.process_time_ns() - begun_ns)


class Loop:
    """The turning itself, and what is kept of it."""

    def __init__(
        self, config: Config, plant: Plant, readings: Readings, hands: Hands, advance: Advance
    ) -> None:
        self._config, self._plant = config, plant
        self._readings, self._hands = readings, hands
        self._advance = advance
        self._traced = isinstance(plant.cell, Player)
        self._columns = [array("f") for _ in range(8)]  # as `Run` has them
        self._appends = [column.append for column in self._columns]
        self._state: State = start(config)
        self._marks: list[Mark] = []
        self._events: list[Event] = []
        self._row = -1
        self.tick = 0

    @property
    def state(self) -> State:
        """The core's state."""
        return self._state

    @property
    def tripped(self) -> bool:
        """Whether the run has been stopped."""
        return self._state.safety.trip != 0

    def turn(self) -> bool:
        """One tick; False once nothing more is to be held."""
        tick, plant = self.tick, self._plant
        t_ns = tick * self._config.tick_ns
        plant.advance(t_ns)
        sample = self._readings.sample(tick, t_ns)
        self._state, command, events = step(self._config, self._state, sample, self._advance)
        self._hands.obey(command)
        known, sequence = self._state.known, self._state.sequence
        if sequence.step != self._row:
            self._row = sequence.step
            self._marks.append(Mark(tick, sequence.step, sequence.setpoint_mpa))
        if events:
            self._events.extend(events)
        measured, true, grown, drive, slips, breathed, foreseen, formed = self._appends
        truth = plant.truth()
        pressure_pa, _, _, breathing, creep, thermal = truth[:6]
        measured(known.pressure_mpa)
        true(1e-6 * pressure_pa)
        grown(1e6 * (breathing + thermal - creep))
        drive(known.position_um)
        slips(plant.press.slips)
        breathed(1e6 * breathing)
        foreseen(self._foreseen_um_per_s() if self._traced else 0.0)
        formed(1e6 * truth[FORMED])
        self.tick = tick + 1
        return sequence.phase == RUNNING

    def _foreseen_um_per_s(self) -> float:
        """Breathing as the core estimates it now, by the current alone."""
        now = status(self._config, self._state)
        return now.breathing_um_per_c * now.current_a

    def result(self, took_ns: int) -> Run:
        """Everything, once it is over."""
        columns = [np.frombuffer(column, np.float32) for column in self._columns]
        measured, true, grown, drive, slips, breathed, foreseen, formed = columns
        return Run(
            self._config.tick_ns * 1e-9,
            measured,
            true,
            grown,
            drive,
            slips,
            breathed,
            foreseen,
            formed,
            tuple(self._marks),
            tuple(self._events),
            next((e.code for e in self._events if e.kind == EventKind.TRIP), 0),
            took_ns / 1e3 / max(self.tick, 1),
        )
