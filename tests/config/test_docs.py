"""The page on profiles and rigs knows every key, and its example is the shipped recipe."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from fixture.config.plan import plan
from fixture.config.profile import Profile
from fixture.config.rig import Rig
from tests.config.cases import plan_of

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def keys(annotation: Any) -> Iterator[str]:
    """Every key of a model and of the models in it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield name
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
