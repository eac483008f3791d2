"""What a load cell, a press and a potentiostat are to isostack, and how their links fail.

Drivers are blocking, know no thread, and speak through a `Transport`. Emulators are the other
side of the same wire: bytes and a time in, bytes out. What an emulator measures and moves is a
`*Plant`, a small Protocol that the twin (or a test) implements. Times are monotonic nanoseconds.
"""

import math
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple, Protocol, runtime_checkable

Clock = Callable[[], int]  # monotonic nanoseconds


class LinkError(Exception):
    """The link failed: nothing, too little, too late or rubbish came back. Try again."""


class LinkGone(LinkError):
    """The port itself is gone: unplugged, or closed by the other end. It must be opened again."""


class ReplyTimeout(LinkError):
    """No whole reply before the deadline."""


class BadReply(LinkError):
    """A reply came that is damaged, or answers something else."""


class DeviceRefused(LinkError):
    """The instrument understood and refused; the message says with which code."""


class WrongDevice(LinkError):
    """Something else answers at this address."""


class BeginsAnew(LinkError):
    """A file that is followed begins anew: what was read of it before is over."""

    def __init__(self, text: str, *, replaced: bool) -> None:
        """`replaced`: by another file; else the same one was cut short or written again."""
        super().__init__(text)
        self.replaced = replaced


class Identity(NamedTuple):
    """What a device says it is; '' where the protocol has no such thing."""

    model: str
    serial: str
    firmware: str


class ForceReading(NamedTuple):
    """Raw counts of all load cells on one port."""

    counts: tuple[int, ...]
    fault: bool  # a cell reports no signal or a converter error: its counts are no force
    t_ns: int  # middle of the exchange minus the declared latency
    uncertainty_ns: int
    over: bool = False  # a cell reports that it is beyond its range


class PressReading(NamedTuple):
    """Where the press stands."""

    position: int  # drive counts
    fault: bool
    end_low: bool
    end_high: bool
    temperature_c: float  # NaN where not wired or not read this time
    t_ns: int
    uncertainty_ns: int


class MeterReading(NamedTuple):
    """What a thermometer or a displacement gauge shows."""

    value: float  # °C or µm
    t_ns: int
    uncertainty_ns: int


class CellReading(NamedTuple):
    """Voltage and current of the electrochemical cell; positive current charges it."""

    voltage_v: float
    current_a: float
    on: bool
    limited: bool  # at the voltage or current limit
    t_ns: int
    uncertainty_ns: int
    absent: bool = False  # nothing has been read yet; no value is one


class Notice(IntEnum):
    """What became of the source that a driver follows."""

    FOUND = 1  # its form is known; value: number of the form
    STOPPED = 2  # nothing new; value: seconds
    GOES_ON = 3  # value: seconds without
    REPLACED = 4  # another file follows; value: seconds since the last row
    CUT_SHORT = 5  # the same file, begun again; value: seconds since the last row
    BACK_IN_TIME = 6  # a row's time is before the last one's; value: seconds
    AHEAD_IN_TIME = 7  # a row's time is in the future; value: seconds
    UNREADABLE = 8  # no columns that are known; value: lines that were tried
    THINNED = 9  # rows that came at once and were left out; value: how many
    LATE = 10  # in the middle (p50) of the last rows; value: seconds
    LATE_AT_MOST = 11  # the same, at most


class Noticed(NamedTuple):
    """One `Notice` and its value."""

    notice: Notice
    value: float


class Accuracy(NamedTuple):
    """Most that a reading is off what was commanded, of a healthy potentiostat."""

    current_share: float  # of the current
    current_a: float  # beside that, and at open circuit
    voltage_v: float


class Sweep(NamedTuple):
    """A spectrum that is to be measured, about the potential at which the cell rests."""

    start_hz: float
    end_hz: float
    points: int  # spaced evenly in the logarithm of the frequency, both ends counted
    amplitude: float  # of the potential, V, or of the current, A; as the instrument counts it
    galvanostatic: bool = False  # about 0 A, by a current


class SweepPoint(NamedTuple):
    """One point of a spectrum, or its end, in the order in which they come."""

    sweep: int  # number that the measurement was given
    point: int  # from 1; 0: the sweep is over
    frequency_hz: float = math.nan
    real_ohm: float = math.nan
    imaginary_ohm: float = math.nan  # negative where the cell is capacitive
    doubtful: bool = False  # damaged, without a value, or measured in overload


class Transport(Protocol):
    """Bytes and deadlines. `read` returns what has come, at most `size`, or b'' at the deadline."""

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError."""
        ...

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkError."""
        ...

    def drain(self) -> None:
        """Throw away what has come unasked; cheap."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


class Handle(Protocol):
    """What a model opens by itself: a vendor's session, or a `Transport`."""

    def close(self) -> None:
        """Let go of it; never fails."""
        ...


class LoadCell(Protocol):
    """One port with one or more load cells."""

    def identify(self) -> Identity:
        """Ask what it is. Raises WrongDevice, LinkError."""
        ...

    def read(self) -> ForceReading:
        """All load cells, once. Raises LinkError."""
        ...

    def verify(self) -> None:
        """Read the set-up back, as after the link was opened again. Raises LinkError."""
        ...


class Press(Protocol):
    """A position-commanded press."""

    def identify(self) -> Identity:
        """Ask what it is. Raises WrongDevice, LinkError."""
        ...

    def configure(self) -> None:
        """Set up for a run; moves nothing, the cell stays open. Raises LinkError."""
        ...

    def move_to(self, position_um: float) -> None:
        """Begin to move to a position, µm of stack displacement. Raises LinkError."""
        ...

    def stop(self) -> None:
        """Stop the drive and hold where it stands."""
        ...

    def read(self) -> PressReading:
        """Where it stands. Raises LinkError."""
        ...

    def moving(self) -> bool:
        """Whether the drive turns, by its own speed. Raises LinkError."""
        ...

    def verify(self) -> None:
        """Read the settings back, as after the link was opened again. Raises LinkError.

        A drive that lost them was reset, and its position with them: from then on `read` reports a
        fault and `move_to` is refused. Nothing is written, so that it can be seen again.
        """
        ...


class Potentiostat(Protocol):
    """A source that charges, discharges and opens the cell. Modes: `fixture.core` CellMode."""

    def identify(self) -> Identity:
        """Ask what it is. Raises WrongDevice, LinkError."""
        ...

    def configure(self) -> None:
        """Set up for a run; moves nothing, the cell stays open. Raises LinkError."""
        ...

    def open_circuit(self) -> None:
        """Let no current flow, as the rig wants it at rest."""
        ...

    def switch_off(self) -> None:
        """Part the cell from the source, however the rig rests: the source is not trusted."""
        ...

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A; positive charges. The cell stops by itself at `voltage_limit_v`, also
        if nothing is heard of us again: a charge goes up to it, a discharge down to it."""
        ...

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to a voltage, V, with at most this current, A."""
        ...

    def read(self) -> CellReading:
        """Voltage and current, once. Raises LinkError."""
        ...

    def verify(self) -> None:
        """Read output, function and levels back, as after the link was opened again.

        A source that no longer does what was commanded is not switched on again: from then on all
        but `open_circuit` is refused, and that sets the instrument up anew. Raises LinkError.
        """
        ...


@runtime_checkable
class Configurable(Protocol):
    """What is set up for a run: load cells too, where their box has settings."""

    def configure(self) -> None:
        """Set up; moves nothing. Raises LinkError."""
        ...


@runtime_checkable
class Followed(Protocol):
    """A potentiostat of another program, whose circuit a line of ours can open."""

    def follow(self) -> None:
        """Leave the cell to the other program. Raises LinkError."""
        ...


@runtime_checkable
class MeasuresImpedance(Protocol):
    """A potentiostat that measures spectra by itself."""

    def measure_impedance(self, number: int, sweep: Sweep) -> None:
        """Begin to measure a spectrum of the cell at rest; the number tells it from others, so that
        the same one again changes nothing. Once it is over the cell is at open circuit, also if
        nothing is heard of us again. Any other command ends it. Raises LinkError."""
        ...

    def sweep_points(self) -> tuple[SweepPoint, ...]:
        """What `read` has found of it since the last call: points in order, then its end."""
        ...


@runtime_checkable
class Noticing(Protocol):
    """A driver that follows what is not its own, and says what becomes of it."""

    def notices(self) -> tuple[Noticed, ...]:
        """What was noticed since the last call."""
        ...


class Emulator(Protocol):
    """A byte-level instrument: bytes in at a time, bytes out."""

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Take in bytes that arrive at `t_ns`; the answer, or b"" for none."""
        ...


@runtime_checkable
class Unasked(Protocol):
    """An emulator that also speaks without being asked, each `period_ns`."""

    period_ns: int

    def unasked(self, t_ns: int) -> bytes:
        """What it has said up to `t_ns`, and was not given yet."""
        ...


@runtime_checkable
class Slow(Protocol):
    """An emulator whose instrument works for a while before it answers and hears again."""

    @property
    def took_ns(self) -> int:
        """How long, beyond the line's time, for what it was last given, ns."""
        ...


@runtime_checkable
class Parting(Protocol):
    """An emulator on a line whose frames are parted by silence: so it knows that a request ends."""

    silence_ns: int


class ForcePlant(Protocol):
    """What emulated load cells stand under."""

    def force_n(self, cell: int) -> float:
        """Force at load cell `cell` (from 0) as its bridge gives it, N: noise, creep and drift
        included; quantising is the instrument's."""
        ...


class PressPlant(Protocol):
    """What an emulated drive turns. Positions are drive counts."""

    def move_to(self, counts: int) -> None:
        """Begin to move to a position."""
        ...

    def stop(self) -> None:
        """Stop the drive and hold where it stands."""
        ...

    def position(self) -> int:
        """Where the drive stands."""
        ...

    def target(self) -> int:
        """Where it is going."""
        ...

    def moving(self) -> bool:
        """Whether it is on its way."""
        ...

    def end_low(self) -> bool:
        """Whether the end switch towards release is reached."""
        ...

    def end_high(self) -> bool:
        """Whether the end switch towards load is reached."""
        ...

    def temperature_c(self) -> float:
        """What a thermometer on the stack says, °C."""
        ...


class CellPlant(Protocol):
    """What an emulated potentiostat is wired to."""

    def open_circuit(self) -> None:
        """Let no current flow."""
        ...

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A; positive charges; at most this voltage, V."""
        ...

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to a voltage, V, with at most this current, A."""
        ...

    def voltage_v(self) -> float:
        """Voltage at the terminals, V."""
        ...

    def current_a(self) -> float:
        """Current, A; positive charges."""
        ...

    def limited(self) -> bool:
        """Whether the source is at its voltage or current limit."""
        ...


@runtime_checkable
class ImpedancePlant(Protocol):
    """A cell of which an emulated potentiostat can measure spectra."""

    def impedance_ohm(self, frequency_hz: float) -> complex:
        """Small-signal impedance at the terminals as the cell is now, ohm."""
        ...
