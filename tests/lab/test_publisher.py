"""The publisher is an observer: rows go out, each event is stored once, whatever dies."""

import os
import signal
from itertools import count
from pathlib import Path
from typing import Self

import pytest

from fixture.lab.errors import BrokerError, ConnectionLostError, UnreachableError
from fixture.lab.feed import MOST_ROWS
from fixture.lab.follow import Follower
from fixture.lab.messages import RunReport
from fixture.lab.publisher import Notices
from fixture.lab.seen import Laboratory, SeenRun
from fixture.runtime.link.messages import Row
from fixture.runtime.registry import Registry
from tests.lab.brokers import BrokerProcess
from tests.lab.publishing import LAB, MACHINE, publishing, quick, stored_events
from tests.lab.simulated import fixtures, note, row
from tests.waiting import until

LAST = 50  # tick of a run that goes on while the broker is away


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)


class Following:
    """A follower, and what it sees of one run."""

    def __init__(self, broker: BrokerProcess, run: str = "one", machine: str = MACHINE) -> None:
        self.follower = Follower(broker.access, LAB, "test", at_once=True)
        self._key = (machine, run)

    def __enter__(self) -> Self:
        assert self.follower.ready(10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.follower.close()

    def run(self) -> SeenRun:
        def look(lab: Laboratory, now_s: float) -> SeenRun:
            return lab.runs.get(self._key, SeenRun())

        return self.follower.read(look)

    def tick(self) -> int:
        shown = self.run().row
        return shown.tick if shown else -1

    def report(self) -> RunReport | None:
        return self.run().report

    def state(self) -> str:
        found = self.report()
        return str(found.figures["state"]) if found else ""


def texts(broker: BrokerProcess) -> list[str]:
    return [event.text for event in stored_events(broker.access)]


def test_rows_events_and_states_of_all_runs_are_published(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with (
        fixtures(tmp_path / "runs", ["one", "two.b"], registry) as made,
        publishing(broker.access, registry) as publisher,
        Following(broker, "two.b") as seen,
    ):
        until(lambda: seen.report() is not None)
        made.say("two.b", row(7, 0.7), note(6, 0.6), note(7, 0.7))
        until(lambda: seen.tick() == 7)
        until(lambda: texts(broker) == ["step begin 1", "step begin 1"])
        assert [event.tick for event in stored_events(broker.access)] == [6, 7]
        made.post(lambda: made.runs["two.b"].state(phase="tripped", trip="force"))
        until(lambda: seen.state() == "tripped")
        machines = seen.follower.read(lambda lab, now_s: list(lab.machines))
        assert machines == [MACHINE]
        assert publisher.said == [f"publishing {MACHINE} to {broker.access.place}"]
    assert all(run.refused == 0 for run in made.runs.values())


def test_a_broker_that_is_killed_costs_rows_which_are_counted_but_no_event(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with (
        fixtures(tmp_path / "runs", ["one"], registry) as made,
        publishing(broker.access, registry) as publisher,
        Following(broker) as seen,
    ):
        until(lambda: seen.report() is not None)
        for tick in range(3):
            made.say("one", row(tick, 0.1 * tick), note(tick, 0.1 * tick))
            until(lambda tick=tick: seen.tick() == tick)
        broker.kill()
        for tick in range(3, LAST):
            made.say("one", row(tick, 0.1 * tick), note(tick, 0.1 * tick))
        until(lambda: len(publisher.said) > 1)
        broker.start()
        until(lambda: publisher.said[-1].startswith("publishing"))
        until(lambda: seen.follower.trouble == "")
        made.say("one", row(LAST, 0.1 * LAST), note(LAST, 0.1 * LAST))
        until(lambda: seen.tick() == LAST)
        until(lambda: len(texts(broker)) == LAST + 1)
        counts = seen.run().counts
        assert counts.rows + counts.lost == LAST + 1
        assert counts.lost >= LAST - 3 - MOST_ROWS
        ticks = [event.tick for event in stored_events(broker.access)]
        assert ticks == list(range(LAST + 1))
    assert publisher.said[1].endswith("trying again")
    troubles = [text for text in publisher.said if "trying again" in text]
    assert len(troubles) == 1  # lost, and then nobody listens


def test_an_outage_is_one_line_whatever_each_try_finds_and_another_trouble_is_another() -> None:
    said: list[str] = []
    notices = Notices(said.append)
    for _ in range(2):
        notices.fine("publishing")
        notices.trouble(UnreachableError("no answer"), "states wait: ")
        notices.trouble(ConnectionLostError("lost"))
        for _ in range(2):
            notices.trouble(UnreachableError("no route"))
            notices.trouble(BrokerError("the broker is full"), "events wait: ")
            notices.trouble(BrokerError("the broker is full"), "states wait: ")
    told = ["publishing", "states wait: no answer", "events wait: the broker is full"]
    assert [line.partition(". The runs")[0] for line in said] == 2 * told


def test_a_publisher_that_is_started_again_stores_every_event_once(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with fixtures(tmp_path / "runs", ["one"], registry) as made:
        with publishing(broker.access, registry), Following(broker) as seen:
            until(lambda: seen.report() is not None)
            made.say("one", row(1, 0.1), note(0, 0.0), note(1, 0.1))
            until(lambda: len(texts(broker)) == 2)
        made.say("one", row(2, 0.2), note(2, 0.2))
        with publishing(broker.access, registry), Following(broker) as seen:
            until(lambda: len(texts(broker)) == 3)
            made.say("one", row(3, 0.3), note(3, 0.3))
            until(lambda: len(texts(broker)) == 4)
    assert [event.tick for event in stored_events(broker.access)] == [0, 1, 2, 3]


def test_a_broker_that_stands_still_delays_no_run(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with (
        fixtures(tmp_path / "runs", ["one"], registry) as made,
        publishing(broker.access, registry),
        Following(broker) as seen,
    ):
        until(lambda: seen.report() is not None)
        made.say("one", row(1, 0.1), note(1, 0.1))
        until(lambda: seen.tick() == 1)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            served: list[Row] = []
            for tick in range(2, 200):
                shown = row(tick, 0.1 * tick)
                made.say("one", shown)
                made.post(lambda shown=shown: served.append(shown))
            until(lambda: len(served) == 198)  # the run's own server waits for nobody
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        made.say("one", row(200, 20.0), note(200, 20.0))
        ticks = count(201)  # rows are best effort: the first may still be lost
        until(lambda: made.say("one", row(next(ticks), 20.1)) or seen.tick() >= 200)
        until(lambda: [event.tick for event in stored_events(broker.access)] == [1, 200])


def test_a_second_machine_of_this_name_is_refused_and_the_first_goes_on(
    tmp_path: Path, broker: BrokerProcess, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        fixtures(tmp_path / "runs", ["one"], registry),
        publishing(broker.access, registry) as first,
        Following(broker) as seen,
    ):
        until(lambda: seen.report() is not None)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
        with publishing(broker.access, Registry.of_user()) as second:
            until(second.ended)
        assert "publishes now" in str(second.error)
        assert not first.ended()


def test_a_run_that_is_taken_off_the_list_is_taken_off_the_broker(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with fixtures(tmp_path / "runs", ["one", "two"], registry) as made:
        with publishing(broker.access, registry), Following(broker) as seen:
            until(lambda: seen.report() is not None)
            registry.leave("one", made.runs["one"].folder)
            until(lambda: seen.report() is None)
        registry.leave("two", made.runs["two"].folder)
        with publishing(broker.access, registry), Following(broker, "two") as seen:
            until(lambda: seen.report() is None)


def test_a_publisher_that_ends_in_order_says_so(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    with fixtures(tmp_path / "runs", ["one"], registry), Following(broker) as seen:
        with publishing(broker.access, registry):
            until(lambda: seen.report() is not None)
        until(lambda: seen.follower.read(lambda lab, _: lab.machines[MACHINE].claim.left))


def test_the_same_event_of_two_runs_is_two_events(
    tmp_path: Path, broker: BrokerProcess, registry: Registry
) -> None:
    names = ["one", "two"]
    with (
        fixtures(tmp_path / "runs", names, registry) as made,
        publishing(broker.access, registry),
        Following(broker) as seen,
    ):
        until(lambda: seen.report() is not None)
        for name in names:
            made.say(name, row(7, 0.7), note(7, 0.7))
        until(lambda: len(texts(broker)) == 2)
