"""The page on profiles and rigs leads to every key, and its example is the shipped recipe."""

import re
import runpy
from pathlib import Path

import pytest

from fixture.config.resolve import plan
from fixture.config.steps.table import BY_KEY
from tests.config.cases import plan_of

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def test_keys_are_described_where_they_are_written_from_the_models_alone() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "| key |" not in page
    reference = runpy.run_path(str(PAGE.parent / "reference" / "keys.py"))["page"]()
    labels = set(re.findall(r"(?m)^\((keys-[\w-]+)\)=", reference))
    headings = {line.strip("# ").lower().replace(" ", "-") for line in reference.splitlines()
                if line.startswith("## ")}  # fmt: skip
    linked = set(re.findall(r"reference/keys\.md#([\w-]+)", page))
    assert linked - labels - headings == set()
    assert {f"keys-step-{name}" for name in ("press", "wait", "search")} < linked


def test_the_example_is_the_shipped_recipe(tmp_path: Path) -> None:
    example = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    assert plan_of(tmp_path, example).config == plan("sodium-assembly-hold", "twin").config


CELL = """\
name: page
cell: {diameter: 6 mm, kind: symmetric, electrodes: {negative: Li, positive: Li}}
protocol:
  record: {time_s: 1}
  method:
    - {step: tag, tag: cycling}
    - {step: constant_current, current_mA: 0.1, until_time_s: 60}
    - {step: constant_current, current_mA: -0.1, until_time_s: 60}
"""
RIG = "extends: twin\nname: page\nload_cells: {full_scale: 10 kN}\nlimits: {force: 20 kN}\n"


def examples() -> list[str]:
    """The examples of what may stand under `pressure:`."""
    blocks = [part.split("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```yaml\n")]
    return [block for block in blocks if block.startswith("pressure:")]


@pytest.mark.parametrize("example", examples())
def test_each_example_of_pressure_steps_is_a_profile(tmp_path: Path, example: str) -> None:
    (tmp_path / "r.yaml").write_text(RIG, encoding="utf-8")
    assert plan_of(tmp_path, CELL + example, str(tmp_path / "r.yaml")).config.steps


def test_every_kind_of_step_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in BY_KEY)
    assert len(examples()) == 4
