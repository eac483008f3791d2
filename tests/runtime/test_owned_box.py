"""The supervisor's side of a rig on one box: one lock, one connection, and the safe action."""

import time
from collections.abc import Generator
from contextlib import ExitStack

import msgspec
import pytest

from fixture.core.config import Config
from fixture.core.types import Action
from fixture.record.header import Header
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from fixture.runtime.supervisor.failsafe import Failsafe
from fixture.runtime.supervisor.owned_ports import Opened, open_ports, safe_devices
from instruments.emulators.labjack_t7_roles import LoadCells, Monitors, Regulator
from instruments.loadcell.labjack_t7 import LabjackT7Options
from instruments.potentiostat.labjack_t7_monitors import LabjackT7MonitorsOptions
from instruments.press.ep_regulator import EpRegulator, EpRegulatorOptions
from instruments.protocols import Identity
from instruments.serve import Pace, Server
from instruments.transport.lock import PortBusyError, PortLock
from instruments.transport.open import open_transport
from tests.core.bench import END, config
from tests.instruments.fakes import FakeCell, FakeForce, FakePress
from tests.instruments.served import running

CLOCK = time.monotonic_ns
PATIENT: dict[str, object] = {"deadline_ms": 2000.0}
CELLS: dict[str, object] = {"units": [0, 1, 2], **PATIENT}
PRESS: dict[str, object] = {
    "um_per_count": 0.5,
    "n_per_count": 5.0,
    "full_force_n": 5000.0,
    **PATIENT,
}
CELL: dict[str, object] = {"voltage_input": 4, "current_input": 5, "open_output": 0, **PATIENT}
IDENTITY = Identity("LabJack T7", "470012345", "1.0312")
KNOWN: dict[str, Identity] = dict.fromkeys(("load cells", "press", "potentiostat"), IDENTITY)


class Box:
    """The emulated box, and where it is served."""

    def __init__(self, server: Server) -> None:
        self.press, self.cell = FakePress(), FakeCell()
        self.emulator = LoadCells(
            FakeForce(1.0, 2.0, 3.0), msgspec.convert(CELLS, LabjackT7Options)
        )
        self.emulator.join(Regulator(self.press, msgspec.convert(PRESS, EpRegulatorOptions)))
        self.monitors = Monitors(self.cell, msgspec.convert(CELL, LabjackT7MonitorsOptions))
        self.emulator.join(self.monitors)
        host, port = server.tcp(self.emulator, "127.0.0.1", 0, Pace(0, 200_000))
        self.address = f"tcp://{host}:{port}"

    def spec(self, table: Config) -> RunSpec:
        return RunSpec(
            "one-box",
            table,
            Header("one-box", 0),
            DeviceSpec("load_cells", "labjack-t7", self.address, CELLS),
            DeviceSpec("press", "ep-regulator", self.address, PRESS),
            DeviceSpec("potentiostat", "labjack-t7-monitors", self.address, CELL),
        )

    def press_as_control(self, position_um: float) -> None:
        """What control did before it was lost."""
        line = open_transport(self.address, CLOCK)
        driver = EpRegulator(line, CLOCK, msgspec.convert(PRESS, EpRegulatorOptions))
        driver.move_to(position_um)
        line.close()


@pytest.fixture
def box() -> Generator[Box]:
    """A served box, for as long as a test lasts."""
    with running(Server(CLOCK, lambda _: None)) as server:
        yield Box(server)


def table(on_stop: Action = Action.HALT, *, opens: bool = True) -> Config:
    return config((END,), observe=True, opens=opens, on_stop=int(on_stop))


def safe(failsafe: Failsafe) -> bool:
    """Begin the safe action, and poll it until it is confirmed."""
    begun, until_ns = failsafe.begin(CLOCK()), CLOCK() + 20_000_000_000
    while not failsafe.poll(CLOCK()):
        assert CLOCK() < until_ns, failsafe.doubt
        time.sleep(0.01)
    return begun


def begun(box: Box, opened: Opened, found: Config) -> Failsafe:
    said: list[str] = []
    return Failsafe(found, safe_devices(box.spec(found), opened, KNOWN, CLOCK), said.append)


def test_the_box_is_locked_and_opened_once_for_all_three(box: Box):
    with ExitStack() as stack:
        opened = open_ports(box.spec(table()), stack, CLOCK)
        assert len(set(opened.fds)) == 1
        assert opened.fds[0] >= 0
        with pytest.raises(PortBusyError, match="in use by run one-box"):
            PortLock(box.address, "another")
    PortLock(box.address, "another").close()


def test_the_fail_safe_holds_the_air_and_opens_the_other_programs_cell(box: Box):
    box.press_as_control(100.0)
    found = table()
    with ExitStack() as stack:
        assert safe(begun(box, open_ports(box.spec(found), stack, CLOCK), found))
    assert box.monitors.parted
    assert box.press.at == 200


def test_the_fail_safe_lets_the_air_go_where_the_rig_says_release(box: Box):
    box.press_as_control(100.0)
    found = table(Action.RELEASE)
    release_um = found.press.release_um
    found = msgspec.structs.replace(
        found, press=msgspec.structs.replace(found.press, release_um=0.0)
    )
    assert release_um != 0.0
    with ExitStack() as stack:
        assert safe(begun(box, open_ports(box.spec(found), stack, CLOCK), found))
    assert box.press.at == 0


def test_a_connection_that_control_left_dead_is_opened_again_for_the_fail_safe(box: Box):
    box.press_as_control(100.0)
    found = table()
    with ExitStack() as stack:
        opened = open_ports(box.spec(found), stack, CLOCK)
        assert opened.lines[0] is not None
        opened.lines[0].close()
        assert safe(begun(box, opened, found))
    assert box.monitors.parted


def test_without_a_line_the_cell_is_not_touched_by_the_fail_safe(box: Box):
    found = table(opens=False)
    with ExitStack() as stack:
        assert safe(begun(box, open_ports(box.spec(found), stack, CLOCK), found))
    assert not box.monitors.parted
