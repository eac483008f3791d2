"""A transport whose port can be opened again once it is gone.

Rules: it never opens a port by itself: whoever uses it calls `reopen`, then identifies the
instrument. What is left of the old connection is ended first, also for those who share it. Between
two attempts there are 10 ms, twice as long after each that failed, at most 1 s; `reopen` before
that fails at once. Times are those of `clock`, ns.
"""

from collections.abc import Callable
from typing import Protocol

from instruments.protocols import Clock, LinkError, LinkGone, Transport

FIRST_WAIT_NS = 10_000_000
MOST_WAIT_NS = 1_000_000_000


class Port(Transport, Protocol):
    """A transport that can end its connection for all who share it."""

    def sever(self) -> None:
        """End the connection, and close."""
        ...


class Reopening:
    """`Transport` over the connection that is open at present, if there is one."""

    def __init__(
        self, port: Port | None, opener: Callable[[], Port], clock: Clock, name: str
    ) -> None:
        """`port`: open already; None where it is not. `opener` raises LinkError."""
        self._port = port
        self._opener = opener
        self._clock = clock
        self._name = name
        self._wait_ns = FIRST_WAIT_NS
        self._next_ns = 0  # no attempt before this

    def reopen(self) -> None:
        """Open the port anew. Raises LinkGone where it cannot be opened, or not yet."""
        self.close()
        if self._clock() < self._next_ns:
            raise LinkGone(f"{self._name}: the link is gone, and is tried again each second")
        self._next_ns = self._clock() + FIRST_WAIT_NS
        try:
            self._port = self._opener()
        except LinkError as error:
            self.later()
            raise LinkGone(str(error)) from None

    def later(self) -> None:
        """What answers is not to be used: close it, and wait before the next attempt."""
        self.close()
        self._next_ns = self._clock() + self._wait_ns
        self._wait_ns = min(2 * self._wait_ns, MOST_WAIT_NS)

    def works(self) -> None:
        """The instrument answers: the next attempt, should there be one, waits for nothing more."""
        self._wait_ns = FIRST_WAIT_NS

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError."""
        self._open().write(data)

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkError."""
        return self._open().read(size, deadline_ns)

    def drain(self) -> None:
        """Throw away what has come; never fails."""
        if self._port is not None:
            self._port.drain()

    def close(self) -> None:
        """End the connection; closing twice is nothing."""
        port, self._port = self._port, None
        if port is not None:
            port.sever()

    def _open(self) -> Port:
        if self._port is None:
            raise LinkGone(f"{self._name}: the link is gone, and was not opened again")
        return self._port
