"""MethodSCRIPT of PalmSens: literals, data packages and the lines around them.

Lines end in LF. `e`, the script and an empty line run a script; the answer is `e`, or `e!4001: Line
3, Col 5` where it is not accepted. Then come `M0007` at the start of a measurement loop, a package
for each `pck_end`, `*` at the end of the loop, `!XXXX: Line n` where a command fails, and an empty
line once the script is over. `Z` skips to `on_finished:` and is answered by `Z`.

A package is `P` and, between semicolons, a value each: two letters for what it is (`ab` measured
potential, `ba` current, `da` and `db` what is applied), seven hex digits less 2^27, an SI prefix,
and metadata in hex digits behind commas, `1` and a digit being the status. Source: MethodSCRIPT
manual 1.8, chapters 4 to 6 and 11 (PalmSens BV, 2025); communication protocol EmStat4 1.3.
"""

import math
from typing import NamedTuple

from instruments.protocols import BadReply, DeviceRefused

POTENTIAL, CURRENT, APPLIED_CURRENT = "ab", "ba", "db"
FREQUENCY, REAL, IMAGINARY = "dc", "cc", "cd"  # Hz that is applied, ohm, ohm
OVERLOAD = 2  # bit of a status; 1: timing not met, 4: underload, 8: overload warning
OFFSET = 1 << 27
PREFIXES = {
    "a": 1e-18, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, " ": 1.0, "i": 1.0,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
}  # fmt: skip
_LITERALS = (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12))
_LARGEST = 2**31 - 1  # mantissa of a literal
_EXACT = 1e-9  # relative: what is lost of a number in its literal
_NAN = "     nan"
_ERRORS = {  # those that an operator can do something about; manual, appendix A
    "0006": "another script runs, or none",
    "000F": "the potential is out of its range",
    "001B": "this device cannot do it",
    "001F": "the device has no licence for this technique",
    "0021": "this device has no such mode: a galvanostat is needed",
    "0032": "critical overload of the cell: the device ended the measurement",
    "005A": "it cannot measure so often",
}


class Value(NamedTuple):
    """One value of a package, SI."""

    value: float  # NaN where the device has none
    status: int  # bits


def literal(value: float) -> str:
    """A number as a script writes it: a whole number and an SI prefix, `-1500u`.

    The shortest that loses less than 1e-9 of it; else the finest that holds it.
    """
    best = "0"
    for prefix, factor in _LITERALS:
        mantissa = round(value / factor)
        if abs(mantissa) > _LARGEST:
            break
        best = f"{mantissa}{prefix}"
        if abs(mantissa * factor - value) <= _EXACT * abs(value):
            break
    return best


def package(line: str) -> dict[str, Value]:
    """The values of a package by what they are. Raises BadReply."""
    if not line.startswith("P"):
        raise BadReply(f"potentiostat: no package: {line[:40]!r}")
    found: dict[str, Value] = {}
    for part in line[1:].split(";"):
        head, *metadata = part.split(",")
        if head[:2] in found:  # half a package, and another one
            raise BadReply(f"potentiostat: damaged package {line[:80]!r}")
        found[head[:2]] = Value(_number(head[2:], line), _status(metadata, line))
    return found


def _number(text: str, line: str) -> float:
    if text == _NAN:
        return math.nan
    try:
        if len(text) == 8 and text[:7].isalnum():
            return (int(text[:7], 16) - OFFSET) * PREFIXES[text[7]]
    except (ValueError, KeyError):
        pass
    raise BadReply(f"potentiostat: damaged package {line[:80]!r}")


def _status(metadata: list[str], line: str) -> int:
    status = 0
    for one in metadata:
        try:
            value = int(one, 16)
        except ValueError:
            raise BadReply(f"potentiostat: damaged package {line[:80]!r}") from None
        if one[0] == "1" and len(one) == 2:
            status = value & 0xF
    return status


def refusal(line: str) -> DeviceRefused | None:
    """The error that a line tells, if it tells one: `e!4001: Line 3`, `!0032: Line 9`."""
    before, mark, rest = line.partition("!")
    if not mark or len(before) > 1 or len(rest) < 4:
        return None
    code = rest[:4].upper()
    why = _ERRORS.get(code, "see appendix A of the MethodSCRIPT manual")
    return DeviceRefused(f"potentiostat: error {code}: {why} ({line[:60]})")
