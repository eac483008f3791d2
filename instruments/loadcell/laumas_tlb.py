"""Laumas TLB and W100 load-cell transmitters by Modbus: one port, several units.

On a serial bus they speak RTU, on `tcp://` Modbus TCP; `framing` says which, and the address
implies it. Behind a gateway on TCP several units are told apart by their number, as on the bus.

Registers (wire address = the manual's number - 40001): 0 firmware, 1 type, 2 year, 3 serial number,
4 program, 5 command, 6 status, 7-8 gross weight (high, low), 9-10 net, 11-12 peak, 17 outputs,
72-73 preset tare. Weights are 32-bit counts of the last digit, positive, with their sign in the
status: bit 7 of gross, 8 of net, 9 of peak; firmware that writes them in two's complement is read
alike. Source: Laumas TLB and TLU Modbus protocol manuals, LCB manual p. 8. Status bits 0-4 are
load-cell error, converter error, 9 divisions above the maximum, 110 % of full scale, display
overflow. The first two say that counts are no force, as with a cut wire; the others that there is
more of it than can be shown. [B] The bits differ between models, so they are options.

Rules: reading never writes: this driver never zeroes, tares or saves. After any failure the bus is
drained and probed with a question whose answer has another length, so that a late answer is never
taken for the next one: the line keeps its order, so the probe's answer comes after every old one.
"""

import struct
from typing import Annotated, Literal

from msgspec import Meta

from instruments.codecs import modbus
from instruments.codecs.modbus import FAST_SILENCE_MS
from instruments.loadcell.each import Each, of_each, require_each
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import Address, LinkOptions
from instruments.protocols import (
    BadReply,
    Clock,
    DeviceRefused,
    ForceReading,
    Identity,
    Transport,
)
from instruments.transport.link import Link
from instruments.transport.registers import FRAMINGS, QUIET_NS, Framing, Silence, silence_ns
from instruments.transport.span import Span

FIRMWARE, KIND, YEAR, SERIAL, PROGRAM = range(5)
COMMAND, STATUS, GROSS, NET, PEAK, DIVISIONS, OUTPUTS, PRESET_TARE = 5, 6, 7, 9, 11, 13, 17, 72

CELL_ERROR, CONVERTER_ERROR, ABOVE_MAXIMUM, ABOVE_110, OVERFLOW = 1, 2, 4, 8, 16
BEYOND = ABOVE_MAXIMUM | ABOVE_110 | OVERFLOW
FAULTS = CELL_ERROR | CONVERTER_ERROR | BEYOND

_STATUS_GROSS = struct.Struct(">Hi")
_IDENTITY = struct.Struct(">5H")
_PROBE = modbus.read_request(STATUS, 1)
_READ = modbus.read_request(STATUS, 3)
_WHO = modbus.read_request(FIRMWARE, 5)


class LaumasTlbOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a bus of Laumas transmitters.

    The driver reports plain counts; force of a count and full scale, one for all or one for each
    unit, are what the emulator shows weights by.
    """

    # numbers on the bus
    units: Annotated[tuple[Address, ...], Meta(min_length=1, max_length=32)] = (1,)
    division_n: Each = 0.1  # of one count, as set up on the panel
    full_scale_n: Each = 4000.0  # of each; for the emulator
    series: bool = False  # all but the last may be beyond their range
    # where the sign of a weight is; twos_complement: the bit of the status is something else
    sign: Literal["twos_complement", "status_bit"] = "status_bit"
    # bit of the status that is the sign of gross
    sign_mask: Annotated[int, Meta(ge=1, le=0x8000)] = 0x80
    # bits of the status that are a fault
    fault_mask: Annotated[int, Meta(ge=0, le=0xFFFF)] = FAULTS
    framing: Framing = "rtu"  # of Modbus; without: by the address
    silence_ms: Silence = FAST_SILENCE_MS  # between two frames of RTU; without: by the baud rate

    def __post_init__(self) -> None:
        """Raises ValueError where there is not one value for each unit."""
        require_each(self, ("division_n", "full_scale_n"), self.units)

    def divisions_n(self) -> tuple[float, ...]:
        """Force of one count of each unit, N."""
        return of_each(self.division_n, self.units)

    def full_scales_n(self) -> tuple[float, ...]:
        """Full scale of each unit, N."""
        return of_each(self.full_scale_n, self.units)

    def fault_masks(self) -> tuple[int, ...]:
        """Status bits of each unit that are a fault."""
        last = len(self.units) - 1
        may_be_beyond = self.fault_mask & ~BEYOND if self.series else self.fault_mask
        return (may_be_beyond,) * last + (self.fault_mask,)


class _Unit:
    """One transmitter: its questions and the readers of their answers."""

    def __init__(self, number: int, framing: Framing, fault_mask: int) -> None:
        self.number = number
        self.fault_mask = fault_mask
        replies = FRAMINGS[framing]
        self.reply = replies(number, _READ)
        self.probe_reply = replies(number, _PROBE)
        self.who_reply = replies(number, _WHO)

    def take(self, chunk: bytes) -> bytes | None:
        """Status and gross, six bytes, once the answer is whole and alone."""
        answer = self.reply.feed(chunk)
        if answer is None:
            return None
        if self.reply.left:
            raise BadReply(f"load cell unit {self.number}: bytes after the answer")
        return self._registers(answer)

    def take_probe(self, chunk: bytes) -> bytes | None:
        """The probe's status; whatever came before it is stepped over."""
        answer = self.probe_reply.feed(chunk)
        return None if answer is None else self._registers(answer)

    def take_who(self, chunk: bytes) -> bytes | None:
        """Firmware, type, year, serial number and program, ten bytes."""
        answer = self.who_reply.feed(chunk)
        return None if answer is None else self._registers(answer)

    def _registers(self, answer: modbus.Reply | modbus.Refusal) -> bytes:
        if isinstance(answer, modbus.Reply):
            return answer.pdu[2:]
        raise DeviceRefused(
            f"load cell unit {self.number} {answer.words()}; check the model and its register map"
        )


class LaumasTlb:
    """`LoadCell` for all transmitters on one bus, in the order of `options.units`."""

    def __init__(self, transport: Transport, clock: Clock, options: LaumasTlbOptions) -> None:
        self._link = Link(
            transport,
            clock,
            options.deadline_ns,
            options.latency_ns,
            f"load cells (Modbus {options.framing.upper()})",
            silence_ns(options),
        )
        self._units = tuple(
            _Unit(number, options.framing, fault_mask)
            for number, fault_mask in zip(options.units, options.fault_masks(), strict=True)
        )
        self._suspect = self._units[0]  # whose answer may still be on its way
        self._sign_mask = options.sign_mask if options.sign == "status_bit" else 0

    def identify(self) -> Identity:
        """Serial number and firmware of each unit; '' of one that does not tell.

        Every unit is read once besides, so that a missing one shows. Raises LinkError.
        """
        self.read()
        told = [self._who(unit) for unit in self._units]
        serial, firmware = (",".join(each).strip(",") for each in zip(*told, strict=True))
        return Identity("laumas-tlb", serial, firmware)

    def _who(self, unit: _Unit) -> tuple[str, str]:
        """Serial number and firmware of one unit."""
        unit.who_reply.reset()
        try:
            answer = self._link.exchange(unit.who_reply.request(), unit.take_who)
        except DeviceRefused:
            return "", ""  # it has no such registers
        firmware, _, _, serial, _ = _IDENTITY.unpack(answer)
        return str(serial), str(firmware)

    def read(self) -> ForceReading:
        """Gross counts of all units, each exchange within its own deadline.

        The reading's time is the middle between the first unit's and the last one's. Raises
        LinkError.
        """
        link = self._link
        if not link.in_step:
            self._resynchronise()
        counts: list[int] = []
        fault = over = False
        span = Span()
        for unit in self._units:
            self._suspect = unit
            status, gross = _STATUS_GROSS.unpack(link.exchange(unit.reply.request(), unit.take))
            if status & self._sign_mask:
                gross = -abs(gross)
            counts.append(gross)
            reported = status & unit.fault_mask
            fault |= reported & ~BEYOND != 0
            over |= reported & BEYOND != 0
            span.add(link)
        return ForceReading(tuple(counts), fault, span.t_ns, span.uncertainty_ns, over)

    def verify(self) -> None:
        """Every unit answers; there is no setting of ours in it. Raises LinkError."""
        self.read()

    def _resynchronise(self) -> None:
        link = self._link
        link.drain_until_quiet(QUIET_NS)
        suspect = self._suspect
        suspect.reply.reset()
        suspect.probe_reply.reset()
        link.exchange(suspect.probe_reply.request(), suspect.take_probe)
        suspect.probe_reply.reset()


MODEL = Model(
    "load_cells",
    "laumas-tlb",
    LaumasTlbOptions,
    LaumasTlb,
    "instruments.emulators.laumas_tlb:LaumasTlbEmulator",
    they_only_answer,
    kinds=("serial", "tcp"),
    unit="units",
    framed=True,
)
