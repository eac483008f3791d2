"""What a run measured, read back from its record."""

from pathlib import Path

import pytest

from fixture.cli.report.measured import measured_lines
from fixture.cli.summarise import RunSummary
from fixture.core.types import EndReason, Event, EventKind
from fixture.frame.event_text import event_text
from fixture.record.reader import Record
from fixture.record.writer import RecordWriter
from tests.record.synthetic import HEADER, make_config, make_frame

EVENTS = {
    3: (
        Event(3 * 10**8, 3, EventKind.MEASURED_RESISTANCE, 1, 64.25),
        Event(3 * 10**8, 3, EventKind.UNCERTAINTY, EventKind.MEASURED_RESISTANCE, 0.4),
    ),
    5: (Event(5 * 10**8, 5, EventKind.TRIAL, 0, 4.0),),
    6: (Event(6 * 10**8, 6, EventKind.LOWEST_PRESSURE, 6, 8.0),),
    9: (Event(9 * 10**8, 9, EventKind.CRITICAL_CURRENT, EndReason.SHORT, 3e-3),),
}


@pytest.fixture
def told(tmp_path: Path) -> RunSummary:
    path = tmp_path / "run.h5"
    writer = RecordWriter.create(path, HEADER, make_config())
    for tick in range(20):
        writer.append(make_frame(tick, events=EVENTS.get(tick, ())))
    writer.finish("done", 0)
    return RunSummary.read(path)


def test_each_is_told_with_its_unit_error_pressure_and_time(told: RunSummary) -> None:
    area_cm2 = make_config().area_mm2 / 100.0
    resistance, trial, lowest, critical = told.facts["measured"]
    assert (resistance["what"], resistance["value"], resistance["unit"]) == (
        "resistance",
        64.25,
        "ohm",
    )
    assert resistance["standard_error"] == 0.4
    assert resistance["pressure_mpa"] > 0.0
    assert resistance["text"] == f"64.25 ohm = {64.25 * area_cm2:.4g} ohm cm2"
    assert trial["text"] == "4 MPa, not acceptable"
    assert lowest["text"] == "8 MPa, after 6 trials"
    assert critical["text"] == f"3 mA = {3.0 / area_cm2:.4g} mA/cm2, by a short"


def test_the_screen_has_a_line_for_each(told: RunSummary) -> None:
    text = told.screen()
    assert "64.25 ohm" in text
    assert "± 0.4" in text
    assert "critical current" in text


def test_of_many_alike_the_first_and_the_last_are_shown() -> None:
    one = {
        "what": "resistance",
        "time_s": 1.0,
        "value": 1.0,
        "unit": "ohm",
        "text": "1 ohm",
        "pressure_mpa": 5.0,
        "peak_mpa": 9.0,
    }
    lines = measured_lines([{**one, "text": f"{number} ohm"} for number in range(30)])
    assert len(lines) == 17
    assert lines[8] == ["", "… 14 more, in the record's events"]
    assert lines[-1][1] == "29 ohm; 5 MPa (peak 9), 1 s"


def test_the_record_says_the_same_in_words(told: RunSummary) -> None:
    with Record.open(told.path) as record:
        texts = [text.decode() for text in record.events["text"].tolist()]
    assert texts[0].startswith("resistance: 64.25 ohm = ")
    assert event_text(EVENTS[6][0]) == "lowest pressure: 8 MPa, after 6 trials"
