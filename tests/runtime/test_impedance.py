"""Whole runs with spectra: recorded, replayed to the bit, and with the potentiostat unplugged."""

from pathlib import Path

import pytest

from fixture.analysis.replay import verify
from fixture.analysis.spectra import spectra
from fixture.config.resolve import RunPlan, plan
from fixture.core.types import EndReason, EventKind
from fixture.record.parts import JoinedRecord
from fixture.runtime import lockstep, tick
from instruments.protocols import SweepPoint
from tests import short
from tests.recording import record

SPECTRA = """\
name: spectra
cell:
  diameter: 10 mm
  kind: metal-anode
  electrodes: {negative: Na}
control: {identification: false}
pressure:
  - press: 6 MPa
    settle_within: 3 %
  - impedance: {from: 10 kHz, to: 1 Hz, points_per_decade: 5, amplitude: 10 mV, rest: 2 s}
  - press: 4 MPa
    settle_within: 3 %
    at: cycle
protocol:
  record: {time_s: 0.1}
  sample: {capacity_mAh: 0.785}
  method:
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 1, until_time_s: 10}
    - {step: impedance_spectroscopy, amplitude_mA: 0.1, start_frequency_Hz: 1000,
       end_frequency_Hz: 1, points_per_decade: 3}
    - {step: loop, loop_to: cycle, cycle_count: 2}
"""


def planned(folder: Path) -> RunPlan:
    return plan(short.profile(folder, SPECTRA), "twin-emstat4", None)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spectra")
    record(planned(folder), folder / "run.h5")
    return folder / "run.h5"


def codes(run: JoinedRecord, kind: EventKind) -> list[int]:
    return run.events["code"][run.events["kind"] == kind].tolist()


def test_each_spectrum_is_in_the_record_with_the_pressure_meanwhile(run: Path) -> None:
    with JoinedRecord.open(run) as found:
        first, second, third = spectra(found)
        assert found.outcome == "done"
        assert codes(found, EventKind.SPECTRUM) == [1, 4, 4]
    assert (len(first.frequency_hz), first.complete, first.amplitude_v) == (21, True, 0.01)
    assert (len(second.frequency_hz), second.complete, second.amplitude_a) == (10, True, 1e-4)
    assert 1e-6 * first.pressure_mean_pa == pytest.approx(6.0, rel=0.03)
    assert 1e-6 * third.pressure_mean_pa == pytest.approx(4.0, rel=0.03)
    assert first.impedance_ohm[-1].real > first.impedance_ohm[0].real > 60.0
    assert (first.impedance_ohm.imag < 0.0).all()


def test_the_contact_is_worse_at_the_lower_pressure(run: Path) -> None:
    with JoinedRecord.open(run) as found:
        first, second, _ = spectra(found)
    at_1_hz = first.impedance_ohm[-1].real, second.impedance_ohm[-1].real
    assert at_1_hz[1] > at_1_hz[0]


def test_a_run_with_spectra_replays_to_the_bit(run: Path) -> None:
    with JoinedRecord.open(run) as found:
        verdict = verify(found.parts[0])
    assert verdict.good()
    assert verdict.comparable()


def test_while_one_is_measured_no_voltage_is_logged_and_no_charge_passes(run: Path) -> None:
    with JoinedRecord.open(run) as found:
        _, second, _ = spectra(found)
        time_s, voltage = found.log["test_time_second"], found.log["voltage_volt"]
        current = found.log["current_ampere"]
        inside = (time_s > second.begin_s + 1.5) & (time_s < second.end_s - 1.0)
    assert inside.any()
    assert (voltage[inside] != voltage[inside]).all()
    assert ((current[inside] != current[inside]) | (current[inside] == 0.0)).all()


def test_a_potentiostat_that_ends_early_costs_the_spectrum_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = iter(range(1000))

    def next_point(ports: lockstep.Ports) -> SweepPoint | None:
        point = whole(ports)
        if point is not None and point.sweep == 2 and next(ended) >= 5:
            return SweepPoint(point.sweep, 0)
        return point

    whole = lockstep.Ports.next_point
    monkeypatch.setattr(lockstep.Ports, "next_point", next_point)
    record(planned(tmp_path), tmp_path / "run.h5")
    with JoinedRecord.open(tmp_path / "run.h5") as found:
        assert found.outcome == "done"
        assert EndReason.INCOMPLETE in codes(found, EventKind.STEP_END)
        assert [len(one.frequency_hz) for one in spectra(found)] == [5, 10, 10]
        assert verify(found.parts[0]).good()


def test_points_of_a_spectrum_that_was_given_up_are_none_of_the_next(tmp_path: Path) -> None:
    config = planned(tmp_path).config
    state = tick.begin(config)
    late = SweepPoint(7, 1, 1e3, 50.0, -1.0)
    moment = tick.Moment(0, 0, 0, 0, swept=late)
    _, frame = tick.run_tick(config, state, moment, tick.Latest())
    assert frame.point is None
    assert frame.sample.flags == 0
