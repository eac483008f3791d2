"""A text file that another program writes, as a transport: what is new of it, and nothing else.

Rules: it is opened for reading only, shared, and never locked; nothing is written. A pattern stands
for the newest file that matches, so a program may begin another file at any time. The old one is
read to its end first, and one that was left is not taken up again, so that two that both grow are
not mixed. Of a long file only its head (with the header) and its tail are read at the
start. A file that is not there yet is no failure: there is nothing to read. What begins anew
(another file, one that was cut short or written again) is a `BeginsAnew`, once.
Times are those of `clock`, ns.
"""

import glob
import os
from pathlib import Path
from typing import NamedTuple

from instruments.protocols import BeginsAnew, Clock, LinkError, LinkGone

POLL_NS = 100_000_000  # between two looks at the folder and the file's size
HEAD_BYTES = 256 * 1024  # of a file that is there at the start: its header
TAIL_BYTES = 64 * 1024  # and its newest rows


class _Seen(NamedTuple):
    """Which file is open, whatever it is called now."""

    path: str
    inode: int
    device: int


class GrowingFile:
    """`Transport` over the newest file of a pattern."""

    def __init__(self, pattern: str, clock: Clock) -> None:
        """`pattern`: an absolute path; `*`, `?` and `[…]` as in a shell."""
        self._pattern = pattern
        self._folder = os.path.dirname(_plain_part(pattern)) or "/"  # noqa: PTH120
        self._clock = clock
        self._fd = -1
        self._seen: _Seen | None = None
        self._at = 0
        self._next_ns = clock()
        self._gap_at = -1  # where the head of a long file ends
        self._left: set[_Seen] = set()

    @property
    def path(self) -> str:
        """The file that is read now; '' before there is one."""
        return self._seen.path if self._seen else ""

    def write(self, data: bytes) -> None:
        """Nothing is ever written to it. Raises LinkError for any byte."""
        if data:
            raise LinkError(f"{self._pattern}: the file of another program is only read")

    def read(self, size: int, deadline_ns: int) -> bytes:  # noqa: ARG002 - nothing is waited for
        """What is new, at most `size` bytes; b'' where nothing is. Never waits.

        Raises BeginsAnew, LinkGone.
        """
        try:
            data = self._more(size)
            if data or self._clock() < self._next_ns:
                return data
            self._next_ns = self._clock() + POLL_NS
            self._look()
            return self._more(size)
        except OSError as error:
            self.sever()
            why = error.strerror or str(error)
            raise LinkGone(f"{self.path or self._pattern}: cannot be read ({why})") from error

    def _more(self, size: int) -> bytes:
        if self._fd < 0:
            return b""
        if self._at == self._gap_at:
            self._skip()
        room = size if self._gap_at < 0 else min(size, self._gap_at - self._at)
        data = os.pread(self._fd, room, self._at)
        self._at += len(data)
        return data

    def _skip(self) -> None:
        """From the head of a long file to its tail; the line between is no row, and old."""
        self._at, self._gap_at = max(self._at, os.fstat(self._fd).st_size - TAIL_BYTES), -1

    def _look(self) -> None:
        """Whether there is a file, another one, or the same begun again. Raises BeginsAnew."""
        path = self._newest()
        if not path:
            return
        found = Path(path).stat()
        seen = _Seen(path, found.st_ino, found.st_dev)
        if self._fd >= 0 and seen == self._seen:
            if found.st_size < self._at:
                self._at, self._gap_at = 0, -1
                raise BeginsAnew(f"{path}: was cut short or written again", replaced=False)
            return
        before = self._seen
        if seen in self._left or (self._fd >= 0 and os.fstat(self._fd).st_size > self._at):
            return
        self._open(seen, found.st_size)
        if before is not None and seen != before:
            self._left.add(before)
            raise BeginsAnew(f"{path}: follows {before.path}", replaced=True)

    def _open(self, seen: _Seen, size: int) -> None:
        again = seen == self._seen  # it was out of reach for a while
        fd = os.open(seen.path, os.O_RDONLY | os.O_CLOEXEC)
        self._close()
        self._fd, self._seen = fd, seen
        if again and size >= self._at:
            return
        self._at = 0
        self._gap_at = HEAD_BYTES if size > HEAD_BYTES + TAIL_BYTES else -1

    def _newest(self) -> str:
        """Path of the file to read; '' where there is none yet. Raises FileNotFoundError where the
        folder is not there either."""
        Path(self._folder).stat()
        if not glob.has_magic(self._pattern):
            return self._pattern if Path(self._pattern).is_file() else ""
        found: list[tuple[float, str]] = []
        for path in glob.iglob(self._pattern):  # noqa: PTH207 - the pattern is a whole path
            try:
                status = Path(path).stat()
            except OSError:  # gone in the meantime
                continue
            if _Seen(path, status.st_ino, status.st_dev) not in self._left:
                found.append((status.st_mtime, path))
        return max(found)[1] if found else ""

    def drain(self) -> None:
        """Nothing comes unasked."""

    def sever(self) -> None:
        """Let go of the file; the next `read` goes on where this one was."""
        self._close()

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    def fileno(self) -> int:
        """-1: each process opens the file for itself."""
        return -1

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _plain_part(pattern: str) -> str:
    """The path as far as no part of it is a pattern."""
    while glob.has_magic(pattern):
        folder = os.path.dirname(pattern)  # noqa: PTH120
        pattern = folder if glob.has_magic(folder) else os.path.join(folder, "")  # noqa: PTH118
    return pattern
