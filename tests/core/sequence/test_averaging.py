"""Resistance by pulses and coupling by small steps of pressure."""

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixture.core.measurement.signals import Known
from fixture.core.sequence import averaging
from fixture.core.sequence.averaging import Meter
from fixture.core.sequence.sequencer import cell_demand, current_after
from fixture.core.sequence.steps.table import Kind
from fixture.core.types import CellMode, EndReason, EventKind, Flag
from tests.core.bench import ALL_NEW, END, current_row, press_row
from tests.core.samples import NAN
from tests.core.sequence.walking import (
    INSIDE,
    SECOND,
    Bench,
    Cell,
    Walk,
    open_row,
    pulse_row,
    row_of,
)

COUPLING = row_of(
    Kind.COUPLING,
    wait=True,
    band_mpa=0.1,
    hold_ns=2 * SECOND,
    timeout_ns=60 * SECOND,
    cell_limit=5.0,
    shift_mpa=0.5,
    pairs=2,
)
PRESS = press_row(15, wait=False)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30))
def test_mean_and_standard_error_are_those_of_the_results(results: list[float]):
    meter = Meter()
    for result in results:
        meter = averaging.next_stage(meter, 0, result)
    n = len(results)
    mean = math.fsum(results) / n
    spread = math.fsum((result - mean) ** 2 for result in results) / (n - 1)
    assert averaging.mean(meter) == pytest.approx(mean, abs=1e-9)
    assert averaging.error(meter) == pytest.approx(math.sqrt(spread / n), rel=1e-6, abs=1e-6)


def test_a_stage_without_a_result_changes_neither():
    meter = averaging.next_stage(averaging.next_stage(Meter(), 0, 5.0), 0, NAN)
    assert (averaging.mean(meter), meter.results) == (5.0, 1)
    assert math.isnan(averaging.error(meter))
    assert math.isnan(averaging.mean(Meter()))


# -- resistance --------------------------------------------------------------------------------


def test_a_resistance_is_rest_pulse_rest_and_the_opposite_pulse():
    bench = Bench(Cell(lambda mpa, a: 50.0), PRESS, pulse_row(1e-3), open_row(9.0), END)
    asked: list[float] = []
    while bench.state.step < 2:
        bench.turn()
        asked.append(cell_demand(bench.config, bench.state)[1])
    assert asked[:-1] == [0.0] * 20 + [1e-3] * 10 + [0.0] * 20 + [-1e-3] * 10
    assert bench.codes(EventKind.STEP_END)[1:] == [EndReason.MEASURED]


def test_the_cell_is_read_at_zero_current_between_the_pulses():
    walk = Walk(pulse_row(), END).at(0)
    assert cell_demand(walk.config, walk.state) == (CellMode.CURRENT, 0.0, 5.0)


def test_the_resistance_is_that_of_the_cell_whatever_its_rest_voltage():
    bench = Bench(Cell(lambda mpa, a: 83.0, rest_v=3.7), pulse_row(), END).run(30)
    assert bench.values(EventKind.MEASURED_RESISTANCE) == [pytest.approx(83.0)]
    assert bench.state.meter.ohm == pytest.approx(83.0)


def test_both_directions_are_averaged_so_that_a_drifting_rest_voltage_falls_out():
    cell = Cell(lambda mpa, a: 80.0 if a > 0.0 else 60.0)
    cell.drift_v_per_s = 1e-3
    bench = Bench(cell, pulse_row(), END).run(30)
    assert bench.values(EventKind.MEASURED_RESISTANCE) == [pytest.approx(70.0, abs=1e-6)]


class Read(Cell):
    """A cell that is not read as it is."""

    def __init__(self, ohm: float, share: float = 1.0, noise_v: float = 0.0) -> None:
        super().__init__(lambda mpa, a: ohm)
        self.share, self.noise_v = share, noise_v  # of the current that is asked for
        self.draw = random.Random(3)

    def known(self, seconds: float, mpa: float, current_a: float) -> Known:
        known = super().known(seconds, mpa, self.share * current_a)
        voltage_v = known.voltage_v + self.noise_v * self.draw.gauss(0.0, 1.0)
        return msgspec.structs.replace(known, voltage_v=voltage_v)


def test_noise_is_averaged_over_the_ticks_and_the_pairs():
    bench = Bench(Read(50.0, noise_v=1e-3), pulse_row(pairs=8), END).run(60)
    (ohm,) = bench.values(EventKind.MEASURED_RESISTANCE)
    (error,) = bench.values(EventKind.UNCERTAINTY)
    assert bench.codes(EventKind.UNCERTAINTY) == [EventKind.MEASURED_RESISTANCE]
    assert 0.0 < error < 0.3
    assert ohm == pytest.approx(50.0, abs=4 * error)


def test_of_a_source_at_its_limit_the_current_that_flows_is_what_counts():
    bench = Bench(Read(50.0, share=0.5), pulse_row(), END).run(30)
    assert bench.values(EventKind.MEASURED_RESISTANCE) == [pytest.approx(50.0)]


def test_where_no_current_flows_there_is_no_resistance_and_the_sequence_goes_on():
    bench = Bench(Read(50.0, share=0.05), pulse_row(), END).run(30)
    assert bench.codes(EventKind.UNMEASURED) == [0]
    assert bench.values(EventKind.MEASURED_RESISTANCE) == []
    assert math.isnan(bench.state.meter.ohm)


def test_readings_from_before_a_pulse_are_not_taken_for_its_own():
    walk = Walk(pulse_row(), END).at(0).through(2.0)
    flat = INSIDE
    walk.at(2.5, flat, age_cell_us=400_000)
    assert walk.state.meter.readings == 0
    walk.at(2.6, flat, age_cell_us=300_000)
    assert walk.state.meter.readings == 1
    walk.at(2.7, flat, flags=ALL_NEW & ~int(Flag.NEW_VOLTAGE))
    assert walk.state.meter.readings == 1


def test_the_next_pulse_is_known_beforehand():
    walk = Walk(open_row(1.0), pulse_row(), current_row(2e-3, 9.0), END).at(0)
    assert current_after(walk.config, walk.state) == (1.0, 0.0)
    expected = [(3.0, 1e-3), (4.0, 0.0), (6.0, -1e-3), (7.0, 0.0)]
    for seconds, current_a in expected:
        walk.through(seconds - walk.tick / 10 - 0.1)
        assert current_after(walk.config, walk.state) == (pytest.approx(seconds), current_a)
        walk.through(0.1)


def test_what_was_read_before_a_pause_is_compared_with_nothing():
    walk = Walk(pulse_row(), END).at(0).through(2.5, INSIDE)
    meter = averaging.reset_stage(walk.state.meter)
    assert meter.readings == 0
    assert math.isnan(meter.from_v)
    assert math.isnan(averaging.ohm_of(averaging.add(meter, 1.0, 1.0, 1.0), 1e-3))


# -- coupling ----------------------------------------------------------------------------------


def test_a_coupling_steps_up_and_down_and_returns_to_where_it_began():
    bench = Bench(Cell(lambda mpa, a: 50.0), PRESS, COUPLING, open_row(9.0), END)
    seen: list[float] = []
    while bench.state.step < 2:
        bench.turn()
        if not seen or seen[-1] != bench.state.setpoint_mpa:
            seen.append(bench.state.setpoint_mpa)
    assert seen == [15.5, 14.5, 15.5, 14.5, 15.0]
    assert bench.codes(EventKind.STEP_END)[1:] == [EndReason.MEASURED]


def test_the_coupling_is_that_of_the_cell_and_a_steady_drift_falls_out():
    cell = Cell(lambda mpa, a: 50.0)
    cell.v_per_mpa, cell.drift_v_per_s = 4e-4, 1e-5
    bench = Bench(cell, PRESS, COUPLING, END).run(120)
    (coupling,) = bench.values(EventKind.COUPLING)
    (error,) = bench.values(EventKind.UNCERTAINTY)
    assert coupling == pytest.approx(0.4, abs=2 * error)
    assert 0.0 < error < 0.2


def test_a_pressure_that_does_not_reach_the_step_is_out_of_time():
    walk = Walk(press_row(14, wait=False), COUPLING, END).at(0).through(60.0)
    assert walk.state.fault == 0
    assert walk.through(0.2).state.fault


class Slow(Cell):
    """A pressure that comes to its setpoint only so long after it was set."""

    bench: Bench

    def known(self, seconds: float, mpa: float, current_a: float) -> Known:
        there = seconds - self.bench.state.setpoint_ns * 1e-9 > 40.0
        return super().known(seconds, mpa if there else 0.0, current_a)


def test_each_step_of_a_coupling_has_its_own_time_to_settle():
    cell = Slow(lambda mpa, a: 50.0)
    cell.bench = bench = Bench(cell, PRESS, COUPLING, END)
    bench.run(400)
    assert bench.state.fault == 0
    assert len(bench.values(EventKind.COUPLING)) == 1
