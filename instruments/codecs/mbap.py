"""Modbus TCP, pure: the MBAP header around the PDUs of `modbus.py`, both sides.

Rules: no port and no clock. A client takes only the answer with its own transaction, unit, function
and length, and steps over other whole frames: a late answer has another transaction. A stream whose
header cannot be one has lost its place, and everything that came with it is dropped.

Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b: transaction, protocol 0, length of
unit and PDU (2 to 254), unit.
"""

import struct
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from instruments.codecs import modbus
from instruments.codecs.modbus import Refusal, Reply

PORT = 502
_HEADER = struct.Struct(">HHHB")  # transaction, protocol, length, unit
_LEAST, _MOST = 2, 254  # length: unit, function and data


def mbap_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """`pdu` as a frame for, or from, `unit`; transaction is 0 to 65535."""
    return _HEADER.pack(transaction, 0, len(pdu) + 1, unit) + pdu


class Frame(NamedTuple):
    """A whole frame; `reply` puts an answer into its frame."""

    transaction: int
    unit: int
    pdu: bytes

    def reply(self, pdu: bytes) -> bytes:
        """The frame that answers this one with `pdu`."""
        return mbap_frame(self.transaction, self.unit, pdu)


class _Frames:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self.buffer = b""
        self.strays = 0  # bytes dropped because no header was there

    def feed(self, data: bytes) -> list[Frame]:
        buffer = self.buffer + data if self.buffer else data
        frames: list[Frame] = []
        while len(buffer) >= _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(buffer)
            if protocol or not _LEAST <= length <= _MOST:
                self.strays += len(buffer)
                buffer = b""
                break
            end = 6 + length
            if len(buffer) < end:
                break
            frames.append(Frame(transaction, unit, buffer[_HEADER.size : end]))
            buffer = buffer[end:]
        self.buffer = buffer
        return frames


class TcpReplies:
    """Asks one question and reads its answer; each `request` is a new transaction."""

    def __init__(
        self, unit: int, request_pdu: bytes, transactions: Iterator[int] | None = None
    ) -> None:
        """`transactions`: those of the connection, where several ask over it."""
        self._unit = unit
        self._transactions = count(1) if transactions is None else transactions
        self._pdu = request_pdu
        size = modbus.reply_size(request_pdu)
        function = request_pdu[0]
        second = bytes((size - 2,)) if function in modbus.READS else request_pdu[1:5]
        self._head = bytes((function,)) + second
        self._refused = function | modbus.REFUSED
        self._size = size
        self._transaction = 0
        self._frames = _Frames()

    @property
    def left(self) -> int:
        """Bytes that came and belong to no answer yet."""
        return len(self._frames.buffer)

    def request(self) -> bytes:
        """The question as it goes to the wire, under a transaction of its own."""
        self._transaction = next(self._transactions) & 0xFFFF
        return mbap_frame(self._transaction, self._unit, self._pdu)

    def reset(self) -> None:
        """Forget what has come."""
        self._frames = _Frames()

    def feed(self, data: bytes) -> Reply | Refusal | None:
        """The answer, once it is whole; None before."""
        found = None
        for frame in self._frames.feed(data):
            if self._ours(frame):
                found = modbus.answer(frame.unit, frame.pdu)
        return found

    def _ours(self, frame: Frame) -> bool:
        if frame.transaction != self._transaction or frame.unit != self._unit:
            return False
        pdu = frame.pdu
        if len(pdu) == self._size and pdu.startswith(self._head):
            return True
        return len(pdu) == 2 and pdu[0] == self._refused


class TcpRequests:
    """Reads the requests on one connection."""

    def __init__(self) -> None:
        self._frames = _Frames()

    def feed(self, data: bytes, t_ns: int) -> list[Frame]:
        """The frames that are whole now; `t_ns`, when `data` came, means nothing on TCP."""
        del t_ns
        return self._frames.feed(data)
