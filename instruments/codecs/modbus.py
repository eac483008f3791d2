"""Modbus, pure: PDUs of functions 1, 3, 4, 5, 6 and 16, and RTU framing around them.

Rules: no port and no clock; time is passed in. A PDU (function and data) knows nothing of its
frame, so that MBAP, on TCP, stands beside RTU (`mbap.py`) without changing it. A reader hunts:
it gives a frame only where unit, function, length and CRC all agree, and steps over the rest.

Source: MODBUS Application Protocol V1.1b3 (function codes, exceptions), MODBUS over Serial Line
V1.02 (RTU frame, CRC, broadcast address 0, silence of 3.5 characters between frames).
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

READ_COILS = 1
READ = 3
READ_INPUT = 4
REGISTER_READS = frozenset((READ, READ_INPUT))
READS = REGISTER_READS | {READ_COILS}  # whose answers say their own length
WRITE_COIL = 5
WRITE_ONE = 6
WRITE_MANY = 16
REFUSED = 0x80  # added to the function code of an exception

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
DEVICE_FAILURE = 4
EXCEPTION_NAMES = {
    ILLEGAL_FUNCTION: "illegal function",
    ILLEGAL_ADDRESS: "illegal data address",
    ILLEGAL_VALUE: "illegal data value",
    DEVICE_FAILURE: "device failure",
    5: "acknowledge",
    6: "device busy",
}

MAX_FRAME = 256
MAX_REGISTERS = 125
MAX_COILS = 2000
COIL_ON = 0xFF00  # value that switches a coil on; 0 switches it off
SILENT_CHARACTERS, CHARACTER_BITS = 3.5, 11  # that part two frames on a serial line
FAST_BAUD, FAST_SILENCE_MS = 19_200, 1.75  # above it, it is no shorter
GAP_NS = 10_000_000  # a half request older than this is dropped; 3.5 characters are 4 ms at 9600


def _crc_table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
        return value

    return tuple(entry(i) for i in range(256))


_CRC = _crc_table()


def crc16(data: bytes) -> int:
    """CRC of an RTU frame (polynomial 0xA001 reflected, start 0xFFFF); 0 over a whole frame."""
    table = _CRC
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


def silence_ms(baud: int) -> float:
    """What parts two frames on a line of so many bits a second, ms (Serial Line V1.02, 2.5.1.1)."""
    if baud > FAST_BAUD:
        return FAST_SILENCE_MS
    return 1e3 * SILENT_CHARACTERS * CHARACTER_BITS / baud


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """`pdu` as an RTU frame for, or from, `unit`."""
    body = bytes((unit,)) + pdu
    return body + crc16(body).to_bytes(2, "little")


# ---- PDUs -----------------------------------------------------------------------------------


def read_request(address: int, count: int, function: int = READ) -> bytes:
    """Ask for `count` registers from `address` (0 to 65535): holding, or input (function 4)."""
    return struct.pack(">BHH", function, address, count)


def read_coils_request(address: int, count: int) -> bytes:
    """Ask for `count` coils from `address` (0 to 65535)."""
    return struct.pack(">BHH", READ_COILS, address, count)


def write_coil_request(address: int, *, on: bool) -> bytes:
    """Switch one coil."""
    return struct.pack(">BHH", WRITE_COIL, address, COIL_ON if on else 0)


def write_one_request(address: int, value: int) -> bytes:
    """Write one register; `value` is 0 to 65535."""
    return struct.pack(">BHH", WRITE_ONE, address, value)


def write_many_request(address: int, values: tuple[int, ...]) -> bytes:
    """Write registers from `address`; each value is 0 to 65535."""
    count = len(values)
    return struct.pack(f">BHHB{count}H", WRITE_MANY, address, count, 2 * count, *values)


def read_reply(values: tuple[int, ...], function: int = READ) -> bytes:
    """The answer to a read: the registers' values."""
    return struct.pack(f">BB{len(values)}H", function, 2 * len(values), *values)


def coils_reply(coils: Sequence[bool]) -> bytes:
    """The answer to a read of coils: the first is the lowest bit of the first byte."""
    packed = sum(1 << i for i, on in enumerate(coils) if on)
    size = (len(coils) + 7) // 8
    return bytes((READ_COILS, size)) + packed.to_bytes(size, "little")


def coils(pdu: bytes, count: int) -> tuple[bool, ...]:
    """The coils of an answer."""
    packed = int.from_bytes(pdu[2:], "little")
    return tuple(bool(packed >> i & 1) for i in range(count))


def write_reply(request_pdu: bytes) -> bytes:
    """The answer to a write: the first five bytes of its request."""
    return request_pdu[:5]


def refusal(function: int, code: int) -> bytes:
    """An exception reply."""
    return bytes((function | REFUSED, code))


class Request(NamedTuple):
    """What a server is asked; `values` is empty for a read, `pdu` is as it came."""

    unit: int
    function: int
    address: int
    quantity: int
    values: tuple[int, ...]
    pdu: bytes


def parse_request(unit: int, pdu: bytes) -> Request | int:
    """The request in `pdu`, or the exception code with which to refuse it."""
    function = pdu[0]
    if function in READS and len(pdu) == 5:
        address, count = struct.unpack_from(">HH", pdu, 1)
        return _judged(Request(unit, function, address, count, (), pdu))
    if function == WRITE_COIL and len(pdu) == 5:
        address, value = struct.unpack_from(">HH", pdu, 1)
        known = value in (0, COIL_ON)
        return Request(unit, function, address, 1, (value,), pdu) if known else ILLEGAL_VALUE
    if function == WRITE_ONE and len(pdu) == 5:
        address, value = struct.unpack_from(">HH", pdu, 1)
        return Request(unit, function, address, 1, (value,), pdu)
    if function == WRITE_MANY and len(pdu) >= 6:
        address, count, size = struct.unpack_from(">HHB", pdu, 1)
        if size != 2 * count or len(pdu) != 6 + size:
            return ILLEGAL_VALUE
        values = struct.unpack_from(f">{count}H", pdu, 6)
        return _judged(Request(unit, function, address, count, values, pdu))
    return ILLEGAL_FUNCTION


def _judged(request: Request) -> Request | int:
    most = MAX_COILS if request.function == READ_COILS else MAX_REGISTERS
    return request if 1 <= request.quantity <= most else ILLEGAL_VALUE


# ---- RTU, client's side ---------------------------------------------------------------------


class Reply(NamedTuple):
    """An answer: `pdu` begins with the function code."""

    unit: int
    pdu: bytes


class Refusal(NamedTuple):
    """An exception reply."""

    unit: int
    function: int
    code: int

    def words(self) -> str:
        """What it says: `refused function 3: exception 2 (illegal data address)`."""
        name = EXCEPTION_NAMES.get(self.code, "unknown")
        return f"refused function {self.function}: exception {self.code} ({name})"


def reply_size(request_pdu: bytes) -> int:
    """Length in bytes of the PDU that answers `request_pdu`."""
    if request_pdu[0] not in READS:
        return 5
    count = struct.unpack_from(">H", request_pdu, 3)[0]
    return 2 + (2 * count if request_pdu[0] != READ_COILS else (count + 7) // 8)


class RtuReplies:
    """Reads the answer to one request; reusable after `reset`.

    An answer of another unit, function, length, or, for a write, of another echo is not ours and
    is stepped over: only the exact answer or an exception of that function comes out.
    """

    def __init__(self, unit: int, request_pdu: bytes) -> None:
        size = reply_size(request_pdu)
        function = request_pdu[0]
        second = bytes((size - 2,)) if function in READS else request_pdu[1:5]
        self._head = bytes((unit, function)) + second
        self._refused_head = bytes((unit, function | REFUSED))
        self._length = size + 3
        self._request = rtu_frame(unit, request_pdu)
        self._buffer = b""

    def request(self) -> bytes:
        """The question as it goes to the wire."""
        return self._request

    @property
    def left(self) -> int:
        """Bytes that came and belong to no answer yet."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget what has come."""
        self._buffer = b""

    def feed(self, data: bytes) -> Reply | Refusal | None:
        """The answer, once it is whole; None before."""
        buffer = self._buffer + data if self._buffer else data
        start = 0
        while start < len(buffer):
            length = self._candidate(buffer, start)
            if length and start + length > len(buffer):
                break
            frame = buffer[start : start + length]
            if length and not crc16(frame):
                self._buffer = buffer[start + length :]
                return _answer(frame)
            start += 1
        self._buffer = buffer[start:]
        return None

    def _candidate(self, buffer: bytes, start: int) -> int:
        """Length of the frame that may begin at `start`; 0: none does."""
        if buffer.startswith(self._head[: len(buffer) - start], start):
            return self._length
        if buffer.startswith(self._refused_head[: len(buffer) - start], start):
            return 5
        return 0


def _answer(frame: bytes) -> Reply | Refusal:
    return answer(frame[0], frame[1:-2])


def answer(unit: int, pdu: bytes) -> Reply | Refusal:
    """What a reply's PDU says."""
    if pdu[0] & REFUSED:
        return Refusal(unit, pdu[0] & ~REFUSED, pdu[1])
    return Reply(unit, pdu)


# ---- RTU, server's side ---------------------------------------------------------------------


class Frame(NamedTuple):
    """A whole frame that a server has received; `reply` puts an answer into its frame."""

    unit: int
    pdu: bytes

    def reply(self, pdu: bytes) -> bytes:
        """The frame that answers this one with `pdu`."""
        return rtu_frame(self.unit, pdu)


class RtuRequests:
    """Reads the requests on a bus, byte by byte if need be.

    Rubbish is stepped over by hunting for a frame whose CRC is right; half a frame older than the
    silence between frames is dropped. A function of unknown length is taken for a frame only where
    it ends what has come.
    """

    def __init__(self, gap_ns: int = GAP_NS) -> None:
        self._gap_ns = gap_ns
        self._last_ns = 0
        self._buffer = b""

    def feed(self, data: bytes, t_ns: int) -> list[Frame]:
        """The frames that are whole now; `t_ns` is when `data` came."""
        if self._buffer and t_ns - self._last_ns > self._gap_ns:
            self._buffer = b""
        self._last_ns = t_ns
        buffer = self._buffer + data if self._buffer else data
        frames: list[Frame] = []
        start, end = 0, len(buffer)
        keep = end  # from here on, a frame may still become whole
        while start < end:
            stop = start + _request_length(buffer, start)
            if stop <= end and not crc16(buffer[start:stop]):
                frames.append(Frame(buffer[start], buffer[start + 1 : stop - 2]))
                start, keep = stop, end
                continue
            if stop >= end:
                keep = min(keep, start)
            start += 1
        self._buffer = buffer[keep:][-MAX_FRAME:]
        return frames


_SHORT = READS | {WRITE_COIL, WRITE_ONE}


def _request_length(buffer: bytes, start: int) -> int:
    """Length of the frame that would begin at `start`; past the end: more must come; 0: none."""
    rest = len(buffer) - start
    if rest < 4:
        return 4
    function = buffer[start + 1]
    if function in _SHORT:
        return 8
    if function == WRITE_MANY:
        return 9 + buffer[start + 6] if rest > 6 else 9
    return 0 if start else rest
