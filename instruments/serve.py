"""Emulated instruments in real time, on pseudo terminals and TCP sockets, for anybody's software.

Rules: one loop serves all; nobody outside can hold it: a client that does not read loses bytes (on
a pty, as on a line without handshake) or its connection (on TCP), one that sends rubbish is the
emulator's business, one that stops is not waited for. A pty's slave stays open, so that clients may
come and go. A pty has no baud rate: request and answer take their time on the line here, ten bits a
byte, and the instrument its turnaround between them (no less than the silence that parts frames on
its line), and what it says that it takes besides. The
world is moved on before every request and at least each `STEP_NS`, which is also what feeds device
heartbeats. Listeners are on this machine alone unless another host is asked for. Times are those of
`clock`, ns.
"""

import contextlib
import heapq
import os
import select
import socket
import tty
from collections.abc import Callable
from typing import NamedTuple, Protocol, Self, runtime_checkable

from instruments.protocols import Clock, Emulator, Parting, Slow, Unasked

STEP_NS = 5_000_000
TURNAROUND_NS = 500_000  # between a request's last byte and the answer's first [A]
LINE_BITS = 10  # of a byte: start, eight, stop
CLIENTS = 8  # at once, of one listener
PENDING = 256  # requests of one client that wait for the line
READ_SIZE = 4096
SECOND_NS = 1_000_000_000


@runtime_checkable
class Lines(Protocol):
    """An emulator to which several clients may be connected at once."""

    def line(self) -> Emulator:
        """A further connection."""
        ...


class Pace(NamedTuple):
    """How fast a line and the instrument at its end are. `baud` 0: no line time."""

    baud: int = 0
    turnaround_ns: int = TURNAROUND_NS

    def line_ns(self, count: int) -> int:
        """Time of so many bytes on the line."""
        return count * LINE_BITS * SECOND_NS // self.baud if self.baud else 0


class _Client:
    """One end of a line: a pty's master, or an accepted connection."""

    def __init__(self, fd: int, emulator: Emulator, pace: Pace, *, lossy: bool) -> None:
        self.fd = fd
        self.emulator = emulator
        self.slow = emulator if isinstance(emulator, Slow) else None
        silence_ns = emulator.silence_ns if isinstance(emulator, Parting) and pace.baud else 0
        self.turnaround_ns = max(pace.turnaround_ns, silence_ns)
        self.pace = pace
        self.lossy = lossy  # a pty: bytes that do not fit are lost, and nobody is ever gone
        self.busy_ns = 0  # until when the line is taken
        self.pending = 0


class Server:
    """Serves emulators until it is stopped; one thread uses it. `with` closes its lines."""

    def __init__(self, clock: Clock, advance: Callable[[int], None]) -> None:
        """`advance(t_ns)` moves the world, and ticks heartbeats, to a time of `clock`."""
        self._clock = clock
        self._advance = advance
        self._clients: dict[int, _Client] = {}
        self._listeners: dict[int, tuple[socket.socket, Emulator, Pace]] = {}
        self._slaves: list[int] = []
        self._watched: dict[int, Callable[[], None]] = {}
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = 0
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopped = False
        self._advanced_ns = clock()
        self.watch(self._wake[0], self._woken)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- where it is served -----------------------------------------------------------------

    def pty(self, emulator: Emulator, pace: Pace) -> str:
        """Serve on a new pseudo terminal; its path."""
        master, slave = os.openpty()
        for fd in (master, slave):
            tty.setraw(fd)
        os.set_blocking(master, False)
        self._slaves.append(slave)
        self._connect(_Client(master, emulator, pace, lossy=True))
        return os.ttyname(slave)

    def tcp(self, emulator: Emulator, host: str, port: int, pace: Pace) -> tuple[str, int]:
        """Serve on a TCP port (0: any that is free); host and port. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=CLIENTS)
        listener.setblocking(False)
        self._listeners[listener.fileno()] = (listener, emulator, pace)
        name = listener.getsockname()
        return name[0], name[1]

    def watch(self, fd: int, readable: Callable[[], None]) -> None:
        """Call `readable` in the loop whenever `fd` is."""
        self._watched[fd] = readable

    # ---- the loop ---------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until `stop`."""
        while not self._stopped:
            self._turn()

    def stop(self) -> None:
        """End `run`; from any thread."""
        self._stopped = True
        with contextlib.suppress(OSError):
            os.write(self._wake[1], b"\0")

    def at(self, due_ns: int, act: Callable[[int], None]) -> None:
        """Let the loop call `act(due_ns)` once that time has come."""
        self._order += 1
        heapq.heappush(self._due, (due_ns, self._order, act))

    def _turn(self) -> None:
        now_ns = self._clock()
        next_ns = self._advanced_ns + STEP_NS
        if self._due:
            next_ns = min(self._due[0][0], next_ns)
        readable = [*self._clients, *self._listeners, *self._watched]
        ready = select.select(readable, [], [], max(next_ns - now_ns, 0) / SECOND_NS)[0]
        for fd in ready:
            self._serve(fd)
        now_ns = self._clock()
        while self._due and self._due[0][0] <= now_ns:
            due_ns, _, act = heapq.heappop(self._due)
            act(due_ns)
        if now_ns - self._advanced_ns >= STEP_NS:
            self._move(now_ns)

    def _move(self, t_ns: int) -> None:
        self._advanced_ns = t_ns
        self._advance(t_ns)

    def _serve(self, fd: int) -> None:
        if fd in self._clients:
            self._hear(self._clients[fd])
        elif fd in self._listeners:
            self._accept(*self._listeners[fd])
        elif fd in self._watched:
            self._watched[fd]()

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake[0], READ_SIZE)

    # ---- clients ----------------------------------------------------------------------------

    def _accept(self, listener: socket.socket, emulator: Emulator, pace: Pace) -> None:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        with line:
            taken = sum(not client.lossy for client in self._clients.values())
            if taken >= CLIENTS:
                return
            line.setblocking(False)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            own = emulator.line() if isinstance(emulator, Lines) else emulator
            fd = line.detach()
        self._connect(_Client(fd, own, pace, lossy=False))

    def _connect(self, client: _Client) -> None:
        self._clients[client.fd] = client
        if isinstance(client.emulator, Unasked):
            self._speak(client, client.emulator, self._clock())

    def _speak(self, client: _Client, emulator: Unasked, due_ns: int) -> None:
        """Send what is said unasked, and again a period later."""
        if self._clients.get(client.fd) is not client:
            return
        now_ns = max(due_ns, self._clock())
        self._move(now_ns)
        said = emulator.unasked(now_ns)
        if said and client.busy_ns <= now_ns + SECOND_NS:  # slower than it speaks: lines are lost
            client.busy_ns = max(now_ns, client.busy_ns) + client.pace.line_ns(len(said))
            self.at(client.busy_ns, lambda _: self._send(client, said))
        self.at(due_ns + emulator.period_ns, lambda ns: self._speak(client, emulator, ns))

    def _hear(self, client: _Client) -> None:
        """Take in what has come; it is heard when its last byte has gone over the line."""
        try:
            data = os.read(client.fd, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        if client.pending >= PENDING:
            return  # more than the instrument's input holds
        now_ns = self._clock()
        client.busy_ns = max(now_ns, client.busy_ns) + client.pace.line_ns(len(data))
        client.pending += 1
        self.at(client.busy_ns, lambda due_ns: self._answer(client, data, due_ns))

    def _answer(self, client: _Client, data: bytes, due_ns: int) -> None:
        client.pending -= 1
        now_ns = max(due_ns, self._clock())
        self._move(now_ns)
        reply = client.emulator.receive(data, now_ns)
        took_ns = client.slow.took_ns if client.slow else 0
        if reply or took_ns:
            client.busy_ns = max(due_ns, client.busy_ns) + took_ns
        if reply:
            client.busy_ns += client.turnaround_ns + client.pace.line_ns(len(reply))
            self.at(client.busy_ns, lambda _: self._send(client, reply))

    def _send(self, client: _Client, reply: bytes) -> None:
        if self._clients.get(client.fd) is not client:
            return  # gone in the meantime
        try:
            sent = os.write(client.fd, reply)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = -1
        if sent != len(reply):
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        if client.lossy:
            return
        del self._clients[client.fd]
        os.close(client.fd)

    def close(self) -> None:
        """Close every line; closing twice is nothing."""
        for listener, _, _ in self._listeners.values():
            listener.close()
        for fd in (*self._clients, *self._slaves, *self._wake):
            if fd >= 0:
                os.close(fd)
        self._wake = (-1, -1)
        self._clients.clear()
        self._listeners.clear()
        self._slaves.clear()
        self._watched.clear()
