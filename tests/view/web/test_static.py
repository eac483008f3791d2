"""The page's scripts name what the program has, load nothing from elsewhere, and stay short."""

import re
from pathlib import Path

import pytest

from fixture.core.types import EventKind, Phase, Request
from fixture.frame.event_text import code_name
from fixture.runtime.link.messages import Row
from fixture.runtime.outcome import DONE, STOPPED
from fixture.view.web.app import PAGES, STATIC
from fixture.view.web.tiles import CHARTED

FILES = sorted(path for folder in (STATIC, PAGES) for path in folder.iterdir() if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]


def text_of(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def test_charts_show_columns_that_are_served_and_fields_of_a_row() -> None:
    panels = text_of("panels.js")
    assert set(re.findall(r'column: "(\w+)"', panels)) == set(CHARTED)
    assert set(re.findall(r'field: "(\w+)"', panels)) <= set(Row.__struct_fields__)
    used = re.findall(r"\brow\.(\w+)", text_of("numbers.js"))
    assert set(used) <= set(Row.__struct_fields__)


def test_kinds_of_events_and_phases_are_those_of_the_core() -> None:
    kinds = {code_name(EventKind, kind) for kind in EventKind}
    named = re.findall(r'"([a-z ]+)"', text_of("format.js").partition("BAD_KINDS")[2])
    assert set(named) <= kinds
    phases = {code_name(Phase, phase) for phase in Phase}
    states = text_of("format.js").partition("STATES = {")[2].partition("};")[0]
    for phase in phases - {"tripped"}:
        assert re.search(rf'(^|\W){phase}"?: \[', states), phase
    assert f"SETPOINT = {int(Request.SETPOINT)};" in text_of("events.js")


def test_outcomes_that_say_nothing_more_are_those_of_a_run() -> None:
    found = re.search(r"endedWell = .*?/\^\((.*?)\)\$/", text_of("format.js"))
    assert found is not None
    assert tuple(found[1].split("|")) == (DONE, STOPPED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert re.findall(r"https?://|//cdn|@import|<script>|style=\"|onclick=\"", text) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_one_subject_and_is_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("/* ")
    assert len(text.splitlines()) < 400


def test_every_module_is_loaded_with_its_page() -> None:
    page = (PAGES / "run.html").read_text(encoding="utf-8")
    for name in re.findall(r'from "\./(\w+\.js)"', text_of("run.js")):
        assert f'<link rel="modulepreload" href="/static/{name}">' in page, name


def test_the_chart_library_has_its_licence_beside_it() -> None:
    assert "Leon Sorokin" in text_of("uplot/LICENSE")
    assert "v1.6.32" in text_of("uplot/uPlot.iife.min.js")
