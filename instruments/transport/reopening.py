"""A transport whose port can be opened again once it is gone, and that devices of a box can share.

Rules: it never opens a port by itself: whoever uses it calls `reopen`, then identifies the
instrument. What is left of the old connection is ended first, also for those who share it. Between
two attempts there are 10 ms, twice as long after each that failed, at most 1 s; `reopen` before
that fails at once. Times are those of `clock`, ns.

Several devices of one box have a `Reopening` each over one connection (`share`). It is opened again
once: whoever comes second finds it open. To each of them it is gone until it has called `reopen`
itself, so that none speaks over a connection behind which it has not identified its instrument.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from typing import Protocol, cast, runtime_checkable

from instruments.protocols import Clock, Handle, LinkError, LinkGone, Transport
from instruments.transport.descriptor import Descriptor, Wait
from instruments.transport.turns import Turns

FIRST_WAIT_NS = 10_000_000
ALONE = nullcontext[None]()  # the turn of who shares with nobody
MOST_WAIT_NS = 1_000_000_000


@runtime_checkable
class Shared(Protocol):
    """What can end its connection for all who share it."""

    def sever(self) -> None:
        """End the connection, and close."""
        ...


class _Connection:
    """The connection that is open at present, if there is one; one thread at a time uses it."""

    def __init__(self, port: Handle | None, opener: Callable[[], Handle], clock: Clock) -> None:
        self.port = port
        self.opened = 0  # how often it has been opened again
        self.turns = Turns()
        self.shared = False
        self.wait: Wait | None = None  # of its descriptors; None: their own
        self._opener = opener
        self._clock = clock
        self._wait_ns = FIRST_WAIT_NS
        self._next_ns = 0  # no attempt before this

    def reopen(self, name: str) -> None:
        """Open the port anew. Raises LinkGone."""
        self.close()
        if self._clock() < self._next_ns:
            raise LinkGone(f"{name}: the link is gone, and is tried again each second")
        self._next_ns = self._clock() + FIRST_WAIT_NS
        try:
            self.port = self._opener()
        except LinkError as error:
            self.later()
            raise LinkGone(str(error)) from None
        self.opened += 1
        self.set_wait()

    def set_wait(self) -> bool:
        """Let the descriptor that is open wait as it shall; False where there is none."""
        if self.wait is None or not isinstance(self.port, Descriptor):
            return False
        self.port.wait_by(self.wait)
        return True

    def later(self) -> None:
        """Close, and wait before the next attempt."""
        self.close()
        self._next_ns = self._clock() + self._wait_ns
        self._wait_ns = min(2 * self._wait_ns, MOST_WAIT_NS)

    def works(self) -> None:
        """The next attempt waits for nothing more."""
        self._wait_ns = FIRST_WAIT_NS

    def close(self) -> None:
        """End the connection."""
        port, self.port = self.port, None
        if isinstance(port, Shared):
            port.sever()
        elif port is not None:
            port.close()


class Reopening:
    """`Transport` of one device over a connection that it may share.

    What a model opens by itself need not be a transport: its driver takes it from `port`.
    """

    def __init__(
        self,
        port: Handle | None,
        opener: Callable[[], Handle],
        clock: Clock,
        name: str,
        rank: int = 0,
    ) -> None:
        """`port`: open already; None where it is not. `opener` raises LinkError. `rank`: the lowest
        has the first turn, where others share the connection."""
        self._connection = _Connection(port, opener, clock)
        self._name = name
        self._rank = rank
        self._opened = 0  # the connection that this device knows

    def share(self, rank: int) -> "Reopening":
        """The same connection for another device of the box, which begins with it as it is now."""
        other = copy(self)
        other.begin(rank)
        self._connection.shared = True
        return other

    def begin(self, rank: int) -> None:
        """Have turns of this rank, over the connection as it is now."""
        self._rank, self._opened = rank, self._connection.opened

    def turn(self) -> AbstractContextManager[None]:
        """Have the connection for one exchange: what comes in meanwhile is this device's."""
        connection = self._connection
        return connection.turns.turn(self._rank) if connection.shared else ALONE

    def wait_by(self, wait: Wait) -> bool:
        """Call `wait` where a read or a write has to wait, also once the port was opened again.

        False, and as before, where that cannot be: the connection is shared, so that its turns are
        waited for as well, or it is no descriptor.
        """
        if self._connection.shared:
            return False
        self._connection.wait = wait
        return self._connection.set_wait()

    def reopen(self) -> None:
        """Open the port anew, unless another device has done so since. Raises LinkGone where it
        cannot be opened, or not yet."""
        with self.turn():
            connection = self._connection
            if self._opened == connection.opened or connection.port is None:
                connection.reopen(self._name)
            self._opened = connection.opened

    def later(self) -> None:
        """What answers is not to be used: close it, and wait before the next attempt."""
        with self.turn():
            self._connection.later()

    def works(self) -> None:
        """The instrument answers: the next attempt, should there be one, waits for nothing more."""
        self._connection.works()

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError."""
        self._line().write(data)

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkError."""
        return self._line().read(size, deadline_ns)

    def drain(self) -> None:
        """Throw away what has come; never fails."""
        if self._connection.port is not None:
            cast("Transport", self._connection.port).drain()

    def close(self) -> None:
        """End the connection, for all who share it; closing twice is nothing."""
        self._connection.close()

    def _line(self) -> Transport:
        return cast("Transport", self.port())

    def port(self) -> Handle:
        """What is open now. Raises LinkGone where nothing is."""
        port = self._connection.port
        if port is None or self._opened != self._connection.opened:
            raise LinkGone(f"{self._name}: the link is gone, and was not opened again")
        return port
