"""A simple press that a file describes: go to a position or force, stop, where it is.

Rules: every read asks for the position; one of the slower questions (end switches, fault, `keeps`)
takes its turn beside it. A value of `keeps` that is another one twice means that the instrument was
reset, and its position is lost: `read` reports a fault and `move_to` is refused from then on, until
`configure`. A press without `keeps` does not show a reset. What it does when nothing is heard of us
is not known here: the description has to say it (`when_silent`), and where it does not stop by
itself the rig needs hardware that stops it.
"""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta

from instruments.codecs.template import MOST_COUNTS, counted
from instruments.loadcell.channels import Name
from instruments.options import LinkOptions, OptionError, Positive
from instruments.protocols import BadReply, DeviceRefused, Identity, PressReading
from instruments.transport.span import Timed

FLAGS = ("end_low", "end_high", "fault")
Flag = Callable[[], bool]


class DescribedPressOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of them share.

    um_per_count: µm of stack displacement of one count, or of a press that takes a force, what that
    force is on the nominal stiffness. count: what one count is in the numbers on the wire; negative
    where larger ones press less. when_silent: what the press does when the host is gone, in words.
    """

    um_per_count: Positive
    when_silent: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Name = ""
    about: str = ""
    count: float = 1.0

    def __post_init__(self) -> None:
        """Raises OptionError."""
        if not math.isfinite(self.count) or not self.count:
            raise OptionError("count", "what one count is cannot be 0; write 1 for whole counts")


class Kept(NamedTuple):
    """A setting that must stay as it was set: how it is read, and what it must be."""

    what: str
    read: Callable[[], str]
    wanted: str


class PressWire(Protocol):
    """How a described press is spoken to. Values are as on the wire."""

    flags: Mapping[str, Flag]  # of FLAGS, those that there are
    kept: tuple[Kept, ...]

    def identify(self) -> Identity:
        """Ask what it is. Raises LinkError."""
        ...

    def set_up(self) -> None:
        """Write the settings; moves nothing. Raises LinkError."""
        ...

    def move(self, counts: int) -> None:
        """Begin to move to so many counts. Raises LinkError."""
        ...

    def stop(self) -> None:
        """Stop, whatever the line's state is. Raises LinkError."""
        ...

    def position(self) -> float:
        """Where it is. Raises LinkError."""
        ...

    def moving(self) -> bool:
        """Whether it moves. Raises LinkError."""
        ...


class DescribedPress:
    """`Press` over one of the wires."""

    def __init__(self, wire: PressWire, link: Timed, options: DescribedPressOptions) -> None:
        self._wire = wire
        self._link = link
        self._options = options
        self._known: dict[str, bool] = dict.fromkeys(FLAGS, False)
        self._turns: list[Callable[[], None]] = [
            lambda name=name: self._flag(name) for name in wire.flags
        ]
        self._kept_turns: list[Callable[[], None]] = [
            lambda one=one: self._compare(one) for one in wire.kept
        ]
        self._asked_all = False
        self._watched = False
        self._turn = 0
        self._lost = ""

    def identify(self) -> Identity:
        """Ask what it is. Raises LinkError."""
        return self._wire.identify()

    def configure(self) -> None:
        """Stop, write the settings, and read them back. Raises LinkError; BadReply where the
        instrument keeps another value."""
        self._lost = ""
        self._wire.stop()
        self._wire.set_up()
        for one in self._wire.kept:
            found = one.read()
            if found != one.wanted:
                raise BadReply(
                    f"{self._options.name}: {one.what} is {found} after it was set up, and 'keeps' "
                    f"says {one.wanted}; correct the description"
                )
        self._watched = True

    def move_to(self, position_um: float) -> None:
        """Go to an absolute position, µm. Raises ValueError where no 32 bits hold it; LinkError;
        DeviceRefused where the instrument was reset."""
        if self._lost:
            raise DeviceRefused(self._lost)
        counts = position_um / self._options.um_per_count
        if not abs(counts) <= MOST_COUNTS:
            raise ValueError(f"press position {position_um} µm is beyond 32 bits of counts")
        self._wire.move(round(counts))

    def stop(self) -> None:
        """Stop, and hold. Raises LinkError."""
        self._wire.stop()

    def read(self) -> PressReading:
        """Position and the newest flags; the time is the position's. Raises LinkError."""
        value = self._wire.position()
        t_ns, uncertainty_ns = self._link.t_ns, self._link.uncertainty_ns
        counts = counted(value, self._options.count, f"{self._options.name}: position")
        self._poll()
        known = self._known
        return PressReading(
            counts,
            known["fault"] or self._lost != "",
            known["end_low"],
            known["end_high"],
            math.nan,
            t_ns,
            uncertainty_ns,
        )

    def moving(self) -> bool:
        """Whether it moves, as it says itself. Raises LinkError."""
        return self._wire.moving()

    def verify(self) -> None:
        """Read the settings back; where one is another, the instrument was reset. LinkError."""
        self._watched = True
        self._asked_all = False
        for turn in self._kept_turns:
            turn()

    def _poll(self) -> None:
        """One slow question; all flags while they are not known."""
        if not self._asked_all:
            for turn in self._turns:
                turn()
            self._asked_all = True
            return
        turns = self._turns + (self._kept_turns if self._watched else [])
        if turns:
            self._turn = (self._turn + 1) % len(turns)
            turns[self._turn]()

    def _flag(self, name: str) -> None:
        self._known[name] = self._wire.flags[name]()

    def _compare(self, one: Kept) -> None:
        if one.read() == one.wanted:
            return
        found = one.read()
        if found != one.wanted:
            self._lost = (
                f"{self._options.name or 'the press'} was reset: {one.what} is {found}, and was "
                f"{one.wanted}; its position is lost. Unload it by hand and start anew"
            )


def when_silent(options: DescribedPressOptions) -> str:
    """What the description says that the press does once nothing is heard of the host again."""
    return options.when_silent
