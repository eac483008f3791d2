"""Tracking: ramps at a rate, fast breathing; and the press that must stand."""

import pytest

from fixture.core.control.state import Phase as Mode
from fixture.core.safety.trips import Trip
from fixture.core.types import Phase
from tests.core.bench import END, Rig, config, current_row, identify_row, press_row
from tests.core.golden.steps import gap

FOREVER = 1e6
STEP_UM = 0.05


def smooth(rows: tuple[object, ...], **rig: float) -> Rig:
    """A press that does not stick, and is known not to."""
    table = config((identify_row(13.0), *rows), slip_um=0.0)  # type: ignore[arg-type]
    return Rig(table, stick_um=0.0, noise_n=0.02, **rig)  # type: ignore[arg-type]


@pytest.mark.parametrize("stick_um", [0.0, 0.5])
@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_a_ramp_keeps_its_rate(stick_um: float, rate: float):
    rows = (press_row(15.0, FOREVER, rate_mpa_per_s=rate), END)
    rig = Rig(config(rows), stick_um=stick_um)
    rig.run(20.0)
    begun_mpa = rig.pressure_mpa
    seconds = 0.6 * (15.0 - begun_mpa) / rate
    rig.run(seconds)
    assert (rig.pressure_mpa - begun_mpa) / seconds == pytest.approx(rate, rel=0.05)


def test_a_ramp_goes_over_into_a_hold():
    rig = Rig(config((press_row(15.0, FOREVER, rate_mpa_per_s=0.1), END)))
    peak: list[float] = []
    rig.run(240, lambda r: peak.append(r.pressure_mpa))
    slip_mpa = rig.stick_um * rig.mpa_per_um
    assert max(peak) <= 15.0 + 0.8 * slip_mpa
    assert rig.pressure_mpa == pytest.approx(15.0, abs=0.6 * slip_mpa)
    assert rig.state.controller.phase != Mode.TRACK


@pytest.mark.parametrize("rate", [1.0, 50.0])
def test_a_ramp_faster_than_the_press_waits_for_it(rate: float):
    rig = Rig(config((press_row(15.0, FOREVER, rate_mpa_per_s=rate), END)))
    peak: list[float] = []
    rig.run(240, lambda r: peak.append(r.pressure_mpa))
    slip_mpa = rig.stick_um * rig.mpa_per_um
    assert max(peak) <= 15.0 + 0.8 * slip_mpa
    assert rig.pressure_mpa == pytest.approx(15.0, abs=0.6 * slip_mpa)


def test_a_ramp_down_keeps_its_rate_too():
    rows = (press_row(15.0, 30.0), press_row(5.0, FOREVER, rate_mpa_per_s=0.05), END)
    rig = Rig(config(rows))
    while rig.state.sequence.step < 1:
        rig.turn()
    begun_mpa = rig.pressure_mpa
    rig.run(120)
    assert (rig.pressure_mpa - begun_mpa) / 120 == pytest.approx(-0.05, rel=0.1)


def test_breathing_too_fast_for_single_strokes_is_followed_with_a_lag_that_is_not_known_yet():
    rows: list[object] = [press_row(15.0)]
    for _ in range(4):
        rows += [current_row(7.85e-3, 60.0), current_row(-7.85e-3, 60.0)]
    rig = smooth((*rows, END), reversal_um=0.05)
    errors: list[float] = []
    while rig.state.sequence.phase == Phase.RUNNING:
        rig.turn()
        if rig.state.sequence.step > 3:
            errors.append(rig.pressure_mpa - 15.0)
    assert max(map(abs, errors)) <= 6.0 * STEP_UM * rig.mpa_per_um


@pytest.mark.parametrize("frozen", [True, False])
def test_a_ramp_that_the_force_does_not_answer_is_a_fault(frozen: bool):
    rig = Rig(config((press_row(15.0, FOREVER, rate_mpa_per_s=0.1), END)))
    rig.run(20.0 if frozen else 0.0)
    counts = rig.sample().counts
    for _ in range(2000):
        rig.turn(counts=counts)
    assert rig.state.safety.trip == Trip.NO_RESPONSE
    assert rig.drive_um < 40.0


# -- constant gap --------------------------------------------------------------------------------


def test_in_a_constant_gap_the_press_stands_whatever_the_pressure_does():
    rows = (
        press_row(15.0, 10.0),
        gap(1.0),
        current_row(7.85e-4, 1800.0),
        END,
    )
    rig = Rig(config(rows))
    while rig.state.sequence.step < 2:
        rig.turn()
    drive_um, before_mpa = rig.drive_um, rig.pressure_mpa
    rig.run(1700)
    assert rig.drive_um == drive_um
    grown_mpa = rig.mpa_per_um * rig.breathing_um_per_c * 7.85e-4 * 1700
    assert rig.pressure_mpa - before_mpa == pytest.approx(grown_mpa, rel=0.02)


def test_a_gap_may_be_some_way_from_where_the_press_stood():
    rows = (
        press_row(15.0, 10.0),
        gap(1.0, gap_um=-4.0),
        current_row(1e-9, FOREVER),
        END,
    )
    rig = Rig(config(rows))
    while rig.state.sequence.step < 1:
        rig.turn()
    drive_um = rig.drive_um
    rig.run(60)
    assert rig.drive_um == pytest.approx(drive_um - 4.0, abs=STEP_UM)
    assert rig.state.sequence.step == 2


def test_a_gap_may_be_far_down_from_where_the_press_stood():
    rows = (press_row(15.0, 10.0), gap(1.0, gap_um=-20.0), END)
    rig = Rig(config(rows))
    while rig.state.sequence.step < 1:
        rig.turn()
    drive_um = rig.drive_um
    rig.run(30.0)
    assert rig.state.safety.trip == 0
    assert rig.drive_um == pytest.approx(drive_um - 20.0, abs=STEP_UM)


def test_a_ramp_down_that_a_flow_outruns_is_no_fault():
    rows = (press_row(15.0, 30.0), press_row(5.0, FOREVER, rate_mpa_per_s=0.02), END)
    rig = Rig(config(rows), creep_um_per_s=-0.5)
    rig.run(900.0)
    assert rig.state.safety.trip == 0
    assert rig.pressure_mpa == pytest.approx(5.0, abs=0.3)


def test_after_a_gap_the_pressure_is_held_again():
    rows = (
        press_row(15.0, 10.0),
        gap(1.0),
        current_row(7.85e-4, 600.0),
        press_row(15.0, FOREVER),
        END,
    )
    rig = Rig(config(rows))
    while rig.state.sequence.step < 3:
        rig.turn()
    rig.run(120)
    assert rig.pressure_mpa == pytest.approx(15.0, abs=0.6 * rig.stick_um * rig.mpa_per_um)


def test_a_ramp_at_a_rate_goes_on_from_where_the_identification_was():
    rows = (identify_row(10.0), press_row(15.0, FOREVER, rate_mpa_per_s=0.1), END)
    rig = Rig(config(rows))
    rig.run(600.0)
    assert rig.state.controller.identification.over
    assert rig.pressure_mpa == pytest.approx(15.0, abs=0.6 * rig.stick_um * rig.mpa_per_um)
