"""Zaber's ASCII protocol: lines with a check sum, a number of the message, and warning flags; pure.

    /01 1 07 move abs 1000:B9          device, axis, message, command; sum of what stands before :
    @01 1 07 OK BUSY -- 0:E0           reply: flag, status, warning, data
    !01 1 IDLE --        #01 0 …       alerts and information, which nobody asked for

Source: Zaber ASCII protocol manual, firmware 6 and 7: message formats, check sums (the two's
complement of the sum), warning flags, `warnings` (how many, and all of them). [B] Which flags
beside those that begin with F stop a move.
"""

from typing import NamedTuple

from instruments.protocols import BadReply

END = b"\n"
MESSAGES = 100  # numbers of messages, from 0
NO_WARNING = "--"
NO_REFERENCE = "WR"  # its position is not known: it was without power, and was not homed since
LIMIT = "WL"  # a limit sensor was reached unexpectedly


class Reply(NamedTuple):
    """One reply."""

    device: int
    axis: int
    message: int  # -1: it was not numbered
    ok: bool
    busy: bool
    warning: str  # the gravest flag, which hides the others; NO_WARNING
    data: str
    checked: bool  # it had a check sum, which was right


def lrc(text: bytes) -> int:
    """Check sum of what stands between the first character and the colon."""
    return -sum(text) & 0xFF


def command(device: int, axis: int, message: int, text: str) -> bytes:
    """A command line with its check sum."""
    said = f"{device:02d} {axis} {message:02d} {text}".rstrip().encode("ascii")
    return b"/%s:%02X%s" % (said, lrc(said), END)


def reply(line: bytes) -> Reply | None:
    """What a line says; None for alerts and information. Raises BadReply."""
    text = line.strip()
    if text[:1] in (b"!", b"#"):
        return None
    if text[:1] != b"@":
        raise BadReply(f"press: no reply: {line[:60]!r}")
    said, colon, check = text[1:].partition(b":")
    if colon and (len(check) != 2 or check != b"%02X" % lrc(said)):
        raise BadReply(f"press: check sum of {line[:60]!r}")
    try:
        return _fields(said.decode("ascii").split(" "), checked=bool(colon))
    except (ValueError, IndexError):
        raise BadReply(f"press: no reply: {line[:60]!r}") from None


def flags(data: str) -> tuple[str, ...]:
    """All flags that `warnings` answers with, behind their number. Raises BadReply."""
    number, *found = data.split(" ")
    if not number.isdecimal() or int(number) != len(found) or any(len(one) != 2 for one in found):
        raise BadReply(f"press: no list of warnings: {data[:60]!r}")
    return tuple(found)


def _fields(fields: list[str], *, checked: bool) -> Reply:
    """Raises ValueError, IndexError."""
    device, axis = int(fields[0]), int(fields[1])
    numbered = fields[2].isdecimal()
    flag, status, warning, *data = fields[3 if numbered else 2 :]
    if flag not in ("OK", "RJ") or status not in ("BUSY", "IDLE") or len(warning) != 2 or not data:
        raise ValueError(flag)
    message = int(fields[2]) if numbered else -1
    return Reply(
        device, axis, message, flag == "OK", status == "BUSY", warning, " ".join(data), checked
    )
