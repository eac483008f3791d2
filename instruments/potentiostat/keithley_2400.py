"""Keithley 2400, 2401, 2410, 2420, 2425, 2430 and 2440 SourceMeters, as a potentiostat.

As `instruments.potentiostat.source_meter`, in the older dialect of SCPI: RS-232 or GPIB, no
language but SCPI, no buffer by name. `:READ?` answers voltage, current and a status word, which
says the source function and whether it is at its limit: one question a reading, and none besides.

Open circuit. `open_by: relay` (default) is the output off at high impedance: a true open circuit,
current 0 and voltage absent, and a read asks only whether the output is off, since `:READ?` is an
error then. `open_by: zero_current` sources 0 A with the output on, and the voltage is read.

A `:READ?` that is not answered may be one whose output was switched off, so that the instrument is
asked what it does before the next. Another program cannot share an RS-232 line, so there is
nothing to observe: a rig with `mode: observe` is refused. Set the instrument to RS-232 with LF as
terminator, 57 600 baud and no flow control (MENU, COMMUNICATION); the output's interlock as wired.

Source: as in `instruments.codecs.keithley_2400`. [B] That it answers `*RST;*OPC?` within a second.
"""

import math
from typing import Annotated, Literal

from msgspec import Meta

from instruments.codecs import keithley_2400 as codec
from instruments.codecs.source_meter import switch
from instruments.model import Model
from instruments.options import LinkOptions
from instruments.potentiostat import keithley_2400_commands as commands
from instruments.potentiostat.keithley_2400_ranges import FULL_RANGE_V, accuracy
from instruments.potentiostat.source_meter import BY_VOLTAGE, Dialect, SourceMeter, State
from instruments.protocols import BadReply, CellReading, Clock, ReplyTimeout, Transport
from instruments.transport.lines import Hello

BEYOND = 1.1  # times the range: more cannot be measured, so the answer is damaged
CYCLE_MS = 20.0  # of a line of 50 Hz; shorter on 60 Hz
QUANTITIES = 2  # voltage and current, one after the other
OVERHEAD_MS = 5.0  # of a reading, beside its power-line cycles [B]
DIALECT = Dialect(
    ("2400", "2401", "2410", "2420", "2425", "2430", "2440"),
    b"*CLS;*RST;*OPC?\n",  # a question behind an output that was off has left an error
    commands.set_up,
    codec.OFF,
    commands.begin,
    commands.zero_current,
    commands.by_voltage,
    codec.found,
    Hello(b"*IDN?\n", codec.is_identity),
)


class Keithley2400Options(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a Keithley 2400. The deadline is beyond the time of a reading."""

    # another program drives it: refused
    observe: bool = False
    # open circuit is an open output relay, or 0 A that is sourced
    open_by: Literal["relay", "zero_current"] = "relay"
    # limit at rest, and the largest that is accepted
    voltage_max_v: Annotated[float, Meta(gt=0.0, le=FULL_RANGE_V)] = 5.0
    # the largest current that is accepted
    current_range_a: Annotated[float, Meta(gt=0.0, le=3.0)] = 0.1
    # where the cell is wired
    terminals: Literal["front", "rear"] = "front"
    nplc: Annotated[float, Meta(ge=0.01, le=10.0)] = 1.0  # integration time in power-line cycles

    def __post_init__(self) -> None:
        """Raises ValueError where it is to be observed."""
        if self.observe:
            raise ValueError(
                "a 2400 has one line, and the program that drives it has that; with 'mode: "
                "observe' follow that program's file (follow-file), or wire monitors to a LabJack "
                "T7 (labjack-t7-monitors)"
            )

    @property
    def reading_ms(self) -> float:
        """How long a reading takes, ms."""
        return QUANTITIES * self.nplc * CYCLE_MS + OVERHEAD_MS

    @property
    def deadline_ns(self) -> int:
        """Deadline of one whole answer, ns: a reading may take twice its time [B]."""
        return round((self.deadline_ms + 2.0 * self.reading_ms) * 1e6)


def when_silent(options: Keithley2400Options) -> str:
    """What the cell does once nothing is heard of the host again."""
    del options
    return "the current goes on to the end of the voltage limits, and the cell is kept there"


def reading_ms(options: Keithley2400Options) -> float:
    """How long a reading takes, ms."""
    return options.reading_ms


class Keithley2400(SourceMeter):
    """`Potentiostat` on one SourceMeter of this family."""

    def __init__(self, transport: Transport, clock: Clock, options: Keithley2400Options) -> None:
        super().__init__(transport, clock, options, DIALECT)
        self._options = options

    def read(self) -> CellReading:
        """Voltage and current: one exchange. Raises LinkError."""
        self._scpi.ready()
        self._require_kept()
        if not self._sure:
            self._settle()
        if self._state in BY_VOLTAGE or self._state is State.ZERO:
            return self._driven()
        with self._scpi.understanding():
            on = switch(self._scpi.ask(codec.OUTPUT))
        return self._measured() if on else self._reading(math.nan, 0.0, on=False, limited=False)

    def _measured(self) -> CellReading:
        """What flows although the output was told to be off."""
        found = self._answer()
        return self._reading(found.voltage_v, found.current_a, on=True, limited=found.limited)

    def _driven(self) -> CellReading:
        by_voltage = self._state in BY_VOLTAGE
        try:
            found = self._answer()
        except ReplyTimeout:
            self._sure = False  # the output may be off: it is asked before the next
            raise
        if found.by_voltage is not by_voltage:
            self._sure = False
            raise BadReply("potentiostat: it reads with another source function than it was told")
        # A current is the limit of the voltage source: within it, the source has ended it.
        limited = found.limited is not (self._state is State.CURRENT)
        return self._reading(found.voltage_v, found.current_a, on=by_voltage, limited=limited)

    def _answer(self) -> codec.Reading:
        with self._scpi.understanding():
            found = codec.reading(self._scpi.ask(codec.READ))
        most_a = BEYOND * self._options.current_range_a
        if abs(found.voltage_v) > BEYOND * FULL_RANGE_V or abs(found.current_a) > most_a:
            self._scpi.link.in_step = False
            raise BadReply(
                f"potentiostat: {found.voltage_v:g} V, {found.current_a:g} A cannot be measured"
            )
        return found

    def _reading(
        self, voltage_v: float, current_a: float, *, on: bool, limited: bool
    ) -> CellReading:
        link = self._scpi.link
        return CellReading(voltage_v, current_a, on, limited, link.t_ns, link.uncertainty_ns)


MODEL = Model(
    "potentiostat",
    "keithley-2400",
    Keithley2400Options,
    Keithley2400,
    "instruments.emulators.keithley_2400:Keithley2400Emulator",
    when_silent,
    kinds=("serial", "tcp", "visa"),
    accuracy=accuracy,
    reading_ms=reading_ms,
)
