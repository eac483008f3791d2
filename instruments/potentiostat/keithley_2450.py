"""Keithley 2450, 2460 and 2461 source-measure units over SCPI, as a potentiostat.

Open circuit. `:OUTP OFF` with the high-impedance off state opens the output relay and disconnects
the cell (2450-901-01 Rev. B, p. 8-139; 2461-901-01 Rev. A, p. 6-47). Behind an open relay the
terminals cannot be measured, so there are two ways of being open, and the rig says which:
`open_by: relay` (default) is a true open circuit: current 0, voltage NaN (absent), and a read only
asks whether the output is off. `open_by: zero_current` sources 0 A on the lowest range with the
output on: the cell sees the source's offset (below a nanoampere there [B]), the voltage is read,
and the relay is spared, as the manual advises where the output is switched often; now and then a
read asks whether the output is still on, since behind an open relay the voltage is not the cell's.
Readings say `on` only while the cell is driven, so neither counts as on.

Current. The voltage limit of its current source is a magnitude: -1 mA would take a cell down to
minus the limit. So a current is made by the voltage source: it stands at the voltage at which the
cell is to stop, and its current limit (`ILIM`, which holds either way) is the current. The
instrument goes from constant current to constant voltage by itself, and a host that falls silent
for ever leaves the cell at that voltage. At its limit the source holds the current as commanded:
what `limited` means is then the opposite of what the instrument says.

Rules: those of `instruments.potentiostat.source_meter`. The range of current is chosen for each
limit, with autorange in between, since a limit must be a part of a fixed range. What can only be a
damaged answer is a BadReply. With `observe` another program runs the cell: nothing is ever
commanded, the newest reading of `defbuffer1` is fetched.

Source: commands and buffer elements, 2450 Reference Manual section 6 (`:READ?` p. 6-6,
`:OUTPut:SMODe` p. 6-31, `:SOURce:<x>LIMit` p. 6-71, `:SOURce:READ:BACK` p. 6-77), source limits
p. 2-100. [B] `:FETC?` while another program measures.
"""

import math

from instruments.codecs import keithley_2450 as codec
from instruments.codecs.source_meter import switch
from instruments.model import Model
from instruments.potentiostat import keithley_2450_commands as commands
from instruments.potentiostat.keithley_2450_options import (
    Keithley2450Options,
    reading_ms,
    when_silent,
)
from instruments.potentiostat.keithley_2450_ranges import FULL_RANGE_V, accuracy
from instruments.potentiostat.source_meter import BY_VOLTAGE, Dialect, SourceMeter, State
from instruments.protocols import (
    BadReply,
    CellReading,
    Clock,
    DeviceRefused,
    Transport,
)

BEYOND = 1.1  # times the range: more cannot be measured, so the answer is damaged
DIALECT = Dialect(
    ("2450", "2460", "2461"),
    b"*RST;*OPC?\n",
    commands.set_up,
    codec.OFF,
    commands.begin,
    commands.zero_current,
    commands.by_voltage,
    codec.found,
)

_READ_UNIT = b':READ? "defbuffer1",SOUR,READ,REL,UNIT\n'
_READ = b':READ? "defbuffer1",SOUR,READ,REL\n'
_FETCH = b':FETC? "defbuffer1",SOUR,READ,REL,UNIT\n'
_CLEAR = ':TRAC:CLE "defbuffer1"'
_NAN = math.nan
_OUTPUT = b":OUTP?\n"
_ON_AND_TRIPPED = b":OUTP?;:SOUR:VOLT:ILIM:TRIP?\n"


class Keithley2450(SourceMeter):
    """`Potentiostat` on one 2450, 2460 or 2461."""

    def __init__(self, transport: Transport, clock: Clock, options: Keithley2450Options) -> None:
        super().__init__(transport, clock, options, DIALECT)
        self._options = options
        self._reads = 0
        self._accuracy = accuracy(options.current_range_a, options.voltage_max_v)
        self._fetched: tuple[str, CellReading] | None = None  # observing: the newest answer

    def configure(self) -> None:
        """As `SourceMeter.configure`; observing, only the language is asked. Raises LinkError."""
        if self._options.observe:
            self._scpi.link.in_step = False
            self._scpi.ready()
        else:
            super().configure()

    def verify(self) -> None:
        """As `SourceMeter.verify`; observing, that it answers. Raises LinkError."""
        if self._options.observe:
            self._scpi.ready()
        else:
            super().verify()

    def _commanding(self) -> None:
        if self._options.observe:
            raise DeviceRefused(
                "potentiostat is only observed: another program drives the cell; "
                "stop that program, or set the rig's potentiostat to mode: command"
            )

    # ---- readings ---------------------------------------------------------------------------

    def read(self) -> CellReading:
        """Voltage and current. One exchange as a rule; a second now and then for the limit.

        Raises LinkError.
        """
        self._scpi.ready()
        self._reads += 1
        if self._options.observe:
            return self._observed()
        self._require_kept()
        if not self._sure:
            self._settle()
        if self._state in BY_VOLTAGE or self._state is State.ZERO:
            return self._driven()
        return self._opened()

    def _opened(self) -> CellReading:
        """Behind the open relay: the output must be off. If it is on, what flows is read."""
        if not self._switched(_OUTPUT):
            return self._reading(_NAN, 0.0, False)
        return self._understood(self._scpi.ask(_READ_UNIT))._replace(on=True)

    def _driven(self) -> CellReading:
        source, measured, _ = self._scpi.numbers(self._scpi.ask(_READ), 3)
        driven = self._state is not State.ZERO
        self._require_measurable(*((source, measured) if driven else (measured, source)))
        link = self._scpi.link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        if driven:
            self._watch_limit(source, measured)
        elif self._is_turn():
            self._sure = self._switched(_OUTPUT)  # somebody else may have switched it
        if self._reads % self._options.clear_every == 0:
            self._scpi.say(_CLEAR)
        if driven:
            source, measured = measured, source
        on = driven and self._on
        if on is not driven or not self._sure:
            measured = _NAN  # what the terminals of an open relay have is not the cell's
        return CellReading(measured, source, on, self._limited, t_ns, uncertainty_ns)

    def _watch_limit(self, voltage_v: float, current_a: float) -> None:
        """Ask for the limit flag now and then, and at once where the source is off its setpoint."""
        found, setpoint = self._accuracy, self._setpoint
        currents = self._state is State.CURRENT
        if currents:
            off, most = current_a - setpoint, found.current_a + found.current_share * abs(setpoint)
        else:
            off, most = voltage_v - setpoint, found.voltage_v
        astray = not abs(off) <= most
        if astray or self._limited or self._is_turn():
            on, _, tripped = self._scpi.ask(_ON_AND_TRIPPED).partition(";")
            with self._scpi.understanding():
                self._on = switch(on)  # somebody else may have switched it
                self._limited = switch(tripped) is not currents

    def _is_turn(self) -> bool:
        """Whether this read asks for the output, too."""
        return self._reads % self._options.limit_every == 0

    def _require_measurable(self, voltage_v: float, current_a: float) -> None:
        """Raises BadReply for what no range reaches; NaN is what the instrument says itself."""
        most_a = BEYOND * self._options.current_range_a
        if abs(voltage_v) > BEYOND * FULL_RANGE_V or abs(current_a) > most_a:
            self._scpi.link.in_step = False
            raise BadReply(f"potentiostat: {voltage_v:g} V, {current_a:g} A cannot be measured")

    def _observed(self) -> CellReading:
        """The newest reading of the other program; while there is no newer one, the same again.

        The same answer with the same relative time is the same reading, and keeps its time.
        """
        line = self._scpi.ask(_FETCH)
        fetched = self._fetched
        if fetched is None or fetched[0] != line:
            fetched = (line, self._understood(line))
        if self._is_turn() or self._fetched is None:
            self._on = self._switched(_OUTPUT)
        if fetched[1].on != self._on:
            fetched = (line, fetched[1]._replace(on=self._on))
        self._fetched = fetched
        return fetched[1]

    def _understood(self, line: str) -> CellReading:
        text, _, unit = line.rpartition(",")
        source, measured, _ = self._scpi.numbers(text, 3)
        if unit.upper().startswith("AMP"):
            source, measured = measured, source
        elif not unit.upper().startswith("VOLT"):
            raise BadReply(f"potentiostat: neither volt nor ampere was measured: {line[:80]!r}")
        return self._reading(measured, source, self._on)

    def _reading(self, voltage_v: float, current_a: float, on: bool) -> CellReading:
        link = self._scpi.link
        return CellReading(voltage_v, current_a, on, False, link.t_ns, link.uncertainty_ns)

    def _switched(self, query: bytes) -> bool:
        with self._scpi.understanding():
            return switch(self._scpi.ask(query))


MODEL = Model(
    "potentiostat",
    "keithley-2450",
    Keithley2450Options,
    Keithley2450,
    "instruments.emulators.keithley_2450:Keithley2450Emulator",
    when_silent,
    kinds=("tcp", "visa", "serial"),
    accuracy=accuracy,
    reading_ms=reading_ms,
)
