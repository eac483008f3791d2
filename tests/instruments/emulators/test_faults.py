"""Every fault of a line, against every driver: refused or survived, never believed, then well."""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import pytest

from instruments import registry
from instruments.emulators.faults import Fault, FaultyLine
from instruments.protocols import LinkError
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock, FakeForce, FakePress

# Which faults a driver can live through, because the answer itself is whole.
SURVIVED: dict[str, set[Fault]] = {
    "laumas-tlb": {Fault.PREFIXED},
    "trinamic-tmcl": {Fault.PREFIXED},
    "isco-d": {Fault.DOUBLED},
}


class Case(NamedTuple):
    """One driver behind a bad line: `truth` sets what is true, `read` says what is read."""

    line: FaultyLine
    clock: FakeClock
    truth: Callable[[int], None]
    read: Callable[[], int]


def load_cells(name: str, cells: int = 3) -> Case:
    plant, clock, options = FakeForce(*[0.0] * cells), FakeClock(), {"division_n": 0.1}
    options |= {"units": [1, 2, 3]} if cells == 3 else {}
    model = registry.LOAD_CELLS[name]
    line = FaultyLine(model.emulator(plant, options))
    driver = model.driver(Loopback(line, clock), clock, options)

    def truth(value: int) -> None:
        plant.forces_n[:] = [value / 10.0] * cells

    def read() -> int:
        counts = driver.read().counts
        assert len(set(counts)) == 1
        return counts[0]

    return Case(line, clock, truth, read)


def press(name: str) -> Case:
    plant, clock, options = FakePress(), FakeClock(), {"um_per_count": 0.05}
    model = registry.PRESSES[name]
    line = FaultyLine(model.emulator(plant, options))
    driver = model.driver(Loopback(line, clock), clock, options)

    def read() -> int:
        reading = driver.read()
        assert (reading.fault, reading.end_low, reading.end_high) == (False, False, False)
        return reading.position

    return Case(line, clock, plant.move_to, read)


def potentiostat() -> Case:
    plant, clock = FakeCell(), FakeClock()
    model = registry.POTENTIOSTATS["keithley-2450"]
    line = FaultyLine(model.emulator(plant, {}))
    driver = model.driver(Loopback(line, clock), clock, {})
    driver.configure()
    plant.at_limit = True
    driver.source_current(0.001, 5.0)

    def truth(value: int) -> None:
        plant.volts = value / 1000.0

    return Case(line, clock, truth, lambda: round(driver.read().voltage_v * 1000.0))


CASES: dict[str, Callable[[], Case]] = {
    "laumas-tlb": lambda: load_cells("laumas-tlb"),
    "mantracourt-dsc": lambda: load_cells("mantracourt-dsc"),
    "mt-sics": lambda: load_cells("mt-sics", 1),
    "keithley-dmm6500": lambda: load_cells("keithley-dmm6500", 1),
    "alicat": lambda: press("alicat"),
    "isco-d": lambda: press("isco-d"),
    "trinamic-tmcl": lambda: press("trinamic-tmcl"),
    "keithley-2450": potentiostat,
}


@pytest.mark.parametrize("which", CASES)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("reply", range(3))
def test_a_fault_is_never_believed_and_the_line_recovers(which: str, fault: Fault, reply: int):
    case = CASES[which]()
    case.truth(1000)
    assert case.read() == 1000
    for healthy in range(reply):
        case.truth(1001 + healthy)
        assert case.read() == 1001 + healthy
    case.truth(2000)
    case.line.inject(fault)
    try:
        assert case.read() == 2000
        assert fault in SURVIVED.get(which, ())
    except LinkError:
        assert fault not in SURVIVED.get(which, ())
    assert case.line.pending == 0
    # Whatever is still on its way, three reads later all is well, and none of them was wrong.
    for value in (3000, 3001, 3002):
        case.clock.advance_ms(100)
        case.truth(value)
        try:
            assert case.read() == value
        except LinkError:
            assert value < 3002
    case.truth(4000)
    assert case.read() == 4000


@pytest.mark.parametrize("which", CASES)
def test_late_replies_one_after_another_are_never_taken_for_the_next_answer(which: str):
    case = CASES[which]()
    case.truth(1)
    case.read()
    for value in range(2, 12):
        case.truth(value)
        case.line.inject(Fault.LATE)
        case.clock.advance_ms(100)
        with suppress(LinkError):
            assert case.read() == value
    for value in range(20, 25):
        case.truth(value)
        case.clock.advance_ms(100)
        try:
            assert case.read() == value
        except LinkError:
            assert value < 22


def test_a_request_without_a_reply_uses_up_no_fault():
    class Quiet:
        def receive(self, data: bytes, t_ns: int) -> bytes:
            return b"" if data == b"quiet" else data

    line = FaultyLine(Quiet())
    line.inject(Fault.LATE, Fault.DOUBLED)
    assert line.receive(b"quiet", 0) == b""
    assert line.receive(b"one", 0) == b""
    assert line.receive(b"two", 0) == b"onetwotwo"
    assert line.pending == 0
