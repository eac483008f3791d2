"""Mantracourt DCell, DSC and DSCUSB digitisers by their ASCII protocol: one line, several stations.

Rules: each read asks every station for SYS, its calibrated value; `step` of it is one count. Every
`status_every`-th read, and the first, asks STAT besides: no integrity of the load cell and a shunt
that is switched on say that the value is no force, the range bits that there is more of it than
can be measured. All answers are bare numbers, so after a failure the station that is behind is
asked what it does not know: its `?` is no number. Nothing is written: RATE, BAUD and STN are in
EEPROM, and none of ours.

Source: Mantracourt DCell and DSC manual (SYS, STAT, VER, SERL, SERH); bits of STAT as the public
driver `dscusb` has them. [B] What is not known is answered by `?`, also to a question.
"""

from typing import Annotated

from msgspec import Meta

from instruments.codecs import mantracourt_dsc as codec
from instruments.codecs.template import counted
from instruments.loadcell.each import Each, require_each
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import Every, LinkOptions, Positive
from instruments.protocols import Clock, DeviceRefused, ForceReading, Identity, Transport
from instruments.transport.lines import Hello, LineLink
from instruments.transport.link import Link
from instruments.transport.span import Span

INTEGRITY, SHUNT = 1 << 11, 1 << 12
FAULTS = INTEGRITY | SHUNT
BEYOND = 0b11_1111_0000  # bits 4 to 9: electrical value, raw value and SYS, each below and above
UNKNOWN = "NUL"  # a name that no station has

Station = Annotated[int, Meta(ge=1, le=999)]


class MantracourtDscOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a line of digitisers."""

    # stations on the line
    units: Annotated[tuple[Station, ...], Meta(min_length=1, max_length=32)] = (1,)
    division_n: Each = 0.1  # of one count
    full_scale_n: Each = 4000.0  # of each; for the emulator
    series: bool = False  # all but the last may be beyond their range
    step: Positive = 0.1  # one count, in the calibrated value SYS
    status_every: Every = 5  # of so many reads one asks for the status

    def __post_init__(self) -> None:
        """Raises ValueError where there is not one value for each station."""
        require_each(self, ("division_n", "full_scale_n"), self.units)


class _Station:
    """One digitiser on the line."""

    def __init__(self, link: Link, number: int, *, may_be_beyond: bool) -> None:
        self.number = number
        self.status = 0
        self.beyond = 0 if may_be_beyond else BEYOND
        hello = Hello(codec.question(number, UNKNOWN), codec.is_refusal)
        self.line = LineLink(link, hello, f"load cell {number}", codec.END)
        self._value = codec.question(number, "SYS")
        self._state = codec.question(number, "STAT")

    def ask(self, request: bytes) -> str:
        """What it answers. Raises DeviceRefused."""
        answer = self.line.ask(request)
        if codec.is_refusal(answer):
            self.line.link.in_step = False
            name = request.decode().strip()
            raise DeviceRefused(f"load cell {self.number} refused {name}; check its model")
        return answer

    def value(self) -> float:
        """SYS."""
        answer = self.ask(self._value)
        with self.line.understanding():
            return codec.number(answer)

    def look(self) -> None:
        """Read STAT."""
        self.status = self.whole(self._state)

    def whole(self, request: bytes) -> int:
        """A whole number of 16 bits."""
        answer = self.ask(request)
        with self.line.understanding():
            return codec.whole(answer, 0xFFFF)


class MantracourtDsc:
    """`LoadCell` for all digitisers on one line, in the order of `options.units`."""

    def __init__(self, transport: Transport, clock: Clock, options: MantracourtDscOptions) -> None:
        self._options = options
        link = Link(transport, clock, options.deadline_ns, options.latency_ns, "load cells (DSC)")
        self._link = link
        last = options.units[-1]
        self._stations = tuple(
            _Station(link, number, may_be_beyond=options.series and number != last)
            for number in options.units
        )
        self._suspect = self._stations[0]  # whose answer may still be on its way
        self._reads = 0

    def identify(self) -> Identity:
        """Serial number and firmware of each station. Raises LinkError."""
        self.read()
        serials: list[str] = []
        versions: list[str] = []
        for station in self._stations:
            self._suspect = station
            high, low = (
                station.whole(codec.question(station.number, name)) for name in ("SERH", "SERL")
            )
            serials.append(str(high << 16 | low))
            answer = station.ask(codec.question(station.number, "VER"))
            with station.line.understanding():
                versions.append(codec.version(answer))
        return Identity("mantracourt-dsc", ",".join(serials), ",".join(versions))

    def read(self) -> ForceReading:
        """All stations, once; the time is the middle of all their values. Raises LinkError."""
        link = self._link
        if not link.in_step:
            self._suspect.line.ready()
        counts: list[int] = []
        span = Span()
        for station in self._stations:
            self._suspect = station
            name = f"load cell {station.number}"
            counts.append(counted(station.value(), self._options.step, name))
            span.add(link)
        if self._reads % self._options.status_every == 0:
            for station in self._stations:
                self._suspect = station
                station.look()
        self._reads += 1
        fault = any(station.status & FAULTS for station in self._stations)
        over = any(station.status & station.beyond for station in self._stations)
        return ForceReading(tuple(counts), fault, span.t_ns, span.uncertainty_ns, over)

    def verify(self) -> None:
        """Every station answers; there is no setting of ours in it. Raises LinkError."""
        self._reads = 0
        self.read()


MODEL = Model(
    "load_cells",
    "mantracourt-dsc",
    MantracourtDscOptions,
    MantracourtDsc,
    "instruments.emulators.mantracourt_dsc:MantracourtDscEmulator",
    they_only_answer,
    kinds=("serial", "tcp"),
    unit="units",
)
