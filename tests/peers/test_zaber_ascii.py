"""Zaber's own library on our emulated device: it makes and checks the sums of every line."""

# pyright: basic
import pytest

from instruments.emulators.zaber_ascii import ZaberAsciiEmulator
from instruments.press.zaber_ascii import ZaberAscii, ZaberAsciiOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakePress
from tests.instruments.served import on_tcp

OPTIONS = ZaberAsciiOptions(um_per_count=0.05)


def test_zaber_motion_moves_stops_and_reads_and_sees_the_warnings():
    from zaber_motion.ascii import Connection  # noqa: PLC0415 - a second to import
    from zaber_motion.exceptions import CommandFailedException  # noqa: PLC0415

    plant = FakePress()
    emulator = ZaberAsciiEmulator(plant, OPTIONS)
    with on_tcp(emulator) as port, Connection.open_tcp("127.0.0.1", port) as connection:
        connection.checksum_enabled = True
        assert len(connection.detect_devices(identify_devices=False)) == 1
        device = connection.get_device(1)
        assert device.generic_command("get system.serial").data == "68412"
        axis = device.get_axis(1)
        axis.move_absolute(1234, wait_until_idle=False)
        assert plant.target() == 1234
        axis.stop(wait_until_idle=False)
        assert axis.get_position() == plant.position()
        emulator.reset()
        assert axis.warnings.get_flags() == {"WR"}
        with pytest.raises(CommandFailedException, match="BADDATA"):
            axis.generic_command("move abs 5")
        axis.generic_command("home")
        assert axis.warnings.get_flags() == set()


def test_a_device_that_our_driver_has_set_up_serves_zaber_motion_with_check_sums():
    from zaber_motion.ascii import Connection  # noqa: PLC0415 - a second to import

    plant, clock = FakePress(), FakeClock()
    emulator = ZaberAsciiEmulator(plant, OPTIONS)
    driver = ZaberAscii(Loopback(emulator, clock, 5), clock, OPTIONS)
    driver.configure()
    driver.move_to(20.0)
    with on_tcp(emulator) as port, Connection.open_tcp("127.0.0.1", port) as connection:
        device = connection.get_device(1)
        assert device.generic_command("get comm.checksum").data == "1"
        assert device.get_axis(1).get_position() == plant.position()
        device.get_axis(1).stop(wait_until_idle=False)
    assert not driver.moving()
