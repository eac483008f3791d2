import math

import pytest

from instruments.options import OptionsError
from instruments.press.alicat import Alicat, AlicatOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout, WrongDevice
from instruments.registry import PRESSES
from tests.instruments.fakes import FakeClock, Transcript

HELLO = (b"AVE\r", b"A   10v05\r")
ANSWER = "A {0} {0} 10 PSIG\r"


def told(setpoint: str) -> tuple[bytes, bytes]:
    return f"ALS {setpoint}\r".encode(), ANSWER.format(f"+{setpoint}").encode()


def frame(pressure: str, setpoint: str, words: str = "") -> tuple[bytes, bytes]:
    return b"A\r", f"A +{pressure} +{setpoint}{words}\r".encode()


def press(line: Transcript, **options: object) -> Alicat:
    made = AlicatOptions(um_per_count=0.5, **options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return Alicat(line, FakeClock(), made)


def test_a_position_is_sent_as_the_pressure_of_its_counts():
    line = Transcript(HELLO, told("50.00"), told("0.00"))
    drive = press(line)
    drive.move_to(2500.0)
    drive.move_to(-30.0)
    line.done()


def test_no_bare_number_is_ever_sent():
    """`A50000` would set a share of full scale."""
    line = Transcript(HELLO, (b"ALS 50\r", b"A +50 +50 10 PSIG\r"))
    press(line, per_count=1.0, decimals=0).move_to(25.0)
    line.done()


def test_beyond_full_scale_nothing_is_sent():
    line = Transcript()
    with pytest.raises(DeviceRefused, match="full scale is 100; let the rig's travel end sooner"):
        press(line).move_to(5001.0)
    with pytest.raises(ValueError, match="nan µm is not a number"):
        press(line).move_to(math.nan)
    line.done()


def test_a_setpoint_that_the_controller_does_not_take_is_a_bad_reply():
    line = Transcript(HELLO, (b"ALS 50.00\r", b"A +48.00 +48.00 10 PSIG\r"))
    with pytest.raises(BadReply, match=r"told 50.00, and the controller says 48"):
        press(line).move_to(2500.0)


def test_a_setpoint_on_a_ramp_is_taken():
    line = Transcript(HELLO, (b"ALS 50.00\r", b"A +12.00 +50.00 10 PSIG\r"))
    press(line).move_to(2500.0)
    line.done()


def test_the_pressure_is_read_in_counts():
    line = Transcript(HELLO, frame("049.95", "050.00"))
    reading = press(line).read()
    assert reading[:4] == (4995, False, False, False)
    assert math.isnan(reading.temperature_c)
    line.done()


@pytest.mark.parametrize(("words", "fault"), [(" HLD", True), (" POV", True), (" LCK", False)])
def test_status_words_that_say_that_it_does_not_control_are_faults(words: str, fault: bool):
    line = Transcript(HELLO, frame("049.95", "050.00", words))
    assert press(line).read().fault is fault


def test_a_pressure_beyond_all_counts_is_a_bad_reply():
    line = Transcript(HELLO, frame("99999999999999999999", "050.00"))
    with pytest.raises(BadReply, match=r"1e\+20 is beyond 32 bits"):
        press(line).read()


def test_stopping_keeps_the_pressure_that_there_is_and_only_once_looks_for_it():
    line = Transcript(HELLO, frame("012.34", "050.00"), told("12.34"), told("12.34"))
    drive = press(line)
    drive.stop()
    drive.stop()
    line.done()


def test_it_moves_while_the_pressure_is_not_the_setpoint():
    line = Transcript(HELLO, frame("049.00", "050.00"), frame("049.95", "050.00"))
    drive = press(line)
    assert drive.moving()
    assert not drive.moving()


def test_a_controller_that_lost_its_setpoint_is_a_fault_and_is_told_to_move_no_more():
    lost = (b"ALS\r", b"A +0.00 +0.00 10 PSIG\r")
    line = Transcript(
        HELLO, told("50.00"),
        frame("049.95", "050.00"), (b"ALS\r", b"A +50.00 +50.00 10 PSIG\r"),
        frame("000.00", "000.00"), lost, lost,
    )  # fmt: skip
    drive = press(line, verify_every=1)
    drive.move_to(2500.0)
    assert not drive.read().fault
    assert drive.read().fault
    with pytest.raises(DeviceRefused, match="reset, or set by hand"):
        drive.move_to(2500.0)
    line.done()


def test_one_damaged_answer_is_no_loss():
    damaged = (b"ALS\r", b"A +51.00 +51.00 10 PSIG\r")
    line = Transcript(HELLO, told("50.00"), damaged, (b"ALS\r", told("50.00")[1]))
    drive = press(line)
    drive.move_to(2500.0)
    drive.verify()
    line.expect(told("40.00"))
    drive.move_to(2000.0)
    line.done()


def test_it_is_set_up_without_changing_the_pressure():
    line = Transcript(
        HELLO, frame("049.95", "050.00"), (b"ALS\r", told("50.00")[1]),
        frame("049.95", "050.00"), (b"ALS\r", told("50.00")[1]),
    )  # fmt: skip
    drive = press(line, verify_every=1)
    drive.configure()
    assert not drive.read().fault
    line.done()


def test_it_is_identified_by_model_serial_number_and_firmware():
    line = Transcript(
        HELLO, HELLO, frame("049.95", "050.00"),
        (b"A??M*\r", b"A  M04 Model Number PCD-100PSIG-D\rA  M05 Serial Number 521641\rA  M09 x\r"),
    )  # fmt: skip
    assert press(line).identify() == ("PCD-100PSIG-D", "521641", "10v05")
    line.done()


def test_old_firmware_and_flow_controllers_are_the_wrong_device():
    old = (b"AVE\r", b"A   6v12\r")
    with pytest.raises(WrongDevice, match="firmware 6v12 has no LS"):
        press(Transcript(old, old)).identify()
    flow = (b"A\r", b"A +014.70 +025.00 +010.00 +010.00 +010.00 Air\r")
    with pytest.raises(BadReply, match="flow controller"):
        press(Transcript(HELLO, HELLO, flow)).identify()


def test_a_refusal_is_told_with_its_command():
    with pytest.raises(DeviceRefused, match=r"refused 'LS 50\.00'"):
        press(Transcript(HELLO, (b"ALS 50.00\r", b"?\r"))).move_to(2500.0)


def test_after_silence_late_frames_are_stepped_over():
    line = Transcript(
        HELLO, (b"A\r", b""), (b"AVE\r", b"A +011.11 +050.00\rA   10v05\r"),
        frame("022.22", "050.00"),
    )  # fmt: skip
    drive = press(line)
    with pytest.raises(ReplyTimeout):
        drive.read()
    assert drive.read().position == 2222


def test_a_count_that_a_setpoint_cannot_say_is_a_mistake():
    with pytest.raises(OptionsError, match="write more decimals"):
        PRESSES["alicat"].check({"um_per_count": 0.5, "per_count": 0.001})


def test_a_travel_beyond_full_scale_is_a_mistake():
    with pytest.raises(OptionsError, match="a setpoint of 20, and full_scale is 10"):
        PRESSES["alicat"].check(
            {"um_per_count": 0.5, "travel_um": (0.0, 1000.0), "full_scale": 10.0}
        )
