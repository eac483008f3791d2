"""A served rig, and supervised runs on it, for tests: everything started is ended."""

import os
import subprocess
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from fixture.core.types import Action
from fixture.record.header import Header
from fixture.runtime.errors import RunError
from fixture.runtime.link.client import Client
from fixture.runtime.registry import RunState
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from instruments.protocols import Emulator
from instruments.registry import POTENTIOSTATS, PRESSES, find
from instruments.serve import Pace, Server
from tests.core.bench import config
from tests.instruments.fakes import FakeCell, FakePress
from tests.runtime.fake_processes import command
from tests.waiting import PATIENCE_S, until

TICK_S = 0.01
# The fake control sets no heartbeat: a module that has none is as it should be.
PRESS_OPTIONS: dict[str, object] = {
    "um_per_count": 0.05,
    "heartbeat_ms": 0,
    "mark_variable": None,  # the stand-in for control sets nothing up, so there is no mark
}


class TimedPress(FakePress):
    """Notes when it was stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped_ns: list[int] = []

    def stop(self) -> None:
        self.stopped_ns.append(time.monotonic_ns())
        super().stop()


class Heard:
    """An emulator that notes what it is sent."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.heard = b""

    def receive(self, data: bytes, t_ns: int) -> bytes:
        self.heard += data
        return self._emulator.receive(data, t_ns)


class Rig(NamedTuple):
    """Where the instruments are, and what stands behind them."""

    press: TimedPress
    cell: Heard
    press_at: str
    cell_at: str


@contextmanager
def served_rig() -> Generator[Rig]:
    """Press and potentiostat on ports of this machine."""
    press = TimedPress()
    cell = Heard(find(POTENTIOSTATS, "keithley-2450").emulator(FakeCell(), {}))
    with Server(time.monotonic_ns, lambda t_ns: None) as server:
        pace = Pace()
        press_at = server.pty(find(PRESSES, "trinamic-tmcl").emulator(press, PRESS_OPTIONS), pace)
        host, port = server.tcp(cell, "127.0.0.1", 0, pace)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield Rig(press, cell, f"{press_at}?baud=115200", f"tcp://{host}:{port}")
        finally:
            server.stop()
            thread.join()


def spec(name: str, rig: Rig, cells_at: str, **changes: object) -> RunSpec:
    """A run on the served rig, with the fake control."""
    compiled = config((), tick_s=TICK_S, on_stop=int(changes.pop("on_stop", Action.HALT)))  # type: ignore[call-overload]
    values: dict[str, object] = {
        "name": name,
        "config": compiled,
        "header": Header(name, 0),
        "load_cells": DeviceSpec("load_cells", "laumas-tlb", cells_at, {"units": [1]}),
        "press": DeviceSpec("press", "trinamic-tmcl", rig.press_at, PRESS_OPTIONS),
        "potentiostat": DeviceSpec("potentiostat", "keithley-2450", rig.cell_at, {}),
        "control": command("control"),
    }
    return RunSpec(**(values | changes))  # type: ignore[arg-type]


class Run:
    """A supervised run, each of its processes known by id."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.process = process

    def state(self) -> RunState:
        return RunState.read(self.folder)

    def ticking(self) -> bool:
        """Whether state.json knows all processes and a tick."""
        try:
            state = self.state()
        except RunError:
            return False
        return state.tick >= 0 and state.control.pid > 0 and state.recorder.pid > 0

    def connect(self) -> Client:
        return Client.connect(self.folder)

    def log(self) -> str:
        path = self.folder / "supervisor.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait(self) -> int:
        return self.process.wait(PATIENCE_S)


@contextmanager
def supervised(
    folder: Path, told: RunSpec, environ: Mapping[str, str] | None = None
) -> Generator[Run]:
    """A run under the real supervisor; killed with all its processes if a test leaves it."""
    folder.mkdir(exist_ok=True)
    told.write(folder)
    with subprocess.Popen(
        [*command("supervisor"), str(folder)],
        env={**os.environ, **(environ or {})},
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        run = Run(folder, process)
        try:
            yield run
        finally:
            end_all(run)


def end_all(run: Run) -> None:
    """Kill what is left, by id, as state.json last knew it."""
    run.process.kill()
    run.process.wait()
    try:
        state = run.state()
    except RunError:
        return
    for left in (state.control, state.recorder):
        if left.alive():
            os.kill(left.pid, 9)
            until(lambda left=left: not left.alive())
