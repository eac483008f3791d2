"""What a Keithley 2450, 2460 or 2461 says that it does: SCPI lines, pure.

Source: 2450 Reference Manual section 6.
"""

from collections.abc import Callable

from instruments.codecs import scpi
from instruments.codecs.source_meter import HIGH_IMPEDANCE, Found, function_of, switch

# Whatever the instrument has been through: an output that is off in another state shorts the cell.
OFF = ":OUTP:CURR:SMOD HIMP;:OUTP:VOLT:SMOD HIMP;:OUTP OFF"


def found(ask: Callable[[bytes], str]) -> Found:
    """Read output, function, level, limit and off state back. Raises ValueError; what `ask` does.

    `ask` sends one query and returns its answer.
    """
    on = switch(ask(b":OUTP?\n"))
    function = function_of(ask(b":SOUR:FUNC?\n"))
    limit = "VLIM" if function == "CURR" else "ILIM"
    level, most = (
        scpi.numbers(ask(f":SOUR:{function}{query}?\n".encode()), 1)[0]
        for query in ("", f":{limit}")
    )
    off_state = ask(f":OUTP:{function}:SMOD?\n".encode())
    return Found(on, function == "VOLT", level, most, off_state.startswith(HIGH_IMPEDANCE))
