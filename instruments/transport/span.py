"""When a reading that takes several exchanges was taken."""

from typing import Protocol


class Timed(Protocol):
    """What knows the time of the last exchange, ns."""

    @property
    def t_ns(self) -> int:
        """Its middle, minus the declared latency."""
        ...

    @property
    def uncertainty_ns(self) -> int:
        """Half of it."""
        ...


class Span:
    """From the beginning of the first exchange to the end of the last one."""

    def __init__(self) -> None:
        self._begin_ns: int | None = None
        self.t_ns = 0  # its middle
        self.uncertainty_ns = 0  # half of it

    def add(self, last: Timed) -> None:
        """One more exchange is over."""
        if self._begin_ns is None:
            self._begin_ns = last.t_ns - last.uncertainty_ns
        self.uncertainty_ns = (last.t_ns + last.uncertainty_ns - self._begin_ns) >> 1
        self.t_ns = self._begin_ns + self.uncertainty_ns
