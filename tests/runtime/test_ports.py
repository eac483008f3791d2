"""A port polls, notes a lost link, and sends a command when it says something new."""

import math

import pytest

from fixture.core.types import CellMode, Command, EventKind, PressMode
from fixture.runtime.ports import Drivers, Ports, Relinks, identify, make_safe
from instruments.protocols import (
    CellReading,
    ForceReading,
    Identity,
    LinkError,
    LinkGone,
    PressReading,
    ReplyTimeout,
    WrongDevice,
)

SECOND = 1_000_000_000


class Fake:
    """RigPorts drivers in one that note what is commanded and fail when they are bid."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.down = self.gone = False

    def _say(self, text: str) -> None:
        if self.gone:
            raise LinkGone("closed by the other end")
        if self.down:
            raise ReplyTimeout("nothing came")
        self.told.append(text)

    def identify(self) -> Identity:
        self._say("identify")
        return Identity("fake", "1", "2")

    def configure(self) -> None:
        self._say("configure")

    def verify(self) -> None:
        self._say("verify")

    def moving(self) -> bool:
        return False

    def move_to(self, position_um: float) -> None:
        self._say(f"move {position_um:g}")

    def stop(self) -> None:
        self._say("stop")

    def open_circuit(self) -> None:
        self._say("open")

    def switch_off(self) -> None:
        self._say("off")

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        self._say(f"current {current_a:g} {voltage_limit_v:g}")

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        self._say(f"voltage {voltage_v:g} {current_limit_a:g}")


class FakeForce(Fake):
    def read(self) -> ForceReading:
        self._say("read")
        return ForceReading((1,), fault=False, t_ns=0, uncertainty_ns=0)


class FakePress(Fake):
    def read(self) -> PressReading:
        self._say("read")
        return PressReading(0, False, False, False, math.nan, 0, 0)


class FakeCell(Fake):
    def read(self) -> CellReading:
        self._say("read")
        return CellReading(3.0, 0.0, False, False, 0, 0)


@pytest.fixture
def fakes() -> tuple[FakeForce, FakePress, FakeCell]:
    return FakeForce(), FakePress(), FakeCell()


def command(
    press: PressMode = PressMode.MOVE,
    um: float = 5.0,
    cell: CellMode = CellMode.OPEN,
    setpoint: float = 0.0,
    limit: float = 0.0,
    expires_ns: int = 10 * SECOND,
) -> Command:
    return Command(0, expires_ns, int(press), um, int(cell), setpoint, limit)


Fakes = tuple[FakeForce, FakePress, FakeCell]


def test_a_lost_link_is_noted_once_and_its_return_with_the_time_it_took(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    fakes[0].down = True
    assert [note.kind for note in ports.poll(3, 3 * SECOND)[1]] == [EventKind.LINK_LOST]
    assert ports.poll(4, 4 * SECOND)[1] == ()
    fakes[0].down = False
    (note,) = ports.poll(5, 5 * SECOND)[1]
    assert (note.kind, note.code, note.value) == (EventKind.LINK_BACK, 0, 2.0)


def test_a_link_that_a_command_finds_gone_is_noted_before_it_is_back(fakes: Fakes) -> None:
    relinked: list[int] = []
    ports = Ports(Drivers(*fakes), Relinks(press=lambda: relinked.append(1)))
    fakes[1].gone = True
    assert not ports.apply(command(), 0)
    fakes[1].gone = False
    notes = ports.poll(1, SECOND)[1]
    assert [(note.kind, note.code) for note in notes] == [
        (EventKind.LINK_LOST, 1),
        (EventKind.LINK_BACK, 1),
    ]
    assert relinked == [1]


def test_a_failing_link_leaves_the_last_reading(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    before, _ = ports.poll(0, 0)
    fakes[1].down = True
    assert ports.poll(1, SECOND)[0].press is before.press


def test_a_command_goes_out_when_it_is_new_and_again_each_second(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    for tenth in range(11):
        assert ports.apply(command(), tenth * SECOND // 10)
    assert fakes[1].told == ["move 5", "move 5"]
    assert fakes[2].told == ["open", "open"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (command(cell=CellMode.CURRENT, setpoint=1e-3, limit=4.5), ["current 0.001 4.5"]),
        (command(cell=CellMode.VOLTAGE, setpoint=4.2, limit=1e-2), ["voltage 4.2 0.01"]),
        (command(cell=CellMode.OBSERVE), []),
        (command(), ["open"]),
    ],
)
def test_each_mode_of_the_cell_has_its_words(fakes: Fakes, asked: Command, said: list[str]) -> None:
    assert Ports(Drivers(*fakes)).apply(asked, 0)
    assert fakes[2].told == said


def test_a_stop_is_a_stop_wherever_the_press_stands(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    ports.apply(command(PressMode.STOP, 1.0), 0)
    ports.apply(command(PressMode.STOP, 2.0), 1)
    assert fakes[1].told == ["stop"]


def test_an_expired_command_is_not_sent(fakes: Fakes) -> None:
    assert not Ports(Drivers(*fakes)).apply(command(expires_ns=5), 6)
    assert fakes[1].told == []


def test_what_failed_is_said_again(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    assert ports.apply(command(), 0)
    fakes[1].down = True
    assert not ports.apply(command(um=6.0), 1)
    fakes[1].down = False
    assert ports.apply(command(um=6.0), 2)
    assert fakes[1].told == ["move 5", "move 6"]
    assert fakes[2].told == ["open"]


def test_the_way_out_opens_the_cell_and_stops_the_press_whatever_else_fails(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    fakes[2].down = True
    ports.safe()
    assert fakes[1].told == ["stop"]


def test_opening_identifies_and_sets_up_and_moves_nothing(fakes: Fakes) -> None:
    assert set(Ports(Drivers(*fakes)).open()) == {"load cells", "press", "potentiostat"}
    assert fakes[1].told == ["identify", "configure"]
    fakes[0].down = True
    with pytest.raises(LinkError):
        Ports(Drivers(*fakes)).open()


def test_a_source_that_is_not_trusted_is_switched_off_at_once(fakes: Fakes) -> None:
    ports = Ports(Drivers(*fakes))
    assert ports.apply(command(cell=CellMode.OPEN), 0)
    assert ports.apply(command(cell=CellMode.OFF), 1)
    assert fakes[2].told == ["open", "off"]


def test_an_instrument_of_another_number_is_refused_before_anything_is_set_up(
    fakes: tuple[FakeForce, FakePress, FakeCell],
) -> None:
    drivers = Drivers(*fakes)
    assert identify(drivers, {"load cells": "1", "press": ""})["press"].serial == "1"
    for fake in fakes:
        fake.told.clear()
    says = "press: a fake that says no. 1 is there, and the rig's is no. 7; plug that one in"
    with pytest.raises(WrongDevice, match=says):
        identify(drivers, {"load cells": "1", "press": "7"})
    assert [fake.told for fake in fakes] == [["identify"]] * 3


def test_on_the_way_out_a_driver_that_fails_in_its_own_way_keeps_no_press_going(
    fakes: Fakes,
) -> None:
    def unreadable() -> None:
        raise ValueError("invalid literal")

    fakes[2].open_circuit = unreadable  # type: ignore[method-assign]
    assert make_safe(Drivers(*fakes)) == ["cell at open circuit: invalid literal"]
    assert fakes[1].told == ["stop"]
