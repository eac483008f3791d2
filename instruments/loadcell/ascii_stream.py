"""Load cells that print a line each conversion, unasked, as an HX711 on a microcontroller does.

Rules: what is used is the newest whole line that fits the template. The first line after the port
was opened may be the end of one and is dropped, and so is all that waited where it was as much as a
port's buffer holds: bytes may be missing in the middle. A line that is longer than the one before
it by more than a character for each number is not used, for no check sum tells half a line and the
next one from a whole: a number that is longer indeed is so in the next line as well. Lines that do
not fit are stepped over; when none fits for `stale_ms`, the link has failed, and the error shows
one. A line that contains a text of `fault` says that there is no force, one with a text of `over`
that there is too much. A reading's time is when its line came, at most `WAIT_NS` are waited for the
next; one that came between two looks has half the time between them as its uncertainty. Nothing is
written but `start`, when the instrument is identified.
"""

from typing import Annotated

from msgspec import Meta

from instruments.codecs.lines import LINE_CAP, Lines
from instruments.codecs.template import Template, TemplateError
from instruments.loadcell.channels import CUTS, ENDS, ChannelOptions, End
from instruments.model import Model
from instruments.options import OptionError
from instruments.protocols import (
    BadReply,
    Clock,
    ForceReading,
    Identity,
    LinkError,
    ReplyTimeout,
    Transport,
)

WAIT_NS = 25_000_000
READ_SIZE = 4096
SHOWN = 60  # characters of a line in an error
STALE_LINES = 5  # that do not come, and 100 ms at least
FULL_BYTES = 4000  # a terminal holds 4095, and loses what comes then
BABBLE_BYTES = 65536  # of one look: a line that babbles faster than it is read holds nobody


class AsciiStreamOptions(ChannelOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a stream of lines.

    line: its template (`instruments.codecs.template`). example: one line as it comes; it must fit.
    rate_hz: lines a second. stale_ms: silence after which the link has failed; None: five lines,
    100 ms at least. start: lines that are sent to begin the stream.
    """

    line: str
    example: str
    rate_hz: Annotated[float, Meta(gt=0.0, le=10_000.0)]
    stale_ms: Annotated[float, Meta(gt=0.0, le=60_000.0)] | None = None
    end: End = "lf"
    start: tuple[str, ...] = ()
    fault: tuple[str, ...] = ()
    over: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        template = template_of("line", self.line)
        if not template.numbers:
            raise OptionError("line", f"{self.line!r} reads no number; write {{value}} for it")
        if template.match(self.example) is None:
            raise OptionError(
                "line", f"{self.line!r} does not match the example {self.example!r}; change one"
            )
        self.require_units(len(template.numbers), "line")

    @property
    def period_ns(self) -> int:
        """From line to line, ns."""
        return round(1e9 / self.rate_hz)

    @property
    def stale_ns(self) -> int:
        """Silence after which the link has failed, ns."""
        if self.stale_ms is not None:
            return round(1e6 * self.stale_ms)
        return max(STALE_LINES * self.period_ns, 100_000_000)


def template_of(field: str, text: str) -> Template:
    """The template that an option is. Raises OptionError."""
    try:
        return Template(text)
    except TemplateError as error:
        raise OptionError(field, str(error)) from None


class AsciiStream:
    """`LoadCell` for one stream of lines."""

    def __init__(self, transport: Transport, clock: Clock, options: AsciiStreamOptions) -> None:
        self._transport = transport
        self._clock = clock
        self._options = options
        self._name = options.name or "ascii-stream"
        self._template = Template(options.line)
        self._lines = Lines(end=CUTS[options.end])
        self._whole = False  # whether a line's beginning has been seen
        self._looked_ns = -1  # when all that had come was read; -1: never
        self._reading: ForceReading | None = None
        self._channels = len(options.chosen(len(self._template.numbers)))
        self._spare = len(self._template.numbers)  # characters that lines of values differ by
        self._length = LINE_CAP  # of the last line that fitted
        self._strays = 0  # lines in a row that did not fit
        self._stray = ""

    def identify(self) -> Identity:
        """Begin the stream, and wait for a line: it says no more. Raises LinkError."""
        self._lines.reset()
        self._whole = False
        self._reading = None
        options = self._options
        for line in options.start:
            self._transport.write(line.encode("latin-1") + ENDS[options.end])
        self._look(self._clock() + max(options.stale_ns, options.deadline_ns))
        if self._reading is None:
            raise self._missing()
        return Identity(self._name, "", "")

    def read(self) -> ForceReading:
        """The newest line. Raises ReplyTimeout, BadReply where none is new enough; LinkError."""
        stale_ns = self._options.stale_ns
        self._look(self._clock() + min(WAIT_NS, 2 * self._options.period_ns))
        reading = self._reading
        if reading is None or self._age_ns(reading) > stale_ns:
            raise self._missing()
        return reading

    def verify(self) -> None:
        """A line comes; there is no setting of ours in it. Raises LinkError."""
        self.read()

    def _age_ns(self, reading: ForceReading) -> int:
        return self._clock() - reading.t_ns - self._options.latency_ns

    def _look(self, until_ns: int) -> None:
        """Take in all that has come, and the next line if it comes before `until_ns`."""
        waiting = 0
        while waiting < BABBLE_BYTES:
            before_ns = self._looked_ns
            chunk = self._transport.read(READ_SIZE, 0)
            self._looked_ns = self._clock()
            if not chunk:
                break
            waiting += len(chunk)
            if waiting >= FULL_BYTES:
                self._skip_line()
            self._take(chunk, before_ns, self._looked_ns)
        self._await(until_ns)

    def _await(self, until_ns: int) -> None:
        """Take in what comes until a line that fits is whole."""
        came = 0
        while came < BABBLE_BYTES:
            before_ns = self._looked_ns
            chunk = self._transport.read(READ_SIZE, until_ns)
            self._looked_ns = self._clock()
            if not chunk or self._take(chunk, before_ns, self._looked_ns):
                return
            came += len(chunk)

    def _skip_line(self) -> None:
        """Forget what has come of a line, and the rest of it."""
        self._lines.reset()
        self._whole = False

    def _take(self, chunk: bytes, before_ns: int, now_ns: int) -> bool:
        """Take in bytes that came between two times; True where a line that fits was whole."""
        lines = self._lines.feed(chunk)
        if lines and not self._whole:
            self._whole = True
            del lines[0]
        newest = None
        for line in lines:
            newest = self._read_new(line.decode("latin-1")) or newest
        if newest is None:
            return False
        # Of a steady stream the newest line is not older than a period.
        from_ns = max(before_ns, now_ns - self._options.period_ns)
        half_ns = max(now_ns - from_ns, 0) >> 1
        t_ns = now_ns - half_ns - self._options.latency_ns
        self._reading = newest._replace(t_ns=t_ns, uncertainty_ns=half_ns)
        return True

    def _read_new(self, line: str) -> ForceReading | None:
        """What a line says; None where it does not fit, or may be two that were joined."""
        found = self._read_line(line)
        if found is None:
            self._strays += 1
            return None
        longest, self._length = self._length + self._spare, len(line)
        if len(line) > longest:
            return None
        self._strays = 0
        return found

    def _read_line(self, line: str) -> ForceReading | None:
        """Counts, fault and over, at time 0; None where the line does not fit."""
        fault = any(text in line for text in self._options.fault)
        over = any(text in line for text in self._options.over)
        values = self._template.values(line)
        try:
            if values is not None:
                return ForceReading(self._options.counts(values), fault, 0, 0, over)
        except BadReply:
            pass
        if fault or over:
            return ForceReading((0,) * self._channels, fault, 0, 0, over)
        self._stray = line
        return None

    def _missing(self) -> LinkError:
        options = self._options
        if self._strays:
            return BadReply(
                f"{self._name}: {self._strays} lines came, and none fits {options.line!r}; "
                f"the last is {self._stray[:SHOWN]!r}. Correct 'line', or the baud rate"
            )
        return ReplyTimeout(
            f"{self._name}: no whole line in {options.stale_ns / 1e6:g} ms; check power, cable, "
            "baud rate and 'rate'"
        )


def when_silent(options: AsciiStreamOptions) -> str:
    """What the load cells do once nothing is heard of the host again."""
    del options
    return "nothing: they only print"


MODEL: Model[AsciiStream, object] = Model(
    "load_cells",
    "ascii-stream",
    AsciiStreamOptions,
    AsciiStream,
    "instruments.emulators.ascii_stream:AsciiStreamEmulator",
    when_silent,
    kinds=("serial", "tcp"),
)
