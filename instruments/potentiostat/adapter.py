"""A potentiostat or source by an instrument class of PyMeasure, QCoDeS or another library.

The rig names the class and which of its attributes are set and read
(`instruments.transport.library` says how). Rules: reading sets nothing. What is read depends on
what is driven: many meters measure one quantity at a time. Another way of driving begins with the
output off, so that no old level meets a new limit. An output that is on at rest passes the current
that is read there, or one that is not known; it never counts as none. A source that is found off
when it should be on was reset, or switched off: all but `open_circuit` is refused from then on,
and that sets it up anew. At rest a reset does not show, so that an instrument whose link was away
is set up again, its output off, before the next command; so is one whose set-up was cut off.
What the instrument does with a current when nothing is heard of us is not known here: the
description has to say it (`when_silent`). Readings are compared with commands coarsely, since no
data sheet is known: a wrong sign, a wrong unit and an output that stays on are seen.
"""

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from instruments.loadcell.channels import Name
from instruments.model import Model
from instruments.options import LinkOptions, OptionError, Positive
from instruments.potentiostat.rig_range import require_within
from instruments.protocols import (
    Accuracy,
    CellReading,
    Clock,
    DeviceRefused,
    Identity,
    Transport,
)
from instruments.transport.library import Acts, Library, MaybePath, Path, Place, acts_of, opener

OPEN, CURRENT, VOLTAGE = "at_rest", "as_current", "as_voltage"
CURRENT_SHARE, CURRENT_OF_LARGEST = 0.5, 0.05  # off a command, and no more than coarse [A]
VOLTAGE_SHARE, VOLTAGE_V = 0.1, 0.5  # of the largest, and beside that [A]


class Mode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of driving the cell: what is done when it begins, what at each new value, and what is
    then read. voltage '' is not known; current '' at rest is none, where the output is off."""

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
    rest_current_a (A): at rest, with the output on, less is none.
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
    current_range_a: Positive = 0.1  # the largest current that is accepted
    rest_current_a: Annotated[float, Meta(ge=0.0)] = 1e-6

    def __post_init__(self) -> None:
        """Raises OptionError."""
        for field in ("off", "set_up"):
            acts_of(field, getattr(self, field))
        for field in (OPEN, CURRENT, VOLTAGE):
            mode: Mode = getattr(self, field)
            acts_of(field, mode.begin + mode.act)
            if field != OPEN and not mode.current:
                raise OptionError(
                    field, "it needs 'current': without one no charge is counted, and no fault seen"
                )


class AdapterPotentiostat:
    """`Potentiostat` by a library's class."""

    def __init__(
        self, transport: Transport, clock: Clock, options: AdapterPotentiostatOptions
    ) -> None:
        self._name = options.name or options.driver.partition(":")[2]
        self._library = Library(transport, clock, options.latency_ns, self._name)
        self._options = options
        self._mode = OPEN
        self._rests = False  # it was told to rest, and nothing since
        self._stale = False  # what was set up may be gone
        self._lost = ""

    def identify(self) -> Identity:
        """What the class says that it is, else its name. Raises LinkError."""
        return identify(self._library, self._options.identity, self._options.on, self._name)

    def configure(self) -> None:
        """Set up, at open circuit. Raises LinkError."""
        self._lost, self._rests = "", False
        self._set_up()
        self.open_circuit()

    def open_circuit(self) -> None:
        """Let no current flow, as the rig wants it at rest; an instrument that may have been reset
        is set up first. Raises LinkError."""
        self._set_up_if_stale()
        if self._mode != OPEN or not self._rests:
            self._begin(OPEN)
        self._act(OPEN, 0.0, 0.0)
        self._rests, self._lost = True, ""

    def switch_off(self) -> None:
        """Part the cell from the source. Raises LinkError."""
        self._rests = False
        self._library.do(acts_of("off", self._options.off))
        self._mode = OPEN

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A. Raises LinkError; DeviceRefused after a reset; ValueError where a
        number is not finite or out of the rig's range."""
        require_within(self._options, voltage_limit_v, current_a)
        self._drive(CURRENT, current_a, voltage_limit_v)

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to a voltage, V. Raises LinkError; DeviceRefused after a reset; ValueError where a
        number is not finite or out of the rig's range."""
        require_within(self._options, voltage_v, current_limit_a)
        self._drive(VOLTAGE, voltage_v, current_limit_a)

    def read(self) -> CellReading:
        """Voltage and current; the time is the voltage's. Raises LinkError."""
        library, options = self._library, self._options
        on = library.number(options.on) != 0.0
        mode: Mode = getattr(options, self._mode)
        current_a = library.number(mode.current) if mode.current else math.nan
        limited = library.number(options.limited) != 0.0 if options.limited else False
        voltage_v = library.number(mode.voltage) if mode.voltage else math.nan
        driven = on and (self._mode != OPEN or not abs(current_a) <= options.rest_current_a)
        t_ns, uncertainty_ns = library.t_ns, library.uncertainty_ns
        return CellReading(
            voltage_v, current_a if on else 0.0, driven, limited, t_ns, uncertainty_ns
        )

    def verify(self) -> None:
        """See that the output is as it was left. Raises LinkError."""
        self._rests = False
        if self._mode == OPEN:
            self._stale = True
        elif not self._library.number(self._options.on):
            self._stale = True
            self._lost = (
                f"{self._name} is off, and was driving the cell: it was reset or switched off; "
                "it is not switched on again before the circuit was opened"
            )

    def _drive(self, mode: str, value: float, limit: float) -> None:
        if self._lost:
            raise DeviceRefused(self._lost)
        self._set_up_if_stale()
        if self._mode != mode:
            self._begin(mode)
        self._act(mode, value, limit)

    def _set_up(self) -> None:
        self._stale = True
        self._library.do(acts_of("set_up", self._options.set_up))
        self._stale = False

    def _set_up_if_stale(self) -> None:
        if self._stale:
            self.switch_off()
            self._set_up()

    def _begin(self, mode: str) -> None:
        told: Mode = getattr(self._options, mode)
        if mode != OPEN:
            self.switch_off()
        self._library.do(acts_of(mode, told.begin), voltage_max=self._options.voltage_max_v)
        self._mode = mode

    def _act(self, mode: str, value: float, limit: float) -> None:
        told: Mode = getattr(self._options, mode)
        most = self._options.voltage_max_v
        self._library.do(acts_of(mode, told.act), value=value, limit=limit, voltage_max=most)


def accuracy(largest_a: float, largest_v: float) -> Accuracy:
    """How far readings may be off commands up to so much: coarse, as no data sheet is known."""
    return Accuracy(
        CURRENT_SHARE, CURRENT_OF_LARGEST * largest_a, VOLTAGE_V + VOLTAGE_SHARE * largest_v
    )


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
    accuracy=accuracy,
    opens=opener,
)
