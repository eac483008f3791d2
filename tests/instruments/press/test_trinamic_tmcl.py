import math
from typing import Any

import pytest

from instruments.codecs import tmcl
from instruments.codecs.tmcl import Axis, Command
from instruments.press.trinamic_tmcl import MARK, TrinamicTmcl, TrinamicTmclOptions
from instruments.protocols import BadReply, DeviceRefused, ReplyTimeout
from instruments.registry import PRESSES
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress, Transcript

Exchange = tuple[bytes, bytes]


def exchange(
    command: int, kind: int, value: int, answer: int, status: int = tmcl.OK, motor: int = 0
) -> Exchange:
    return (
        tmcl.frame(tmcl.Request(1, command, kind, motor, value)),
        tmcl.frame(tmcl.Reply(2, 1, status, command, answer)),
    )


def asked(kind: int, answer: int) -> Exchange:
    return exchange(Command.GAP, kind, 0, answer)


PROBE = exchange(Command.VERSION, 1, 0, 0x0474_012E)
FLAGS = [asked(Axis.END_LEFT, 0), asked(Axis.END_RIGHT, 0), asked(208, 0), asked(207, 0)]


def press(line: Transcript, **options: object) -> TrinamicTmcl:
    made = TrinamicTmclOptions(um_per_count=0.05, **options)  # pyright: ignore[reportArgumentType] (a mapping of any option)
    return TrinamicTmcl(line, FakeClock(), made)


def test_a_move_is_sent_in_counts_as_the_manual_frames_it():
    sent = bytes.fromhex("010400000000C800CD")
    move = (sent, tmcl.frame(tmcl.Reply(2, 1, tmcl.OK, Command.MVP, 51200)))
    line = Transcript(PROBE, move)
    press(line).move_to(2560.0)
    line.done()


@pytest.mark.parametrize("position_um", [math.nan, math.inf, -math.inf, 2e8])
def test_a_move_that_no_drive_can_make_is_not_sent(position_um: float):
    line = Transcript()
    with pytest.raises(ValueError, match="press position"):
        press(line).move_to(position_um)


def test_a_first_read_asks_for_everything_and_later_ones_take_turns():
    line = Transcript(
        PROBE,
        asked(Axis.POSITION, 100), *FLAGS, asked(Axis.END_LEFT, 0),
        asked(Axis.POSITION, 101), asked(Axis.END_RIGHT, 1),
        asked(Axis.POSITION, 102), asked(208, 0),
        asked(Axis.POSITION, 103), asked(Axis.END_LEFT, 1),
        asked(Axis.POSITION, 104), asked(Axis.END_RIGHT, 0),
        asked(Axis.POSITION, 105), asked(207, 1),
    )  # fmt: skip
    drive = press(line)
    readings = [drive.read() for _ in range(6)]
    line.done()
    assert [r.position for r in readings] == [100, 101, 102, 103, 104, 105]
    assert [r.end_high for r in readings] == [False, True, True, True, False, False]
    assert [r.end_low for r in readings] == [False, False, False, True, True, True]
    assert [r.fault for r in readings] == [False, False, False, False, False, True]
    assert all(math.isnan(r.temperature_c) for r in readings)


def test_standstill_and_open_load_are_no_faults_and_a_short_is():
    flags = [*FLAGS[:2], asked(208, 0b1110_0000), FLAGS[3]]
    line = Transcript(PROBE, asked(1, 0), *flags, FLAGS[0], asked(1, 0), FLAGS[1], asked(1, 0),
                      asked(208, 0b0000_1000))  # fmt: skip
    drive = press(line)
    assert [drive.read().fault for _ in range(3)] == [False, False, True]


def test_temperature_is_read_now_and_then_and_scaled():
    raw = exchange(Command.GIO, 1, 0, 731, motor=1)
    line = Transcript(PROBE, asked(1, 0), *FLAGS, raw, asked(1, 0), FLAGS[0], asked(1, 0), raw)
    drive = press(
        line, temperature_port=1, temperature_every=2, temperature_scale_k=0.05,
        temperature_offset_c=-10.0,
    )  # fmt: skip
    readings = [drive.read().temperature_c for _ in range(3)]
    assert readings[0] == readings[2] == pytest.approx(26.55)
    assert math.isnan(readings[1])


@pytest.mark.parametrize("every", [1, 2, 3, 4, 6, 10])
@pytest.mark.parametrize("settings", [{}, {"max_speed": 500}, {"mark_variable": None}])
def test_whatever_its_turns_the_temperature_takes_none_of_the_flags(
    every: int, settings: dict[str, Any]
):
    model, clock, plant = PRESSES["trinamic-tmcl"], FakeClock(), FakePress()
    options = {"um_per_count": 1.0, "temperature_port": 0, "temperature_every": every} | settings
    emulator: Any = model.emulator(plant, options | {"heartbeat_ms": 0})
    drive = model.driver(Loopback(emulator, clock), clock, options | {"heartbeat_ms": 0})
    drive.configure()
    assert not drive.read().fault
    plant.low = plant.high = True
    emulator.faults[Axis.STATUS] = 2
    seen = [drive.read() for _ in range(25)][-1]
    assert (seen.end_low, seen.end_high, seen.fault) == (True, True, True)


STOP = exchange(Command.MST, 0, 0, 0)
BEGIN = [(STOP[0], b""), PROBE, STOP]


def heartbeat(answer: int, status: int = tmcl.OK) -> Exchange:
    return exchange(Command.GGP, 68, 0, answer, status)


def mark(answer: int = MARK) -> Exchange:
    return exchange(Command.GGP, 55, 0, answer, motor=2)


def marked(answer: int = MARK) -> Exchange:
    return exchange(Command.SGP, 55, MARK, answer, motor=2)


def test_configuring_stops_the_motor_and_sets_speed_heartbeat_and_mark():
    line = Transcript(
        *BEGIN,
        exchange(Command.SAP, Axis.MAX_SPEED, 700, 700),
        heartbeat(0),
        exchange(Command.SGP, 68, 300, 300),
        heartbeat(300),
        marked(),
        mark(),
    )
    press(line, max_speed=700, heartbeat_ms=300).configure()
    line.done()


def test_a_heartbeat_that_the_eeprom_has_already_is_not_written_again():
    line = Transcript(*BEGIN, heartbeat(200), marked(), mark())
    press(line).configure()
    line.done()


def test_a_module_without_a_heartbeat_is_set_up_where_the_rig_wants_none():
    line = Transcript(*BEGIN, heartbeat(0, tmcl.BAD_TYPE), PROBE, marked(), mark())
    press(line, heartbeat_ms=0).configure()
    line.done()
    with pytest.raises(DeviceRefused, match="GGP 68: status 3"):
        press(Transcript(*BEGIN, heartbeat(0, tmcl.BAD_TYPE))).configure()


def test_a_heartbeat_that_was_not_taken_is_an_error():
    line = Transcript(*BEGIN, heartbeat(0), exchange(Command.SGP, 68, 200, 200), heartbeat(0))
    with pytest.raises(BadReply, match="heartbeat"):
        press(line).configure()


def test_a_mark_that_was_not_taken_is_an_error():
    line = Transcript(*BEGIN, heartbeat(200), marked(), mark(7))
    with pytest.raises(BadReply, match="user variable 55 is 7"):
        press(line).configure()


@pytest.mark.parametrize(("status", "name"), list(tmcl.STATUS_NAMES.items())[1:])
def test_a_refusal_is_named(status: int, name: str):
    line = Transcript(PROBE, exchange(Command.MVP, 0, 20, 0, status))
    with pytest.raises(DeviceRefused, match=f"MVP: status {status} .{name}"):
        press(line).move_to(1.0)


def test_identity_names_the_module_and_its_firmware():
    identity = press(Transcript(PROBE, PROBE)).identify()
    assert identity == ("TMCM-1140", "", "1.46")


def test_on_a_line_out_of_step_stop_is_sent_before_anything_else():
    stop = exchange(Command.MST, 0, 0, 0)
    line = Transcript(PROBE, (asked(1, 0)[0], b""), (stop[0], b""), PROBE, stop)
    drive = press(line)
    with pytest.raises(ReplyTimeout):
        drive.read()
    drive.stop()
    line.done()


def test_a_doubled_answer_is_refused_and_the_line_probed():
    position = asked(Axis.POSITION, 5)
    line = Transcript(PROBE, (position[0], position[1] * 2), PROBE, asked(1, 6), *FLAGS, FLAGS[0])
    drive = press(line)
    with pytest.raises(BadReply, match="bytes after the answer"):
        drive.read()
    assert drive.read().position == 6


def test_the_mark_takes_its_turn_and_a_module_that_lost_it_is_a_fault_and_is_not_moved():
    line = Transcript(PROBE, mark(), asked(1, 7), *FLAGS, mark(), FLAGS[0])
    drive = press(line, heartbeat_ms=0)
    drive.verify()
    assert not drive.read().fault
    line.done()
    turns = [FLAGS[1], FLAGS[2], FLAGS[0], FLAGS[1], FLAGS[3], FLAGS[0], FLAGS[1]]
    exchanges = [one for turn in turns for one in (asked(1, 0), turn)]
    line.expect(*exchanges, asked(1, 0), mark(0), mark(0))
    readings = [drive.read() for _ in range(8)]
    assert [r.fault for r in readings] == [False] * 7 + [True]
    with pytest.raises(DeviceRefused, match=f"reset: GGP 55 is 0, and was set to {MARK}"):
        drive.move_to(1.0)
    line.done()


def test_a_heartbeat_that_somebody_set_is_a_fault_as_well():
    line = Transcript(PROBE, mark(), heartbeat(0), heartbeat(0))
    drive = press(line)
    drive.verify()
    with pytest.raises(DeviceRefused, match="GGP 68 is 0, and was set to 200"):
        drive.move_to(1.0)


def test_one_wrong_setting_that_is_right_when_asked_again_is_no_reset():
    line = Transcript(PROBE, mark(0), mark(), asked(1, 7), *FLAGS, mark(), FLAGS[0])
    drive = press(line, heartbeat_ms=0)
    drive.verify()
    assert not drive.read().fault


def test_a_stop_reaches_a_module_that_was_reset():
    line = Transcript(PROBE, mark(0), mark(0), STOP)
    drive = press(line, heartbeat_ms=0)
    drive.verify()
    drive.stop()
    line.done()


@pytest.mark.parametrize(("speed", "moves"), [(0, False), (700, True), (-1, True)])
def test_a_drive_moves_while_its_own_speed_is_not_zero(speed: int, moves: bool):
    assert press(Transcript(PROBE, asked(Axis.SPEED, speed))).moving() == moves
