"""Every tuning constant of the core, and the core with one of them changed.

A tuning constant is a name in capitals at the top of a module whose value is written in numbers:
`GRACE_NS = 5_000_000_000`, `LIMITS = (-50.0, 150.0)`, `LAST = 1.0 + 1e-9`, `FAR = 2.0 * NEAR`. Of
a tuple, each number is one. No tuning constants, by this rule, are the members of enums and what
is made of them by a call or an attribute (`int(Trip.TILT)`), not-a-number and infinity, True and
False, and the integers -1, 0 and 1, which are codes: thirty per cent of those is nothing.
`CODES` names the few other integers that are codes.
"""

import ast
import importlib
import pkgutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Union

import fixture.core
from fixture.config import tuning

PACKAGE = "fixture.core."
CODES = {"CORE_VERSION"}  # integers beyond 1 that mean something by themselves
Number = int | float
Value = Union[Number, tuple["Value", ...]]  # noqa: UP007 - it names itself


@dataclass(frozen=True)
class Constant:
    """A number at the top of a module; of a tuple, the one at `place`."""

    module: str
    name: str
    place: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Where it stands, without the package of the core."""
        place = "".join([f"[{index}]" for index in self.place])
        return f"{self.module.removeprefix(PACKAGE)}.{self.name}{place}"


@cache
def modules() -> dict[str, ModuleType]:
    """Every module of the core, and the one that computes its tuning, by full name."""
    found = pkgutil.walk_packages(fixture.core.__path__, PACKAGE)
    core = {info.name: importlib.import_module(info.name) for info in found}
    return core | {tuning.__name__: tuning}


@cache
def tree(module: str) -> ast.Module:
    """The parsed source of a module."""
    path = Path(str(modules()[module].__file__))
    return ast.parse(path.read_text(encoding="utf-8"))


def written(value: ast.expr) -> bool:
    """Whether an expression is written in numbers: literals, names in capitals, arithmetic."""
    match value:
        case ast.Constant(value=number):
            return isinstance(number, int | float) and not isinstance(number, bool)
        case ast.UnaryOp(operand=operand):
            return written(operand)
        case ast.BinOp(left=left, right=right):
            sides = [left, right]
            literal = [side for side in sides if not isinstance(side, ast.Name)]
            return bool(literal) and all(map(written, literal))
        case ast.Tuple(elts=elements):
            return bool(elements) and all(map(written, elements))
        case _:
            return False


def assigned(module: str) -> Iterator[tuple[str, ast.expr]]:
    """Names in capitals at the top of a module, each with its expression, in order."""
    for node in tree(module).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from _pairs(target, node.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`A = 1` and `A, B = 1, 2` alike."""
    if isinstance(target, ast.Name) and target.id.isupper():
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, its)


def is_code(name: str, value: Number) -> bool:
    """Whether a number only tells things apart."""
    return name in CODES or (isinstance(value, int) and -1 <= value <= 1)


def constants(*parts: str) -> list[Constant]:
    """Tuning constants of the modules whose name, within the core, begins with one of the parts."""
    return [
        constant
        for module in modules()
        if module.removeprefix(PACKAGE).startswith(parts)
        for name, expression in assigned(module)
        if written(expression)
        for constant in _of(module, name)
    ]


def _of(module: str, name: str) -> Iterator[Constant]:
    """The constants of one name, codes left out."""
    for place, number in numbers(getattr(modules()[module], name)):
        if not is_code(name, number):
            yield Constant(module, name, place)


def numbers(value: Value, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Number]]:
    """The numbers in a value that are not zero, each with its place; 30 % of zero is nothing."""
    if isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from numbers(one, (*place, index))
    elif value:
        yield place, value


def replaced(value: Value, place: tuple[int, ...], factor: float) -> Value:
    """The value with the number at a place changed by a factor."""
    if not isinstance(value, tuple):
        return scaled(value, factor)
    first, *rest = place
    one = replaced(value[first], tuple(rest), factor)
    return (*value[:first], one, *value[first + 1 :])


def scaled(value: Number, factor: float) -> Number:
    """The number changed by a factor; an integer at least by one."""
    if isinstance(value, float):
        return value * factor
    whole = round(value * factor)
    if whole != value:
        return whole
    return value + 1 if (factor > 1.0) == (value > 0) else value - 1


@contextmanager
def changed(constant: Constant, factor: float) -> Generator[None]:
    """The core with this constant changed, wherever its value has gone at import."""
    value = getattr(modules()[constant.module], constant.name)
    before: list[tuple[ModuleType, str, Any]] = []
    try:
        new = replaced(value, constant.place, factor)
        _set(constant.module, constant.name, new, before)
        yield
    finally:
        for place, name, old in reversed(before):
            setattr(place, name, old)


def _set(module: str, name: str, value: Any, before: list[tuple[ModuleType, str, Any]]) -> None:
    """Give a name a value, and so every copy and everything that was computed from it."""
    place = modules()[module]
    before.append((place, name, getattr(place, name)))
    setattr(place, name, value)
    for other, alias in copies(module, name):
        _set(other, alias, value, before)
    for derived, expression in assigned(module):
        if derived != name and _uses(expression, name):
            code = compile(ast.Expression(expression), module, "eval")
            _set(module, derived, eval(code, vars(place)), before)


@cache
def _uses(expression: ast.expr, name: str) -> bool:
    """Whether an expression is computed from a name."""
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(expression))


@cache
def copies(module: str, name: str) -> list[tuple[str, str]]:
    """Where else `from module import name` has put it: module and name there."""
    return [
        (other, alias.asname or alias.name)
        for other, node in imports()
        if node.module == module
        for alias in node.names
        if alias.name == name
    ]


@cache
def imports() -> list[tuple[str, ast.ImportFrom]]:
    """Every `from … import …` of the core, with the module that has it."""
    return [
        (module, node)
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom)
    ]
