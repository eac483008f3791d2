"""What is said to a Keithley 2450, 2460 or 2461, and what it says of itself: SCPI lines, pure.

Rules: no port, no clock. The output goes off before the source function changes. 4-wire and the off
state are said each time a function begins: an open relay goes back to two wires, and an instrument
that lost its power in between would short the cell when off.

Source: 2450 Reference Manual section 6.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from instruments.codecs import scpi

FULL_RANGE_V = 20.0
ZERO_RANGE_A = 1e-6  # a range that every model of the family has
EQUAL = 1e-5  # of a level: what the instrument writes has seven digits
HIGH_IMPEDANCE = "HIMP"
# Whatever the instrument has been through: an output that is off in another state shorts the cell.
OFF = ":OUTP:CURR:SMOD HIMP;:OUTP:VOLT:SMOD HIMP;:OUTP OFF"


class State(Enum):
    """What the instrument was last told to be, or does."""

    UNKNOWN = 0
    OPEN = 1
    ZERO = 2
    CURRENT = 3
    VOLTAGE = 4


DRIVEN = (State.CURRENT, State.VOLTAGE)


class Found(NamedTuple):
    """What the instrument says that it does."""

    state: State  # OPEN where the output is off; never ZERO
    setpoint: float  # A or V
    limit: float  # V or A
    isolates: bool  # whether the output, off, is at high impedance

    def keeps(self, setpoint: float, limit: float) -> bool:
        """Whether level and limit are these, to the digits that it writes; of no output any are."""
        return self.state is State.OPEN or (
            math.isclose(self.setpoint, setpoint, rel_tol=EQUAL, abs_tol=1e-12)
            and math.isclose(self.limit, limit, rel_tol=EQUAL)
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
    driven = State.CURRENT if function == "CURR" else State.VOLTAGE
    return Found(driven if on else State.OPEN, level, most, off_state.startswith(HIGH_IMPEDANCE))


def switch(answer: str) -> bool:
    """Whether an answer says on. Raises ValueError for what is neither 0 nor 1."""
    if answer not in ("0", "1"):
        raise ValueError(f"neither 0 nor 1: {answer[:40]!r}")
    return answer == "1"


def set_up(nplc: float, range_a: float) -> tuple[str, ...]:
    """After `*RST`: 4-wire, relay open when off, fixed range, no autozero, both functions."""
    return (
        "*RST",
        ":OUTP:CURR:SMOD HIMP",
        ":OUTP:VOLT:SMOD HIMP",
        f":SENS:VOLT:NPLC {nplc:g}",
        ":SENS:VOLT:AZER 0",
        f":SENS:VOLT:RANG {FULL_RANGE_V:g}",
        f":SENS:CURR:NPLC {nplc:g}",
        ":SENS:CURR:AZER 0",
        f":SENS:CURR:RANG {range_a:g}",
        f":SOUR:VOLT:RANG {FULL_RANGE_V:g}",
        ":SOUR:CURR:READ:BACK 1",
        ":SOUR:VOLT:READ:BACK 1",
        ":OUTP OFF",
    )


def begin(state: State, range_a: float, change: tuple[str, ...]) -> str:
    """Another function: output off, function, 4-wire sense, `change` of level and limit, on."""
    if state is State.VOLTAGE:
        function = (
            ":SOUR:FUNC VOLT",
            ':SENS:FUNC "CURR"',
            ":SENS:CURR:RSEN 1",
            ":OUTP:VOLT:SMOD HIMP",
        )
    else:
        range_a = ZERO_RANGE_A if state is State.ZERO else range_a
        function = (
            ":SOUR:FUNC CURR",
            ':SENS:FUNC "VOLT"',
            ":SENS:VOLT:RSEN 1",
            ":OUTP:CURR:SMOD HIMP",
            ":SOUR:CURR 0",
            f":SOUR:CURR:RANG {range_a:g}",
        )
    return ";".join((":OUTP OFF", *function, *change, ":OUTP ON"))


def change(state: State, setpoint: float, limit: float) -> tuple[str, ...]:
    """The same function, another level or limit: the limit first, so that it holds."""
    if state is State.VOLTAGE:
        return f":SOUR:VOLT:ILIM {limit:.9g}", f":SOUR:VOLT {setpoint:.9g}"
    return f":SOUR:CURR:VLIM {limit:.9g}", f":SOUR:CURR {setpoint:.9g}"
