"""LabMCP's Alicat driver on our controller. It comes with the extra `peers`."""

# pyright: basic
import pytest

from instruments.emulators.alicat import AlicatEmulator
from instruments.press.alicat import AlicatOptions
from tests.instruments.fakes import FakePress
from tests.instruments.served import on_tcp

labmcp = pytest.importorskip("labmcp")
driver = pytest.importorskip("labmcp_alicat.driver")


def test_it_identifies_sets_holds_and_reads_ours():
    plant = FakePress()
    with on_tcp(AlicatEmulator(plant, AlicatOptions(um_per_count=0.5))) as port:
        line = labmcp.open_transport(
            f"tcp://127.0.0.1:{port}", read_termination="\r", write_termination="\r", timeout=2.0
        )
        peer = driver.AlicatDevice(line, "A")
        peer.initialise()
        told = peer.identify()
        assert "PCD-100PSIG-D" in str(told)
        assert "123456" in str(told)
        peer.set_setpoint(12.5)
        assert plant.to == 1250
        assert "HLD" in str(peer.hold_position())
        peer.cancel_hold()
        line.close()
