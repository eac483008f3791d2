"""A model: what the rest of the program knows of an instrument, and how its two sides are made.

Options are a plain mapping of numbers, checked here against the model's own frozen Struct: unknown
keys, wrong types and values out of range are errors that name the field. An address may say some of
them (`?unit=2`), by its kind whether Modbus is framed for a line or for TCP, and by its baud rate
for how long that line is silent between two frames.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from instruments.codecs.modbus import silence_ms
from instruments.options import LinkOptions, OptionsError
from instruments.protocols import Accuracy, Clock, Emulator, Handle, Transport
from instruments.transport.address import Address, AddressError, Kind, parse
from instruments.transport.open import open_transport
from instruments.transport.reopening import Reopening

Driver = TypeVar("Driver")
Plant = TypeVar("Plant")
Options = Mapping[str, object]
DeviceKind = Literal["load_cells", "press", "potentiostat"]  # sections of a rig


class Spectrometer(NamedTuple):
    """Which spectra a potentiostat measures, and how long a point takes."""

    frequency_hz: tuple[float, float]  # lowest and highest
    amplitude_v: tuple[float, float]
    point_s: Callable[[float], float]  # at so many Hz, likely, s


class Model(NamedTuple, Generic[Driver, Plant]):
    """One model: its options and both sides of its wire."""

    kind: DeviceKind
    name: str
    options: type[LinkOptions]
    make_driver: Callable[[Transport, Clock, Any], Driver]
    emulated_by: str  # MODULE:CLASS of (plant, options), imported where it is used; '' for none
    when_silent: Callable[[Any], str]  # what it does once the host is gone, with these options
    kinds: tuple[Kind, ...]  # of addresses it can have
    unit: str = ""  # option that `?unit=` of an address is
    framed: bool = False  # whether it has the option `framing`
    observes: bool = False  # it follows what another program does, and commands nothing
    accuracy: Callable[[float, float], Accuracy] | None = None
    """Of a potentiostat: how far it may be off commands up to so many A and V."""
    impedance: Spectrometer | None = None  # of a potentiostat that measures spectra
    reading_ms: Callable[[Any], float] | None = None
    """How long a reading takes with these options, ms; None: no longer than its line."""
    box: str = ""  # models of one box may stand at one address, and share its link
    terminals: Callable[[Any], tuple[str, ...]] | None = None
    """Of a box: which of its inputs and outputs are this device's, with these options."""
    only: tuple[str, ...] = ()
    """Sections of a rig that can have it; none: all of its kind (thermometer and gauge are of that
    of load cells)."""
    scheme: str = ""  # of addresses that it opens by itself: `acme` of acme:SN123
    opens: Callable[[str, Clock, Any], Callable[[], Handle]] | None = None
    """Given what follows the scheme, and options: what opens it, each time it is called. What
    opening needs is loaded by the first call; the second raises LinkError where nothing opens."""

    def check(self, options: Options) -> LinkOptions:
        """`options` as the model's own frozen Struct. Raises OptionsError."""
        try:
            return msgspec.convert(options, self.options)
        except msgspec.ValidationError as error:
            fields = ", ".join(self.options.__struct_fields__)
            raise OptionsError(f"{self.name}: {error}; its options are {fields}") from None

    def options_at(self, address: str, options: Options) -> dict[str, object]:
        """`options` with what `address` says of them. Raises AddressError, OptionsError."""
        place = parse(address)
        reached = [*self.kinds, *([f"{self.scheme}:…"] if self.scheme else [])]
        own = place.kind == "own"
        if place.scheme != self.scheme if own else place.kind not in self.kinds:
            kind = f"{place.scheme}:" if own else place.kind
            raise AddressError(
                f"{address}: {self.name} is reached by {' or '.join(reached)}, not {kind}"
            )
        told = dict(options)
        for name, value in self._of_address(place).items():
            known = told.setdefault(name, value)
            if (tuple(known) if isinstance(known, list) else known) != value:
                raise OptionsError(f"{address}: the options say {name} = {known}; say one")
        if self.framed and "framing" not in told:
            told["framing"] = "tcp" if place.kind == "tcp" else "rtu"
        if self.framed and place.kind == "serial":
            told.setdefault("silence_ms", silence_ms(place.baud))
        return told

    def _of_address(self, place: Address) -> dict[str, object]:
        """What the address itself says."""
        told: dict[str, object] = {}
        if place.framing and not self.framed:
            raise AddressError(f"{self.name} has no framing; leave it out of the address")
        if place.framing:
            told["framing"] = place.framing
        units = place.units
        if units and not self.unit:
            raise AddressError(f"{self.name} has no unit number; leave unit out of the address")
        if units and self.unit == "units":
            told["units"] = units
        elif len(units) > 1:
            raise AddressError(f"{self.name}: one unit a driver; the address gives several")
        elif units:
            told[self.unit] = units[0]
        return told

    def uses(self, options: Options) -> tuple[str, ...]:
        """The terminals of its box that it has for itself. Raises OptionsError."""
        return () if self.terminals is None else self.terminals(self.check(options))

    def silent(self, options: Options) -> str:
        """What it does once nothing is heard of the host again. Raises OptionsError."""
        return self.when_silent(self.check(options))

    def takes_ms(self, options: Options) -> float:
        """How long a reading takes beyond its line, ms. Raises OptionsError."""
        return self.reading_ms(self.check(options)) if self.reading_ms else 0.0

    def connect(self, address: str, clock: Clock, options: Options) -> tuple[Driver, Transport]:
        """A driver at `address`, and its open transport. Raises AddressError, OptionsError,
        LinkError."""
        checked = self.check(self.options_at(address, options))
        line = self.line(address, clock, options)
        if line is None:
            transport: Transport = open_transport(address, clock)
        else:
            line.reopen()
            transport = line
        return self.make_driver(transport, clock, checked), transport

    def line(self, address: str, clock: Clock, options: Options) -> Reopening | None:
        """What the model opens by itself at `address`, not open yet; None: an ordinary port.

        Raises AddressError; OptionsError where what opening needs cannot be loaded.
        """
        place = parse(address)
        if place.kind != "own":
            return None
        if self.opens is None:
            raise AddressError(f"{address}: {self.name} has no addresses of its own")
        opener = self.opens(place.place, clock, self.check(options))
        return Reopening(None, opener, clock, address)

    def driver(self, transport: Transport, clock: Clock, options: Options) -> Driver:
        """A driver on `transport`. Raises OptionsError."""
        return self.make_driver(transport, clock, self.check(options))

    def emulator(self, plant: Plant, options: Options) -> Emulator:
        """The other side of the wire, over `plant`. Raises OptionsError, also if there is none."""
        if not self.emulated_by:
            raise OptionsError(f"{self.name} has no emulator; give the address of a real one")
        make: Callable[[Plant, Any], Emulator] = named(self.emulated_by)
        return make(plant, self.check(options))


def named(place: str) -> Any:
    """The object at MODULE:NAME. Raises ImportError, AttributeError."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
