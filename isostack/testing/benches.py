"""What a driver is tried on: a plant of each kind, set to a level, and what is read of it."""

import math
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, NamedTuple

from instruments.protocols import (
    CellReading,
    Configurable,
    DeviceRefused,
    ForceReading,
    LinkError,
    PressReading,
)

FULL_SHARE = 0.01  # of the full scale, a level
MOVED = 400  # counts that a press is moved
LEAST = 20  # levels above none, so that numbers of all levels are about as long


class Forces:
    """`ForcePlant`: the same force on every load cell, N."""

    def __init__(self, full_n: float) -> None:
        self._full_n = full_n
        self.now_n = 0.0
        self.level(0)

    def level(self, level: int) -> None:
        """Stand at a level, from 0."""
        self.now_n = self._full_n * FULL_SHARE * (LEAST + level)

    def force_n(self, cell: int) -> float:
        """Force at load cell `cell`, N."""
        del cell
        return self.now_n


class Drive:
    """`PressPlant` that stays on its way until it is set to a place."""

    def __init__(self) -> None:
        self.at = self.to = 0
        self.stops = 0

    def level(self, level: int) -> None:
        """Stand at a level, from 0."""
        self.at = self.to = 100 * level

    def move_to(self, counts: int) -> None:
        """Begin to move."""
        self.to = counts

    def stop(self) -> None:
        """Stand."""
        self.stops += 1
        self.to = self.at

    def position(self) -> int:
        """Where it is, counts."""
        return self.at

    def target(self) -> int:
        """Where it is going, counts."""
        return self.to

    def moving(self) -> bool:
        """Whether it is on its way."""
        return self.at != self.to

    def end_low(self) -> bool:
        """No end switch is reached."""
        return False

    end_high = end_low

    def temperature_c(self) -> float:
        """25 °C."""
        return 25.0


class Cell:
    """`CellPlant`: a cell whose voltage is set, driven at the limit of whatever drives it."""

    def __init__(self) -> None:
        self.volts = 1.0
        self.amperes = 0.0

    def level(self, level: int) -> None:
        """Have the voltage of a level, from 0."""
        self.volts = 1.0 + level / 64.0

    def open_circuit(self) -> None:
        """Let no current flow."""
        self.amperes = 0.0

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A."""
        del voltage_limit_v
        self.amperes = current_a

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive towards a voltage: its limit of current flows, A."""
        self.amperes = math.copysign(abs(current_limit_a), voltage_v - self.volts)

    def voltage_v(self) -> float:
        """Voltage, V."""
        return self.volts

    def current_a(self) -> float:
        """Current, A."""
        return self.amperes

    def limited(self) -> bool:
        """A source is always at its limit here."""
        return True

    def impedance_ohm(self, frequency_hz: float) -> complex:
        """50 ohm and an arc of 100 ohm at 100 Hz."""
        return 50.0 + 100.0 / (1.0 + 1j * frequency_hz / 100.0)


class Bench(NamedTuple):
    """How a kind of instrument is tried."""

    plant: Callable[[Any], Any]  # of the model's options
    begin: Callable[[Any, Any], None]  # driver, plant: what a run does before it reads
    value: Callable[[Any], Hashable]  # what a reading says, to be compared
    commands: Callable[[Any, Any, Any], str]  # driver, plant, options: what is wrong, or ''


def _forces(options: Any) -> Forces:
    full: Any = getattr(options, "full_scale_n", 1000.0)
    return Forces(float(full[0] if isinstance(full, tuple) else full))


def _drive(options: Any) -> Drive:
    del options
    return Drive()


def _cell(options: Any) -> Cell:
    del options
    return Cell()


def _counts(reading: ForceReading) -> Hashable:
    return "fault" if reading.fault or reading.over else reading.counts


def _position(reading: PressReading) -> Hashable:
    bad = reading.fault or reading.end_low or reading.end_high
    return "fault" if bad else reading.position


def _volts(reading: CellReading) -> Hashable:
    return (reading.on, round(reading.voltage_v, 4), round(reading.current_a, 9))


def _begin_load_cells(driver: Any, plant: Any) -> None:
    del plant
    if isinstance(driver, Configurable):
        driver.configure()


def _begin_press(driver: Any, plant: Any) -> None:
    del plant
    driver.configure()


def _begin_cell(driver: Any, plant: Any) -> None:
    del plant
    driver.configure()
    driver.source_current(0.001, 5.0)


def _begin_followed(driver: Any, plant: Cell) -> None:
    driver.configure()
    plant.source_current(0.001, 5.0)  # by another program


def _no_commands(driver: Any, plant: Any, options: Any) -> str:
    del options
    plant.level(3)
    first = driver.read().counts
    plant.level(6)
    driver.read()
    if plant.now_n and first == (0,) * len(first):
        return "a force gives no counts; is the division larger than a hundredth of the full scale?"
    return ""


def _move_and_stop(driver: Any, plant: Drive, options: Any) -> str:
    driver.move_to(MOVED * options.um_per_count)
    if plant.to != MOVED:
        return f"move_to({MOVED} counts) goes to {plant.to}"
    if not driver.moving():
        return "moving() is false on the way"
    with suppress(DeviceRefused):  # what is commanded by force may have none below nothing
        driver.move_to(-MOVED * options.um_per_count)
        to = plant.target()
        if to not in (-MOVED, 0):
            return f"move_to({-MOVED} counts) goes to {plant.to}"
    driver.move_to(MOVED * options.um_per_count)
    driver.stop()
    if plant.moving():
        return "stop() does not stop"
    return "moving() is true at rest" if driver.moving() else ""


def _drive_and_open(driver: Any, plant: Cell, options: Any) -> str:
    del options
    acts: tuple[tuple[str, Callable[[], None], float], ...] = (
        ("source_current(1 mA)", lambda: driver.source_current(0.001, 5.0), 0.001),
        ("source_current(-1 mA)", lambda: driver.source_current(-0.001, 0.0), -0.001),
        ("open_circuit()", driver.open_circuit, 0.0),
        ("source_voltage(4 V, 2 mA)", lambda: driver.source_voltage(4.0, 0.002), 0.002),
        ("switch_off()", driver.switch_off, 0.0),
    )
    for what, act, wanted in acts:
        act()
        if abs(plant.amperes - wanted) > 1e-6:
            return f"{what} gives {plant.amperes:g} A"
    return "read() says on after switch_off()" if driver.read().on else ""


def _leave_alone(driver: Any, plant: Cell, options: Any) -> str:
    amperes, acts = plant.amperes, (
        ("source_current(-2 mA)", lambda: driver.source_current(-0.002, 0.0)),
        ("source_voltage(4 V, 2 mA)", lambda: driver.source_voltage(4.0, 0.002)),
    )  # fmt: skip
    for what, act in acts:
        with suppress(LinkError):
            act()
        if plant.amperes != amperes:
            return f"{what} drives a cell that is another program's"
    with suppress(DeviceRefused):
        driver.open_circuit()
    opens = getattr(options, "open_output", None) is not None
    if (plant.amperes == 0.0) is not opens:
        return f"open_circuit() leaves {plant.amperes:g} A"
    return ""


BENCHES: dict[str, Bench] = {
    "load_cells": Bench(_forces, _begin_load_cells, _counts, _no_commands),
    "press": Bench(_drive, _begin_press, _position, _move_and_stop),
    "potentiostat": Bench(_cell, _begin_cell, _volts, _drive_and_open),
}
FOLLOWED = Bench(_cell, _begin_followed, _volts, _leave_alone)


def refused_after_reset(kind: str, driver: Any, options: Any) -> str:
    """What a driver still does after its instrument was reset; '' where it refuses, as it must."""
    if kind == "press":
        try:
            driver.move_to(MOVED * options.um_per_count)
        except LinkError:
            return ""
        return "move_to() is carried out"
    if kind == "potentiostat":
        try:
            driver.source_current(0.001, 5.0)
        except LinkError:
            return ""
        return "source_current() is carried out"
    return ""
