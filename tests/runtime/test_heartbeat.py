"""A process is silent only as far as we were awake to see it."""

import pytest

from fixture.runtime.supervisor.heartbeat import (
    CALM_NS,
    LIMIT_NS,
    POLL_NS,
    WITNESSED_NS,
    Heartbeat,
    Restarts,
    limit_ns,
)

MS = 1_000_000
SECOND = 1_000_000_000


def looks(heart: Heartbeat, stamp_ns: int, first_ns: int, last_ns: int) -> int | None:
    """Look each 20 ms; when it was first found silent."""
    for now_ns in range(first_ns, last_ns, POLL_NS):
        if heart.silent(stamp_ns, now_ns):
            return now_ns
    return None


def test_a_stamp_that_stands_still_is_found_silent_just_after_the_limit() -> None:
    heart = Heartbeat(LIMIT_NS, 0)
    assert not heart.silent(SECOND, SECOND)
    found_ns = looks(heart, SECOND, SECOND + POLL_NS, 2 * SECOND)
    assert found_ns is not None
    assert 200 * MS < found_ns - SECOND <= 240 * MS


def test_a_stamp_that_moves_is_never_silent() -> None:
    heart = Heartbeat(LIMIT_NS, 0)
    assert not any(heart.silent(now, now) for now in range(SECOND, 10 * SECOND, 100 * MS))


@pytest.mark.parametrize("last_ms", range(0, 101, 5))
def test_silence_is_found_as_soon_where_what_works_is_looked_at_less_often(last_ms: int) -> None:
    heart = Heartbeat(LIMIT_NS, 0)
    last_ns = SECOND + last_ms * MS
    now_ns, found_ns, stamp_ns = SECOND - CALM_NS, 0, 0
    while not found_ns:
        stamp_ns = min(now_ns // (10 * MS) * 10 * MS, last_ns)
        found_ns = now_ns if heart.silent(stamp_ns, now_ns) else 0
        now_ns += CALM_NS if heart.fresh else POLL_NS
    assert 200 * MS < found_ns - stamp_ns <= 200 * MS + POLL_NS + 10 * MS


def test_a_check_that_comes_late_says_little_of_a_beat_before_it() -> None:
    heart = Heartbeat(LIMIT_NS, 0)
    assert not heart.silent(SECOND, SECOND)
    assert not heart.silent(SECOND + 10 * MS, SECOND + 190 * MS)
    assert heart.silent_ns == POLL_NS


def test_what_works_is_looked_at_often_enough_that_all_its_silence_is_seen() -> None:
    assert CALM_NS <= WITNESSED_NS


def test_a_machine_that_stood_still_blames_nobody() -> None:
    heart = Heartbeat(LIMIT_NS, 0)
    assert not heart.silent(SECOND, SECOND)
    assert not heart.silent(SECOND, 60 * SECOND)
    assert not heart.silent(60 * SECOND + MS, 60 * SECOND + POLL_NS)


def test_before_the_first_stamp_there_is_time_to_start() -> None:
    heart = Heartbeat(LIMIT_NS, 0, start_ns=2 * SECOND)
    found_ns = looks(heart, 0, 0, 3 * SECOND)
    assert found_ns is not None
    assert found_ns > 2 * SECOND


def test_a_slow_tick_gets_two_and_a_half_periods() -> None:
    assert limit_ns(10 * MS) == 200 * MS
    assert limit_ns(200 * MS) == 500 * MS


def test_restarts_are_counted_within_a_time() -> None:
    restarts = Restarts(2, SECOND)
    assert restarts.allow(0)
    assert restarts.allow(1)
    assert not restarts.allow(2)
    assert restarts.allow(SECOND + 2)
