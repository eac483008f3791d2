"""The link takes nobody's word, waits for nobody, and lets one operator at a time operate."""

import os
import selectors
import socket
import stat
import struct
from collections.abc import Generator
from pathlib import Path

import pytest

from fixture.core.types import Event, EventKind
from fixture.runtime.link import address
from fixture.runtime.link.address import Peer, connected
from fixture.runtime.link.lease import LEASE_NS, user
from fixture.runtime.link.listen import MOST_CLIENTS
from fixture.runtime.link.messages import (
    Answer,
    End,
    FromClient,
    FromServer,
    History,
    Lease,
    Live,
    Refused,
    RequestMessage,
    Watch,
    Welcome,
    Wire,
    from_server,
    note_of,
    pack,
    row_of,
)
from fixture.runtime.link.server import (
    HALF_NS,
    MOST_EVENTS,
    LinkServer,
    Reply,
)
from tests.instruments.fakes import FakeClock
from tests.runtime.fake_frames import frame

ROW = row_of(frame(7, 700_000_000))
STOP = RequestMessage("stop")
NOTE = note_of(Event(0, 0, int(EventKind.SETTLED), 1, 5.0))
HELLO = Welcome("one", "operate")


class FakeBackend:
    """Answers at once, and remembers who asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[Peer, RequestMessage]] = []

    def submit(self, who: Peer, request: RequestMessage, reply: Reply) -> None:
        self.requests.append((who, request))
        reply(Answer(len(self.requests), request.request, True, "done"))


class Bench:
    """A server, polled by hand, and its clients."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.backend = FakeBackend()
        self.selector = selectors.DefaultSelector()
        self.server = LinkServer(folder, "one", self.backend, self.selector, self.clock)
        self.socks: list[socket.socket] = []

    def turn(self) -> None:
        """Serve until nothing more comes."""
        while ready := self.selector.select(0):
            for key, mask in ready:
                key.data(mask)

    def connect(self) -> "FakeClient":
        sock = socket.socket(socket.AF_UNIX)
        self.socks.append(sock)
        sock.connect(str(self.folder / "link"))
        self.turn()
        return FakeClient(self, sock)

    def close(self) -> None:
        for sock in self.socks:
            sock.close()
        self.server.close()
        self.selector.close()


class FakeClient:
    """A client's end."""

    def __init__(self, bench: Bench, sock: socket.socket) -> None:
        self.bench = bench
        self.sock = sock
        sock.setblocking(False)
        self.wire = Wire()
        self.gone = False

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)
        self.bench.turn()

    def say(self, message: FromClient) -> list[FromServer]:
        self.send(pack(message))
        return self.heard()

    def heard(self) -> list[FromServer]:
        """What has come since."""
        found: list[FromServer] = []
        try:
            while data := self.sock.recv(65536):
                found += map(from_server, self.wire.feed(data))
                self.bench.turn()
            self.gone = True
        except BlockingIOError:
            pass
        except ConnectionResetError:
            self.gone = True
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Generator[Bench]:
    (tmp_path / "run").mkdir()
    made = Bench(tmp_path / "run")
    yield made
    made.close()


def as_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the clients' user is neither the run's nor root."""

    def another(raw: bytes) -> tuple[int, int, int]:
        return (struct.unpack("3i", raw)[0], os.geteuid() + 4242, 0)

    class Credentials:
        size = 12
        unpack = staticmethod(another)

    monkeypatch.setattr(address, "_CREDENTIALS", Credentials)


def test_the_first_word_says_which_run_and_what_one_may_do(bench: Bench) -> None:
    assert bench.connect().heard() == [HELLO]


def test_the_socket_is_closed_to_strangers(bench: Bench) -> None:
    assert stat.S_IMODE((bench.folder / "link").stat().st_mode) == 0o660


def test_a_watcher_gets_the_history_and_then_each_row(bench: Bench) -> None:
    for t_s in (0, 5, 12):
        bench.server.note(note_of(Event(t_s * 1_000_000_000, 0, 1, 1, 0.0)))
    for tick in range(120):
        bench.server.publish(row_of(frame(tick, tick * 100_000_000)))
    peer = bench.connect()
    told = [m for m in peer.say(Watch()) if isinstance(m, History)]
    assert [len(history.rows) for history in told] == [50, 50, 20]
    assert [[event.t_s for event in history.events] for history in told] == [[0.0], [5.0], [12.0]]
    bench.server.note(NOTE)
    bench.server.publish(ROW)
    assert peer.heard() == [Live(ROW, (NOTE,))]


def test_a_request_is_passed_on_with_who_asked(bench: Bench) -> None:
    peer = bench.connect()
    assert peer.say(RequestMessage("jog", 5.0))[-1] == Answer(1, "jog", True, "done")
    assert bench.backend.requests == [(Peer(os.getpid(), os.geteuid()), RequestMessage("jog", 5.0))]


def test_the_lease_is_refused_with_its_holders_name_and_process(bench: Bench) -> None:
    first, second = bench.connect(), bench.connect()
    first.say(Lease(True))
    refused = second.say(RequestMessage("jog", 5.0))[-1]
    assert isinstance(refused, Refused)
    assert f"{user(os.geteuid())} (process {os.getpid()}) is operating" in refused.text
    assert bench.backend.requests == []


def test_a_stop_needs_no_lease(bench: Bench) -> None:
    first, second = bench.connect(), bench.connect()
    first.say(Lease(True))
    assert isinstance(second.say(RequestMessage("stop"))[-1], Answer)


def test_the_lease_falls_when_its_holder_leaves(bench: Bench) -> None:
    first, second = bench.connect(), bench.connect()
    first.say(Lease(True))
    first.sock.close()
    bench.turn()
    assert isinstance(second.say(RequestMessage("tare"))[-1], Answer)


def test_the_lease_of_a_silent_holder_runs_out(bench: Bench) -> None:
    first, second = bench.connect(), bench.connect()
    first.say(Lease(True))
    bench.clock.t_ns += LEASE_NS + 1
    assert isinstance(second.say(RequestMessage("tare"))[-1], Answer)


def test_the_lease_can_be_given_back(bench: Bench) -> None:
    first, second = bench.connect(), bench.connect()
    first.say(Lease(True))
    first.say(Lease(False))
    assert isinstance(second.say(RequestMessage("tare"))[-1], Answer)


@pytest.mark.parametrize(
    "message", [RequestMessage("stop"), RequestMessage("jog", 1.0), Lease(True)]
)
def test_another_user_may_only_observe(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, message: FromClient
) -> None:
    as_another_user(monkeypatch)
    peer = bench.connect()
    assert peer.heard() == [Welcome("one", "observe")]
    refused = peer.say(message)[-1]
    assert isinstance(refused, Refused)
    assert "may only observe" in refused.text
    assert bench.backend.requests == []


@pytest.mark.parametrize(
    "rubbish",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\2{}",
        b"\xff" * 5000,
        pack(STOP)[:-1] + b"!",
    ],
)
def test_whoever_sends_rubbish_is_told_so_and_hung_up_on(bench: Bench, rubbish: bytes) -> None:
    other, peer = bench.connect(), bench.connect()
    peer.send(rubbish)
    assert isinstance(peer.heard()[-1], Refused)
    assert peer.gone
    assert isinstance(other.say(RequestMessage("stop"))[-1], Answer)


def test_half_a_message_is_waited_for_only_so_long(bench: Bench) -> None:
    peer = bench.connect()
    peer.send(pack(STOP)[:-3])
    bench.server.poll(bench.clock() + HALF_NS)
    peer.heard()
    assert not peer.gone
    bench.server.poll(bench.clock() + HALF_NS + 1)
    peer.heard()
    assert peer.gone


def test_a_flood_of_messages_is_hung_up_on(bench: Bench) -> None:
    peer = bench.connect()
    peer.sock.sendall(pack(Lease(False)) * 150)
    bench.turn()
    peer.heard()
    assert peer.gone


def test_a_history_that_is_requested_again_and_again_is_refused(bench: Bench) -> None:
    peer = bench.connect()
    peer.send(pack(Watch()) * 10)
    assert peer.heard()[-1] == Refused("the history was requested too often")
    assert peer.gone


def test_a_run_whose_directory_is_gone_is_reached_by_its_own_user_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "link").unlink()
    bench.folder.rmdir()
    sock = connected(bench.folder)
    bench.socks.append(sock)
    bench.turn()
    assert FakeClient(bench, sock).heard() == [HELLO]
    as_another_user(monkeypatch)
    sock = connected(bench.folder)
    bench.socks.append(sock)
    bench.turn()
    stranger = FakeClient(bench, sock)
    assert (stranger.heard(), stranger.gone) == ([], True)


def test_a_client_that_does_not_read_gets_only_the_newest_row(bench: Bench) -> None:
    slow, quick = bench.connect(), bench.connect()
    for peer in (slow, quick):
        peer.say(Watch())
    last = 3000
    for tick in range(last + 1):
        bench.server.note(NOTE)
        bench.server.publish(row_of(frame(tick, 0)))
        assert len([m for m in quick.heard() if isinstance(m, Live)]) == 1
    first = [m for m in slow.heard() if isinstance(m, Live)]
    assert len(first) < last
    bench.turn()
    bench.server.publish(row_of(frame(last, 0)))
    caught_up = [m for m in slow.heard() if isinstance(m, Live)][-1]
    assert caught_up.row.tick == last
    assert len(caught_up.events) <= MOST_EVENTS
    told = sum(len(m.events) + m.missed for m in [*first, caught_up])
    assert told == last + 1


def test_a_watcher_hears_that_the_run_is_there_even_when_no_row_comes(bench: Bench) -> None:
    peer = bench.connect()
    peer.say(Watch())
    bench.server.poll(bench.clock() + 10_000_000_000)
    assert peer.heard() == [History(())]


def test_a_crowd_does_not_keep_the_next_one_out(bench: Bench) -> None:
    peers = [bench.connect() for _ in range(MOST_CLIENTS + 1)]
    for peer in peers:
        peer.heard()
    assert sum(peer.gone for peer in peers) == 1
    assert isinstance(peers[-1].say(RequestMessage("stop"))[-1], Answer)


def test_all_are_told_the_end(bench: Bench) -> None:
    peers = [bench.connect(), bench.connect()]
    bench.server.end(End("done"))
    assert [peer.heard()[-1] for peer in peers] == [End("done")] * 2


def test_two_supervisors_cannot_have_one_directory(bench: Bench) -> None:
    with pytest.raises(FileExistsError, match="a supervisor is listening there already"):
        LinkServer(bench.folder, "one", bench.backend, bench.selector, bench.clock)


def test_a_dead_supervisors_socket_is_taken_over(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "dead"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "link"))
    LinkServer(folder, "one", bench.backend, bench.selector, bench.clock).close()
    assert not (folder / "link").exists()


def test_a_file_called_link_is_never_removed(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "link").write_text("mine", encoding="ascii")
    with pytest.raises(FileExistsError, match="is no socket"):
        LinkServer(folder, "one", bench.backend, bench.selector, bench.clock)


def test_a_long_path_is_no_hindrance(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    LinkServer(folder, "one", bench.backend, bench.selector, bench.clock).close()
