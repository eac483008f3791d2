"""Spectra in a profile: what they compile to, how they are listed, and what is refused where."""

from pathlib import Path

import pytest

from fixture.cli.check import screen
from fixture.core.config import Step
from fixture.core.sequence.steps.table import Kind
from tests.config.cases import PROFILE, complaints, plan_of

RIG = "twin-emstat4"
HEAD = PROFILE[: PROFILE.index("  - press")]
CURRENT = "{step: constant_current, current_mA: 1, until_time_s: 60}"
EIS = "{step: impedance_spectroscopy, start_frequency_Hz: 1.0e+5, end_frequency_Hz: 0.1, "


def with_step(keys: str) -> str:
    return f"{HEAD}  - press: 15 MPa\n  - impedance: {{{keys}}}\n"


def with_protocol(keys: str) -> str:
    return PROFILE.replace(CURRENT, EIS + keys + "}\n    - " + CURRENT)


def spectra(folder: Path, profile: str) -> list[Step]:
    steps = plan_of(folder, profile, RIG).config.steps
    return [step for step in steps if step.kind == Kind.IMPEDANCE]


def test_a_step_has_usual_frequencies(tmp_path: Path) -> None:
    (step,) = spectra(tmp_path, with_step("amplitude: 10 mV"))
    assert (step.start_hz, step.end_hz, step.points) == (1e5, 0.1, 61)
    assert (step.amplitude, step.galvanostatic, step.rest_ns) == (0.01, False, 0)


def test_all_of_it_may_be_written(tmp_path: Path) -> None:
    written = "from: 1 kHz, to: 10 mHz, points_per_decade: 5, current: 0.1 mA, rest: 30 s"
    (step,) = spectra(tmp_path, with_step(written))
    assert (step.start_hz, step.end_hz, step.points) == (1e3, 0.01, 26)
    assert (step.amplitude, step.galvanostatic) == (1e-4, True)
    assert step.rest_ns == 30_000_000_000


def test_a_current_may_be_of_unit_area(tmp_path: Path) -> None:
    (step,) = spectra(tmp_path, with_step("current: 1 mA/cm**2"))
    assert step.amplitude == pytest.approx(0.785e-3, rel=1e-3)


@pytest.mark.parametrize(
    ("keys", "amplitude", "by_current"),
    [("amplitude_V: 0.01", 0.01, False), ("amplitude_mA: 0.1", 1e-4, True)],
)
def test_the_protocols_own_is_the_same_step(
    tmp_path: Path, keys: str, amplitude: float, by_current: bool
) -> None:
    (step,) = spectra(tmp_path, with_protocol(keys))
    assert (step.start_hz, step.end_hz, step.points) == (1e5, 0.1, 61)
    assert (step.amplitude, step.galvanostatic) == (pytest.approx(amplitude), by_current)


def test_the_time_that_it_takes_counts_and_bounds_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, with_step("to: 1 mHz, amplitude: 10 mV, rest: 60 s"), RIG)
    (step,) = [one for one in plan.config.steps if one.kind == Kind.IMPEDANCE]
    assert 3.0 * 3600e9 < step.span_ns < 6.0 * 3600e9
    assert step.timeout_ns > 2 * (step.span_ns - step.rest_ns)
    assert plan.config.limits.spectrum_silence_us > 3_000_000_000 * 3


def test_without_a_spectrum_the_potentiostat_may_not_be_silent(tmp_path: Path) -> None:
    assert plan_of(tmp_path, PROFILE, RIG).config.limits.spectrum_silence_us == 0


def test_it_is_listed_with_its_duration(tmp_path: Path) -> None:
    text = screen(plan_of(tmp_path, with_step("amplitude: 10 mV"), RIG), 0)
    assert "100 kHz … 100 mHz, 61 points, 10 mV" in text
    assert "impedance" in text
    assert "2 min 10 s" in text


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("amplitude: 10 mV, current: 1 mA", "8:17: write 'amplitude: 10 mV', or 'current: 0.1 mA'"),
        ("to: 1 Hz", "8:5: write 'amplitude: 10 mV', or 'current: 0.1 mA'"),
        ("amplitude: 10 mV, from: 1 MHz", "1000000 Hz: the palmsens-emstat4 measures from"),
        ("amplitude: 1 V", "8:17: 1000 mV: the palmsens-emstat4 of rig twin-emstat4 does 1 … 900"),
        ("current: 30 mA", "8:17: 30 mA is beyond the ±20 mA of rig and safety"),
        ("amplitude: 10 mV, from: 1 Hz, to: 1 Hz", "1 points: a spectrum has 2 … 500"),
        ("amplitude: 10 mV, points_per_decade: 100", "601 points: a spectrum has 2 … 500"),
    ],
)
def test_what_cannot_be_measured_is_refused_where_it_stands(
    tmp_path: Path, keys: str, says: str
) -> None:
    (line,) = complaints(tmp_path, with_step(keys), RIG)
    assert line.startswith("p.yaml:")
    assert says in line


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("amplitude_V: 0.01, drift_correction: true", "'drift_correction: true' is not done here"),
        ("amplitude_V: 0.01, measures_per_point: 3", "'measures_per_point: 3' is not done here"),
        ("amplitude_mA: 30", "30 mA is not within the ±20 mA of rig and safety"),
        ("amplitude_V: 0.0001", "0.1 mV: the palmsens-emstat4"),
    ],
)
def test_so_is_what_the_protocol_wants(tmp_path: Path, keys: str, says: str) -> None:
    (line,) = complaints(tmp_path, with_protocol(keys), RIG)
    assert line.startswith("p.yaml:14:")
    assert says in line


@pytest.mark.parametrize(
    "profile", [with_step("amplitude: 10 mV"), with_protocol("amplitude_V: 0.01")]
)
def test_a_rig_that_cannot_is_refused_and_told_which_can(tmp_path: Path, profile: str) -> None:
    (line,) = complaints(tmp_path, profile, "twin")
    assert "the keithley-2450 of rig twin does not, and palmsens-emstat4 does" in line


def test_a_rig_that_only_observes_is_refused(tmp_path: Path) -> None:
    profile = with_step("amplitude: 10 mV")
    profile = profile[: profile.index("protocol")] if "protocol" in profile else profile
    assert "only observes its potentiostat" in complaints(tmp_path, profile, "twin-follow")[0]
