"""A transport without a wire: what is written reaches an emulator at once.

Rules: the emulator is told the clock's time; its replies, and what it says unasked, wait until they
are read; `read` never
waits, so an empty line is the deadline. `chunk` gives the replies in pieces of that many bytes,
as a slow line would.
"""

from instruments.protocols import Clock, Emulator, Unasked


class Loopback:
    """`Transport` between a driver and an emulator in one process."""

    def __init__(self, emulator: Emulator, clock: Clock, chunk: int = 0) -> None:
        self._receive = emulator.receive
        self._unasked = emulator.unasked if isinstance(emulator, Unasked) else None
        self._clock = clock
        self._chunk = chunk
        self._waiting = b""

    def write(self, data: bytes) -> None:
        """Hand `data` to the emulator; keep what it answers."""
        self._waiting += self._receive(data, self._clock())

    def read(self, size: int, deadline_ns: int) -> bytes:  # noqa: ARG002 (nothing to wait for)
        """What has come, at most `size` bytes; b'' when there is nothing."""
        self._hear()
        if self._chunk:
            size = min(size, self._chunk)
        waiting = self._waiting
        if len(waiting) <= size:
            self._waiting = b""
            return waiting
        self._waiting = waiting[size:]
        return waiting[:size]

    def drain(self) -> None:
        """Forget what has come."""
        self._hear()
        self._waiting = b""

    def _hear(self) -> None:
        """What the emulator has said unasked."""
        if self._unasked is not None:
            self._waiting += self._unasked(self._clock())

    def close(self) -> None:
        """Nothing to close; what has come is forgotten."""
        self._waiting = b""
