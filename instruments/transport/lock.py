"""One program a port: a lock file for each, which says who holds it.

Rules: the lock (flock) belongs to the open file, so it lives as long as any process that inherited
its descriptor, and falls with the last of them, however they end; the file itself stays. Two names
of one device have one lock: a link and its target, `tcp://` and the VISA resource of the same
socket. The folder is this user's alone.
"""

import fcntl
import os
import stat
from pathlib import Path

from instruments.protocols import LinkError
from instruments.transport.address import Address, parse


class PortBusyError(LinkError):
    """Another program holds the port; the message says which."""


class PortLock:
    """The right to use one port, until `close` in every process that shares it."""

    def __init__(self, address: str, holder: str, folder: Path | None = None) -> None:
        """Take the port at once. `holder`: who we are, for whoever comes second, such as `run x`.

        Raises AddressError; PortBusyError, with the holder's name; LinkError where no lock can be
        made.
        """
        path = (folder or _folder()) / f"{key(parse(address))}.lock"
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, 0o600)
        except OSError as error:
            raise LinkError(f"{path}: no lock can be made here ({error.strerror})") from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            held_by = os.read(fd, 200).decode("utf-8", "replace").strip()
            os.close(fd)
            raise PortBusyError(
                f"{address}: in use by {held_by or 'another program'}; "
                "stop that first, or give another rig"
            ) from None
        os.ftruncate(fd, 0)
        os.write(fd, f"{holder} (process {os.getpid()})\n".encode())
        self._fd = fd

    def fileno(self) -> int:
        """The lock's descriptor: a child that inherits it shares the lock. -1 once closed."""
        return self._fd

    def close(self) -> None:
        """Give our share back; closing twice is nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def key(address: Address) -> str:
    """A file's name for the port, equal for all its names."""
    if address.kind == "serial":
        return _device_key(address.place)
    if address.kind == "tcp":
        return _tcp_key(address.place, str(address.port))
    parts = address.place.split("::")
    board = parts[0].upper()
    if board.startswith("TCPIP") and parts[-1].upper() == "SOCKET" and len(parts) == 4:
        return _tcp_key(parts[1], parts[2])
    if board.startswith("ASRL") and "/" in board:
        return _device_key(parts[0][len("ASRL") :])
    return _plain(f"visa-{address.place.upper()}")


def _tcp_key(host: str, port: str) -> str:
    host = "127.0.0.1" if host == "localhost" else host.lower()
    return _plain(f"tcp-{host}-{port}")


def _device_key(path: str) -> str:
    try:
        number = Path(path).stat().st_rdev
    except OSError:
        return _plain(f"path-{path}")
    return f"device-{os.major(number)}-{os.minor(number)}"


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "_" for c in text)[:200]


def _folder() -> Path:
    """This user's own folder for locks, made where it is missing. Raises LinkError."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "isostack" if base else Path(f"/tmp/isostack-{os.getuid()}")  # noqa: S108
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise LinkError(f"{folder}: no folder for port locks ({error.strerror})") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise LinkError(f"{folder}: belongs to somebody else; set XDG_RUNTIME_DIR to your own")
    return folder
