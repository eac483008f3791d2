"""Links that close under a live run: real control, real supervisor, real sockets."""

import os
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from fixture.runtime.run_spec import DeviceSpec, RunSpec
from instruments.emulators.scpi_device import ScpiLine
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES, find
from instruments.serve import Pace, Server
from tests.core.bench import END, config, current_row, limits
from tests.instruments.fakes import FakeCell, FakeForce, FakePress
from tests.runtime.runs_for_tests import TICK_S, Run, spec, supervised
from tests.runtime.runs_for_tests import Rig as ServedRig
from tests.waiting import until

pytestmark = pytest.mark.realtime
CHARGE = ("voltage", 5.0, 5e-3)
PATIENCE = dict.fromkeys(("stale_force_us", "stale_press_us", "stale_cell_us"), 1_500_000)
PATIENT: dict[str, object] = {"deadline_ms": 100.0}
CELLS: dict[str, object] = {"units": [1, 2, 3]}


class RunawayPress(FakePress):
    """Acknowledges a stop and goes on, until it is mended."""

    def __init__(self) -> None:
        super().__init__()
        self.runs_away = False
        self._began_ns = 0

    def stop(self) -> None:
        if self.runs_away:
            self._began_ns = self._began_ns or time.monotonic_ns()
        else:
            self.at = self.to = self.position()
            self._began_ns = 0

    def moving(self) -> bool:
        return self._began_ns != 0

    def position(self) -> int:
        past_ns = time.monotonic_ns() - self._began_ns if self._began_ns else 0
        return self.at + past_ns // 10_000_000


class Rig:
    """Three instruments on TCP; the potentiostat's connection can be closed, and kept closed."""

    def __init__(self, server: Server) -> None:
        self.server, self.cell, self.press = server, FakeCell(), RunawayPress()
        self.refuses = False
        served = {
            "load_cells": find(LOAD_CELLS, "laumas-tlb").emulator(FakeForce(0, 0, 0), CELLS),
            "press": find(PRESSES, "trinamic-tmcl").emulator(self.press, {"um_per_count": 0.05}),
            "potentiostat": find(POTENTIOSTATS, "keithley-2450").emulator(self.cell, {}),
        }
        self.at: dict[str, str] = {}
        for name, emulator in served.items():
            host, port = server.tcp(emulator, "127.0.0.1", 0, Pace())
            self.at[name] = f"tcp://{host}:{port}"
        self._source = served["potentiostat"]
        accept = server._accept  # pyright: ignore[reportPrivateUsage]

        def accept_or_not(listener, emulator, pace) -> None:  # type: ignore[no-untyped-def]
            if emulator is self._source and self.refuses:
                listener.accept()[0].close()
            else:
                accept(listener, emulator, pace)

        server._accept = accept_or_not  # pyright: ignore[reportPrivateUsage]

    def hang_up(self) -> None:
        """Close the potentiostat's connections, in the server's own loop."""
        server = self.server
        clients = server._clients.values()  # pyright: ignore[reportPrivateUsage]
        drop = server._drop  # pyright: ignore[reportPrivateUsage]
        for client in [one for one in clients if isinstance(one.emulator, ScpiLine)]:
            server.at(0, lambda _, client=client: drop(client))


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Rig]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with Server(time.monotonic_ns, lambda t_ns: None) as server:
        made = Rig(server)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.stop()
            thread.join()


def told(rig: Rig) -> RunSpec:
    served = ServedRig(rig.press, rig.cell, rig.at["press"], rig.at["potentiostat"])  # type: ignore[arg-type]
    cells = DeviceSpec("load_cells", "laumas-tlb", rig.at["load_cells"], PATIENT | CELLS)
    return spec(
        "one",
        served,
        "",
        config=config((current_row(5e-3, 600.0), END), tick_s=TICK_S, limits=limits(**PATIENCE)),
        load_cells=cells,
        press=DeviceSpec(
            "press", "trinamic-tmcl", rig.at["press"], PATIENT | {"um_per_count": 0.05}
        ),
        potentiostat=DeviceSpec("potentiostat", "keithley-2450", rig.at["potentiostat"], PATIENT),
        control=(),
    )


def charging(run: Run, rig: Rig) -> bool:
    return run.ticking() and rig.cell.asked[-1:] == [CHARGE]


def test_a_connection_that_closes_and_may_be_made_again_does_not_end_the_run(
    tmp_path: Path, rig: Rig
) -> None:
    with supervised(tmp_path / "one", told(rig)) as run:
        until(lambda: charging(run, rig))
        asked = list(rig.cell.asked)
        rig.hang_up()
        until(lambda: "link back: potentiostat" in run.log())
        tick = run.state().tick
        until(lambda: run.state().tick > tick + 100)
        assert run.state().trip == "none"
        assert rig.cell.asked == asked


def test_an_output_that_is_lost_is_said_to_be_on_and_opened_through_the_link_that_comes_back(
    tmp_path: Path, rig: Rig
) -> None:
    with supervised(tmp_path / "one", told(rig)) as run:
        until(lambda: charging(run, rig))
        rig.refuses = True
        rig.hang_up()
        until(lambda: run.state().unconfirmed == "output may be on")
        assert run.state().voltage_v is None
        assert rig.cell.asked[-1] == CHARGE
        with run.connect() as client:
            client.request("stop")
        rig.refuses = False
        assert run.wait() == 1
        assert run.state().outcome.startswith("tripped: ")
        assert run.state().unconfirmed == ""
        assert rig.cell.asked[-1][0] == "open"


def test_the_supervisor_opens_the_circuit_through_the_link_that_comes_back(
    tmp_path: Path, rig: Rig
) -> None:
    with supervised(tmp_path / "one", told(rig)) as run:
        until(lambda: charging(run, rig))
        os.kill(run.state().control.pid, signal.SIGSTOP)
        rig.refuses = True
        rig.hang_up()
        until(lambda: "output may be on" in run.state().unconfirmed)
        assert rig.cell.asked[-1] == CHARGE
        rig.refuses = False
        assert run.wait() == 3
        assert rig.cell.asked[-1][0] == "open"
        assert "the supervisor stopped the press and opened" in run.state().outcome


def test_a_drive_that_goes_on_after_a_stop_is_told_and_commanded_until_it_stands(
    tmp_path: Path, rig: Rig
) -> None:
    with supervised(tmp_path / "one", told(rig)) as run:
        until(lambda: charging(run, rig))
        rig.press.runs_away = True
        with run.connect() as client:
            client.request("stop")
        until(lambda: run.state().unconfirmed == "press may be moving")
        until(lambda: run.state().trip == "press astray")
        assert run.state().outcome == ""  # it is commanded to stop until it stands
        rig.press.runs_away = False
        until(lambda: run.state().unconfirmed == "")
        with run.connect() as client:
            client.request("stop")
        assert run.wait() == 1
        assert run.state().outcome == "tripped: press astray"
        assert not rig.press.moving()
