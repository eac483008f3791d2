"""Bytes over a file descriptor: a serial port, a pseudo terminal or a socket.

Rules: never blocks past a deadline, whatever the other end does; whatever fails is a LinkError that
names the port, and a LinkGone where the port itself is gone. The descriptor belongs to the
transport and is closed with it; another process may hold a duplicate (`fileno`), and only one of
the two may speak at a time. `sever` ends the connection for all duplicates, since an instrument
that takes one connection would refuse the next. An unplugged adapter shows as end of file, OSError
or termios.error, depending on the call: all three mean that it is gone. `wait_by` says how to wait,
so that one thread may serve several ports.
"""

import contextlib
import fcntl
import os
import select
import socket
import stat
import termios
from collections.abc import Callable

from instruments.protocols import Clock, LinkGone, ReplyTimeout

Wait = Callable[[int, bool, int], bool]
"""(descriptor, to write, deadline in ns): True once it is ready, False at the deadline."""

WRITE_NS = 100_000_000  # for a request to leave us; a healthy port takes it at once
DRAIN_SIZE = 4096
SHORT_NS = 10_000_000  # a wait that is not rounded to whole milliseconds
SELECTABLE = 1024  # descriptors below it
DRAIN_READS = 64  # a line that babbles faster than we read must not hold us


class Descriptor:
    """`Transport` over one descriptor, which stays non-blocking from now on."""

    def __init__(self, fd: int, clock: Clock, name: str) -> None:
        """`name` is how errors call the port. Raises LinkGone where `fd` is not open."""
        self._fd = fd
        self._clock = clock
        self._name = name
        try:
            os.set_blocking(fd, False)
        except OSError as error:
            raise self._gone(error) from None
        self._readable = select.poll()
        self._readable.register(fd, select.POLLIN)
        self._wait: Wait = self._poll

    def fileno(self) -> int:
        """The descriptor, to be inherited or duplicated; -1 once closed."""
        return self._fd

    def wait_by(self, wait: Wait) -> None:
        """Call `wait` from now on where a read or a write has to wait."""
        self._wait = wait

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError; ReplyTimeout where the port does not take them."""
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise self._gone(error) from None
        if sent < len(data):
            self._write_rest(data[sent:])

    def _write_rest(self, data: bytes) -> None:
        end_ns = self._clock() + WRITE_NS
        while data:
            if self._clock() >= end_ns or not self._wait(self._fd, True, end_ns):
                raise ReplyTimeout(
                    f"{self._name}: the port takes no more bytes; check the cable and the device"
                )
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._gone(error) from None

    def read(self, size: int, deadline_ns: int) -> bytes:
        """What has come, at most `size` bytes; b'' at the deadline. Raises LinkError."""
        while True:
            if not self._wait(self._fd, False, deadline_ns):
                return b""
            try:
                data = os.read(self._fd, size)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._gone(error) from None
            if not data:
                raise self._gone(None)
            return data

    def _poll(self, fd: int, to_write: bool, deadline_ns: int) -> bool:
        """The `Wait` that holds the thread."""
        return poll(fd, to_write, deadline_ns - self._clock())

    def drain(self) -> None:
        """Throw away what has come; never fails, since the next read or write will say it."""
        if not self._readable.poll(0):
            return
        with contextlib.suppress(OSError):
            for _ in range(DRAIN_READS):
                if len(os.read(self._fd, DRAIN_SIZE)) < DRAIN_SIZE:
                    return

    def close(self) -> None:
        """Let go of the port; closing twice is nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def sever(self) -> None:
        """End the connection in every process that shares it, and close.

        A terminal that others may not open (TIOCEXCL) may be opened again.
        """
        with contextlib.suppress(OSError):
            if os.isatty(self._fd):
                fcntl.ioctl(self._fd, termios.TIOCNXCL)
            elif stat.S_ISSOCK(os.fstat(self._fd).st_mode):
                with socket.socket(fileno=os.dup(self._fd)) as line:
                    line.shutdown(socket.SHUT_RDWR)
        self.close()

    def peer(self) -> str:
        """The numeric host at the other end of a TCP connection; '' where there is none."""
        try:
            with socket.socket(fileno=os.dup(self._fd)) as line:
                name = line.getpeername()
        except OSError:
            return ""
        return str(name[0]) if isinstance(name, tuple) else ""

    def _gone(self, error: OSError | None) -> LinkGone:
        why = (error.strerror or str(error)) if error else "closed by the other end"
        return LinkGone(f"{self._name}: the link is gone ({why}); check cable and power")


def poll(fd: int, to_write: bool, left_ns: int) -> bool:
    """Hold the thread until a descriptor is ready, for at most so long; whether it is.

    One that is closed is ready: to fail.
    """
    if fd < 0:
        return True
    if 0 < left_ns < SHORT_NS and fd < SELECTABLE:
        try:
            to_read, written, _ = select.select(
                () if to_write else (fd,), (fd,) if to_write else (), (), left_ns / 1e9
            )
        except (OSError, ValueError):
            return True  # what is done with it says what it is
        return bool(to_read or written)
    ready = select.poll()
    ready.register(fd, select.POLLOUT if to_write else select.POLLIN)
    return bool(ready.poll(left_ns / 1e6 if left_ns > 0 else 0))
