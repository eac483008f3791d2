"""VISA resources, through pyvisa and its own backend in Python (pyvisa-py).

Rules: pyvisa is loaded only where a VISA address is used: it brings numpy, 20 MB. Answers are
lines: a read ends at a line feed, at the deadline, or where the message ends. The session behind a
resource is read directly, because a resource throws away the bytes that came before a time-out.
A closed TCP peer, which pyvisa-py takes for a time-out, is told apart by looking at its socket.
There is no descriptor to hand on: whoever speaks opens it.
"""

import contextlib
import math
import os
import re
import select
import socket
from typing import Any

from instruments.protocols import Clock, LinkError, LinkGone, ReplyTimeout

OPEN_MS = 3000
LINE_END = "\n"
WRITE_MS = 100


class Visa:
    """`Transport` over one open VISA resource."""

    def __init__(self, resource: Any, clock: Clock, name: str) -> None:
        """`resource`: a pyvisa MessageBasedResource of the backend '@py'.

        Raises LinkError where nobody is there: pyvisa-py opens a socket that was refused.
        """
        self._resource = resource
        self._session = resource.visalib.sessions[resource.session]
        self._clock = clock
        self._name = name
        self._timeout_ms = -1
        resource.read_termination = LINE_END
        self._limit(WRITE_MS)
        self._require_peer()

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError; ReplyTimeout where the instrument does not take them."""
        try:
            sent, status = self._session.write(data)
        except Exception as error:  # noqa: BLE001 - sockets, pyserial, USB: each its own
            raise self._gone(error) from None
        if status < 0 or sent != len(data):
            raise ReplyTimeout(f"{self._name}: takes no more bytes; check cable and power")

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkError."""
        left_ns = deadline_ns - self._clock()
        try:
            self._limit(max(math.ceil(left_ns / 1e6), 1))
            data, status = self._session.read(size)
        except Exception as error:  # noqa: BLE001 - sockets, pyserial, USB: each its own
            raise self._gone(error) from None
        if data:
            return bytes(data)
        if status < 0 and not self._timed_out(status):
            raise LinkError(f"{self._name}: VISA says {status.name}; check cable and power")
        self._require_peer()
        return b""

    def drain(self) -> None:
        """Throw away what has come; at once where the session's socket or port can be asked."""
        with contextlib.suppress(Exception):
            if self._pending() or self._readable():
                self._limit(1)
                while self._session.read(4096)[0]:
                    pass

    def close(self) -> None:
        """Let go of the resource; closing twice is nothing."""
        with contextlib.suppress(Exception):
            self._resource.close()

    def sever(self) -> None:
        """Nobody shares a resource: the same as `close`."""
        self.close()

    def _limit(self, timeout_ms: int) -> None:
        if timeout_ms != self._timeout_ms:
            self._resource.timeout = self._timeout_ms = timeout_ms

    def _timed_out(self, status: int) -> bool:
        from pyvisa.constants import StatusCode  # noqa: PLC0415 - see the module's rules

        return status == StatusCode.error_timeout

    def _pending(self) -> bool:
        return bool(getattr(self._session, "_pending_buffer", b""))

    def _readable(self) -> bool:
        """Whether bytes may be waiting; True where that cannot be known."""
        if not hasattr(self._session.interface, "fileno"):
            return True
        return bool(select.select([self._session.interface], [], [], 0)[0])

    def _require_peer(self) -> None:
        line = getattr(self._session, "interface", None)
        if not isinstance(line, socket.socket):
            return
        try:
            closed = line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return
        except OSError as error:
            raise self._gone(error) from None
        if closed:
            raise LinkGone(
                f"{self._name}: closed by the instrument; check that nobody else uses it"
            )

    def _gone(self, error: Exception) -> LinkGone:
        return LinkGone(f"{self._name}: the link is gone ({why(error)}); check cable and power")


NEEDED = {"usb": "pyusb", "gpib": "gpib-ctypes", "serial": "pyserial", "psutil": "psutil"}
_MODULE = re.compile(r"No module named '(\w+)")


def why(error: Exception) -> str:
    """What a library below VISA said, in one line: the system's answer, or the package it lacks."""
    missing = _MODULE.search(str(error))
    if missing and missing[1] in NEEDED:
        return f"the Python package {NEEDED[missing[1]]} is not installed"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return (str(error).splitlines() or [type(error).__name__])[0]


def open_visa(resource: str, clock: Clock, name: str) -> Visa:
    """Open a VISA resource. Raises LinkError."""
    import pyvisa  # noqa: PLC0415 - see the module's rules

    try:
        opened = pyvisa.ResourceManager("@py").open_resource(resource, open_timeout=OPEN_MS)
    except Exception as error:  # noqa: BLE001 - pyvisa-py raises bare Exception, OSError, ValueError
        raise LinkError(
            f"{name}: cannot be opened ({why(error)}); check the resource's name, cable and power"
        ) from None
    try:
        return Visa(opened, clock, name)
    except BaseException:
        opened.close()
        raise
