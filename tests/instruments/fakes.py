"""Plants, clocks and lines that tests put around drivers and emulators."""

import math
from collections.abc import Callable

from instruments.protocols import Clock

MS = 1_000_000


class FakeClock:
    """Time that moves only when a test moves it."""

    def __init__(self) -> None:
        self.t_ns = 1_000_000_000

    def __call__(self) -> int:
        return self.t_ns

    def advance_ms(self, ms: float) -> None:
        self.t_ns += round(ms * MS)


class FakeForce:
    """`ForcePlant` with a settable force for each cell."""

    def __init__(self, *forces_n: float) -> None:
        self.forces_n = list(forces_n)

    def force_n(self, cell: int) -> float:
        return self.forces_n[cell]


class FakePress:
    """`PressPlant` that is at once where it is sent, unless `slow`."""

    def __init__(self) -> None:
        self.at = self.to = 0
        self.slow = False
        self.low = self.high = False
        self.celsius = 25.0
        self.stops = 0

    def move_to(self, counts: int) -> None:
        self.to = counts
        self.at = self.at if self.slow else counts

    def stop(self) -> None:
        self.stops += 1
        self.to = self.at

    def position(self) -> int:
        return self.at

    def target(self) -> int:
        return self.to

    def moving(self) -> bool:
        return self.at != self.to

    def end_low(self) -> bool:
        return self.low

    def end_high(self) -> bool:
        return self.high

    def temperature_c(self) -> float:
        return self.celsius


class FakeCell:
    """`CellPlant` that remembers what was asked of it.

    `at_limit`: a source of voltage gives its limit of current, and `volts` is what the cell has.
    """

    def __init__(self) -> None:
        self.volts, self.amperes, self.at_limit = 3.701234, 0.0, False
        self.sourced_v: float | None = None
        self.asked: list[tuple[str, float, float]] = []

    def open_circuit(self) -> None:
        self.amperes, self.sourced_v = 0.0, None
        self.asked.append(("open", 0.0, 0.0))

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        self.amperes, self.sourced_v = current_a, None
        self.asked.append(("current", current_a, voltage_limit_v))

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        self.sourced_v = voltage_v
        if self.at_limit:
            self.amperes = math.copysign(current_limit_a, voltage_v - self.volts)
        self.asked.append(("voltage", voltage_v, current_limit_a))

    def voltage_v(self) -> float:
        sourced_v = self.sourced_v
        return self.volts if sourced_v is None or self.at_limit else sourced_v

    def current_a(self) -> float:
        return self.amperes

    def limited(self) -> bool:
        return self.at_limit


class Transcript:
    """`Transport` that expects what is written, in order; `done` fails on leftovers."""

    def __init__(self, *exchanges: tuple[bytes, bytes]) -> None:
        self._expected = list(exchanges)
        self._waiting = b""

    def expect(self, *exchanges: tuple[bytes, bytes]) -> None:
        """And then these."""
        self._expected += exchanges

    def write(self, data: bytes) -> None:
        assert self._expected, f"nothing more was expected, {data!r} was sent"
        sent, received = self._expected.pop(0)
        assert sent == data
        self._waiting += received

    def read(self, size: int, deadline_ns: int) -> bytes:
        chunk, self._waiting = self._waiting[:size], self._waiting[size:]
        return chunk

    def drain(self) -> None:
        self._waiting = b""

    def close(self) -> None:
        self.done()

    def done(self) -> None:
        assert self._expected == []
        assert self._waiting == b""


class TimedLine:
    """`Transport` on which each read takes `step_ms` and gives what `source` makes."""

    def __init__(self, clock: FakeClock, step_ms: float, source: Callable[[], bytes]) -> None:
        self._clock = clock
        self._step_ms = step_ms
        self._source = source
        self.reads = 0

    def write(self, data: bytes) -> None:
        pass

    def read(self, size: int, deadline_ns: int) -> bytes:
        self.reads += 1
        self._clock.advance_ms(self._step_ms)
        return self._source()[:size]

    def drain(self) -> None:
        pass

    def close(self) -> None:
        pass


def ticking(clock: FakeClock, ms: float) -> Clock:
    """A clock that moves on by `ms` each time it is asked."""

    def ask() -> int:
        now_ns = clock()
        clock.advance_ms(ms)
        return now_ns

    return ask
