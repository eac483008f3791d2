"""Trinamic TMCL's binary frames, pure: nine bytes each way.

Request: address, command, type, motor or bank, int32, checksum. Reply: host, module, status,
command, int32, checksum. Checksum: the low byte of the sum of the eight bytes before it. Numbers
are big-endian. Source: TMCL Firmware Manual (TMCM-1140 and others), "Binary command format" and
"Reply format".

Rules: no port, no clock. Nothing marks a frame's beginning: a device drops half a frame after a
silence, whose time is passed in; a host, which knows what it asked, hunts for the answer.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

SIZE = 9
GAP_NS = 10_000_000  # half a frame older than this is dropped [B]
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

_FIELDS = struct.Struct(">BBBBi")


class Command(IntEnum):
    """Command numbers."""

    ROR = 1  # rotate right, towards larger positions
    ROL = 2
    MST = 3  # stop
    MVP = 4  # move: type 0 absolute, 1 relative
    SAP = 5  # set axis parameter
    GAP = 6
    SGP = 9  # set global parameter
    GGP = 10
    GIO = 15  # get input: type is the port, motor the bank; bank 1 is analog
    VERSION = 136  # type 1: module number and firmware, binary; type 0: text, without checksum


class Axis(IntEnum):
    """Axis parameters."""

    TARGET = 0
    POSITION = 1
    TARGET_SPEED = 2
    SPEED = 3
    MAX_SPEED = 4
    MAX_ACCELERATION = 5
    MAX_CURRENT = 6
    REACHED = 8
    END_RIGHT = 10
    END_LEFT = 11
    LOAD = 206
    ERROR = 207
    STATUS = 208
    ENCODER = 209


# global parameter, bank 0, in EEPROM: ms of silence after which the motor stops; 0: off
HEARTBEAT = 68
USER_VARIABLES = 2  # bank of global parameters; in RAM

OK = 100
CHECKSUM = 1
BAD_COMMAND = 2
BAD_TYPE = 3
BAD_VALUE = 4
STATUS_NAMES = {
    OK: "ok",
    CHECKSUM: "wrong checksum",
    BAD_COMMAND: "invalid command",
    BAD_TYPE: "wrong type",
    BAD_VALUE: "invalid value",
    5: "configuration EEPROM locked",
    6: "command not available",
}


class Request(NamedTuple):
    """What the host asks."""

    address: int
    command: int
    type: int
    motor: int
    value: int


class Reply(NamedTuple):
    """What the module answers."""

    host: int
    module: int
    status: int
    command: int
    value: int


def frame(fields: Request | Reply) -> bytes:
    """Nine bytes; raises struct.error where a field is out of its range."""
    body = _FIELDS.pack(*fields)
    return body + bytes((sum(body) & 0xFF,))


def valid(data: bytes) -> bool:
    """Whether nine bytes carry their own checksum."""
    return len(data) == SIZE and sum(data[:8]) & 0xFF == data[8]


def parse_reply(data: bytes) -> Reply:
    """The reply in nine valid bytes."""
    return Reply(*_FIELDS.unpack(data[:8]))


def parse_request(data: bytes) -> Request:
    """The request in nine valid bytes."""
    return Request(*_FIELDS.unpack(data[:8]))


class Replies:
    """Hunts for the answer of `module` to `command`; what does not fit is stepped over."""

    def __init__(self, host: int, module: int, command: int) -> None:
        self._head = bytes((host, module))
        self._command = command
        self._buffer = b""

    @property
    def left(self) -> int:
        """Bytes that came and belong to no answer yet."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget what has come."""
        self._buffer = b""

    def feed(self, data: bytes) -> Reply | None:
        """The answer, once it is whole; None before."""
        buffer = self._buffer + data if self._buffer else data
        start = 0
        while len(buffer) - start >= SIZE:
            if buffer.startswith(self._head, start) and buffer[start + 3] == self._command:
                candidate = buffer[start : start + SIZE]
                if valid(candidate):
                    self._buffer = buffer[start + SIZE :]
                    return parse_reply(candidate)
            start += 1
        self._buffer = buffer[start:]
        return None


class Requests:
    """Cuts what a module hears into frames; a silence longer than `gap_ns` begins a new one."""

    def __init__(self, gap_ns: int = GAP_NS) -> None:
        self._gap_ns = gap_ns
        self._last_ns = 0
        self._buffer = b""

    def feed(self, data: bytes, t_ns: int) -> list[Request | None]:
        """The requests that are whole now; None stands for nine bytes with a wrong checksum."""
        if self._buffer and t_ns - self._last_ns > self._gap_ns:
            self._buffer = b""
        self._last_ns = t_ns
        buffer = self._buffer + data if self._buffer else data
        whole = len(buffer) - len(buffer) % SIZE
        self._buffer = buffer[whole:]
        cuts = (buffer[i : i + SIZE] for i in range(0, whole, SIZE))
        return [parse_request(cut) if valid(cut) else None for cut in cuts]
