"""A LabJack T7: what its roles (load cells, press, monitors) have in common.

Rules: each role has its own link over the one connection, and a turn for each exchange. A T7 takes
two connections at port 502 at most (T-Series Datasheet, section 6); a rig uses one. Transactions
are numbered over the whole process, so that no role takes an answer of another's for its own, and
begin anywhere, so that a process that goes on over the connection of another takes none of its. An
answer that stops half-way has lost the place in the stream for all: the connection is gone then,
and is opened again.

Settings of analog inputs are lost when the box loses its power. They are read back, and written
again where they differ: that moves nothing.
"""

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Annotated

from msgspec import Meta

from instruments.codecs import labjack_t7 as t7
from instruments.codecs import mbap, modbus
from instruments.codecs.labjack_t7 import Register
from instruments.options import LinkOptions, OptionError
from instruments.protocols import (
    BadReply,
    Clock,
    DeviceRefused,
    Identity,
    LinkError,
    LinkGone,
    Transport,
    WrongDevice,
)
from instruments.transport.link import Link
from instruments.transport.span import Span

BOX = "labjack-t7"
Channel = Annotated[int, Meta(ge=0, lt=t7.INPUTS)]
TRANSACTIONS = count(int.from_bytes(os.urandom(2)))


class InputOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the analog inputs of a role are set up.

    differential: each against the input after it, so that only even ones can be; else against
    ground. range_v (V, either way): 10, 1, 0.1 or 0.01. resolution: the index, 1 to 8, to 12 on a
    T7-Pro; the higher, the finer and the slower; 0: the device's choice. settling_us: after the
    switch to an input; 0: the device's choice.
    """

    differential: bool = False
    range_v: float = 10.0
    resolution: Annotated[int, Meta(ge=0, le=12)] = 0
    settling_us: Annotated[float, Meta(ge=0.0, le=50_000.0)] = 0.0

    def channels(self) -> tuple[int, ...]:
        """The inputs of this role."""
        raise NotImplementedError

    def terminals(self) -> tuple[str, ...]:
        """The terminals of the box that are this role's."""
        pairs = [(channel, channel + self.differential) for channel in self.channels()]
        return tuple(f"AIN{channel}" for channel in sorted({at for pair in pairs for at in pair}))

    def __post_init__(self) -> None:
        """Raises OptionError for a range that the device lacks, and for odd differential inputs."""
        if self.range_v not in t7.RANGES_V:
            ranges = ", ".join(f"{volts:g}" for volts in t7.RANGES_V)
            raise OptionError("range_v", f"a T7 has {ranges} V, not {self.range_v:g} V")
        odd = [channel for channel in self.channels() if channel % 2]
        if self.differential and odd:
            raise OptionError(
                "differential",
                f"input {odd[0]} cannot be differential: an even one is, against the one after it",
            )


class Box:
    """The registers of one T7."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        options: LinkOptions,
        role: str,
        transactions: Iterator[int] = TRANSACTIONS,
    ) -> None:
        self.link = Link(
            transport, clock, options.deadline_ns, options.latency_ns, f"{role} (LabJack T7)"
        )
        self._role = role
        self._transactions = transactions

    def identify(self) -> Identity:
        """Product, serial number and firmware. Raises WrongDevice, LinkError."""
        try:
            test, product = self.value(t7.TEST), self.value(t7.PRODUCT_ID)
        except DeviceRefused as error:
            raise WrongDevice(f"no LabJack T7: {error}") from None
        if test != t7.TEST_VALUE or product != t7.T7:
            raise WrongDevice(
                f"no LabJack T7: register {t7.TEST.address} is 0x{round(test):08X} and "
                f"{t7.PRODUCT_ID.address} is {product:g}, not 0x{t7.TEST_VALUE:08X} and 7"
            )
        firmware = self.value(t7.FIRMWARE_VERSION)
        return Identity("LabJack T7", f"{self.value(t7.SERIAL_NUMBER):.0f}", f"{firmware:.4f}")

    def value(self, register: Register) -> float:
        """One register's value. Raises LinkError."""
        return register.unpack(self.ask(self.question(register.address, register.size)))

    def write(self, register: Register, value: float) -> None:
        """Set one register. Raises LinkError."""
        self.ask(self._replies(modbus.write_many_request(register.address, register.pack(value))))

    def question(self, address: int, size: int) -> mbap.TcpReplies:
        """A read of `size` registers, to be asked again and again."""
        return self._replies(modbus.read_request(address, size))

    def ask(self, replies: mbap.TcpReplies) -> bytes:
        """The data of one answer. Raises LinkError."""
        try:
            answer = self.link.exchange(replies.request(), replies.feed)
        except LinkError as error:
            half, _ = replies.left, replies.reset()
            if half:
                raise LinkGone(f"{error}; half an answer came: the link is opened anew") from None
            raise
        if isinstance(answer, modbus.Reply):
            return answer.pdu[2:]
        raise DeviceRefused(
            f"{self._role}: the T7 {answer.words()}; is it a T7, and has it such inputs and "
            "outputs?"
        )

    def _replies(self, pdu: bytes) -> mbap.TcpReplies:
        return mbap.TcpReplies(t7.UNIT, pdu, self._transactions)


class Inputs:
    """Some analog inputs of one T7, read in as few exchanges as their numbers allow.

    A gap of one between two inputs is read as well: that is what differential ones leave, and takes
    less than another exchange.
    """

    def __init__(self, box: Box, channels: Sequence[int], options: InputOptions) -> None:
        self._box = box
        self._settings = settings(channels, options)
        blocks = _blocks(channels)
        self._questions = tuple(
            (box.question(t7.ain(first).address, 2 * size), struct.Struct(f">{size}f"))
            for first, size in blocks
        )
        read = [first + index for first, size in blocks for index in range(size)]
        self._places = tuple(read.index(channel) for channel in channels)

    def configure(self) -> None:
        """Set them up, and read back that it was taken. Raises LinkError."""
        write_changed(self._box, self._settings)

    def read(self) -> tuple[tuple[float, ...], Span]:
        """Their voltages, V, in the order of the channels; NaN where one is beyond its range.

        Raises LinkError.
        """
        found: list[float] = []
        span = Span()
        for question, values in self._questions:
            found += values.unpack(self._box.ask(question))
            span.add(self._box.link)
        return tuple([_valid(found[place]) for place in self._places]), span


def changed(box: Box, settings: Mapping[Register, float]) -> list[Register]:
    """Those that the box has otherwise. Raises LinkError."""
    return [
        register
        for register, value in settings.items()
        if box.value(register) != register.kept(value)
    ]


def write_changed(box: Box, settings: Mapping[Register, float]) -> None:
    """Write those that the box has otherwise, and read them back. Raises LinkError."""
    different = changed(box, settings)
    for register in different:
        box.write(register, settings[register])
    check(box, {register: settings[register] for register in different})


def check(box: Box, settings: Mapping[Register, float]) -> None:
    """Raises BadReply where the box has others, LinkError."""
    for register in changed(box, settings):
        raise BadReply(
            f"T7: {register.name} (register {register.address}) is {box.value(register):g} after "
            f"setting {settings[register]:g}; is it a T7, and does another program set it?"
        )


def settings(channels: Iterable[int], options: InputOptions) -> dict[Register, float]:
    """How the inputs are to be set up."""
    found: dict[Register, float] = {}
    for channel in channels:
        found[t7.ain_range(channel)] = options.range_v
        negative = channel + 1 if options.differential else t7.SINGLE_ENDED
        found[t7.ain_negative(channel)] = negative
        found[t7.ain_resolution(channel)] = options.resolution
        found[t7.ain_settling_us(channel)] = options.settling_us
    return found


def _blocks(channels: Iterable[int]) -> list[tuple[int, int]]:
    """First channel and number of each stretch that is read at once."""
    blocks: list[tuple[int, int]] = []
    for channel in sorted(set(channels)):
        if blocks and channel - sum(blocks[-1]) <= 1:
            first, _ = blocks[-1]
            blocks[-1] = (first, channel - first + 1)
        else:
            blocks.append((channel, 1))
    return blocks


def _valid(volts: float) -> float:
    return volts if abs(volts) < -t7.INVALID_V / 2 else float("nan")
