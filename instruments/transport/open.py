"""From an address to an open transport: the only place that knows every kind of port."""

from instruments.protocols import Clock
from instruments.transport.address import AddressError, parse
from instruments.transport.descriptor import Descriptor
from instruments.transport.serial import open_serial
from instruments.transport.tcp import open_tcp
from instruments.transport.visa import Visa, open_visa


def open_transport(address: str, clock: Clock, fd: int = -1) -> Descriptor | Visa:
    """Open `address`, or take over the descriptor `fd` that another process has opened for it.

    A Descriptor has `fileno()`, and can be built anew in another process from an inherited one; a
    VISA resource has none. Raises AddressError for what is no address, LinkError for what cannot
    be opened.
    """
    found = parse(address)
    if found.kind == "visa":
        if fd >= 0:
            raise AddressError(f"{address}: a VISA resource has no descriptor to take over")
        return open_visa(found.place, clock, address)
    if fd >= 0:
        return Descriptor(fd, clock, address)
    return (open_serial if found.kind == "serial" else open_tcp)(found, clock, address)
