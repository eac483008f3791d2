"""From an address to an open transport: the only place that knows every kind of port.

Devices at one port are roles of one box: it is opened once, and they share the link (`lines`).
"""

import os
from collections.abc import Callable, Sequence

from instruments.protocols import Clock
from instruments.transport.address import Address, AddressError, parse
from instruments.transport.descriptor import Descriptor
from instruments.transport.growing import GrowingFile
from instruments.transport.reopening import Reopening
from instruments.transport.serial import load, open_serial
from instruments.transport.tcp import open_tcp
from instruments.transport.visa import Visa, open_visa

REOPEN_S = 0.2  # for a connection that is opened again: others wait meanwhile


Port = Descriptor | Visa | GrowingFile


def open_transport(address: str, clock: Clock, fd: int = -1) -> Port:
    """Open `address`, or take over the descriptor `fd` that another process has opened for it.

    A Descriptor has `fileno()`, and can be built anew in another process from an inherited one; a
    VISA resource and a file have none. Raises AddressError for what is no address, LinkError for
    what cannot be opened.
    """
    found = parse(address)
    if found.kind == "visa":
        if fd >= 0:
            raise AddressError(f"{address}: a VISA resource has no descriptor to take over")
        return open_visa(found.place, clock, address)
    if found.kind == "file":
        return GrowingFile(found.place, clock)
    if fd >= 0:
        return Descriptor(fd, clock, address)
    return (open_serial if found.kind == "serial" else open_tcp)(found, clock, address)


def reopening(address: str, clock: Clock, port: Port | None, rank: int = 0) -> Reopening:
    """`port` at `address`, or None where it is not open, as a transport that can be opened again.

    A host is not looked up again, so that no name server is waited for, and a connection must stand
    within `REOPEN_S`. What opening needs is loaded now. `rank`: see `lines`. Raises AddressError.
    """
    found = parse(address)
    if found.kind == "serial":
        load()
    if isinstance(port, GrowingFile):  # it goes on where it was
        return Reopening(port, lambda: port, clock, address, rank)
    if isinstance(port, Descriptor) and found.kind == "tcp":
        found = found._replace(place=port.peer() or found.place)
    return Reopening(port, lambda: _again(found, clock, address), clock, address, rank)


def port_of(address: str) -> str:
    """The port itself, however it is set up; a link to a serial port is followed."""
    place = address.partition("?")[0]
    return os.path.realpath(place) if place.startswith("/") else place.lower()


def first_at(addresses: Sequence[str]) -> tuple[int, ...]:
    """For each address the index of the first one at its port."""
    ports = [port_of(address) for address in addresses]
    return tuple(ports.index(port) for port in ports)


def lines(
    addresses: Sequence[str],
    ranks: Sequence[int],
    clock: Clock,
    opened: Callable[[int], Port | Reopening | None],
) -> tuple[Reopening, ...]:
    """The transport of the device at each address; those at one port share a connection.

    `opened` gives the port of the device with an index, once for each port; what its model opens by
    itself, as a Reopening. Of those that share, the lowest of `ranks` has the first turn.
    Raises AddressError, LinkError.
    """
    found: list[Reopening] = []
    for index, (first, rank) in enumerate(zip(first_at(addresses), ranks, strict=True)):
        if first < index:
            found.append(found[first].share(rank))
            continue
        port = opened(index)
        if isinstance(port, Reopening):
            port.begin(rank)
            found.append(port)
        else:
            found.append(reopening(addresses[index], clock, port, rank))
    return tuple(found)


def _again(found: Address, clock: Clock, name: str) -> Port:
    if found.kind == "file":
        return GrowingFile(found.place, clock)
    if found.kind == "visa":
        return open_visa(found.place, clock, name)
    if found.kind == "tcp":
        return open_tcp(found, clock, name, REOPEN_S)
    return open_serial(found, clock, name, exclusive=False)
