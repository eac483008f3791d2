"""The simulated rig through its real wire protocols."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from fixture.twin.parameters import Parameters
from fixture.twin.rig import SimulatedRig
from instruments.options import OptionsError
from instruments.protocols import LoadCell, Potentiostat, Press, Transport
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES, find
from tests.twin.twins import BENCH, DEFAULT, SECOND, changed, seen


class Device(NamedTuple):
    model: str
    address: str
    options: Mapping[str, object]


FORCES = Device(
    "laumas-tlb",
    "emulated:load-cells",
    {"units": [1, 2, 3], "division_n": 0.1, "full_scale_n": BENCH.full_scale_n},
)
PRESS = Device(
    "trinamic-tmcl", "emulated:press", {"um_per_count": BENCH.step_um, "heartbeat_ms": 500}
)
CELL = Device("keithley-2450", "emulated:potentiostat", {})
TICK_NS = SECOND // 10


class Wired:
    """A simulated rig with a driver on each of its ports."""

    def __init__(self, parameters: Parameters = DEFAULT) -> None:
        self.rig = SimulatedRig(parameters, FORCES, PRESS, CELL)
        clock = self.rig.clock
        self.forces: LoadCell = find(LOAD_CELLS, FORCES.model).driver(
            self.wire(FORCES), clock, FORCES.options
        )
        self.press: Press = find(PRESSES, PRESS.model).driver(
            self.wire(PRESS), clock, PRESS.options
        )
        self.cell: Potentiostat = find(POTENTIOSTATS, CELL.model).driver(
            self.wire(CELL), clock, CELL.options
        )
        self.press.configure()
        self.cell.configure()

    def wire(self, device: Device) -> Transport:
        return self.rig.transport(device.address)

    def run(self, seconds: float) -> None:
        """Poll the press each tick, which keeps its heartbeat."""
        for _ in range(round(seconds * SECOND / TICK_NS)):
            self.rig.advance(self.rig.clock() + TICK_NS)
            self.press.read()


def test_the_load_cells_read_the_force_of_the_stack() -> None:
    wired = Wired()
    wired.rig.advance(TICK_NS)
    counts = wired.forces.read().counts
    assert len(counts) == 3
    assert sum(counts) * 0.1 == pytest.approx(seen(wired.rig.plant, "true_force_newton"), abs=0.5)


def test_a_move_over_the_wire_presses_the_stack() -> None:
    wired = Wired()
    before = sum(wired.forces.read().counts)
    wired.press.move_to(20.0)
    wired.run(8.0)
    reading = wired.press.read()
    assert reading.position == 400
    assert not reading.fault
    assert (sum(wired.forces.read().counts) - before) * 0.1 > 50.0


@pytest.mark.parametrize("kind", ["air", "bellows", "hydraulic"])
def test_a_press_that_is_commanded_by_force_is_moved_over_the_wire_as_well(kind: str) -> None:
    wired = Wired(changed(DEFAULT, press={"kind": kind}))
    before = sum(wired.forces.read().counts)
    start = wired.press.read().position
    wired.press.move_to((start + 800) * BENCH.step_um)  # 400 N more, by its own gauge
    wired.run(20.0)
    assert wired.press.read().position == pytest.approx(start + 800, abs=5)  # 5 N apart
    assert 150.0 < (sum(wired.forces.read().counts) - before) * 0.1 < 450.0


def test_a_silent_host_stops_the_press() -> None:
    wired = Wired()
    wired.press.move_to(200.0)
    wired.run(1.0)
    for _ in range(300):
        wired.rig.advance(wired.rig.clock() + TICK_NS)
    assert 0 < wired.rig.plant.press.position() < 200
    assert not wired.rig.plant.press.moving()


def test_a_current_over_the_wire_charges_the_cell() -> None:
    wired = Wired()
    wired.cell.source_current(0.785e-3, 4.4)
    wired.run(60.0)
    reading = wired.cell.read()
    assert reading.current_a == pytest.approx(0.785e-3, rel=1e-3)
    assert reading.voltage_v == pytest.approx(wired.rig.plant.cell.voltage_v(), abs=1e-3)
    assert seen(wired.rig.plant, "breathing_metre") > 0.0
    wired.cell.open_circuit()
    wired.run(0.2)
    assert wired.rig.plant.cell.current_a() == 0.0


def test_two_rigs_answer_with_the_same_bytes() -> None:
    def counts(wired: Wired) -> list[tuple[int, ...]]:
        seen_counts: list[tuple[int, ...]] = []
        wired.press.move_to(10.0)
        for _ in range(50):
            wired.run(0.1)
            seen_counts.append(wired.forces.read().counts)
        return seen_counts

    assert counts(Wired()) == counts(Wired())


def test_time_never_goes_back() -> None:
    wired = Wired()
    wired.rig.advance(SECOND)
    truth = wired.rig.truth()
    wired.rig.advance(SECOND // 2)
    assert wired.rig.clock() == SECOND
    assert wired.rig.truth() == truth


def test_a_rig_that_cannot_be_wired_is_refused() -> None:
    with pytest.raises(OptionsError, match="laumas-tlb"):
        SimulatedRig(DEFAULT, FORCES._replace(model="laumas"), PRESS, CELL)
    with pytest.raises(ValueError, match="an address of its own"):
        SimulatedRig(DEFAULT, FORCES, PRESS._replace(address=CELL.address), CELL)
    with pytest.raises(ValueError, match="shares has 3 for 1 load cells"):
        SimulatedRig(changed(DEFAULT, bench={"load_cells": 1}), FORCES, PRESS, CELL)
