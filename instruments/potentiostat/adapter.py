"""A potentiostat or source by an instrument class of PyMeasure, QCoDeS or another library.

The rig names the class and which of its attributes are set and read
(`instruments.transport.library` says how). Rules: reading sets nothing. What is read depends on
what is driven: many meters measure one quantity at a time. A source that is found off when it
should be on was reset, or switched off:
all but `open_circuit` is refused from then on. What the instrument does with a current when nothing
is heard of us is not known here: the description has to say it (`when_silent`).
"""

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from instruments.loadcell.channels import Name
from instruments.model import Model
from instruments.options import LinkOptions, Positive
from instruments.protocols import CellReading, Clock, DeviceRefused, Identity, Transport
from instruments.transport.library import Acts, Library, MaybePath, Path, Place, acts_of, opener

OPEN, CURRENT, VOLTAGE = "at_rest", "as_current", "as_voltage"
ZERO_A = 1e-12


class Mode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of driving the cell: what is done when it begins, what at each new value, and what is
    then read. voltage '' is not known, current '' is none."""

    begin: Acts = ()
    act: Acts = ()
    voltage: MaybePath = ""
    current: MaybePath = ""


class AdapterPotentiostatOptions(
    LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of a potentiostat by a library's class.

    driver: MODULE:CLASS. keywords: of its constructor. on: attribute that is true where the output
    is on. identity: attribute that says what it is. off: parts the cell from the source.
    """

    driver: Place
    when_silent: Annotated[str, Meta(min_length=1, max_length=200)]
    as_current: Mode
    as_voltage: Mode
    at_rest: Mode
    off: Annotated[tuple[str, ...], Meta(min_length=1, max_length=32)]
    on: Path
    limited: MaybePath = ""
    identity: MaybePath = ""
    set_up: Acts = ()
    keywords: dict[str, Any] = msgspec.field(default_factory=dict)
    name: Name = ""
    about: str = ""
    voltage_max_v: Positive = 5.0

    def __post_init__(self) -> None:
        """Raises OptionError."""
        for field in ("off", "set_up"):
            acts_of(field, getattr(self, field))
        for field in (OPEN, CURRENT, VOLTAGE):
            mode: Mode = getattr(self, field)
            acts_of(field, mode.begin + mode.act)


class AdapterPotentiostat:
    """`Potentiostat` by a library's class."""

    def __init__(
        self, transport: Transport, clock: Clock, options: AdapterPotentiostatOptions
    ) -> None:
        self._name = options.name or options.driver.partition(":")[2]
        self._library = Library(transport, clock, options.latency_ns, self._name)
        self._options = options
        self._mode = OPEN
        self._lost = ""

    def identify(self) -> Identity:
        """What the class says that it is, else its name. Raises LinkError."""
        return identify(self._library, self._options.identity, self._options.on, self._name)

    def configure(self) -> None:
        """Set up, at open circuit. Raises LinkError."""
        self._lost = ""
        self._library.do(acts_of("set_up", self._options.set_up))
        self.open_circuit()

    def open_circuit(self) -> None:
        """Let no current flow, as the rig wants it at rest. Raises LinkError."""
        self._begin(OPEN)
        self._act(OPEN, 0.0, 0.0)
        self._lost = ""

    def switch_off(self) -> None:
        """Part the cell from the source. Raises LinkError."""
        self._library.do(acts_of("off", self._options.off))
        self._mode = OPEN

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A. Raises LinkError; DeviceRefused after a reset."""
        self._drive(CURRENT, current_a, voltage_limit_v)

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to a voltage, V. Raises LinkError; DeviceRefused after a reset."""
        self._drive(VOLTAGE, voltage_v, current_limit_a)

    def read(self) -> CellReading:
        """Voltage and current; the time is the voltage's. Raises LinkError."""
        library, options = self._library, self._options
        on = library.number(options.on) != 0.0
        mode: Mode = getattr(options, self._mode)
        current_a = library.number(mode.current) if mode.current else 0.0
        limited = library.number(options.limited) != 0.0 if options.limited else False
        voltage_v = library.number(mode.voltage) if mode.voltage else math.nan
        driven = on and (self._mode != OPEN or abs(current_a) > ZERO_A)
        t_ns, uncertainty_ns = library.t_ns, library.uncertainty_ns
        return CellReading(
            voltage_v, current_a if on else 0.0, driven, limited, t_ns, uncertainty_ns
        )

    def verify(self) -> None:
        """See that the output is as it was left. Raises LinkError."""
        if self._mode != OPEN and not self._library.number(self._options.on):
            self._lost = (
                f"{self._name} is off, and was driving the cell: it was reset or switched off; "
                "it is not switched on again before the circuit was opened"
            )

    def _drive(self, mode: str, value: float, limit: float) -> None:
        if self._lost:
            raise DeviceRefused(self._lost)
        if self._mode != mode:
            self._begin(mode)
        self._act(mode, value, limit)

    def _begin(self, mode: str) -> None:
        told: Mode = getattr(self._options, mode)
        self._library.do(acts_of(mode, told.begin), voltage_max=self._options.voltage_max_v)
        self._mode = mode

    def _act(self, mode: str, value: float, limit: float) -> None:
        told: Mode = getattr(self._options, mode)
        most = self._options.voltage_max_v
        self._library.do(acts_of(mode, told.act), value=value, limit=limit, voltage_max=most)


def identify(library: Library, identity: str, other: str, name: str) -> Identity:
    """What an attribute says that it is; else `other` is read, to see that it answers."""
    if not identity:
        library.text(other)
        return Identity(name, "", "")
    fields = [field.strip() for field in library.text(identity).split(",")]
    if len(fields) == 4:  # IEEE 488.2: maker, model, serial number, firmware
        return Identity(*fields[1:])
    return Identity(", ".join(fields), "", "")


def when_silent(options: AdapterPotentiostatOptions) -> str:
    """What the rig says that it does once nothing is heard of the host again."""
    return options.when_silent


MODEL: Model[AdapterPotentiostat, object] = Model(
    "potentiostat",
    "adapter",
    AdapterPotentiostatOptions,
    AdapterPotentiostat,
    "",
    when_silent,
    kinds=(),
    scheme="adapter",
    opens=opener,
)
