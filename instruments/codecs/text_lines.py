"""Text that grows, as whole lines; numbers and times as programs write them. Pure.

Rules: a line counts once its end has come, so half a row is never read; the encoding is that of a
byte order mark, else UTF-8, else what the bytes can still be (Latin-1, which never fails). A number
with a decimal comma is read as such only where commas do not separate the columns.
"""

import codecs
import re
from contextlib import suppress
from datetime import UTC, datetime

LONGEST = 65_536  # characters of a line; what is longer is no table
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAN = float("nan")
_CLOCK = re.compile(r"(?:(\d+)[-dD ]\s*)?(\d+):(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
_DATES = (  # of those that differ in the order of day and month, the likelier first
    "%Y/%m/%d %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%m.%d.%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S",
)  # fmt: skip
SAME_S = 1.0  # two orders of day and month that differ less from row to row are not told apart


class Lines:
    """Bytes in, whole lines out, without their ends."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._rest = ""
        self._first = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes complete. A line that is too long is dropped."""
        text = self._rest + self._decoded(data)
        *lines, self._rest = text.split("\n")
        if len(self._rest) > LONGEST:
            self._rest = ""
        return [line.rstrip("\r") for line in lines]

    def _decoded(self, data: bytes) -> str:
        if self._decoder is None:
            self._first += data
            if len(self._first) < 4:  # a byte order mark may still come
                return ""
            data, self._first = self._first, b""
            self._decoder = _decoder_for(data)
        try:
            return self._decoder.decode(data)
        except UnicodeDecodeError:
            held, _ = self._decoder.getstate()
            self._decoder = codecs.getincrementaldecoder("latin-1")()
            return self._decoder.decode(held + data)


def _decoder_for(data: bytes) -> codecs.IncrementalDecoder:
    name = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    return codecs.getincrementaldecoder(name)()


def number(text: str, comma: bool) -> float:
    """A number; `comma`: its decimal sign may be a comma. NaN for what is none."""
    if comma:
        text = text.replace(",", ".")
    try:
        return NAN if "_" in text else float(text)
    except ValueError:
        return NAN


class Times:
    """The times of one table, row after row: seconds, `h:mm:ss`, `d-hh:mm:ss`, or dates with a time
    of day, which all have one form.

    On one day the order of day and month makes no difference to what lies between two rows. From
    the first row of another day on it is the one in which the rows lie closer together, until a
    row cannot have it. A change of the order moves no row: times go on from the last one.
    """

    def __init__(self) -> None:
        self._forms = _DATES  # that all dates so far can have
        self._form = ""
        self._last: dict[str, float] = {}  # the last date, in each of them
        self._is_open = True  # each row so far was as far from the last in one as in another
        self._shift_s = 0.0

    def seconds(self, text: str, comma: bool) -> float:
        """One time, s; NaN for what is none.

        A date is counted from any moment, as if it were UTC: only differences mean something.
        """
        value = number(text, comma)
        if value == value:
            return value
        found = _CLOCK.fullmatch(text)
        if found is not None:
            days, hours, minutes, rest = found.groups()
            whole = 86400 * int(days or 0) + 3600 * int(hours) + 60 * int(minutes)
            return whole + float(rest.replace(",", "."))
        return self._date(text)

    def _date(self, text: str) -> float:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
        except ValueError:
            pass
        found = _moments(text, self._forms)
        if not found:
            return NAN
        self._choose(found)
        self._forms, self._last = tuple(found), found
        return found[self._form] + self._shift_s

    def _choose(self, found: dict[str, float]) -> None:
        if not self._last:
            self._form = next(iter(found))
            return
        steps_s = {form: abs(moment - self._last[form]) for form, moment in found.items()}
        form = min(steps_s, key=steps_s.__getitem__)
        differ = max(steps_s.values()) - steps_s[form] > SAME_S
        if self._form not in found or (self._is_open and differ):
            self._shift_s += self._last[self._form] - self._last[form]
            self._form = form
        self._is_open = self._is_open and not differ


def _moments(text: str, forms: tuple[str, ...]) -> dict[str, float]:
    """What a date is in each form that it can have, s since 1970."""
    whole, _, part = (
        text.replace(",", ".").partition(".") if text.count(".") < 2 else (text, "", "")
    )
    if text.count(".") > 2:  # 05.20.2022 17:01:45.609
        whole, _, part = text.rpartition(".")
    fraction = float(f"0.{part}") if part.isdecimal() else 0.0
    found: dict[str, float] = {}
    for form in forms:
        with suppress(ValueError):
            moment = datetime.strptime(whole, form).replace(tzinfo=UTC)
            found[form] = moment.timestamp() + fraction
    return found
