"""The link has a thread of its own, and neither side waits for the other."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.record.header import Header
from fixture.runtime.errors import RunError
from fixture.runtime.link.address import connected
from fixture.runtime.link.client import Client, RefusedError
from fixture.runtime.link.history import RecentHistory
from fixture.runtime.link.listen import MOST_CLIENTS
from fixture.runtime.link.messages import Answer, End, History, Lease, Live, Refused, row_of
from fixture.runtime.link.server import LinkServer
from fixture.runtime.run_spec import DeviceSpec, RunSpec
from fixture.runtime.supervisor.link_thread import LinkThread
from fixture.runtime.supervisor.request_queue import ANSWER_NS, ANSWER_TICKS
from tests.core.bench import config
from tests.runtime.fake_frames import frame
from tests.waiting import until

ROW = row_of(frame(7, 700_000_000))


@pytest.fixture
def link(tmp_path: Path) -> Iterator[LinkThread]:
    made = LinkThread(tmp_path, "one", time.monotonic_ns)
    yield made
    made.close()


def answered(link: LinkThread, answer: Answer | Refused) -> threading.Thread:
    """Take one request, as the supervisor does, and answer it."""

    thread = threading.Thread(target=until, args=(lambda: _taken(link, answer),))
    thread.start()
    return thread


def _wait(gate: threading.Event) -> None:
    gate.wait()


def _taken(link: LinkThread, answer: Answer | Refused) -> bool:
    found = link.take()
    for arrived in found:
        arrived.reply(answer)
    return bool(found)


def test_a_client_waits_longer_for_an_answer_than_the_supervisor_for_control(
    link: LinkThread, tmp_path: Path
) -> None:
    del link
    device = DeviceSpec("press", "trinamic-tmcl", "/dev/nothing", {})
    slow = config((), tick_s=20.0)
    with Client.connect(tmp_path) as client:
        assert client.answer_s() > 1e-9 * ANSWER_NS
        RunSpec("one", slow, Header("one", 0), device, device, device).write(tmp_path)
        assert client.answer_s() > 1e-9 * (ANSWER_NS + ANSWER_TICKS * slow.tick_ns)


def test_a_request_is_handed_over_and_its_answer_comes_back(
    link: LinkThread, tmp_path: Path
) -> None:
    with Client.connect(tmp_path) as client:
        worker = answered(link, Answer(1, "stop", True, "stopping"))
        assert client.request("stop").text == "stopping"
        worker.join()
        worker = answered(link, Refused("not now"))
        with pytest.raises(RefusedError, match="not now"):
            client.request("stop")
        worker.join()


def test_one_that_is_hung_up_on_while_it_speaks_breaks_no_link(
    link: LinkThread, tmp_path: Path
) -> None:
    """In one look of the selector, a newcomer makes the oldest leave, which just spoke."""
    gate = threading.Event()
    crowd = [Client.connect(tmp_path) for _ in range(MOST_CLIENTS)]
    link._post(lambda: _wait(gate))  # pyright: ignore[reportPrivateUsage]
    newcomer = connected(tmp_path)
    for client in crowd:
        client._send(Lease(False))  # pyright: ignore[reportPrivateUsage]
    gate.set()
    with Client(newcomer, tmp_path) as served:
        worker = answered(link, Answer(1, "stop", True, "stopping"))
        assert served.request("stop").text == "stopping"
        worker.join()
    for client in crowd:
        client.close()
    assert not link.broken


def test_rows_history_and_the_end_reach_a_watcher(link: LinkThread, tmp_path: Path) -> None:
    link.publish(ROW)
    with Client.connect(tmp_path) as client:
        watched = client.watch()
        first = next(watched)
        assert isinstance(first, History)
        assert first.rows == (ROW,)
        link.publish(ROW)
        link.end(End("done"))
        assert list(watched) == [Live(ROW), End("done")]


def test_the_run_is_served_after_its_directory_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    link = LinkThread(folder, "one", time.monotonic_ns)
    (folder / "link").unlink()
    folder.rmdir()
    with Client.connect(folder) as client:
        assert client.welcome.run == "one"
    link.close()


def test_a_link_that_breaks_ends_alone(
    link: LinkThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(server: LinkServer, row: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(LinkServer, "publish", broken)
    link.publish(ROW)
    until(lambda: link.broken)
    assert link.broken == "ValueError('a bug')"
    link.publish(ROW)
    with pytest.raises(RunError):
        Client.connect(tmp_path)


def test_the_history_is_encoded_once_however_many_watch() -> None:
    history = RecentHistory()
    for tick in range(60):
        history.keep(row_of(frame(tick, tick * 200_000_000)))
    first, second = ([*history.messages(60.0)] for _ in range(2))
    assert [len(part.rows) for part in first] == [50, 10]
    kept = [row for part in first for row in part.rows]
    again = [row for part in second for row in part.rows]
    assert all(one is other for one, other in zip(kept, again, strict=True))
