"""What a run's summary says of the hold, against the truth of the twin."""

from pathlib import Path

import numpy as np
import pytest

from fixture.cli.report.identified import cycle, cycle_tables
from fixture.cli.summarise import RunSummary
from fixture.core.types import Event, EventKind, Identified
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.cli.test_main import isostack
from tests.record.synthetic import HEADER, make_config, make_frame

BREATHING = 8.86 * 0.93  # of the twin, µm per mAh/cm²


SHORTENED = """\
extends: sodium-assembly-hold
name: shortened
pressure: [{press: 74 MPa, hold: 2 min}, {press: 15 MPa, at: cycling}]
protocol:
  method:
    - {step: tag, tag: cycling}
    - {step: open_circuit_voltage, until_time_s: 300}
    - {step: tag, tag: cycle}
    - {step: constant_current, current_mA: 0.785, until_time_s: 1800, until_voltage_V: 4.4}
    - {step: constant_current, current_mA: -0.785, until_time_s: 1800, until_voltage_V: 1.0}
    - {step: loop, loop_to: cycle, cycle_count: 2}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunSummary:
    """Two cycles of half the default profile's length on the default twin, at 2 Hz."""
    folder = tmp_path_factory.mktemp("whole")
    profile, out = folder / "shortened.yaml", folder / "out"
    profile.write_text(SHORTENED, encoding="utf-8")
    code, _, _ = isostack(
        "run", str(profile), "--speed", "max", "--rate", "2", "--no-picture",
        "--name", "whole", "--out", str(out),
    )  # fmt: skip
    assert code == 0
    return RunSummary.read(out / "whole.h5")


def test_breathing_of_each_cycle_is_the_twins_within_five_percent(whole: RunSummary):
    cycles = whole.facts["cycles"]
    assert len(cycles) == 2
    for row in cycles:
        assert row["breathing_um_per_mah_cm2"] == pytest.approx(BREATHING, rel=0.05)


def test_what_is_lost_and_each_direction_are_the_twins(whole: RunSummary):
    with Record.open(whole.path) as record:
        time_s, twin = record.log["test_time_second"], record.twin
        grown_um = 1e6 * (
            twin["breathing_metre"] + twin["thermal_metre"] - twin["creep_metre"]
            - twin["forming_metre"]
        )  # fmt: skip
        area_cm2 = record.config.area_mm2 / 100.0
    for row in whole.facts["cycles"]:
        begin, end = np.searchsorted(time_s, [row["begin_second"], row["end_second"]])
        change_um = float(grown_um[end - 1] - grown_um[begin])
        assert 1e6 * row["irreversible_thickness_metre"] == pytest.approx(change_um, abs=0.2)
        turn = (begin + end) // 2
        per_mah_cm2 = (grown_um[turn] - grown_um[begin]) / (
            1e3 * row["charging_capacity_ah"] / area_cm2
        )
        assert row["charge_breathing_um_per_mah_cm2"] == pytest.approx(per_mah_cm2, rel=0.03)


def test_steps_of_current_tell_the_ohmic_part(whole: RunSummary):
    """50 ohm cm² of separator and 24 of contact, and what of 20 answers within a second."""
    for row in whole.facts["cycles"]:
        assert 74.0 < row["step_resistance_ohm_cm2"] < 90.0


def test_the_screen_is_legible_in_80_columns(whole: RunSummary):
    text = whole.screen()
    assert "held by       economy moves" in text
    assert "slip jump" in text
    tables = text.split("\n\n")[1:]
    assert len(tables) == 2
    assert max(len(line) for table in tables for line in table.splitlines()) <= 80
    assert tables[0].splitlines()[1].split() == [
        "mAh", "mAh", "%", "Ω", "cm²", "kPa", "kPa", "kPa",
    ]  # fmt: skip


def test_of_many_cycles_the_first_and_the_last_are_shown(whole: RunSummary):
    (one, *_) = whole.facts["cycles"]
    text = cycle_tables([one | {"cycle": number} for number in range(1, 301)])
    assert len(text.splitlines()) == 2 * 27 + 1
    assert "… 276 more" in text
    assert text.splitlines()[-1].split()[0] == "300"


def test_a_cycle_that_was_cut_off_has_no_efficiency(whole: RunSummary) -> None:
    one = whole.facts["cycles"][0]
    shown = [cycle_tables([one | {"complete": done}]).splitlines()[2].split() for done in (1, 0)]
    assert shown[0][3] == f"{100.0 * one['coulombic_efficiency']:.2f}"
    assert shown[1][3] == "–"


def test_losses_are_told_with_units_and_times(tmp_path: Path):
    events = {
        1: (Event(10**8, 1, EventKind.IDENTIFIED, Identified.STIFFNESS, 9.0),),
        2: (Event(2 * 10**8, 2, EventKind.DROPPED, Identified.BREATHING, 0.33),),
        3: (Event(3 * 10**8, 3, EventKind.FELL_BACK, 0, 0.02),),
    }
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config())
    for tick in range(3100):
        writer.append(make_frame(tick, events=events.get(tick, ())))
    writer.finish("done", 0)
    text = RunSummary.read(path).screen()
    assert "identified    stiffness 9 N/µm" in text
    assert "dropped       breathing 0.933 MPa per mAh/cm² in a fixed gap: it had stopped" in text
    assert "fell back     to economy: landings were off by 0.02 MPa" in text


def test_a_cycle_is_told_in_the_units_of_the_field():
    names = ("breathing", "charge_breathing", "discharge_breathing")
    row = {f"{name}_metre_per_coulomb": 1e-6 for name in names}
    row |= {"resistance_ohm": 100.0, "step_resistance_ohm": 90.0}
    told = cycle(row, 50.0)
    assert told["breathing_um_per_mah_cm2"] == pytest.approx(1.8)
    assert (told["resistance_ohm_cm2"], told["step_resistance_ohm_cm2"]) == (50.0, 45.0)
