"""The cell on the twin, through the bytes: a dead host, a source set by hand, heat, a cut wire."""

import math
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from fixture.cli import launch
from fixture.config.resolve import RunPlan, plan
from fixture.core.safety.trips import Trip
from fixture.core.types import CellMode, EventKind, Phase, PressMode
from fixture.frame.frame import Frame
from fixture.runtime.tick import Moment, OperatorRequest, begin, run_tick
from instruments.emulators.keithley_2450 import Keithley2450Emulator

LOW_V, HIGH_V, SECOND = 2.0, 4.0, 1_000_000_000
PROFILE = """\
name: cell
cell: {{diameter: 10 mm, kind: metal-anode, electrodes: {{negative: Na}}, confinement: die}}
pressure:
  - press: 1 MPa
    settle_within: 20 %
    at: go
control: {{identification: false}}
protocol:
  record: {{time_s: 1}}
  sample: {{capacity_mAh: 0.785}}
  safety: {{min_voltage_V: 2.0, max_voltage_V: 4.0}}
  method:
    - {{step: tag, tag: go}}
    - {step}
    - {{step: open_circuit_voltage, until_time_s: 5}}
"""
CHARGE = "{step: constant_current, current_mA: 1.5, until_time_s: 10, until_voltage_V: 3.99}"
DISCHARGE = "{step: constant_current, current_mA: -1.5, until_time_s: 10, until_voltage_V: 2.01}"
CONSTANT = "{step: constant_voltage, voltage_V: 3.5, until_time_s: 10}"
REST = "{step: open_circuit_voltage, until_time_s: 10}"


def planned(folder: Path, step: str, rig: str = "name: r\nextends: twin\n") -> RunPlan:
    """A step at 1 MPa, 1C, between 2 and 4 V."""
    path, beside = folder / "cell.yaml", folder / "r.yaml"
    rig += "twin: {electrochemistry: {initial_soc: 0.5}}\n" if "twin:" not in rig[20:] else ""
    path.write_text(PROFILE.format(step=step), encoding="utf-8")
    beside.write_text(rig, encoding="utf-8")
    return plan(str(path), str(beside))


class Turning:
    """A plan on its twin, tick by tick, with what somebody does to the rig before each tick."""

    def __init__(self, found: RunPlan) -> None:
        self.config = found.config
        self.rig = launch.simulated(found)
        self.rig.ports.open()
        self.state = begin(found.config)
        self.frames: list[Frame] = []

    def turn(self) -> Frame:
        """One tick."""
        tick = len(self.frames)
        t_ns = tick * self.config.tick_ns
        self.rig.world.advance(t_ns)
        latest, notes = self.rig.ports.poll(tick, t_ns)
        moment = Moment(tick, 0, 0, 1, OperatorRequest(), notes)
        self.state, frame = run_tick(self.config, self.state, moment, latest)
        self.rig.ports.apply(frame.command, t_ns)
        self.frames.append(frame)
        return frame

    def until(self, mode: CellMode, seconds: float = 2.0) -> None:
        """Until the cell has been commanded a mode for some time."""
        ticks = round(seconds * 1e9 / self.config.tick_ns)
        while not self.frames or self.frames[-1].command.cell_mode != mode:
            self.turn()
        for _ in range(ticks):
            self.turn()

    def say(self, line: str) -> str:
        """Somebody else at the potentiostat's own line; what it answers."""
        emulators = self.rig.world.emulators.values()
        (emulator,) = [one for one in emulators if isinstance(one, Keithley2450Emulator)]
        return emulator.receive(line.encode() + b"\n", self.rig.world.clock()).decode().strip()

    def tripped(self, within_s: float) -> tuple[int, float]:
        """The first trip from now on, and after how many seconds; 0 where there is none."""
        begun_ns = self.frames[-1].sample.t_ns
        for _ in range(round(within_s * 1e9 / self.config.tick_ns)):
            frame = self.turn()
            codes = [event.code for event in frame.events if event.kind == EventKind.TRIP]
            if codes:
                return codes[0], (frame.sample.t_ns - begun_ns) * 1e-9
        return 0, within_s


STEPS = {
    "charge": (CHARGE, CellMode.CURRENT),
    "discharge": (DISCHARGE, CellMode.CURRENT),
    "constant": (CONSTANT, CellMode.VOLTAGE),
    "rest": (REST, CellMode.OPEN),
}
TICKS = ["100 ms", "10 ms"]
RESTS = ["relay", "zero_current"]


def in_step(folder: Path, name: str, tick: str = "100 ms", rest: str = "zero_current") -> Turning:
    """A run that has come into a step."""
    rig = f"name: r\nextends: twin\ntick: {tick}\npotentiostat: {{options: {{open_by: {rest}}}}}\n"
    step, mode = STEPS[name]
    run = Turning(planned(folder, step, rig))
    if mode == CellMode.OPEN:
        run.until(CellMode.OPEN, 5.0)
    else:
        run.until(mode)
    return run


# -- the host is gone ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STEPS)
def test_an_hour_after_the_last_message_the_cell_is_within_its_voltage_limits(
    tmp_path: Path, name: str
) -> None:
    run = in_step(tmp_path, name)
    world, cell = run.rig.world, run.rig.world.plant.cell
    killed_ns = world.clock()
    for minute in range(1, 61):
        world.advance(killed_ns + minute * 60 * SECOND)
        assert LOW_V - 1e-9 <= cell.voltage_v() <= HIGH_V + 1e-9
    ends = {"charge": HIGH_V, "discharge": LOW_V, "constant": 3.5}
    assert cell.voltage_v() == pytest.approx(ends.get(name, cell.voltage_v()))


# -- a source that is not as commanded -------------------------------------------------------------


@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("charge", ":SENS:CURR:RANG 0.01;:SOUR:VOLT:ILIM 0.0016"),
        ("charge", ":SOUR:VOLT 2.1"),
        ("discharge", ":SOUR:VOLT 4"),
        ("discharge", ":SOUR:VOLT:ILIM 0.0008"),
        ("constant", ":SOUR:VOLT 3.6"),
        ("charge", ":OUTP OFF"),
        ("discharge", ":OUTP OFF"),
        ("constant", ":OUTP OFF"),
        ("rest", ":SOUR:CURR:RANG 0.01;:SOUR:CURR 0.005"),
        ("rest", ":SOUR:CURR:RANG 0.01;:SOUR:CURR -0.005"),
    ],
)
def test_a_source_set_by_hand_is_a_trip_within_a_second_and_opens_the_circuit(
    tmp_path: Path, name: str, line: str, tick: str
) -> None:
    run = in_step(tmp_path, name, tick)
    run.say(line)
    trip, seconds = run.tripped(1.5)
    assert trip in {Trip.WRONG_CURRENT, Trip.VOLTAGE}
    assert seconds <= 1.0
    run.tripped(1.0 - seconds)
    assert abs(run.rig.world.plant.cell.current_a()) < 1e-6
    assert run.frames[-1].command.press_mode == PressMode.MOVE


@pytest.mark.parametrize("current", ["0.005", "-0.005"])
def test_an_open_relay_that_is_closed_by_hand_is_a_trip(tmp_path: Path, current: str) -> None:
    run = in_step(tmp_path, "rest", rest="relay")
    run.say(f":SOUR:FUNC CURR;:SENS:FUNC 'VOLT';:SOUR:CURR:RANG 0.01;:SOUR:CURR {current};:OUTP ON")
    assert run.tripped(1.0)[0] in {Trip.WRONG_CURRENT, Trip.VOLTAGE}
    run.tripped(0.5)
    assert run.say(":OUTP?") == "0"


QUIET = [  # every pair of step, tick and rest
    (name, rest, tick)
    for row, name in enumerate(STEPS)
    for rest, tick in zip(
        cycle(RESTS[row % 2 :] + RESTS[: row % 2]), [*TICKS, "500 ms"], strict=False
    )
]


@pytest.mark.parametrize(("name", "rest", "tick"), QUIET)
def test_a_source_left_alone_is_no_trip(tmp_path: Path, name: str, rest: str, tick: str) -> None:
    run = in_step(tmp_path, name, tick, rest)
    while run.frames[-1].status.phase != Phase.ENDED:
        assert run.tripped(1.0)[0] == 0


def test_a_cell_at_its_limit_of_voltage_is_no_trip(tmp_path: Path) -> None:
    """The current falls there, and only time ends the step."""
    step = "{step: constant_current, current_mA: 5, until_time_s: 300}"
    run = Turning(planned(tmp_path, step))
    run.until(CellMode.CURRENT)
    assert run.tripped(200.0)[0] == 0
    assert run.frames[-1].status.current_a < 0.9 * 5e-3


# -- temperature -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize(
    ("celsius", "trip"),
    [(80.0, Trip.TEMPERATURE_RATE), (-60.0, Trip.TEMPERATURE_RATE), (23.4, 0)],
)
def test_a_thermometer_that_jumps_is_a_trip(
    tmp_path: Path, celsius: float, trip: int, tick: str
) -> None:
    run = in_step(tmp_path, "charge", tick)
    heat(run, lambda _: celsius)
    found, seconds = run.tripped(1.5)
    assert found == trip or (trip and found == Trip.TEMPERATURE)
    assert seconds <= 1.0 or not trip
    assert (run.frames[-1].command.cell_mode == CellMode.OPEN) is bool(trip)


@pytest.mark.parametrize("k_per_s", [5.0, -5.0])
def test_five_kelvin_a_second_are_a_trip_once_a_second_rate_confirms_them(
    tmp_path: Path, k_per_s: float
) -> None:
    run = in_step(tmp_path, "charge", "10 ms")
    heat(run, lambda seconds: 23.0 + k_per_s * seconds)
    found, seconds = run.tripped(2.0)
    assert (found, seconds <= 1.6) == (Trip.TEMPERATURE_RATE, True)


@pytest.mark.parametrize("celsius", [80.0, -60.0])
def test_a_rig_that_is_too_hot_or_cold_from_the_start_drives_no_current(
    tmp_path: Path, celsius: float
) -> None:
    rig = f"name: r\nextends: twin\ntwin: {{thermal: {{mean: {celsius:g} degC}}}}\n"
    run = Turning(planned(tmp_path, CHARGE, rig))
    run.turn()
    assert run.tripped(2.0)[0] == Trip.TEMPERATURE


def heat(run: Turning, celsius: Callable[[float], float]) -> None:
    """The thermometer reads so much, by the seconds from now."""
    press, clock = run.rig.world.plant.press, run.rig.world.clock
    begun_ns = clock()
    made: Callable[[], float] = lambda: celsius((clock() - begun_ns) * 1e-9)  # noqa: E731
    setattr(press, "temperature_c", made)  # noqa: B010 - a method is replaced on purpose


# -- a cut wire ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["halt", "release"])
@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize("reads_n", [math.nan, 7000.0, 1e6])
def test_a_cut_wire_takes_the_declared_state_and_is_no_over_force(
    tmp_path: Path, reads_n: float, tick: str, state: str
) -> None:
    rig = f"name: r\nextends: twin\ntick: {tick}\nlimits: {{safe_state: {state}}}\n"
    run = Turning(planned(tmp_path, CHARGE, rig))
    run.until(CellMode.CURRENT)
    forces = run.rig.world.plant.forces
    healthy = forces.force_n
    made: Callable[[int], float] = lambda cell: healthy(cell) if cell else reads_n  # noqa: E731
    setattr(forces, "force_n", made)  # noqa: B010 - a method is replaced on purpose
    trip, seconds = run.tripped(1.0)
    assert (trip, seconds <= 2 * run.config.tick_ns * 1e-9) == (Trip.FORCE_FAULT, True)
    assert run.tripped(1.0)[0] == 0
    released = run.frames[-1].command.press_mode == PressMode.MOVE
    assert released is (state == "release")


@pytest.mark.parametrize("reads_n", [4001.0, 4500.0, 5900.0])
def test_a_load_cell_beyond_its_range_is_over_force_and_releases(
    tmp_path: Path, reads_n: float
) -> None:
    run = in_step(tmp_path, "charge", "10 ms")
    forces = run.rig.world.plant.forces
    healthy = forces.force_n
    made: Callable[[int], float] = lambda cell: healthy(cell) if cell else reads_n  # noqa: E731
    setattr(forces, "force_n", made)  # noqa: B010 - a method is replaced on purpose
    trip, seconds = run.tripped(1.0)
    assert (trip, seconds <= 0.1) == (Trip.OVER_FORCE, True)
    assert run.frames[-1].command.press_um == run.config.press.release_um
