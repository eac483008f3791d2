"""A simple press in Modbus registers by a map: target, how it stops, where it is.

Rules as in `instruments.press.described`. A move writes `target`, then each of `go` (a start bit);
a stop writes each of `stop`. Flags are bits of registers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from msgspec import Meta

from instruments.codecs.modbus import FAST_SILENCE_MS
from instruments.model import Model
from instruments.options import Address
from instruments.press.described import (
    FLAGS,
    DescribedPress,
    DescribedPressOptions,
    Flag,
    Kept,
    when_silent,
)
from instruments.protocols import BadReply, Clock, Identity, Transport
from instruments.transport import registers
from instruments.transport.link import Link
from instruments.transport.registers import (
    Bus,
    Framing,
    Number,
    Silence,
    Write,
    check_writes,
    silence_ns,
)

Writes = Annotated[tuple[Write, ...], Meta(max_length=16)]


class ModbusPressOptions(
    DescribedPressOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of a press in registers.

    keeps: registers that `set_up` has written and that must stay so.
    """

    target: Number
    stop: Annotated[tuple[Write, ...], Meta(min_length=1, max_length=16)]
    position: Number
    moving: registers.Flag
    go: Writes = ()
    end_low: registers.Flag | None = None
    end_high: registers.Flag | None = None
    fault: registers.Flag | None = None
    set_up: Writes = ()
    keeps: Writes = ()
    unit: Address = 1
    framing: Framing = "rtu"
    silence_ms: Silence = FAST_SILENCE_MS  # between two frames of RTU; without: by the baud rate

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        for name in ("stop", "go", "set_up", "keeps"):
            check_writes(name, getattr(self, name))


class ModbusPressWire:
    """The registers of a description."""

    def __init__(self, bus: Bus, options: ModbusPressOptions) -> None:
        self._bus = bus
        self._options = options
        self._unit = options.unit
        told = {name: getattr(options, name) for name in FLAGS}
        self.flags: Mapping[str, Flag] = {
            name: partial(bus.is_set, options.unit, flag)
            for name, flag in told.items()
            if flag is not None
        }
        self.kept = tuple([self._kept(one) for one in options.keeps])

    def identify(self) -> Identity:
        """Modbus has no identity: the position is read. Raises LinkError."""
        self.position()
        return Identity(self._options.name or "modbus-map", "", "")

    def set_up(self) -> None:
        """Write the settings. Raises LinkError."""
        self._write(self._options.set_up)

    def move(self, counts: int) -> None:
        """Begin to move to so many counts. Raises LinkError; BadReply where it does not fit."""
        options = self._options
        try:
            self._bus.write(self._unit, options.target, counts * options.count)
        except ValueError as error:
            raise BadReply(str(error)) from None
        self._write(options.go)

    def stop(self) -> None:
        """Stop; sent at once, and again to see that it was taken. Raises LinkError."""
        if not self._bus.in_step:
            for one in self._options.stop:
                self._bus.write_first(self._unit, one.number, one.value)
        self._write(self._options.stop)

    def position(self) -> float:
        """Where it is. Raises LinkError."""
        return self._bus.number(self._unit, self._options.position)

    def moving(self) -> bool:
        """Whether it moves. Raises LinkError."""
        return self._bus.is_set(self._unit, self._options.moving)

    def _write(self, writes: tuple[Write, ...]) -> None:
        for one in writes:
            self._bus.write(self._unit, one.number, one.value)

    def _kept(self, one: Write) -> Kept:
        number = one.number

        def read() -> str:
            return _shown(self._bus.number(self._unit, number))

        wanted = number.value(number.words(one.value))
        return Kept(f"register {one.register}", read, _shown(wanted))


def _shown(value: float) -> str:
    """A number of a register as text that no other number of 32 bits has."""
    return f"{value:.10g}"


def make(transport: Transport, clock: Clock, options: ModbusPressOptions) -> DescribedPress:
    """`Press` by a map of registers."""
    name = options.name or "press (modbus-map)"
    times = (options.deadline_ns, options.latency_ns)
    link = Link(transport, clock, *times, name, silence_ns(options))
    return DescribedPress(ModbusPressWire(Bus(link, options.framing, name), options), link, options)


MODEL: Model[DescribedPress, object] = Model(
    "press",
    "modbus-map",
    ModbusPressOptions,
    make,
    "instruments.emulators.modbus_map:ModbusPressEmulator",
    when_silent,
    kinds=("serial", "tcp"),
    unit="unit",
    framed=True,
)
