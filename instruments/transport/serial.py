"""Serial ports: opened, locked and set up by pyserial, then used as plain descriptors.

Rules: 8 data bits, no flow control, raw; exclusive (flock and TIOCEXCL), as long as any duplicate
of the descriptor is open; a port that is opened again is not asked for the flock, which our own
duplicate holds. A read of nothing means that the device is gone (VMIN 1). pyserial fails by
SerialException, OSError or termios.error: each is a LinkError here that says what to do.
"""

import errno
import fcntl
import os
import stat
import termios
from pathlib import Path
from typing import Protocol

from instruments.protocols import Clock, LinkError
from instruments.transport.address import Address
from instruments.transport.descriptor import Descriptor

PSEUDO_TERMINALS = range(136, 144)  # major numbers: devices.txt of the kernel
_CC = 6  # place of the control characters in what tcgetattr gives
_NOT_ALLOWED = "not allowed; add this user to the group that owns it (often dialout), log in anew"
_TAKEN = "another program has it open; end that program"
_HINTS = {
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EAGAIN: _TAKEN,
    errno.EBUSY: _TAKEN,
    errno.ENOTTY: "it is not a serial port; check the path",
    errno.EIO: "it does not answer as a serial port; plug the adapter in again",
    errno.ENXIO: "no device is behind it; plug the adapter in again",
    errno.ENODEV: "no device is behind it; plug the adapter in again",
}


class _Port(Protocol):
    def fileno(self) -> int: ...

    def close(self) -> None: ...


def open_serial(address: Address, clock: Clock, name: str, *, exclusive: bool = True) -> Descriptor:
    """Open and set up the port at `address`. Raises LinkError."""
    _require_device(address.place)
    try:
        port = _pyserial(address, exclusive=exclusive)
        try:
            fd = os.dup(port.fileno())
        finally:
            port.close()
        _wait_for_bytes(fd)
        _exclude_others(fd)
    except (OSError, termios.error, ValueError) as error:  # SerialException is an OSError
        raise LinkError(f"{address.place}: {_hint(error)}") from None
    return Descriptor(fd, clock, name)


def _pyserial(address: Address, *, exclusive: bool) -> _Port:
    import serial  # noqa: PLC0415 - whoever inherits a descriptor never needs it

    return serial.Serial(
        address.place,
        baudrate=address.baud,
        parity=address.parity,
        stopbits=address.stop,
        exclusive=exclusive,
    )


def load() -> None:
    """Load what opening needs, so that a port can be opened again without looking for files."""
    import serial  # noqa: F401, PLC0415 # pyright: ignore[reportUnusedImport]


def _wait_for_bytes(fd: int) -> None:
    attributes = termios.tcgetattr(fd)
    attributes[_CC][termios.VMIN] = 1
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _exclude_others(fd: int) -> None:
    """Nobody but root opens it until it is closed, also through another node in a container.

    Not a pseudo terminal, which would stay closed to others as long as its other end is open.
    """
    if os.major(os.fstat(fd).st_rdev) not in PSEUDO_TERMINALS:
        fcntl.ioctl(fd, termios.TIOCEXCL)


def _require_device(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        why = "no such port" if isinstance(error, FileNotFoundError) else error.strerror
        raise LinkError(f"{path}: {why}; plug the adapter in. Serial ports: {_ports()}") from None
    if not stat.S_ISCHR(mode):
        raise LinkError(f"{path}: this is not a device; serial ports: {_ports()}")


def _ports() -> str:
    found = [*Path("/dev/serial/by-id").glob("*")]
    for pattern in ("ttyUSB*", "ttyACM*", "ttyS*[0-9]"):
        found += Path("/dev").glob(pattern)
    return ", ".join(sorted(map(str, found))[:8]) or "none found"


def _hint(error: Exception) -> str:
    """What to do about it; pyserial hides some numbers in its text, and chains the error."""
    number = getattr(error, "errno", None)
    if number is None:
        cause = error.__context__
        number = cause.args[0] if cause is not None and cause.args else None
    return _HINTS.get(number, str(error)) if isinstance(number, int) else str(error)
