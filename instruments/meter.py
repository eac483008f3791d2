"""A thermometer or a displacement gauge: any model that counts, with what a count means.

Whatever reads load cells reads anything else that is a number: lines of text, registers, the volts
of an amplifier. A meter is such a driver with one channel; `value = at_zero + per_count * counts`.
One that reports no signal, or more than its range, shows nothing: that is an error of the link, so
that its last reading ages and its loss is an event, and never a number.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from instruments.protocols import (
    BadReply,
    Clock,
    Configurable,
    DeviceRefused,
    Identity,
    LoadCell,
    MeterReading,
    Transport,
)
from instruments.registry import LOAD_CELLS, find


class Described(Protocol):
    """A meter as a rig has it."""

    @property
    def port(self) -> str:
        """`thermometer` or `gauge`."""
        ...

    @property
    def model(self) -> str:
        """Name of its model in the registry."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """Plain numbers, as its model takes them."""
        ...

    @property
    def per_count(self) -> float:
        """What a count is, °C or µm."""
        ...

    @property
    def at_zero(self) -> float:
        """What it shows where the count is 0, °C or µm."""
        ...


class Scale(NamedTuple):
    """What a count is."""

    per_count: float  # °C or µm; negative where the counts fall while it rises
    at_zero: float  # °C or µm where the count is 0

    def value(self, counts: int) -> float:
        """What so many counts are, °C or µm."""
        return self.at_zero + self.per_count * counts


class Meter:
    """One meter: `what` it is called, its driver and its scale."""

    def __init__(self, what: str, driver: LoadCell, scale: Scale) -> None:
        self._what = what
        self._driver = driver
        self._scale = scale

    def identify(self) -> Identity:
        """Ask what it is. Raises WrongDevice, LinkError."""
        return self._driver.identify()

    def configure(self) -> None:
        """Set up what has settings. Raises LinkError."""
        if isinstance(self._driver, Configurable):
            self._driver.configure()

    def read(self) -> MeterReading:
        """Its value, once, °C or µm. Raises LinkError, also where it has no signal."""
        counts, fault, t_ns, uncertainty_ns, over = self._driver.read()
        if len(counts) != 1:
            raise BadReply(f"{self._what}: {len(counts)} values came, and it is one")
        if fault or over:
            seen = "no signal" if fault else "more than its range"
            raise DeviceRefused(f"{self._what}: it reports {seen}; check the sensor and its wires")
        return MeterReading(self._scale.value(counts[0]), t_ns, uncertainty_ns)

    def verify(self) -> None:
        """Read the set-up back, as after the link was opened again. Raises LinkError."""
        self._driver.verify()


def meter(found: Described, transport: Transport, clock: Clock) -> Meter:
    """The meter of a rig on an open transport. Raises OptionsError."""
    driver = find(LOAD_CELLS, found.model).driver(transport, clock, found.options)
    return Meter(found.port, driver, Scale(found.per_count, found.at_zero))
