"""The mutants that are made of a piece of code, and what they do."""

from pathlib import Path
from typing import Any

import pytest

from tests.core.safety.mutants.changes import mutants
from tests.core.safety.mutants.play import change

CODE = '''"""A module."""
LIMIT = 3

def beyond(value: float, least: float = 0.5) -> bool:
    """Its text."""
    return value > LIMIT and not value < least

class Kept:
    def size(self) -> int:
        return -1 + 2

def check(code: int):
    return lambda seen: seen == code
'''
MADE = {
    "one.beyond: value > LIMIT and (not value < least) -> value > LIMIT or not value < least",
    "one.beyond: value > LIMIT -> value >= LIMIT",
    "one.beyond: value > LIMIT -> value <= LIMIT",
    "one.beyond: not value < least -> value < least",
    "one.beyond: value < least -> value <= least",
    "one.beyond: value < least -> value >= least",
    "one.size: -1 + 2 -> -1 - 2",
    "one.size: -1 -> 1",
    "one.size: 1 -> 2",
    "one.size: 2 -> 3",
    "one.check: seen == code -> seen != code",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "one.py"
    made.write_text(CODE, encoding="utf-8")
    return made


def test_each_operator_number_and_condition_of_a_function_is_changed(path: Path):
    assert {one.name for one in mutants(path, "one")} == MADE


def test_a_changed_function_does_something_else_wherever_it_has_gone(path: Path):
    names: dict[str, object] = {}
    exec(compile(CODE, str(path), "exec"), names)
    beyond = names["beyond"]
    assert callable(beyond)
    assert beyond(3.0) is False
    mutant = next(one for one in mutants(path, "one") if one.name.endswith("value >= LIMIT"))
    change(mutant.before, mutant.after)
    assert beyond(3.0) is True


def test_a_function_that_was_made_by_another_before_is_changed_too(path: Path):
    names: dict[str, Any] = {}
    exec(compile(CODE, str(path), "exec"), names)
    is_three = names["check"](3)
    assert is_three(3)
    mutant = next(one for one in mutants(path, "one") if one.name.endswith("seen != code"))
    change(mutant.before, mutant.after)
    assert not is_three(3)
    assert not names["check"](4)(4)
