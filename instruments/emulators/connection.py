"""One connection to an emulated instrument that others may be connected to as well.

Rules: what is heard in part belongs to its connection; what is whole goes to the instrument.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from instruments.codecs import mbap, modbus
from instruments.codecs.lines import Lines
from instruments.transport.registers import Framing

T = TypeVar("T")
Frame = modbus.Frame | mbap.Frame

_REQUESTS: dict[str, Callable[[], modbus.RtuRequests | mbap.TcpRequests]] = {
    "rtu": modbus.RtuRequests,
    "tcp": mbap.TcpRequests,
}


class Connection(Generic[T]):
    """`Emulator` of one connection: `whole` cuts what comes, `answer` is the instrument's.

    `silence_ns` parts a request and its answer on its line."""

    def __init__(
        self,
        whole: Callable[[bytes, int], Iterable[T]],
        answer: Callable[[T], bytes],
        silence_ns: int = 0,
    ) -> None:
        self._whole = whole
        self._answer = answer
        self.silence_ns = silence_ns

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return b"".join([self._answer(one) for one in self._whole(data, t_ns)])


def of_lines(answer: Callable[[bytes], bytes], end: bytes = b"\n") -> Connection[bytes]:
    """A connection of text lines, cut at `end`."""
    lines = Lines(end=end)
    return Connection(lambda data, _: lines.feed(data), answer)


def of_frames(
    answer: Callable[[Frame], bytes], framing: Framing, silence_ns: int = 0
) -> Connection[Frame]:
    """A connection of Modbus requests."""
    return Connection(_REQUESTS[framing]().feed, answer, silence_ns)
