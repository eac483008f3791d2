"""LabMCP's MT-SICS driver on our terminal, and ours on its simulator. With the extra `peers`."""

# pyright: basic
from typing import Any

import pytest

from instruments.emulators.mt_sics import MtSicsEmulator
from instruments.loadcell.mt_sics import MtSics, MtSicsOptions
from instruments.transport.loopback import Loopback
from tests.instruments.fakes import FakeClock, FakeForce
from tests.instruments.served import on_tcp

labmcp = pytest.importorskip("labmcp")
driver = pytest.importorskip("labmcp_mettler_toledo.driver")
simulator = pytest.importorskip("labmcp_mettler_toledo.simulator")


class Simulated:
    """Their simulator as an emulator of ours: a line in, a line out."""

    def __init__(self, balance: Any) -> None:
        self._balance = balance

    def receive(self, data: bytes, t_ns: int) -> bytes:
        return (self._balance.handle(data.decode().strip()) + "\r\n").encode()


def test_it_weighs_zeroes_and_tares_with_ours():
    plant = FakeForce(125.0)
    with on_tcp(MtSicsEmulator(plant, MtSicsOptions(division_n=1.0))) as port:
        line = labmcp.open_transport(
            f"tcp://127.0.0.1:{port}", read_termination="\r\n", write_termination="\r\n",
            timeout=2.0,
        )  # fmt: skip
        peer = driver.MTSICSBalance(line)
        assert peer.identify()["serial"] == "B123456789"
        weight = peer.weight(stable=False)
        assert (weight.value, weight.unit) == (12.5, "kg")
        assert peer.zero()
        plant.forces_n[0] = 145.0
        assert peer.tare().value == 2.0
        assert peer.weight().value == 0.0
        line.close()


def test_our_driver_reads_its_balance():
    balance = simulator.MTSICSSimulator(load_g=52.18734)
    clock = FakeClock()
    options = MtSicsOptions(weighs_in="g", step=1e-4, division_n=9.80665e-7, full_scale_n=2.157)
    ours = MtSics(Loopback(Simulated(balance), clock), clock, options)
    assert ours.identify().serial == "B123456789"
    assert ours.read().counts[0] == pytest.approx(521_873, abs=3)
    balance.load_g = 300.0
    assert ours.read().over
