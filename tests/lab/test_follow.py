"""Who follows a laboratory needs no clock but its own, once it has begun."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from nats.js.kv import KeyValue

from fixture.lab import follow

OFF_S = 600.0  # a clock that was set


async def entries(unix_s: float) -> AsyncGenerator[KeyValue.Entry | None]:
    """One entry that the broker got at a time by its own clock, then the end of what there is."""
    created = datetime.fromtimestamp(unix_s, UTC)
    yield KeyValue.Entry("b", "press-1", b"{}", 1, 0, created, None)  # type: ignore[arg-type]
    yield None


def heard_s(offset_s: float, unix_s: float, *, live: bool) -> float:
    """For how long nothing was heard of the machine of such an entry, s."""
    taken: list[float] = []

    def take(key: str, data: bytes | None, at_s: float) -> None:
        taken.append(at_s)

    watch = entries(unix_s)
    work = follow.watched(watch, take) if live else follow.until_known(watch, take, offset_s)
    asyncio.run(work)
    return time.monotonic() - taken[0]


def test_a_broker_whose_clock_is_set_meanwhile_makes_nobody_silent_and_hides_no_silence() -> None:
    now_s = time.time()
    for off_s in (-OFF_S, OFF_S):
        assert 0.0 <= heard_s(time.monotonic() - now_s, now_s + off_s, live=True) < OFF_S / 2


def test_what_is_there_has_the_age_that_the_broker_says_whatever_our_clock_is() -> None:
    there_s = time.time() + OFF_S
    offset_s = time.monotonic() - there_s
    assert 60.0 <= heard_s(offset_s, there_s - 60.0, live=False) < 120.0
    assert 0.0 <= heard_s(offset_s, there_s + 60.0, live=False) < 60.0
