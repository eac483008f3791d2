"""The core's own source: what would make its commands differ between machines is not in it."""

import ast
from pathlib import Path

import msgspec
import pytest

import fixture.core
from fixture.core import config, step, types
from fixture.core.control import outlook
from fixture.core.control import state as control
from fixture.core.measurement import compensation as compensate
from fixture.core.measurement import signals as estimate
from fixture.core.safety import state as safety
from fixture.core.sequence import state as sequence

FOLDER = Path(fixture.core.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
MODULES = {"collections.abc", "enum", "msgspec", "typing"}
FORBIDDEN_CALLS = {"sum", "round", "pow", "print", "open", "exec", "eval", "input", "hash", "id"}
STRUCTS = [
    value
    for module in (compensate, config, control, estimate, outlook, safety, sequence, step, types)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, msgspec.Struct)
]


def tree(path: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(node: ast.AST) -> list[str]:
    """Names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def nodes(path: Path) -> list[ast.AST]:
    """The parsed source, but for constructors, which fill in what they have just made."""
    whole = tree(path)
    made = [node for node in ast.walk(whole) if getattr(node, "name", "") == "__new__"]
    within = {id(part) for node in made for part in ast.walk(node)}
    return [node for node in ast.walk(whole) if id(node) not in within]


def called(node: ast.AST) -> str:
    """Name of the function that an expression calls."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    return ""


def test_the_source_is_where_the_tests_look():
    assert {"step.py", "interlocks.py", "controller.py", "disturbance.py"} <= {
        path.name for path in FILES
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_imported_that_has_a_clock_or_a_c_library(path: Path):
    names = {name for node in ast.walk(tree(path)) for name in imported(node)}
    allowed = {*MODULES, "math"} if path.name == "root.py" else MODULES
    assert {name for name in names if not name.startswith("fixture.core")} <= allowed


def test_of_the_c_library_only_the_square_root_is_taken_which_is_exact():
    root = next(path for path in FILES if path.name == "root.py")
    taken = [node for node in ast.walk(tree(root)) if isinstance(node, ast.ImportFrom)]
    assert [[name.name for name in node.names] for node in taken] == [["sqrt"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_power_no_sum_no_rounding_and_no_input_or_output(path: Path):
    for node in ast.walk(tree(path)):
        assert not isinstance(node, ast.Pow), "x**y comes from the C library"
        assert called(node) not in FORBIDDEN_CALLS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_global_and_nothing_is_assigned_to_another_object(path: Path):
    for node in nodes(path):
        assert not isinstance(node, ast.Global | ast.Nonlocal)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            assert not any(isinstance(target, ast.Attribute) for target in targets)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_every_value_is_frozen_and_names_no_method_of_a_tuple(struct: type[msgspec.Struct]):
    assert struct.__struct_config__.frozen
    assert not {"index", "count"} & set(struct.__struct_fields__)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_no_value_is_optional_or_a_dict(struct: type[msgspec.Struct]):
    for field in msgspec.structs.fields(struct):
        described = str(field.type)
        assert "None" not in described
        assert "dict" not in described
