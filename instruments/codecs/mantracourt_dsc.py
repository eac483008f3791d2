"""Mantracourt's ASCII protocol of DCell, DSC and DSCUSB load-cell digitisers, pure.

`!001:SYS?` CR asks station 1 for a value: `<decimal>` CR. `!001:NAME=value` CR writes, and is
answered by a bare CR; what is refused by `?` CR. There is no checksum: format and range are all
that can be judged. Source: Mantracourt DCell and DSC manual, "ASCII protocol".
"""

import re

END = b"\r"
REFUSED = "?"

_NUMBER = re.compile(r"[+-]?\d{1,8}(?:\.\d{1,8})?")


def question(station: int, name: str) -> bytes:
    """Ask a station for a value."""
    return f"!{station:03d}:{name}?".encode() + END


def is_refusal(line: str) -> bool:
    """Whether a station does not know what it was asked."""
    return line == REFUSED


def number(line: str) -> float:
    """A value. Raises ValueError."""
    if not _NUMBER.fullmatch(line):
        raise ValueError(f"no value in {line[:40]!r}")
    return float(line)


def whole(line: str, most: int) -> int:
    """A value that is a whole number from 0 to `most`. Raises ValueError."""
    value = number(line)
    if not value.is_integer() or not 0 <= value <= most:
        raise ValueError(f"no whole number up to {most}: {line[:40]!r}")
    return int(value)


def version(line: str) -> str:
    """Firmware of the answer to `VER?`: high byte and low byte. Raises ValueError."""
    value = whole(line, 0xFFFF)
    return f"{value >> 8}.{value & 0xFF:02d}"
