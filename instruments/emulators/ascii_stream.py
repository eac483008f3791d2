"""A microcontroller that prints its load cells, line by line, over a `ForcePlant`.

Rules: a line each period, whether anybody listens or not; one with `start` is silent until it has
heard the last of those lines. What a host hears first is the end of a line. A force that is no
number prints the first text of `fault`, one beyond the range the first of `over`; without such a
text nothing is printed in its place. Other text than numbers is as in the example.
"""

from instruments.codecs.lines import Lines
from instruments.codecs.template import Template
from instruments.loadcell.ascii_stream import AsciiStreamOptions
from instruments.loadcell.channels import CUTS, ENDS
from instruments.protocols import ForcePlant

MOST_LINES = 20  # that wait for a host that has not read for long


class AsciiStreamEmulator:
    """`Emulator` of one stream, that speaks unasked (`instruments.protocols.Unasked`)."""

    def __init__(self, plant: ForcePlant, options: AsciiStreamOptions) -> None:
        self._plant = plant
        self._options = options
        self._template = Template(options.line)
        self._texts = self._template.match(options.example) or {}
        self._heard = Lines(end=CUTS[options.end])
        self._end = ENDS[options.end] if options.end != "lf" else b"\r\n"
        self._streams = not options.start
        self._due_ns = -1  # of the next line; -1: nothing was said yet
        self.period_ns = options.period_ns

    def line(self) -> "AsciiStreamEmulator":
        """Another connection to the same load cells."""
        return AsciiStreamEmulator(self._plant, self._options)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`: a start, or nothing."""
        start = self._options.start
        for line in self._heard.feed(data):
            if start and line.decode("latin-1") == start[-1]:
                self._streams, self._due_ns = True, t_ns
        return b""

    def unasked(self, t_ns: int) -> bytes:
        """The lines of the time up to `t_ns` that were not given yet."""
        if not self._streams:
            return b""
        before = b"" if self._due_ns >= 0 else self._end
        self._due_ns = t_ns if self._due_ns < 0 else self._due_ns
        count = (t_ns - self._due_ns) // self.period_ns + 1
        self._due_ns += max(count, 0) * self.period_ns
        return before + self._text() * min(count, MOST_LINES)

    def _text(self) -> bytes:
        """One line as it is now."""
        options, plant = self._options, self._plant
        numbers = dict(self._texts)
        names = self._template.ordered()
        for index, place in enumerate(options.chosen(len(names))):
            force_n = plant.force_n(index)
            if force_n != force_n:
                return self._said(options.fault)
            if options.over and options.is_over(force_n, index):
                return self._said(options.over)
            numbers[names[place]] = options.printed(force_n, index)
        return self._template.fill(numbers).encode("latin-1") + self._end

    def _said(self, texts: tuple[str, ...]) -> bytes:
        return texts[0].encode("latin-1") + self._end if texts else b""
