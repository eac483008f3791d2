"""A broker that is absent, slow, full, of another version or in other hands is said in words."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from fixture.lab import broker as broker_module
from fixture.lab.access import Access
from fixture.lab.broker import Backoff, connected, in_words
from fixture.lab.claims import NameClaim, own_claim
from fixture.lab.errors import BrokerError, NameTakenError
from fixture.lab.messages import Claim
from fixture.lab.names import Lab
from tests.lab.brokers import BrokerProcess, free_port, running
from tests.lab.fake_brokers import fake_broker

LAB = Lab("lab")


async def _try(access: Access) -> None:
    async with connected(access, LAB, "test") as at:
        await at.prepare()


def trouble(access: Access) -> str:
    """What is said of a broker that cannot be used."""
    with pytest.raises(BrokerError) as raised:
        asyncio.run(_try(access))
    return str(raised.value)


def test_a_broker_that_is_absent() -> None:
    port = free_port()
    assert trouble(Access(f"nats://127.0.0.1:{port}")) == (
        f"nats://127.0.0.1:{port}: no broker listens there. Start one: isostack lab serve"
    )


def test_a_broker_in_other_hands(broker: BrokerProcess) -> None:
    wrong = msgspec.structs.replace(broker.access, token="other")
    said = trouble(wrong)
    assert "does not let us in (wrong token" in said
    assert "other" not in said


def test_a_broker_of_another_version() -> None:
    with fake_broker("2.1.9", answers=True) as port:
        said = trouble(Access(f"nats://127.0.0.1:{port}"))
    assert "2.1.9, and at least 2.10 is needed" in said


def test_a_broker_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "CONNECT_S", 1)
    with fake_broker("2.15.0", answers=False) as port:
        said = trouble(Access(f"nats://127.0.0.1:{port}"))
    assert "does not answer in time" in said


def test_something_else_than_a_broker_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "CONNECT_S", 1)
    with fake_broker("rubbish\r\nmore", answers=False) as port:
        assert trouble(Access(f"nats://127.0.0.1:{port}"))


def test_a_broker_without_its_store(tmp_path: Path) -> None:
    made = BrokerProcess(tmp_path / "broker")
    config = tmp_path / "broker" / "nats-server.conf"
    text = config.read_text()
    begin, end = text.index("jetstream {"), text.index("authorization")
    config.write_text(text[:begin] + text[end:])
    made.start()
    try:
        said = trouble(made.access)
        assert said == f"{made.access.place}: the broker keeps nothing; start it with JetStream"
    finally:
        made.kill()


def test_a_broker_without_encryption_where_some_is_wanted(broker: BrokerProcess) -> None:
    access = msgspec.structs.replace(broker.access, url=f"tls://127.0.0.1:{broker.port}")
    assert "no encrypted link" in trouble(access)


def test_a_broker_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "EVENTS_BYTES", 1 << 20)
    monkeypatch.setattr(broker_module, "BUCKET_BYTES", 4096)

    async def fill(access: Access) -> None:
        async with connected(access, LAB, "test") as at:
            await at.prepare()
            bucket = await at.bucket(LAB.runs_bucket)
            assert bucket is not None
            for number in range(50):
                with in_words():
                    await bucket.put(f"m.{number}", bytes(500))

    with running(tmp_path / "broker") as made, pytest.raises(BrokerError, match="is full"):
        asyncio.run(fill(made.access))


def test_waits_grow_and_begin_anew_once_it_went_well() -> None:
    backoff = Backoff(1.0, 4.0)
    waits = [backoff.next_s() for _ in range(5)]
    for wait_s, longest_s in zip(waits, (1.0, 2.0, 4.0, 4.0, 4.0), strict=True):
        assert 0.5 * longest_s <= wait_s <= longest_s
    backoff.reset()
    assert backoff.next_s() <= 1.0


# ---- the name of a machine ------------------------------------------------------------------


def claim(who: str) -> Claim:
    return Claim(who, f"host-{who}")


async def _claims(access: Access, *steps: tuple[str, str]) -> None:
    """Machines take, renew or leave the name `m`, one after the other."""
    async with connected(access, LAB, "test") as at:
        await at.prepare()
        held: dict[str, NameClaim] = {}
        for who, what in steps:
            mine = held.setdefault(who, NameClaim(at, "m", claim(who)))
            if what == "replace":
                await mine.take(replace=True)
            else:
                await getattr(mine, what)()


def test_a_second_machine_of_the_same_name_is_refused(broker: BrokerProcess) -> None:
    with pytest.raises(NameTakenError, match="belongs to host-a, which publishes now"):
        asyncio.run(_claims(broker.access, ("a", "take"), ("a", "renew"), ("b", "take")))


def test_a_name_that_was_left_in_order_is_free_and_the_old_owner_is_refused(
    broker: BrokerProcess,
) -> None:
    with pytest.raises(NameTakenError, match="belongs to host-b"):
        asyncio.run(
            _claims(
                broker.access, ("a", "take"), ("a", "leave"), ("b", "take"), ("a", "renew"),
            )
        )  # fmt: skip


def test_a_machine_takes_its_own_name_again_after_a_crash(broker: BrokerProcess) -> None:
    asyncio.run(_claims(broker.access, ("a", "take")))
    asyncio.run(_claims(broker.access, ("a", "take"), ("a", "renew")))


def test_a_machine_that_is_heard_is_not_replaced(broker: BrokerProcess) -> None:
    with pytest.raises(NameTakenError):
        asyncio.run(_claims(broker.access, ("a", "take"), ("b", "replace")))


def test_a_machine_that_has_long_been_silent_is_replaced_on_request(
    broker: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fixture.lab.claims.SILENT_S", 0.0)
    with pytest.raises(NameTakenError, match="--replace"):
        asyncio.run(_claims(broker.access, ("a", "take"), ("b", "take")))
    asyncio.run(_claims(broker.access, ("b", "replace"), ("b", "renew")))


def test_of_two_who_come_at_once_one_is_refused(broker: BrokerProcess) -> None:
    async def race() -> list[object]:
        async with connected(broker.access, LAB, "test") as at:
            await at.prepare()
            both = [NameClaim(at, "m", claim(who)).take() for who in "ab"]
            return list(await asyncio.gather(*both, return_exceptions=True))

    found = asyncio.run(race())
    assert sorted(type(one).__name__ for one in found) == ["NameTakenError", "NoneType"]


def test_who_a_machine_is_tells_nothing_secret_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first = own_claim("host", "1", 1)
    assert first.machine_id == own_claim("other", "2", 2).machine_id
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert first.machine_id != own_claim("host", "1", 1).machine_id
    assert len(first.machine_id) == 32
