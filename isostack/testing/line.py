"""A line in memory with a time of its own: it can be slow, mute, unplugged and plugged in again."""

from instruments.protocols import Emulator, LinkGone, Unasked

STEP_NS = 1_000_000
MS = 1_000_000


class Time:
    """A clock that moves when something waits, ns."""

    def __init__(self) -> None:
        self.t_ns = 1_000_000_000

    def __call__(self) -> int:
        """The time, ns."""
        return self.t_ns


class Line:
    """`Transport` to an emulator. A read waits, in simulated time, until its deadline."""

    def __init__(self, emulator: Emulator, time: Time, chunk: int = 0) -> None:
        """`chunk`: at most so many bytes a read; 0: all."""
        self.emulator = emulator
        self._time = time
        self._chunk = chunk
        self._waiting = b""
        self.mute = False  # nothing gets through
        self.gone = False  # the port is not there
        self.bytes = 0  # that went either way

    def write(self, data: bytes) -> None:
        """Bytes to the emulator. Raises LinkGone."""
        self._require()
        self.bytes += len(data)
        if not self.mute:
            self._came(self.emulator.receive(data, self._time()))

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size`; b'' at the deadline. Raises LinkGone."""
        self._require()
        self._hear()
        while not self._waiting and self._time() < deadline_ns:
            self._time.t_ns = min(self._time.t_ns + STEP_NS, deadline_ns)
            self._hear()
        size = min(size, self._chunk or size)
        chunk, self._waiting = self._waiting[:size], self._waiting[size:]
        return chunk

    def drain(self) -> None:
        """Forget what has come."""
        self._hear()
        self._waiting = b""

    def close(self) -> None:
        """Nothing is open."""
        self._waiting = b""

    sever = close

    def _require(self) -> None:
        if self.gone:
            raise LinkGone("unplugged")

    def _hear(self) -> None:
        if isinstance(self.emulator, Unasked) and not self.gone:
            said = self.emulator.unasked(self._time())
            self._came(b"" if self.mute else said)

    def _came(self, data: bytes) -> None:
        self.bytes += len(data)
        self._waiting += data
