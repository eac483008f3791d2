"""A press by an instrument class of PyMeasure, QCoDeS or another library.

The rig names the class and its attributes (`instruments.transport.library` says how); rules as in
`instruments.press.described`. Flags and `moving` are numbers or truth values: 0 is no.
"""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from instruments.model import Model
from instruments.potentiostat.adapter import identify
from instruments.press.described import (
    FLAGS,
    DescribedPress,
    DescribedPressOptions,
    Flag,
    when_silent,
)
from instruments.protocols import Clock, Identity, Transport
from instruments.transport.library import Acts, Library, MaybePath, Path, Place, acts_of, opener

Some = Annotated[tuple[str, ...], Meta(min_length=1, max_length=32)]


class AdapterPressOptions(
    DescribedPressOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of a press by a library's class.

    driver: MODULE:CLASS. keywords: of its constructor. move: has {value}, position or force.
    """

    driver: Place
    move: Some
    stop: Some
    position: Path
    moving: Path
    end_low: MaybePath = ""
    end_high: MaybePath = ""
    fault: MaybePath = ""
    identity: MaybePath = ""
    set_up: Acts = ()
    keywords: dict[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        for field in ("move", "stop", "set_up"):
            acts_of(field, getattr(self, field))


class AdapterPressWire:
    """The attributes of a class."""

    def __init__(self, library: Library, options: AdapterPressOptions) -> None:
        self._library = library
        self._options = options
        self.flags: Mapping[str, Flag] = {
            name: partial(self._is, getattr(options, name))
            for name in FLAGS
            if getattr(options, name)
        }
        self.kept = ()

    def identify(self) -> Identity:
        """What the class says that it is. Raises LinkError."""
        options = self._options
        name = options.name or options.driver.partition(":")[2]
        return identify(self._library, options.identity, options.position, name)

    def set_up(self) -> None:
        """Write the settings. Raises LinkError."""
        self._library.do(acts_of("set_up", self._options.set_up))

    def move(self, counts: int) -> None:
        """Begin to move to so many counts. Raises LinkError."""
        value = counts * self._options.count
        self._library.do(acts_of("move", self._options.move), value=value)

    def stop(self) -> None:
        """Stop. Raises LinkError."""
        self._library.do(acts_of("stop", self._options.stop))

    def position(self) -> float:
        """Where it is. Raises LinkError."""
        return self._library.number(self._options.position)

    def moving(self) -> bool:
        """Whether it moves. Raises LinkError."""
        return self._is(self._options.moving)

    def _is(self, path: str) -> bool:
        return self._library.number(path) != 0.0


def make(transport: Transport, clock: Clock, options: AdapterPressOptions) -> DescribedPress:
    """`Press` by a library's class."""
    name = options.name or options.driver.partition(":")[2]
    library = Library(transport, clock, options.latency_ns, name)
    return DescribedPress(AdapterPressWire(library, options), library, options)


MODEL: Model[DescribedPress, object] = Model(
    "press",
    "adapter",
    AdapterPressOptions,
    make,
    "",
    when_silent,
    kinds=(),
    scheme="adapter",
    opens=opener,
)
