"""One exchange on a line: a request out, its answer in, before one deadline for the whole answer.

Rules: `in_step` is false from the moment a request is sent until its answer is complete, so after
any failure the driver knows that a late answer may still come and must resynchronise first.
Nothing but the caller's `take` judges bytes. Where frames are parted by silence, a request waits
for it since the last byte that came or went, and a byte that comes meanwhile begins it anew. On a
transport that several devices share an exchange is one turn, from the first byte thrown away to the
last one read. Times are monotonic nanoseconds.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar, runtime_checkable

from instruments.protocols import BadReply, Clock, ReplyTimeout, Transport

T = TypeVar("T")
Take = Callable[[bytes], T | None]  # None: not complete; raises LinkError

READ_SIZE = 4096
BABBLE_BYTES = 65536  # no answer of ours is a tenth as long
CALM = 2  # deadlines of silence, after an answer that may be that of another question [A]


@runtime_checkable
class Shared(Protocol):
    """A transport that several devices may use, each for one exchange at a time."""

    def turn(self) -> AbstractContextManager[None]:
        """Have it alone."""
        ...


class Link:
    """A transport with a clock, a deadline and the time of the last exchange."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        deadline_ns: int,
        latency_ns: int,
        name: str,
        silence_ns: int = 0,
    ) -> None:
        """`silence_ns`: that parts two frames on the line."""
        self._transport = transport
        self._clock = clock
        self.deadline_ns = deadline_ns
        self._latency_ns = latency_ns
        self._name = name
        self._silence_ns = silence_ns
        self._last_ns = clock() if silence_ns else 0  # when the line was last used
        self._turn = transport.turn if isinstance(transport, Shared) else nullcontext[None]
        self.in_step = False
        self.t_ns = 0  # middle of the last exchange minus the declared latency
        self.uncertainty_ns = 0  # half of that exchange

    def send(self, request: bytes) -> None:
        """Write what has no answer."""
        self._transport.write(request)
        self._last_ns = self._clock()

    def exchange(self, request: bytes, take: Take[T], longer_ns: int = 0) -> T:
        """Send `request` and return what `take` makes of the answer.

        `longer_ns`: what the instrument works on it, beyond the deadline. Raises ReplyTimeout (with
        what was missing) or whatever `take` raises.
        """
        with self._turn():
            return self._exchange(request, take, longer_ns)

    def _exchange(self, request: bytes, take: Take[T], longer_ns: int) -> T:
        self.drain()  # a second copy of the last answer is not this one's
        self.in_step = False
        sent_ns = self._clock()
        try:
            self._transport.write(request)
            answer = self._collect(take, sent_ns, self.deadline_ns + longer_ns)
        finally:
            self._last_ns = self._clock()
        half_ns = (self._last_ns - sent_ns) >> 1
        self.t_ns = sent_ns + half_ns - self._latency_ns
        self.uncertainty_ns = half_ns
        self.in_step = True
        return answer

    def _collect(self, take: Take[T], sent_ns: int, patience_ns: int) -> T:
        read, deadline_ns = self._transport.read, sent_ns + patience_ns
        came = 0
        while True:
            chunk = read(READ_SIZE, deadline_ns)
            if not chunk:
                raise ReplyTimeout(self._late(came, patience_ns))
            answer = take(chunk)
            if answer is not None:
                return answer
            came += len(chunk)
            if came > BABBLE_BYTES or self._clock() >= deadline_ns:
                raise BadReply(self._late(came, patience_ns))

    def _late(self, came: int, patience_ns: int) -> str:
        late = f"{self._name}: no whole answer in {patience_ns / 1e6:g} ms"
        if came:
            return f"{late} ({came} bytes came): another instrument, unit or baud rate?"
        return f"{late} (0 bytes came); check power, cable, address and baud rate"

    def drain(self) -> None:
        """Forget what has come so far, and let the line be silent for as long as it must be.

        Ends at the exchange's deadline at the latest, so that a babbling line cannot hold us.
        """
        if not self._silence_ns:
            self._transport.drain()
            return
        end_ns = self._clock() + self.deadline_ns
        while self._transport.read(READ_SIZE, min(self._last_ns + self._silence_ns, end_ns)):
            self._last_ns = self._clock()
            if self._last_ns >= end_ns:
                return

    def drain_until_quiet(self, quiet_ns: int) -> None:
        """Forget what has come and what still comes, until `quiet_ns` without a byte.

        Ends at the exchange's deadline at the latest, so that a babbling line cannot hold us.
        """
        self._transport.drain()
        self.is_quiet_for(quiet_ns, self.deadline_ns)

    def is_quiet_for(self, quiet_ns: int, longest_ns: int) -> bool:
        """Forget what comes, until `quiet_ns` without a byte; False where that takes too long."""
        end_ns, quiet_ns = self._clock() + longest_ns, max(quiet_ns, self._silence_ns)
        came = 0
        while came < BABBLE_BYTES:
            now_ns = self._clock()
            until_ns = min(now_ns + quiet_ns, end_ns)
            chunk = self._transport.read(READ_SIZE, until_ns)
            came += len(chunk)
            if not chunk:
                return until_ns == now_ns + quiet_ns
            if now_ns >= end_ns:
                return False
        return False
