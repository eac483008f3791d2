"""The safe action: press first, then the cell, whatever fails; unloading is seen to its end."""

import pytest

from fixture.core.types import Action
from fixture.runtime.supervisor.failsafe import ROUNDS, Failsafe, SafeDevices
from instruments.protocols import CellReading, Identity, PressReading, ReplyTimeout
from tests.core.bench import config

NAN = float("nan")
RELEASE_COUNTS = -4000  # -200 um


class FakePress:
    """Says what it was told, and moves a bit each time it is read."""

    def __init__(self, told: list[str]) -> None:
        self.told = told
        self.failures = 0
        self.deaf = False  # to where it should go
        self.position = -3000
        self.per_read = -500

    def identify(self) -> Identity:
        raise AssertionError

    def configure(self) -> None:
        raise AssertionError

    def stop(self) -> None:
        self.told.append("stop")
        if self.failures:
            self.failures -= 1
            raise ReplyTimeout("press: nothing came")

    def move_to(self, position_um: float) -> None:
        self.told.append(f"move {position_um:g}")
        if self.deaf:
            raise ReplyTimeout("press: nothing came")

    def read(self) -> PressReading:
        self.position += self.per_read
        return PressReading(self.position, False, False, False, NAN, 0, 0)


class FakeCell:
    """Says what it was told; may go on driving."""

    def __init__(self, told: list[str], *, on: bool = False) -> None:
        self.told = told
        self.on = on

    def identify(self) -> Identity:
        raise AssertionError

    def configure(self) -> None:
        raise AssertionError

    def open_circuit(self) -> None:
        self.told.append("open")

    def switch_off(self) -> None:
        raise AssertionError

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        raise AssertionError

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        raise AssertionError

    def read(self) -> CellReading:
        return CellReading(NAN, 0.0, self.on, False, 0, 0)


class Case:
    """A failsafe with what it told and said."""

    def __init__(self, action: Action = Action.HALT, *, on: bool = False) -> None:
        self.told: list[str] = []
        self.said: list[str] = []
        self.press = FakePress(self.told)
        devices = SafeDevices(self.press, FakeCell(self.told, on=on))
        self.failsafe = Failsafe(config((), on_stop=int(action)), devices, self.said.append)


def test_halt_stops_the_press_then_opens_the_circuit() -> None:
    case = Case()
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open"]
    assert case.failsafe.poll(0)


def test_a_press_that_fails_once_is_asked_again_after_the_cell() -> None:
    case = Case()
    case.press.failures = 1
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open", "stop"]


def test_a_press_that_does_not_answer_is_said_and_the_cell_is_open() -> None:
    case = Case()
    case.press.failures = 99
    assert not case.failsafe.begin(0)
    assert case.told.count("stop") == ROUNDS
    assert case.told.count("open") == 1
    assert "FAILED: press stopped" in case.said


def test_a_potentiostat_that_goes_on_driving_is_a_failure() -> None:
    case = Case(on=True)
    assert not case.failsafe.begin(0)
    assert "FAILED: cell at open circuit" in case.said


def test_a_cell_that_is_only_observed_is_left_alone() -> None:
    told: list[str] = []
    failsafe = Failsafe(config(()), SafeDevices(FakePress(told), None), lambda text: None)
    assert failsafe.begin(0)
    assert told == ["stop"]


def test_release_is_read_until_the_press_is_there() -> None:
    case = Case(Action.RELEASE)
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open", "move -200"]
    assert not case.failsafe.poll(0)
    assert case.failsafe.poll(0)
    assert case.press.position == RELEASE_COUNTS
    assert case.said[-1] == "press unloaded: it stands at -200.0 µm"


def test_a_release_that_does_not_arrive_is_stopped_and_said() -> None:
    case = Case(Action.RELEASE)
    case.press.per_read = 0
    case.failsafe.begin(0)
    assert not case.failsafe.poll(400_000_000_000)
    assert case.failsafe.poll(411_000_000_000)
    assert case.told[-1] == "stop"
    assert case.said[-1].startswith("FAILED: unload the press: it stands at -150.0 µm")
    assert case.failsafe.failed == case.said[-1]


@pytest.mark.parametrize("action", [Action.OPEN_CIRCUIT, Action.HALT])
def test_without_a_controller_holding_means_standing_still(action: Action) -> None:
    case = Case(action)
    case.failsafe.begin(0)
    assert case.told[0] == "stop"


def test_a_release_that_cannot_begin_is_a_failure() -> None:
    case = Case(Action.RELEASE)
    case.press.deaf = True
    case.failsafe.begin(0)
    assert case.failsafe.poll(0)
    assert case.failsafe.failed.startswith("FAILED: unload the press: it was commanded to")
