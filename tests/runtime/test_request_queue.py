"""A request finds its answer, whatever comes between; a stop comes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.core.types import Event, EventKind, Refusal, Request
from fixture.runtime.control_process import RequestReceiver
from fixture.runtime.link.address import Peer
from fixture.runtime.link.messages import Answer, FromServer, Refused, RequestMessage, RequestName
from fixture.runtime.supervisor.log_files import LogFiles
from fixture.runtime.supervisor.request_queue import MOST_PENDING, OVERTAKEN, RequestQueue
from fixture.runtime.supervisor.watchdog import Channels
from tests.core.bench import config

WHO = Peer(1, 0)
TICK_NS = 20_000_000_000  # as long as they may be


class Bench:
    """A queue, the receiver at its other end, and what clients were answered, by request."""

    def __init__(self, folder: Path, channels: Channels) -> None:
        self.log_files = LogFiles(folder, lambda: 0)
        self.now_ns = 0
        self.queue = RequestQueue(
            channels.ours, self.log_files, lambda: self.now_ns, lambda: 0, TICK_NS
        )
        self.receiver = RequestReceiver(channels.theirs)
        self.heard: dict[str, list[FromServer]] = {}

    def request(self, name: RequestName, value: float = 0.0) -> str:
        key = f"{name} {value:g}"
        self.heard[key] = []
        self.queue.submit(WHO, RequestMessage(name, value), self.heard[key].append)
        return key

    def taken(self) -> list[str]:
        """What control takes in the next ticks, until nothing is left."""
        found: list[str] = []
        while (request := self.receiver.take()).code:
            found.append(f"{Request(request.code).name.lower()} {request.value:g}")
        return found

    def event(self, kind: EventKind, code: int, value: float = 0.0) -> None:
        self.queue.resolve(Event(0, 7, int(kind), int(code), value))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    channels = Channels.create(config(()), truth=False, paced=False)
    made = Bench(tmp_path, channels)
    yield made
    made.log_files.close()
    channels.close()


def test_requests_are_taken_one_a_tick_in_their_order(bench: Bench) -> None:
    for value in (1.0, 2.0):
        bench.request("jog", value)
    assert bench.taken() == ["jog 1", "jog 2"]


def test_a_stop_comes_before_all_that_waits_which_is_refused(bench: Bench) -> None:
    waiting = [bench.request("jog", 1.0 + number) for number in range(MOST_PENDING)]
    stop = bench.request("stop")
    assert bench.heard[stop] == []
    assert bench.taken() == ["stop 0"]
    bench.event(EventKind.REQUEST, Request.STOP)
    for number, one in enumerate(waiting, 1):
        assert bench.heard[one] == [Answer(number, "jog", ok=False, text=OVERTAKEN, tick=7)]
    (answer,) = bench.heard[stop]
    assert isinstance(answer, Answer)
    assert answer.ok


def test_a_second_stop_is_answered_too(bench: Bench) -> None:
    for value in (1.0, 2.0):
        bench.request("jog", value)
        bench.request("stop", value)
    assert bench.taken() == ["stop 1", "stop 2"]
    bench.event(EventKind.REQUEST, Request.STOP)
    bench.event(EventKind.REFUSED, Request.STOP)
    bench.event(EventKind.REASON, Refusal.ENDING)
    said = {
        name: [answer.ok for answer in heard if isinstance(answer, Answer)]
        for name, heard in bench.heard.items()
    }
    assert said == {"jog 1": [False], "stop 1": [True], "jog 2": [False], "stop 2": [False]}


def test_sigterm_comes_before_all_that_waits(bench: Bench) -> None:
    reset = bench.request("reset")
    bench.receiver.stop()
    assert bench.taken() == ["stop 0"]
    bench.event(EventKind.REQUEST, Request.STOP)
    assert bench.heard[reset] == [Answer(1, "reset", ok=False, text=OVERTAKEN, tick=7)]


def test_what_is_requested_after_a_stop_is_for_the_controller_to_refuse(bench: Bench) -> None:
    bench.request("jog", 1.0)
    bench.request("stop")
    later = bench.request("jog", 2.0)
    assert bench.taken() == ["stop 0", "jog 2"]
    bench.event(EventKind.REQUEST, Request.STOP)
    assert bench.heard[later] == []
    bench.event(EventKind.REFUSED, Request.JOG, 2.0)
    bench.event(EventKind.REASON, Refusal.ENDING)
    (answer,) = bench.heard[later]
    assert isinstance(answer, Answer)
    assert not answer.ok


def test_a_stop_has_as_long_as_ticks_are_slow(bench: Bench) -> None:
    stop = bench.request("stop")
    bench.queue.poll(2 * TICK_NS)
    assert bench.heard[stop] == []
    bench.event(EventKind.REQUEST, Request.STOP)
    (answer,) = bench.heard[stop]
    assert isinstance(answer, Answer)
    assert answer.ok


def test_an_answer_that_comes_too_late_is_not_given_to_the_next_request(bench: Bench) -> None:
    late = bench.request("jog", 5.0)
    bench.now_ns = 3 * TICK_NS
    bench.queue.poll(bench.now_ns)
    (told,) = bench.heard[late]
    assert isinstance(told, Refused)
    assert told.text.startswith("control did not answer within 43 s: it may still jog")
    assert not bench.queue.waits
    later = bench.request("jog", -50.0)
    bench.event(EventKind.REQUEST, Request.JOG, 5.0)
    assert (len(bench.heard[late]), bench.heard[later]) == (1, [])
    bench.event(EventKind.REQUEST, Request.JOG, -50.0)
    (answer,) = bench.heard[later]
    assert isinstance(answer, Answer)
    assert answer.text == "the press moves by -50 µm"


def test_requests_that_are_overdue_keep_no_other_from_being_made(bench: Bench) -> None:
    for number in range(MOST_PENDING):
        bench.request("jog", 1.0 + number)
    assert bench.heard[bench.request("tare")] != []
    bench.queue.poll(3 * TICK_NS)
    assert bench.heard[bench.request("tare")] == []
    bench.queue.close("over")
    assert all(len(heard) == 1 for heard in bench.heard.values())
