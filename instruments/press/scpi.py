"""A simple press that is commanded in lines of text: `MOVE {value}`, `STOP`, `POS?`, `MOVING?`.

Rules as in `instruments.press.described`; what is sent and how the answers look is in the
description. Flags and `moving` are numbers: 0 is no, all else is yes.
"""

from collections.abc import Mapping
from functools import partial

from instruments.codecs.template import printed
from instruments.loadcell.channels import End
from instruments.loadcell.scpi import identity
from instruments.model import Model
from instruments.options import OptionError
from instruments.press.described import (
    FLAGS,
    DescribedPress,
    DescribedPressOptions,
    Flag,
    Kept,
    when_silent,
)
from instruments.protocols import Clock, Identity, Transport
from instruments.transport.asking import Asker, Said, check_said, check_takes
from instruments.transport.link import Link


class ScpiPressOptions(
    DescribedPressOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of a press that is commanded in lines.

    move: has {value}, the position or force, absolute. keeps: questions whose answer, `reply` as it
    stands, must stay as `set_up` has made it.
    """

    move: Said
    stop: Said
    position: Said
    moving: Said
    end_low: Said | None = None
    end_high: Said | None = None
    fault: Said | None = None
    identify: Said | None = None
    set_up: tuple[str, ...] = ()
    keeps: tuple[Said, ...] = ()
    end: End = "lf"

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        check_takes("move", self.move)
        check_said("stop", self.stop)
        for name in ("position", "moving", *FLAGS):
            check_said(name, getattr(self, name), numbers=1)
        check_said("identify", self.identify)
        for line in self.set_up:
            check_said("set_up", Said(say=line))
        for one in self.keeps:
            check_said("keeps", one)
            if not one.reply:
                raise OptionError("keeps", f"{one.say!r} needs the reply that it keeps")


class ScpiPressWire:
    """The questions and commands of a description."""

    def __init__(self, asker: Asker, options: ScpiPressOptions) -> None:
        self._asker = asker
        self._options = options
        told = {name: getattr(options, name) for name in FLAGS}
        self.flags: Mapping[str, Flag] = {
            name: partial(self._is, said) for name, said in told.items() if said is not None
        }
        self.kept = tuple([self._kept(one) for one in options.keeps])

    def identify(self) -> Identity:
        """Ask what it is; without a question for that, where it is. Raises LinkError."""
        options = self._options
        if options.identify is None:
            self.position()
            return Identity(options.name or "scpi", "", "")
        return identity(self._asker, options.identify, options.name or "scpi")

    def set_up(self) -> None:
        """Write the settings. Raises LinkError."""
        for line in self._options.set_up:
            self._asker.ask(Said(say=line))

    def move(self, counts: int) -> None:
        """Begin to move to so many counts. Raises LinkError."""
        self._asker.ask(self._options.move, printed(counts, self._options.count))

    def stop(self) -> None:
        """Stop; sent at once, and asked again where it is answered. Raises LinkError."""
        if not self._asker.in_step:
            self._asker.say_first(self._options.stop)
        self._asker.ask(self._options.stop)

    def position(self) -> float:
        """Where it is. Raises LinkError."""
        return self._asker.numbers(self._options.position)[0]

    def moving(self) -> bool:
        """Whether it moves. Raises LinkError."""
        return self._is(self._options.moving)

    def _is(self, said: Said) -> bool:
        return self._asker.numbers(said)[0] != 0.0

    def _kept(self, said: Said) -> Kept:
        question = Said(say=said.say, reply="{any}")

        def read() -> str:
            return self._asker.ask(question)["any"].strip()

        return Kept(said.say, read, said.reply.strip())


def make(transport: Transport, clock: Clock, options: ScpiPressOptions) -> DescribedPress:
    """`Press` by questions and answers."""
    name = options.name or "press (scpi)"
    link = Link(transport, clock, options.deadline_ns, options.latency_ns, name)
    asker = Asker(link, options.end, options.identify, options.position)
    return DescribedPress(ScpiPressWire(asker, options), link, options)


MODEL: Model[DescribedPress, object] = Model(
    "press",
    "scpi",
    ScpiPressOptions,
    make,
    "instruments.emulators.scpi:ScpiPressEmulator",
    when_silent,
    kinds=("tcp", "serial", "visa"),
)
