"""`python -m benchmarks.fuzz [--short] [--messages N] [--clients N] [--stalled N]`: a hostile link.

Clients in other processes, some in each, send what is no message, almost one, too much, or half of
one, while others watch and never read. Then no request may have reached the run but those that are
valid by the rules as they are written again here, a good client must have got every answer, and
nothing may be left of the others. Exit 1 for any effect.
"""

import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.common import Figure, conclude, parser, perform, running
from fixture.runtime.errors import RunError
from fixture.runtime.link.address import connected
from fixture.runtime.link.client import Client
from fixture.runtime.link.history import RecentHistory
from fixture.runtime.link.messages import Answer, Lease, RequestMessage, Watch, pack, row_of
from fixture.runtime.supervisor.link_thread import LinkThread
from tests.runtime.fake_frames import frame

MESSAGES, MESSAGES_SHORT = 20_000, 600  # of all clients
CLIENTS, STALLED = 2, 8
PROCESSES = 2  # that the clients are in
PATIENCE_S = 60.0  # a hostile client tries so long to connect: the run may have too many
GOOD_EACH = 50  # hostile messages between two requests of the good client
SEED = 7
LOOP_S = 0.02  # as the supervisor polls
ROW_S = 0.2
ANSWER_S = 0.02  # a hostile client listens so long before it leaves
MOST_GROWN_MB = 8.0
NAMES = {"stop", "reset", "jog", "tare", "release"}
_LENGTH = struct.Struct(">I")
_ALMOST = (
    {"type": "request", "request": "jog", "value": 1e10},
    {"type": "request", "request": "jog", "value": "1"},
    {"type": "request", "request": "jog", "value": None},
    {"type": "request", "request": "jog", "value": float("nan")},
    {"type": "request", "request": ["stop"]},
    {"type": "request", "request": "stop", "user": "root"},
    {"type": "request", "request": "STOP"},
    {"type": "request"},
    {"type": "watch", "history_s": -1},
    {"type": "watch", "history_s": 1e300},
    {"type": "lease", "take": 1},
    {"type": "answer", "id": 1, "request": "stop", "ok": True, "text": ""},
    {"type": "end", "outcome": "done"},
    {"request": "stop"},
    [], "stop", None, 1e999,
)  # fmt: skip


def framed(body: bytes) -> bytes:
    """A body behind its length."""
    return _LENGTH.pack(len(body)) + body


def noise(rng: random.Random) -> bytes:
    """Bytes."""
    return rng.randbytes(rng.randint(1, 400))


def framed_noise(rng: random.Random) -> bytes:
    """Bytes behind their right length."""
    return framed(noise(rng))


def flipped(rng: random.Random) -> bytes:
    """A request with some bits changed; one in many is still one."""
    data = bytearray(pack(RequestMessage("jog", rng.uniform(-1e9, 1e9))))
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def almost(rng: random.Random) -> bytes:
    """A message with something wrong in it."""
    return framed(json.dumps(rng.choice(_ALMOST)).encode())


def deep(rng: random.Random) -> bytes:
    """Lists in lists."""
    count = rng.randint(100, 30_000)
    return framed(b"[" * count + b"]" * count)


def too_long(rng: random.Random) -> bytes:
    """The beginning of a message that is longer than any."""
    return _LENGTH.pack(rng.choice((65_537, 1 << 24, (1 << 32) - 1))) + rng.randbytes(500)


def half(rng: random.Random) -> bytes:
    """The beginning of a request, whose end never comes."""
    whole = pack(RequestMessage("release"))
    return whole[: rng.randrange(1, len(whole))]


def flood(rng: random.Random) -> bytes:
    """More than a client may send in a second."""
    del rng
    return pack(Lease(False)) * 150


def histories(rng: random.Random) -> bytes:
    """The whole history, again and again."""
    del rng
    return pack(Watch()) * 10


def no_text(rng: random.Random) -> bytes:
    """A request whose name is no UTF-8."""
    return framed(b'{"type":"request","request":"st' + rng.randbytes(2) + b'op"}')


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    noise, framed_noise, flipped, almost, deep, too_long, half, flood, histories, no_text,
)  # fmt: skip


def valid_requests(data: bytes) -> int:
    """How many requests bytes hold, by the rules of docs/live.md, up to what is no message."""
    count = at = 0
    while len(data) - at >= _LENGTH.size:
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if length > len(data) - at:
            break
        with suppress(ValueError, RecursionError):
            count += is_request(json.loads(data[at : at + length]))
        at += length
    return count


def is_request(message: Any) -> bool:
    """Whether a decoded message is a request."""
    if not isinstance(message, dict) or not message.keys() <= {"type", "request", "value"}:
        return False
    value = message.get("value", 0.0)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    known = message.get("type") == "request" and str(message.get("request")) in NAMES
    return known and number and -1e9 <= value <= 1e9


# ---- the clients ----------------------------------------------------------------------------


class Attacked(NamedTuple):
    """What one client did, or those of one process."""

    sent: int
    valid: int  # requests among it, the good client's too
    good: int  # requests of the good client
    answered: int  # of those
    again: int  # connections that were tried again: the run's queue was full for seconds


def total(done: Sequence[Attacked]) -> Attacked:
    """What several did together."""
    return Attacked(*map(sum, zip(*done, strict=True)))


def attack(folder: Path, seed: int, messages: int, clients: int, stalled: int) -> Attacked:
    """Be so many clients, each in a thread of its own, and so many that never read."""
    crowd = [patiently(folder)[0] for _ in range(stalled)]
    for sock in crowd:
        sock.sendall(pack(Watch()))
    each = [messages // clients + (one < messages % clients) for one in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        seeds = range(seed, seed + clients)
        done = list(pool.map(client, repeat(folder), seeds, each))
    for sock in crowd:
        sock.close()
    return total(done)


def client(folder: Path, seed: int, messages: int) -> Attacked:
    """Send hostile messages, each on a connection of its own; now and then be a good client."""
    rng = random.Random(seed)  # noqa: S311 - repeatable
    valid = good = answered = again = 0
    for number in range(messages):
        data = rng.choice(KINDS)(rng)
        valid += valid_requests(data)
        again += send(folder, data, listen=rng.random() < 0.2)
        if number % GOOD_EACH == 0:
            good += 1
            answered += be_good(folder)
        if seed == SEED and 10 * number // messages < 10 * (number + 1) // messages:
            done = f"{100 * (number + 1) // messages} % of the messages are sent"
            print(done, file=sys.stderr, flush=True)
    return Attacked(messages, valid + good, good, answered, again)


def patiently(folder: Path) -> tuple[socket.socket, int]:
    """A connection, and how often it was tried again. Raises OSError after `PATIENCE_S`."""
    until_s, again = time.monotonic() + PATIENCE_S, 0
    while True:
        try:
            return connected(folder), again
        except BlockingIOError:
            if time.monotonic() > until_s:
                raise
            again += 1


def send(folder: Path, data: bytes, *, listen: bool) -> int:
    """Connect, send, perhaps listen for a moment, and leave; how often it was tried again."""
    sock, again = patiently(folder)
    with sock, suppress(OSError):
        sock.sendall(data)
        sock.settimeout(ANSWER_S)
        while listen and sock.recv(65536):
            pass
    return again


def be_good(folder: Path) -> bool:
    """Send a proper request; whether it is answered."""
    try:
        with Client.connect(folder) as client:
            return client.request("stop").ok
    except RunError:
        return False


# ---- the run --------------------------------------------------------------------------------


class Served(NamedTuple):
    """What reached the run, and what it cost."""

    requests: int
    longest_call_s: float  # into the link, of the thread that supervises
    latest_s: float  # of a poll of that thread
    broken: str


def serve(link: LinkThread, clients: Sequence["subprocess.Popen[str]"]) -> Served:
    """Poll as the supervisor does, until the clients have ended."""
    requests = tick = 0
    longest_s = latest_s = 0.0
    begun_s = due_s = row_s = time.monotonic()
    while any(client.poll() is None for client in clients):
        now_s = time.monotonic()
        latest_s = max(latest_s, now_s - due_s)
        for arrived in link.take():
            requests += 1
            arrived.reply(Answer(requests, arrived.request.request, True, ""))
        if now_s >= row_s:
            row_s += ROW_S
            tick += 1
            link.publish(row_of(frame(tick, round((now_s - begun_s) * 1e9))))
        longest_s = max(longest_s, time.monotonic() - now_s)
        due_s = max(due_s + LOOP_S, now_s)
        time.sleep(max(0.0, due_s - time.monotonic()))
    return Served(requests, longest_s, latest_s, link.broken)


def attackers(folder: Path, messages: int, clients: int, stalled: int) -> Iterator[list[str]]:
    """The command of each process of clients."""
    processes = min(PROCESSES, clients)
    for number in range(processes):
        options = {
            "attack": folder,
            "seed": SEED + number * clients,
            "messages": messages // processes,
            "clients": clients // processes + (number < clients % processes),
            "stalled": stalled // processes + (number < stalled % processes),
        }
        line = [sys.executable, "-m", "benchmarks.fuzz"]
        yield line + [f"--{name}={value}" for name, value in options.items()]


def history_s() -> float:
    """Time to put together and send a whole minute for one viewer, the shortest of some."""
    history, tries = RecentHistory(), list[float]()
    for tick in range(300):
        history.keep(row_of(frame(tick, tick * 200_000_000)))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        for _ in range(20):
            begun_s = time.perf_counter()
            ours.sendall(b"".join(map(pack, history.messages(60.0))))
            tries.append(time.perf_counter() - begun_s)
            theirs.recv(1 << 20)
    return min(tries)


def memory_mb() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors() -> int:
    """Open descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only


def measured(messages: int, clients: int, stalled: int) -> list[Figure]:
    """Serve, be attacked, and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun, begun_mb = descriptors(), memory_mb()
        with ExitStack() as processes:
            link = LinkThread(folder, "fuzz", time.monotonic_ns)
            started = [
                processes.enter_context(running(line, stdout=subprocess.PIPE, text=True))
                for line in attackers(folder, messages, clients, stalled)
            ]
            served = serve(link, started)
            link.close()
            if served.broken:
                sys.stderr.write(f"the link broke: {served.broken}\n")
            done = total([Attacked(*json.loads(one.communicate()[0])) for one in started])
    passed = served.requests
    return [
        Figure("hostile messages", done.sent, ""),
        Figure("requests passed on", passed, ""),
        Figure("of these, more than were valid", max(0, passed - done.valid), "", most=0),
        Figure("requests of good clients", done.good, ""),
        Figure("of these, not answered", done.good - done.answered, "", most=0),
        Figure("connections tried again", done.again, ""),
        Figure("link broken", int(bool(served.broken)), "", most=0),
        Figure("descriptors left", descriptors() - begun, "", most=0),
        Figure("memory grown", memory_mb() - begun_mb, "MB", most=MOST_GROWN_MB),
        Figure("a minute of history for one viewer", history_s() * 1e3, "ms", most=1.0, timed=True),
        Figure("longest call into the link", served.longest_call_s * 1e3, "ms"),
        Figure("latest poll of the supervisor's thread", served.latest_s * 1e3, "ms"),
    ]


def main() -> int:
    """Exit code: 0 where nothing hostile had an effect."""
    command = parser(__doc__)
    command.add_argument("--messages", type=int, default=0, help=f"in all; default: {MESSAGES}")
    command.add_argument("--clients", type=int, default=CLIENTS, help="that send")
    command.add_argument("--stalled", type=int, default=STALLED, help="viewers that never read")
    command.add_argument("--attack", type=Path, help="be one of the clients (used by itself)")
    command.add_argument("--seed", type=int, default=SEED)
    options = command.parse_args()
    messages = options.messages or (MESSAGES_SHORT if options.short else MESSAGES)
    if options.attack:
        done = attack(options.attack, options.seed, messages, options.clients, options.stalled)
        print(json.dumps(done))
        return 0
    figures = measured(messages, max(1, options.clients), options.stalled)
    effects = sum(int(figure.value) for figure in figures if figure.most == 0)
    return conclude(figures, f"effects of hostile messages: {effects}", options.short)


if __name__ == "__main__":
    perform(main)
