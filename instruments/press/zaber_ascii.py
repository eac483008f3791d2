"""A screw press on a Zaber actuator or stage, by Zaber's ASCII protocol.

Rules: a count of the press is a microstep (`get resolution` of them a full step), as `get pos` has
it. Every message has a number and a check sum; `configure` switches the check sums of replies on
where they are off, once: settings are kept in flash, and nothing else is ever set. A read asks for
the position, whose reply also says whether it moves and what it warns of, and in turns for a limit
sensor. The home sensor is the end towards release, the away sensor that towards load.

A device that was without power does not know where it stands and says so (WR): it reports a fault
from then on and takes no command but to stop, until it was homed with its own tool and a run begins
anew; it is never homed here, since that moves. So is one with a fault (flags that begin with F,
such as a stall), which stays until it is cleared with `warnings clear`. A reply shows only the
gravest flag, which may hide one of these: where it shows another, all of them are asked for.

Stopping is `stop`, which decelerates as it is set up; the motor holds with its hold current.
There is no watchdog in the protocol: when the host falls silent a move goes on to its end. Let the
rig's travel end, and the device's own `limit.max`, where nothing is harmed.

Source and marks: as in `instruments.codecs.zaber_ascii`; settings `pos`, `deviceid`,
`system.serial`, `version`, `comm.checksum`: same manual. [B] `limit.home.state` and
`limit.away.state` of every actuator with these sensors.
"""

import math
from itertools import count
from typing import Annotated

from msgspec import Meta

from instruments.codecs import zaber_ascii as codec
from instruments.codecs.lines import Lines
from instruments.model import Model
from instruments.options import LinkOptions, Positive
from instruments.protocols import (
    BadReply,
    Clock,
    DeviceRefused,
    Identity,
    PressReading,
    Transport,
)
from instruments.transport.link import Link

QUIET_NS = 5_000_000
FURTHEST = 2**31 - 1
DEVICE = 0  # the "axis" of settings of the whole device
_NAN = math.nan


class ZaberAsciiOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a Zaber device."""

    um_per_count: Positive  # stack displacement of one microstep
    unit: Annotated[int, Meta(ge=1, le=99)] = 1  # number of the device in its chain
    axis: Annotated[int, Meta(ge=1, le=9)] = 1
    limits: bool = True  # whether it has both limit sensors, and they are asked in turns


def when_silent(options: ZaberAsciiOptions) -> str:
    """What the press does once nothing is heard of the host again."""
    del options
    return "a move goes on to its end, and the motor holds there"


class ZaberAscii:
    """`Press` on one axis of a Zaber device."""

    def __init__(self, transport: Transport, clock: Clock, options: ZaberAsciiOptions) -> None:
        self._options = options
        self._link = Link(
            transport, clock, options.deadline_ns, options.latency_ns, "press (Zaber)"
        )
        self._lines = Lines(end=codec.END)
        self._messages = count()
        self._checked = False  # replies must have a check sum
        self._ends = {"home": False, "away": False}
        self._reads = 0
        self._lost = ""

    def identify(self) -> Identity:
        """Number of its type, serial number and firmware. Raises LinkError."""
        kind, serial, firmware = (
            self._ask(f"get {setting}", DEVICE).data
            for setting in ("deviceid", "system.serial", "version")
        )
        return Identity(f"Zaber {kind}", serial, firmware)

    def configure(self) -> None:
        """See that it knows where it stands and has no fault; check sums of replies on. Moves
        nothing. Raises LinkError; DeviceRefused with what to do first."""
        self._lost = ""
        if self._ask("get comm.checksum", DEVICE).data != "1":
            self._ask("set comm.checksum 1", DEVICE)
        self._checked = True
        fault = self._fault(self._ask(""))
        if fault:
            raise DeviceRefused(f"press: it {_words(fault)}")

    def move_to(self, position_um: float) -> None:
        """Begin to move. Raises ValueError where it is no number; LinkError; DeviceRefused beyond
        the device's own limits, and once it has lost its position or has a fault."""
        if self._lost:
            raise DeviceRefused(self._lost)
        if not math.isfinite(position_um):
            raise ValueError(f"press position {position_um} µm is not a number")
        counts = round(position_um / self._options.um_per_count)
        if abs(counts) > FURTHEST:
            raise DeviceRefused(f"press: {position_um:g} µm are {counts} microsteps: too many")
        self._ask(f"move abs {counts}")

    def stop(self) -> None:
        """Decelerate and hold; sent first, whatever the line's state is. Raises LinkError."""
        if not self._link.in_step:
            self._link.send(self._command("stop", self._options.axis)[0])
        self._ask("stop")

    def read(self) -> PressReading:
        """Position, all warnings where one is shown, and in turns a limit sensor. Raises
        LinkError."""
        found = self._ask("get pos")
        link = self._link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        self._judge(found)
        position = _number(found.data)
        if self._options.limits:
            name = ("home", "away")[self._reads % 2]
            self._ends[name] = _number(self._ask(f"get limit.{name}.state").data) != 0
        self._reads += 1
        return PressReading(
            position,
            self._lost != "",
            self._ends["home"],
            self._ends["away"],
            _NAN,
            t_ns,
            uncertainty_ns,
        )

    def moving(self) -> bool:
        """Whether the axis is busy. Raises LinkError."""
        return self._ask("").busy

    def verify(self) -> None:
        """See that it still knows where it stands. Raises LinkError."""
        self._judge(self._ask(""))

    def _judge(self, found: codec.Reply) -> None:
        fault = self._fault(found)
        if fault:
            self._lost = f"press: it {_words(fault)}"

    def _fault(self, found: codec.Reply) -> str:
        """The first flag that is a fault; '' where none is. Raises LinkError."""
        shown = found.warning
        if shown == codec.NO_WARNING:
            return ""
        flags = (shown,) if _is_fault(shown) else codec.flags(self._ask("warnings").data)
        return next(filter(_is_fault, flags), "")

    def _ask(self, text: str, axis: int | None = None) -> codec.Reply:
        """The reply to a command. Raises LinkError; DeviceRefused where it is rejected."""
        if not self._link.in_step:
            self._link.drain_until_quiet(QUIET_NS)
            self._lines.reset()
        line, wanted = self._command(text, self._options.axis if axis is None else axis)
        found = self._link.exchange(line, lambda chunk: self._take(chunk, wanted))
        if not found.ok:
            raise DeviceRefused(
                f"press: the device rejects {text!r}: {found.data}; check the rig's travel, the "
                "device's limits (limit.min, limit.max) and its axis"
            )
        return found

    def _command(self, text: str, axis: int) -> tuple[bytes, tuple[int, int, int]]:
        """A line, and the device, axis and number of the reply to it."""
        wanted = (self._options.unit, axis, next(self._messages) % codec.MESSAGES)
        return codec.command(*wanted, text), wanted

    def _take(self, chunk: bytes, wanted: tuple[int, int, int]) -> codec.Reply | None:
        """The reply that is wanted; alerts, and replies of others or of before, are passed over."""
        for line in self._lines.feed(chunk):
            found = codec.reply(line)
            if found is None or (found.device, found.axis, found.message) != wanted:
                continue
            if self._checked and not found.checked:
                raise BadReply("press: a reply without its check sum")
            return found
        return None


def _number(data: str) -> int:
    """Raises BadReply."""
    try:
        return int(data)
    except ValueError:
        raise BadReply(f"press: no whole number: {data[:40]!r}") from None


def _is_fault(warning: str) -> bool:
    """Whether a flag means that the axis does not go where it is commanded."""
    return warning.startswith("F") or warning in (codec.NO_REFERENCE, codec.LIMIT)


def _words(warning: str) -> str:
    if warning == codec.NO_REFERENCE:
        return (
            "does not know where it stands (WR): it was without power. Unload it by hand, home it "
            "with its own tool while the stack is free, and start anew"
        )
    return (
        f"warns of {warning}: a fault, a stall or a limit sensor. Look at the device, clear it "
        "with its own tool ('warnings clear'), and start anew"
    )


MODEL = Model(
    "press",
    "zaber-ascii",
    ZaberAsciiOptions,
    ZaberAscii,
    "instruments.emulators.zaber_ascii:ZaberAsciiEmulator",
    when_silent,
    kinds=("serial", "tcp"),
    unit="unit",
)
