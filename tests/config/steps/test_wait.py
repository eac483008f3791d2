"""A wait is listed with its message; a release needs a press after it."""

from pathlib import Path

import pytest

from fixture.cli.check import report, screen
from fixture.config.resolve import wait_steps
from fixture.config.yaml.errors import ConfigError
from tests.config.cases import PROFILE, plan_of

HEAD = PROFILE[: PROFILE.index("  - press")]
WAIT = "  - {wait: operator, message: put the foils in, pressure: %s, remind: 30 min}\n"
PRESS = "  - press: 5 MPa\n"


def test_it_is_listed_with_its_message(tmp_path: Path) -> None:
    found = plan_of(tmp_path, HEAD + PRESS + WAIT % "release" + PRESS + WAIT % "hold")
    text = screen(found)
    assert "unloaded, until confirmed: put the foils in" in text
    assert "the pressure kept, until confirmed: put the foils in" in text
    waits = [step for step in report(found)["steps"] if step["kind"] == "wait"]
    assert [step["released"] for step in waits] == [True, False]
    assert [step["likely_s"] for step in waits] == [600.0, 600.0]
    assert [step.remind for step in wait_steps(found).values()] == [1800.0, 1800.0]


def test_after_a_release_a_step_has_to_press_again(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no step presses again after this release"):
        plan_of(tmp_path, HEAD + PRESS + WAIT % "release")


@pytest.mark.parametrize("written", ["wait: someone", "wait: operator, pressure: kept"])
def test_what_is_not_known_is_an_error(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError):
        plan_of(tmp_path, f"{HEAD}{PRESS}  - {{{written}, message: x}}\n")
