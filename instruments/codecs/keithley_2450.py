"""What a Keithley 2450, 2460 or 2461 says that it does: SCPI lines, pure.

Source: 2450 Reference Manual section 6.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from instruments.codecs import scpi

EQUAL = 1e-5  # of a level: what the instrument writes has seven digits
HIGH_IMPEDANCE = "HIMP"
# Whatever the instrument has been through: an output that is off in another state shorts the cell.
OFF = ":OUTP:CURR:SMOD HIMP;:OUTP:VOLT:SMOD HIMP;:OUTP OFF"


class Found(NamedTuple):
    """What the instrument says that it does."""

    on: bool
    by_voltage: bool  # its source function
    level: float  # V, else A
    limit: float  # A, else V
    isolates: bool  # whether the output, off, is at high impedance

    def keeps(self, level: float, limit: float) -> bool:
        """Whether level and limit are these, to the digits that it writes."""
        return math.isclose(self.level, level, rel_tol=EQUAL, abs_tol=1e-12) and math.isclose(
            self.limit, limit, rel_tol=EQUAL
        )


def found(ask: Callable[[bytes], str]) -> Found:
    """Read output, function, level, limit and off state back. Raises ValueError; what `ask` does.

    `ask` sends one query and returns its answer.
    """
    on = switch(ask(b":OUTP?\n"))
    answer = ask(b":SOUR:FUNC?\n")
    function = answer.strip('"').upper()[:4]
    if function not in ("CURR", "VOLT"):
        raise ValueError(f"source function {answer[:40]!r}")
    limit = "VLIM" if function == "CURR" else "ILIM"
    level, most = (
        scpi.numbers(ask(f":SOUR:{function}{query}?\n".encode()), 1)[0]
        for query in ("", f":{limit}")
    )
    off_state = ask(f":OUTP:{function}:SMOD?\n".encode())
    return Found(on, function == "VOLT", level, most, off_state.startswith(HIGH_IMPEDANCE))


def switch(answer: str) -> bool:
    """Whether an answer says on. Raises ValueError for what is neither 0 nor 1."""
    if answer not in ("0", "1"):
        raise ValueError(f"neither 0 nor 1: {answer[:40]!r}")
    return answer == "1"
