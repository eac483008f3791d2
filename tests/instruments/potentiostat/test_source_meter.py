"""Rules that every source meter follows, whatever its dialect, against both emulators."""

import pytest

from instruments.protocols import DeviceRefused, ReplyTimeout
from instruments.registry import POTENTIOSTATS, find
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock

MODELS = ("keithley-2450", "keithley-2400")
OPTIONS = {"nplc": 0.1}


class Bench:
    """A source meter whose next resets happen and are not answered, over a cell at its limit."""

    def __init__(self, model: str, **options: object) -> None:
        self.plant, self.clock = FakeCell(), FakeClock()
        self.plant.at_limit = True
        self.unanswered = 0
        self.said = b""
        made = find(POTENTIOSTATS, model)
        self.device = made.emulator(self.plant, OPTIONS | options)
        self.driver = made.driver(Loopback(self, self.clock), self.clock, OPTIONS | options)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        self.said += data
        answer = self.device.receive(data, t_ns)
        if self.unanswered and b"*RST" in data:
            self.unanswered -= 1
            return b""
        return answer

    def say(self, line: str) -> str:
        answer = self.device.receive(line.encode() + b"\n", self.clock())
        return answer.decode().rstrip("\n")

    def lose_power(self) -> None:
        self.say("*RST")


@pytest.fixture(params=MODELS)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def test_a_set_up_whose_reset_is_not_answered_is_finished_when_the_link_is_back(bench: Bench):
    bench.driver.configure()
    bench.driver.open_circuit()
    bench.lose_power()
    bench.unanswered = 1
    with pytest.raises(ReplyTimeout):
        bench.driver.verify()
    assert bench.plant.asked[-1][:2] == ("voltage", 0.0)  # off, as after a reset, shorts the cell
    bench.driver.verify()
    assert bench.plant.asked[-1][0] == "open"
    assert float(bench.say(":SENS:VOLT:NPLC?")) == 0.1


@pytest.mark.parametrize("act", ["read", "verify", "open_circuit"])
def test_a_set_up_that_was_begun_is_finished_by_what_comes_next(bench: Bench, act: str):
    bench.unanswered = 1
    with pytest.raises(ReplyTimeout):
        bench.driver.configure()
    getattr(bench.driver, act)()
    assert bench.plant.asked[-1][0] == "open"
    bench.driver.source_current(0.001, 4.2)
    assert bench.driver.read().current_a == 0.001


def test_nothing_is_driven_while_a_set_up_is_not_finished(bench: Bench):
    bench.driver.configure()
    bench.driver.source_current(0.001, 4.2)
    bench.lose_power()
    bench.driver.verify()
    bench.unanswered = 2
    with pytest.raises(ReplyTimeout):
        bench.driver.open_circuit()
    bench.said = b""
    for drive in (bench.driver.source_current, bench.driver.source_voltage):
        with pytest.raises(DeviceRefused, match="set-up was begun and not finished"):
            drive(0.001, 4.2)
    assert bench.said == b""
    with pytest.raises(ReplyTimeout):
        bench.driver.open_circuit()
    bench.driver.open_circuit()
    bench.driver.source_current(0.001, 4.2)
    assert bench.driver.read().current_a == 0.001


def test_a_source_that_is_not_trusted_is_off_and_its_set_up_finished_before_it_counts_as_open(
    bench: Bench,
):
    bench.unanswered = 1
    with pytest.raises(ReplyTimeout):
        bench.driver.configure()
    bench.driver.switch_off()
    assert bench.plant.asked[-1][0] == "open"
    bench.said = b""
    assert not bench.driver.read().on
    assert b"*RST" in bench.said


def test_an_instrument_that_is_only_read_is_not_set_up(bench: Bench):
    bench.lose_power()
    bench.driver.identify()
    bench.driver.read()
    assert b"*RST" not in bench.said
    assert b"SMOD " not in bench.said


def test_an_off_state_that_shorts_the_cell_is_mended_also_where_it_is_not_known_what_ran(
    bench: Bench,
):
    bench.driver.configure()
    bench.say(":SOUR:FUNC CURR;:SOUR:CURR 1E-4;:OUTP ON")
    bench.driver.verify()
    bench.lose_power()
    bench.driver.verify()
    assert bench.plant.asked[-1][0] == "open"
