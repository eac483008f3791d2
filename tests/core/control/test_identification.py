"""Commissioning: five pushes below the first setpoint teach friction, on any press."""

import pytest

from fixture.core.control.state import LESSONS
from fixture.core.types import EventKind, Learnt, Phase
from tests.core.bench import END, Rig, config, current_row, press_row

FOREVER = 1e6


def pressed(mpa: float = 15.0, seconds: float = 400.0, **rig: float) -> Rig:
    """On the way up for the first time, commissioning on."""
    held = Rig(config((press_row(mpa, FOREVER), END), identification=True), **rig)  # type: ignore[arg-type]
    held.run(seconds)
    return held


def learnt(rig: Rig) -> dict[int, float]:
    """What the events say of it."""
    return {e.code: e.value for e in rig.events if e.kind == EventKind.LEARNT}


@pytest.mark.parametrize(
    ("stick_um", "reversal_um"), [(0.5, 1.0), (0.2, 2.0), (1.6, 0.3), (0.0, 0.5), (0.0, 2.0)]
)
def test_travel_to_a_slip_and_wind_up_are_known_before_the_hold(
    stick_um: float, reversal_um: float
):
    rig = pressed(stick_um=stick_um, reversal_um=reversal_um, noise_n=0.02, seconds=900.0)
    found = learnt(rig)
    step_um = 0.05
    least_um = max(stick_um, step_um)
    assert found[Learnt.SAME_TRAVEL] == pytest.approx(least_um, rel=0.2, abs=step_um)
    assert found[Learnt.REVERSE_TRAVEL] == pytest.approx(
        least_um + reversal_um, rel=0.2, abs=2 * step_um
    )
    assert found[Learnt.SLIP] == pytest.approx(least_um * rig.mpa_per_um, rel=0.25, abs=0.004)
    assert found[Learnt.STIFFNESS] == pytest.approx(10.0, rel=0.1)


@pytest.mark.parametrize("stick_um", [0.0, 0.5, 1.0])
def test_it_stays_below_the_hold(stick_um: float):
    rig = Rig(config((press_row(15.0, FOREVER), END), identification=True), stick_um=stick_um)
    peak = 0.0
    while rig.state.hold.lesson < len(LESSONS):
        rig.turn()
        peak = max(peak, rig.pressure_mpa)
    assert peak <= 15.0 + 0.5 * stick_um * rig.mpa_per_um


def test_it_is_done_once():
    rows = (press_row(15.0, 600.0), press_row(20.0, 600.0), END)
    rig = Rig(config(rows, identification=True))
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
    assert len([e for e in rig.events if e.kind == EventKind.LEARNT]) == 4


def test_the_programme_is_not_settled_while_it_lasts():
    rig = Rig(config((press_row(74.0, FOREVER), END), identification=True))
    while rig.state.hold.lesson < len(LESSONS):
        rig.turn()
        assert rig.state.sequence.settled_ns < 0


def test_with_current_flowing_it_waits():
    rows = (press_row(15.0, wait=False), current_row(1e-3, 300.0), END)
    rig = Rig(config(rows, identification=True))
    rig.run(290)
    assert rig.state.hold.lesson == 0


def test_from_above_there_is_none():
    rows = (press_row(5.0, 1.0), END)
    rig = Rig(config(rows, identification=True), preload_mpa=20.0)
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
    assert rig.state.hold.lesson == 0


def test_switched_off_nothing_is_pushed():
    rig = Rig(config((press_row(15.0, FOREVER), END)))
    rig.run(300)
    assert learnt(rig) == {}


@pytest.mark.parametrize("creep_um_per_s", [-0.3, -1.0])
def test_it_is_left_out_where_the_stack_creeps_away_through_its_room(creep_um_per_s: float):
    rig = pressed(creep_um_per_s=creep_um_per_s)
    assert rig.state.hold.lesson == 0
    assert not learnt(rig)
    assert rig.pressure_mpa == pytest.approx(15.0, rel=0.02)


def test_a_creep_that_eats_the_ramp_teaches_no_stiffness():
    rig = pressed(creep_um_per_s=-3.0, seconds=200.0)
    assert rig.state.hold.friction.mpa_per_um == pytest.approx(rig.mpa_per_um, rel=0.1)
