"""A cable that is pulled between a machine and its broker costs no event and delays no run."""

from pathlib import Path

import msgspec
import pytest

from fixture.lab import broker as broker_module
from fixture.runtime.registry import Registry
from tests.lab.brokers import BrokerProcess
from tests.lab.namespaces import cable, why_not, within
from tests.lab.publishing import MACHINE, publishing, quick, stored_events, stored_report
from tests.lab.simulated import fixtures, note, row
from tests.waiting import until

SKIPPED = why_not()
TICKS = 40


@pytest.mark.skipif(bool(SKIPPED), reason=SKIPPED)
def test_a_cut_between_machine_and_broker_is_noticed_and_every_event_comes_once(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    monkeypatch.setattr(broker_module, "PING_S", 0.3)
    monkeypatch.setattr(broker_module, "CONNECT_S", 1)
    with cable() as wire:
        broker = BrokerProcess(tmp_path / "broker", host=wire.near_address, inside=wire.near)
        broker.start()
        access = msgspec.structs.replace(
            broker.access, url=f"nats://{wire.near_address}:{broker.port}"
        )

        def ticks() -> list[int]:
            return within(wire.near, lambda: [one.tick for one in stored_events(access)])

        served: list[int] = []
        try:
            with (
                fixtures(tmp_path / "runs", ["one"], registry) as made,
                publishing(access, registry, inside=wire.far) as publisher,
            ):

                def say(tick: int) -> None:
                    made.say("one", row(tick, 0.1 * tick), note(tick, 0.1 * tick))
                    made.post(lambda: served.append(tick))

                until(lambda: publisher.said[-1:] == [f"publishing {MACHINE} to {access.place}"])
                say(0)
                until(lambda: ticks() == [0])
                wire.pull()
                for tick in range(1, TICKS):
                    say(tick)
                until(lambda: len(served) == TICKS)  # the run waits for nobody
                until(lambda: publisher.said[-1].endswith("trying again"))
                assert ticks() == [0]
                wire.plug()
                until(lambda: ticks() == list(range(TICKS)))
                say(TICKS)
                until(lambda: ticks() == list(range(TICKS + 1)))

                def known_s() -> float:
                    found = within(wire.near, lambda: stored_report(access, "one"))
                    assert found is not None
                    return found.t_s

                until(lambda: known_s() == 0.0)  # rows since then are to be filled
                assert [text for text in publisher.said if "trying again" in text] == [
                    publisher.said[1]
                ]
        finally:
            broker.kill()
