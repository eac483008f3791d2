"""One program a port, on this machine: whoever the user is, and however the port is called.

Rules: the lock is a Unix socket with an abstract name (unix(7)), made from what the port is and not
from how it was written. The kernel gives such a name once, to any user, and takes it back when the
last process that inherited its descriptor is gone; no directory, environment or cleaning of
temporary files matters. A second socket carries the holder's name, for whoever comes second.
A host's name stands for all its addresses; all addresses of this machine are one.
It reaches as far as a network namespace: see docs/decisions/0013-port-lock.md.
"""

import errno
import ipaddress
import os
import socket
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from instruments.protocols import LinkError
from instruments.transport.address import Address, AddressError, parse

NAME_BYTES = 107  # of an abstract name, without its leading zero
SOCKETS = Path("/proc/net/unix")
THIS_MACHINE = "this-machine"
_PORT, _HOLDER = "isostack/port/", "isostack/by/"


class PortBusyError(LinkError):
    """Another program holds the port; the message says which."""


class PortLock:
    """The right to use one port, until `close` in every process that shares it."""

    def __init__(self, address: str, holder: str) -> None:
        """Take the port at once. `holder`: who we are, for whoever comes second, such as `run x`.

        Raises AddressError; PortBusyError, with the holder's name; LinkError where no lock can be
        made.
        """
        self._sockets: list[socket.socket] = []
        try:
            for name in names(parse(address)):
                self._take(name, address)
                with suppress(OSError):  # only for people
                    self._bind(f"{_holder(name)}{holder} {os.getpid()}")
        except LinkError:
            self.close()
            raise

    def filenos(self) -> list[int]:
        """The lock's descriptors: a child that inherits them shares the lock. Empty once closed."""
        return [one.fileno() for one in self._sockets]

    def close(self) -> None:
        """Give our share back; closing twice is nothing."""
        while self._sockets:
            self._sockets.pop().close()

    def _take(self, name: str, address: str) -> None:
        try:
            self._bind(f"{_PORT}{_short(name)}/{name}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise LinkError(f"{address}: no lock can be made ({error.strerror})") from None
            raise PortBusyError(
                f"{address}: in use by {held_by(name) or 'another program'}; "
                "stop that first, or give another rig"
            ) from None

    def _bind(self, name: str) -> None:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)  # nobody listens: none connects
        self._sockets.append(made)
        made.bind(b"\0" + name.encode("utf-8", "replace")[:NAME_BYTES])


def held_by(name: str) -> str:
    """Who holds a port, by what it is; '' where that is not told."""
    begin = f"@{_holder(name)}"
    with suppress(OSError):
        for line in SOCKETS.read_text(encoding="utf-8", errors="replace").splitlines():
            _, found, text = line.partition(begin)
            if found:
                holder, _, pid = text.strip().rpartition(" ")
                return f"{holder} (process {pid})"
    return ""


def names(address: Address) -> tuple[str, ...]:
    """What the port is, equal for all the ways in which it may be written; asks for host names."""
    if address.kind == "serial":
        return (_device(address.place),)
    if address.kind == "tcp":
        return _tcp(address.place, str(address.port))
    if address.kind == "file":
        return ()  # it is only read: any number of programs may
    if address.kind == "own":
        return (*_below(address.place), f"own-{address.scheme}-{address.place}")
    first, *rest = address.place.upper().split("::")
    if first.startswith("TCPIP") and rest[-1] == "SOCKET" and len(rest) == 3:
        return _tcp(rest[0], rest[1])
    if first.startswith("ASRL") and "/" in first:
        return (_device(address.place.split("::")[0][len("ASRL") :]),)
    rest = [_number(part) for part in rest if part != "INSTR"]
    board = first if first[-1].isdecimal() else f"{first}0"
    hosts = _hosts(rest[0]) if first.startswith("TCPIP") else (rest[0],)
    return tuple("-".join(("visa", board, host, *rest[1:])) for host in hosts)


def _below(place: str) -> tuple[str, ...]:
    """The port that an address of another kind goes through, where it is written as one of ours."""
    try:
        return names(parse(place))
    except AddressError:
        return ()


def _tcp(host: str, port: str) -> tuple[str, ...]:
    return tuple(f"tcp-{found}-{port}" for found in _hosts(host))


def _hosts(host: str) -> tuple[str, ...]:
    """The addresses of a host; its name in small letters where nobody knows it."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return (host.lower(),)
    return tuple(sorted({_address(family, place) for family, _, _, _, place in found}))


def _address(family: int, place: tuple[object, ...]) -> str:
    """One of a host's addresses; all that are of this machine are the same."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.bind(place)  # only to an address that is ours
        return THIS_MACHINE
    found = ipaddress.ip_address(str(place[0]).partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found)


def _device(path: str) -> str:
    """A device by its numbers: links to it, and other nodes of it, are the same."""
    try:
        number = Path(path).stat().st_rdev
    except OSError:
        return f"path-{path}"
    return f"device-{os.major(number)}-{os.minor(number)}"


def _number(text: str) -> str:
    """A number of a VISA resource in decimal, however it was written."""
    try:
        return str(int(text, 0))
    except ValueError:
        return text


def _short(name: str) -> str:
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


def _holder(name: str) -> str:
    return f"{_HOLDER}{_short(name)}/"
