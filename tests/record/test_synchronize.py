"""Log rows: the same instant for every quantity, nothing invented."""

import math
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.config.followed import NEVER_US
from fixture.core.config import Config, Followed
from fixture.core.types import Flag
from fixture.frame.frame import Frame
from fixture.record.synchronize import LogRow, Synchronizer
from tests.record.synthetic import ALL_NEW, START_UNIX_NS, make_config, make_frame

MS = 1_000_000
CELL = Flag.NEW_VOLTAGE | Flag.NEW_CURRENT
FORCE = Flag.NEW_FORCE.value
PRESS = Flag.NEW_POSITION.value


def rows_of(frames: list[Frame], config: Config | None = None, end: bool = True) -> list[LogRow]:
    synchronizer = Synchronizer(config or make_config(), START_UNIX_NS)
    rows = [row for frame in frames for row in synchronizer.add(frame)]
    return rows + synchronizer.finish() if end else rows


def test_in_lockstep_each_tick_is_a_row_at_once_and_exact():
    frames = [make_frame(i, voltage_v=3 + i / 8, position_um=i * 1.0) for i in range(9)]
    rows = rows_of(frames, end=False)
    assert [r.t_ns for r in rows] == [i * 100 * MS for i in range(9)]
    assert [r.voltage_v for r in rows] == [3 + i / 8 for i in range(9)]
    assert [r.unix_ns - r.t_ns for r in rows] == [START_UNIX_NS] * 9
    assert {(r.uncertainty_cell_us, r.uncertainty_force_us) for r in rows} == {(200, 40)}


def test_a_log_slower_than_the_tick_takes_the_ticks_of_its_instants():
    config = make_config(log_ns=1_000 * MS)
    rows = rows_of([make_frame(i, pressure_mpa=float(i)) for i in range(31)], config, end=False)
    assert [r.pressure_mpa for r in rows] == [0, 10, 20, 30]


def test_readings_of_another_time_are_interpolated_to_the_instant():
    frames = [
        make_frame(i, age_force_us=30_000, age_cell_us=60_000, age_press_us=10_000,
                   pressure_mpa=10 + (i * 0.1 - 0.03), voltage_v=3 + (i * 0.1 - 0.06),
                   position_um=100 * (i * 0.1 - 0.01))
        for i in range(6)
    ]  # fmt: skip
    for row in rows_of(frames, end=False)[1:]:
        seconds = row.t_ns * 1e-9
        assert row.pressure_mpa == pytest.approx(10 + seconds)
        assert row.voltage_v == pytest.approx(3 + seconds)
        assert row.position_um == pytest.approx(100 * seconds)


def test_a_row_waits_for_the_slowest_port():
    synchronizer = Synchronizer(make_config(), START_UNIX_NS)
    assert len(synchronizer.add(make_frame(0, age_cell_us=40_000))) == 0
    assert [r.t_ns for r in synchronizer.add(make_frame(1, age_cell_us=40_000))] == [0]


def test_across_a_step_of_current_the_nearest_is_taken():
    frames = [
        make_frame(
            i, age_cell_us=70_000, age_force_us=70_000, current_a=i * 1e-3, voltage_v=3.0 + i
        )
        for i in range(3)
    ]
    row = rows_of(frames, end=False)[1]
    assert (row.voltage_v, row.current_a) == (5.0, 2e-3)
    assert row.uncertainty_cell_us == 200 + 30_000


def test_a_small_change_of_current_is_no_step():
    frames = [make_frame(i, age_cell_us=50_000, current_a=i * 1e-6) for i in range(3)]
    assert rows_of(frames, end=False)[1].current_a == pytest.approx(1.5e-6)


def test_a_port_that_is_silent_too_long_is_nan():
    frames = [make_frame(0), *(make_frame(i, flags=FORCE | PRESS) for i in range(1, 20))]
    rows = rows_of(frames)
    assert not math.isnan(rows[5].voltage_v)
    assert rows[5].uncertainty_cell_us == 200 + 500_000
    assert math.isnan(rows[6].voltage_v)
    assert math.isnan(rows[6].uncertainty_cell_us)
    assert rows[6].pressure_mpa == 15.0


def test_silence_does_not_hold_the_log_back_for_ever():
    frames = [make_frame(i, flags=0) for i in range(20)]
    rows = rows_of(frames, end=False)
    assert [r.t_ns for r in rows] == [i * 100 * MS for i in range(15)]
    assert all(math.isnan(r.pressure_mpa) for r in rows)


def test_what_is_not_measured_is_as_at_the_last_tick_not_after_the_instant():
    frames = [make_frame(i, t_ns=(100 * i + 1) * MS, setpoint_mpa=float(i)) for i in range(4)]
    assert [r.setpoint_mpa for r in rows_of(frames)] == [0, 0, 1, 2]


FOLLOWED = msgspec.structs.replace(
    make_config(),
    limits=msgspec.structs.replace(make_config().limits, stale_cell_us=NEVER_US),
    followed=Followed(on=True, lost_us=120_000_000),
)


def test_a_followed_cell_that_is_waited_for_makes_no_rows_inside_a_gap():
    frames = [make_frame(i, age_cell_us=16) for i in (*range(100), *range(700, 900))]
    instants = [row.t_ns // (100 * MS) for row in rows_of(frames, FOLLOWED)]
    assert instants == [*range(100), *range(700, 900)]


def test_a_record_that_begins_later_than_the_run_has_no_rows_before_it():
    frames = [make_frame(i, age_cell_us=16) for i in range(50, 60)]
    instants = [row.t_ns // (100 * MS) for row in rows_of(frames, FOLLOWED)]
    assert instants == [*range(50, 60)]


def test_what_a_followed_cell_says_after_a_gap_of_before_it_is_in_the_rows():
    """Each reading is 2 s late; a gap of 1 s."""
    late = {"age_cell_us": 2_000_000}
    frames = [
        make_frame(i, voltage_v=3 + (i - 20) / 100, **late) for i in range(100) if not 50 < i < 60
    ]
    known = {row.t_ns // (100 * MS): row.voltage_v for row in rows_of(frames, FOLLOWED)}
    assert [known[i] for i in range(45, 51)] == pytest.approx([3 + i / 100 for i in range(45, 51)])


def test_a_long_gap_has_no_rows():
    frames = [make_frame(i) for i in (0, 1, 100_000, 100_001)]
    assert [r.t_ns // (100 * MS) for r in rows_of(frames)] == [0, 1, 100_000, 100_001]


def test_truth_is_taken_at_the_instant_too():
    synchronizer = Synchronizer(make_config(), START_UNIX_NS, truths=1)
    rows: list[LogRow] = []
    for i in range(5):
        rows += synchronizer.add(make_frame(i, t_ns=(100 * i + 20) * MS), (i + 0.2,))
    assert [r.truth[0] for r in rows][1:] == pytest.approx([1, 2, 3, 4])


def test_truth_that_is_told_seldom_stands_at_its_own_time():
    synchronizer = Synchronizer(make_config(tick_ns=10 * MS), START_UNIX_NS, truths=1)
    rows: list[LogRow] = []
    for i in range(200):
        then = (10 * i - 37) // 100 * 100 + 37  # ms; told each 100 ms, repeated in between
        frame = make_frame(i, tick_ns=10 * MS, age_force_us=4000)
        rows += synchronizer.add(frame, (then / 100,), (10 * i - then) * MS)
    assert [r.truth[0] for r in rows[1:]] == pytest.approx([r.t_ns / 1e8 for r in rows[1:]])
    assert len(rows) > 15


def test_behind_an_open_relay_no_voltage_is_invented():
    relay = Flag.NEW_CURRENT.value
    frames = [make_frame(i, flags=ALL_NEW if i < 5 else FORCE | PRESS | relay) for i in range(10)]
    rows = rows_of(frames)
    assert [math.isnan(r.voltage_v) for r in rows] == [i >= 5 for i in range(10)]
    assert not any(math.isnan(r.current_a) for r in rows)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.integers(0, 3000), st.sampled_from((0, FORCE, CELL, ALL_NEW)),
            st.integers(0, 900_000), st.floats(-1e-3, 1e-3),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_rows_rise_lie_on_the_grid_and_stay_within_what_was_read(
    ticks: list[tuple[int, int, int, int, float]],
):
    frames: list[Frame] = []
    tick = 0
    for skip, late_us, flags, age_us, current in ticks:
        tick += skip
        t_ns = tick * 100 * MS + 1000 * late_us
        frames.append(
            make_frame(tick, t_ns, flags=flags, age_cell_us=age_us // 10, current_a=current)
        )
    rows = rows_of(frames)
    assert all(r.t_ns % (100 * MS) == 0 for r in rows)
    assert all(a.t_ns < b.t_ns for a, b in pairwise(rows))
    for row in rows:
        assert math.isnan(row.current_a) or abs(row.current_a) <= 1e-3


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_the_way_at_once_and_the_way_by_the_ports_agree(late: list[bool]):
    """Any tick may carry an age; values linear in time must not show it."""
    frames = [
        make_frame(i, age_force_us=20_000 if aged else 0, pressure_mpa=i - 0.2 * aged)
        for i, aged in enumerate(late)
    ]
    for row in rows_of(frames)[1:-1]:
        assert row.pressure_mpa == pytest.approx(row.t_ns / (100 * MS), abs=1e-9)
