"""One window of force against press: each number of it, exactly, at its limit and beyond."""

import math
from typing import Any

import msgspec
import pytest

from fixture.core import config as c
from fixture.core.measurement.lagged_current import Current
from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import residual
from fixture.core.safety.plausibility import standing as stands
from fixture.core.safety.plausibility.budget import Budget
from fixture.core.safety.plausibility.creep import Creep
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.residual import (
    FLOW_UM_PER_S,
    GAS_UM_PER_S,
    OUTWARD_UM,
    Cracks,
    Residual,
    Side,
    Stiffness,
)
from fixture.core.safety.plausibility.standing import SEEN, Standing
from tests.core.bench import END, config, limits
from tests.core.samples import NAN

# A rig of round numbers: 0.25 MPa/um, 200 MPa at the limit of force; a threshold of 5 um
K, STEP_UM, SETPOINT_MPA = 0.25, 1.5, 20.0
NOTHING_HIDES = Friction(0.0, 0.0, 0.0)
RESTS = Current()


def rig(**nominal: Any) -> c.Config:
    """The rig, with some of what it declares changed."""
    declares: dict[str, Any] = {"softest": 0.5, "flows": False} | nominal
    found = config(
        (END,),
        area_mm2=64.0,
        nominal=c.Nominal(16.0, 0.0, 0.0, 2.0, 20.0, 0.0, **declares),
        limits=limits(force_max_n=12_800.0),
    )
    return msgspec.structs.replace(
        found, press=msgspec.structs.replace(found.press, um_per_count=STEP_UM)
    )


RIG = rig()
HELD = Residual(  # at the setpoint for long, crept and with blocks enough
    window=1,
    t_ns=10_000_000_000,
    temperature_c=25.0,
    setpoint_mpa=SETPOINT_MPA,
    reached_ns=0,
    inward=Side(0.0, SETPOINT_MPA),
    outward=Side(0.0, SETPOINT_MPA),
    stiffness=Stiffness(K, 5, 0.0, SETPOINT_MPA, SETPOINT_MPA),
    creep=Creep((SETPOINT_MPA,) * 5),
)


def state(**changes: Any) -> Residual:
    """The hold, with some of it changed."""
    return msgspec.structs.replace(HELD, **changes)


def window(
    before: Residual = HELD,
    mean_mpa: float = SETPOINT_MPA,
    position_um: float = 0.0,
    *,
    seconds: float = 0.0,
    current: Current = RESTS,
    celsius: float = 25.0,
    setpoint_mpa: float = SETPOINT_MPA,
    table: c.Config = RIG,
    friction: Friction = NOTHING_HIDES,
) -> Residual:
    """One more; without a time of its own nothing creeps, flows or fades."""
    known = Known(windows=2, mean_mpa=mean_mpa, position_um=position_um, temperature_c=celsius)
    t_ns = before.t_ns + round(seconds * 1e9)
    return residual.follow(table, before, known, current, t_ns, setpoint_mpa, friction)


# -- what is beyond ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "beyond"),
    [
        ({}, False),
        ({"inward": Side(sum_um=8.0)}, False),
        ({"inward": Side(sum_um=8.001)}, True),
        ({"outward": Side(sum_um=8.0 + OUTWARD_UM)}, False),
        ({"outward": Side(sum_um=8.001 + OUTWARD_UM)}, True),
        ({"standing": Standing(sum_um=3.0, windows=SEEN)}, False),
        ({"standing": Standing(sum_um=3.001, windows=SEEN)}, True),
        ({"budget": Budget(left_um=0.0)}, False),
        ({"budget": Budget(left_um=-0.001)}, True),
        ({"soft": True}, True),
    ],
)
def test_each_sum_has_its_own_threshold(changes: dict[str, Any], beyond: bool):
    assert residual.is_beyond(state(threshold_um=8.0, standing_um=3.0, **changes)) is beyond


# -- what charge and warmth do -------------------------------------------------------------------

CRACKED = state(cracks=Cracks(windows=9.0))  # too often for another crack to be excused


@pytest.mark.parametrize(
    ("current", "celsius", "expected_um"),
    [
        (Current(lagged_c=8.0), 25.0, 16.0),
        (Current(lagged_c=8.0, now_a=1.0, lagged_a=-0.5), 25.0, 16.0 - 0.6),
        (Current(lagged_c=8.0, now_a=0.5, lagged_a=-1.0), 25.0, 16.0 - 0.6),
        (Current(lagged_c=8.0, unknown_a=0.25), 25.0, 16.0 - 0.25),
        (Current(lagged_c=8.0), 27.0, 16.0 - 8.0),
        (Current(lagged_c=8.0), 23.0, 16.0 - 8.0),
        (Current(lagged_c=8.0), NAN, 16.0),
    ],
)
def test_inward_growth_counts_less_what_is_uncertain_of_it(
    current: Current, celsius: float, expected_um: float
):
    seen = window(CRACKED, seconds=0.5, current=current, celsius=celsius)
    assert seen.inward.rest_um == pytest.approx(expected_um - 0.5 * FLOW_UM_PER_S)
    assert seen.inward.sum_um == seen.inward.rest_um


def test_growth_is_since_the_window_before():
    before = msgspec.structs.replace(CRACKED, lagged_c=5.0)
    seen = window(before, seconds=0.5, current=Current(lagged_c=8.0))
    assert seen.inward.sum_um == pytest.approx(6.0 - 0.5 * FLOW_UM_PER_S)
    assert seen.lagged_c == 8.0


def test_outward_a_loss_counts_less_what_is_uncertain_of_it():
    seen = window(seconds=0.5, current=Current(lagged_c=-8.0, unknown_a=0.25), celsius=26.0)
    assert seen.outward.sum_um == pytest.approx(16.0 - 0.25 - 4.0 - 0.5 * GAS_UM_PER_S)


def test_what_a_load_that_comes_off_gets_back_is_no_growth():
    crept = state(creep=Creep((SETPOINT_MPA + 8.0,) * 5), lagged_c=8.0)
    without = window(state(lagged_c=8.0), seconds=0.5).outward.sum_um
    recovered_mpa = 0.04 * sum(8.0 * 0.5 / (s + 0.5) for s in (1.0, 10.0, 100.0, 1e3, 1e4))
    assert window(crept, seconds=0.5).outward.sum_um == pytest.approx(without - recovered_mpa / K)


# -- reached, worth judging, soft ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean_mpa", "reached"), [(21.0, True), (19.0, True), (21.001, False), (18.999, False)]
)
def test_a_setpoint_is_reached_within_a_twentieth_of_it(mean_mpa: float, reached: bool):
    before = state(reached_ns=-1)
    assert window(before, mean_mpa).reached_ns == (before.t_ns if reached else -1)


@pytest.mark.parametrize("reached_ns", [0, 7])
def test_a_setpoint_that_was_reached_stays_so_until_there_is_another(reached_ns: int):
    before = state(reached_ns=reached_ns)
    assert window(before, 10.0).reached_ns == reached_ns
    assert window(before, 10.0, setpoint_mpa=30.0).reached_ns == -1
    assert window(before, 30.0, setpoint_mpa=30.0).reached_ns == before.t_ns


@pytest.mark.parametrize(
    ("setpoint_mpa", "mean_mpa", "judged"),
    [(20.0, 4.0, True), (20.0, 3.999, False), (4.0, 2.0, True), (4.0, 1.999, False)],
)
def test_half_the_setpoint_or_a_fiftieth_of_the_limit_is_worth_judging(
    setpoint_mpa: float, mean_mpa: float, judged: bool
):
    gone_in = Side(-40.0, mean_mpa)
    before = state(inward=gone_in, outward=Side(40.0, mean_mpa))
    seen = window(before, mean_mpa, setpoint_mpa=setpoint_mpa)
    fresh = Side(0.0, mean_mpa)
    assert (seen.inward != fresh, seen.outward != fresh) == (judged, judged)


def test_the_first_window_judges_nothing():
    first = window(Residual(), position_um=30.0, seconds=0.5)
    assert first.inward == first.outward == Side(30.0, SETPOINT_MPA)
    assert (first.travel_um, first.creep) == (0.0, Creep())
    assert first.stiffness == Stiffness(0.0, 0, 30.0, SETPOINT_MPA, SETPOINT_MPA)


@pytest.mark.parametrize(
    ("k", "blocks", "mean_mpa", "soft"),
    [
        (0.124, 3, 10.001, True),
        (0.124, 4, 10.001, True),
        (0.124, 2, 10.001, False),
        (0.124, 3, 10.0, False),
        (0.125, 3, 10.001, False),
    ],
)
def test_a_stack_is_too_soft_after_three_blocks_beyond_half_the_setpoint(
    k: float, blocks: int, mean_mpa: float, soft: bool
):
    before = state(stiffness=Stiffness(k, blocks, 0.0, 0.0, 20.0))
    assert window(before, mean_mpa).soft is soft
    assert not window(before, mean_mpa, table=rig(flows=True)).soft


# -- the stiffness -------------------------------------------------------------------------------

BLOCK = Stiffness(0.2, 1, 2.0, 10.0, 14.0)


@pytest.mark.parametrize(
    ("position_um", "from_um", "mean_mpa", "expected"),
    [
        (21.9, 21.0, 15.0, Stiffness(0.2, 1, 2.0, 10.0, 15.0)),  # the block goes on
        (22.0, 21.0, 15.0, Stiffness(0.25, 2, 22.0, 15.0, 15.0)),  # 5 MPa in 20 um
        (22.0, 21.0, 14.0, Stiffness(0.2, 2, 22.0, 14.0, 14.0)),  # no stiffer than before
        (22.0, 21.0, 13.9, Stiffness(0.2, 1, 22.0, 13.9, 14.0)),  # not the highest force
        (22.0, 21.0, 90.0, Stiffness(2.5, 2, 22.0, 90.0, 90.0)),  # ten times the declared, at most
        (18.0, 18.0, 15.0, Stiffness(0.2, 1, 2.0, 10.0, 15.0)),  # it stands
        (18.0, 17.5, 15.0, Stiffness(0.2, 1, 2.0, 10.0, 15.0)),  # it goes in a little
        (18.0, 18.5, 15.0, Stiffness(0.2, 1, 18.0, 15.0, 15.0)),  # it goes out: another block
    ],
)
def test_a_block_of_loading_gives_the_stiffness(
    position_um: float, from_um: float, mean_mpa: float, expected: Stiffness
):
    seen = window(state(stiffness=BLOCK, position_um=from_um), mean_mpa, position_um)
    assert msgspec.structs.astuple(seen.stiffness) == pytest.approx(
        msgspec.structs.astuple(expected)
    )


@pytest.mark.parametrize(
    ("late_um", "at_its_beginning_um", "position_um", "blocks"),
    [(10.0, 0.0, 31.9, 1), (10.0, 0.0, 32.0, 2), (10.0, 10.0, 22.0, 2), (10.0, 20.0, 22.0, 2)],
)
def test_a_block_is_long_beside_what_more_of_its_force_is_late_at_its_end(
    late_um: float, at_its_beginning_um: float, position_um: float, blocks: int
):
    begun = msgspec.structs.replace(BLOCK, block_late_um=at_its_beginning_um)
    before = state(stiffness=begun, position_um=position_um - 1.0, travel_um=late_um)
    seen = window(before, 15.0, position_um).stiffness
    assert (seen.blocks, seen.block_late_um) == (
        blocks,
        late_um if blocks > 1 else begun.block_late_um,
    )


NO_BLOCK, SOFT = Stiffness(highest_mpa=64.0), Stiffness(0.01, 1, 0.0, 0.0, 64.0)
STIFF = Stiffness(K, 1, 0.0, 0.0, 64.0)


@pytest.mark.parametrize(
    ("stiffness", "from_um", "from_mpa", "expected_um"),
    [
        (NO_BLOCK, -100.0, 15.0, 100.0 - 1.0 / 0.025),
        (NO_BLOCK, -100.0, 18.0, 100.0 + 2.0 / 0.25),
        (NO_BLOCK, 8.0, 22.0, -8.0 + 6.0 / 0.25),
        (SOFT, -100.0, 15.0, 100.0 - 1.0 / (0.8 * 0.025 * 0.5)),
        (SOFT, -100.0, 18.0, 100.0 + 2.0 / 0.025),
        (STIFF, -100.0, 15.0, 100.0 - 1.0 / (0.8 * 0.25 * 0.5)),
        (STIFF, -100.0, 18.0, 100.0 + 2.0 / 0.25),
        (STIFF, 4.0, 22.0, -3.0 * 4.0 + 6.0 / 0.25),
    ],
)
def test_inward_is_travel_without_force(
    stiffness: Stiffness, from_um: float, from_mpa: float, expected_um: float
):
    """At 16 MPa, a quarter of the highest force: so the least stiffness is half of what it was."""
    before = state(stiffness=stiffness, inward=Side(from_um, from_mpa, 0.0, expected_um))
    seen = window(before, 16.0)
    assert seen.inward.sum_um == pytest.approx(expected_um)
    assert (seen.inward.from_um, seen.inward.from_mpa) == (from_um, from_mpa)


@pytest.mark.parametrize(
    ("stiffness", "from_um", "from_mpa", "expected_um"),
    [
        (NO_BLOCK, 10.0, 15.0, 10.0 + 1.0 / 2.5),
        (NO_BLOCK, 100.0, 17.0, 100.0 - 1.0 / 0.025),
        (STIFF, 10.0, 15.0, 10.0 + 1.0 / (1.5 * 0.25)),
        (STIFF, 100.0, 17.0, 100.0 - 1.0 / (0.8 * 0.25 * 0.5)),
    ],
)
def test_outward_is_force_without_travel(
    stiffness: Stiffness, from_um: float, from_mpa: float, expected_um: float
):
    seen = window(state(stiffness=stiffness, outward=Side(from_um, from_mpa)), 16.0)
    assert seen.outward.sum_um == pytest.approx(expected_um)
    assert (seen.outward.from_um, seen.outward.from_mpa) == (from_um, from_mpa)


@pytest.mark.parametrize(("mean_mpa", "least"), [(0.5, 0.5), (0.0, 1.0)])
def test_hardly_any_force_is_compared_with_the_highest_and_none_with_nothing(
    mean_mpa: float, least: float
):
    before = state(
        stiffness=Stiffness(K, 1, 0.0, 0.0, 4.0 * mean_mpa), inward=Side(-50.0, mean_mpa - 1.0)
    )
    seen = window(before, mean_mpa, setpoint_mpa=mean_mpa)
    assert seen.inward.sum_um == pytest.approx(50.0 - 1.0 / (0.8 * K * least))


@pytest.mark.parametrize(("more_um", "kept"), [(0.0, False), (0.5, True), (-0.5, False)])
def test_a_sum_of_nothing_begins_anew(more_um: float, kept: bool):
    inward = state(inward=Side(-5.0 - more_um, 19.0))  # 1 MPa is 5 um, at the least stiffness
    outward = state(outward=Side(-2.0 + more_um, 19.25))  # 0.75 MPa are 2 um, at the most
    assert (window(inward).inward.from_um != 0.0) is kept
    assert (window(outward).outward.from_um != 0.0) is kept


def test_the_rest_adds_up():
    before = state(inward=Side(-5.0, 20.0, 3.0, 8.0), outward=Side(5.0, 20.0, 2.0, 7.0))
    seen = window(before)
    assert (seen.inward.rest_um, seen.inward.sum_um) == (3.0, 8.0)
    assert (seen.outward.rest_um, seen.outward.sum_um) == (2.0, 7.0)


# -- cracks --------------------------------------------------------------------------------------


def cracked(grew_um: float, cracks: Cracks) -> Residual:
    """One window in which the stack loses so much thickness under a threshold of 5 um."""
    return window(state(cracks=cracks), SETPOINT_MPA - K * grew_um)


@pytest.mark.parametrize(
    ("grew_um", "cracks", "excused", "windows"),
    [
        (1.25, Cracks(0.0, 0.0, 0.0), True, 1.0),
        (1.0, Cracks(0.0, 0.0, 0.0), False, 0.0),  # not sudden
        (1.0, Cracks(0.5, 0.0, 0.0), False, 0.5),
        (1.0, Cracks(0.625, 0.0, 0.0), True, 0.625),  # one that comes to rest
        (0.5, Cracks(0.625, 0.0, 0.0), True, 0.625),
        (1.25, Cracks(4.0, 0.0, 0.0), True, 5.0),
        (1.25, Cracks(4.125, 0.0, 0.0), False, 4.125),  # too many
        (1.25, Cracks(0.0, 38.75, 38.75), True, 1.0),  # half of F/K, which is 80 um
        (1.25, Cracks(0.0, 39.0, 39.0), False, 0.0),
        (1.25, Cracks(0.0, 0.0, 158.75), True, 1.0),  # twice F/K
        (1.25, Cracks(0.0, 0.0, 159.0), False, 0.0),
    ],
)
def test_a_crack_is_sudden_rare_and_small(
    grew_um: float, cracks: Cracks, excused: bool, windows: float
):
    seen = cracked(grew_um, cracks)
    assert seen.threshold_um == 5.0
    assert (seen.inward.sum_um, seen.inward.rest_um) == (
        (0.0, -grew_um) if excused else (grew_um, 0.0)
    )
    more_um = grew_um if excused else 0.0
    assert seen.cracks == Cracks(windows, cracks.newest_um + more_um, cracks.all_um + more_um)


@pytest.mark.parametrize(
    ("seconds", "fast", "slow"), [(5.0, 0.5, 1.0 - 5.0 / 3600.0), (1800.0, 0.0, 0.5), (4e3, 0, 0)]
)
def test_cracks_fade(seconds: float, fast: float, slow: float):
    seen = window(state(cracks=Cracks(4.0, 8.0, 16.0)), seconds=seconds)
    assert msgspec.structs.astuple(seen.cracks) == pytest.approx(
        (4.0 * fast, 8.0 * fast, 16.0 * slow)
    )


# -- what is hidden ------------------------------------------------------------------------------


def test_noise_steps_friction_and_late_travel_make_the_threshold():
    friction = Friction(3.0, 2.0, 0.0625)
    noise_um = 0.25 / K
    hidden_um = residual.LEAST_UM + residual.HIDES * 5.0 + residual.DEVIATIONS * noise_um
    seen = window(state(travel_um=7.0), position_um=-4.0, friction=friction)
    assert seen.threshold_um == hidden_um + 2.0 * STEP_UM + 7.0 + 4.0
    assert seen.travel_um == 11.0
    trembles_um = stands.noise_um(seen.standing, friction.noise_mpa2, K)
    assert seen.standing_um == residual.LEAST_UM + 3.0 + trembles_um + 2.0 * STEP_UM


def test_travel_is_late_for_as_long_as_the_force_takes_to_follow():
    due_s = 1.0 + RIG.press.settle_ns * 1e-9
    assert window(state(travel_um=8.0), seconds=0.5 * due_s).travel_um == pytest.approx(4.0)
    assert window(state(travel_um=8.0), seconds=2.0 * due_s).travel_um == 0.0
    assert math.isclose(due_s, 2.5)


# -- where the press stands on its way -----------------------------------------------------------

STOOD = Standing(SETPOINT_MPA, 0.0, 0, 2.0, 30, 0.0)
LATE = int(residual.ARRIVES_S * 1e9)  # after the start of the run


@pytest.mark.parametrize(
    ("reached_ns", "mean_mpa", "setpoint_mpa", "counts"),
    [
        (-1, 16.0, 20.0, True),  # on the way inward
        (-1, 24.0, 20.0, False),  # on the way outward
        (1, SETPOINT_MPA, SETPOINT_MPA, True),  # its end
        (0, SETPOINT_MPA, SETPOINT_MPA, False),  # after it
    ],
)
def test_a_stand_counts_on_the_way_inward_and_at_its_end(
    reached_ns: int, mean_mpa: float, setpoint_mpa: float, counts: bool
):
    before = state(
        t_ns=LATE, reached_ns=reached_ns, standing=STOOD, setpoint_mpa=setpoint_mpa, standing_um=9.0
    )
    seen = window(before, mean_mpa, setpoint_mpa=setpoint_mpa).standing
    assert seen.windows == (STOOD.windows + 1 if counts else 0)


def test_a_crack_in_a_stand_is_no_drift():
    before = state(t_ns=LATE, reached_ns=1, standing=STOOD, standing_um=6.0)
    seen = window(before, 0.5 * SETPOINT_MPA)
    assert seen.standing.sum_um < seen.standing_um
