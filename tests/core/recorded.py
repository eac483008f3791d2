"""Fixed runs of the bare rig, as commands in bytes: the golden records of the core.

The same runs on any machine and version of Python must give the same bytes. The rig around the
core uses only what is exact everywhere, and draws its noise from Python's own generator.
"""

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fixture.core.types import Action, Command, Event, Flag, Request
from tests.core.bench import ALL_NEW, END, Rig, config, current_row, press_row, request

GOLDEN = Path(__file__).with_name("golden.json")
COMMAND = struct.Struct("<qqidqdd")
EVENT = struct.Struct("<qqqqd")


def pack(command: Command, events: tuple[Event, ...]) -> bytes:
    """One tick's answer as bytes; floats to the bit."""
    c = command
    whole = COMMAND.pack(
        c.tick,
        c.expires_ns,
        c.press_mode,
        c.press_um,
        c.cell_mode,
        c.cell_setpoint,
        c.cell_limit,
    )
    return whole + b"".join([EVENT.pack(e.t_ns, e.tick, e.kind, e.code, e.value) for e in events])


def cycling() -> Rig:
    """Pressed on, lowered, cycled once at 10 Hz."""
    rows = (
        press_row(74.0, 5.0),
        press_row(15.0, 5.0),
        current_row(7.85e-4, 300.0),
        current_row(-7.85e-4, 300.0),
        END,
    )
    return Rig(config(rows), seed=7)


def fast() -> Rig:
    """A short hold at 100 Hz without friction, then release."""
    rows = (press_row(5.0, 5.0), current_row(7.85e-4, 60.0), END)
    return Rig(
        config(rows, tick_s=0.01, slip_um=0.05, at_end=int(Action.RELEASE)),
        stick_um=0.0,
        reversal_um=0.2,
        seed=8,
    )


def faulty() -> Rig:
    """A run in which every second has another fault, and a reset after each."""
    return Rig(config((press_row(5.0, 1e4), END)), seed=9)


def faults(tick: int) -> dict[str, Any]:
    """What is wrong with a sample at a tick."""
    table: dict[int, dict[str, Any]] = {
        300: {"flags": 0, "age_force_us": 100_000},
        330: {"voltage_v": float("nan")},
        360: request(Request.RESET),
        390: {"flags": ALL_NEW | int(Flag.PRESS_FAULT)},
        420: request(Request.STOP),
    }
    return table.get(tick, {})


RUNS: dict[str, tuple[Callable[[], Rig], int]] = {
    "cycling": (cycling, 9000),
    "fast": (fast, 12000),
    "faulty": (faulty, 500),
}


def digest(name: str) -> str:
    """SHA-256 of all answers of a run."""
    make, ticks = RUNS[name]
    rig = make()
    whole = hashlib.sha256()
    for tick in range(ticks):
        before = len(rig.events)
        command = rig.turn(**(faults(tick) if name == "faulty" else {}))
        whole.update(pack(command, tuple(rig.events[before:])))
    return whole.hexdigest()


def stored() -> dict[str, str]:
    """Digests as they were when the core's behaviour was last changed on purpose."""
    return json.loads(GOLDEN.read_text(encoding="utf-8"))
