"""Faults of a line, put between an emulator and its host: replies lost, late, damaged, doubled.

Rules: each injected fault takes the next reply, in order; without one, bytes pass unchanged. A
request that is not answered uses up nothing. What is late comes before the next exchange's reply,
as it does on a wire.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum

from instruments.protocols import Emulator, Unasked

RUBBISH = b"\x00\xff\x55\x01\x03\r"


class Fault(Enum):
    """What can happen to a reply."""

    LOST = "lost"
    LATE = "late"
    DAMAGED = "damaged"
    TRUNCATED = "truncated"
    DOUBLED = "doubled"
    PREFIXED = "prefixed"
    SPLIT = "split"
    BABBLE = "babble"


Now = bytes
Later = bytes


def _damaged(reply: bytes) -> tuple[Now, Later]:
    middle = len(reply) // 2
    return reply[:middle] + bytes((reply[middle] ^ 0x10,)) + reply[middle + 1 :], b""


_EFFECTS: dict[Fault, Callable[[bytes], tuple[Now, Later]]] = {
    Fault.LOST: lambda _: (b"", b""),
    Fault.LATE: lambda reply: (b"", reply),
    Fault.DAMAGED: _damaged,
    Fault.TRUNCATED: lambda reply: (reply[: len(reply) // 2], b""),
    Fault.DOUBLED: lambda reply: (reply + reply, b""),
    Fault.PREFIXED: lambda reply: (RUBBISH + reply, b""),
    Fault.SPLIT: lambda reply: (reply[: len(reply) // 2], reply[len(reply) // 2 :]),
    Fault.BABBLE: lambda _: (RUBBISH * 2000, b""),
}


class FaultyLine:
    """`Emulator` that is another emulator behind a bad line."""

    def __init__(self, inner: Emulator) -> None:
        self._inner = inner
        self._pending: deque[Fault] = deque()
        self._late = b""

    def inject(self, *faults: Fault) -> None:
        """Let each of `faults` happen to one coming reply, in order."""
        self._pending.extend(faults)

    @property
    def pending(self) -> int:
        """Faults that have not happened yet."""
        return len(self._pending)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes that get through."""
        return self._through(self._inner.receive(data, t_ns))

    def _through(self, reply: bytes) -> bytes:
        late, self._late = self._late, b""
        if reply and self._pending:
            reply, self._late = _EFFECTS[self._pending.popleft()](reply)
        return late + reply


class FaultyStream(FaultyLine):
    """One that speaks unasked: its faults happen to what it says."""

    def __init__(self, inner: Emulator, speaker: Unasked) -> None:
        super().__init__(inner)
        self._speaker = speaker
        self.period_ns = speaker.period_ns

    def unasked(self, t_ns: int) -> bytes:
        """What it has said up to `t_ns`, as it gets through."""
        said = self._speaker.unasked(t_ns)
        return self._through(said) if said else b""


def faulty(inner: Emulator) -> FaultyLine:
    """`inner` behind a bad line."""
    return FaultyStream(inner, inner) if isinstance(inner, Unasked) else FaultyLine(inner)
