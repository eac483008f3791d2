"""Links that fail: a run goes on where they are back in time, and else is made safe through them.

The real core and drivers, over emulated instruments on cables that can be pulled, in made time.
"""

from collections.abc import Callable

import pytest

from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind, Flag, Phase, Request
from fixture.frame.frame import Frame
from fixture.runtime.ports import Drivers, Ports, Relinks
from fixture.runtime.supervisor.unconfirmed import Unconfirmed
from fixture.runtime.tick import Moment, OperatorRequest, begin, run_tick
from instruments.emulators.faults import Fault, FaultyLine
from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.emulators.trinamic_tmcl import TrinamicTmclEmulator
from instruments.loadcell.laumas_tlb import LaumasTlb, LaumasTlbOptions
from instruments.potentiostat.keithley_2450 import Keithley2450, Keithley2450Options
from instruments.press.trinamic_tmcl import TrinamicTmcl, TrinamicTmclOptions
from instruments.protocols import Emulator, Identity, LinkGone
from instruments.relink import Relink
from instruments.transport.loopback import Loopback
from instruments.transport.reopening import Reopening
from tests.core.bench import END, config, current_row
from tests.instruments.fakes import FakeCell, FakeClock, FakeForce, FakePress

TICK_MS = 10
CELLS = LaumasTlbOptions(units=(1, 2, 3))
PRESS = TrinamicTmclOptions(um_per_count=0.05)
SOURCE = Keithley2450Options()
CHARGE = ("voltage", 5.0, 5e-3)
PATIENCE_MS = 300  # age limit of the bench's readings


class Plug:
    """A connection over a cable, until the cable is pulled."""

    def __init__(self, cable: "Cable") -> None:
        self._cable = cable
        self._line = Loopback(cable.line, cable.clock)
        self.open = True

    def _live(self) -> Loopback:
        if not self.open:
            raise LinkGone("closed by the other end")
        return self._line

    def write(self, data: bytes) -> None:
        self._live().write(data)

    def read(self, size: int, deadline_ns: int) -> bytes:
        return self._live().read(size, deadline_ns)

    def drain(self) -> None:
        self._line.drain()

    def close(self) -> None:
        self.open = False

    def sever(self) -> None:
        self.open = False


class Cable:
    """The way to one instrument."""

    def __init__(self, emulator: Emulator, clock: FakeClock, name: str) -> None:
        self.line = FaultyLine(emulator)
        self.clock = clock
        self.reachable = True
        self.plug = Plug(self)
        self.transport = Reopening(self.plug, self.connect, clock, name)

    def connect(self) -> Plug:
        if not self.reachable:
            raise LinkGone("nothing listens there")
        self.plug = Plug(self)
        return self.plug

    def pull(self) -> None:
        """The connection closes, and there is no other."""
        self.plug.open = self.reachable = False


class Rig:
    """A run at 5 mA on three emulated instruments."""

    def __init__(self, source: Keithley2450Options = SOURCE) -> None:
        self.clock = FakeClock()
        self.cell, self.press = FakeCell(), FakePress()
        self.module = TrinamicTmclEmulator(self.press, PRESS)
        self.source = Keithley2450Emulator(self.cell, source)
        emulators = (LaumasTlbEmulator(FakeForce(0, 0, 0), CELLS), self.module, self.source)
        self.cables = [
            Cable(emulator, self.clock, name)
            for emulator, name in zip(emulators, ("cells", "press", "cell"), strict=True)
        ]
        cells, press, cell = (cable.transport for cable in self.cables)
        self.drivers = Drivers(
            LaumasTlb(cells, self.clock, CELLS),
            TrinamicTmcl(press, self.clock, PRESS),
            Keithley2450(cell, self.clock, source),
        )
        identities: list[Identity] = []
        self.ports = Ports(
            self.drivers,
            Relinks(
                *[
                    self._relink(cable, driver, identities, index)
                    for index, (cable, driver) in enumerate(
                        zip(self.cables, self.drivers[:3], strict=True)
                    )
                ]
            ),
        )
        identities += self.ports.open().values()
        self.config = config((current_row(5e-3, 60.0), END), tick_s=TICK_MS / 1000)
        self.state = begin(self.config)
        self.start_ns, self.tick = self.clock(), 0
        self.frames: list[Frame] = []
        self.unconfirmed = Unconfirmed(self.config)
        self.ticks(50)
        assert self.cell.asked[-1] == CHARGE

    def _relink(
        self, cable: Cable, driver: object, identities: list[Identity], index: int
    ) -> Callable[[], None]:
        def relink() -> None:
            Relink(cable.transport, driver, identities[index], "it")()  # type: ignore[arg-type]

        return relink

    def ticks(self, count: int, request: Request = Request.NONE) -> None:
        """So many ticks; `request` in the first."""
        for _ in range(count):
            self.clock.advance_ms(TICK_MS)
            self.tick += 1
            t_ns = self.tick * self.config.tick_ns
            latest, notes = self.ports.poll(self.tick, t_ns)
            moment = Moment(self.tick, self.start_ns, 0, 0, OperatorRequest(int(request)), notes)
            self.state, frame = run_tick(self.config, self.state, moment, latest)
            self.frames.append(frame)
            self.unconfirmed.take(frame)
            self.ports.apply(frame.command, t_ns)
            request = Request.NONE

    def events(self, kind: EventKind) -> list[Event]:
        return [event for frame in self.frames for event in frame.events if event.kind == kind]

    @property
    def trip(self) -> int:
        return self.frames[-1].status.trip


@pytest.mark.parametrize("port", [0, 1, 2])
def test_a_link_that_closes_and_is_at_once_reachable_does_not_end_the_run(port: int):
    rig = Rig()
    asked = list(rig.cell.asked)
    rig.cables[port].plug.open = False
    rig.ticks(200)
    assert rig.trip == Trip.NONE
    assert [event.code for event in rig.events(EventKind.LINK_LOST)] == [port]
    assert [event.code for event in rig.events(EventKind.LINK_BACK)] == [port]
    assert rig.cell.asked == asked


@pytest.mark.parametrize("port", [0, 1, 2])
def test_a_link_that_is_back_within_the_age_limit_does_not_end_the_run(port: int):
    rig = Rig()
    asked = list(rig.cell.asked)
    rig.cables[port].pull()
    rig.ticks(10)
    rig.cables[port].reachable = True
    rig.ticks(200)
    assert rig.trip == Trip.NONE
    (back,) = rig.events(EventKind.LINK_BACK)
    assert 0.1 <= back.value < PATIENCE_MS / 1000
    assert rig.cell.asked == asked


def test_a_potentiostat_that_is_back_too_late_is_opened_through_the_link_that_came_back():
    rig = Rig()
    rig.cables[2].pull()
    rig.ticks(40)
    assert rig.trip == Trip.CELL_STALE
    assert rig.cell.asked[-1] == CHARGE
    assert rig.unconfirmed.text == "output may be on"
    rig.cables[2].reachable = True
    rig.ticks(110)  # the next attempt is at most a second away
    assert rig.cell.asked[-1][0] == "open"
    assert rig.unconfirmed.text == ""
    assert not rig.frames[-1].sample.flags & Flag.CELL_ON


def test_a_stop_after_that_ends_the_run_at_once():
    rig = Rig()
    rig.cables[2].pull()
    rig.ticks(40)
    rig.ticks(1, Request.STOP)
    assert rig.frames[-1].status.phase != Phase.ENDED
    rig.cables[2].reachable = True
    rig.ticks(400)
    assert rig.frames[-1].status.phase == Phase.ENDED


def test_another_instrument_behind_the_link_is_given_no_command():
    rig = Rig()
    rig.cables[2].pull()
    other = FakeCell()
    emulator = Keithley2450Emulator(other, SOURCE)
    emulator.identity = "KEITHLEY INSTRUMENTS,MODEL 2450,04000000,1.7.12b"
    rig.cables[2].line = FaultyLine(emulator)
    rig.cables[2].reachable = True
    rig.ticks(100)
    assert rig.trip == Trip.CELL_STALE
    assert other.asked == []


def test_a_potentiostat_that_lost_its_power_is_not_switched_on_again():
    rig = Rig()
    rig.cables[2].pull()
    rig.source.receive(b"*RST\n", 0)
    rig.cell.asked.clear()
    rig.cables[2].reachable = True
    rig.ticks(200)
    assert rig.trip == Trip.CELL_STALE
    assert "current" not in {what for what, *_ in rig.cell.asked}
    assert rig.cell.asked[-1][0] == "open"  # at high impedance: set up anew
    assert rig.unconfirmed.text == ""


@pytest.mark.parametrize("link", ["stays", "drops"])
def test_a_drive_that_is_reset_within_a_tenth_of_a_second_trips(link: str):
    rig = Rig()
    rig.module.reset()
    if link == "drops":
        rig.cables[1].plug.open = False
    rig.ticks(20)
    assert rig.trip == Trip.PRESS_FAULT


@pytest.mark.parametrize("port", [0, 1, 2])
@pytest.mark.parametrize("fault", [Fault.DAMAGED, Fault.TRUNCATED, Fault.DOUBLED, Fault.PREFIXED])
def test_one_damaged_answer_leaves_the_run_and_the_source_alone(port: int, fault: Fault):
    rig = Rig()
    asked = list(rig.cell.asked)
    for _ in range(20):  # each question of a cycle is hit once
        rig.cables[port].line.inject(fault)
        rig.ticks(13)
    assert rig.cables[port].line.pending == 0
    assert rig.trip == Trip.NONE
    assert rig.cell.asked == asked


def test_damaged_answers_in_a_row_end_the_connection_and_at_last_the_run():
    rig = Rig()
    first = rig.cables[2].plug
    rig.cables[2].line.inject(*[Fault.DAMAGED] * 4000)
    rig.ticks(5)
    assert not first.open
    assert rig.trip == Trip.NONE
    rig.ticks(40)
    assert rig.trip == Trip.CELL_STALE


def test_a_drive_that_goes_on_after_the_stop_is_said_to_move():
    rig = Rig()
    rig.cables[2].pull()
    rig.ticks(60)
    assert rig.unconfirmed.text == "output may be on"
    for _ in range(5):
        rig.press.at += 2
        rig.ticks(1)
    assert rig.unconfirmed.text == "output may be on, press may be moving"
    rig.ticks(10)
    assert rig.unconfirmed.text == "output may be on"


def test_a_press_that_does_not_answer_is_said_to_move():
    rig = Rig()
    rig.cables[1].pull()
    rig.ticks(60)
    assert rig.trip == Trip.PRESS_STALE
    assert rig.unconfirmed.text == "press may be moving"
    rig.cables[1].reachable = True
    rig.ticks(110)
    assert rig.unconfirmed.text == ""
