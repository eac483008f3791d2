"""The page of keys: profile and rig from their models, twin and instrument options from Structs.

Key, range, unit and default are what `isostack check` judges by; the meaning is the comment that
stands by the field in the code.
"""

import re
import typing
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import annotated_types as at
import msgspec
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sphinx.pycode import ModuleAnalyzer

from fixture.config import devices
from fixture.config.profile import Profile
from fixture.config.rig import Rig
from fixture.config.steps.table import BY_KEY
from fixture.config.yaml import numbers, units
from fixture.config.yaml.model import EachQuantity, key
from fixture.frame.time_text import time_text
from fixture.twin.parameters import UNITS, Bench, Parameters, Trace
from instruments.registry import LOAD_CELLS, POTENTIOSTATS, PRESSES

STEPS = """Under `pressure:` stands a list of steps. Each does one thing, named by its first key."""
OPTIONS = """Under `options:` of an instrument stands what only its model knows. What the rig says
in keys of its own (units, division, step, limits, mode) the model gets from there."""
TWIN = """Under `twin:` of a rig stands what is physically true of a simulated one; every section
and key may be left out. Of `foil` and `voids`, what is left out follows from the profile's metal.
"""
TABLE = ["| key | meaning | takes | range | without it |", "|---|---|---|---|---|"]
LINES = "`key: value` lines"
ELSEWHERE = {
    "options": "#instrument-options", "protocol": "../protocol.md", "reactions": "../trips.md",
    "twin": "#twin",
}  # fmt: skip
PLAIN = {
    bool: "`true`, `false`", int: "whole number", float: "number", str: "text",
    date: "date, `2026-11-27`",
}  # fmt: skip
WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
COMMENT = re.compile(r"(?m)^(    |    \S.*?  )# (?!noqa|type:)")  # of a field
NOT_WRITTEN = (Bench, Trace | None)  # the twin's, that follow from rig, profile and command line


Labels = dict[type[BaseModel], str]  # where the keys of a model are told


class Row(NamedTuple):
    """A key as it is shown."""

    key: str
    takes: str
    range: str
    default: str
    meaning: str

    def line(self) -> str:
        """As a row of the table."""
        return f"| `{self.key}` | {self.meaning} | {self.takes} | {self.range} | {self.default} |"


def page() -> str:
    """What the page lists, as Markdown."""
    seen: Labels = {}
    lines = ["## Profile", "", *_model(Profile, "profile", "", seen)]
    lines += ["(keys-steps)=", "## Pressure steps", "", STEPS, ""]
    for name, model in BY_KEY.items():
        lines += _model(model, f"step-{name}", name, seen)
    lines += ["## Rig", "", *_model(Rig, "rig", "", seen)]
    lines += ["## Instrument options", "", OPTIONS, ""]
    for table in (LOAD_CELLS, PRESSES, POTENTIOSTATS):
        for name, model in table.items():
            lines += _struct(model.options, name, devices.UNITS)
    lines += ["## Twin", "", TWIN, "", *_twin()]
    return "\n".join(lines)


def rows(model: type[BaseModel]) -> list[Row]:
    """The keys of a model."""
    return [_row(model, name, field) for name, field in model.model_fields.items()]


def nested(field: FieldInfo) -> list[type[BaseModel]]:
    """The models that may stand under a key."""
    return list(dict.fromkeys(_models(field.annotation)))


# -- models ------------------------------------------------------------------------------------


def _model(model: type[BaseModel], label: str, title: str, seen: Labels) -> list[str]:
    """A section with the table of a model, and those below it that were not yet."""
    lines = [f"(keys-{label})=", f"### `{title}`", ""] if title else []
    lines += [_words(model), "", *TABLE]
    below: list[str] = []
    for name, field in _in_order(model):
        row, word = _row(model, name, field), key(name, field)
        inner = nested(field)
        if len(inner) == 1:
            if inner[0] not in seen:
                seen[inner[0]] = f"{label}-{word}"
                below += _model(inner[0], seen[inner[0]], _below(title, word), seen)
            keys = f"[keys](#keys-{seen[inner[0]]})"
            row = row._replace(takes=", or ".join(filter(None, [row.takes, keys])))
        elif inner:
            row = row._replace(takes="list of [steps](#keys-steps)")
        elif word in ELSEWHERE:
            row = row._replace(takes=row.takes.replace(LINES, f"[{LINES}]({ELSEWHERE[word]})"))
        lines.append(row.line())
    return [*lines, "", *below]


def _in_order(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """Its own keys before those that all of its kind have."""
    own = model.__annotations__
    return sorted(model.model_fields.items(), key=lambda item: item[0] not in own)


def _below(title: str, word: str) -> str:
    if title == word:
        return f"{word}: {{…}}"
    return f"{title}.{word}" if title else word


def _row(model: type[BaseModel], name: str, field: FieldInfo) -> Row:
    marks = [*field.metadata, *_marks(field.annotation)]
    quantity = next((found for mark in marks if (found := _quantity(mark)) is not None), None)
    takes = _takes(field.annotation, quantity)
    limits = _range(quantity) if quantity is not None else _bounds(marks)
    return Row(key(name, field), takes, limits, _default(field, quantity), meaning(model, name))


def _quantity(mark: Any) -> Any:
    """What reads a quantity: it says its kind."""
    found = mark.func if isinstance(mark, BeforeValidator) else mark
    return found if isinstance(getattr(found, "kind", None), units.Kind) else None


def _marks(annotation: Any) -> Iterator[Any]:
    """Everything that is annotated inside a type."""
    for mark in getattr(annotation, "__metadata__", ()):
        yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)
    for inner in get_args(annotation):
        yield from _marks(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _takes(annotation: Any, quantity: Any) -> str:
    if quantity is not None:
        kinds = [quantity.kind, *([quantity.areal] if hasattr(quantity, "areal") else [])]
        one = " or ".join(f"{kind.name}, `{kind.example}`" for kind in kinds)
        if isinstance(quantity, EachQuantity):
            return f"{one}, or a list with one for each"
        return f"list of {one}" if typing.get_origin(annotation) is list else one
    choices = list(_choices(annotation))
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    names = dict.fromkeys(_plain(annotation))
    return " or ".join(names)


def _choices(annotation: Any) -> Iterator[str]:
    if typing.get_origin(annotation) is typing.Literal:
        yield from map(str, get_args(annotation))
    elif typing.get_origin(annotation) is not dict:
        for inner in get_args(annotation):
            yield from _choices(inner)


def _plain(annotation: Any) -> Iterator[str]:
    origin, inner = typing.get_origin(annotation), get_args(annotation)
    if origin is list:
        yield f"list of {' or '.join(dict.fromkeys(_plain(inner[0]))) or 'steps'}"
    elif origin is dict:
        yield LINES
    elif annotation in PLAIN:
        yield PLAIN[annotation]
    else:
        for one in inner:
            yield from _plain(one)


def _range(quantity: Any) -> str:
    if not hasattr(quantity, "low"):
        return "above 0"
    low, high = (_shown(quantity.kind, value) for value in (quantity.low, quantity.high))
    unit = f" {quantity.kind.shown}"
    return f"{low.removesuffix(unit) if high.endswith(unit) else low} … {high}"


def _shown(kind: units.Kind, value: float) -> str:
    if kind is units.TIME:
        return time_text(value) if value >= 1.0 or not value else f"{1e3 * value:g} ms"
    if kind is units.RATIO:
        ppm = 0.0 < value < 1e-4
        return f"{1e6 * value:g} ppm" if ppm else f"{units.shown(100.0 * value)} %"
    small = 0.0 < abs(value) < 1e-4 or abs(value) >= 1e6
    number = (
        f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") if small else units.shown(value)
    )
    return f"{number} {kind.shown}"


def _bounds(marks: list[Any]) -> str:
    """The range of a bare number, and the length of a text or list."""
    found = [
        f"{word} {units.shown(getattr(mark, name))}"
        for mark in marks
        for name, word in WORDS.items()
        if hasattr(mark, name)
    ]
    low = max((mark.min_length for mark in marks if isinstance(mark, at.MinLen)), default=0)
    high = min((mark.max_length for mark in marks if isinstance(mark, at.MaxLen)), default=0)
    if high:
        found.append(f"{low} long" if low == high else f"{low} … {high} long")
    return ", ".join(found)


def _default(field: FieldInfo, quantity: Any) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "needed"
    if value is None or isinstance(value, BaseModel) or value in ("", [], {}):
        return ""
    if quantity is not None:
        values = list(value) if isinstance(value, list | tuple) else [value]
        return ", ".join(_shown(quantity.kind, one) for one in values)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# -- Structs -----------------------------------------------------------------------------------


def _twin() -> list[str]:
    """The twin's sections."""
    lines: list[str] = []
    for name, kind in typing.get_type_hints(Parameters).items():
        if kind in NOT_WRITTEN:
            continue
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            lines += _struct(kind, f"twin.{name}", UNITS)
    return lines


def _struct(kind: type[msgspec.Struct], title: str, endings: dict[str, str]) -> list[str]:
    """A section with the table of a Struct."""
    hints = typing.get_type_hints(kind, include_extras=True)
    lines = [f"### `{title}`", "", _words(kind), "", *TABLE]
    for field in msgspec.structs.fields(kind):
        hint, unit = hints[field.name], endings.get(numbers.ending(field.name, endings), "")
        lines.append(
            Row(
                numbers.key(field.name, endings),
                f"in `{unit}`" if unit else _takes(hint, None),
                ", ".join(dict.fromkeys(filter(None, map(_meta, _marks(hint))))),
                "needed" if field.default is msgspec.NODEFAULT else _number(field.default, unit),
                meaning(kind, field.name),
            ).line()
        )
    return [*lines, ""]


def _meta(mark: Any) -> str:
    if not isinstance(mark, msgspec.Meta):
        return ""
    low, high = mark.gt if mark.ge is None else mark.ge, mark.lt if mark.le is None else mark.le
    if low is not None and high is not None:
        return f"{units.shown(low)} … {units.shown(high)}"
    return "" if low is None else f"above {units.shown(low)}"


def _number(value: Any, unit: str) -> str:
    if value is None or value in ((), ""):
        return ""
    if isinstance(value, bool | str):
        return f"`{value}`".lower()
    several = value if isinstance(value, tuple) else (value,)
    return f"{', '.join(map(units.shown, several))} {unit}".rstrip()


# -- words from the code -----------------------------------------------------------------------


def meaning(kind: type, name: str) -> str:
    """The comment by a field, in the class that declares it."""
    told = (_comments(owner.__module__).get((owner.__name__, name)) for owner in kind.__mro__)
    return _cell(" ".join(next(filter(None, told), [])))


@cache
def _comments(module: str) -> dict[tuple[str, str], list[str]]:
    """Every comment of a module by a field, as Sphinx reads those that begin with `#:`."""
    if not module.startswith(("fixture.", "instruments.")):
        return {}
    path = Path(__file__).parents[2] / f"{module.replace('.', '/')}.py"
    text = COMMENT.sub(r"\1#: ", path.read_text(encoding="utf-8"))
    analyzer = ModuleAnalyzer.for_string(text, module)
    analyzer.analyze()
    return {name: [one for one in lines if one] for name, lines in analyzer.attr_docs.items()}


def _words(kind: type) -> str:
    """The docstring of a class, as one paragraph each."""
    text = re.sub(r"\n *\n", "\n\n", (kind.__doc__ or "").strip())
    return re.sub(r"(?<!\n)\n +", " ", text).replace("\n    ", "\n")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
