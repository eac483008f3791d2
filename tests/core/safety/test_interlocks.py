"""The safety layer's limits: each exactly at, just below and just beyond, and not a number."""

import msgspec
import pytest

from fixture.core import config as c
from fixture.core.measurement.load_cells import assess
from fixture.core.measurement.signals import Known
from fixture.core.safety import interlocks
from fixture.core.safety.interlocks import apply
from fixture.core.safety.state import Safety
from fixture.core.safety.trips import Trip
from fixture.core.types import CellMode, Flag, Request
from tests.core.bench import ALL_NEW, END, Rig, config, limits
from tests.core.safety.quiet_tick import (
    CONFIG,
    HOLDING,
    KNOWN,
    LIMITS,
    QUIET,
    REPORTED,
    above,
    below,
    known,
    proposal,
    tripped_by,
)
from tests.core.samples import INF, NAN, one, sample


def test_a_quiet_tick_trips_nothing():
    assert tripped_by() == 0
    assert tripped_by(proposed=HOLDING) == 0


# -- limits, at and beyond ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "trip"),
    [
        ((40_000, 0, 0), 0),
        ((39_999, 0, 0), 0),
        ((40_001, 0, 0), Trip.OVER_FORCE),
        ((0, -40_000, 0), 0),
        ((0, -40_001, 0), Trip.OVER_FORCE),
        ((0, 0, 40_001), Trip.OVER_FORCE),
    ],
)
def test_one_cell_beyond_its_raw_limit_is_over_force(counts: tuple[int, ...], trip: int):
    assert tripped_by(seen=sample(counts=counts)) == trip


RAILS = msgspec.structs.replace(CONFIG.load_cells, rail_counts=(60_000.0,) * 3)
RAILED = msgspec.structs.replace(CONFIG, load_cells=RAILS)


@pytest.mark.parametrize(
    ("counts", "trip"),
    [
        ((60_000, 0, 0), Trip.OVER_FORCE),
        ((60_001, 0, 0), Trip.FORCE_FAULT),
        ((0, 0, -60_001), Trip.FORCE_FAULT),
        ((2**31 - 1, 0, 0), Trip.FORCE_FAULT),
        ((60_001, 40_001, 0), Trip.OVER_FORCE),
        ((40_001, 0, 60_001), Trip.OVER_FORCE),
    ],
)
def test_a_reading_that_no_force_gives_is_a_cut_wire_and_no_over_force(
    counts: tuple[int, ...], trip: int
):
    assert tripped_by(seen=sample(counts=counts), table=RAILED) == trip


@pytest.mark.parametrize("counts", [(44_001, 0, 0), (2**31 - 1, 0, 0), (0, 0, 0)])
def test_counts_of_a_load_cell_without_a_signal_are_no_over_force_in_any_tick_after(
    counts: tuple[int, ...],
):
    state = Safety(force_n=500.0)
    seen = sample(flags=ALL_NEW | int(Flag.FORCE_FAULT), counts=counts)
    for tick in range(5):
        seen = msgspec.structs.replace(seen, tick=tick, t_ns=tick * 100_000_000)
        state, _, _ = apply(CONFIG, state, KNOWN, seen, HOLDING)
        assert (state.trip, state.force_n) == (Trip.FORCE_FAULT, 500.0)


def test_a_load_cell_that_reports_too_much_is_over_force():
    over = ALL_NEW | int(Flag.FORCE_OVER)
    assert tripped_by(seen=sample(flags=over)) == Trip.OVER_FORCE
    both = over | int(Flag.FORCE_FAULT)
    assert tripped_by(seen=sample(flags=both)) == Trip.FORCE_FAULT
    assert tripped_by(seen=sample(flags=over & ~int(Flag.NEW_FORCE))) == 0


@pytest.mark.parametrize("force_flag", [0, int(Flag.NEW_FORCE)])
def test_counts_that_are_not_new_are_not_judged(force_flag: int):
    seen = sample(flags=(ALL_NEW & ~int(Flag.NEW_FORCE)) | force_flag, counts=(50_000, 0, 0))
    assert tripped_by(seen=seen) == (Trip.OVER_FORCE if force_flag else 0)


def test_counts_beyond_a_limit_are_a_force_all_the_same():
    state = apply(CONFIG, Safety(), KNOWN, sample(counts=(40_001, 0, 0)), QUIET)[0]
    assert state.force_n == pytest.approx(4000.1)


def test_counts_are_assessed_once_and_only_where_they_are_new(monkeypatch: pytest.MonkeyPatch):
    looks: list[tuple[int, ...]] = []

    def counted(cells: c.LoadCells, counts: tuple[int, ...]) -> tuple[float, bool]:
        looks.append(counts)
        return assess(cells, counts)

    monkeypatch.setattr(interlocks, "assess", counted)
    for flags, counts in ((ALL_NEW, (1, 2, 3)), (ALL_NEW & ~int(Flag.NEW_FORCE), (4, 5, 6))):
        apply(CONFIG, Safety(), KNOWN, sample(flags=flags, counts=counts), QUIET)
    assert looks == [(1, 2, 3)]


@pytest.mark.parametrize(("raw", "trip"), [(39_999, 0), (40_000, 0), (40_001, Trip.OVER_FORCE)])
def test_the_sum_of_forces_has_its_own_limit(raw: int, trip: int):
    table = config(
        (END,),
        load_cells=c.LoadCells((1.0,) * 3, (0.0,) * 3, (0.0,) * 3, (10**6,) * 3),
        limits=limits(force_max_n=40_000.0),
    )
    assert tripped_by(seen=sample(counts=(raw, 0, 0)), table=table) == trip


def test_an_over_force_that_was_read_stays_one_until_a_new_reading():
    old = Safety(force_n=above(LIMITS.force_max_n))
    assert tripped_by(state=old, seen=sample(flags=0)) == Trip.OVER_FORCE
    assert tripped_by(state=Safety(force_n=LIMITS.force_max_n), seen=sample(flags=0)) == 0
    assert tripped_by(state=Safety(force_n=NAN), seen=sample(flags=0)) == Trip.OVER_FORCE


def test_no_tare_hides_an_over_force():
    cells = msgspec.structs.replace(CONFIG.load_cells, tare_counts=(40_000.0,) * 3)
    table = msgspec.structs.replace(CONFIG, load_cells=cells)
    assert tripped_by(seen=sample(counts=(40_001,) * 3), table=table) == Trip.OVER_FORCE


@pytest.mark.parametrize(
    ("name", "limit_us", "trip"),
    [
        ("age_force_us", LIMITS.stale_force_us, Trip.FORCE_STALE),
        ("age_press_us", LIMITS.stale_press_us, Trip.PRESS_STALE),
        ("age_cell_us", LIMITS.stale_cell_us, Trip.CELL_STALE),
    ],
)
def test_a_port_is_stale_one_microsecond_beyond_its_limit(name: str, limit_us: int, trip: Trip):
    assert tripped_by(seen=sample(**one(name, limit_us - 1))) == 0
    assert tripped_by(seen=sample(**one(name, limit_us))) == 0
    assert tripped_by(seen=sample(**one(name, limit_us + 1))) == trip


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("voltage_v", -1e4, 1e4),
        ("current_a", -1e4, 1e4),
        ("temperature_c", -274.0, 1e4),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_a_new_number_that_is_none_or_beyond_reason_trips(
    name: str, low: float, high: float, new: bool
):
    flag = {
        "voltage_v": Flag.NEW_VOLTAGE,
        "current_a": Flag.NEW_CURRENT,
        "temperature_c": Flag.NEW_TEMPERATURE,
    }[name]
    flags = int(Flag.NEW_FORCE) | (int(flag) if new else 0)
    for value in (NAN, INF, -INF, 9.91e37, above(low), above(high)):
        seen = sample(flags=flags, **one(name, value))
        assert tripped_by(seen=seen) == (Trip.NOT_FINITE if new else 0)
    for value in (low, high, 0.0, 5e-324):
        assert tripped_by(seen=sample(flags=flags, **one(name, value))) == 0


@pytest.mark.parametrize(
    ("flag", "trip"),
    [
        (Flag.FORCE_FAULT, Trip.FORCE_FAULT),
        (Flag.PRESS_FAULT, Trip.PRESS_FAULT),
        (Flag.CELL_LIMITED, 0),
        (Flag.CELL_ON, 0),
    ],
)
def test_what_the_devices_say_of_themselves(flag: Flag, trip: int):
    assert tripped_by(seen=sample(flags=ALL_NEW | int(flag))) == trip
    assert tripped_by(seen=sample(flags=int(flag))) == trip


@pytest.mark.parametrize(
    ("flag", "towards_um"), [(Flag.PRESS_END_LOW, -1.0), (Flag.PRESS_END_HIGH, 1.0)]
)
def test_at_an_end_stop_the_press_goes_back_and_no_further(flag: Flag, towards_um: float):
    at_end = sample(flags=ALL_NEW | int(flag))
    seen = known(position_um=5.0)
    for press_um in (5.0, 5.0 - 0.02 * towards_um, 5.0 + towards_um, 5.0 + 50.0 * towards_um):
        told = proposal(HOLDING, press_um=press_um)
        assert tripped_by(seen, at_end, told) == Trip.PRESS_END
    back = proposal(HOLDING, press_um=5.0 - 50.0 * towards_um)
    assert tripped_by(seen, at_end, back) == 0
    assert tripped_by(seen, at_end) == 0
    both = sample(flags=ALL_NEW | int(Flag.PRESS_END_LOW | Flag.PRESS_END_HIGH))
    assert tripped_by(seen, both, back) == Trip.PRESS_END


def test_a_press_at_an_end_stop_is_driven_off_it_by_hand():
    rig = Rig(config((END,), at_end=-1))
    rig.run(2.0)
    stuck = ALL_NEW | int(Flag.PRESS_END_HIGH)
    for _ in range(5):
        rig.turn(flags=stuck)
    assert rig.state.safety.trip == 0
    rig.turn(flags=stuck, request=int(Request.JOG), request_value=-20.0)
    for _ in range(10):
        rig.turn(flags=stuck)
    assert rig.state.safety.trip == 0
    rig.run(5.0)
    assert rig.drive_um == pytest.approx(-20.0, abs=0.06)


# -- rate of force -----------------------------------------------------------------------------


def rate_after(*readings: tuple[int, int, int]) -> Safety:
    """State after (tick, counts on one cell, age in us) under a wide limit."""
    table = config((END,), limits=limits(force_rate_n_per_s=1e12))
    state = Safety()
    for tick, raw, age_us in readings:
        seen = sample(tick, counts=(raw, 0, 0), age_force_us=age_us)
        state = apply(table, state, KNOWN, seen, QUIET)[0]
    return state


@pytest.mark.parametrize(
    ("current_a", "trip"),
    [(0.005, 0), (0.0051, Trip.CURRENT), (-0.01, 0), (-0.0101, Trip.CURRENT)],
)
def test_a_charge_and_a_discharge_have_limits_of_their_own(current_a: float, trip: int):
    table = config((END,), limits=limits(current_max_a=0.005, current_min_a=-0.01))
    state = Safety(outside_ns=0)
    seen = sample(10, current_a=current_a)
    assert tripped_by(known(current_a=current_a), seen, state=state, table=table) == trip
    driven = proposal(cell_mode=int(CellMode.CURRENT), cell_setpoint=current_a, cell_limit=3.0)
    command = Trip.COMMAND if trip else 0
    assert tripped_by(proposed=driven, table=table) == command


@pytest.mark.parametrize(("most_a", "trip"), [(0.005, 0), (0.0051, Trip.COMMAND)])
def test_what_flows_at_a_voltage_may_flow_either_way(most_a: float, trip: int):
    driven = proposal(cell_mode=int(CellMode.VOLTAGE), cell_setpoint=3.0, cell_limit=most_a)
    for changes in ({"current_max_a": 0.005}, {"current_max_a": 0.01, "current_min_a": -0.005}):
        table = config((END,), limits=limits(**changes))
        assert tripped_by(proposed=driven, table=table) == trip


def test_at_its_limit_a_current_may_read_as_much_more_as_the_potentiostat_is_off():
    inexact = limits(current_max_a=0.01, current_error_share=0.01, current_error_a=1e-6)
    table = config((END,), limits=inexact)
    for current_a, trip in ((0.0101, 0), (-0.0101, 0), (0.010102, Trip.CURRENT)):
        seen = sample(10, current_a=current_a)
        state = Safety(outside_ns=0)
        assert tripped_by(known(current_a=current_a), seen, state=state, table=table) == trip


@pytest.mark.parametrize("sign", [1, -1])
def test_a_force_that_changes_too_fast_trips_either_way(sign: int):
    first = Safety(from_n=0.0, from_ns=0)
    at, beyond = sample(1, counts=(sign * 4000, 0, 0)), sample(1, counts=(sign * 4001, 0, 0))
    assert tripped_by(state=first, seen=at) == 0
    assert tripped_by(state=first, seen=beyond) == Trip.FORCE_RATE


def test_a_rate_is_taken_over_a_while_not_over_one_short_tick():
    first = Safety(from_n=0.0, from_ns=0)
    slip = sample(0, t_ns=1_000_000, counts=(60, 0, 0))
    state = apply(CONFIG, first, KNOWN, slip, HOLDING)[0]
    assert (state.trip, state.rate_n_per_s, state.from_ns) == (0, 0.0, 0)
    later = sample(0, t_ns=20_000_000, counts=(60, 0, 0))
    assert apply(CONFIG, state, KNOWN, later, HOLDING)[0].rate_n_per_s == pytest.approx(300.0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_limit_of_the_rate_belongs_to_it(sign: float):
    limit = sign * LIMITS.force_rate_n_per_s
    quiet = sample(flags=0)
    for rate, trip in [
        (limit, 0),
        (below(limit), 0),
        (above(limit), Trip.FORCE_RATE),
        (NAN, Trip.FORCE_RATE),
    ]:
        assert tripped_by(state=Safety(rate_n_per_s=rate), seen=quiet) == trip


def test_the_first_reading_has_no_rate():
    assert rate_after((5, 30_000, 0)).rate_n_per_s == 0.0


def test_the_rate_is_over_the_time_between_readings_not_ticks():
    assert rate_after((0, 0, 0), (4, 100, 0)).rate_n_per_s == pytest.approx(25.0)
    assert rate_after((1, 0, 50_000), (2, 100, 0)).rate_n_per_s == pytest.approx(10.0 / 0.15)


def test_a_reading_taken_at_the_same_time_gives_no_new_rate():
    assert rate_after((0, 0, 0), (1, 10, 0), (2, 5000, 100_000)).rate_n_per_s == pytest.approx(10.0)


def test_a_first_reading_at_time_zero_counts():
    assert rate_after((0, 0, 0), (1, 10, 0)).rate_n_per_s == pytest.approx(10.0)


# -- the cell ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "trip"),
    [
        (known(voltage_v=LIMITS.voltage_max_v), 0),
        (known(voltage_v=above(LIMITS.voltage_max_v)), Trip.VOLTAGE),
        (known(voltage_v=LIMITS.voltage_min_v), 0),
        (known(voltage_v=-5e-324), Trip.VOLTAGE),
        (known(voltage_v=NAN), 0),
        (known(current_a=LIMITS.current_max_a), 0),
        (known(current_a=above(LIMITS.current_max_a)), Trip.CURRENT),
        (known(current_a=-LIMITS.current_max_a), 0),
        (known(current_a=above(-LIMITS.current_max_a)), Trip.CURRENT),
        (known(current_a=NAN), Trip.CURRENT),
        (known(voltage_v=9.0, current_a=9.0), Trip.VOLTAGE),
    ],
)
def test_a_cell_outside_its_limits_trips_after_the_delay(now: Known, trip: int):
    state = apply(CONFIG, Safety(), now, sample(0), QUIET)[0]
    assert state.trip == 0
    assert tripped_by(now, sample(1), state=state) == 0
    late = sample(0, t_ns=LIMITS.voltage_delay_ns - 1)
    assert tripped_by(now, late, state=state) == 0
    assert tripped_by(now, sample(0, t_ns=LIMITS.voltage_delay_ns), state=state) == trip


def test_a_cell_back_inside_starts_the_delay_again():
    bad = known(voltage_v=5.1)
    state = Safety()
    for tick, now in enumerate((bad, bad, KNOWN, bad, bad)):
        state = apply(CONFIG, state, now, sample(tick), QUIET)[0]
    assert state.trip == 0
    assert state.outside_ns == sample(3).t_ns
    assert apply(CONFIG, state, bad, sample(5), QUIET)[0].trip == Trip.VOLTAGE


def test_without_a_delay_a_cell_outside_trips_at_once():
    table = config((END,), limits=limits(voltage_delay_ns=0))
    assert tripped_by(known(voltage_v=5.1), table=table) == Trip.VOLTAGE


# -- tilt --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force_n", "tilt", "trip"),
    [
        (above(LIMITS.tilt_from_n), LIMITS.tilt_max, 0),
        (above(LIMITS.tilt_from_n), above(LIMITS.tilt_max), Trip.TILT),
        (above(LIMITS.tilt_from_n), NAN, Trip.TILT),
        (LIMITS.tilt_from_n, above(LIMITS.tilt_max), 0),
    ],
)
def test_tilt_is_judged_above_a_force(force_n: float, tilt: float, trip: int):
    state = Safety(force_n=force_n)
    assert tripped_by(known(tilt=tilt), sample(flags=0), state=state) == trip


# -- the press ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("press_um", "trip"),
    [
        (LIMITS.travel_max_um, 0),
        (above(LIMITS.travel_max_um), Trip.TRAVEL),
        (LIMITS.travel_min_um, 0),
        (above(LIMITS.travel_min_um), Trip.TRAVEL),
        (NAN, Trip.TRAVEL),
        (INF, Trip.TRAVEL),
    ],
)
def test_a_proposal_beyond_the_travel_trips(press_um: float, trip: int):
    assert tripped_by(proposed=proposal(HOLDING, press_um=press_um)) == trip


def test_a_place_that_is_not_asked_for_is_not_judged():
    assert tripped_by(proposed=proposal(press_um=NAN)) == 0


@pytest.mark.parametrize("fault", [Trip.NO_RESPONSE, *REPORTED])
def test_a_fault_that_the_hold_or_the_sequence_sees_trips(fault: Trip):
    assert tripped_by(proposed=proposal(fault=int(fault))) == fault


def test_a_press_must_arrive_within_its_travel_time_and_some():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    expected_ns = round(100.0 / CONFIG.press.speed_um_per_s * 1.5e9) + LIMITS.following_ns
    assert state.due.t_ns == expected_ns
    for t_ns, trip in [(expected_ns, 0), (expected_ns + 1, Trip.NOT_FOLLOWING)]:
        assert tripped_by(seen=sample(t_ns=t_ns), proposed=HOLDING, state=state) == trip


def test_the_way_back_takes_as_long():
    state = apply(CONFIG, Safety(), known(position_um=200.0), sample(0), HOLDING)[0]
    assert (
        state.due.t_ns == round(100.0 / CONFIG.press.speed_um_per_s * 1.5e9) + LIMITS.following_ns
    )


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_press_within_a_count_of_its_target_has_arrived(side: float):
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    press = msgspec.structs.replace(CONFIG.press, um_per_count=0.0625, tolerance_um=0.0625)  # exact
    table = config((END,), press=press)
    arrived = known(position_um=100.0 - side * 0.0625001)  # a count, but for rounding
    assert apply(table, state, arrived, sample(1), HOLDING)[0].due.t_ns == -1
    nearly = known(position_um=100.0 - side * 0.09375)
    assert apply(table, state, nearly, sample(1), HOLDING)[0].due.t_ns == state.due.t_ns


def test_a_new_target_has_its_own_time_and_the_same_target_keeps_its():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    same = apply(CONFIG, state, KNOWN, sample(3), HOLDING)[0]
    assert same.due.t_ns == state.due.t_ns
    moved, nearer = known(position_um=20.0), proposal(HOLDING, press_um=70.0)
    other = apply(CONFIG, state, moved, sample(3), nearer)[0]
    assert other.due.t_ns == sample(3).t_ns + 15_000_000_000 + LIMITS.following_ns


@pytest.mark.parametrize("position_um", [0.0, 0.04, -3.0])
def test_a_press_that_does_not_come_nearer_has_one_time_for_all_its_targets(position_um: float):
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    for tick in range(1, 60):
        told = proposal(HOLDING, press_um=100.0 + 0.1 * tick)
        state = apply(CONFIG, state, known(position_um=position_um), sample(tick), told)[0]
    left_um = 105.9 - position_um
    expected_ns = round(left_um / CONFIG.press.speed_um_per_s * 1.5e9) + LIMITS.following_ns
    assert state.due.t_ns == pytest.approx(expected_ns, abs=1000)


def test_one_that_went_where_it_was_sent_has_its_whole_time_back():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), proposal(HOLDING, press_um=600.0))[0]
    there, back = known(position_um=300.0), proposal(HOLDING, press_um=-200.0)
    state = apply(CONFIG, state, there, sample(600), back)[0]
    assert state.due.t_ns == sample(600).t_ns + 150_000_000_000 + LIMITS.following_ns


def test_one_that_then_turns_round_has_time_for_its_way():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), proposal(HOLDING, press_um=1.0))[0]
    back = proposal(HOLDING, press_um=-400.0)
    state = apply(CONFIG, state, KNOWN, sample(2), back)[0]
    assert state.due.t_ns == 120_000_000_000 + LIMITS.following_ns


def test_a_press_that_leaves_its_target_is_awaited_again():
    arrived = apply(CONFIG, Safety(), known(position_um=100.0), sample(0), HOLDING)[0]
    assert arrived.due.t_ns == -1
    away = apply(CONFIG, arrived, known(position_um=50.0), sample(1), HOLDING)[0]
    assert away.due.t_ns == sample(1).t_ns + 15_000_000_000 + LIMITS.following_ns


def test_a_press_that_is_stopped_is_not_awaited():
    state = apply(CONFIG, Safety(), KNOWN, sample(0), HOLDING)[0]
    assert apply(CONFIG, state, KNOWN, sample(1), QUIET)[0].due.t_ns == -1
    assert apply(CONFIG, state, known(position_um=NAN), sample(1), QUIET)[0].due.t_ns == -1


def test_a_position_never_read_gives_the_shortest_time():
    state = apply(CONFIG, Safety(), known(position_um=NAN), sample(0), HOLDING)[0]
    assert state.due.t_ns == LIMITS.following_ns


@pytest.mark.parametrize(("off_um", "timed"), [(2000.0, True), (2001.0, False), (1e12, False)])
def test_a_press_farther_away_than_its_travel_gives_the_shortest_time(off_um: float, timed: bool):
    far = known(position_um=100.0 - off_um)  # its travel is 2 mm
    due_ns = apply(CONFIG, Safety(), far, sample(0), HOLDING)[0].due.t_ns
    travel_ns = round(1.5e9 * off_um / CONFIG.press.speed_um_per_s)
    assert due_ns == LIMITS.following_ns + (travel_ns if timed else 0)
