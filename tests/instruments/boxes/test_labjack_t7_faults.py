"""A bad line under three roles of one box: refused or survived, never the wrong number.

Replies are lost, late, cut, doubled, split or in rubbish. Damage within a frame is left out: Modbus
TCP has no check sum of its own, and TCP's keeps it from happening.
"""

import random
from collections.abc import Callable

import pytest

from instruments.boxes.labjack_t7 import Box
from instruments.codecs import labjack_t7 as t7
from instruments.emulators.faults import Fault, FaultyLine
from instruments.emulators.labjack_t7_roles import LoadCells, Monitors, Regulator
from instruments.loadcell.labjack_t7 import LabjackT7, LabjackT7Options
from instruments.options import LinkOptions
from instruments.potentiostat.labjack_t7_monitors import LabjackT7Monitors, LabjackT7MonitorsOptions
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions
from instruments.protocols import LinkError, LinkGone
from instruments.transport.loopback import Loopback
from instruments.transport.reopening import Reopening
from tests.instruments.fakes import FakeCell, FakeClock, FakeForce, FakePress

FAULTS = [fault for fault in Fault if fault is not Fault.DAMAGED]
CELLS = LabjackT7Options(units=(0, 1), division_n=1.0)
PRESS = EpRegulatorOptions(n_per_count=5.0, full_force_n=5000.0, monitor=3)
CELL = LabjackT7MonitorsOptions(voltage_input=4, current_input=5)


class Plug(Loopback):
    """A connection that ends, with all that is on its way."""

    def sever(self) -> None:
        self.close()


class Bench:
    """Three roles over one bad line, each with what must be read."""

    def __init__(self) -> None:
        self.force, self.press, self.cell = FakeForce(0.0, 0.0), FakePress(), FakeCell()
        self.clock = FakeClock()
        box = LoadCells(self.force, CELLS)
        box.join(Regulator(self.press, PRESS))
        box.join(Monitors(self.cell, CELL))
        self.line = FaultyLine(box)
        self.links = [self.connection()]
        self.links += [self.links[0].share(rank) for rank in (0, 1)]
        self.cells = LabjackT7(self.links[0], self.clock, CELLS)
        self.regulator = EpRegulator(self.links[1], self.clock, PRESS)
        self.monitors = LabjackT7Monitors(self.links[2], self.clock, CELL)
        self.regulator.configure()

    def connection(self) -> Reopening:
        return Reopening(self.plug(), self.plug, self.clock, "box", 2)

    def plug(self) -> Plug:
        self.line._late = b""  # pyright: ignore
        return Plug(self.line, self.clock)

    def reads(self) -> list[Callable[[], float]]:
        return [
            lambda: float(self.cells.read().counts[1]),
            lambda: float(self.regulator.read().position),
            lambda: round(self.monitors.read().voltage_v, 3),
        ]

    def truths(self, value: int) -> list[float]:
        """Make it so; what the three must read."""
        self.force.forces_n[:] = [3.0 * value, float(value)]
        self.press.at = value
        self.cell.volts = value / 1000.0
        return [float(value), float(value), value / 1000.0]


def test_no_role_reads_a_wrong_number_on_a_bad_line_and_all_recover():
    bench, chance = Bench(), random.Random(7)
    read = bad = 0
    for turn in range(3000):
        which = chance.randrange(3)
        truth = bench.truths(chance.randrange(900))[which]
        if chance.random() < 0.3:
            bench.line.inject(chance.choice(FAULTS))
        try:
            assert bench.reads()[which]() == truth, turn
            read += 1
        except LinkGone:
            bench.clock.advance_ms(1100)
            bench.links[which].reopen()
            bad += 1
        except LinkError:
            bad += 1
    assert read > 1000
    assert bad > 300
    bench.line._pending.clear()  # pyright: ignore
    for _ in range(3):
        for which in range(3):
            truth = bench.truths(500)[which]
            bench.clock.advance_ms(1100)
            bench.links[which].reopen()
            assert bench.reads()[which]() == truth


@pytest.mark.parametrize("fault", FAULTS)
def test_a_command_that_was_not_confirmed_is_a_link_error_or_was_done(fault: Fault):
    bench = Bench()
    bench.line.inject(fault)
    try:
        bench.regulator.move_to(100.0)
    except LinkError:
        bench.clock.advance_ms(1100)
        bench.links[1].reopen()
        bench.regulator.move_to(100.0)
    assert bench.press.at == 100


def test_a_late_answer_of_one_role_is_not_taken_by_another_with_the_same_question():
    bench = Bench()
    one, other = (
        Box(link, bench.clock, LinkOptions(), "inputs") for link in (bench.links[0], bench.links[2])
    )
    questions = [box.question(t7.ain(0).address, 2) for box in (one, other)]
    bench.truths(100)
    bench.line.inject(Fault.LATE)
    with pytest.raises(LinkError):
        one.ask(questions[0])
    bench.truths(200)
    volts = t7.ain(0).unpack(other.ask(questions[1]))
    assert volts == pytest.approx(3.0 * 200 / 4000.0 * 5.0)
