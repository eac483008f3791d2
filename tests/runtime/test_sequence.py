"""The steps that measure and decide, whole: on the twin, through the bytes."""

from pathlib import Path

import pytest

from fixture.config.resolve import plan
from fixture.core.safety.trips import Trip
from fixture.core.types import Branch, EndReason, Event, EventKind, Phase
from tests import short
from tests.runtime.test_lockstep import Memory, run_lockstep

HEAD = """\
name: short
cell:
  diameter: 10 mm
  kind: symmetric
  electrodes: {negative: Li, positive: Li}
control: {identification: false}
pressure:
"""
CYCLING = """\
protocol:
  record: {time_s: 0.1}
  method:
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 1, until_time_s: 10}
    - {step: constant_current, current_mA: -1, until_time_s: 10}
    - {step: loop, loop_to: cycle, cycle_count: 6}
"""


class Ran:
    """What a short profile did on a rig."""

    def __init__(self, folder: Path, rig: str, steps: str, protocol: str = "") -> None:
        lines = "".join(f"  - {line}\n" for line in steps.split(" ; "))
        found = plan(short.profile(folder, HEAD + lines + protocol), rig)
        recorder = Memory()
        self.status = run_lockstep(found, recorder).status
        self.frames = recorder.frames
        self.events = [event for frame in recorder.frames for event in frame.events]

    def of(self, kind: EventKind) -> list[Event]:
        """Its events of a kind."""
        return [event for event in self.events if event.kind == kind]

    def values(self, kind: EventKind) -> list[float]:
        return [event.value for event in self.of(kind)]


FRAGILE = """\
extends: twin-lpscl
name: fragile
twin:
  dendrite: {crossing: 60 s}
  shorts: {hardening: 10 s}
"""


def test_it_presses_on_until_the_contact_is_good_and_finds_the_critical_current(
    tmp_path: Path,
) -> None:
    (tmp_path / "fragile.yaml").write_text(FRAGILE, encoding="utf-8")
    ran = Ran(
        tmp_path,
        str(tmp_path / "fragile.yaml"),
        "{press: 4 MPa, settle_within: 3 %, "
        "until: {resistance: 70 ohm, step: 4 MPa, most: 9 MPa, pulse: 1 mA}} ; "
        "ladder: {from: 1 mA/cm**2, step: 1 mA/cm**2, most: 8 mA/cm**2, for: 20 s, rest: 2 s}",
    )
    assert ran.status.phase == Phase.ENDED
    measured = ran.values(EventKind.MEASURED_RESISTANCE)
    assert measured == sorted(measured, reverse=True)
    assert measured[-1] <= 70.0 < measured[-2]
    (found,) = ran.of(EventKind.CRITICAL_CURRENT)
    assert found.code == EndReason.SHORT
    assert 1.5 < 1e3 * found.value / 0.785 < 8.5
    assert ran.of(EventKind.TRIP) == []


def test_a_short_while_cycling_halts_the_run(tmp_path: Path) -> None:
    (tmp_path / "fragile.yaml").write_text(FRAGILE, encoding="utf-8")
    text = CYCLING.replace("current_mA: 1,", "current_mA: 4,").replace(
        "until_time_s: 10", "until_time_s: 60"
    )
    step = "{press: 8 MPa, settle_within: 3 %, at: cycle}"
    ran = Ran(tmp_path, str(tmp_path / "fragile.yaml"), step, text)
    assert [event.code for event in ran.of(EventKind.TRIP)] == [Trip.SOFT_SHORT]
    assert ran.status.at_rest


def test_a_resistance_that_is_out_of_reach_ends_the_run_with_a_trip(tmp_path: Path) -> None:
    step = (
        "{press: 4 MPa, settle_within: 3 %, "
        "until: {resistance: 1 ohm, step: 4 MPa, most: 6 MPa, pulse: 1 mA}}"
    )
    ran = Ran(tmp_path, "twin", step)
    assert ran.status.phase == Phase.TRIPPED
    assert ran.status.trip == Trip.UNREACHED
    assert len(ran.of(EventKind.MEASURED_RESISTANCE)) == 2
    assert ran.status.at_rest


def test_the_lowest_pressure_by_resistance_is_found_and_held(tmp_path: Path) -> None:
    ran = Ran(
        tmp_path,
        "twin-lpscl",
        "{search: {from: 16 MPa, down_to: 1 MPa, factor: 0.5, resistance: 70 ohm, pulse: 1 mA}, "
        "settle_within: 3 %} ; resistance: {pulse: 1 mA}",
    )
    (answer,) = ran.of(EventKind.LOWEST_PRESSURE)
    tried = [(event.value, event.code) for event in ran.of(EventKind.TRIAL)]
    assert len(tried) == answer.code
    assert tried[-2:] == [(answer.value, 1)] * 2
    assert (answer.value / 2.0, 0) in tried
    assert ran.values(EventKind.MEASURED_RESISTANCE)[-1] <= 70.0
    assert ran.status.peak_mpa > 15.0
    assert ran.status.pressure_mpa == pytest.approx(answer.value, rel=0.04)


def test_the_lowest_pressure_by_efficiency_uses_the_passes_of_the_loop(tmp_path: Path) -> None:
    step = (
        "{search: {from: 8 MPa, down_to: 4 MPa, factor: 0.5, efficiency: 90 %}, "
        "at: cycle, settle_within: 3 %}"
    )
    ran = Ran(tmp_path, "twin", step, CYCLING)
    assert ran.values(EventKind.TRIAL) == [8.0, 4.0, 4.0]
    assert ran.values(EventKind.LOWEST_PRESSURE) == [4.0]
    assert all(share > 0.9 for share in ran.values(EventKind.MEASURED_EFFICIENCY))
    assert len(ran.of(EventKind.CYCLE_END)) == 6
    assert ran.status.pressure_mpa == pytest.approx(4.0, rel=0.04)


def test_small_steps_of_pressure_show_no_coupling_where_the_twin_has_none(tmp_path: Path) -> None:
    ran = Ran(
        tmp_path,
        "twin",
        "{press: 8 MPa, settle_within: 3 %} ; coupling: {step: 0.5 MPa, for: 5 s, pairs: 2}",
    )
    (coupling,) = ran.values(EventKind.COUPLING)
    (error,) = ran.values(EventKind.UNCERTAINTY)
    assert abs(coupling) < 5.0 * error + 0.05
    seen = {frame.status.setpoint_mpa for frame in ran.frames}
    assert {8.5, 7.5} <= seen


def test_a_stack_is_pressed_by_increments_with_rests_and_then_left_to_relax(
    tmp_path: Path,
) -> None:
    ran = Ran(
        tmp_path,
        "twin",
        "{press: 9 MPa, by: 3 MPa, rest: 5 s, settle_within: 3 %} ; "
        "relax: {for: 2 min, below: 60 kPa/min} ; {gap: 0 um, hold: 5 s}",
    )
    assert ran.status.phase == Phase.ENDED
    ended = [event.code for event in ran.of(EventKind.STEP_END)]
    assert ended.count(EndReason.SETTLED) == 4
    assert EndReason.RELAXED in ended
    asked = list(dict.fromkeys(frame.status.setpoint_mpa for frame in ran.frames))
    assert asked == [3.0, 0.0, 6.0, 9.0]


def test_on_the_way_down_the_stack_is_on_the_falling_branch_and_keeps_its_peak(
    tmp_path: Path,
) -> None:
    steps = (
        "{press: 9 MPa, settle_within: 3 %} ; {press: 3 MPa, by: 3 MPa, settle_within: 3 %} ; "
        "resistance: {pulse: 1 mA}"
    )
    ran = Ran(tmp_path, "twin", steps)
    asked = list(dict.fromkeys(frame.status.setpoint_mpa for frame in ran.frames))
    assert asked[:3] == [9.0, 6.0, 3.0]
    measuring = [f.status for f in ran.frames if f.command.cell_setpoint]
    assert all(status.branch == Branch.FALLING for status in measuring)
    assert all(status.peak_mpa == pytest.approx(9.0, rel=0.03) for status in measuring)
    assert len(ran.of(EventKind.MEASURED_RESISTANCE)) == 1


def test_a_scan_follows_its_line_and_too_much_charge_opens_the_circuit(tmp_path: Path) -> None:
    protocol = """\
protocol:
  record: {time_s: 0.1}
  safety: {max_capacity_mAh: 0.02}
  method:
    - {step: voltage_scan, start_voltage_V: 0, end_voltage_V: 0.05, scan_rate_mV_per_s: 5}
    - {step: voltage_scan, start_voltage_V: 0.05, end_voltage_V: 0, scan_rate_mV_per_s: 5}
    - {step: constant_current, current_mA: 1, until_time_s: 600}
"""
    ran = Ran(tmp_path, "twin", "{press: 8 MPa, settle_within: 3 %}", protocol)
    scanned = [f for f in ran.frames if f.command.cell_mode == 2]
    assert max(f.command.cell_setpoint for f in scanned) == pytest.approx(0.05, abs=1.1e-3)
    assert max(f.status.voltage_v for f in scanned) == pytest.approx(0.05, abs=2e-3)
    assert [event.code for event in ran.of(EventKind.TRIP)] == [Trip.CAPACITY]
    assert ran.status.current_a == 0.0
    charging = [f.status.current_a for f in ran.frames if f.command.cell_mode == 1]
    charge_c = 0.1 * sum(charging)
    assert charge_c == pytest.approx(0.072, rel=0.05)


def test_a_sound_cell_is_not_taken_for_a_shorted_one(tmp_path: Path) -> None:
    text = CYCLING.replace("cycle_count: 6", "cycle_count: 2") + "limits: {soft_short: 5 mV}\n"
    steps = "{press: 2 MPa, settle_within: 5 %} ; {press: 6 MPa, at: cycle, settle_within: 3 %}"
    ran = Ran(tmp_path, "twin-lpscl", steps, text)
    assert ran.status.phase == Phase.ENDED
