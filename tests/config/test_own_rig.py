"""A profile may name the rig that it is meant for; the command line has the last word."""

from pathlib import Path

import pytest

from fixture.config import find
from fixture.config.resolve import plan
from fixture.config.yaml.errors import ConfigError
from tests.config.cases import PROFILE

RIG = "extends: twin\nname: mine\nlimits: {force: 5 kN}\n"


def written(folder: Path, text: str) -> str:
    file = folder / "p.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_without_a_name_it_is_the_twin(tmp_path: Path) -> None:
    assert plan(written(tmp_path, PROFILE)).rig.name == "twin"


def test_it_is_found_by_name(tmp_path: Path) -> None:
    assert plan(written(tmp_path, PROFILE + "rig: twin-real\n")).rig.name == "twin-real"


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    profile = written(tmp_path, PROFILE + "rig: twin-real\n")
    assert plan(profile, "twin-ranges").rig.name == "twin-ranges"


def test_a_path_is_seen_from_the_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "mine.yaml").write_text(RIG, encoding="utf-8")
    assert plan(written(tmp_path, PROFILE + "rig: ./mine.yaml\n")).rig.name == "mine"


def test_an_unknown_one_is_told_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"p\.yaml:\d+:1: 'twin-rael': .*did you mean 'twin-real'"
    ):
        plan(written(tmp_path, PROFILE + "rig: twin-rael\n"))


def test_what_is_no_name_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rig"):
        plan(written(tmp_path, PROFILE + "rig: 7\n"))


@pytest.mark.parametrize(
    ("recipe", "rig", "said"),
    [
        ("sodium-creep-forming", "twin", "11781 N"),
        ("sodium-creep-forming-500mpa", "twin-ranges", ""),
        ("sodium-creep-forming-low", "twin-low", "1335 N"),
        ("sodium-sulfur-copress", "twin", "39270 N"),
        ("lithium-foil-prepress", "twin-lpscl", "29452 N"),
    ],
)
def test_a_rig_that_does_not_reach_is_refused_in_newtons(recipe: str, rig: str, said: str) -> None:
    if not said:
        assert plan(recipe, rig).rig.name == rig
        return
    with pytest.raises(ConfigError, match=said):
        plan(recipe, rig)


@pytest.mark.parametrize("name", find.names(find.PROFILES))
def test_every_recipe_names_a_rig_that_reaches(name: str) -> None:
    if name != "traced-hold":  # it needs a trace
        assert plan(name).config.steps
