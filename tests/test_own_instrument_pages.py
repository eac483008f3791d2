"""The pages on instruments of one's own are right: their descriptions and rigs are accepted."""

from pathlib import Path

import pytest

from fixture.config.described import KINDS, names
from fixture.config.instrument import named
from fixture.config.resolve import plan
from instruments.registry import POTENTIOSTATS
from isostack.testing import conformance
from tests.instruments.test_adapter import KEITHLEY
from tests.test_how_to import ROOT, blocks

PAGES = ROOT / "docs" / "how-to"
DESCRIBED = PAGES / "described.md"
WIRES = [text for text in blocks(DESCRIBED, "yaml") if "\nwire:" in text]
SCALE = {"division_n": 0.1, "full_scale_n": 1000.0}
BENCH = "name: mine\nextends: twin\ntwin: null\n"


@pytest.mark.parametrize("index", range(len(WIRES)))
def test_a_description_of_the_page_keeps_the_rules_for_drivers(index: int, tmp_path: Path) -> None:
    text = WIRES[index]
    path = tmp_path / text.split(":")[0].removeprefix("# ")
    path.write_text(text, encoding="utf-8")
    row, options = named(str(path), {"um_per_count": 0.05})
    told = options | (SCALE if row.kind == "load_cells" else {})
    report = conformance(row, told, budget_ms=50.0)
    assert report.passed, report


def test_the_page_has_an_example_of_each_wire() -> None:
    assert len(WIRES) == 5


def test_every_description_that_ships_is_on_the_page() -> None:
    page = DESCRIBED.read_text(encoding="utf-8")
    assert [n for kind in KINDS for n in names(kind) if f"| `{n}` |" not in page] == []


def test_the_adapter_of_the_page_is_the_one_that_is_tested_on_the_2450(tmp_path: Path) -> None:
    text, qcodes = blocks(PAGES / "adapter.md", "yaml")
    ports = "load_cells: {port: {address: /dev/ttyUSB7}}\npress: {port: {address: /dev/ttyUSB8}}\n"
    (tmp_path / "rig.yaml").write_text(BENCH + ports + text, encoding="utf-8")
    _, _, cell = plan("manual", str(tmp_path / "rig.yaml")).devices
    model = POTENTIOSTATS["adapter"]
    of_the_rig = {"when_silent", "voltage_max_v", "current_range_a"}
    told = {k: v for k, v in cell.options.items() if k not in of_the_rig}
    wanted = model.check(KEITHLEY)
    assert model.check(told | {"when_silent": KEITHLEY["when_silent"]}) == wanted
    (tmp_path / "rig.yaml").write_text(BENCH + ports + qcodes, encoding="utf-8")
    _, _, cell = plan("manual", str(tmp_path / "rig.yaml")).devices
    assert cell.options["driver"] == "qcodes.instrument_drivers.Keithley:Keithley2450"
