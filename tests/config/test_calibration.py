"""A calibration in a rig file: checked, and what `check` says of it."""

from datetime import date
from pathlib import Path

import pytest

from fixture.config.resolve import plan
from fixture.config.yaml.errors import ConfigError

BLOCK = """
name: mine
extends: twin
load_cells:
  calibration:
    date: "2026-01-15"
    due: "2027-01-15"
    span: 1.01
    uncertainty: 0.2 %
    iso_class: 1
    lower_limit: 1500 N
"""


def rig(folder: Path, text: str = BLOCK) -> str:
    path = folder / "mine.yaml"
    path.write_text(text)
    return str(path)


def warnings(folder: Path, today: date) -> tuple[str, ...]:
    return plan("sodium-assembly-hold", rig(folder), today=today).warnings


def test_the_span_makes_counts_worth_more_and_the_limit_of_counts_less(tmp_path: Path) -> None:
    cells = plan("manual", rig(tmp_path)).config.load_cells
    assert cells.newton_per_count == pytest.approx((0.101,) * 3)
    assert cells.limit_counts == (39603,) * 3  # 4 kN by the calibration


def test_a_calibration_that_is_due_is_told(tmp_path: Path) -> None:
    assert not any("was due" in text for text in warnings(tmp_path, date(2027, 1, 15)))
    (told,) = [text for text in warnings(tmp_path, date(2027, 1, 16)) if "was due" in text]
    assert "due on 2027-01-15" in told


def test_a_pressure_below_the_lower_limit_is_told(tmp_path: Path) -> None:
    (told,) = [text for text in warnings(tmp_path, date(2026, 2, 1)) if "keep class" in text]
    assert told.startswith("15 MPa is 1178 N, and the load cells keep class 1 from 1500 N on:")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"2027-01-15"', '"2025-01-15"', "mine.yaml:7:5: due 2025-01-15 is not after 2026-01-15"),
        ('"2026-01-15"', '"soon"', "mine.yaml:6:5: 'soon' is no date"),
        ("1.01", "[1.01, 1.0]", "2 values of span for 3 load cells"),
        ("1.01", "3", "mine.yaml:8:5"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan("manual", rig(tmp_path, BLOCK.replace(old, new)))
    assert says in str(caught.value)
