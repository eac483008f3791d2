"""Every recipe is in the index and has a page with its command, its picture and its variants."""

import re
from pathlib import Path

import pytest

from benchmarks.recipes.outcome import NAMES, OUTCOMES
from fixture.config.find import PROFILES, find

FOLDER = Path(__file__).parents[2] / "docs" / "recipes"
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
MOST_BYTES = 80_000


def page(recipe: str) -> str:
    return (FOLDER / f"{recipe}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("recipe", OUTCOMES)
def test_a_recipe_has_a_page_with_its_command_and_its_limits(recipe: str) -> None:
    text = page(recipe)
    assert f"({recipe}.md)" in INDEX
    assert f"isostack run {recipe} --speed max" in text
    for word in ("**What to change.**", "**What the record shows.**", "**Limits.**"):
        assert word in text
    assert f"![{recipe}](pictures/{recipe}.png)" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_or_variant_is_explained_on_the_page_of_its_recipe(name: str) -> None:
    recipe = next(key for key in OUTCOMES if name.startswith(key))
    assert f"`{name}`" in page(recipe) or name == recipe
    assert f"`{name}`" in INDEX or name == recipe


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OUTCOMES])
def test_a_variant_says_that_it_is_one(name: str) -> None:
    assert find(PROFILES, name).document.data["about"].startswith("Variant: ")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_picture_and_link_is_there_and_small(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        found = path.parent / target.partition("#")[0]
        assert found.exists(), target
        assert found.suffix != ".png" or found.stat().st_size < MOST_BYTES


def test_the_steps_told_are_those_of_the_profile() -> None:
    """Each pressure of a recipe's own steps stands on its page."""
    for recipe in OUTCOMES:
        text = page(recipe)
        for step in find(PROFILES, recipe).document.data["pressure"]:
            if "press" in step:
                assert re.search(rf"\b{re.escape(step['press'].split()[0])}\b", text), step
