"""A command whose answer is lost may have been taken or not, and neither is a reset."""

from typing import Any

import pytest

from instruments.emulators.faults import Fault, FaultyLine
from instruments.press.commanded import Commanded
from instruments.protocols import LinkError
from instruments.registry import PRESSES
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress


def test_what_was_commanded_and_not_confirmed_may_be_kept_or_not():
    kept = Commanded()
    kept.kept(1.0)
    kept.commanding(2.0)
    assert kept.newest == 2.0
    assert kept.is_kept(1.0, 0.0)
    assert kept.is_kept(2.0, 0.0)  # it was late
    assert not kept.is_kept(1.0, 0.0)
    kept.commanding(3.0)
    kept.kept(3.0)
    assert not kept.is_kept(2.0, 0.0)


def test_what_is_found_may_be_off_by_so_much():
    kept = Commanded()
    kept.kept(10.0)
    assert kept.is_kept(10.1, 0.1000001)
    assert not kept.is_kept(10.2, 0.1)


def test_where_nothing_was_commanded_anything_is_right():
    kept = Commanded()
    assert kept.is_unknown
    assert kept.is_kept(5.0, 0.0)
    kept.commanding(1.0)
    assert kept.is_kept(5.0, 0.0)  # not confirmed: it may keep what it had
    kept.kept(1.0)
    assert not kept.is_kept(5.0, 0.0)
    kept.forget()
    assert kept.is_kept(5.0, 0.0)


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
