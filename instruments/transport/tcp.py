"""TCP sockets as plain descriptors.

Rules: connecting has a deadline; nothing waits to be sent in bigger pieces (TCP_NODELAY); what a
peer has not confirmed for a second is given up with the whole link (TCP_USER_TIMEOUT), so that a
command written into a pulled cable does not arrive when it is plugged in again.
"""

import errno
import socket

from instruments.protocols import Clock, LinkError
from instruments.transport.address import Address
from instruments.transport.descriptor import Descriptor

CONNECT_S = 3.0
UNCONFIRMED_MS = 1000
_HINTS = {
    errno.ECONNREFUSED: "nothing listens there; check the port's number, "
    "and that no other program holds the instrument's only socket",
    errno.EHOSTUNREACH: "no way to this host; check cable and network",
    errno.ENETUNREACH: "no way to this host; check cable and network",
}


def open_tcp(address: Address, clock: Clock, name: str, connect_s: float = CONNECT_S) -> Descriptor:
    """Connect to `address` within `connect_s`. Raises LinkError."""
    where = (address.place, address.port)
    try:
        line = socket.create_connection(where, timeout=connect_s)
    except TimeoutError:
        raise LinkError(f"{name}: no answer in {connect_s:g} s; check power and network") from None
    except socket.gaierror:
        raise LinkError(f"{name}: no host is called {address.place!r}; check the name") from None
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        raise LinkError(f"{name}: {_HINTS.get(number or 0, str(error))}") from None
    with line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNCONFIRMED_MS)
        return Descriptor(line.detach(), clock, name)
