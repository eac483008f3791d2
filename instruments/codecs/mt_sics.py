"""MT-SICS, the command set of Mettler Toledo terminals and balances: lines ending with CR LF, pure.

A weight is `S S     125.30 kg`: the command's letter, S for stable or D for dynamic, ten characters
of number, a unit; `S +` and `S -` are over- and underload, `S I` busy. Manuals show the answer to
`SI` with `S` or with `SI` before it: both are taken. Refusals are ES, ET and EL. Source: MT-SICS
Reference Manual 11780711, level 0.
"""

import re
from typing import NamedTuple

END = b"\r\n"
WEIGH, WHO, TYPE, SOFTWARE = b"SI\r\n", b"I4\r\n", b"I2\r\n", b"I3\r\n"
OVER, UNDER, BUSY = "+", "-", "I"
ERRORS = {
    "ES": "it does not know the command",
    "ET": "it received damaged bytes: check baud rate and parity",
    "EL": "it cannot do this now",
}

_WEIGHT = re.compile(r"SI? +([SD]) +([+-]?\d+(?:\.\d+)?) +([A-Za-z]+)")
_STATE = re.compile(r"SI? +([-+I])")
_QUOTED = re.compile(r'(I\d+) A "([^"]*)".*')


class Weight(NamedTuple):
    """One weight, in the unit that the terminal shows."""

    value: float
    unit: str
    stable: bool


def weight(line: str) -> Weight | str:
    """A weight, or one of OVER, UNDER and BUSY. Raises ValueError."""
    state = _STATE.fullmatch(line)
    if state:
        return state[1]
    found = _WEIGHT.fullmatch(line)
    if found is None:
        raise ValueError(f"no weight in {line[:60]!r}")
    return Weight(float(found[2]), found[3], found[1] == "S")


def quoted(line: str, command: bytes) -> str:
    """First text of the answer to an I command. Raises ValueError."""
    found = _QUOTED.fullmatch(line)
    if found is None or found[1].encode() != command.strip():
        raise ValueError(f"not the answer to {command.decode().strip()}: {line[:60]!r}")
    return found[2]


def is_serial(line: str) -> bool:
    """Whether a line is the answer to I4, the serial number."""
    return line.startswith('I4 A "') and line.endswith('"')
