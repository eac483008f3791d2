"""PyMeasure's DMM6500 on our meter through pyvisa-py, and our driver through VISA."""

# pyright: basic
import time
import warnings

from pymeasure.instruments.keithley import KeithleyDMM6500

from instruments.emulators.keithley_dmm6500 import KeithleyDmm6500Emulator
from instruments.loadcell.keithley_dmm6500 import KeithleyDmm6500Options
from instruments.registry import LOAD_CELLS
from tests.instruments.fakes import FakeForce
from tests.instruments.served import on_tcp


def test_pymeasure_measures_a_voltage_and_ours_reads_the_same():
    emulator = KeithleyDmm6500Emulator(FakeForce(1000.0), KeithleyDmm6500Options())
    with on_tcp(emulator) as port:
        address = f"TCPIP::127.0.0.1::{port}::SOCKET"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of its own base class
            peer = KeithleyDMM6500(
                address, visa_library="@py", write_termination="\n", timeout=2000
            )
        assert peer.command_set == "SCPI"
        peer.mode = "voltage"
        assert peer.mode == "voltage"
        peer.voltage_range = 10
        peer.voltage_nplc = 0.1
        assert (peer.voltage_range, peer.voltage_nplc) == (10, 0.1)
        assert peer.voltage == 2.5
        assert peer.line_frequency == 50
        assert peer.ask(":SYST:ERR?").startswith("0,")
        peer.adapter.close()
        ours, line = LOAD_CELLS["keithley-dmm6500"].connect(
            address, time.monotonic_ns, {"deadline_ms": 1000.0}
        )
        assert ours.read().counts == (2500,)
        line.close()
