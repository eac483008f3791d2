"""The page on profiles and rigs knows every key, and its example is the shipped recipe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from fixture.config.profile import Profile
from fixture.config.resolve import plan
from fixture.config.rig import Rig
from fixture.config.steps.table import BY_KEY
from fixture.config.yaml.model import key
from tests.config.cases import plan_of

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def keys(annotation: Any) -> Iterator[str]:
    """Every key of a model and of the models in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield key(name, field)
            yield from keys(field.annotation)
    for inner in get_args(annotation):
        yield from keys(inner)


def test_every_key_of_the_models_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = {key for model in (Profile, Rig) for key in keys(model)} - set(words(page))
    assert missing == set()


def words(page: str) -> list[str]:
    """What stands in code spans, by its first word."""
    spans = page.split("`")[1::2]
    return [span.split(":")[0].strip() for span in spans]


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
