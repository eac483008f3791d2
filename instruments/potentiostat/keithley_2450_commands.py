"""What is said to a Keithley 2450 to set it up, to drive a cell and to let it rest, as SCPI lines.

Source: as in `instruments.potentiostat.keithley_2450`.
"""

from instruments.codecs.source_meter import TERMINALS
from instruments.potentiostat.keithley_2450_ranges import FULL_RANGE_V, RANGES
from instruments.potentiostat.source_meter_ranges import range_for

ZERO_RANGE_A = 1e-6  # a range that every model of the family has


def set_up(nplc: float, terminals: str) -> tuple[str, ...]:
    """After `*RST`, which chooses the front terminals (p. 6-35): those of the rig, relay open when
    off, fixed range, no autozero, both functions."""
    return (
        ":OUTP:CURR:SMOD HIMP",
        ":OUTP:VOLT:SMOD HIMP",
        f":ROUT:TERM {TERMINALS[terminals]}",
        f":SENS:VOLT:NPLC {nplc:g}",
        ":SENS:VOLT:AZER 0",
        f":SENS:VOLT:RANG {FULL_RANGE_V:g}",
        f":SENS:CURR:NPLC {nplc:g}",
        ":SENS:CURR:AZER 0",
        f":SOUR:VOLT:RANG {FULL_RANGE_V:g}",
        ":SOUR:CURR:READ:BACK 1",
        ":SOUR:VOLT:READ:BACK 1",
        ":OUTP OFF",
    )


def begin(change: tuple[str, ...], zero: bool) -> tuple[str, ...]:
    """Another function, that of 0 A where `zero`: output off, function, 4-wire sense, `change` of
    level and limit, output on.

    4-wire and the off state are said each time: an open relay goes back to two wires, and an
    instrument that lost its power in between would short the cell when off.
    """
    if zero:
        function = (
            ":SOUR:FUNC CURR",
            ':SENS:FUNC "VOLT"',
            ":SENS:VOLT:RSEN 1",
            ":OUTP:CURR:SMOD HIMP",
            ":SOUR:CURR 0",
            f":SOUR:CURR:RANG {ZERO_RANGE_A:g}",
        )
    else:
        function = (
            ":SOUR:FUNC VOLT",
            ':SENS:FUNC "CURR"',
            ":SENS:CURR:RSEN 1",
            ":OUTP:VOLT:SMOD HIMP",
        )
    return (":OUTP OFF", *function, *change, ":OUTP ON")


def zero_current(limit_v: float) -> tuple[str, ...]:
    """No current; the limit first, so that it holds."""
    return f":SOUR:CURR:VLIM {limit_v:.9g}", ":SOUR:CURR 0"


def by_voltage(voltage_v: float, limit_a: float, more: bool) -> tuple[str, ...]:
    """Level and limit of the voltage source; the limit first, but last where it becomes `more`."""
    level = f":SOUR:VOLT {voltage_v:.9g}"
    limit = (
        ":SENS:CURR:RANG:AUTO 1",
        f":SOUR:VOLT:ILIM {limit_a:.9g}",
        f":SENS:CURR:RANG {range_for(RANGES, limit_a):g}",
    )
    return (level, *limit) if more else (*limit, level)
