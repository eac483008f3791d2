"""Text lines of a protocol, pure: bytes as they come, whole lines out."""

LINE_CAP = 4096


class Lines:
    """Cuts bytes into lines at LF, or at CR where `end` says so; the other beside it is dropped.

    A line longer than `cap` is dropped whole and counted in `overlong`.
    """

    def __init__(self, cap: int = LINE_CAP, end: bytes = b"\n") -> None:
        self._cap = cap
        self._end = end
        self._buffer = b""
        self._skipping = False
        self.overlong = 0

    @property
    def left(self) -> int:
        """Bytes that came and belong to no line yet."""
        return len(self._buffer)

    def reset(self) -> None:
        """Forget what has come."""
        self._buffer = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        *whole, rest = (self._buffer + data).split(self._end)
        bare = bytes.lstrip if self._end == b"\r" else bytes.rstrip
        lines = [bare(line, b"\r\n") for line in whole if self._keeps(line)]
        if len(rest) > self._cap:
            self._skipping, rest = True, b""
        self._buffer = rest
        return lines

    def _keeps(self, line: bytes) -> bool:
        if not self._skipping and len(line) <= self._cap:
            return True
        self._skipping = False
        self.overlong += 1
        return False
