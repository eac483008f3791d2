"""A command whose answer is lost may have been taken or not, and neither is a reset."""

from typing import Any

import pytest

from instruments.emulators.faults import Fault, FaultyLine
from instruments.press.told import Told
from instruments.protocols import LinkError
from instruments.registry import PRESSES
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress


def test_what_was_told_and_not_confirmed_may_be_kept_or_not():
    told = Told()
    told.kept(1.0)
    told.telling(2.0)
    assert told.newest == 2.0
    assert told.is_kept(1.0, 0.0)
    assert told.is_kept(2.0, 0.0)  # it was late
    assert not told.is_kept(1.0, 0.0)
    told.telling(3.0)
    told.kept(3.0)
    assert not told.is_kept(2.0, 0.0)


def test_what_is_found_may_be_off_by_so_much():
    told = Told()
    told.kept(10.0)
    assert told.is_kept(10.1, 0.1000001)
    assert not told.is_kept(10.2, 0.1)


def test_where_nothing_was_told_anything_is_right():
    told = Told()
    assert told.is_unknown
    assert told.is_kept(5.0, 0.0)
    told.telling(1.0)
    assert told.is_kept(5.0, 0.0)  # not confirmed: it may keep what it had
    told.kept(1.0)
    assert not told.is_kept(5.0, 0.0)
    told.forget()
    assert told.is_kept(5.0, 0.0)


@pytest.mark.parametrize("name", ["ep-regulator", "isco-d", "alicat"])
@pytest.mark.parametrize("command", ["move", "stop"])
def test_a_command_whose_answer_is_lost_is_no_reset(name: str, command: str):
    model, clock, options = PRESSES[name], FakeClock(), {"um_per_count": 1.0}
    line = FaultyLine(model.emulator(FakePress(), options))
    press: Any = model.driver(Loopback(line, clock), clock, options)
    press.configure()
    press.move_to(100.0)
    line.inject(Fault.LOST)
    with pytest.raises(LinkError):
        press.move_to(110.0) if command == "move" else press.stop()
    assert not any(press.read().fault for _ in range(12))
    press.verify()
    press.move_to(110.0)
    assert not any(press.read().fault for _ in range(12))
