"""Numbers in Modbus registers, by a map: the wire of the models `modbus-map`, RTU and TCP.

Rules: an answer must have the unit, function and length that were asked for. After any failure the
bus is drained and probed with a question of a length of its own, so that a late answer is never
taken for the next one (on TCP its transaction tells it apart besides). A refusal, which has no
length, is an answer to it only if the bus is silent after it for twice the deadline. A refusal of
anything else is a DeviceRefused.
"""

import struct
from itertools import islice
from typing import Annotated, Literal, Protocol

import msgspec
from msgspec import Meta

from instruments.codecs import mbap, modbus
from instruments.options import OptionError
from instruments.protocols import BadReply, DeviceRefused
from instruments.transport.link import CALM, Link

QUIET_NS = 5_000_000  # without a byte: nothing more comes
PROBES = 4  # lengths of the questions that probe a line, in turn: each may be late [A]
FRAMINGS = {"rtu": modbus.RtuReplies, "tcp": mbap.TcpReplies}

Register = Annotated[int, Meta(ge=0, le=0xFFFF)]
Mask = Register  # bits
Type = Literal["int16", "uint16", "int32", "uint32", "float32"]
Order = Literal["high_first", "low_first"]
Framing = Literal["rtu", "tcp"]
Silence = Annotated[float, Meta(ge=0.0, le=100.0)]  # between two frames, ms
FORMATS: dict[str, str] = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I"}
FORMATS["float32"] = ">f"


class FramedOptions(Protocol):
    """Options of a model that speaks Modbus."""

    @property
    def framing(self) -> Framing:
        """RTU or TCP."""
        ...

    @property
    def silence_ms(self) -> float:
        """What parts two frames of RTU, ms."""
        ...


def silence_ns(options: FramedOptions) -> int:
    """What parts two frames, ns; on TCP their header does."""
    return round(1e6 * options.silence_ms) if options.framing == "rtu" else 0


class Number(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number: `register` is its wire address (the manual's number less 40001 or 30001)."""

    register: Register
    type: Type = "int16"
    order: Order = "high_first"  # of the two words of 32 bits
    function: Literal[3, 4] = 3  # holding or input registers

    @property
    def size(self) -> int:
        """Registers that it takes."""
        return struct.calcsize(FORMATS[self.type]) // 2

    def words(self, value: float) -> tuple[int, ...]:
        """`value` as registers. Raises ValueError where its type does not hold it."""
        form = FORMATS[self.type]
        try:
            raw = struct.pack(form, value if self.type == "float32" else round(value))
        except (struct.error, OverflowError):
            raise ValueError(
                f"{value:g} is beyond the {self.type} of register {self.register}"
            ) from None
        words = struct.unpack(f">{self.size}H", raw)
        return words if self.order == "high_first" else words[::-1]

    def value(self, words: tuple[int, ...]) -> float:
        """The number that registers hold; NaN where they hold none."""
        ordered = words if self.order == "high_first" else words[::-1]
        return struct.unpack(FORMATS[self.type], struct.pack(f">{self.size}H", *ordered))[0]


class Flag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Yes where a register has one of the bits of `mask`."""

    register: Register
    mask: Mask = 0xFFFF
    function: Literal[3, 4] = 3


class Write(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that is written to a register."""

    register: Register
    value: float
    type: Type = "uint16"
    order: Order = "high_first"

    @property
    def number(self) -> Number:
        """The register as a number."""
        return Number(register=self.register, type=self.type, order=self.order)


def check_writes(field: str, writes: tuple[Write, ...]) -> None:
    """Whether each value fits its type. Raises OptionError."""
    for one in writes:
        try:
            one.number.words(one.value)
        except ValueError as error:
            raise OptionError(field, str(error)) from None


class Block(msgspec.Struct, frozen=True):
    """Registers that are read at once."""

    function: int
    first: int
    count: int


def blocks(numbers: list[Number]) -> tuple[Block, ...]:
    """As few reads as there can be without a register that no number has."""
    found: list[Block] = []
    for one in sorted(numbers, key=lambda number: (number.function, number.register)):
        last = found[-1] if found else None
        end = one.register + one.size
        if last is None or last.function != one.function or one.register > last.first + last.count:
            found.append(Block(one.function, one.register, one.size))
        elif end - last.first <= modbus.MAX_REGISTERS:
            found[-1] = Block(last.function, last.first, max(last.count, end - last.first))
    return tuple(found)


class Bus:
    """Reads and writes registers of units over a link."""

    def __init__(self, link: Link, framing: Framing, name: str) -> None:
        self._link = link
        self._make = FRAMINGS[framing]
        self._name = name
        self._asked: dict[tuple[int, bytes], modbus.RtuReplies | mbap.TcpReplies] = {}
        self._probes = 0  # sent so far
        self._suspect: tuple[int, bytes] | None = None  # whose answer may still be on its way

    @property
    def in_step(self) -> bool:
        """Whether no late answer may still come."""
        return self._link.in_step

    def read(self, unit: int, block: Block) -> tuple[int, ...]:
        """Registers of one block. Raises LinkError."""
        pdu = modbus.read_request(block.first, block.count, block.function)
        answer = self._exchange(unit, pdu)
        return struct.unpack(f">{block.count}H", answer[2:])

    def number(self, unit: int, number: Number) -> float:
        """One number. Raises LinkError."""
        words = self.read(unit, Block(number.function, number.register, number.size))
        return number.value(words)

    def is_set(self, unit: int, flag: Flag) -> bool:
        """Whether a flag says yes. Raises LinkError."""
        return self.read(unit, Block(flag.function, flag.register, 1))[0] & flag.mask != 0

    def write(self, unit: int, number: Number, value: float) -> None:
        """Write one number. Raises LinkError."""
        self._exchange(unit, _write_request(number, value))

    def write_first(self, unit: int, number: Number, value: float) -> None:
        """Write whatever the line's state is, without an answer. Raises LinkError."""
        self._link.drain()
        self._link.send(self._make(unit, _write_request(number, value)).request())

    def _exchange(self, unit: int, pdu: bytes) -> bytes:
        if not self._link.in_step:
            self._resynchronise()
        self._suspect = (unit, pdu)
        replies = self._replies(unit, pdu)

        def take(chunk: bytes) -> bytes | None:
            answer = replies.feed(chunk)
            if answer is not None and replies.left:
                raise BadReply(f"{self._name} unit {unit}: bytes after the answer")
            return None if answer is None else self._judged(answer)

        try:
            return self._link.exchange(replies.request(), take)
        finally:
            if not self._link.in_step:
                replies.reset()

    def _replies(self, unit: int, pdu: bytes) -> modbus.RtuReplies | mbap.TcpReplies:
        if pdu[0] not in modbus.READS:  # each written value is another request
            return self._make(unit, pdu)
        key = (unit, pdu)
        if key not in self._asked:
            self._asked[key] = self._make(unit, pdu)
        return self._asked[key]

    def _judged(self, answer: modbus.Reply | modbus.Refusal) -> bytes:
        if isinstance(answer, modbus.Reply):
            return answer.pdu
        raise DeviceRefused(
            f"{self._name} unit {answer.unit} {answer.words()}; check the registers of the "
            "description"
        )

    def _resynchronise(self) -> None:
        """Drain, and ask for so many registers as nobody else asks for. Each probe asks for another
        number than the one before it, whose answer may be late, too. Raises LinkError."""
        self._link.drain_until_quiet(QUIET_NS)
        if self._suspect is None:
            return
        unit, pdu = self._suspect
        function, first = struct.unpack_from(">BH", pdu)
        if function not in modbus.READS:
            function = modbus.READ
        self._probes += 1
        counts = self._unused_counts()
        count = counts[self._probes % len(counts)]
        probe = self._make(unit, modbus.read_request(first, count, function))
        answer = self._link.exchange(probe.request(), probe.feed)
        silence_ns = CALM * self._link.deadline_ns
        refused = not isinstance(answer, modbus.Reply)
        if refused and not self._link.is_quiet_for(silence_ns, 2 * silence_ns):
            self._link.in_step = False
            raise BadReply(f"{self._name} unit {unit}: late answers still come")

    def _unused_counts(self) -> tuple[int, ...]:
        """Numbers of registers that no question asks for, the smallest ones."""
        used = {struct.unpack_from(">H", pdu, 3)[0] for _, pdu in self._asked}
        found = (count for count in range(1, modbus.MAX_REGISTERS + 1) if count not in used)
        return tuple(islice(found, PROBES))


def _write_request(number: Number, value: float) -> bytes:
    words = number.words(value)
    if len(words) == 1:
        return modbus.write_one_request(number.register, words[0])
    return modbus.write_many_request(number.register, words)
