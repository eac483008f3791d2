"""Addresses as people write them: which port, and how it is set up.

    /dev/ttyUSB0?baud=115200&unit=1     a serial port, 8 data bits
    tcp://192.168.0.7:502?unit=2        a TCP socket; an IPv6 host stands in brackets
    TCPIP::192.168.0.7::5025::SOCKET    a VISA resource
    file:/data/cell-7/*.txt             a file that another program writes, or a pattern
    acme:SN123                          what the model of another package opens by itself

Rules: pure; nothing is opened and no name is looked up. Options follow `?`, as NAME=VALUE joined by
`&`; an option that the kind of port does not have is an error that says which it has. `unit` and
`framing` are the instrument's business and only carried along.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from instruments.options import OptionsError

Kind = Literal["serial", "tcp", "visa", "file", "own"]

BAUDS = (
    1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 921600,
    1000000, 1500000, 2000000, 3000000,
)  # fmt: skip
DEFAULT_BAUD = 115200
TCP = "tcp://"
FILE = "file:"
GRAMMAR = (
    "write a port's path (/dev/ttyUSB0?baud=115200), tcp://HOST:PORT, "
    "a VISA resource (TCPIP::HOST::PORT::SOCKET), or file:/PATH of a file to follow"
)
_VISA = re.compile(r"(ASRL|GPIB|PXI|TCPIP|USB|VICP|PRLGX)[^\s]*::[^\s]*", re.IGNORECASE)
_OWN = re.compile(r"([a-z][a-z0-9-]{1,31}):([^/\s].*)")
_HOST = re.compile(r"\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9._-]+")


class AddressError(OptionsError):
    """An address that cannot be one; the message says how they are written."""


class Address(NamedTuple):
    """Where an instrument is."""

    kind: Kind
    place: str  # path of a device or file, host, VISA resource, or what follows the scheme
    port: int = 0  # of TCP
    baud: int = DEFAULT_BAUD
    parity: str = "N"  # N, E or O
    stop: int = 1  # stop bits
    units: tuple[int, ...] = ()  # numbers on a bus; empty: not said
    framing: str = ""  # rtu or tcp, of Modbus; '': what the kind of port implies
    scheme: str = ""  # of kind own: the word before the first colon


def parse(text: str) -> Address:
    """Read an address. Raises AddressError."""
    if text.startswith(TCP):
        return _tcp(text)
    if text.startswith("/"):
        place, options = _split(text, "serial")
        return Address("serial", place)._replace(**options)
    if text.startswith(FILE):
        return _file(text)
    if _VISA.fullmatch(text):
        return Address("visa", text)
    own = _OWN.fullmatch(text)
    if own is not None:
        return Address("own", own[2], scheme=own[1])
    raise AddressError(f"{text!r} is no address: {GRAMMAR}")


def _tcp(text: str) -> Address:
    place, options = _split(text, "tcp")
    host, _, port = place.removeprefix(TCP).rpartition(":")
    if not _HOST.fullmatch(host):
        raise AddressError(f"{text}: no host before the port; write tcp://HOST:PORT")
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise AddressError(f"{text}: port {port!r} is not a number from 1 to 65535")
    return Address("tcp", host.strip("[]"), int(port))._replace(**options)


def _file(text: str) -> Address:
    """All of it is the path: `?` stands for any letter."""
    place = text.removeprefix(FILE)
    if not place.startswith("/") or "\0" in place:
        raise AddressError(
            f"{text}: write the whole path, file:/FOLDER/NAME.txt; * may stand in it"
        )
    if place.endswith("/"):
        place += "*"
    return Address("file", place)


# ---- options --------------------------------------------------------------------------------


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"a number from {low} to {high}")
        return int(text)

    return read


def _baud(text: str) -> int:
    if not text.isdecimal() or int(text) not in BAUDS:
        raise ValueError(f"one of {', '.join(map(str, BAUDS))}")
    return int(text)


def _word(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text

    return read


def _units(text: str) -> tuple[int, ...]:
    read = _number(1, 255)
    try:
        units = tuple(read(part) for part in text.split(","))
    except ValueError:
        raise ValueError("a number from 1 to 255, or several with commas between") from None
    if len(set(units)) != len(units):
        raise ValueError("each number once")
    return units


class _Option(NamedTuple):
    field: str  # of Address
    kinds: tuple[Kind, ...]
    read: Callable[[str], object]


_OPTIONS: dict[str, _Option] = {
    "baud": _Option("baud", ("serial",), _baud),
    "parity": _Option("parity", ("serial",), _word("N", "E", "O")),
    "stop": _Option("stop", ("serial",), _number(1, 2)),
    "unit": _Option("units", ("serial", "tcp"), _units),
    "framing": _Option("framing", ("serial", "tcp"), _word("rtu", "tcp")),
}


def _split(text: str, kind: Kind) -> tuple[str, dict[str, object]]:
    """The place, and the options as fields of Address."""
    place, mark, query = text.partition("?")
    fields: dict[str, object] = {}
    for part in query.split("&") if mark else ():
        name, _, value = part.partition("=")
        option = _OPTIONS.get(name)
        if option is None or kind not in option.kinds:
            known = ", ".join(name for name, row in _OPTIONS.items() if kind in row.kinds)
            raise AddressError(f"{text}: no option {name!r} here; there are {known}")
        if option.field in fields:
            raise AddressError(f"{text}: {name} is given twice")
        try:
            fields[option.field] = option.read(value)
        except ValueError as error:
            raise AddressError(f"{text}: {name}={value}: write {error}") from None
    return place, fields
