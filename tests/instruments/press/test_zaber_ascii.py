"""A Zaber press: its bytes, what it refuses, and that a device without reference is not moved."""

import pytest

from instruments.codecs import zaber_ascii as codec
from instruments.emulators.zaber_ascii import ZaberAsciiEmulator
from instruments.press.zaber_ascii import MODEL, ZaberAscii, ZaberAsciiOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress, Transcript


def said(message: int, text: str, axis: int = 1) -> bytes:
    return codec.command(1, axis, message, text)


def answer(message: int, text: str, axis: int = 1, *, checked: bool = True) -> bytes:
    reply = f"01 {axis} {message:02d} {text}".encode()
    check = b":%02X" % codec.lrc(reply) if checked else b""
    return b"@%s%s\r\n" % (reply, check)


CONFIGURED = (
    (said(0, "get comm.checksum", 0), answer(0, "OK IDLE -- 1", 0)),
    (said(1, ""), answer(1, "OK IDLE -- 0")),
)


def unit(line: Transcript) -> ZaberAscii:
    return ZaberAscii(line, FakeClock(), ZaberAsciiOptions(um_per_count=0.05))


class Bench:
    def __init__(self) -> None:
        options = ZaberAsciiOptions(um_per_count=0.05)
        self.plant, self.clock = FakePress(), FakeClock()
        self.device = ZaberAsciiEmulator(self.plant, options)
        self.driver = ZaberAscii(Loopback(self.device, self.clock, 5), self.clock, options)

    def say(self, line: str) -> str:
        return self.device.receive(line.encode() + b"\n", self.clock()).decode().strip()


def test_a_move_is_absolute_in_microsteps():
    line = Transcript(*CONFIGURED, (said(2, "move abs 200"), answer(2, "OK BUSY -- 0")))
    driver = unit(line)
    driver.configure()
    driver.move_to(10.0)
    line.done()


def test_a_read_asks_for_the_position_and_in_turns_for_a_limit_sensor():
    line = Transcript(
        *CONFIGURED,
        (said(2, "get pos"), answer(2, "OK BUSY -- -1234")),
        (said(3, "get limit.home.state"), answer(3, "OK BUSY -- 0")),
        (said(4, "get pos"), answer(4, "OK IDLE -- 77")),
        (said(5, "get limit.away.state"), answer(5, "OK IDLE -- 1")),
    )
    driver = unit(line)
    driver.configure()
    first, second = driver.read(), driver.read()
    assert (first.position, first.fault, first.end_high) == (-1234, False, False)
    assert (second.position, second.end_low, second.end_high) == (77, False, True)
    line.done()


def test_a_read_asks_for_all_warnings_where_one_is_shown_that_is_no_fault():
    line = Transcript(
        *CONFIGURED,
        (said(2, "get pos"), answer(2, "OK BUSY NI -1234")),
        (said(3, "warnings"), answer(3, "OK BUSY NI 01 NI")),
        (said(4, "get limit.home.state"), answer(4, "OK BUSY NI 0")),
    )
    driver = unit(line)
    driver.configure()
    assert not driver.read().fault
    line.done()


@pytest.mark.parametrize("data", ["02 NI", "NI", "01 N", "00 WR", ""])
def test_a_list_of_warnings_that_is_none_is_a_damaged_reply(data: str):
    line = Transcript(
        *CONFIGURED,
        (said(2, ""), answer(2, "OK IDLE NI 0")),
        (said(3, "warnings"), answer(3, f"OK IDLE NI {data}")),
    )
    driver = unit(line)
    driver.configure()
    with pytest.raises(BadReply, match="no list of warnings"):
        driver.verify()


@pytest.mark.parametrize("graver", ["WV", "WT", "WS", "WM", "WP"])
def test_a_lost_position_is_a_fault_also_behind_a_graver_warning(graver: str):
    bench = Bench()
    bench.driver.configure()
    bench.device.reset()
    bench.device.warnings.add(graver)
    assert f" {graver} " in bench.say("/1 1")
    bench.driver.verify()
    assert bench.driver.read().fault
    with pytest.raises(DeviceRefused, match="home it with its own tool"):
        bench.driver.move_to(5.0)
    with pytest.raises(DeviceRefused, match="WR"):
        bench.driver.configure()


def test_a_warning_that_hides_no_fault_is_none():
    bench = Bench()
    bench.device.warnings.add("WV")
    bench.driver.configure()
    assert not bench.driver.read().fault


def test_check_sums_are_switched_on_once_and_needed_from_then_on():
    line = Transcript(
        (said(0, "get comm.checksum", 0), answer(0, "OK IDLE -- 0", 0, checked=False)),
        (said(1, "set comm.checksum 1", 0), answer(1, "OK IDLE -- 0", 0)),
        (said(2, ""), answer(2, "OK IDLE -- 0")),
        (said(3, "get pos"), answer(3, "OK IDLE -- 12", checked=False)),
    )
    driver = unit(line)
    driver.configure()
    with pytest.raises(BadReply, match="without its check sum"):
        driver.read()
    line.done()


def test_alerts_and_late_replies_are_passed_over():
    late = b"!01 1 IDLE --\r\n" + answer(1, "OK IDLE -- 99999")
    line = Transcript(*CONFIGURED, (said(2, ""), late + answer(2, "OK BUSY -- 0")))
    driver = unit(line)
    driver.configure()
    assert driver.moving()


def test_on_a_line_out_of_step_a_stop_is_sent_before_anything_else():
    line = Transcript(
        (said(0, "get pos"), b""),
        (said(1, "stop"), b""),
        (said(2, "stop"), answer(2, "OK BUSY -- 0")),
    )
    driver = unit(line)
    with pytest.raises(ReplyTimeout):
        driver.read()
    driver.stop()
    line.done()


def test_silence_is_a_timeout():
    with pytest.raises(ReplyTimeout):
        unit(Transcript((said(0, "deviceid".join(("get ", "")), 0), b""))).identify()


def test_it_says_who_it_is():
    assert Bench().driver.identify() == ("Zaber 50081", "68412", "7.38")


def test_a_device_without_reference_is_not_set_up_and_not_moved():
    bench = Bench()
    bench.driver.configure()
    bench.driver.move_to(5.0)
    bench.device.reset()
    assert bench.driver.read().fault
    with pytest.raises(DeviceRefused, match="home it with its own tool"):
        bench.driver.move_to(5.0)
    bench.driver.stop()
    with pytest.raises(DeviceRefused, match="WR"):
        bench.driver.configure()
    bench.say("/1 1 home")
    bench.driver.configure()
    bench.driver.move_to(-5.0)
    assert bench.plant.target() == -100


def test_a_stall_is_a_fault_until_it_is_cleared():
    bench = Bench()
    bench.driver.configure()
    bench.device.warnings.add("FS")
    bench.driver.verify()
    assert bench.driver.read().fault
    with pytest.raises(DeviceRefused, match="warns of FS"):
        bench.driver.move_to(1.0)
    bench.say("/1 1 warnings clear")
    bench.driver.configure()
    assert not bench.driver.read().fault


def test_what_the_device_rejects_is_refused_with_what_to_check():
    bench = Bench()
    bench.driver.configure()
    with pytest.raises(DeviceRefused, match="too many"):
        bench.driver.move_to(1e9)
    with pytest.raises(ValueError, match="not a number"):
        bench.driver.move_to(float("nan"))
    options = ZaberAsciiOptions(um_per_count=0.05, axis=2)
    other = ZaberAscii(Loopback(bench.device, bench.clock, 5), bench.clock, options)
    with pytest.raises(DeviceRefused, match="BADAXIS"):
        other.moving()


def test_the_emulator_hears_no_other_device_and_no_damaged_command():
    bench = Bench()
    assert bench.say("/02 1 get pos") == ""
    assert bench.say("/01 1 get pos:00") == ""
    assert bench.say("/") == "@01 0 OK IDLE -- 0"
    assert bench.say("/01 1 9 nonsense") == "@01 1 9 RJ IDLE -- BADCOMMAND"


def test_it_says_that_a_move_goes_on_without_the_host():
    assert "goes on to its end" in MODEL.silent({"um_per_count": 0.05})
