"""PalmSens EmStat4: scripts that replace each other, packages that come unasked, and safe ends."""

import math
from collections.abc import Callable

import pytest

from instruments.emulators.palmsens_emstat4 import PalmsensEmstat4Emulator
from instruments.potentiostat import palmsens_scripts as scripts
from instruments.potentiostat.palmsens_emstat4 import PalmsensEmstat4, PalmsensEmstat4Options
from instruments.protocols import (
    BadReply,
    DeviceRefused,
    LinkError,
    ReplyTimeout,
    WrongDevice,
)
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeCell, FakeClock
from tests.instruments.palmsens_wire import Wire

OPTIONS = PalmsensEmstat4Options(current_range_a=0.02, voltage_max_v=5.0, alone_s=60.0)


class Bench:
    """A driver on an emulator in memory."""

    def __init__(self, options: PalmsensEmstat4Options = OPTIONS) -> None:
        self.cell, self.clock = FakeCell(), FakeClock()
        self.emulator = PalmsensEmstat4Emulator(self.cell, options)
        self.wire = Wire(self.emulator)
        self.line = Loopback(self.wire, self.clock)
        self.driver = PalmsensEmstat4(self.line, self.clock, options)

    def later(self, ms: float = 60.0) -> "Bench":
        self.clock.advance_ms(ms)
        return self


@pytest.fixture
def bench() -> Bench:
    found = Bench()
    found.driver.configure()
    return found


def test_it_says_which_device_it_is() -> None:
    model, serial, firmware = Bench().driver.identify()
    assert (model, serial) == ("EmStat4 HR", "ES4HR23A0007")
    assert firmware.startswith("es4_hr1302")


def test_who_is_only_asked_is_left_alone() -> None:
    bench = Bench()
    bench.driver.identify()
    assert math.isnan(bench.driver.read().voltage_v)
    assert bench.cell.asked == []


def test_at_rest_the_cell_is_open_and_its_potential_is_measured(bench: Bench) -> None:
    assert math.isnan(bench.driver.read().voltage_v)  # no package yet
    reading = bench.later().driver.read()
    assert reading.voltage_v == pytest.approx(3.701234, abs=1e-6)
    assert (reading.current_a, reading.on) == (0.0, False)
    assert bench.cell.asked[-1][0] == "open"


def test_a_reading_stands_until_a_newer_package_comes(bench: Bench) -> None:
    first = bench.later(50).driver.read()
    assert bench.later(10).driver.read() is first
    assert bench.later(50).driver.read() is not first


def test_a_current_is_driven_measured_and_opened_at_its_voltage(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    assert bench.cell.asked[-1][:2] == ("current", 0.001)
    reading = bench.later().driver.read()
    assert reading.on
    assert reading.current_a == pytest.approx(0.001)
    bench.cell.volts = 4.41
    bench.later().driver.read()
    assert bench.cell.asked[-1][0] == "open"
    reading = bench.later().driver.read()
    assert (reading.on, reading.current_a) == (False, 0.0)


def test_a_discharge_ends_below_its_voltage(bench: Bench) -> None:
    bench.driver.source_current(-0.001, 1.0)
    assert bench.later().driver.read().current_a == pytest.approx(-0.001)
    bench.cell.volts = 0.99
    bench.later().driver.read()
    assert bench.cell.asked[-1][0] == "open"


def test_what_the_device_has_ended_is_not_begun_again_by_the_same_command(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    bench.cell.volts = 4.5
    bench.later().driver.read()
    with pytest.raises(DeviceRefused, match="it ended its current by itself"):
        bench.driver.source_current(0.001, 4.4)
    bench.driver.open_circuit()
    bench.cell.volts = 4.0
    bench.driver.source_current(0.001, 4.4)
    assert bench.later().driver.read().on


def test_the_same_command_starts_nothing_anew(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    asked = len(bench.cell.asked)
    bench.driver.source_current(0.001, 4.4)
    bench.driver.open_circuit()
    bench.driver.open_circuit()
    assert len(bench.cell.asked) == asked + 2  # cell_off of the old script and of the new one


def test_a_voltage_is_driven_and_its_current_measured(bench: Bench) -> None:
    bench.driver.source_voltage(4.2, 0.01)
    bench.cell.amperes = 0.0004
    reading = bench.later().driver.read()
    assert bench.cell.asked[-1] == ("voltage", 4.2, 0.01)
    assert (reading.voltage_v, reading.current_a) == pytest.approx((4.2, 0.0004))


@pytest.mark.parametrize("current_a", [0.011, -0.011])
def test_more_current_than_its_limit_opens_the_cell(bench: Bench, current_a: float) -> None:
    bench.driver.source_voltage(4.2, 0.01)
    bench.cell.amperes = current_a
    bench.later().driver.read()
    assert bench.cell.asked[-1][0] == "open"


def test_a_voltage_that_is_scanned_is_refused(bench: Bench) -> None:
    bench.driver.source_voltage(4.2, 0.01)
    bench.later(100)
    with pytest.raises(DeviceRefused, match="no voltage that changes so often"):
        bench.driver.source_voltage(4.201, 0.01)


def test_a_host_that_falls_silent_leaves_the_cell_open_after_a_while(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    for _ in range(70):
        bench.clock.advance_ms(1000)
        bench.emulator.unasked(bench.clock())
    assert bench.cell.asked[-1][0] == "open"


def test_a_host_that_listens_renews_its_current(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    for _ in range(1400):
        bench.later(50).driver.read()
    assert bench.driver.read().on
    assert [what for what, *_ in bench.cell.asked].count("current") == 4  # set_i, and the loop


def test_no_package_for_long_is_a_lost_link(bench: Bench) -> None:
    bench.later().driver.read()
    bench.wire.damage = nothing
    bench.later(400).driver.read()
    with pytest.raises(ReplyTimeout, match=r"no package for 0\.6"):
        bench.later(200).driver.read()


def test_after_a_lost_link_the_same_device_goes_on(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    identity = bench.driver.identify()  # ends the script: only so it tells its number
    assert bench.cell.asked[-1][0] == "open"
    assert identity.serial == "ES4HR23A0007"
    bench.driver.verify()
    assert bench.later().driver.read().on


def test_a_device_that_was_reset_is_not_switched_on_again(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    bench.emulator.reset()
    bench.driver.identify()
    bench.driver.verify()
    assert not bench.later().driver.read().on
    with pytest.raises(DeviceRefused):
        bench.driver.source_current(0.001, 4.4)
    bench.driver.open_circuit()
    bench.driver.source_current(0.001, 4.4)
    assert bench.later().driver.read().on


@pytest.mark.parametrize("asked", ["identify", "verify"])
def test_a_device_that_was_reset_and_boots_slowly_is_not_switched_on_again(
    bench: Bench, asked: str
) -> None:
    bench.driver.source_current(0.001, 4.4)
    bench.emulator.reset()
    bench.wire.cut = True
    with pytest.raises(ReplyTimeout):
        getattr(bench.driver, asked)()
    bench.wire.cut = False
    bench.driver.identify()
    bench.driver.verify()
    assert not bench.later().driver.read().on
    with pytest.raises(DeviceRefused, match="does not switch it on again"):
        bench.driver.source_current(0.001, 4.4)
    bench.driver.open_circuit()
    bench.driver.source_current(0.001, 4.4)
    assert bench.later().driver.read().on


def test_a_device_that_is_reset_after_its_script_was_ended_is_not_switched_on_again(
    bench: Bench,
) -> None:
    bench.driver.source_current(0.001, 4.4)
    bench.driver.identify()
    bench.emulator.reset()
    bench.driver.identify()
    bench.driver.verify()
    with pytest.raises(DeviceRefused, match="does not switch it on again"):
        bench.driver.source_current(0.001, 4.4)


@pytest.mark.parametrize("answers", [True, False])
def test_a_script_of_another_program_is_not_ended_by_looking(answers: bool) -> None:
    bench = Bench()
    bench.line.write(b"e\n" + "\n".join(scripts.open_circuit(0.05, 5.0, 60.0)).encode() + b"\n\n")
    if not answers:
        bench.wire.cut = True
        with pytest.raises(ReplyTimeout):
            bench.driver.identify()
        bench.wire.cut = False
    with pytest.raises(DeviceRefused, match="one of another program"):
        bench.driver.identify()


def another_value(said: bytes) -> bytes:
    return said.replace(b"Pab", b"Pxx")


def cut_off(said: bytes) -> bytes:
    return said[:-6] + b"\n"


def rubbish_before(said: bytes) -> bytes:
    return b"\xff\xfe" + said


def an_error(said: bytes) -> bytes:
    return b"!0032: Line 9\n"


def nothing(said: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (another_value, BadReply),
        (cut_off, BadReply),
        (rubbish_before, None),
        (an_error, DeviceRefused),
    ],
)
def test_damage_is_no_number(
    bench: Bench, damage: Callable[[bytes], bytes], error: type[LinkError] | None
) -> None:
    before = bench.later().driver.read()
    bench.wire.damage = damage
    bench.later()
    if error is None:
        assert bench.driver.read() is before  # no line that is known
        return
    with pytest.raises(error):
        bench.driver.read()


def test_an_error_in_a_script_opens_the_cell_at_once(bench: Bench) -> None:
    bench.driver.source_current(0.001, 4.4)
    bench.wire.damage = an_error
    with pytest.raises(DeviceRefused, match="critical overload"):
        bench.later().driver.read()
    assert bench.cell.asked[-1][0] == "open"


class Another:
    """A device that answers otherwise."""

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return b"tespico1600#Sep 30 2025\nR*\n"


def test_another_device_is_named() -> None:
    clock = FakeClock()
    driver = PalmsensEmstat4(Loopback(Another(), clock), clock, OPTIONS)
    with pytest.raises(WrongDevice, match="EmStat4 HR, EmStat4 LR, Nexus was expected, 'tespico"):
        driver.identify()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("cell_onn", "e!4001: Line 1, Col 9"),
        ("var e\nvar e", "e!4026: Line 2, Col 6"),
        ("set_e", "e!4007: Line 1, Col 6"),
        ("set_e 1.5", "e!4039: Line 1, Col 1"),
        ("pck_add e", "e!420B: Line 1, Col 1"),
        ("cell_on\nvar e\nmeas_loop_ocp e 100m 1\nendloop", "e\n!4028: Line 3"),
        ("var e\nvar i\nmeas_loop_cp e i 1m 100m 1\nendloop", "e\n!4027: Line 3"),
    ],
)
def test_the_emulator_refuses_what_the_manual_says(script: str, says: str) -> None:
    emulator = PalmsensEmstat4Emulator(FakeCell(), OPTIONS)
    assert emulator.receive(f"e\n{script}\n\n".encode(), 0) == f"{says}\n".encode()


def test_a_command_while_a_script_runs_is_refused_and_an_abort_ends_it() -> None:
    emulator = PalmsensEmstat4Emulator(FakeCell(), OPTIONS)
    script = "\n".join(scripts.open_circuit(0.05, 5.0, 60.0))
    assert emulator.receive(f"e\n{script}\n\n".encode(), 0) == b"e\nM000B\n"
    assert emulator.receive(b"e\n", 0) == b"e!0006\n"
    assert emulator.receive(b"Z\n", 0) == b"Z\n*\n\n"
    assert emulator.receive(b"Z\n", 0) == b"Z!0006\n"


def test_the_next_run_finds_it_free_soon_after_one_has_ended(bench: Bench) -> None:
    bench.later().driver.read()  # the last of a run, which ends with the cell open
    next_run = PalmsensEmstat4(bench.line, bench.clock, OPTIONS)
    with pytest.raises(DeviceRefused, match="over within 20 s"):
        next_run.identify()
    bench.later(20_000)
    assert next_run.identify().serial == "ES4HR23A0007"


def test_an_open_cell_is_measured_for_as_long_as_it_is_read(bench: Bench) -> None:
    readings = [bench.later(1000).driver.read() for _ in range(50)]
    assert not any(reading.limited or reading.on for reading in readings)
    assert readings[-1].voltage_v == pytest.approx(3.701234, abs=1e-6)


def test_after_a_silence_its_own_script_is_ended_to_ask_who_it_is(bench: Bench) -> None:
    """What the device does is not known then; the cell is opened, and not left to its script."""
    bench.driver.source_current(0.001, 4.4)
    reads = bench.line.read

    def nothing(size: int, deadline_ns: int) -> bytes:
        del size, deadline_ns
        return b""

    bench.line.read = nothing
    with pytest.raises(ReplyTimeout):
        bench.driver.source_current(0.002, 4.4)
    bench.line.read = reads
    bench.line.write(b"e\n" + "\n".join(scripts.current(1e-3, 4.4, 0.05, 5.0, 60.0)).encode())
    bench.line.write(b"\n\n")  # it did not hear the abort, and goes on
    assert bench.driver.identify().serial == "ES4HR23A0007"
    bench.driver.verify()
    assert bench.cell.asked[-1][0] == "open"
    assert not bench.later().driver.read().on
