"""Small changes of a module's functions: one operator, comparison, number or condition each.

The tuning numbers at the top of a module are no part of it: `test_constants` changes those.
"""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import NamedTuple

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


class Mutant(NamedTuple):
    """One change: where it stands, what it was, and what it is."""

    path: Path
    line: int
    name: str  # module, function, and the change; unique
    before: CodeType  # of the function, as it is
    after: CodeType


def mutants(path: Path, module: str) -> Iterator[Mutant]:
    """Every mutant of a module's functions."""
    names: dict[str, int] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        original = _compiled(statement, path)
        for function, node in _nodes(statement, ""):
            for changed in _changes(node):
                replaced = _Replace(node, changed).visit(statement)
                pair = _differ(original, _compiled(replaced, path))
                if pair is None:
                    continue
                name = f"{module}.{function}: {ast.unparse(node)} -> {ast.unparse(changed)}"
                names[name] = names.get(name, 0) + 1
                number = f" #{names[name]}" if names[name] > 1 else ""
                yield Mutant(path, node.lineno, name + number, *pair)


def _compiled(statement: ast.AST, path: Path) -> CodeType:
    """The code of one statement at the top of a module."""
    module = ast.fix_missing_locations(ast.Module([statement], []))  # type: ignore[list-item]
    return compile(module, str(path), "exec")


def _nodes(node: ast.AST, within: str) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """What stands in functions, each with its function's name; signatures and texts left out."""
    match node:
        case ast.FunctionDef(name=name, body=body):
            for statement in body:
                yield from _nodes(statement, name)
        case ast.Lambda(body=body):
            yield from _nodes(body, within or "lambda")
        case ast.Expr(value=ast.Constant()) | ast.keyword(arg="strict"):
            return
        case ast.AnnAssign(value=value):
            if value is not None:
                yield from _nodes(value, within)
        case _:
            if within and isinstance(node, ast.expr | ast.AugAssign):
                yield within, node
            for child in ast.iter_child_nodes(node):
                yield from _nodes(child, within)


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    """What a node is changed to."""
    match node:
        case ast.Compare(ops=operators):
            for place, operator in enumerate(operators):
                for other in COMPARISONS.get(type(operator), ()):
                    yield _set(node, ops=[*operators[:place], other(), *operators[place + 1 :]])
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in OPERATORS:
            yield _set(node, op=OPERATORS[type(operator)]())
        case ast.BoolOp(op=operator):
            yield _set(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse):
            yield _set(node, body=orelse, orelse=body)
        case ast.Constant(value=bool() | int() | float() as value):
            yield _set(node, value=_other(value))
        case _:
            return


def _other(value: float) -> float:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else 1.5 * value + (value == 0.0)


def _set(node: ast.expr | ast.stmt, **fields: object) -> ast.expr | ast.stmt:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class _Replace(ast.NodeTransformer):
    """Copies a tree, with one node in another's place."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return self._new
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                setattr(made, name, self.visit(value))
            elif isinstance(value, list):
                setattr(made, name, [self.visit(x) if isinstance(x, ast.AST) else x for x in value])
        return made


def _differ(before: CodeType, after: CodeType) -> tuple[CodeType, CodeType] | None:
    """The function, of the module or of a class in it, whose code is not the same."""
    for old, new in zip(before.co_consts, after.co_consts, strict=False):
        if isinstance(old, CodeType) and isinstance(new, CodeType) and old != new:
            in_class = "__qualname__" in old.co_names and "__module__" in old.co_names
            return _differ(old, new) if in_class else (old, new)
    return None
