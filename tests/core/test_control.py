"""The hold on bare rigs: ramps, economy moves, reversals, faults, rigs that nobody tuned for."""

import random

import msgspec
import pytest

from fixture.core import control
from fixture.core.breathing import Drift
from fixture.core.control import Control, Friction, plan, start
from fixture.core.types import Action, EventKind, Flag, PressMode, Request, Trip
from tests.core.bench import (
    ALL_NEW,
    AREA_MM2,
    END,
    Rig,
    config,
    current_row,
    limits,
    press_row,
    request,
)

IDEAL = 0.29  # rms of a sawtooth of one slip: 1 / sqrt(12)
CURRENT_A = 7.85e-4
# what one slip and one long push teach: the two rules that no run on a rig shows alone
SLIPPED = control._slipped  # pyright: ignore[reportPrivateUsage]
STIFFER = control._stiffer  # pyright: ignore[reportPrivateUsage]
COEFFICIENT = 8.86 / 3.6 / (AREA_MM2 / 100.0)
FOREVER = 1e6


def cycled(mpa: float, current_a: float, seconds: float, **rig: float) -> tuple[list[float], float]:
    """Errors in MPa while cycling once, from a minute after settling; and the highest pressure."""
    rows = (press_row(mpa), current_row(current_a, seconds), current_row(-current_a, seconds), END)
    held = Rig(config(rows), **rig)  # type: ignore[arg-type]
    errors: list[float] = []
    peak = settled = 0.0
    while held.state.programme.phase == 0:
        held.turn()
        peak = max(peak, held.pressure_mpa)
        settled += held.state.programme.row > 0
        if settled > 600:
            errors.append(held.pressure_mpa - mpa)
    assert held.state.safety.trip == 0
    return errors, peak


def rms(values: list[float]) -> float:
    """Root mean square."""
    return (sum(value * value for value in values) / len(values)) ** 0.5


def holding(mpa: float = 5.0, seconds: float = 60.0, **rig: float) -> Rig:
    """A rig that has reached its pressure and goes on holding it."""
    held = Rig(config((press_row(mpa, FOREVER), END)), **rig)  # type: ignore[arg-type]
    held.run(seconds)
    return held


def redrawn(seed: int) -> dict[str, float]:
    """A rig that the nominal values do not know."""
    draw = random.Random(seed)
    return {
        "stiffness_n_per_um": 10.0 * draw.uniform(0.7, 1.3),
        "stick_um": 0.5 * draw.uniform(0.4, 2.0),
        "reversal_um": draw.uniform(0.4, 2.0),
        "breathing_um_per_c": COEFFICIENT * draw.uniform(0.8, 1.2),
        "delay_s": draw.uniform(0.02, 0.5),
        "seed": seed,
    }


# -- holding -----------------------------------------------------------------------------------


def test_the_economy_hold_is_as_good_as_the_slips_allow():
    errors, _ = cycled(15.0, CURRENT_A, 1800.0)
    slip_mpa = 0.5 * 10.0 / AREA_MM2
    assert rms(errors) <= 1.15 * IDEAL * slip_mpa
    assert max(map(abs, errors)) <= 0.8 * slip_mpa


@pytest.mark.parametrize("seed", range(12))
def test_one_controller_holds_rigs_it_was_not_tuned_for(seed: int):
    rig = redrawn(seed)
    errors, peak = cycled(15.0, 3 * CURRENT_A, 400.0, **rig)
    slip_mpa = rig["stick_um"] * rig["stiffness_n_per_um"] / AREA_MM2
    assert rms(errors) <= 1.35 * IDEAL * slip_mpa
    assert max(map(abs, errors)) <= 1.3 * slip_mpa
    assert peak <= 15.0 + 1.3 * slip_mpa


def test_without_stick_it_follows_within_a_step_and_a_half():
    table = config(
        (press_row(15), current_row(CURRENT_A, 900), current_row(-CURRENT_A, 900), END),
        slip_um=0.0,
    )
    nominal = msgspec.structs.replace(table.nominal, reversal_um=0.0)
    rig = Rig(
        msgspec.structs.replace(table, nominal=nominal), stick_um=0.0, reversal_um=0.0, noise_n=0.01
    )
    rig.run(150)
    errors: list[float] = []
    rig.run(1700, lambda r: errors.append(r.pressure_mpa - 15.0))
    assert max(map(abs, errors)) <= 1.5 * 0.05 * rig.mpa_per_um


def test_it_slips_no_oftener_than_the_growth_asks_for():
    rig = holding(15.0, 150.0, creep_um_per_s=-0.0025)
    before = rig.state.control.slips
    rig.run(2000)
    assert rig.state.control.slips - before <= 1.1 * 5.0 / 0.5


def test_at_rest_it_does_not_move_at_all():
    rig = holding(15.0, 150.0)
    before = rig.state.control.travel_um
    rig.run(600)
    assert rig.state.control.travel_um == before


def test_on_a_reversal_the_slack_is_taken_up_in_few_pushes():
    rig = holding(15.0, 150.0, creep_um_per_s=-0.005)
    rig.run(300)
    rig.creep_um_per_s = 0.005
    errors: list[float] = []
    rig.run(400, lambda r: errors.append(r.pressure_mpa - 15.0))
    assert max(map(abs, errors)) <= 1.0 * 0.5 * rig.mpa_per_um


def test_friction_is_learnt_from_the_slips():
    rig = holding(15.0, 150.0, creep_um_per_s=-0.005, stick_um=0.9)
    rig.run(2500)
    friction = rig.state.control.friction
    assert friction.same_um == pytest.approx(0.9, rel=0.25)
    assert friction.slip_mpa == pytest.approx(0.9 * rig.mpa_per_um, rel=0.25)


def test_each_slip_is_an_event_with_direction_and_size():
    rig = holding(15.0, 150.0, creep_um_per_s=-0.005)
    rig.events.clear()
    rig.run(300)
    slips = [event for event in rig.events if event.kind == EventKind.SLIP]
    assert len(slips) >= 2
    assert {event.code for event in slips} == {1}
    for event in slips:
        assert event.value == pytest.approx(0.5 * rig.mpa_per_um, rel=0.3)


# -- ramps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_ramp_does_not_overshoot_whatever_the_stiffness(seed: int):
    table = redrawn(seed)
    rig = holding(74.0, 0.0, **table)
    peak: list[float] = []
    rig.run(240, lambda r: peak.append(r.pressure_mpa))
    assert max(peak) <= 74.0 * 1.005
    assert rig.pressure_mpa == pytest.approx(74.0, abs=0.5)


@pytest.mark.parametrize("seed", range(6))
def test_a_ramp_down_does_not_undershoot(seed: int):
    rows = (press_row(74.0), press_row(15.0, FOREVER), END)
    rig = Rig(config(rows), **redrawn(seed))  # type: ignore[arg-type]
    while rig.state.programme.row < 1:
        rig.turn()
    low: list[float] = []
    rig.run(240, lambda r: low.append(r.pressure_mpa))
    slip_mpa = rig.stick_um * rig.mpa_per_um
    assert min(low) >= 15.0 - 1.2 * slip_mpa
    assert abs(rig.pressure_mpa - 15.0) <= 1.2 * slip_mpa


def test_a_stack_three_times_as_stiff_as_declared_is_not_crushed():
    rig = holding(15.0, 0.0, stiffness_n_per_um=30.0)
    peak: list[float] = []
    rig.run(200, lambda r: peak.append(r.pressure_mpa))
    slip_mpa = rig.stick_um * rig.mpa_per_um
    assert max(peak) <= 15.0 + 4.0 * slip_mpa
    assert abs(rig.pressure_mpa - 15.0) <= 2.0 * slip_mpa
    assert rig.state.safety.trip == 0


def test_the_stiffness_is_measured_on_the_way_up():
    rig = holding(74.0, 240.0, stiffness_n_per_um=7.0)
    assert rig.state.control.friction.mpa_per_um == pytest.approx(rig.mpa_per_um, rel=0.05)


def test_a_short_push_after_a_reversal_teaches_no_stiffness():
    table = config((END,), slip_um=0.05)
    friction = start(table).friction
    ramp = Control(friction, DRIFT, pushed_um=1.0, reversed=True, ramping=True)
    for answer_mpa in (0.05, 0.1, 1.0):
        for pushed_um in (0.6, 1.0, 1.6):
            pushed = msgspec.structs.replace(ramp, pushed_um=pushed_um)
            assert STIFFER(table, friction, pushed, answer_mpa) == friction


# -- faults and absence ------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [True, False])
def test_a_press_that_does_not_press_is_a_fault_and_never_a_slip(frozen: bool):
    rig = Rig(config((press_row(15, FOREVER), END)))
    rig.run(3.0 if not frozen else 0.0)
    held_n = tuple([round(rig.pressure_mpa * AREA_MM2 / 3 * 10)] * 3)
    for _ in range(600):
        rig.turn(counts=held_n)
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert not [e for e in rig.events if e.kind == EventKind.SLIP]


def test_increments_that_never_slip_are_a_fault():
    rig = holding(15.0, 150.0, creep_um_per_s=-0.005)
    rig.stick_um = 1e9
    rig.creep_um_per_s = -0.002
    rig.run(900)
    assert rig.state.safety.trip == Trip.NO_RESPONSE


def test_no_move_begins_while_force_is_missing():
    blind = limits(stale_force_us=10**12)
    rig = Rig(config((press_row(15, FOREVER), END), limits=blind), creep_um_per_s=-0.02)
    rig.run(150)
    while rig.state.control.phase != control.WATCH:
        rig.turn()
    targets: set[float] = set()
    flags = ALL_NEW & ~int(Flag.NEW_FORCE)
    for _ in range(1200):
        targets.add(rig.turn(flags=flags).press_um)
    assert len(targets) == 1
    rig.run(60)
    assert rig.state.control.target_um not in targets


def test_after_a_trip_the_hold_is_still():
    rig = holding()
    rig.turn(flags=ALL_NEW | int(Flag.PRESS_FAULT))
    before = rig.state.control
    rig.run(30)
    assert rig.state.control == before


def test_with_the_cell_opened_alone_the_hold_goes_on():
    table = limits(reactions=(int(Action.OPEN_CIRCUIT),) * len(Trip))
    rig = Rig(config((press_row(5, FOREVER), END), limits=table), creep_um_per_s=-0.02)
    rig.run(60)
    rig.turn(flags=ALL_NEW | int(Flag.PRESS_FAULT))
    rig.run(300)
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.1)


def test_a_stop_stops_a_push_that_is_under_way():
    rig = Rig(config((press_row(74, FOREVER), END)))
    rig.run(3.0)
    assert rig.turn().press_mode == PressMode.MOVE
    assert rig.turn(**request(Request.STOP)).press_mode == PressMode.STOP


def test_a_press_that_stands_still_is_not_following():
    rig = Rig(config((press_row(15, FOREVER), END)))
    for _ in range(900):
        rig.turn(position=0)
    assert rig.state.safety.trip == Trip.NOT_FOLLOWING


def test_a_hold_that_needs_more_travel_than_there_is_trips_before_it_moves():
    table = limits(travel_max_um=10.0)
    rig = Rig(config((press_row(15, FOREVER), END), limits=table))
    highest: list[float] = []
    rig.run(60, lambda r: highest.append(r.drive_um))
    assert rig.state.safety.trip == Trip.TRAVEL
    assert max(highest) <= 10.0


# -- the plan ----------------------------------------------------------------------------------

TABLE = config((END,))
K = 10.0 / AREA_MM2
FRICTION = Friction(K, 0.5 * K, 0.5, 1.5)
DRIFT = Drift(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0)
NEVER = float("inf")


def planned(
    slips: float,
    rate: float = 0.0,
    change_s: float = NEVER,
    next_rate: float = 0.0,
    friction: Friction = FRICTION,
    **changes: object,
) -> float:
    """The move for an error of so many slips; the last push was upwards."""
    drift = msgspec.structs.replace(DRIFT, error_mpa=slips * FRICTION.slip_mpa)
    state = Control(friction, drift, **({"direction": 1} | changes))  # type: ignore[arg-type]
    return plan(TABLE, state, rate, change_s, next_rate)


@pytest.mark.parametrize("slips", [0.0, 0.49, -0.49])
def test_less_than_half_a_slip_off_it_waits(slips: float):
    assert planned(slips) == 0.0


def test_half_a_slip_too_low_it_pushes_nearly_to_the_next_slip():
    assert planned(-0.5) == pytest.approx(0.88 * 0.5)


def test_then_it_goes_on_in_small_increments():
    assert planned(-0.6, pushed_um=0.44) == pytest.approx(0.05)
    assert planned(-0.6, pushed_um=2.0) == pytest.approx(0.16)


def test_the_other_way_the_reversal_comes_on_top():
    assert planned(0.6) == pytest.approx(-0.88 * 1.5)


def test_a_push_begun_with_a_reversal_goes_on_to_the_reversals_end():
    assert planned(-0.6, pushed_um=0.7, reversed=True) == pytest.approx(0.88 * 1.5 - 0.7)


def test_a_move_that_the_drift_will_make_is_not_made():
    assert planned(-0.6, rate=1e-4) == 0.0
    assert planned(0.6, rate=-1e-4) == 0.0
    assert planned(-0.6, rate=-1e-4) > 0.0


def test_a_move_that_the_next_step_of_current_undoes_is_not_made():
    assert planned(-0.6, rate=-1e-4, change_s=20.0, next_rate=-1e-4) > 0.0
    assert planned(-0.6, rate=-1e-4, change_s=20.0, next_rate=1e-3) == 0.0
    assert planned(-0.6, rate=-1e-4, change_s=1e5, next_rate=1e-3) > 0.0
    assert planned(-0.6, rate=-1e-4, change_s=-1.0, next_rate=1e-3) > 0.0


def test_far_off_it_goes_half_the_way_never_believing_the_stack_softer_than_declared():
    assert planned(-10.0) == pytest.approx(0.5 * 10.0 * 0.5)
    soft = Friction(0.1 * K, 0.5 * K, 0.5, 1.5)
    assert planned(-10.0, friction=soft) == pytest.approx(2.5)
    stiff = Friction(2.0 * K, 0.5 * K, 0.5, 1.5)
    assert planned(-10.0, friction=stiff) == pytest.approx(1.25)


def test_without_friction_it_goes_straight_there_and_takes_up_the_slack_once():
    smooth = Friction(K, 0.05 * K, 0.05, 1.05)
    assert planned(-0.2, friction=smooth) == pytest.approx(0.1)
    assert planned(0.2, friction=smooth) == pytest.approx(-0.1 - 1.0)


def test_a_slip_teaches_the_travel_it_took_and_one_that_came_early_teaches_less():
    base = Control(FRICTION, DRIFT, target_um=10.0, start_um=9.5, direction=1)
    late = msgspec.structs.replace(base, pushed_um=0.8)
    early = msgspec.structs.replace(base, pushed_um=0.5)
    assert SLIPPED(TABLE, FRICTION, late, 0.06).same_um == pytest.approx(0.5 + 0.3 * 0.3)
    taught = SLIPPED(TABLE, FRICTION, early, 0.06).same_um
    assert taught == pytest.approx(0.5 + 0.3 * (0.35 - 0.5))
    turned = msgspec.structs.replace(late, reversed=True)
    after = SLIPPED(TABLE, FRICTION, turned, 0.06)
    assert (after.same_um, after.reverse_um) == (0.5, pytest.approx(1.5 + 0.3 * (0.8 - 1.5)))


def test_what_is_learnt_of_friction_stays_above_a_count_of_the_drive():
    tiny = Friction(K, 0.05 * K, 0.05, 0.05)
    state = Control(tiny, DRIFT, target_um=0.05, start_um=0.0, pushed_um=0.05, direction=1)
    after = SLIPPED(TABLE, tiny, state, 0.0)
    assert after == Friction(K, 0.05 * K, 0.05, 0.05)


def test_swapped_wires_are_noticed_within_a_few_micrometres():
    rig = Rig(config((press_row(74.0), END)))
    for _ in range(600):
        counts = tuple(-raw for raw in rig.sample().counts)
        rig.turn(counts=counts)
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert rig.drive_um < 16.0


def test_a_load_cell_that_freezes_in_the_middle_of_a_push_is_noticed():
    rig = Rig(config((press_row(74.0), END)))
    while rig.drive_um < 60.0:
        rig.turn()
    frozen = rig.sample().counts
    for _ in range(200):
        rig.turn(counts=frozen)
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert rig.drive_um < 76.0


def test_a_stack_far_stiffer_than_declared_is_stopped_short_once_and_never_hunted():
    rig = Rig(config((press_row(40.0, 60.0), END)), stiffness_n_per_um=28.0, delay_s=0.3)
    peak = 0.0
    while rig.state.programme.phase == 0 and rig.tick < 6000:
        rig.turn()
        peak = max(peak, rig.pressure_mpa)
    assert rig.state.safety.trip == 0
    assert peak < 42.0
    assert rig.state.control.travel_um < 1.5 * 40.0 / rig.mpa_per_um
    assert rig.state.control.pushed_um >= 0.0
