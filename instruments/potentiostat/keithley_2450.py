"""Keithley 2450, 2460 and 2461 source-measure units over SCPI, as a potentiostat.

Open circuit. `:OUTP OFF` with the high-impedance off state opens the output relay and disconnects
the cell (2450-901-01 Rev. B, p. 8-139; 2461-901-01 Rev. A, p. 6-47). Behind an open relay the
terminals cannot be measured, so there are two ways of being open, and the rig says which:
`open_by: relay` (default) is a true open circuit: current 0, voltage NaN (absent), and a read only
asks whether the output is off. `open_by: zero_current` sources 0 A on the lowest range with the
output on: the cell sees the source's offset (below a nanoampere there [B]), the voltage is read,
and the relay is spared, as the manual advises where the output is switched often. Readings say
`on` only while the cell is driven, so neither counts as on.

Current. The voltage limit of its current source is a magnitude: -1 mA would take a cell down to
minus the limit. So a current is made by the voltage source: it stands at the voltage at which the
cell is to stop, and its current limit (`ILIM`, which holds either way) is the current. The
instrument goes from constant current to constant voltage by itself, and a host that falls silent
for ever leaves the cell at that voltage. At its limit the source holds the current as commanded:
what `limited` means is then the opposite of what the instrument says.

Rules: positive current charges. The output goes off before the source function changes, which it
does only between rest and drive. The range of current is chosen for each limit, with autorange in
between, since a limit must be a part of a fixed range. A command that says what was said already
is not sent again. After one that failed the instrument is asked what it does, and only what differs
is sent: a source that works is never switched off and on again. One that is found off, or at
another function, was reset or switched by somebody else, and is not switched on before
`open_circuit` has set it up anew. What can only be a damaged answer is a BadReply. With `observe`
another program runs the cell: nothing is ever commanded, the newest reading of `defbuffer1` is
fetched.

Source: commands and buffer elements, 2450 Reference Manual section 6 (`:READ?` p. 6-6,
`:OUTPut:SMODe` p. 6-31, `:SOURce:<x>LIMit` p. 6-71, `:SOURce:READ:BACK` p. 6-77), source limits
p. 2-100. [B] `:FETC?` while another program measures.
"""

import math
from enum import Enum

from instruments.codecs import keithley_2450 as codec
from instruments.model import Model
from instruments.potentiostat import keithley_2450_commands as commands
from instruments.potentiostat.keithley_2450_options import (
    Keithley2450Options,
    reading_ms,
    when_silent,
)
from instruments.potentiostat.keithley_2450_ranges import FULL_RANGE_V, accuracy
from instruments.potentiostat.rig_range import require_within
from instruments.protocols import (
    BadReply,
    CellReading,
    Clock,
    DeviceRefused,
    Identity,
    Transport,
    WrongDevice,
)
from instruments.transport.scpi import ScpiLink

RESET_NS = 1_000_000_000  # `*RST` can take 0.3 s
BEYOND = 1.1  # times the range: more cannot be measured, so the answer is damaged
MODELS = ("2450", "2460", "2461")

_READ_UNIT = b':READ? "defbuffer1",SOUR,READ,REL,UNIT\n'
_READ = b':READ? "defbuffer1",SOUR,READ,REL\n'
_FETCH = b':FETC? "defbuffer1",SOUR,READ,REL,UNIT\n'
_CLEAR = ':TRAC:CLE "defbuffer1"'
_NAN = math.nan


class _State(Enum):
    """What the instrument was last told to be."""

    UNKNOWN = 0
    OPEN = 1
    ZERO = 2
    CURRENT = 3  # by the voltage source at its current limit
    VOLTAGE = 4


_BY_VOLTAGE = {_State.CURRENT, _State.VOLTAGE}
_ON_AND_TRIPPED = b":OUTP?;:SOUR:VOLT:ILIM:TRIP?\n"


class Keithley2450:
    """`Potentiostat` on one 2450, 2460 or 2461."""

    def __init__(self, transport: Transport, clock: Clock, options: Keithley2450Options) -> None:
        self._options = options
        self._scpi = ScpiLink(
            transport, clock, options.deadline_ns, options.latency_ns, "potentiostat"
        )
        self._forget()
        self._reads = 0
        self._limited = False
        self._accuracy = accuracy(options.current_range_a, options.voltage_max_v)
        self._on = False  # what the output was last seen to be
        self._fetched: tuple[str, CellReading] | None = None  # observing: the newest answer

    def _forget(self) -> None:
        self._state = _State.UNKNOWN
        self._setpoint = self._limit = _NAN
        self._level = self._most = _NAN  # of the source as it was told, in its own function
        self._sure = False  # every command arrived, and the link was not opened again since
        self._changing = False  # another function was begun, and it is not known whether it was
        self._lost = ""  # how the source was found not to do what it was told

    # ---- identity and set-up ----------------------------------------------------------------

    def identify(self) -> Identity:
        """Maker's answer to `*IDN?`. Raises WrongDevice where it is not of this family."""
        self._scpi.ready()
        fields = [field.strip() for field in self._scpi.ask(b"*IDN?\n").split(",")]
        if len(fields) != 4 or not fields[1].removeprefix("MODEL ").startswith(MODELS):
            raise WrongDevice(
                f"potentiostat: a Keithley {', '.join(MODELS)} was expected, "
                f"{','.join(fields)[:80]!r} answers; check the address"
            )
        return Identity(fields[1].removeprefix("MODEL "), fields[2], fields[3])

    def configure(self) -> None:
        """Set up with the output off and at high impedance. Observing, only the language is asked.

        Raises DeviceRefused with the instrument's own error; WrongDevice where it speaks TSP.
        """
        self._scpi.link.in_step = False
        self._scpi.ready()
        if self._options.observe:
            return
        self._forget()
        self._scpi.ask(b"*RST;*OPC?\n", RESET_NS)
        for line in commands.set_up(self._options.nplc):
            self._scpi.say(line)
        self._scpi.check("set-up")
        self._state, self._sure = _State.OPEN, True

    def verify(self) -> None:
        """Ask what the instrument does. Raises LinkError; what was lost is told by `read`."""
        self._scpi.ready()
        self._sure = False
        if self._options.observe:
            return
        try:
            self._settle()
        except DeviceRefused:
            if not self._lost:
                raise

    # ---- commands ---------------------------------------------------------------------------

    def open_circuit(self) -> None:
        """Open the circuit as `open_by` says: output off, or 0 A. Raises LinkError.

        Output off is sent each time and waits for nothing: the next read sees whether it is so.
        """
        self._commanding()
        if self._lost:
            self._scpi.say(codec.OFF)
            self.configure()
        if self._options.open_by == "zero_current":
            self._source(_State.ZERO, 0.0, self._options.voltage_max_v)
            return
        self.switch_off()

    def switch_off(self) -> None:
        """Open the output relay, whatever `open_by` says. Raises LinkError."""
        self._commanding()
        self._forget()
        self._scpi.say(codec.OFF)
        self._state, self._sure = _State.OPEN, True

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive `current_a` (A, positive charges) until the cell is at `voltage_limit_v` (V), and
        stay there. No current is 0 A sourced, as at rest.

        Raises ValueError where a number is not finite or out of the rig's range; LinkError.
        """
        if current_a == 0.0:
            self._source(_State.ZERO, 0.0, self._options.voltage_max_v)
        else:
            self._source(_State.CURRENT, current_a, voltage_limit_v)

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Source `voltage_v` (V), at most `current_limit_a` (A, a magnitude) either way.

        Raises ValueError where a number is not finite or out of the rig's range; LinkError.
        """
        self._source(_State.VOLTAGE, voltage_v, abs(current_limit_a))

    def _source(self, state: _State, setpoint: float, limit: float) -> None:
        self._commanding()
        if self._lost:
            raise DeviceRefused(self._lost)
        voltage_v, current_a = (setpoint, limit) if state is _State.VOLTAGE else (limit, setpoint)
        require_within(self._options, voltage_v, current_a)
        if not self._sure and (self._changing or self._state is not _State.UNKNOWN):
            self._settle()
        if state is self._state and setpoint == self._setpoint and limit == self._limit:
            return
        if state is not self._state and {self._state, state} != _BY_VOLTAGE:
            self._changing = True
        zero = state is _State.ZERO
        level, most = (0.0, voltage_v) if zero else (voltage_v, abs(current_a))
        change = commands.zero_current(most) if zero else self._by_voltage(level, most)
        self._sure = False
        self._scpi.say(";".join(commands.begin(change, zero=zero) if self._changing else change))
        self._scpi.check("the command")
        self._state, self._setpoint, self._limit = state, setpoint, limit
        self._level, self._most = level, most
        self._sure, self._changing = True, False
        self._on, self._limited = not zero, False

    def _by_voltage(self, voltage_v: float, current_a: float) -> tuple[str, ...]:
        more = self._changing or not current_a <= self._most
        return commands.by_voltage(voltage_v, current_a, more=more)

    def _settle(self) -> None:
        """Ask what the instrument does, and take it for what is known. Raises DeviceRefused where
        it drives no longer as it was told."""
        self._scpi.ready()
        state, found = self._state, self._found()
        must_drive = state in _BY_VOLTAGE and not self._changing
        if must_drive and not (found.on and found.by_voltage):
            found = self._found()  # asked twice: one damaged answer is no loss
        if must_drive and not (found.on and found.by_voltage):
            what = "off" if not found.on else "sourcing current"
            self._lost = (
                f"potentiostat: it was told to drive the cell and is found {what}: reset, or "
                "switched by somebody else. It is not switched on again; look who else uses it, "
                "and at its supply"
            )
            raise DeviceRefused(self._lost)
        if state is not _State.UNKNOWN and not found.on and not found.isolates:
            self.configure()  # reset: an output that is off would short the cell
            return
        if not (self._does(found) and found.keeps(self._level, self._most)):
            self._take_for_known(found)
        self._sure, self._changing = True, False

    def _does(self, found: codec.Found) -> bool:
        """Whether it is in the state that it was told, level and limit aside."""
        if self._state in _BY_VOLTAGE:
            return found.on and found.by_voltage
        if self._state is _State.ZERO:
            return found.on and not found.by_voltage and found.level == 0.0
        return self._state is _State.OPEN and not found.on

    def _take_for_known(self, found: codec.Found) -> None:
        """What it is found to do is what it does; what it was told is to be said again."""
        if not found.on:
            self._state = _State.OPEN
        elif found.by_voltage:
            self._state = self._state if self._state in _BY_VOLTAGE else _State.VOLTAGE
        else:
            rests = found.level == 0.0 and self._options.open_by == "zero_current"
            self._state = _State.ZERO if rests else _State.UNKNOWN
        self._level, self._most = found.level, found.limit
        self._setpoint = self._limit = _NAN

    def _found(self) -> codec.Found:
        with self._scpi.understanding():
            return codec.found(self._scpi.ask)

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
        if self._lost:
            raise DeviceRefused(self._lost)
        if not self._sure:
            self._settle()
        if self._state in _BY_VOLTAGE or self._state is _State.ZERO:
            return self._driven()
        return self._opened()

    def _opened(self) -> CellReading:
        """Behind the open relay: the output must be off. If it is on, what flows is read."""
        if not self._switched(b":OUTP?\n"):
            return self._reading(_NAN, 0.0, False)
        return self._understood(self._scpi.ask(_READ_UNIT))._replace(on=True)

    def _driven(self) -> CellReading:
        source, measured, _ = self._scpi.numbers(self._scpi.ask(_READ), 3)
        driven = self._state is not _State.ZERO
        self._require_measurable(*((source, measured) if driven else (measured, source)))
        link = self._scpi.link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        if driven:
            self._watch_limit(source, measured)
        if self._reads % self._options.clear_every == 0:
            self._scpi.say(_CLEAR)
        if driven:
            source, measured = measured, source
        on = driven and self._on
        if driven and not on:
            measured = _NAN  # what the terminals of an open relay have is not the cell's
        return CellReading(measured, source, on, self._limited, t_ns, uncertainty_ns)

    def _watch_limit(self, voltage_v: float, current_a: float) -> None:
        """Ask for the limit flag now and then, and at once where the source is off its setpoint."""
        found, setpoint = self._accuracy, self._setpoint
        currents = self._state is _State.CURRENT
        if currents:
            off, most = current_a - setpoint, found.current_a + found.current_share * abs(setpoint)
        else:
            off, most = voltage_v - setpoint, found.voltage_v
        astray = not abs(off) <= most
        if astray or self._limited or self._reads % self._options.limit_every == 0:
            on, _, tripped = self._scpi.ask(_ON_AND_TRIPPED).partition(";")
            with self._scpi.understanding():
                self._on = codec.switch(on)  # somebody else may have switched it
                self._limited = codec.switch(tripped) is not currents

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
        if self._reads % self._options.limit_every == 0 or self._fetched is None:
            self._on = self._switched(b":OUTP?\n")
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
            return codec.switch(self._scpi.ask(query))


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
