"""What a Keithley 2400 is told and says, as SCPI lines: pure.

Source: 2400 Series User's Manual (2400S-900-01 Rev. K), SCPI command reference (section 18):
`:READ?` answers the five elements of `:FORMat:ELEMents` in the order voltage, current, resistance,
time, status, whichever was asked for; the status word is that of p. 18-50. [B] Numbers of errors;
that `:OUTPut` goes off where the source function changes.
"""

from collections.abc import Callable
from typing import NamedTuple

from instruments.codecs import scpi
from instruments.codecs.source_meter import HIGH_IMPEDANCE, Found, function_of, switch

ELEMENTS = 5
OVERFLOW, COMPLIANCE, BY_VOLTAGE, BY_CURRENT, RANGE_COMPLIANCE = (
    1 << bit for bit in (0, 3, 14, 15, 16)
)
READ = b":READ?\n"
OUTPUT = b":OUTP?\n"
OFF = ":OUTP:SMOD HIMP;:OUTP OFF"  # high impedance first: "off" in another state shorts the cell


class Reading(NamedTuple):
    """One answer of `:READ?`."""

    voltage_v: float
    current_a: float
    by_voltage: bool  # its source function
    limited: bool  # at its limit, or at that of a fixed range


def reading(line: str) -> Reading:
    """What `:READ?` answers. Raises ValueError where it makes no sense."""
    voltage_v, current_a, _, _, status = scpi.numbers(line, ELEMENTS)
    if not status.is_integer() or not 0 <= status < 1 << 24:
        raise ValueError(f"status word {status:g}")
    bits = int(status)
    if bool(bits & BY_VOLTAGE) == bool(bits & BY_CURRENT):
        raise ValueError(f"status word {bits}: neither or both sources")
    if bits & OVERFLOW:
        raise ValueError("a reading beyond its range")
    limited = bits & (COMPLIANCE | RANGE_COMPLIANCE) != 0
    return Reading(voltage_v, current_a, bits & BY_VOLTAGE != 0, limited)


def is_identity(line: str) -> bool:
    """Whether a line is the answer to `*IDN?`, and no other."""
    return line.startswith("KEITHLEY") and line.count(",") == 3


def found(ask: Callable[[bytes], str]) -> Found:
    """Read output, function, level, limit and off state back. Raises ValueError; what `ask` does.

    `ask` sends one query and returns its answer.
    """
    on = switch(ask(OUTPUT))
    function = function_of(ask(b":SOUR:FUNC?\n"))
    other = "VOLT" if function == "CURR" else "CURR"
    level, most = (
        scpi.numbers(ask(query.encode()), 1)[0]
        for query in (f":SOUR:{function}?\n", f":SENS:{other}:PROT?\n")
    )
    isolates = ask(b":OUTP:SMOD?\n").startswith(HIGH_IMPEDANCE)
    return Found(on, function == "VOLT", level, most, isolates)
