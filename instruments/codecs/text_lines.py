"""Text that grows, as whole lines; numbers and times as programs write them. Pure.

Rules: a line counts once its end has come, so half a row is never read; the encoding is that of a
byte order mark, else UTF-8, else what the bytes can still be (Latin-1, which never fails). A number
with a decimal comma is read as such only where commas do not separate the columns.
"""

import codecs
import re
from datetime import UTC, datetime

LONGEST = 65_536  # characters of a line; what is longer is no table
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAN = float("nan")
_CLOCK = re.compile(r"(?:(\d+)[-dD ]\s*)?(\d+):(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
_DATES = (
    "%Y/%m/%d %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m.%d.%Y %H:%M:%S",
    "%m-%d-%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S",
)  # fmt: skip


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


def seconds(text: str, comma: bool) -> float:
    """A time: seconds, `h:mm:ss`, `d-hh:mm:ss`, or a date with a time of day. NaN for what is none.

    A date is counted from 1970, as if it were UTC: only differences mean something.
    """
    value = number(text, comma)
    if value == value:
        return value
    found = _CLOCK.fullmatch(text)
    if found is not None:
        days, hours, minutes, rest = found.groups()
        whole = 86400 * int(days or 0) + 3600 * int(hours) + 60 * int(minutes)
        return whole + float(rest.replace(",", "."))
    return _date(text)


def _date(text: str) -> float:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        pass
    whole, _, part = (
        text.replace(",", ".").partition(".") if text.count(".") < 2 else (text, "", "")
    )
    if text.count(".") > 2:  # 05.20.2022 17:01:45.609
        whole, _, part = text.rpartition(".")
    for form in _DATES:
        try:
            moment = datetime.strptime(whole, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return moment.timestamp() + (float(f"0.{part}") if part.isdecimal() else 0.0)
    return NAN
