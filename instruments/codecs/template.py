"""Lines of text by a template: `ST,GS,{value} kg` reads a number out of a line, or writes it in.

Grammar: `{value}` or `{value1}`, `{value2}`, … are numbers (sign, digits, point, exponent; a sign
may stand apart from its digits); `{any}`, `{model}`, `{serial}` and `{firmware}` are text up to
what follows; `{{` and `}}` are braces; blanks match one blank or more; all else stands for itself.
A line matches as a whole, without the blanks around it.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from instruments.protocols import BadReply

TEXTS = ("any", "model", "serial", "firmware")
_NUMBER = r"\s*([+-]?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_TEXT = r"(.*?)"
_PART = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|[{}]|\s+)")
_VALUE = re.compile(r"value([1-9]\d?)?")
MOST_COUNTS = 2**31 - 1


class TemplateError(ValueError):
    """A template that cannot be one; the message says what to write."""


class _Part(NamedTuple):
    text: str  # a field's name, or what stands for itself
    is_field: bool


class Template:
    """One template, read once."""

    def __init__(self, text: str) -> None:
        """Raises TemplateError."""
        self.text = text
        self._parts = tuple(_parts(text.strip()))
        self.fields = tuple([part.text for part in self._parts if part.is_field])
        self.numbers = tuple([name for name in self.fields if _VALUE.fullmatch(name)])
        _check(text, self.fields, self.numbers)
        self._pattern = re.compile("".join([_regex(part) for part in self._parts]), re.DOTALL)

    def match(self, line: str) -> dict[str, str] | None:
        """The text of each field, without blanks in numbers; None where the line does not match."""
        found = self._pattern.fullmatch(line.strip())
        if found is None:
            return None
        pairs = zip(self.fields, found.groups(), strict=True)
        return {name: _bare(text) if name in self.numbers else text for name, text in pairs}

    def values(self, line: str) -> tuple[float, ...] | None:
        """The numbers in the order of their names; None where the line does not match."""
        found = self.match(line)
        return None if found is None else tuple([float(found[name]) for name in self.ordered()])

    def ordered(self) -> list[str]:
        """The names of the numbers: value1 before value2."""
        return sorted(self.numbers, key=lambda name: int(name.removeprefix("value") or 1))

    def fill(self, given: Mapping[str, str]) -> str:
        """A line with these fields; a text not given is empty. KeyError without a number."""
        return "".join([self._filled(part, given) for part in self._parts])

    def _filled(self, part: _Part, given: Mapping[str, str]) -> str:
        if not part.is_field:
            return part.text
        return given[part.text] if part.text in self.numbers else given.get(part.text, "")


def _parts(text: str) -> Iterator[_Part]:
    for piece in _PART.split(text):
        if piece in ("{", "}"):
            raise TemplateError(
                f"{text!r}: a brace alone; write {{value}} for a number, {{{{ for a brace"
            )
        if piece in ("{{", "}}"):
            yield _Part(piece[0], is_field=False)
        elif piece.startswith("{"):
            yield _Part(piece[1:-1].strip(), is_field=True)
        elif piece:
            yield _Part(piece, is_field=False)


def _check(text: str, fields: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    for name in fields:
        if name not in TEXTS and name not in numbers:
            raise TemplateError(
                f"{text!r}: no field {{{name}}}; there are {{value}}, {{value1}}, {{value2}} …, "
                f"{', '.join(f'{{{one}}}' for one in TEXTS)}"
            )
    several = [name for name in fields if name != "any"]
    if len(set(several)) != len(several):
        raise TemplateError(f"{text!r}: a field is there twice; number them {{value1}}, {{value2}}")
    wanted = {f"value{i + 1}" for i in range(len(numbers))}
    if set(numbers) not in ({"value"}, wanted):
        raise TemplateError(
            f"{text!r}: one number is {{value}}, several are {{value1}}, {{value2}} …, each once"
        )


def _regex(part: _Part) -> str:
    if part.is_field:
        return _TEXT if part.text in TEXTS else _NUMBER
    return r"\s+" if part.text.isspace() else re.escape(part.text)


def _bare(number: str) -> str:
    return "".join(number.split())


def counts_of(value: float, count: float) -> int | None:
    """A printed value as whole counts of `count` each; None where no 32 bits hold them."""
    counts = value / count
    return round(counts) if abs(counts) <= MOST_COUNTS else None


def counted(value: float, count: float, what: str) -> int:
    """The same of what `what` said. Raises BadReply where it can be no reading."""
    counts = counts_of(value, count)
    if counts is None:
        raise BadReply(f"{what}: {value:g} is beyond 32 bits of counts of {count:g}")
    return counts


def printed(counts: int, count: float) -> str:
    """So many counts as a number with the digits that `count` has."""
    step = Decimal(repr(count))
    exponent = step.normalize().as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    return f"{counts * step:.{digits}f}"
