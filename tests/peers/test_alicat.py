"""The package `alicat` (GPL, of these tests alone) on our controller, on a pty and on TCP."""

# pyright: basic
import asyncio
from typing import Any

from alicat.driver import FlowController

from instruments.emulators.alicat import AlicatEmulator
from instruments.press.alicat import AlicatOptions
from instruments.serve import Pace
from tests.instruments.fakes import FakePress
from tests.instruments.served import on_pty, on_tcp


async def press(address: str, plant: FakePress) -> dict[str, Any]:
    async with FlowController(address, timeout=2.0) as peer:
        peer.keys = ["pressure", "setpoint"]  # its own are those of a flow controller
        assert (await peer.get())["control_point"] == "gauge pressure"
        assert "10v05" in await peer.get_firmware()
        await peer.set_pressure(12.5)
        assert plant.to == 1250
        await peer.hold()
        await peer.set_pressure(20.0)
        assert plant.to == 1250
        await peer.cancel_hold()
        assert plant.to == 2000
        state = await peer.get()
        peer.hw.writer.close()
    return state


def emulator(plant: FakePress) -> AlicatEmulator:
    return AlicatEmulator(plant, AlicatOptions(um_per_count=0.5))


def test_it_presses_holds_and_reads_on_a_serial_line():
    plant = FakePress()
    with on_pty(emulator(plant), Pace(19200)) as path:
        state = asyncio.run(press(path, plant))
    assert (state["pressure"], state["setpoint"]) == (20.0, 20.0)


def test_it_presses_holds_and_reads_behind_a_device_server():
    plant = FakePress()
    with on_tcp(emulator(plant)) as port:
        state = asyncio.run(press(f"127.0.0.1:{port}", plant))
    assert (state["pressure"], state["setpoint"]) == (20.0, 20.0)
