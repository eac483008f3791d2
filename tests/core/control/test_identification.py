"""Identification: five strokes at a pressure measure friction and stiffness, on any press."""

import pytest

from fixture.core.types import EventKind, Identified, Phase
from tests.core.bench import END, Rig, config, identify_row, press_row

FOREVER = 1e6


def identifying(mpa: float = 15.0, **rig: float) -> Rig:
    """A rig that identifies at nine tenths of its pressure before it is pressed to it."""
    rows = (identify_row(0.9 * mpa), press_row(mpa, FOREVER), END)
    return Rig(config(rows), **rig)  # type: ignore[arg-type]


def pressed(mpa: float = 15.0, seconds: float = 400.0, **rig: float) -> Rig:
    """The same after a while."""
    held = identifying(mpa, **rig)
    held.run(seconds)
    return held


def is_identifying(rig: Rig) -> bool:
    """Whether the sequence has not gone beyond its first step."""
    return rig.state.sequence.step < 1


def identified(rig: Rig) -> dict[int, float]:
    """What the events say of it."""
    return {e.code: e.value for e in rig.events if e.kind == EventKind.IDENTIFIED}


@pytest.mark.parametrize(
    ("stick_um", "reversal_um"), [(0.5, 1.0), (0.2, 2.0), (1.6, 0.3), (0.0, 0.5)]
)
def test_stick_band_and_backlash_are_known_before_the_setpoint(stick_um: float, reversal_um: float):
    rig = pressed(stick_um=stick_um, reversal_um=reversal_um, noise_n=0.02, seconds=900.0)
    found = identified(rig)
    step_um = 0.05
    least_um = max(stick_um, step_um)
    assert found[Identified.STICK_BAND] == pytest.approx(least_um, rel=0.2, abs=step_um)
    assert found[Identified.TRAVEL_AFTER_REVERSAL] == pytest.approx(
        least_um + reversal_um, rel=0.2, abs=2 * step_um
    )
    assert found[Identified.SLIP_JUMP] == pytest.approx(
        least_um * rig.mpa_per_um, rel=0.25, abs=0.004
    )
    assert found[Identified.STIFFNESS] == pytest.approx(10.0, rel=0.1)


@pytest.mark.parametrize("stick_um", [0.0, 0.5, 1.0])
def test_it_stays_below_the_setpoint_that_follows(stick_um: float):
    rig = identifying(stick_um=stick_um)
    peak = 0.0
    while is_identifying(rig):
        rig.turn()
        peak = max(peak, rig.pressure_mpa)
    assert peak <= 15.0 + 0.5 * stick_um * rig.mpa_per_um


def test_the_step_is_over_once_all_is_identified():
    rig, was_over = identifying(74.0), False
    while is_identifying(rig):
        was_over = rig.state.controller.identification.over
        rig.turn()
    assert was_over
    assert set(identified(rig)) == {
        Identified.STIFFNESS,
        Identified.STICK_BAND,
        Identified.TRAVEL_AFTER_REVERSAL,
        Identified.SLIP_JUMP,
    }


def test_the_pressure_steps_that_follow_identify_nothing():
    rows = (identify_row(13.0), press_row(15.0, 600.0), press_row(20.0, 600.0), END)
    rig = Rig(config(rows))
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
    assert len([e for e in rig.events if e.kind == EventKind.IDENTIFIED]) == 4


def test_a_second_identification_identifies_anew():
    rows = (identify_row(13.0), identify_row(20.0), press_row(22.0, 1.0), END)
    rig = Rig(config(rows))
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
    assert len([e for e in rig.events if e.kind == EventKind.IDENTIFIED]) == 8


def test_without_the_step_nothing_is_identified():
    rig = Rig(config((press_row(15.0, FOREVER), END)))
    rig.run(300)
    assert identified(rig) == {}


@pytest.mark.parametrize("creep_um_per_s", [-0.3, -1.0])
def test_a_stack_that_creeps_away_is_pressed_on_all_the_same(creep_um_per_s: float):
    rig = pressed(creep_um_per_s=creep_um_per_s, seconds=1200.0)
    assert rig.state.safety.trip == 0
    assert not is_identifying(rig)
    assert rig.pressure_mpa == pytest.approx(15.0, rel=0.02)


def test_a_creep_that_takes_the_approach_away_spoils_no_stiffness():
    rig = pressed(creep_um_per_s=-3.0, seconds=200.0)
    assert rig.state.controller.friction.mpa_per_um == pytest.approx(rig.mpa_per_um, rel=0.1)


def test_a_second_identification_measures_again():
    rig = Rig(config((identify_row(5.0), identify_row(5.0), END)), slides=True)
    spent_s = [0.0, 0.0]
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
        spent_s[min(rig.state.sequence.step, 1)] += 0.1
    assert min(spent_s) > 20.0
