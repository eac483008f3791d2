"""A flow too fast for single strokes: tracked, and with response checks on the way."""

import math
import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from fixture.core.control import disturbance, tracking
from fixture.core.control.outlook import WINDOWS_MOST
from fixture.core.control.response import limit_um
from fixture.core.control.state import Controller, Evidence, Inputs, Phase, Signal
from fixture.core.safety.trips import Trip
from fixture.core.types import RUNNING, EventKind
from tests.core.bench import AREA_MM2, END, Rig, config, current_row, limits, press_row

FOREVER = 1e6
FLOW_UM_PER_S = -0.5
SLOWER_UM_PER_S = -0.1  # single strokes keep up with it
MOST_UM = 40.0  # of travel that a dead load cell may cost
Reading = Callable[
    [float, random.Random], float
]  # MPa off the last true one, after so many seconds


def holding(stick_um: float, creep_um_per_s: float) -> Rig:
    """A press declared to slip by half a micrometre, for two minutes on a stack that gives way."""
    rig = Rig(
        config((press_row(15.0, FOREVER), END)), stick_um=stick_um, creep_um_per_s=creep_um_per_s
    )
    rig.run(120.0)
    return rig


def errors_mpa(rig: Rig, seconds: float) -> list[float]:
    """Of the true pressure."""
    errors: list[float] = []
    rig.run(seconds, lambda r: errors.append(r.pressure_mpa - 15.0))
    return errors


def dead(rig: Rig, reading: Reading, seconds: float) -> float:
    """From here on the load cells follow a course of their own; how far the drive goes, µm."""
    drive_um, counts = rig.drive_um, rig.sample().counts
    table, draw = rig.config, random.Random(1)
    for tick in range(round(seconds * 10)):
        force_n = reading(tick / 10, draw) * table.area_mm2 / len(counts)
        rig.turn(
            counts=tuple(
                round(count + force_n / one)
                for count, one in zip(counts, table.load_cells.newton_per_count, strict=True)
            )
        )
        if rig.state.safety.trip:
            break
    return abs(rig.drive_um - drive_um)


@pytest.mark.parametrize("stick_um", [0.0, 0.5])
def test_a_flow_of_more_than_a_slip_between_observations_is_followed(stick_um: float):
    rig = holding(stick_um, FLOW_UM_PER_S)
    errors = errors_mpa(rig, 120.0)
    assert rig.state.controller.phase in (Phase.TRACK, Phase.CHECK)
    assert rig.state.safety.trip == 0
    assert int(EventKind.DROPPED) not in rig.kinds()
    assert max(map(abs, errors)) < 1.8 * rig.mpa_per_um
    assert sum(map(abs, errors)) / len(errors) < 0.4 * rig.mpa_per_um


def test_tracking_without_slips_shows_that_the_press_does_not_stick():
    rig = holding(0.0, FLOW_UM_PER_S)
    rig.run(60.0)
    assert rig.state.controller.friction.band_um < 0.6 * rig.config.nominal.stick_band_um


def test_tracking_with_slips_shows_nothing_of_the_kind():
    rig = holding(0.5, FLOW_UM_PER_S)
    rig.run(60.0)
    assert rig.state.controller.friction.band_um > 0.7 * rig.config.nominal.stick_band_um


def silent(_seconds: float, _draw: random.Random) -> float:
    """Frozen."""
    return 0.0


def low(_seconds: float, _draw: random.Random) -> float:
    """Frozen a little too low."""
    return -0.008


def falling(seconds: float, _draw: random.Random) -> float:
    """As by a load cell that warms."""
    return -0.003 * seconds


def falling_slowly(seconds: float, _draw: random.Random) -> float:
    """The same, less."""
    return -0.0005 * seconds


def swinging(seconds: float, _draw: random.Random) -> float:
    """As by hum."""
    return 0.005 * math.sin(0.2 * math.pi * seconds)


def noisy(_seconds: float, draw: random.Random) -> float:
    """More than a step."""
    return draw.uniform(-0.01, 0.01)


@pytest.mark.parametrize(
    ("stick_um", "flow_um_per_s"),
    [(0.0, FLOW_UM_PER_S), (0.5, FLOW_UM_PER_S), (0.5, SLOWER_UM_PER_S)],
)
@pytest.mark.parametrize("reading", [silent, falling, falling_slowly, swinging, noisy])
def test_dead_load_cells_soon_stop_a_press_that_follows_a_flow(
    stick_um: float, flow_um_per_s: float, reading: Reading
):
    rig = holding(stick_um, flow_um_per_s)
    assert dead(rig, reading, 600.0) < MOST_UM


def test_travel_whose_response_a_flow_takes_away_is_checked_by_standing():
    rig = holding(0.5, SLOWER_UM_PER_S)
    controller = rig.state.controller
    limit = limit_um(controller.friction, 15.0)
    rate = SLOWER_UM_PER_S * rig.mpa_per_um
    known = replace(controller.disturbance, drift=rate, p_rr=1e-8, p_er=0.0, p_ar=0.0, p_rl=0.0)
    dry = replace(controller, disturbance=known, evidence=Evidence(dry_um=0.6 * limit))
    rig.state = replace(rig.state, controller=dry)
    phases: set[int] = set()
    rig.run(10.0, lambda r: phases.add(r.state.controller.phase))
    assert Phase.CHECK in phases
    assert rig.state.controller.evidence.dry_um < 0.1 * limit
    assert int(EventKind.DROPPED) not in rig.kinds()


def test_steps_too_small_to_be_seen_must_have_done_something_in_all():
    rig = Rig(config((press_row(15.0, FOREVER), END), slip_um=0.0), stick_um=0.0, reversal_um=0.05)
    rig.run(120.0)
    moved_um = dead(rig, low, 1800.0)
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert moved_um < MOST_UM


PULSE_A = 0.1


def pulsed(dies: bool) -> Rig:
    """Pulses of current on a press that does not stick; from the 25th step on the cell breathes no
    more, and the load cells show a constant force with noise."""
    rest, charge = current_row(0.0, 30.0), current_row(PULSE_A, 15.0)
    discharge = current_row(-PULSE_A, 15.0)
    rows = (press_row(15.0, 30.0), *(discharge, rest) * 6, *(charge, rest) * 6)
    table = config(
        (*rows, *(discharge, rest) * 12, END), slip_um=0.05, limits=limits(current_max_a=1.0)
    )
    nominal = replace(table.nominal, lag_s=1.0, noise_mpa=0.01)
    rig = Rig(replace(table, nominal=nominal), stick_um=0.0, noise_n=0.5, slides=True)
    while rig.state.sequence.step < len(rows):
        rig.turn()
    if dies:
        rig.breathing_um_per_c = 0.0
    return rig


def test_pulses_do_not_put_off_the_response_check():
    rig, draw = pulsed(dies=True), random.Random(3)
    drive_um, force_n = rig.drive_um, 15.0 * AREA_MM2 / 3.0
    while rig.state.sequence.phase == RUNNING and not rig.state.safety.trip:
        rig.turn(counts=tuple(round(10.0 * (force_n + draw.gauss(0.0, 0.5))) for _ in range(3)))
    assert int(EventKind.DROPPED) in rig.kinds()
    assert rig.drive_um - drive_um < MOST_UM


def test_pulses_that_the_stack_answers_pass_it():
    rig = pulsed(dies=False)
    while rig.state.sequence.phase == RUNNING:
        rig.turn()
    assert int(EventKind.DROPPED) not in rig.kinds()
    assert rig.state.safety.trip == 0


def checked(rig: Rig, due_mpa: float, went_mpa: float) -> tuple[Controller, list[int]]:
    """The last window of a response check in which so much was due, and the pressure went so
    far; the codes of its events."""
    state = rig.state
    held, measured = state.controller, state.known
    track = replace(
        held.tracking,
        predicted_mpa=held.disturbance.error_mpa - due_mpa,
        mark_mpa=measured.mean_mpa - went_mpa,
        stood=WINDOWS_MOST,
        checked_um=20.0,
    )
    evidence = replace(held.evidence, dry_um=5.0)
    inputs = Inputs(rig.config, measured, state.current, state.sequence, rig.sample())
    after, signal, events = tracking.check(inputs, replace(held, tracking=track, evidence=evidence))
    assert signal == Signal.CHECKED
    return after, [event.kind for event in events]


def test_a_check_is_judged_by_what_was_predicted_since_the_press_stood():
    rig = holding(0.5, 0.0)
    passed, told = checked(rig, -0.3, -0.28)
    assert (passed.evidence.dry_um, passed.tracking.checked_um, told) == (0.0, 0.0, [])
    failed, told = checked(rig, -0.3, 0.0)
    assert told == [int(EventKind.DROPPED)]
    assert failed.evidence.dry_um > 5.0
    start = disturbance.start(rig.config)
    assert (failed.disturbance.breathing, failed.disturbance.p_aa) == (0.0, start.p_aa)


def test_a_check_in_which_nothing_can_be_seen_says_nothing():
    rig = holding(0.5, 0.0)
    for went_mpa in (-0.001, 0.001):
        after, told = checked(rig, 1e-6, went_mpa)
        assert told == []
        assert (after.evidence.dry_um, after.tracking.checked_um) == (5.0, 20.0)
        assert after.disturbance.breathing == rig.state.controller.disturbance.breathing


@pytest.mark.parametrize(
    ("mpa", "um_per_s", "seconds", "stick_um"),
    [(0.5, 0.1, 600.0, 0.5), (1.0, 0.1, 600.0, 0.5), (2.0, 0.1, 600.0, 0.5), (5.0, 0.5, 60.0, 0.0)],
)
def test_a_flow_that_is_followed_at_a_low_pressure_and_ends_is_no_missing_response(
    mpa: float, um_per_s: float, seconds: float, stick_um: float
):
    table = config((press_row(mpa, 1e6), END), slip_um=stick_um)
    rig = Rig(table, stick_um=stick_um, slides=not stick_um)
    rig.run(200.0)
    rig.creep_um_per_s = -um_per_s
    rig.run(seconds)
    rig.creep_um_per_s = 0.0
    rig.run(120.0)
    assert rig.state.safety.trip == 0
    assert rig.pressure_mpa == pytest.approx(mpa, abs=0.1)
