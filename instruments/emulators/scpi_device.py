"""What emulated SCPI instruments have in common: lines, an error queue, settings in a table.

Rules: headers come in short or long form, several on a line; what is refused goes to the queue, and
what was right on its line is done. A setting has a header, its value after `*RST`, and how a new
one is checked and written. How long the instrument works beyond the line's own time is told in
`took_ns`; whoever serves it lets the answer wait.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from instruments.codecs import scpi
from instruments.codecs.lines import Lines

OUTPUT_OFF = 803  # of SourceMeters
MISSING, UNDEFINED, RANGE, ILLEGAL, STALE, OVERRUN = -109, -113, -222, -224, -230, -363
ERRORS = {
    MISSING: "Missing parameter",
    UNDEFINED: "Undefined header",
    RANGE: "Parameter data out of range",
    ILLEGAL: "Illegal parameter value",
    STALE: "Data corrupt or stale",
    OVERRUN: "Input buffer overrun",
    OUTPUT_OFF: "Not permitted with OUTPUT off",
}
QUEUE = 64
UNSEEN = ("*WAI", "*OPC", "*SRE", "*ESE", "STATus:PRESet")
STARTED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # the instrument's calendar at time 0

Arguments = tuple[str, ...]
Query = Callable[[Arguments], str]
Act = Callable[[Arguments], object]
Check = Callable[[str], str]
T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - the device's word
    """A command that the device refuses; `code` is SCPI's."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Setting(NamedTuple):
    """One setting: header as the manual writes it, value after `*RST`, check of a new one."""

    pattern: str
    default: str
    check: Check


def number(low: float, high: float) -> Check:
    """A number within a range, written with seven digits; MIN, MAX and DEF are its ends."""
    ends = {"MIN": low, "MAX": high, "MINIMUM": low, "MAXIMUM": high}

    def check(text: str) -> str:
        try:
            value = ends[text.upper()] if text.upper() in ends else float(text)
        except ValueError:
            raise Refused(ILLEGAL) from None
        if not low <= value <= high:
            raise Refused(RANGE)
        return f"{value:.6E}"

    return check


def integer(low: int, high: int) -> Check:
    """A whole number within a range."""

    def check(text: str) -> str:
        value = float(number(low, high)(text))
        return str(round(value))

    return check


def switch(text: str) -> str:
    """On or off, as 1 or 0."""
    if text.upper() in ("1", "ON"):
        return "1"
    if text.upper() in ("0", "OFF"):
        return "0"
    raise Refused(ILLEGAL)


def word(*keywords: str) -> Check:
    """One of some keywords, in short or long form, with `:DC` or without; kept in short form."""

    def check(text: str) -> str:
        said = scpi.unquoted(text).upper().removesuffix(":DC")
        for keyword in keywords:
            if scpi.matches(said, keyword):
                return "".join(c for c in keyword if not c.islower())
        raise Refused(ILLEGAL)

    return check


def by_header(table: Mapping[str, T]) -> dict[str, T]:
    """Each spelling of each header in `table`."""
    return {header: act for pattern, act in table.items() for header in scpi.spellings(pattern)}


@lru_cache(maxsize=8)
def _headers(rows: tuple[Setting, ...]) -> dict[str, Setting]:
    return by_header({row.pattern: row for row in rows})


class ScpiDevice:
    """`Emulator` of one instrument; a model fills in its tables and hears of what is set."""

    def __init__(self, settings: Iterable[Setting], changed: Callable[[str], None]) -> None:
        """`changed` is called with the pattern of what was set."""
        rows = tuple(settings)
        self._rows = rows
        self._headers = _headers(rows)
        self._changed = changed
        self._queries: dict[str, Query] = {}
        self._commands: dict[str, Act] = {}
        self._queue: deque[int] = deque()
        self._own = self.line()
        self.settings = {row.pattern: row.default for row in rows}
        self.t_ns = 0  # of what is being heard
        self.took_ns = 0  # beyond the line's time, for what was last heard
        self.answer({
            "*OPC": lambda _: "1",
            "*STB": lambda _: "4" if self._queue else "0",
            "*ESR": lambda _: "0",
            "SYSTem:ERRor[:NEXT]": self._next_error,
            "SYSTem:ERRor:COUNt": lambda _: str(len(self._queue)),
        })  # fmt: skip
        self.obey(dict.fromkeys(("*CLS", "SYSTem:CLEar", "STATus:CLEar"), self._clear_queue))
        self.obey(dict.fromkeys(UNSEEN, _nothing))

    def answer(self, table: Mapping[str, Query]) -> None:
        """Further queries, by header."""
        self._queries |= by_header(table)

    def obey(self, table: Mapping[str, Act]) -> None:
        """Further commands, by header."""
        self._commands |= by_header(table)

    def reset(self) -> None:
        """All settings as after `*RST`."""
        self.settings.update({row.pattern: row.default for row in self._rows})

    def take(self, seconds: float) -> None:
        """Work for so long."""
        self.took_ns += round(seconds * 1e9)

    def fail(self, code: int) -> None:
        """Put an error into the queue."""
        if len(self._queue) < QUEUE:
            self._queue.append(code)

    def line(self) -> "ScpiLine":
        """Another connection to the same instrument, with its own half line."""
        return ScpiLine(self)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._own.receive(data, t_ns)

    def hear(self, lines: Lines, data: bytes, t_ns: int) -> bytes:
        """Bytes of one connection, whose half line `lines` keeps."""
        self.t_ns, self.took_ns = t_ns, 0
        overlong = lines.overlong
        replies = [self._obey(line) for line in lines.feed(data)]
        if lines.overlong != overlong:
            self.fail(OVERRUN)
        return b"".join(replies)

    def _obey(self, line: bytes) -> bytes:
        answers: list[str] = []
        for unit in scpi.parse(line.decode("latin-1")):
            try:
                self._do(unit, answers)
            except Refused as error:
                self.fail(error.code)
        return ";".join(answers).encode("latin-1") + b"\n" if answers else b""

    def _do(self, unit: scpi.Unit, answers: list[str]) -> None:
        if unit.query:
            ask = self._queries.get(unit.header)
            answers.append(ask(unit.arguments) if ask else self.settings[self._row(unit).pattern])
            return
        command = self._commands.get(unit.header)
        if command:
            command(unit.arguments)
            return
        row = self._row(unit)
        if not unit.arguments:
            raise Refused(MISSING)
        self.put(row.pattern, row.check(unit.arguments[0]))

    def put(self, pattern: str, value: str) -> None:
        """Let a setting have a value that is checked."""
        self.settings[pattern] = value
        self._changed(pattern)

    def _row(self, unit: scpi.Unit) -> Setting:
        row = self._headers.get(unit.header)
        if row is None:
            raise Refused(UNDEFINED)
        return row

    def _clear_queue(self, _: Arguments) -> None:
        self._queue.clear()

    def _next_error(self, _: Arguments) -> str:
        if not self._queue:
            return '0,"No error;0,0,0"'
        code = self._queue.popleft()
        return f'{code},"{ERRORS[code]};1;{clock(self.t_ns):%Y/%m/%d %H:%M:%S.%f}"'


def _nothing(_: Arguments) -> None:
    """Is taken, and shows nowhere."""


class ScpiLine:
    """`Emulator` of one connection."""

    def __init__(self, device: ScpiDevice) -> None:
        self._device = device
        self._lines = Lines()

    @property
    def took_ns(self) -> int:
        """How long the instrument works on what was last heard, ns."""
        return self._device.took_ns

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._device.hear(self._lines, data, t_ns)


def clock(t_ns: int) -> dt.datetime:
    """The instrument's calendar at `t_ns`."""
    return STARTED + dt.timedelta(microseconds=t_ns // 1000)
