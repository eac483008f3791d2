"""The safe action: press first, then the cell, whatever fails; unloading is seen to its end."""

import pytest
from msgspec.structs import replace

from fixture.core.types import Action
from fixture.runtime.supervisor.failsafe import ROUNDS, Failsafe, SafeDevices
from instruments.protocols import (
    CellReading,
    DeviceRefused,
    ForceReading,
    Identity,
    LinkGone,
    LoadCell,
    PressReading,
    ReplyTimeout,
)
from tests.core.bench import config

NAN = float("nan")
MS = 1_000_000
RELEASE_COUNTS = -4000  # -200 um
HALT_S = 12


class FakePress:
    """Says what was commanded, and moves a bit each time it is read."""

    def __init__(self, told: list[str]) -> None:
        self.told = told
        self.failures = 0
        self.deaf = False  # to where it should go
        self.deaf_to_stop = False  # it acknowledges a stop, and goes on
        self.lost = False  # it was reset
        self.bug = ""  # of its driver, at a stop
        self.position = -3000
        self.per_read = -500
        self.t_ns = 0
        self._going = False

    def identify(self) -> Identity:
        raise AssertionError

    def configure(self) -> None:
        raise AssertionError

    def stop(self) -> None:
        self.told.append("stop")
        if self.failures:
            self.failures -= 1
            raise ReplyTimeout("press: nothing came")
        if self.bug:
            raise ValueError(self.bug)
        self._going = self.deaf_to_stop

    def verify(self) -> None:
        if self.lost:
            raise DeviceRefused("the press's module was reset")

    def moving(self) -> bool:
        return self._going

    def move_to(self, position_um: float) -> None:
        self.told.append(f"move {position_um:g}")
        if self.deaf:
            raise ReplyTimeout("press: nothing came")
        self._going = True

    def read(self) -> PressReading:
        self.t_ns += 20 * MS
        self.position += self.per_read if self._going else 0
        self._going &= self.position > RELEASE_COUNTS
        return PressReading(self.position, False, False, False, NAN, self.t_ns, 0)


class FakeCell:
    """Says what was commanded; may go on driving."""

    def __init__(self, told: list[str], *, on: bool = False) -> None:
        self.told = told
        self.on = on
        self.gone = False

    def identify(self) -> Identity:
        raise AssertionError

    def configure(self) -> None:
        raise AssertionError

    def verify(self) -> None:
        raise AssertionError

    def open_circuit(self) -> None:
        self.told.append("open")
        if self.gone:
            raise LinkGone("the link is gone")

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

    def __init__(
        self, action: Action = Action.HALT, *, on: bool = False, load_cell: LoadCell | None = None
    ) -> None:
        self.told: list[str] = []
        self.said: list[str] = []
        self.press, self.cell = FakePress(self.told), FakeCell(self.told, on=on)
        devices = SafeDevices(self.press, self.cell, self.press_again, self.cell_again, load_cell)
        of = config((), on_stop=int(action))
        of = replace(of, limits=replace(of.limits, halt_ns=HALT_S * 1000 * MS))
        self.failsafe = Failsafe(of, devices, self.said.append)
        self.reachable = False
        self.t_ns = 0

    def press_again(self) -> None:
        raise AssertionError

    def cell_again(self) -> None:
        self.told.append("reopen")
        if not self.reachable:
            raise LinkGone("nothing listens there")
        self.cell.gone = False

    def polled(self, seconds: float) -> bool:
        """Poll each 20 ms; whether it is over."""
        for _ in range(round(seconds * 50)):
            self.t_ns += 20 * MS
            if self.failsafe.poll(self.t_ns):
                return True
        return False


def test_halt_stops_the_press_then_opens_the_circuit_and_sees_both() -> None:
    case = Case()
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open"]
    assert case.failsafe.doubt == "press may be moving, output may be on"
    assert case.polled(0.1)
    assert case.failsafe.doubt == ""
    assert case.failsafe.result().startswith("the supervisor stopped the press")


def test_a_press_that_fails_once_is_asked_again_after_the_cell() -> None:
    case = Case()
    case.press.failures = 1
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open", "stop"]


def test_a_driver_that_fails_in_its_own_way_does_not_keep_the_cell_from_being_opened() -> None:
    case = Case()
    case.press.bug = "invalid literal: b'\\xff'"
    assert not case.failsafe.begin(0)
    assert case.told == ["stop", "open", "stop", "stop"]
    assert case.said[0] == "press stopped: invalid literal: b'\\xff'"
    assert not case.polled(1.1)
    assert case.told.count("stop") == ROUNDS + 1
    assert case.failsafe.doubt == "press may be moving"
    case.press.bug = ""
    assert case.polled(1.5)
    assert case.failsafe.doubt == ""


def test_a_press_that_does_not_answer_is_said_and_asked_until_it_does() -> None:
    case = Case()
    case.press.failures = 6
    assert not case.failsafe.begin(0)
    assert case.told.count("stop") == ROUNDS
    assert case.told.count("open") == 1
    assert "FAILED: press stopped" in case.said
    assert not case.polled(2.9)
    assert case.failsafe.doubt == "press may be moving"
    assert case.polled(1.5)
    assert case.told.count("stop") == 7


def test_a_press_that_acknowledges_the_stop_and_goes_on_is_not_confirmed() -> None:
    case = Case()
    case.press.deaf_to_stop = True
    case.press.per_read = 1
    assert case.failsafe.begin(0)
    assert not case.polled(3.5)
    assert case.failsafe.doubt == "press may be moving"
    assert case.told.count("stop") == 4
    case.press.deaf_to_stop = False
    assert case.polled(1.5)


def test_a_potentiostat_that_goes_on_driving_is_commanded_until_it_does_not() -> None:
    case = Case(on=True)
    assert not case.failsafe.begin(0)
    assert "FAILED: cell at open circuit" in case.said
    assert not case.polled(3.0)
    assert case.failsafe.doubt == "output may be on"
    case.cell.on = False
    assert case.polled(1.5)


def test_a_link_that_is_gone_is_opened_again_and_the_circuit_opened_through_it() -> None:
    case = Case()
    case.cell.gone = True
    assert not case.failsafe.begin(0)
    assert not case.polled(10.0)
    assert case.failsafe.doubt == "output may be on"
    case.reachable = True
    assert case.polled(1.5)
    assert case.told[-2:] == ["reopen", "open"]


def test_an_operator_may_end_it_and_the_result_says_what_was_not_confirmed() -> None:
    case = Case(on=True)
    case.failsafe.begin(0)
    assert not case.polled(1.0)
    case.failsafe.give_up("somebody")
    assert case.failsafe.poll(case.t_ns)
    assert case.failsafe.result() == (
        "a part of the safe action FAILED, look at the rig now: somebody ended the safe action "
        "before it was confirmed: output may be on"
    )


def test_a_cell_that_is_only_observed_is_left_alone() -> None:
    told: list[str] = []
    devices = SafeDevices(FakePress(told), None, lambda: None)
    failsafe = Failsafe(config(()), devices, lambda text: None)
    assert failsafe.begin(0)
    assert told == ["stop"]
    assert failsafe.doubt == "press may be moving"


def test_a_press_that_was_reset_is_stopped_and_not_unloaded() -> None:
    case = Case(Action.RELEASE)
    case.press.lost = True
    case.failsafe.begin(0)
    assert case.polled(1.0)
    assert set(case.told) == {"stop", "open"}
    assert case.failsafe.failed == "FAILED: unload the press: the press's module was reset"


def test_release_is_read_until_the_press_is_there() -> None:
    case = Case(Action.RELEASE)
    assert case.failsafe.begin(0)
    assert case.told == ["stop", "open", "move -200"]
    assert not case.failsafe.poll(0)
    assert case.failsafe.doubt == "press is unloading"
    assert case.polled(0.2)
    assert case.press.position == RELEASE_COUNTS
    assert "press unloaded: it stands at -200.0 µm" in case.said


def test_a_release_that_does_not_arrive_is_stopped_and_said() -> None:
    case = Case(Action.RELEASE)
    case.press.per_read = 0
    case.failsafe.begin(0)
    assert not case.failsafe.poll(400_000_000_000)
    assert not case.failsafe.poll(400_020_000_000)
    case.failsafe.poll(411_000_000_000)
    assert case.told[-1] == "stop"
    assert case.failsafe.failed.startswith("FAILED: unload the press: it stands at -150.0 µm")
    assert case.failsafe.failed in case.said


@pytest.mark.parametrize("action", [Action.OPEN_CIRCUIT, Action.HALT])
def test_without_a_controller_holding_means_standing_still(action: Action) -> None:
    case = Case(action)
    case.failsafe.begin(0)
    assert case.told[0] == "stop"


def test_a_release_that_cannot_begin_is_a_failure() -> None:
    case = Case(Action.RELEASE)
    case.press.deaf = True
    case.failsafe.begin(0)
    assert not case.failsafe.poll(400_000_000_000)
    case.failsafe.poll(411_000_000_000)
    assert case.failsafe.failed == "FAILED: unload the press: press: nothing came"


class Swinging:
    """Load cells under a force that goes to and fro, or only up."""

    def __init__(self, *, grows: bool = False) -> None:
        self.counts = 0
        self.grows = grows

    def identify(self) -> Identity:
        raise AssertionError

    def verify(self) -> None:
        raise AssertionError

    def read(self) -> ForceReading:
        self.counts = self.counts + 1000 if self.grows or not self.counts else 0
        return ForceReading((self.counts,) * 3, False, 0, 0)


def test_a_force_that_swings_for_ever_is_told_and_ends_it_unconfirmed() -> None:
    case = Case(load_cell=Swinging())
    assert case.failsafe.begin(0)
    assert not case.polled(HALT_S - 0.1)
    assert case.polled(0.2)
    assert case.failsafe.doubt.startswith("not at rest: the force swings by ")
    assert case.said[-1] == case.failsafe.doubt
    assert case.failsafe.result() == (
        "the supervisor stopped the press and opened the cell's circuit; "
        f"{case.failsafe.doubt}: look at the rig"
    )


def test_a_force_that_grows_is_of_a_press_that_moves_and_never_ends_it() -> None:
    case = Case(load_cell=Swinging(grows=True))
    case.failsafe.begin(0)
    assert not case.polled(3 * HALT_S)
    assert case.failsafe.doubt == "press may be moving"


def test_a_cell_that_is_driven_is_not_let_be_because_a_force_swings() -> None:
    case = Case(on=True, load_cell=Swinging())
    case.failsafe.begin(0)
    assert not case.polled(3 * HALT_S)
    assert case.failsafe.doubt.endswith("while the press stands, output may be on")
