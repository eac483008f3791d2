"""Load cells in Modbus registers by a map: address, type, word order, sign and status bits.

Rules: with one number in `read`, `units` are units on the bus, each with the same map; with several
they are the numbers' places, all on the unit `bus_unit`. Of each unit all is read in as few
exchanges as its registers allow. Reading never writes. A float that is not finite is a fault.
"""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from instruments.codecs.modbus import FAST_SILENCE_MS
from instruments.loadcell.channels import ChannelOptions
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import Address
from instruments.protocols import Clock, ForceReading, Identity, Transport
from instruments.transport.link import Link
from instruments.transport.registers import (
    Block,
    Bus,
    Framing,
    Mask,
    Number,
    Register,
    Silence,
    blocks,
    silence_ns,
)
from instruments.transport.span import Span

Words = dict[tuple[int, int], int]  # by function and register


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A register of bits: `fault`, no force; `over`, too much of it; `sign`, values are magnitudes
    and this bit says that they are negative."""

    register: Register
    fault: Mask = 0
    over: Mask = 0
    sign: Mask = 0
    function: Literal[3, 4] = 3

    @property
    def number(self) -> Number:
        """The register as a number."""
        return Number(register=self.register, type="uint16", function=self.function)


class ModbusMapOptions(ChannelOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of load cells in registers."""

    read: Annotated[tuple[Number, ...], Meta(min_length=1, max_length=32)]
    status: Status | None = None
    bus_unit: Address = 1
    framing: Framing = "rtu"
    silence_ms: Silence = FAST_SILENCE_MS  # between two frames of RTU; without: by the baud rate

    def __post_init__(self) -> None:
        """Raises OptionError."""
        super().__post_init__()
        if len(self.read) > 1:
            self.require_units(len(self.read), "read")

    def places(self) -> tuple[tuple[int, tuple[Number, ...]], ...]:
        """Each unit on the bus with its numbers, in the order of the load cells."""
        if len(self.read) == 1:
            return tuple([(unit, self.read) for unit in self.units or (1,)])
        return (
            (self.bus_unit, tuple([self.read[place] for place in self.chosen(len(self.read))])),
        )


class ModbusMapLoadCells:
    """`LoadCell` by a map of registers."""

    def __init__(self, transport: Transport, clock: Clock, options: ModbusMapOptions) -> None:
        self._name = options.name or "modbus-map"
        times = (options.deadline_ns, options.latency_ns)
        self._link = Link(transport, clock, *times, self._name, silence_ns(options))
        self._bus = Bus(self._link, options.framing, self._name)
        self._options = options
        self._places = options.places()
        self._status = options.status or Status(register=0)
        self._bits = None if options.status is None else options.status.number
        extra = [] if self._bits is None else [self._bits]
        self._blocks = [blocks([*numbers, *extra]) for _, numbers in self._places]

    def identify(self) -> Identity:
        """Modbus has no identity: every unit is read once. Raises LinkError."""
        self.read()
        return Identity(self._name, "", "")

    def read(self) -> ForceReading:
        """All load cells, once. Raises LinkError."""
        counts: list[int] = []
        fault = over = False
        span = Span()
        for (unit, numbers), parts in zip(self._places, self._blocks, strict=True):
            words: Words = {}
            for part in parts:
                words |= self._read_block(unit, part)
                span.add(self._link)
            bits = 0 if self._bits is None else round(_value(self._bits, words))
            values = [_value(number, words) for number in numbers]
            over |= bits & self._status.over != 0
            fault |= bits & self._status.fault != 0 or not all(map(math.isfinite, values))
            sign = -1.0 if bits & self._status.sign else 1.0
            counts += [self._options.counted(sign * v if math.isfinite(v) else 0.0) for v in values]
        return ForceReading(tuple(counts), fault, span.t_ns, span.uncertainty_ns, over)

    def _read_block(self, unit: int, part: Block) -> Words:
        found = self._bus.read(unit, part)
        return {(part.function, part.first + i): word for i, word in enumerate(found)}

    def verify(self) -> None:
        """Every unit answers; there is no setting of ours in it. Raises LinkError."""
        self.read()


def _value(number: Number, words: Words) -> float:
    first = number.register
    return number.value(tuple([words[number.function, first + i] for i in range(number.size)]))


MODEL: Model[ModbusMapLoadCells, object] = Model(
    "load_cells",
    "modbus-map",
    ModbusMapOptions,
    ModbusMapLoadCells,
    "instruments.emulators.modbus_map:ModbusMapLoadCellsEmulator",
    they_only_answer,
    kinds=("serial", "tcp"),
    unit="units",
    framed=True,
)
