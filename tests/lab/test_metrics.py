"""Numbers of a laboratory as OpenMetrics, and the dashboard that is drawn from them."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from fixture.cli import lab_commands
from fixture.lab.messages import RunReport
from fixture.lab.metrics import LabCollector, Shown
from fixture.lab.seen import Laboratory
from tests.lab.test_seen import CLAIM, lab, live, report

DASHBOARD = Path(__file__).parents[2] / "docs" / "how-to" / "laboratory" / "grafana.json"


def scraped(made: Laboratory, now_s: float = 105.0) -> str:
    """What a scrape of a laboratory gets."""

    def read(look: Callable[[Laboratory, float], Shown]) -> Shown:
        return look(made, now_s)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(LabCollector("sodium", read))
    return generate_latest(registry).decode()


@pytest.fixture
def made() -> Laboratory:
    """Two machines; one run that goes on with a row lost, one that is tripped."""
    made = lab("press-1", 'a "b"')
    made.reported("press-1", "cell-7", report(), 103.0)
    tripped = RunReport("18", {"state": "tripped", "why": "force", "pressure_mpa": None})
    made.reported('a "b"', "cell-8", tripped, 103.0)
    for n in (1, 3):
        made.rows("press-1", "cell-7", live(n))
    return made


def test_every_number_is_in_its_base_unit(made: Laboratory) -> None:
    text = scraped(made)
    which = '{lab="sodium",machine="press-1",run="cell-7"}'
    for line in (
        f"isostack_run_pressure_pascals{which} 1.5e+07",
        f"isostack_run_voltage_volts{which} 3.4",
        f"isostack_run_current_amperes{which} 0.000785",
        f"isostack_run_position_metres{which} 0.00016",
        f"isostack_run_rows_total{which} 2.0",
        f"isostack_run_lost_rows_total{which} 1.0",
        f"isostack_run_state_age_seconds{which} 2.0",
        f"isostack_run_needs_attention{which} 0.0",
        'isostack_machine_silence_seconds{lab="sodium",machine="press-1"} 5.0',
        'isostack_broker_up{lab="sodium"} 1.0',
    ):
        assert line in text.splitlines()


def test_what_is_not_known_has_no_line_and_names_are_escaped(made: Laboratory) -> None:
    text = scraped(made)
    assert 'machine="a \\"b\\""' in text
    tripped = [line for line in text.splitlines() if 'run="cell-8"' in line]
    assert any(
        line.startswith("isostack_run_state{") and 'state="tripped"' in line for line in tripped
    )
    assert not any("pressure" in line for line in tripped)


@pytest.mark.parametrize("state", ["ended", "stale", "silent"])
def test_a_run_of_which_nothing_newer_comes_has_no_readings(made: Laboratory, state: str) -> None:
    made.reported("press-1", "cell-7", report("stale" if state == "stale" else "running"), 103.0)
    if state == "ended":
        made.reported("press-1", "cell-7", report("ended", over=True), 103.0)
    lines = scraped(made, 1e3 if state == "silent" else 105.0).splitlines()
    told = {line.partition("{")[0] for line in lines if 'run="cell-7"' in line}
    assert f'run="cell-7",state="{state}"' in "".join(lines)
    assert told - {"isostack_run_state_age_seconds"} == {
        "isostack_run_state", "isostack_run_needs_attention", "isostack_run_rows_total",
        "isostack_run_lost_rows_total", "isostack_run_filled_rows_total",
    }  # fmt: skip


def test_a_machine_that_left_in_order_is_not_silent(made: Laboratory) -> None:
    made.claimed("press-1", msgspec.structs.replace(CLAIM, left=True), 100.0)
    assert 'silence_seconds{lab="sodium",machine="press-1"}' not in scraped(made)


def test_it_is_openmetrics(made: Laboratory) -> None:
    text = scraped(made)
    assert text.endswith("# EOF\n")
    families = list(text_string_to_metric_families(text))
    assert {family.name for family in families} >= {"isostack_run_rows", "isostack_run_state"}


def test_an_empty_laboratory_without_a_broker_has_only_that(made: Laboratory) -> None:
    empty = Laboratory()
    lines = [line for line in scraped(empty).splitlines() if not line.startswith("#")]
    assert lines == ['isostack_broker_up{lab="sodium"} 0.0']


def _expressions(what: Any) -> Iterator[str]:
    if isinstance(what, dict):
        for key, value in what.items():
            if key in {"expr", "definition"}:
                yield value
            yield from _expressions(value)
    elif isinstance(what, list):
        for one in what:
            yield from _expressions(one)


def test_the_dashboard_shows_numbers_that_there_are_and_all_of_them(made: Laboratory) -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    shown = set(re.findall(r"isostack_\w+", " ".join(_expressions(board["panels"]))))
    samples = {
        sample.name
        for family in text_string_to_metric_families(scraped(made))
        for sample in family.samples
    }
    known = {name for name in samples if not name.endswith("_created")}
    assert shown <= known
    assert known - shown == {
        "isostack_run_cycle", "isostack_run_force_newtons", "isostack_run_test_time_seconds",
    }  # fmt: skip


def _variables(board: dict[str, Any]) -> list[str]:
    return [one["definition"] for one in board["templating"]["list"] if "definition" in one]


def test_every_label_that_the_dashboard_uses_is_one_of_its_numbers(made: Laboratory) -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    labels = {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(scraped(made))
        for sample in family.samples
    }
    expressions = list(_expressions(board["panels"])) + _variables(board)
    for expression in expressions:
        metrics = re.findall(r"isostack_\w+", expression)
        used = {label for label, _ in re.findall(r"[{,]\s*(\w+)(=~?)", expression)}
        for listed in re.findall(r"(?:by|on) ?\(([^)]*)\)", expression):
            used |= {label.strip() for label in listed.split(",")}
        assert metrics
        assert all(used <= labels[name] for name in metrics), expression
    for name, label in re.findall(r"label_values\((\w+)[^)]*, (\w+)\)", " ".join(expressions)):
        assert label in labels[name]
    for target in (target for panel in board["panels"] for target in panel["targets"]):
        metrics = re.findall(r"isostack_\w+", target["expr"])
        legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert all(legend <= labels[name] for name in metrics)


GRAFANA = {
    "pascals": "pressurepa", "volts": "volt", "amperes": "amp", "celsius": "celsius",
    "metres": "lengthm", "seconds": "s",
}  # fmt: skip


def test_a_panel_has_the_unit_of_its_number() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    for panel in board["panels"]:
        (target,) = panel["targets"]
        units = {GRAFANA.get(name.rpartition("_")[2]) for name in
                 re.findall(r"isostack_\w+", target["expr"])}  # fmt: skip
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if target["expr"].startswith("100 * ("):
            assert (len(units), unit) == (1, "percent")  # one unit by itself
        elif "rate(" in target["expr"]:
            assert (units, unit) == ({None}, "rowsps")
        else:
            assert units == {unit}, panel["title"]


def test_what_is_scraped_is_where_the_command_serves() -> None:
    scrape = yaml.safe_load((DASHBOARD.parent / "scrape.yml").read_text("utf-8"))
    (job,) = scrape["scrape_configs"]
    ((target,),) = (one["targets"] for one in job["static_configs"])
    options = inspect.signature(lab_commands.metrics).parameters
    assert target == f"{options['host'].default}:{options['port'].default}"


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
