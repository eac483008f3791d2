"""Whose turn it is on a link that several devices of one box share.

Rules: one exchange at a time; a thread that waits is woken by the one that ends, so that nobody
overtakes. Lower ranks go first, equal ones in the order in which they came: a press with the
lowest rank waits for the exchange under way, and for no other.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from heapq import heappop, heappush


class Turns:
    """The turns on one link."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._count = 0
        self._waiting: list[tuple[int, int, threading.Lock]] = []

    @contextmanager
    def turn(self, rank: int) -> Generator[None]:
        """Have the link for one exchange."""
        self._wait(rank)
        try:
            yield
        finally:
            self._pass_on()

    def waiting(self) -> int:
        """How many threads wait for it."""
        return len(self._waiting)

    def _wait(self, rank: int) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            gate = threading.Lock()
            gate.acquire()
            self._count += 1
            heappush(self._waiting, (rank, self._count, gate))
        gate.acquire()  # by the one before, who leaves the link taken

    def _pass_on(self) -> None:
        with self._guard:
            self._taken = bool(self._waiting)
            if self._waiting:
                heappop(self._waiting)[2].release()
