"""A link that comes back has the instrument of the start behind it, with its settings read back."""

import pytest

from instruments.protocols import Identity, LinkGone, ReplyTimeout, WrongDevice
from instruments.relink import Relink
from instruments.transport.reopening import Reopening
from tests.instruments.fakes import FakeClock
from tests.instruments.transport.test_reopening import Shop

OURS = Identity("2450", "04096331", "1.7")


class FakeDevice:
    def __init__(self) -> None:
        self.identity = OURS
        self.verified = 0
        self.silent = False

    def identify(self) -> Identity:
        if self.silent:
            raise ReplyTimeout("nothing came")
        return self.identity

    def verify(self) -> None:
        self.verified += 1


class Case:
    def __init__(self, identity: Identity | None = OURS) -> None:
        self.shop, self.device, self.clock = Shop(), FakeDevice(), FakeClock()
        self.line = Reopening(None, self.shop, self.clock, "tcp://x:1")
        self.relink = Relink(self.line, self.device, identity, "potentiostat")


def test_the_same_instrument_is_verified_and_used():
    case = Case()
    case.relink()
    assert case.device.verified == 1
    case.line.write(b"x")


def test_another_instrument_is_refused_by_its_number_and_nothing_is_said_to_it():
    case = Case()
    case.device.identity = OURS._replace(serial="04000000")
    with pytest.raises(
        WrongDevice, match=r"2450 no. 04000000 1.7 answers in the place of 2450 no. 04096331 1.7"
    ):
        case.relink()
    assert case.device.verified == 0
    with pytest.raises(LinkGone):
        case.line.write(b":OUTP OFF")


def test_an_instrument_that_does_not_answer_is_tried_again_later():
    case = Case()
    case.device.silent = True
    with pytest.raises(ReplyTimeout):
        case.relink()
    with pytest.raises(LinkGone):
        case.relink()
    case.device.silent = False
    case.clock.advance_ms(10)
    case.relink()
    assert case.shop.asked == 2


def test_where_no_identity_is_known_none_is_taken_for_it():
    case = Case(None)
    with pytest.raises(WrongDevice, match="it is not known which instrument this run began with"):
        case.relink()
    assert case.device.verified == 0
    with pytest.raises(LinkGone):
        case.line.write(b":OUTP OFF")
