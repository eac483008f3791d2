"""Answers are those of a real pump, from a capture of the EPICS module SyringePump."""

import math
import struct

import pytest

from instruments.codecs import mbap, modbus
from instruments.options import OptionsError
from instruments.press.isco_d import IscoD, IscoDOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from instruments.registry import PRESSES
from tests.instruments.fakes import FakeClock, Transcript

REGISTERS = bytes.fromhex(  # 0 to 99
    "43480000 43af0000 41a00000 41a00000 43480000 41a00000 3dcccccd 3dcccccd 38d1b717 38d1b717"
    "40400000 38d1b717 42200000 42200000 42d60000 42d60000 469c4000 469c4000 466a6000 466a6000"
    "41200000 41200000 41a00000 41a00000 41f00000 41f00000 42d60000 42d60000 3a83126f 3a83126f"
    "3a83126f 3a83126f 3f800000 3f800000 42d60000 42d60000 434a0000 00000000 4197a55b 43ce8000"
    "00000000 421d6b68 c4150000 00000000 43850700 c4588000 00000000 43850700 00000000 434a0000"
)
COILS = bytes.fromhex("015a420000 40c03f4003 8031002008 0c033c")  # 0 to 141
ABOUT = bytes.fromhex("41100000"), bytes.fromhex("40000000 3de147ae 399d4952")  # 232, and 240
Exchange = tuple[bytes, bytes]


class Capture:
    """Exchanges in order, each under the next transaction."""

    def __init__(self) -> None:
        self._transaction = 0
        self.line = Transcript()

    def asks(self, request: bytes, answer: bytes) -> "Capture":
        self._transaction += 1
        frames = (mbap.mbap_frame(self._transaction, 1, pdu) for pdu in (request, answer))
        first, second = frames
        self.line.expect((first, second if answer else b""))
        return self

    def registers(self, at: int, data: bytes) -> "Capture":
        request = modbus.read_request(at, len(data) // 2)
        return self.asks(request, bytes((modbus.READ, len(data))) + data)

    def floats(self, at: int, *values: float) -> "Capture":
        return self.registers(at, struct.pack(f">{len(values)}f", *values))

    def captured(self, at: int) -> "Capture":
        return self.registers(at, REGISTERS[2 * at : 2 * at + 4])

    def coils(self, at: int, count: int, **now: bool) -> "Capture":
        bits = int.from_bytes(COILS, "little")
        coils = [bool(bits >> i & 1) for i in range(at, at + count)]
        for name, on in now.items():
            coils[int(name.removeprefix("c")) - at] = on
        return self.asks(modbus.read_coils_request(at, count), modbus.coils_reply(coils))

    def switches(self, at: int, *, on: bool) -> "Capture":
        request = modbus.write_coil_request(at, on=on)
        return self.asks(request, request)

    def sets(self, setpoint: float) -> "Capture":
        words = struct.unpack(">2H", struct.pack(">f", setpoint))
        request = modbus.write_many_request(0, words)
        return self.asks(request, modbus.write_reply(request))


def press(capture: Capture, **options: object) -> IscoD:
    made = IscoDOptions(um_per_count=0.05, **options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return IscoD(capture.line, FakeClock(), made)


def test_requests_and_answers_are_the_captured_bytes():
    first = mbap.mbap_frame(2, 1, modbus.read_request(0, 100))
    assert first == bytes.fromhex("00 02 00 00 00 06 01 03 00 00 00 64")
    psi = mbap.mbap_frame(7, 1, modbus.write_coil_request(87, on=True))
    assert psi == bytes.fromhex("00 07 00 00 00 06 01 05 00 57 FF 00")
    coils = modbus.coils(bytes((1, 18)) + COILS, 142)
    assert [at for at in (0, 9, 46, 47, 84, 85, 86, 87, 109, 110, 114) if coils[at]] == [
        0, 9, 46, 87, 109,
    ]  # fmt: skip
    assert modbus.coils_reply(coils) == bytes((1, 18)) + COILS


def test_the_captured_pump_is_identified():
    capture = Capture().registers(232, ABOUT[0]).registers(240, ABOUT[1])
    assert press(capture).identify() == ("ISCO pump type 9", "", "2.1103")
    capture.line.done()


def test_the_captured_pump_is_set_up_and_read():
    capture = Capture().coils(84, 4).coils(0, 10).switches(47, on=True).switches(9, on=True)
    capture.captured(72).coils(109, 6).captured(72).coils(109, 6)
    drive = press(capture)
    drive.configure()
    reading = drive.read()
    assert reading[:4] == (202, False, False, False)
    drive.read()


def test_a_pump_in_another_unit_of_pressure_is_refused():
    with pytest.raises(DeviceRefused, match="unit of pressure is psi, and the rig says bar"):
        press(Capture().coils(84, 4), pressure_unit="bar").configure()


def test_a_pump_that_runs_at_constant_flow_is_not_set_up():
    capture = Capture().coils(84, 4).coils(0, 10, c0=True, c9=False)
    with pytest.raises(DeviceRefused, match="runs, and not at constant pressure"):
        press(capture).configure()
    capture.line.done()


def test_a_pump_that_stands_is_set_up_whatever_its_mode_is():
    capture = Capture().coils(84, 4).coils(0, 10, c0=False, c9=False)
    capture.switches(47, on=True).switches(9, on=True)
    press(capture).configure()
    capture.line.done()


def test_a_move_sets_the_pressure_and_then_runs_and_a_stop_stops_the_motor():
    capture = Capture().sets(250.0).switches(0, on=True).switches(0, on=False)
    drive = press(capture)
    drive.move_to(12.5)
    drive.stop()
    capture.line.done()


def test_beyond_full_scale_nothing_is_sent_and_below_nothing_it_is_unloaded():
    capture = Capture().sets(0.0).switches(0, on=True)
    drive = press(capture)
    with pytest.raises(DeviceRefused, match="full_scale is 10000"):
        drive.move_to(501.0)
    with pytest.raises(ValueError, match="not a number"):
        drive.move_to(math.inf)
    drive.move_to(-5.0)
    capture.line.done()


@pytest.mark.parametrize(
    ("coil", "on", "seen"),
    [
        ("c109", False, (True, False, False)),
        ("c110", True, (False, False, True)),
        ("c111", True, (False, True, False)),
        ("c112", True, (True, False, False)),
        ("c113", True, (False, False, False)),
        ("c114", True, (True, False, False)),
    ],
)
def test_alarms_are_faults_and_ends(coil: str, on: bool, seen: tuple[bool, ...]):
    capture = Capture().captured(72).coils(109, 6, **{coil: on})
    assert press(capture).read()[1:4] == seen


def test_a_pump_that_was_stopped_by_hand_is_a_fault_and_moves_no_more():
    capture = Capture().sets(200.0).switches(0, on=True)
    capture.captured(72).coils(109, 6).coils(0, 10, c0=False).coils(0, 10, c0=False).captured(0)
    drive = press(capture)
    drive.move_to(10.0)
    assert drive.read().fault
    with pytest.raises(DeviceRefused, match="does not run as commanded"):
        drive.move_to(10.0)
    capture.switches(0, on=False)
    drive.stop()
    capture.line.done()


def test_another_setpoint_is_a_loss_and_one_damaged_answer_is_none():
    capture = Capture().sets(200.0).switches(0, on=True)
    capture.coils(0, 10).floats(0, 300.0).captured(0)
    drive = press(capture)
    drive.move_to(10.0)
    drive.verify()
    capture.coils(0, 10).floats(0, 300.0).floats(0, 300.0)
    drive.verify()
    with pytest.raises(DeviceRefused, match="has not the setpoint of 200"):
        drive.move_to(10.0)


def test_it_moves_while_it_runs_and_is_not_at_its_setpoint():
    capture = Capture().coils(0, 1).captured(0).captured(72)
    capture.coils(0, 1).floats(0, 400.0).captured(72).coils(0, 1, c0=False)
    drive = press(capture)
    assert [drive.moving() for _ in range(3)] == [False, True, False]


def test_what_is_no_number_is_a_bad_reply_and_an_exception_a_refusal():
    with pytest.raises(BadReply, match="register 72 is no number"):
        press(Capture().floats(72, math.nan)).read()
    refused = Capture().asks(modbus.read_request(72, 2), modbus.refusal(modbus.READ, 2))
    with pytest.raises(DeviceRefused, match=r"exception 2 \(illegal data address\)"):
        press(refused).read()


def test_a_pressure_beyond_all_counts_is_a_bad_reply():
    capture = Capture().floats(72, 1e30).coils(109, 6)
    with pytest.raises(BadReply, match=r"1e\+30 is beyond 32 bits"):
        press(capture).read()


def test_a_late_answer_has_another_transaction_and_is_stepped_over():
    capture = Capture().asks(modbus.read_request(72, 2), b"")
    drive = press(capture)
    with pytest.raises(ReplyTimeout):
        drive.read()
    late = mbap.mbap_frame(1, 1, bytes((3, 4)) + struct.pack(">f", 999.0))
    right = mbap.mbap_frame(2, 1, bytes((3, 4)) + struct.pack(">f", 202.0))
    capture.line.expect((mbap.mbap_frame(2, 1, modbus.read_request(72, 2)), late + right))
    capture._transaction = 2  # pyright: ignore[reportPrivateUsage]
    capture.coils(109, 6)
    assert drive.read().position == 202


def test_a_travel_beyond_full_scale_is_a_mistake():
    options = {"um_per_count": 0.05, "travel_um": (0.0, 1000.0)}
    with pytest.raises(OptionsError, match="20000 psi, and full_scale is 10000"):
        PRESSES["isco-d"].check(options)
