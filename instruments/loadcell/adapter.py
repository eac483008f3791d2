"""Load cells, or a meter on an amplifier, by an instrument class of PyMeasure, QCoDeS or another.

The rig names the class and the attributes that are read, one for each load cell
(`instruments.transport.library` says how). Reading sets nothing. A value that is not finite, or
9.9E37 and more, is a fault.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from instruments.codecs.scpi import NOT_A_NUMBER
from instruments.loadcell.channels import ChannelOptions
from instruments.model import Model
from instruments.potentiostat.adapter import identify
from instruments.protocols import Clock, ForceReading, Identity, Transport
from instruments.transport.library import Acts, Library, MaybePath, Path, Place, acts_of, opener
from instruments.transport.span import Span


class AdapterLoadCellsOptions(
    ChannelOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of load cells by a library's class.

    driver: MODULE:CLASS. keywords: of its constructor. values: attributes that are read. set_up:
    what is done when the instrument is identified.
    """

    driver: Place
    values: Annotated[tuple[Path, ...], Meta(min_length=1, max_length=32)]
    identity: MaybePath = ""
    set_up: Acts = ()
    keywords: dict[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        acts_of("set_up", self.set_up)
        self.require_units(len(self.values), "values")


class AdapterLoadCells:
    """`LoadCell` by a library's class."""

    def __init__(
        self, transport: Transport, clock: Clock, options: AdapterLoadCellsOptions
    ) -> None:
        self._name = options.name or options.driver.partition(":")[2]
        self._library = Library(transport, clock, options.latency_ns, self._name)
        self._options = options
        self._places = options.chosen(len(options.values))

    def identify(self) -> Identity:
        """Set up, and what the class says that it is. Raises LinkError."""
        options = self._options
        self._library.do(acts_of("set_up", options.set_up))
        return identify(self._library, options.identity, options.values[0], self._name)

    def read(self) -> ForceReading:
        """All values, once. Raises LinkError."""
        values: list[float] = []
        span = Span()
        for place in self._places:
            values.append(self._library.number(self._options.values[place]))
            span.add(self._library)
        fault = not all(abs(value) < NOT_A_NUMBER for value in values)
        counts = (0,) * len(values) if fault else tuple(map(self._options.counted, values))
        return ForceReading(counts, fault, span.t_ns, span.uncertainty_ns)

    def verify(self) -> None:
        """It answers. Raises LinkError."""
        self.read()


def when_silent(options: AdapterLoadCellsOptions) -> str:
    """What the load cells do once nothing is heard of the host again."""
    del options
    return "nothing: they are only read"


MODEL: Model[AdapterLoadCells, object] = Model(
    "load_cells",
    "adapter",
    AdapterLoadCellsOptions,
    AdapterLoadCells,
    "",
    when_silent,
    kinds=(),
    scheme="adapter",
    opens=opener,
)
