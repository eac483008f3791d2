"""A source-measure unit as a potentiostat: what it is commanded, and how it is found to do it.

Rules, for every model of this kind: positive current charges. A current is made by the voltage
source, which stands at the voltage at which the cell is to stop, with the current as its limit:
the limit of voltage of a current source is a magnitude, and would take a cell down to minus
itself. The output goes off before the source function changes, which it does only between rest and
drive. A command that says what was said already is not sent again. After one that failed the
instrument is asked what it does, and only what differs is sent: a source that works is never
switched off and on again. One that is found off, or at another function, was reset or switched by
somebody else, and is not switched on before `open_circuit` has set it up anew. A set-up that was
begun and not finished has left the instrument as after a reset, whose output shorts the cell when
off: it is begun again by whatever comes next, and nothing is driven before.

What differs from model to model is its `Dialect`, and how it is read.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol

from instruments.codecs.source_meter import Found
from instruments.potentiostat.rig_range import require_within
from instruments.protocols import Clock, DeviceRefused, Identity, Transport, WrongDevice
from instruments.transport.lines import Hello
from instruments.transport.scpi import LANGUAGE, ScpiLink

RESET_NS = 1_000_000_000  # `*RST` can take 0.3 s
HALF_SET_UP = (
    "potentiostat: its set-up was begun and not finished. It is not switched on before it has been "
    "set up whole; look at its cable and supply"
)
_NAN = math.nan


class SetUp(Enum):
    """How far the instrument was set up here."""

    NOT_BEGUN = 0
    BEGUN = 1  # and not known to be finished
    DONE = 2


class State(Enum):
    """What the instrument was last told to be."""

    UNKNOWN = 0
    OPEN = 1
    ZERO = 2
    CURRENT = 3  # by the voltage source at its current limit
    VOLTAGE = 4


BY_VOLTAGE = {State.CURRENT, State.VOLTAGE}


class Dialect(NamedTuple):
    """What a model is told, as SCPI lines."""

    models: tuple[str, ...]  # how its name in `*IDN?` begins
    reset: bytes  # is answered once it is done
    # after the reset; of power-line cycles a reading, and the terminals
    set_up: Callable[[float, str], tuple[str, ...]]
    off: str  # output off and at high impedance
    begin: Callable[[tuple[str, ...], bool], tuple[str, ...]]  # another function; that of 0 A
    zero_current: Callable[[float], tuple[str, ...]]  # at most so many V
    by_voltage: Callable[[float, float, bool], tuple[str, ...]]  # V, limit in A, which becomes more
    found: Callable[[Callable[[bytes], str]], Found]
    hello: Hello = LANGUAGE


class SourceMeterOptions(Protocol):
    """What the options of every model say."""

    @property
    def open_by(self) -> str:
        """`relay` or `zero_current`."""
        ...

    @property
    def voltage_max_v(self) -> float:
        """Limit at rest, and the largest that is accepted, V."""
        ...

    @property
    def current_range_a(self) -> float:
        """The largest current that is accepted, A."""
        ...

    @property
    def terminals(self) -> str:
        """Where the cell is wired: `front` or `rear`."""
        ...

    @property
    def nplc(self) -> float:
        """Integration time, power-line cycles."""
        ...

    @property
    def deadline_ns(self) -> int:
        """Of one whole answer, ns."""
        ...

    @property
    def latency_ns(self) -> int:
        """Age of a value, ns."""
        ...


class SourceMeter:
    """Commands of a `Potentiostat`; a model adds how it is read."""

    def __init__(
        self, transport: Transport, clock: Clock, options: SourceMeterOptions, dialect: Dialect
    ) -> None:
        self._rig = options
        self._dialect = dialect
        self._scpi = ScpiLink(
            transport, clock, options.deadline_ns, options.latency_ns, "potentiostat", dialect.hello
        )
        self._forget()
        self._set_up = SetUp.NOT_BEGUN
        self._limited = False
        self._on = False  # what the output was last seen to be

    def _forget(self) -> None:
        self._state = State.UNKNOWN
        self._setpoint = self._limit = _NAN
        self._level = self._most = _NAN  # of the source as commanded, in its own function
        self._sure = False  # every command arrived, and the link was not opened again since
        self._changing = False  # another function was begun, and it is not known whether it was
        self._lost = ""  # how the source was found not to do what was commanded

    # ---- identity and set-up ----------------------------------------------------------------

    def identify(self) -> Identity:
        """Maker's answer to `*IDN?`. Raises WrongDevice where it is not of this family."""
        self._scpi.ready()
        fields = [field.strip() for field in self._scpi.ask(b"*IDN?\n").split(",")]
        models = self._dialect.models
        if len(fields) != 4 or not fields[1].removeprefix("MODEL ").startswith(models):
            raise WrongDevice(
                f"potentiostat: a Keithley {', '.join(models)} was expected, "
                f"{','.join(fields)[:80]!r} answers; check the address"
            )
        return Identity(fields[1].removeprefix("MODEL "), fields[2], fields[3])

    def configure(self) -> None:
        """Set up with the output off and at high impedance. The reset chooses the front terminals,
        so the rig's are said.

        Raises DeviceRefused with the instrument's own error; WrongDevice where it speaks TSP.
        """
        self._scpi.link.in_step = False
        self._scpi.ready()
        self._forget()
        self._set_up = SetUp.BEGUN
        self._scpi.ask(self._dialect.reset, RESET_NS)
        for line in self._dialect.set_up(self._rig.nplc, self._rig.terminals):
            self._scpi.say(line)
        self._scpi.check("set-up")
        self._set_up = SetUp.DONE
        self._state, self._sure = State.OPEN, True

    def verify(self) -> None:
        """Ask what the instrument does. Raises LinkError; what was lost is told by `read`."""
        self._scpi.ready()
        self._sure = False
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
        if self._lost or self._set_up is SetUp.BEGUN:
            self._scpi.say(self._dialect.off)
            self.configure()
        if self._rig.open_by == "zero_current":
            self._source(State.ZERO, 0.0, self._rig.voltage_max_v)
            return
        self.switch_off()

    def switch_off(self) -> None:
        """Open the output relay, whatever `open_by` says. Raises LinkError."""
        self._commanding()
        self._forget()
        self._scpi.say(self._dialect.off)
        self._state, self._sure = State.OPEN, self._set_up is not SetUp.BEGUN

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive `current_a` (A, positive charges) until the cell is at `voltage_limit_v` (V), and
        stay there. No current is 0 A sourced, as at rest.

        Raises ValueError where a number is not finite or out of the rig's range; LinkError.
        """
        if current_a == 0.0:
            self._source(State.ZERO, 0.0, self._rig.voltage_max_v)
        else:
            self._source(State.CURRENT, current_a, voltage_limit_v)

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Source `voltage_v` (V), at most `current_limit_a` (A, a magnitude) either way.

        Raises ValueError where a number is not finite or out of the rig's range; LinkError.
        """
        self._source(State.VOLTAGE, voltage_v, abs(current_limit_a))

    def _source(self, state: State, setpoint: float, limit: float) -> None:
        self._commanding()
        self._require_kept()
        if self._set_up is SetUp.BEGUN:
            raise DeviceRefused(HALF_SET_UP)
        voltage_v, current_a = (setpoint, limit) if state is State.VOLTAGE else (limit, setpoint)
        require_within(self._rig, voltage_v, current_a)
        if not self._sure and (self._changing or self._state is not State.UNKNOWN):
            self._settle()
        if state is self._state and setpoint == self._setpoint and limit == self._limit:
            return
        if state is not self._state and {self._state, state} != BY_VOLTAGE:
            self._changing = True
        zero = state is State.ZERO
        level, most = (0.0, voltage_v) if zero else (voltage_v, abs(current_a))
        change = self._dialect.zero_current(most) if zero else self._by_voltage(level, most)
        self._sure = False
        self._scpi.say(";".join(self._dialect.begin(change, zero) if self._changing else change))
        self._scpi.check("the command")
        self._state, self._setpoint, self._limit = state, setpoint, limit
        self._level, self._most = level, most
        self._sure, self._changing = True, False
        self._on, self._limited = not zero, False

    def _by_voltage(self, voltage_v: float, current_a: float) -> tuple[str, ...]:
        more = self._changing or not current_a <= self._most
        return self._dialect.by_voltage(voltage_v, current_a, more)

    def _settle(self) -> None:
        """Ask what the instrument does, and take it for what is known; finish a set-up. Raises
        DeviceRefused where it drives no longer as commanded."""
        if self._set_up is SetUp.BEGUN:
            self.configure()
            return
        self._scpi.ready()
        state, found = self._state, self._found()
        must_drive = state in BY_VOLTAGE and not self._changing
        if must_drive and not (found.on and found.by_voltage):
            found = self._found()  # asked twice: one damaged answer is no loss
        if must_drive and not (found.on and found.by_voltage):
            what = "off" if not found.on else "sourcing current"
            self._lost = (
                f"potentiostat: it was commanded to drive the cell and is found {what}: reset, or "
                "switched by somebody else. It is not switched on again; look who else uses it, "
                "and at its supply"
            )
            raise DeviceRefused(self._lost)
        is_ours = self._set_up is SetUp.DONE or state is not State.UNKNOWN
        if is_ours and not found.on and not found.isolates:
            self.configure()  # reset: an output that is off would short the cell
            return
        if not (self._does(found) and found.keeps(self._level, self._most)):
            self._take_for_known(found)
        self._sure, self._changing = True, False

    def _does(self, found: Found) -> bool:
        """Whether it is in the state that it was told, level and limit aside."""
        if self._state in BY_VOLTAGE:
            return found.on and found.by_voltage
        if self._state is State.ZERO:
            return found.on and not found.by_voltage and found.level == 0.0
        return self._state is State.OPEN and not found.on

    def _take_for_known(self, found: Found) -> None:
        """What it is found to do is what it does; what was commanded is to be said again."""
        if not found.on:
            self._state = State.OPEN
        elif found.by_voltage:
            self._state = self._state if self._state in BY_VOLTAGE else State.VOLTAGE
        else:
            rests = found.level == 0.0 and self._rig.open_by == "zero_current"
            self._state = State.ZERO if rests else State.UNKNOWN
        self._level, self._most = found.level, found.limit
        self._setpoint = self._limit = _NAN

    def _found(self) -> Found:
        with self._scpi.understanding():
            return self._dialect.found(self._scpi.ask)

    def _commanding(self) -> None:
        """Raises DeviceRefused where nothing may be commanded."""

    def _require_kept(self) -> None:
        """Raises DeviceRefused once it was found not to do what was commanded."""
        if self._lost:
            raise DeviceRefused(self._lost)
