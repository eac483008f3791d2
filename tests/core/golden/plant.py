"""The plant of the golden runs: the bare rig of `tests.core.bench` with a cell and faults.

Everything in it is exact on every machine and version of Python: + - * /, `round` and Python's own
generator of random numbers. No libm.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fixture.core.types import CellMode, Command, Flag, Sample
from tests.core.bench import AREA_MM2, Rig

Ohm = Callable[[float, float], float]


def constant_ohm(mpa: float, current_a: float) -> float:
    """A cell of 50 ohm at every pressure and current."""
    del mpa, current_a
    return 50.0


def contact_ohm(mpa: float, current_a: float) -> float:
    """A cell whose contact improves with pressure: 60 ohm at 10 MPa, 40 at 15."""
    del current_a
    return 600.0 / max(mpa, 0.1)


@dataclass
class Plant(Rig):
    """The bare rig with a cell in it, and with load cells side by side or in series."""

    ohm: Ohm = constant_ohm  # of pressure, MPa, and current, A
    rest_v: float = 2.5
    v_per_c: float = 0.0  # rise of the open-circuit voltage with charge
    v_per_mpa: float = 0.0  # and with pressure
    lag_s: float = 0.0  # of the thickness behind the charge
    lagged_a: float = 0.0
    creep_keeps: float = 1.0  # part of the creep rate that is left after a tick
    stops_n: tuple[float, ...] = ()  # series: the force at which each load cell stops
    square_at_mpa: float = 0.0  # of a stack whose force goes with the square, as stiff there; 0: no
    fickle_um: float = 0.0  # a slip ends anywhere within this of where it would
    yields: float = 0.0  # share of a slip that comes later, a hundredth of it each tick
    yet_um: float = 0.0  # of that, what is still to come
    past_mpa: list[float] = field(default_factory=list[float])  # of a force path with dead time
    temperature_c: float = 25.0
    charge_c: float = 0.0
    flowing: int = 0  # ticks since the current last changed
    broken: bool = False  # the press is commanded to move and does not

    @property
    def pressure_mpa(self) -> float:
        """True pressure."""
        linear_mpa = super().pressure_mpa
        if self.square_at_mpa == 0.0:
            return linear_mpa
        share = 0.5 * max(linear_mpa, 0.0) / self.square_at_mpa
        return self.square_at_mpa * share * share

    def shown(self, mpa: float) -> tuple[int, ...]:
        """What load cells side by side show at a pressure."""
        part_n = mpa * AREA_MM2 / 3
        return tuple([round((part_n + self.noise_n * self.draw()) * 10) for _ in range(3)])

    @property
    def open_circuit_v(self) -> float:
        """Voltage of the cell without a current."""
        return self.rest_v + self.v_per_c * self.charge_c + self.v_per_mpa * self.pressure_mpa

    def counts(self) -> tuple[int, ...]:
        """What load cells in series show now: each as far as its stop."""
        force_n = self.pressure_mpa * AREA_MM2 + self.noise_n * self.draw()
        return tuple(
            [
                round(min(force_n, stop_n) / scale)
                for stop_n, scale in zip(
                    self.stops_n, self.config.load_cells.newton_per_count, strict=True
                )
            ]
        )

    def sample(self, **changes: object) -> Sample:
        """What the instruments read now."""
        ohm = self.ohm(self.pressure_mpa, self.current_a)
        values: dict[str, object] = {
            "voltage_v": self.open_circuit_v + ohm * self.current_a,
            "temperature_c": self.temperature_c,
        }
        if self.stops_n:
            values["counts"] = self.counts()
        return super().sample(**(values | changes))

    def act(self, command: Command) -> None:
        """Move the plant on by a tick: the press, the stack, the cell."""
        before_um, before_a = self.drive_um, self.current_a
        output_um = self.output_um
        super().act(command)
        if self.broken:
            self.drive_um = before_um
        self.slip(self.output_um - output_um)
        self.lag()
        if command.cell_mode == CellMode.VOLTAGE:
            away_v = command.cell_setpoint - self.open_circuit_v
            self.current_a = away_v / self.ohm(self.pressure_mpa, self.current_a)
        self.flowing = self.flowing + 1 if self.current_a == before_a else 0
        self.charge_c += self.current_a * self.config.tick_ns * 1e-9
        self.creep_um_per_s *= self.creep_keeps

    def slip(self, slipped_um: float) -> None:
        """What a press does that does not slip as far as its drive, or not at once."""
        if self.fickle_um and slipped_um:
            self.output_um += self.fickle_um * self.draw()
        self.yet_um += self.yields * slipped_um
        coming_um = 0.01 * self.yet_um
        self.yet_um -= coming_um
        self.breath_um += coming_um - self.yields * slipped_um

    def lag(self) -> None:
        """Let the thickness follow the lagged current instead of the current."""
        seconds = self.config.tick_ns * 1e-9
        self.lagged_a += seconds / (self.lag_s + seconds) * (self.current_a - self.lagged_a)
        behind_a = self.lagged_a - self.current_a if self.lag_s else 0.0
        self.breath_um += seconds * self.breathing_um_per_c * behind_a


Inputs = Callable[[Plant], dict[str, Any]]


def healthy(plant: Plant) -> dict[str, Any]:
    """Nothing is wrong and nobody requests anything."""
    del plant
    return {}


def at(table: dict[int, dict[str, Any]]) -> Inputs:
    """Changes of single samples, by tick."""
    return lambda plant: table.get(plant.tick, {})


def since(tick: int, **changes: Any) -> Inputs:
    """The same change of every sample from a tick on."""
    return lambda plant: changes if plant.tick >= tick else {}


def flagged(flag: Flag, tick: int) -> Inputs:
    """One bit more in the flags of every sample from a tick on."""

    def inputs(plant: Plant) -> dict[str, Any]:
        flags = plant.sample().flags | int(flag)
        return {"flags": flags} if plant.tick >= tick else {}

    return inputs


def together(*faults: Inputs) -> Inputs:
    """Several things that go wrong."""

    def inputs(plant: Plant) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for fault in faults:
            changes |= fault(plant)
        return changes

    return inputs


def late(ticks: int) -> Inputs:
    """A force that the load cells show so many ticks late."""

    def inputs(plant: Plant) -> dict[str, Any]:
        plant.past_mpa.append(plant.pressure_mpa)
        return {"counts": plant.shown(plant.past_mpa[max(0, plant.tick - ticks)])}

    return inputs


def swinging(mpa: float, ticks: int, since_tick: int = 0) -> Inputs:
    """A force that swings by so much about the true one, up and down evenly in so many ticks."""

    def inputs(plant: Plant) -> dict[str, Any]:
        if plant.tick < since_tick:
            return {}
        part = (plant.tick % ticks) / ticks
        return {"counts": plant.shown(plant.pressure_mpa + mpa * (4.0 * abs(part - 0.5) - 1.0))}

    return inputs


def weak(tick: int, share: float, mpa_per_tick: float = 0.0) -> Inputs:
    """Load cells that show, from a tick on, a share of every change, and whose zero falls."""

    def inputs(plant: Plant) -> dict[str, Any]:
        plant.past_mpa.append(plant.pressure_mpa)
        if plant.tick < tick:
            return {}
        before_mpa = plant.past_mpa[tick]
        fallen_mpa = mpa_per_tick * (plant.tick - tick)
        change_mpa = share * (plant.pressure_mpa - before_mpa) - fallen_mpa
        return {"counts": plant.shown(before_mpa + change_mpa)}

    return inputs


def dead(tick: int, mpa_per_tick: float = 0.0) -> Inputs:
    """Load cells that feel nothing from a tick on: they show what they showed then, or fall."""
    return weak(tick, 0.0, mpa_per_tick)


def cracks(um: float, *ticks: int) -> Inputs:
    """A stack that loses so many micrometres at once, at each of these ticks."""

    def inputs(plant: Plant) -> dict[str, Any]:
        if plant.tick in ticks:
            plant.breath_um -= um
        return {}

    return inputs
