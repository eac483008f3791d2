"""What is said to a Keithley 2400 to set it up, to drive a cell and to let it rest, as SCPI lines.

Source: as in `instruments.codecs.keithley_2400`. There is one off state for both functions, and
the limit of a source is the protection of the other quantity.
"""

from instruments.codecs.source_meter import TERMINALS
from instruments.potentiostat.keithley_2400_ranges import FULL_RANGE_V, RANGES
from instruments.potentiostat.source_meter_ranges import range_for

ZERO_RANGE_A = 1e-6  # the lowest range of the family


def set_up(nplc: float, terminals: str) -> tuple[str, ...]:
    """After `*RST`: the rig's terminals, 4-wire, relay open when off, both quantities read, no
    autozero, no delay."""
    return (
        ":OUTP:SMOD HIMP",
        f":ROUT:TERM {TERMINALS[terminals]}",
        ":SYST:RSEN 1",
        ":SYST:AZER 0",
        ":SENS:FUNC:CONC 1",
        ":SENS:FUNC 'VOLT','CURR'",
        f":SENS:VOLT:NPLC {nplc:g}",
        ":FORM:ELEM VOLT,CURR,RES,TIME,STAT",
        ":SOUR:DEL 0",
        f":SOUR:VOLT:RANG {FULL_RANGE_V:g}",
        ":OUTP OFF",
    )


def begin(change: tuple[str, ...], zero: bool) -> tuple[str, ...]:
    """Another function, that of 0 A where `zero`: output off, function, 4-wire sense, `change` of
    level and limit, output on.

    The off state is said each time: an instrument that lost its power in between would short the
    cell when off.
    """
    sense = (":SYST:RSEN 1", ":OUTP:SMOD HIMP")
    if zero:
        function = (
            ":SOUR:FUNC CURR",
            *sense,
            f":SOUR:CURR:RANG {ZERO_RANGE_A:g}",
            ":SOUR:CURR 0",
        )
    else:
        function = (":SOUR:FUNC VOLT", *sense, f":SOUR:VOLT:RANG {FULL_RANGE_V:g}")
    return (":OUTP OFF", *function, *change, ":OUTP ON")


def zero_current(limit_v: float) -> tuple[str, ...]:
    """No current; the limit first, so that it holds."""
    return f":SENS:VOLT:PROT {limit_v:.9g}", ":SOUR:CURR 0"


def by_voltage(voltage_v: float, limit_a: float, more: bool) -> tuple[str, ...]:
    """Level and limit of the voltage source; the limit first, but last where it becomes `more`."""
    level = f":SOUR:VOLT {voltage_v:.9g}"
    limit = (
        ":SENS:CURR:RANG:AUTO 1",
        f":SENS:CURR:PROT {limit_a:.9g}",
        f":SENS:CURR:RANG {range_for(RANGES, limit_a):g}",
    )
    return (level, *limit) if more else (*limit, level)
