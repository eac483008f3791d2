"""PyTrinamic on our module through a socket, and our driver beside it."""

# pyright: basic

import time
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from instruments.emulators.trinamic_axis import KEPT
from instruments.emulators.trinamic_tmcl import TrinamicTmclEmulator
from instruments.press.trinamic_tmcl import TrinamicTmclOptions
from instruments.registry import PRESSES
from tests.instruments.fakes import FakePress
from tests.instruments.served import on_tcp

if TYPE_CHECKING:
    from pytrinamic.connections.socket_tmcl_interface import SocketTmclInterface
    from pytrinamic.modules import TMCM1140

Bench = tuple[FakePress, "SocketTmclInterface", "TMCM1140", int]


@pytest.fixture
def bench() -> Generator[Bench]:
    from pytrinamic.connections.socket_tmcl_interface import (  # noqa: PLC0415 - a second to import
        SocketTmclInterface,
    )
    from pytrinamic.modules import TMCM1140  # noqa: PLC0415

    plant = FakePress()
    with on_tcp(TrinamicTmclEmulator(plant, TrinamicTmclOptions(um_per_count=0.05))) as port:
        line = SocketTmclInterface(f"127.0.0.1:{port}")
        yield plant, line, TMCM1140(line), port
        line.close()


def axis_parameters(module: "TMCM1140") -> dict[str, int]:
    names = vars(type(module)._MotorTypeA.AP)
    return {name: number for name, number in names.items() if not name.startswith("_")}


def test_the_version_is_read_as_text(bench: Bench):
    assert bench[1].get_version_string() == "1140V146"


def test_every_axis_parameter_of_the_module_is_read(bench: Bench):
    module = bench[2]
    motor = module.motors[0]
    numbers = axis_parameters(module)
    read = {name: motor.get_axis_parameter(number) for name, number in numbers.items()}
    assert len(read) >= 66
    assert read["MicrostepResolution"] == 8


def test_settings_are_read_back_as_written(bench: Bench):
    from pytrinamic.tmcl import TMCLReplyStatusError  # noqa: PLC0415

    motor = bench[2].motors[0]
    for number, kept in KEPT.items():
        motor.set_axis_parameter(number, kept.high)
        assert motor.get_axis_parameter(number, signed=True) == kept.high
    with pytest.raises(TMCLReplyStatusError):
        motor.set_axis_parameter(140, 9)


def test_it_is_zeroed_moved_turned_and_stopped(bench: Bench):
    plant, _, module, _ = bench
    motor = module.motors[0]
    plant.move_to(1000)
    motor.stop()
    motor.actual_position = 0
    motor.move_to(500, 200)
    assert (plant.at, motor.actual_position, motor.get_position_reached()) == (1500, 500, 1)
    motor.move_by(-700)
    assert (plant.at, motor.actual_position) == (800, -200)
    plant.slow = True
    motor.rotate(500)
    assert (motor.target_velocity, motor.actual_velocity) == (500, 500)
    motor.stop()
    assert not plant.moving()


def test_our_driver_reads_what_it_did(bench: Bench):
    _, _, module, port = bench
    module.motors[0].move_to(500)
    options = {"um_per_count": 0.05, "deadline_ms": 1000.0}
    driver, line = PRESSES["trinamic-tmcl"].connect(
        f"tcp://127.0.0.1:{port}", time.monotonic_ns, options
    )
    assert driver.identify() == ("TMCM-1140", "", "1.46")
    assert driver.read().position == 500
    line.close()
