"""One exchange at a time on a shared link, and the press before all others."""

import threading
import time
from contextlib import AbstractContextManager

import pytest

from instruments.protocols import LinkGone
from instruments.transport.reopening import Reopening
from instruments.transport.turns import Turns
from tests.instruments.fakes import FakeClock
from tests.waiting import PATIENCE_S


def queue(turns: Turns, ranks: list[int]) -> list[int]:
    """The order in which threads that wait in this order get their turn."""
    order: list[int] = []

    def work(number: int, rank: int) -> None:
        with turns.turn(rank):
            order.append(number)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(ranks)]
    with turns.turn(0):
        for waiting, thread in enumerate(threads):
            thread.start()
            until = time.monotonic() + 10.0
            while turns.waiting() <= waiting and time.monotonic() < until:
                time.sleep(1e-4)
    for thread in threads:
        thread.join(PATIENCE_S)
    return order


def test_those_of_one_rank_go_in_the_order_in_which_they_came():
    assert queue(Turns(), [1, 1, 1, 1]) == [0, 1, 2, 3]


def test_a_lower_rank_goes_before_all_that_wait():
    assert queue(Turns(), [2, 1, 2, 0]) == [3, 1, 0, 2]


def test_a_turn_that_ends_by_an_error_is_passed_on():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn(0):
        raise ZeroDivisionError
    with turns.turn(0):
        pass


def test_a_press_waits_for_the_exchange_under_way_and_for_no_other():
    """One that asks again as soon as it has its answer gets no second turn before the press."""
    turns = Turns()
    order: list[str] = []

    def press() -> None:
        with turns.turn(0):
            order.append("press")

    thread = threading.Thread(target=press)
    with turns.turn(2):
        thread.start()
        while not turns.waiting():
            time.sleep(1e-4)
        order.append("force")
    with turns.turn(2):
        order.append("force again")
    thread.join(PATIENCE_S)
    assert order == ["force", "press", "force again"]


class FakePort:
    """A port that tells what became of it."""

    def __init__(self) -> None:
        self.severed = 0
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def read(self, size: int, deadline_ns: int) -> bytes:
        return b""

    def drain(self) -> None:
        pass

    def close(self) -> None:
        pass

    def sever(self) -> None:
        self.severed += 1


class Opener:
    """Opens ports, and counts them."""

    def __init__(self) -> None:
        self.ports: list[FakePort] = []

    def __call__(self) -> FakePort:
        self.ports.append(FakePort())
        return self.ports[-1]


def shared() -> tuple[FakePort, Opener, Reopening, Reopening]:
    """A port, what opens it again, and two devices that share it."""
    first, opener = FakePort(), Opener()
    one = Reopening(first, opener, FakeClock(), "box", 1)
    return first, opener, one, one.share(0)


def test_a_shared_connection_is_opened_again_once_for_all():
    first, opener, one, other = shared()
    one.reopen()
    other.reopen()
    assert (first.severed, len(opener.ports)) == (1, 1)
    one.write(b"1")
    other.write(b"2")
    assert opener.ports[0].written == [b"1", b"2"]


def test_a_connection_that_another_device_opened_is_gone_until_it_is_opened_here():
    _, opener, one, other = shared()
    one.reopen()
    with pytest.raises(LinkGone, match="box: the link is gone, and was not opened again"):
        other.write(b"2")
    assert opener.ports[0].written == []


def test_a_device_that_begins_later_begins_with_the_connection_of_now():
    _, opener, one, _ = shared()
    one.reopen()
    one.share(2).write(b"3")
    assert opener.ports[0].written == [b"3"]


def test_what_one_device_finds_wrong_is_closed_for_all_and_opened_again_by_the_next():
    _, opener, one, other = shared()
    one.reopen()
    one.later()
    assert opener.ports[0].severed == 1
    with pytest.raises(LinkGone, match="tried again each second"):
        other.reopen()


def test_the_turn_of_a_shared_connection_is_one_for_all_its_devices():
    _, _, one, other = shared()
    got: list[bool] = []

    def reach(turn: AbstractContextManager[None]) -> None:
        with turn:
            got.append(True)

    with one.turn():
        thread = threading.Thread(target=reach, args=(other.turn(),))
        thread.start()
        thread.join(0.05)
        assert got == []
    thread.join(PATIENCE_S)
    assert got == [True]
