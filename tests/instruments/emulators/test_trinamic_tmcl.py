import pytest

from instruments.codecs import tmcl
from instruments.codecs.tmcl import Axis, Command
from instruments.emulators.trinamic_tmcl import TrinamicTmclEmulator
from instruments.press.trinamic_tmcl import TrinamicTmcl, TrinamicTmclOptions
from instruments.protocols import DeviceRefused
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import MS, FakeClock, FakePress

OPTIONS = TrinamicTmclOptions(um_per_count=0.05, heartbeat_ms=200, temperature_port=0)


class Rig:
    def __init__(self) -> None:
        self.plant, self.clock = FakePress(), FakeClock()
        self.module = TrinamicTmclEmulator(self.plant, OPTIONS)
        self.driver = TrinamicTmcl(Loopback(self.module, self.clock, 4), self.clock, OPTIONS)

    def ask(self, command: int, kind: int = 0, motor: int = 0, value: int = 0) -> tuple[int, int]:
        data = self.module.receive(
            tmcl.frame(tmcl.Request(1, command, kind, motor, value)), self.clock()
        )
        reply = tmcl.parse_reply(data)
        return reply.status, reply.value


def test_the_manuals_position_query_is_answered_to_the_byte():
    rig = Rig()
    rig.plant.move_to(51200)
    sent = bytes.fromhex("010601000000000008")
    assert rig.module.receive(sent, 0) == bytes.fromhex("020164060000C80035")


def test_the_driver_moves_reads_and_stops_the_plant():
    rig = Rig()
    rig.driver.configure()
    rig.driver.move_to(-12.5)
    reading = rig.driver.read()
    assert reading.position == rig.plant.to == -250
    assert reading.temperature_c == pytest.approx(25.0)
    stops = rig.plant.stops
    rig.driver.stop()
    assert rig.plant.stops > stops


def test_end_stops_and_faults_reach_the_reading():
    rig = Rig()
    rig.plant.high = True
    rig.module.faults[Axis.STATUS] = 0b10
    reading = rig.driver.read()
    assert reading.end_high
    assert not reading.end_low
    assert reading.fault


def test_a_silent_host_stops_the_motor_once():
    rig = Rig()
    rig.driver.configure()
    rig.plant.slow = True
    rig.driver.move_to(100.0)
    stops = rig.plant.stops
    for _ in range(50):
        rig.clock.advance_ms(10)
        rig.module.tick(rig.clock())
    assert rig.plant.stops == stops + 1
    assert rig.module.heartbeat_stops == 1


def test_traffic_feeds_the_heartbeat():
    rig = Rig()
    rig.driver.configure()
    rig.plant.slow = True
    rig.driver.move_to(100.0)
    for _ in range(50):
        rig.clock.advance_ms(150)
        rig.driver.read()
    assert rig.module.heartbeat_stops == 0


def test_frames_to_another_module_feed_no_heartbeat_and_get_no_answer():
    rig = Rig()
    rig.driver.configure()
    rig.plant.slow = True
    rig.driver.move_to(100.0)
    other = tmcl.frame(tmcl.Request(9, Command.GAP, 1, 0, 0))
    for _ in range(5):
        rig.clock.advance_ms(150)
        assert rig.module.receive(other, rig.clock()) == b""
    assert rig.module.heartbeat_stops == 1


def test_the_silence_is_noticed_when_the_host_comes_back_too():
    rig = Rig()
    rig.driver.configure()
    rig.driver.move_to(100.0)
    rig.clock.advance_ms(201)
    rig.driver.read()
    assert rig.module.heartbeat_stops == 1


def test_a_wrong_checksum_is_answered_with_status_1():
    frame = tmcl.frame(tmcl.Request(1, Command.MST, 0, 0, 0))
    reply = tmcl.parse_reply(Rig().module.receive(frame[:-1] + b"\xff", 0))
    assert reply.status == tmcl.CHECKSUM


@pytest.mark.parametrize(
    ("command", "kind", "motor", "value", "status"),
    [
        (77, 0, 0, 0, tmcl.BAD_COMMAND),
        (Command.GAP, 250, 0, 0, tmcl.BAD_TYPE),
        (Command.SAP, 250, 0, 0, tmcl.BAD_TYPE),
        (Command.SAP, 4, 0, -1, tmcl.BAD_VALUE),
        (Command.GAP, 1, 3, 0, tmcl.BAD_VALUE),
        (Command.MST, 0, 3, 0, tmcl.BAD_VALUE),
        (Command.MVP, 7, 0, 0, tmcl.BAD_TYPE),
        (Command.MVP, 0, 3, 0, tmcl.BAD_VALUE),
        (Command.SGP, 68, 0, -1, tmcl.BAD_VALUE),
        (Command.SGP, 5, 0, 1, tmcl.BAD_TYPE),
        (Command.GGP, 5, 0, 0, tmcl.BAD_TYPE),
        (Command.SGP, 56, 2, 1, tmcl.BAD_TYPE),
        (Command.GGP, 56, 2, 0, tmcl.BAD_TYPE),
        (Command.GIO, 0, 7, 0, tmcl.BAD_VALUE),
        (Command.SAP, Axis.REACHED, 0, 1, tmcl.BAD_TYPE),
        (Command.SAP, 140, 0, 9, tmcl.BAD_VALUE),
        (Command.SAP, 140, 3, 1, tmcl.BAD_VALUE),
        (Command.VERSION, 7, 0, 0, tmcl.BAD_TYPE),
    ],
)
def test_what_the_module_does_not_know_is_refused(
    command: int, kind: int, motor: int, value: int, status: int
):
    assert Rig().ask(command, kind, motor, value)[0] == status


def test_axis_parameters_show_the_motion():
    rig = Rig()
    rig.plant.slow = True
    rig.ask(Command.SAP, Axis.TARGET, 0, 500)
    rig.ask(Command.SAP, Axis.MAX_SPEED, 0, 321)
    shown = {kind: rig.ask(Command.GAP, kind)[1] for kind in (0, 1, 3, 4, 8, 206, 209)}
    assert shown == {0: 500, 1: 0, 3: 321, 4: 321, 8: 0, 206: 0, 209: 0}
    rig.plant.slow = False
    rig.ask(Command.MVP, 1, 0, -600)
    assert rig.ask(Command.GAP, Axis.POSITION) == (tmcl.OK, -100)
    assert rig.ask(Command.GAP, Axis.REACHED) == (tmcl.OK, 1)


def test_the_version_as_text_has_no_checksum():
    sent = tmcl.frame(tmcl.Request(1, Command.VERSION, 0, 0, 0))
    assert Rig().module.receive(sent, 0) == b"\x021140V146"


def test_a_stopped_drive_is_zeroed_where_it_stands():
    rig = Rig()
    rig.plant.move_to(1000)
    rig.ask(Command.MST)
    assert rig.ask(Command.SAP, Axis.POSITION, 0, 0) == (tmcl.OK, 0)
    assert rig.ask(Command.GAP, Axis.POSITION) == (tmcl.OK, 0)
    assert rig.plant.to == 1000
    rig.ask(Command.MVP, value=5)
    assert rig.plant.to == 1005


def test_a_drive_that_keeps_a_target_goes_to_it_by_the_new_count():
    rig = Rig()
    rig.ask(Command.MVP, value=1000)
    rig.ask(Command.SAP, Axis.POSITION, 0, 0)
    assert rig.plant.to == 2000
    assert rig.ask(Command.GAP, Axis.POSITION) == (tmcl.OK, 1000)


def test_what_rotates_shows_the_speed_that_it_was_given():
    rig = Rig()
    rig.plant.slow = True
    rig.ask(Command.ROL, value=500)
    assert rig.ask(Command.GAP, Axis.TARGET_SPEED) == (tmcl.OK, -500)
    assert rig.ask(Command.GAP, Axis.SPEED) == (tmcl.OK, -500)
    rig.ask(Command.SAP, Axis.TARGET_SPEED, 0, 70)
    assert rig.plant.to == tmcl.INT32_MAX
    assert rig.ask(Command.GAP, Axis.TARGET_SPEED) == (tmcl.OK, 70)
    rig.ask(Command.MST)
    assert rig.ask(Command.GAP, Axis.TARGET_SPEED) == (tmcl.OK, 0)


def test_rotating_goes_on_until_it_is_stopped():
    rig = Rig()
    rig.plant.slow = True
    rig.ask(Command.ROR, value=500)
    assert rig.plant.to == tmcl.INT32_MAX
    rig.ask(Command.ROL, value=500)
    assert rig.plant.to == tmcl.INT32_MIN
    rig.ask(Command.ROL, value=0)
    assert not rig.plant.moving()


def test_half_a_frame_is_forgotten_after_a_silence():
    rig = Rig()
    rig.module.receive(b"\x01\x06\x01", rig.clock())
    rig.clock.advance_ms(tmcl.GAP_NS / MS + 1)
    assert rig.ask(Command.GAP, Axis.POSITION) == (tmcl.OK, 0)


def test_a_reset_keeps_the_heartbeat_and_the_driver_sees_it_by_its_mark():
    rig = Rig()
    rig.driver.configure()
    rig.driver.move_to(50.0)
    assert rig.driver.read().position == 1000
    rig.module.reset()
    assert rig.ask(Command.GAP, Axis.POSITION) == (tmcl.OK, 0)
    assert rig.ask(Command.GGP, tmcl.HEARTBEAT) == (tmcl.OK, 200)
    readings = [rig.driver.read() for _ in range(9)]
    assert readings[0].position == 0
    assert readings[-1].fault
    with pytest.raises(DeviceRefused, match="GGP 55 is 0"):
        rig.driver.move_to(50.0)


def test_another_process_sees_the_reset_too():
    rig = Rig()
    rig.driver.configure()
    rig.module.reset()
    other = TrinamicTmcl(Loopback(rig.module, rig.clock, 4), rig.clock, OPTIONS)
    other.verify()
    with pytest.raises(DeviceRefused, match="was reset"):
        other.move_to(50.0)


def test_runs_write_the_eeprom_only_where_the_heartbeat_is_another():
    rig = Rig()
    for _ in range(3):
        rig.driver.configure()
        rig.module.reset()
    assert rig.module.saves == 1


def test_after_a_reset_positions_count_from_where_the_press_stood():
    rig = Rig()
    rig.plant.move_to(1000)
    rig.module.reset()
    assert rig.ask(Command.MVP, value=-200) == (tmcl.OK, -200)
    assert rig.plant.to == 800
    assert rig.ask(Command.GAP, Axis.TARGET) == (tmcl.OK, -200)
