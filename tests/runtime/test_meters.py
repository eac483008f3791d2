"""Thermometer and displacement gauge: polled and recorded; lost, they are an event and no trip."""

from pathlib import Path

import numpy as np
import pytest

import isostack
from fixture.analysis.replay import verify
from fixture.cli import launch
from fixture.config.resolve import RunPlan, plan
from fixture.core.types import EventKind, Phase
from fixture.frame.frame import Frame
from fixture.record.reader import Record
from fixture.record.recovery import recover
from fixture.runtime import lockstep
from fixture.runtime.link.messages import row_of
from fixture.runtime.lockstep import Hooks
from fixture.runtime.tick import OLD_NS, OperatorRequest
from instruments.emulators.faults import Fault, faulty
from tests import metered, recording, short
from tests.runtime.ticking import Counting, Memory, ignore

PORTS = {"thermometer": 3, "gauge": 4}
PROFILE = """\
name: beginning
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
pressure:
  - press: 2 MPa
    settle_within: 3 %
    hold: 30 s
"""
CUT_TICK = 100


@pytest.fixture
def found(tmp_path: Path) -> RunPlan:
    return plan(short.profile(tmp_path, PROFILE), metered.rig(tmp_path))


@pytest.fixture
def recorded(found: RunPlan, tmp_path: Path) -> Path:
    path = tmp_path / "run.h5"
    recording.record(found, path)
    return path


def losing(found: RunPlan, name: str, replies: int) -> Memory:
    """A run whose meter loses so many replies from a tick on."""
    rig = launch.simulated(found)
    address = next(one.address for one in found.meters if one.port == name)
    line = faulty(rig.world.emulators[address])
    rig.world.emulators[address] = line
    ports = launch.Ports(launch.drivers(found, rig.world))
    ports.open()
    memory = Memory()

    def cut(frame: Frame) -> None:
        if frame.sample.tick == CUT_TICK:
            line.inject(*[Fault.LOST] * replies)

    hooks = Hooks(Counting(), OperatorRequest, cut, ignore)
    outcome = lockstep.run(found.config, ports, rig.world, memory, hooks)
    assert outcome.status.phase == Phase.ENDED
    assert outcome.status.trip == 0
    return memory


def test_both_are_columns_of_the_log_with_their_units(recorded: Path) -> None:
    with isostack.open(recorded) as run:
        gauge, press = run.log["gauge_displacement_metre"], run.log["press_displacement_metre"]
        known = np.isfinite(gauge)
        assert known.mean() > 0.99
        assert np.abs(gauge - press)[known].max() < 2e-6, "what the stick band and backlash take"
        assert gauge[-1] > gauge[0] + 5e-6
        assert run.log.units["gauge_displacement_metre"] == "m"
        assert 15.0 < run.log["surface_temperature_celsius"][-1] < 30.0


def test_the_record_says_what_the_gauge_is_and_is_whole_after_a_recovery(
    recorded: Path, tmp_path: Path
) -> None:
    recover(recorded, tmp_path / "again.h5")
    with Record.open(recorded) as first, Record.open(tmp_path / "again.h5") as second:
        assert first.header.gauge == second.header.gauge == "ascii-stream"
        name = "gauge_displacement_metre"
        np.testing.assert_array_equal(first.log[name], second.log[name])
        assert verify(second).good()


def test_a_rig_without_a_gauge_has_no_such_column(tmp_path: Path) -> None:
    path = tmp_path / "plain.h5"
    recording.record(plan(short.profile(tmp_path, PROFILE), "twin"), path)
    with Record.open(path) as record:
        assert "gauge_displacement_metre" not in record.log
        assert record.header.gauge == ""


@pytest.mark.parametrize("name", ["thermometer", "gauge"])
def test_a_lost_meter_is_an_event_and_its_return_another(found: RunPlan, name: str) -> None:
    memory = losing(found, name, 60)
    assert memory.codes(EventKind.LINK_LOST) == [PORTS[name]]
    assert memory.codes(EventKind.LINK_BACK) == [PORTS[name]]


def test_what_has_not_been_read_for_long_is_not_shown(found: RunPlan) -> None:
    for name, field in (("thermometer", "temperature_c"), ("gauge", "gauge_um")):
        frames = losing(found, name, 10_000).frames
        lost_ns = frames[CUT_TICK].sample.t_ns
        late = [frame for frame in frames if frame.sample.t_ns > lost_ns + OLD_NS + 200_000_000]
        assert late
        assert all(getattr(row_of(frame), field) is None for frame in late)
        assert getattr(row_of(frames[CUT_TICK]), field) is not None


def test_a_thermocouple_on_the_box_of_load_cells_and_press_is_the_runs_temperature(
    tmp_path: Path,
) -> None:
    found = plan(short.profile(tmp_path, PROFILE), metered.rig(tmp_path, metered.THERMOCOUPLE))
    path = tmp_path / "warm.h5"
    recording.record(found, path)
    with isostack.open(path) as run:
        celsius = run.log["surface_temperature_celsius"]
        assert np.isfinite(celsius).mean() > 0.99
        assert 15.0 < celsius.min() < celsius.max() < 30.0
