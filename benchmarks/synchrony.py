"""How well pressure and voltage of a recorded row belong to the row's instant.

`python -m benchmarks.synchrony [--short]`. One known waveform, a sine on a slow ramp, drives force
and voltage behind emulated instruments on a pseudo terminal and TCP; whole runs (supervisor,
control and recorder, in real time at 100 Hz) record it over lines and filters of several speeds.
Skew is what a recorded value is ahead of its row, by the waveform's own slope: a row is judged
where that is at least 0.7 of its steepest, for at a turning point any time gives the same value.
A stated uncertainty is true where it is no smaller than the skew, rounding aside. The current steps
once in each run; no row may hold a current in between. `--short` judges function only.
"""

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks import loop
from benchmarks.common import Figure, conclude, parser, perform, running
from benchmarks.plants.waveform import Array, Cell, Drive, Forces, Waveform
from fixture.config.resolve import RunPlan, plan
from fixture.core.config import Config
from fixture.core.types import EventKind
from fixture.record.reader import Record
from fixture.runtime.registry import LOG
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from instruments.protocols import Emulator
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES, find
from instruments.serve import Pace, Server

RATE_HZ = 100.0
LOG_NS = 20_000_000
SECONDS, SHORT_SECONDS = 24, 2
SETTLED_S = 0.5  # rows before are left out: the current begins
PATIENCE_S = 30.0
CURRENT_A = 1e-3  # charges for half of the run, then discharges
RESISTANCE_OHM = 100.0  # so that voltage steps with the current
CELLS = 3
SKEW_GOAL_MS = 2.0
TRUE_GOAL = 99.0  # % of rows
LOST_GOAL = 0.05  # part of the rows that may be missing
STEEP = 0.7  # part of the steepest slope from which a row is judged
DIVISION_N = 0.1  # of a load cell, as the rig says
VOLTAGE_STEP_V = 2e-6  # of the instrument's answer and of the record
WIDE = 1e9
PROFILE = """\
name: waveform
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {{negative: Na}}
  confinement: open  # the force is a made wave and no stack's: it is not judged by one
pressure:
  - gap: 0 um
protocol:
  record: {{time_s: 0.1}}
  sample: {{capacity_mAh: 0.785}}
  method:
    - {{step: constant_current, current_mA: 1.0, until_time_s: {half}}}
    - {{step: constant_current, current_mA: -1.0, until_time_s: {half}}}
"""


FORCE_N = Waveform(2500.0, 10.0, 1000.0, 2.0 * math.pi * 0.3)
VOLTAGE_V = Waveform(2.5, 0.005, 0.5, 2.0 * math.pi * 0.3)


class Case(NamedTuple):
    """A rig: how slow its lines are, and how its instruments filter what they measure."""

    name: str
    force_line: Pace
    cell_line: Pace
    force_tau_ms: float = 0.0  # first-order filter of the load cells
    cell_window_ms: float = 0.0  # integration time of the potentiostat

    def latencies_ms(self) -> Mapping[str, float]:
        """What is declared to the drivers, by port."""
        return {"load_cells": self.force_tau_ms, "potentiostat": self.cell_window_ms / 2.0}


CASES = (
    Case("no filter", Pace(115_200, 500_000), Pace(0, 500_000)),
    Case("filters", Pace(115_200, 500_000), Pace(0, 500_000), 20.0, 20.0),
    Case("slow lines, filters", Pace(38_400, 1_000_000), Pace(0, 2_000_000), 20.0, 20.0),
)


@contextlib.contextmanager
def served(case: Case, devices: Mapping[str, DeviceSpec]) -> Generator[tuple[dict[str, str], int]]:
    """The rig served by a thread: addresses by port, and when its time is 0, monotonic ns."""
    forces = Forces(FORCE_N.low_passed(case.force_tau_ms / 1000.0), CELLS)
    cell = Cell(VOLTAGE_V.averaged(case.cell_window_ms / 1000.0), RESISTANCE_OHM)
    epoch_ns = time.monotonic_ns()

    driven = False

    def advance(t_ns: int) -> None:
        nonlocal driven
        driven = driven or cell.current_a() != 0.0
        cell.t_s = t_ns * 1e-9
        if not driven or cell.current_a() != 0.0:  # in the end it stands: only so the run is over
            forces.t_s = cell.t_s

    def options(port: str) -> Mapping[str, object]:
        return devices[port].options

    load_cells: Emulator = find(LOAD_CELLS, devices["load_cells"].model).emulator(
        forces, options("load_cells")
    )
    press = find(PRESSES, devices["press"].model).emulator(Drive(), options("press"))
    source = find(POTENTIOSTATS, devices["potentiostat"].model).emulator(
        cell, options("potentiostat")
    )
    with Server(lambda: time.monotonic_ns() - epoch_ns, advance) as server:
        host, port = server.tcp(source, "127.0.0.1", 0, case.cell_line)
        places = {
            "load_cells": f"{server.pty(load_cells, case.force_line)}?baud={case.force_line.baud}",
            "press": f"{server.pty(press, Pace(115_200))}?baud=115200",
            "potentiostat": f"tcp://{host}:{port}",
        }
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield places, epoch_ns
        finally:
            server.stop()
            thread.join()


def planned(folder: Path, seconds: int) -> RunPlan:
    """Two steps of current under a press that stands, as compiled."""
    profile = folder / "waveform.yaml"
    profile.write_text(PROFILE.format(half=seconds / 2), encoding="utf-8")
    return plan(str(profile), "twin", live=True, rate_hz=RATE_HZ)


def unguarded(config: Config) -> Config:
    """The same where no force is a fault, with more rows."""
    replace = msgspec.structs.replace
    limits = replace(
        config.limits,
        force_rate_n_per_s=WIDE,
        travel_min_um=-WIDE,
        travel_max_um=WIDE,
        following_ns=10**15,
    )
    press = replace(config.press, travel_min_um=-WIDE, travel_max_um=WIDE)
    return replace(config, limits=limits, press=press, log_ns=LOG_NS)


def ordered(found: RunPlan, case: Case) -> RunSpec:
    """A run with the case's latencies declared; addresses still to come."""
    places: dict[str, str] = dict.fromkeys(loop.PORTS, "")
    spec = loop.spec(loop.Rig(found, places, Path()), "waveform")
    changes = {
        port: msgspec.structs.replace(
            device, options={**device.options, "latency_ms": case.latencies_ms()[port]}
        )
        for port, device in (
            ("load_cells", spec.load_cells),
            ("potentiostat", spec.potentiostat),
        )
    }
    return msgspec.structs.replace(
        spec,
        config=unguarded(spec.config),
        load_cells=changes["load_cells"],
        potentiostat=changes["potentiostat"],
    )


class Column(NamedTuple):
    """A column of one run: skew in s and whether its uncertainty was true, of the rows judged."""

    skew_s: Array
    stated_s: Array
    held: NDArray[np.bool_]
    mean_s: float  # by least squares over all rows


class Outcome(NamedTuple):
    """What one run recorded."""

    rows: int
    pressure: Column
    voltage: Column
    apart_s: Array  # pressure ahead of voltage, where both are judged
    between: int  # rows with a current in between
    lost: int  # frames that the recorder did not get
    done: bool


def run(case: Case, seconds: int) -> Outcome:
    """One whole run."""
    with tempfile.TemporaryDirectory() as place:
        found = planned(Path(place), seconds)
        spec = ordered(found, case)
        devices: dict[str, DeviceSpec] = dict(
            zip(loop.PORTS, (spec.load_cells, spec.press, spec.potentiostat), strict=True)
        )
        with served(case, devices) as (places, epoch_ns):
            folder = Path(place) / "run"
            folder.mkdir()
            spec.at([places[port] for port in loop.PORTS]).write(folder)
            done = _supervised(folder, seconds)
        return outcome(folder / "waveform.h5", epoch_ns, spec.config.area_mm2, done)


def _supervised(folder: Path, seconds: int) -> bool:
    """The run from its start to its end; whether it ended well. SystemExit where it did not go."""
    own = {**os.environ, "XDG_STATE_HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    command = [sys.executable, "-m", "fixture.runtime.supervisor", str(folder)]
    with running(command, env=own) as supervisor:
        pids = loop.started(folder, supervisor)
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervisor.wait(seconds + PATIENCE_S)
    if not (pids and (folder / "waveform.h5").exists()):
        raise SystemExit(f"the run did not go:\n{(folder / LOG).read_text(encoding='utf-8')}")
    return not supervisor.returncode


def outcome(path: Path, epoch_ns: int, area_mm2: float, done: bool) -> Outcome:
    """A record beside the waveform."""
    with Record.open(path) as record:
        log, events = record.log, record.events
        begin_s = (record.header.t0_monotonic_ns - epoch_ns) * 1e-9
        lost = int(events["code"][events["kind"] == int(EventKind.LOST)].sum())
        current_a = np.asarray(log["current_ampere"], np.float64)
        driven = np.abs(current_a) > 0.0
        kept = driven & (log["test_time_second"] > SETTLED_S)
        current_a = current_a[kept]
        t_s = begin_s + log["test_time_second"][kept]
        force_n = log["surface_pressure_pa"][kept] * 1e-6 * area_mm2
        voltage_v = log["voltage_volt"][kept] - RESISTANCE_OHM * current_a
        stated = [log[f"{name}_uncertainty_second"][kept] for name in ("pressure", "voltage")]
        rows = log["test_time_second"][kept]
    steep = _steep(FORCE_N, t_s) & _steep(VOLTAGE_V, t_s)
    between = np.abs(np.abs(current_a) - CURRENT_A) > 0.01 * CURRENT_A
    pressure = column(FORCE_N, t_s, force_n, stated[0], steep, CELLS * DIVISION_N / 2)
    voltage = column(VOLTAGE_V, t_s, voltage_v, stated[1], steep, VOLTAGE_STEP_V)
    apart_s = pressure.skew_s - voltage.skew_s
    return Outcome(len(rows), pressure, voltage, apart_s, int(between.sum()), lost, done)


def _steep(wave: Waveform, t_s: Array) -> NDArray[np.bool_]:
    return np.abs(wave.slope_at(t_s)) >= STEEP * wave.steepest()


def column(
    wave: Waveform,
    t_s: Array,
    values: Array,
    stated_s: Array,
    judged: NDArray[np.bool_],
    rounding: float,
) -> Column:
    """Values beside the waveform. `rounding`: what a value may be off by quantising, its unit."""
    slope = wave.slope_at(t_s)
    error = values - wave.at(t_s)
    skew_s = error[judged] / slope[judged]
    spare_s = rounding / np.abs(slope[judged])
    held = np.abs(skew_s) <= stated_s[judged] + spare_s
    return Column(skew_s, stated_s[judged], held, float(error @ slope / (slope @ slope)))


def figures(case: Case, found: Outcome, seconds: int) -> Iterable[Figure]:
    """The table of one case."""
    expected = (seconds - SETTLED_S) * 1e9 / LOG_NS
    yield Figure(f"{case.name}: runs that ended well", found.done, "of 1", least=1)
    yield Figure("  frames that the recorder did not get", found.lost, "frames", 0, timed=True)
    yield Figure("  rows", found.rows, "rows", least=(1 - LOST_GOAL) * expected, timed=True)
    yield Figure("  rows with a current in between", found.between, "rows", 0)
    for name, part in (("pressure", found.pressure), ("voltage", found.voltage)):
        yield Figure(f"  {name} ahead, mean", 1e3 * part.mean_s, "ms")
        yield Figure(f"  {name}, 99 % of rows within", _p99_ms(part.skew_s), "ms")
        yield Figure(f"  {name}, stated, median", 1e3 * float(np.median(part.stated_s)), "ms")
        held = 100.0 * float(np.mean(part.held))
        yield Figure(f"  {name}, stated and true", held, "% of rows", least=TRUE_GOAL, timed=True)
    apart_ms = _p99_ms(found.apart_s)
    yield Figure("  skew, rms", 1e3 * float(np.sqrt(np.mean(found.apart_s**2))), "ms")
    yield Figure("  skew, 99 % of rows within", apart_ms, "ms", SKEW_GOAL_MS, timed=True)


def _p99_ms(skew_s: Array) -> float:
    return 1e3 * float(np.quantile(np.abs(skew_s), 0.99))


def main() -> int:
    """Measure and judge; 0 if the goals are met."""
    short = parser(__doc__).parse_args().short
    cases, seconds = (CASES[-1:], SHORT_SECONDS) if short else (CASES, SECONDS)
    found = [run(case, seconds) for case in cases]
    table = [f for case, one in zip(cases, found, strict=True) for f in figures(case, one, seconds)]
    worst_ms = max(_p99_ms(one.apart_s) for one in found)
    held = min(100.0 * float(np.mean(p.held)) for one in found for p in (one.pressure, one.voltage))
    headline = (
        f"pressure and voltage of a row within {worst_ms:.2f} ms of each other, "
        f"stated uncertainty true in {held:.1f} %"
    )
    return conclude(table, headline, short)


if __name__ == "__main__":
    perform(main)
