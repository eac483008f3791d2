"""The other program: it runs a protocol, or its own cycles, by its own clock."""

import pytest

from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from fixture.twin.cycling import END, Cycling, cycles
from fixture.twin.parameters import OtherProgram

S = 1_000_000_000
REST = Step(Kind.OPEN.value, until_ns=10 * S)
CHARGE = Step(Kind.CURRENT.value, cell_setpoint=1e-3, until_ns=20 * S, cell_limit=4.5)


class Cell:
    """A cell whose voltage and current a test says, and which keeps how it was driven."""

    def __init__(self) -> None:
        self.volts, self.amperes = 3.0, 1e-3
        self.driven: list[tuple[float, ...]] = []

    def open_circuit(self) -> None:
        self.driven.append(())

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        self.driven.append((round(voltage_v, 9), current_limit_a))

    def voltage_v(self) -> float:
        return self.volts

    def current_a(self) -> float:
        return self.amperes


def through(cell: Cell, seconds: float, *steps: Step, start_s: float = 0.0) -> Cycling:
    """A program at work for a time, looked at each second."""
    program = Cycling((*steps, END), start_s, cell)
    for second in range(round(seconds) + 1):
        program.advance(second * S)
    return program


def test_it_begins_at_its_own_time() -> None:
    cell = Cell()
    program = through(cell, 4.0, CHARGE, start_s=5.0)
    assert cell.driven == []
    program.advance(5 * S)
    assert cell.driven == [(4.5, 1e-3)]


def test_steps_end_in_time_and_the_cell_is_left_at_open_circuit() -> None:
    cell = Cell()
    through(cell, 60.0, REST, CHARGE)
    assert cell.driven == [(), (4.5, 1e-3), ()]


@pytest.mark.parametrize(("sign", "volts"), [(1, 4.2), (-1, 2.5)])
def test_a_current_is_sourced_at_the_voltage_that_ends_it(sign: int, volts: float) -> None:
    cell = Cell()
    half = Step(
        Kind.CURRENT.value,
        cell_setpoint=sign * 1e-3,
        until_voltage_v=volts,
        until_voltage_sign=sign,
    )
    program = through(cell, 100.0, half)
    assert cell.driven == [(volts, sign * 1e-3)]
    cell.volts = volts + 0.01 * sign
    program.advance(101 * S)
    assert cell.driven[1:] == [()]


def test_a_constant_voltage_ends_by_its_current() -> None:
    cell = Cell()
    step = Step(Kind.VOLTAGE.value, cell_setpoint=4.2, cell_limit=0.02, until_current_a=1e-4)
    program = through(cell, 100.0, step)
    assert cell.driven == [(4.2, 0.02)]
    cell.amperes = -0.9e-4
    program.advance(101 * S)
    assert cell.driven[1:] == [()]


def test_a_scan_goes_on_with_time() -> None:
    cell = Cell()
    scan = Step(
        Kind.SCAN.value, cell_setpoint=2.0, cell_limit=0.02, slope_v_per_s=0.1, until_ns=3 * S
    )
    through(cell, 4.0, scan)
    assert [one[0] for one in cell.driven[:3]] == [2.0, 2.1, 2.2]
    assert cell.driven[3:] == [()]


def test_loops_are_passed_as_often_as_they_say_one_inside_the_other() -> None:
    cell = Cell()
    through(
        cell,
        500.0,
        CHARGE,
        Step(Kind.LOOP.value, target=0, passes=2),
        REST,
        Step(Kind.LOOP.value, target=0, passes=3),
    )
    assert cell.driven == [(4.5, 1e-3), (4.5, 1e-3), ()] * 3 + [()]


def test_its_own_cycles_are_steps_too() -> None:
    program = OtherProgram(cycles=2, charge_ma_per_cm2=1.0, discharge_ma_per_cm2=2.0, rest_s=60.0)
    charge, rest, discharge, after, loop, end = cycles(program, 100.0)
    assert (charge.cell_setpoint, charge.until_voltage_v) == (1e-3, 4.4)
    assert (discharge.cell_setpoint, discharge.until_voltage_v) == (-2e-3, 1.0)
    assert rest == after == Step(Kind.OPEN.value, until_ns=60 * S)
    assert (loop.target, loop.passes, end) == (0, 2, END)


def test_no_cycles_are_no_program() -> None:
    assert cycles(OtherProgram(), 100.0) == ()
