"""Alicat's ASCII lines, pure: what a controller answers, and what is said to it.

Every line begins with the unit's letter and ends with CR. A data frame of a pressure controller is
pressure, setpoint and status words: `A +049.95 +050.00 HLD`. Source: Alicat Serial Primer Rev. 2
(data frame, LS, HP, C, ??M*, VE); BC series manual p. 10. What real controllers answer to LS, VE
and ??M* is as alicatlib and labmcp-alicat have it.

Rules: no bare digits after the letter: that is an old command for a share of full scale.
"""

import re
from typing import NamedTuple

END = b"\r"
UNKNOWN = "?"
MODEL, SERIAL, LAST = "M04", "M05", "M09"  # lines of the manufacturer's information

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_VERSION = re.compile(r"\d+v\d+", re.IGNORECASE)


class Frame(NamedTuple):
    """A data frame; pressures in the controller's own unit."""

    pressure: float
    setpoint: float
    words: tuple[str, ...]  # status, in upper case


def frame(line: str, unit: str) -> Frame:
    """A data frame of `unit`. Raises ValueError."""
    fields = _fields(line, unit)
    if len(fields) < 2:
        raise ValueError(f"no pressure and setpoint in {line[:60]!r}")
    words = tuple(word.upper() for word in fields[2:])
    if any(_NUMBER.fullmatch(word) for word in words):
        raise ValueError(f"a flow controller, or more than pressure and setpoint: {line[:60]!r}")
    return Frame(_number(fields[0]), _number(fields[1]), words)


def setpoints(line: str, unit: str) -> tuple[float, float]:
    """Present and requested setpoint of the answer to `LS`; they differ on a ramp.

    Raises ValueError.
    """
    fields = _fields(line, unit)
    if len(fields) < 2:
        raise ValueError(f"no two setpoints in {line[:60]!r}")
    return _number(fields[0]), _number(fields[1])


def about(lines: list[str], which: str) -> str:
    """Last word of one line of the manufacturer's information; '' where there is none."""
    found = [line.split() for line in lines]
    return next((words[-1] for words in found if words[1:2] == [which]), "")


def is_last(line: str) -> bool:
    """Whether nothing more of the manufacturer's information comes."""
    return line.split()[1:2] == [LAST] or line.endswith(UNKNOWN)


def is_version(line: str) -> bool:
    """Whether a line can be the answer to `VE`, and no data frame."""
    return bool(_VERSION.search(line))


def version(line: str) -> tuple[int, int]:
    """Firmware as a pair of numbers; (0, 0) where there is none."""
    found = _VERSION.search(line)
    if found is None:
        return 0, 0
    major, _, minor = found[0].lower().partition("v")
    return int(major), int(minor)


def said(unit: str, command: str) -> bytes:
    """A command to a unit."""
    return f"{unit}{command}".encode() + END


def _fields(line: str, unit: str) -> list[str]:
    fields = line.split()
    if not fields or fields[0] != unit:
        raise ValueError(f"not from unit {unit}: {line[:60]!r}")
    return fields[1:]


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"not a number: {text[:40]!r}")
    return float(text)
