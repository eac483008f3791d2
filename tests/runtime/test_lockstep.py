"""The whole path in lockstep: bytes, codecs, drivers, core, commands and back."""

from pathlib import Path

import pytest

from fixture.cli import launch
from fixture.config.resolve import RunPlan, plan
from fixture.core.safety.trips import Trip
from fixture.core.types import EventKind, Phase
from fixture.frame.frame import Frame
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks
from fixture.runtime.tick import OperatorRequest
from instruments.emulators.faults import Fault, FaultyLine
from tests import short
from tests.runtime.ticking import Counting, Memory, ignore, run_lockstep


@pytest.fixture
def found(tmp_path: Path) -> RunPlan:
    return plan(short.profile(tmp_path), "twin")


def test_a_short_run_presses_lowers_cycles_and_halts(found: RunPlan) -> None:
    recorder = Memory()
    outcome = run_lockstep(found, recorder)
    assert outcome.status.phase == Phase.ENDED
    assert recorder.kinds().count(EventKind.SETTLED) == 3
    assert recorder.kinds().count(EventKind.CYCLE_END) == 2
    assert outcome.status.pressure_mpa == pytest.approx(4.0, rel=0.03)
    assert outcome.status.peak_mpa == pytest.approx(6.0, rel=0.03)


def test_it_is_equal_from_run_to_run(found: RunPlan) -> None:
    first, second = Memory(), Memory()
    run_lockstep(found, first)
    run_lockstep(found, second)
    assert [repr(frame) for frame in first.frames] == [repr(frame) for frame in second.frames]


def test_each_minute_and_the_end_leave_a_checkpoint_and_each_second_is_synced(
    found: RunPlan,
) -> None:
    recorder = Memory()
    outcome = run_lockstep(found, recorder)
    last = outcome.ticks - 1
    assert recorder.checkpoints == [*range(0, last, 600), last]
    assert recorder.synced == pytest.approx(outcome.ticks / 100, rel=0.1)


def test_a_stop_opens_the_cell_and_reaches_the_safe_state(found: RunPlan) -> None:
    recorder = Memory()
    outcome = run_lockstep(found, recorder, stop_at=700)
    assert outcome.status.phase == Phase.ENDED
    assert outcome.ticks < 730  # the press is seen to stand for the settling time and a second
    assert recorder.frames[-1].status.at_rest


def test_a_silent_load_cell_trips_and_the_press_is_stopped(found: RunPlan) -> None:
    rig = launch.simulated(found)
    address = found.devices[0].address
    line = FaultyLine(rig.world.emulators[address])
    rig.world.emulators[address] = line
    drivers = launch.drivers(found, rig.world)
    recorder = Memory()
    for fault in [Fault.LOST] * 400:
        line.inject(fault)
    hooks = Hooks(Counting(), OperatorRequest, ignore, ignore)
    ports = launch.Ports(drivers)
    outcome = lockstep.run(found.config, ports, rig.world, recorder, hooks)
    assert outcome.status.phase == Phase.TRIPPED
    assert outcome.status.trip == Trip.FORCE_STALE
    assert EventKind.LINK_LOST in recorder.kinds()
    assert not rig.world.plant.press.moving()


def test_whatever_ends_the_loop_the_press_is_stopped(found: RunPlan) -> None:
    class Full(Memory):
        def sync(self) -> int:
            raise OSError(28, "No space left on device")

    rig = launch.simulated(found)
    rig.ports.open()
    hooks = Hooks(Counting(), OperatorRequest, ignore, ignore)
    with pytest.raises(OSError, match="No space left"):
        lockstep.run(found.config, rig.ports, rig.world, Full(), hooks)
    stands = rig.world.plant.press.position()
    rig.world.advance(rig.world.clock() + 5_000_000_000)
    assert abs(rig.world.plant.press.position() - stands) <= 20


@pytest.mark.parametrize("port", [1, 2])
def test_a_dead_link_opens_the_cell_all_the_same_and_the_run_ends(
    found: RunPlan, port: int
) -> None:
    rig = launch.simulated(found)
    address = found.devices[port].address
    line = FaultyLine(rig.world.emulators[address])
    rig.world.emulators[address] = line
    ports = launch.Ports(launch.drivers(found, rig.world))
    ports.open()
    recorder = Memory()

    def cut(frame: Frame) -> None:
        if frame.status.cycle_count == 1 and frame.command.cell_mode == 1:
            for _ in range(200):
                line.inject(Fault.LOST)

    outcome = lockstep.run(
        found.config, ports, rig.world, recorder, Hooks(Counting(), OperatorRequest, cut, ignore)
    )
    assert outcome.status.phase == Phase.TRIPPED
    assert outcome.status.trip == (Trip.PRESS_STALE if port == 1 else Trip.CELL_STALE)
    if port == 1:
        assert rig.world.plant.cell.current_a() == 0.0
