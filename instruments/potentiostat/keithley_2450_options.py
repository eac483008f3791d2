"""What a rig may say of a Keithley 2450, and what follows from it.

Source: 2450 Reference Manual: a reading takes its power-line cycles.
"""

from typing import Annotated, Literal

from msgspec import Meta

from instruments.options import Every, LinkOptions
from instruments.potentiostat.keithley_2450_ranges import FULL_RANGE_V

CYCLE_MS = 20.0  # of a line of 50 Hz; shorter on 60 Hz


class Keithley2450Options(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a Keithley 2450.

    The deadline is beyond the time of a reading. Output and limit are also asked for at once when
    the source is off its setpoint by more than the accuracy allows.
    """

    observe: bool = False  # it is only read
    # open circuit is an open output relay, or 0 A that is sourced
    open_by: Literal["relay", "zero_current"] = "relay"
    # limit at rest, and the largest that is accepted
    voltage_max_v: Annotated[float, Meta(gt=0.0, le=FULL_RANGE_V)] = 5.0
    # the largest current that is accepted
    current_range_a: Annotated[float, Meta(gt=0.0, le=7.0)] = 0.1
    # where the cell is wired
    terminals: Literal["front", "rear"] = "front"
    nplc: Annotated[float, Meta(ge=0.01, le=10.0)] = 1.0  # integration time in power-line cycles
    limit_every: Every = 10  # of so many reads one asks for output and limit
    clear_every: Every = 10_000  # reads until defbuffer1 is cleared

    @property
    def reading_ms(self) -> float:
        """How long a reading takes, ms."""
        return self.nplc * CYCLE_MS

    @property
    def deadline_ns(self) -> int:
        """Deadline of one whole answer, ns: a reading may take twice its time [B]."""
        return round((self.deadline_ms + 2.0 * self.reading_ms) * 1e6)


def when_silent(options: Keithley2450Options) -> str:
    """What the cell does once nothing is heard of the host again."""
    if options.observe:
        return "the program that drives the cell goes on"
    return "the current goes on to the end of the voltage limits, and the cell is kept there"


def reading_ms(options: Keithley2450Options) -> float:
    """How long a reading takes, ms."""
    return options.reading_ms
