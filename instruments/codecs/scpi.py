"""SCPI as text lines, pure: reading numbers, and a device's side of the grammar.

Rules: no port, no clock. Quotes protect `;` and `,`. Headers are case-insensitive, each keyword in
its short or its long form and in no other. After `;` a header without a leading colon continues
below the last one's parent; common commands (`*RST`) change no path.

Source: SCPI-1999 volume 1 chapter 6 (program headers), IEEE 488.2 chapter 7 (message units).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

NOT_A_NUMBER = 9.9e37  # SCPI-1999 7.2: 9.9E37 is infinity, 9.91E37 is not a number


def numbers(line: str, count: int) -> tuple[float, ...]:
    """`count` numbers of a reply, NaN where SCPI says overflow or not a number.

    Raises ValueError where there are more, fewer, or something else.
    """
    if "_" in line:
        raise ValueError(f"not a number: {line[:80]!r}")  # Python would read 1_0 as 10
    values = [float(field) for field in line.split(",")]
    if len(values) != count:
        raise ValueError(f"{count} numbers expected, {len(values)} came: {line[:80]!r}")
    return tuple([value if abs(value) < NOT_A_NUMBER else float("nan") for value in values])


class Unit(NamedTuple):
    """One command or query: an absolute header in upper case, without its leading colon."""

    header: str
    query: bool
    arguments: tuple[str, ...]


@lru_cache(maxsize=512)
def parse(line: str) -> tuple[Unit, ...]:
    """The message units of one line, their headers made absolute."""
    units: list[Unit] = []
    path = ""
    for text in split(line, ";"):
        head, _, tail = text.strip().partition(" ")
        if not head:
            continue
        header = _absolute(head.rstrip("?").upper(), path)
        if not header.startswith("*"):
            path = header.rpartition(":")[0]
        arguments = tuple(a.strip() for a in split(tail, ",")) if tail.strip() else ()
        units.append(Unit(header, head.endswith("?"), arguments))
    return tuple(units)


def _absolute(header: str, path: str) -> str:
    if header.startswith("*"):
        return header
    if header.startswith(":"):
        return header[1:]
    return f"{path}:{header}" if path else header


def split(text: str, separator: str) -> list[str]:
    """`text` cut at `separator`, except within single or double quotes."""
    parts: list[str] = []
    quote = ""
    begin = 0
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == separator:
            parts.append(text[begin:i])
            begin = i + 1
    return [*parts, text[begin:]]


def unquoted(text: str) -> str:
    """`text` without the quotes around it."""
    if len(text) >= 2 and text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1]
    return text


_NODE = re.compile(r"(\[:?)?([A-Za-z*]+\d?)(\[1\])?\]?")


def spellings(pattern: str) -> Iterator[str]:
    """Every header that a manual's `pattern` allows, in upper case.

    `SOURce[1]:CURRent[:LEVel]` gives SOUR:CURR, SOURCE1:CURR:LEVEL and so on: capitals are the
    short form, square brackets may be left out.
    """
    nodes: list[tuple[str, ...]] = []
    for optional, keyword, numbered in _NODE.findall(pattern):
        short = "".join(c for c in keyword if not c.islower())
        forms = {short, keyword.upper()}
        forms |= {form + "1" for form in forms} if numbered else set()
        nodes.append((*sorted(forms), *(("",) if optional else ())))
    for choice in product(*nodes):
        yield ":".join(keyword for keyword in choice if keyword)


def matches(word: str, keyword: str) -> bool:
    """Whether `word` is the short or the long form of `keyword` (`HIMPedance`)."""
    short = "".join(c for c in keyword if not c.islower())
    return word.upper() in (short, keyword.upper())
