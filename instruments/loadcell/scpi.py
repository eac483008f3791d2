"""Load cells, or a meter on an amplifier, that answer questions in lines of text.

What is asked and how the answer looks is in the description; nothing is known of a device here.
Rules: reading asks `read`, in order, and nothing else; the numbers of all answers are the values.
`set_up` is sent when the instrument is identified, so an instrument that was switched off and came
back is set up again. A value of 9.9E37 or more (SCPI:
infinite, or not a number) is a fault: the reading is no force.
"""

from typing import Annotated

from msgspec import Meta

from instruments.codecs.scpi import NOT_A_NUMBER
from instruments.codecs.template import Template
from instruments.loadcell.channels import ChannelOptions, End
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import OptionError
from instruments.protocols import Clock, ForceReading, Identity, Transport
from instruments.transport.asking import Asker, Said, check_said
from instruments.transport.link import Link
from instruments.transport.span import Span


class ScpiOptions(ChannelOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of load cells that answer questions.

    read: questions, the numbers of whose answers are the values, in order. identify: its answer may
    have {model}, {serial} and {firmware}. set_up: lines that are sent, and not answered.
    """

    read: Annotated[tuple[Said, ...], Meta(min_length=1, max_length=32)]
    identify: Said | None = None
    set_up: tuple[str, ...] = ()
    end: End = "lf"

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        check_said("identify", self.identify)
        for line in self.set_up:
            check_said("set_up", Said(say=line))
        for one in self.read:
            check_said("read", one)
            if not Template(one.reply).numbers:
                raise OptionError("read", f"reply {one.reply!r} reads no number; write {{value}}")
        self.require_units(self.values, "read")

    @property
    def values(self) -> int:
        """How many values all answers have."""
        return sum(len(Template(one.reply).numbers) for one in self.read)


class ScpiLoadCells:
    """`LoadCell` by questions and answers."""

    def __init__(self, transport: Transport, clock: Clock, options: ScpiOptions) -> None:
        name = options.name or "scpi"
        self._link = Link(transport, clock, options.deadline_ns, options.latency_ns, name)
        self._asker = Asker(self._link, options.end, options.identify, options.read[0])
        self._options = options
        self._places = options.chosen(options.values)
        self._name = name

    def identify(self) -> Identity:
        """Set up, and ask what it is; without a question for that, read. Raises LinkError."""
        for line in self._options.set_up:
            self._asker.ask(Said(say=line))
        if self._options.identify is None:
            self.read()
            return Identity(self._name, "", "")
        return identity(self._asker, self._options.identify, self._name)

    def read(self) -> ForceReading:
        """All values, once. Raises LinkError."""
        values: list[float] = []
        span = Span()
        for said in self._options.read:
            values += self._asker.numbers(said)
            span.add(self._link)
        if any(abs(values[place]) >= NOT_A_NUMBER for place in self._places):
            return ForceReading((0,) * len(self._places), True, span.t_ns, span.uncertainty_ns)
        counts = self._options.counts(tuple(values))
        return ForceReading(counts, False, span.t_ns, span.uncertainty_ns)

    def verify(self) -> None:
        """It answers. Raises LinkError."""
        self.read()


def identity(asker: Asker, said: Said, name: str) -> Identity:
    """What the answer to `said` says. Raises LinkError."""
    told = asker.ask(said)
    return Identity(
        told.get("model", "").strip() or name,
        told.get("serial", "").strip(),
        told.get("firmware", "").strip(),
    )


MODEL: Model[ScpiLoadCells, object] = Model(
    "load_cells",
    "scpi",
    ScpiOptions,
    ScpiLoadCells,
    "instruments.emulators.scpi:ScpiLoadCellsEmulator",
    they_only_answer,
    kinds=("tcp", "serial", "visa"),
)
