"""Reading buffers of a Keithley 2450: two of its own and those that are made.

Each reading has 14 elements. Source: 2450 Reference Manual, `:FETCh?` p. 6-3, `:READ?` p. 6-6,
TRACe subsystem section 6.
"""

import statistics
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from instruments.codecs import scpi
from instruments.emulators.scpi_device import (
    ILLEGAL,
    MISSING,
    STALE,
    Act,
    Arguments,
    Query,
    Refused,
    clock,
    integer,
)

OWN = ("defbuffer1", "defbuffer2")
SIZE = 100_000
MOST = 1_000_000


class Reading(NamedTuple):
    """One entry."""

    source: float
    source_unit: str
    measured: float
    unit: str
    t_ns: int
    relative_s: float  # after the buffer's first


def _formatted(value: float, unit: str) -> str:
    return f"{value:+.6E} {unit}"


_WRITTEN: dict[str, Callable[[Reading], str]] = {
    "DATE": lambda one: f"{clock(one.t_ns):%m/%d/%Y}",
    "FORMatted": lambda one: _formatted(one.measured, one.unit),
    "FRACtional": lambda one: f"{one.t_ns % 1_000_000_000 / 1e9:.9f}",
    "READing": lambda one: f"{one.measured:.6E}",
    "RELative": lambda one: f"{one.relative_s:.6f}",
    "SEConds": lambda one: f"{clock(one.t_ns).timestamp():.0f}",
    "SOURce": lambda one: f"{one.source:.6E}",
    "SOURFORMatted": lambda one: _formatted(one.source, one.source_unit),
    "SOURSTATus": lambda _: "0",
    "SOURUNIT": lambda one: one.source_unit,
    "STATus": lambda _: "0",
    "TIME": lambda one: f"{clock(one.t_ns):%H:%M:%S.%f}",
    "TSTamp": lambda one: f"{clock(one.t_ns):%m/%d/%Y %H:%M:%S.%f}",
    "UNIT": lambda one: one.unit,
}
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "AVERage": statistics.fmean,
    "MAXimum": max,
    "MINimum": min,
    "STDDev": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
    "PK2Pk": lambda values: max(values) - min(values),
}


class Buffer:
    """One of them; the oldest readings make room."""

    def __init__(self, size: int = SIZE) -> None:
        self.readings: deque[Reading] = deque(maxlen=size)
        self._began_ns: int | None = None

    def since_ns(self, t_ns: int) -> int:
        """Time since its first reading, which this is if there is none."""
        if self._began_ns is None:
            self._began_ns = t_ns
        return t_ns - self._began_ns

    def clear(self) -> None:
        """Forget all."""
        self.readings.clear()
        self._began_ns = None

    def resize(self, size: int) -> None:
        """Hold so many; what it has is forgotten."""
        self.readings = deque(maxlen=size)
        self._began_ns = None


class Buffers:
    """All of one instrument, and what is asked of them."""

    def __init__(self) -> None:
        self._made: dict[str, Buffer] = {}
        self.reset()

    def reset(self) -> None:
        """Its own two, empty."""
        self._made = {name: Buffer() for name in OWN}

    def split(self, arguments: Arguments) -> tuple[Buffer, Arguments]:
        """The buffer that is named first, and the other arguments. Raises Refused."""
        if not arguments:
            return self._made[OWN[0]], ()
        found = self._made.get(scpi.unquoted(arguments[0]).lower())
        if found is None:
            raise Refused(ILLEGAL)
        return found, arguments[1:]

    def queries(self) -> Mapping[str, Query]:
        """What is asked of them, by header."""
        return {
            "TRACe:ACTual": lambda told: str(len(self.split(told)[0].readings)),
            "TRACe:POINts": lambda told: str(self.split(told)[0].readings.maxlen),
            "TRACe:DATA": self._data,
            **{f"TRACe:STATistics:{name}": self._figure(name) for name in _STATISTICS},
        }

    def commands(self) -> Mapping[str, Act]:
        """What is done to them, by header."""
        return {
            "TRACe:CLEar": lambda told: self.split(told)[0].clear(),
            "TRACe:POINts": self._resize,
            "TRACe:MAKE": self._make,
            "TRACe:DELete": self._delete,
        }

    def _figure(self, name: str) -> Query:
        def ask(told: Arguments) -> str:
            values = [one.measured for one in self.split(told)[0].readings]
            if not values:
                raise Refused(STALE)
            return f"{_STATISTICS[name](values):.6E}"

        return ask

    def _data(self, told: Arguments) -> str:
        """`:TRAC:DATA? first, last, "buffer", elements`."""
        if len(told) < 2:
            raise Refused(MISSING)
        buffer, wanted = self.split(told[2:])
        last = len(buffer.readings)
        if not last:
            raise Refused(STALE)
        begin, end = (int(integer(1, last)(text)) for text in told[:2])
        if begin > end:
            raise Refused(ILLEGAL)
        return ",".join(written(one, wanted) for one in list(buffer.readings)[begin - 1 : end])

    def _resize(self, told: Arguments) -> None:
        if not told:
            raise Refused(MISSING)
        self.split(told[1:])[0].resize(int(integer(10, MOST)(told[0])))

    def _make(self, told: Arguments) -> None:
        if len(told) < 2:
            raise Refused(MISSING)
        name = scpi.unquoted(told[0]).lower()
        if name in self._made:
            raise Refused(ILLEGAL)
        self._made[name] = Buffer(int(integer(10, MOST)(told[1])))

    def _delete(self, told: Arguments) -> None:
        self.split(told)
        name = scpi.unquoted(told[0]).lower() if told else OWN[0]
        if name in OWN:
            raise Refused(ILLEGAL)
        del self._made[name]


def written(reading: Reading, elements: Arguments) -> str:
    """A reading as it is answered; without elements its measured value. Raises Refused."""
    return ",".join([write(reading) for write in _writers(elements)])


@lru_cache(maxsize=64)
def _writers(elements: Arguments) -> tuple[Callable[[Reading], str], ...]:
    return tuple(_WRITTEN[_element(one)] for one in elements) or (_WRITTEN["READing"],)


def _element(text: str) -> str:
    for keyword in _WRITTEN:
        if scpi.matches(text, keyword):
            return keyword
    raise Refused(ILLEGAL)
