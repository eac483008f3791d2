"""What a machine holds is what its processor and its memory hold, whichever is less."""

from fixture.cli.capacity import MEMORY, PROCESSOR, advice, capacity, copy_s, words

COPY_S = 8e-8
GB = 10**9


def test_twice_the_cores_hold_twice_the_fixtures_until_memory_is_short() -> None:
    few, many = (capacity(COPY_S, cores, 0) for cores in (4, 8))
    assert all(
        a.fixtures * 2 <= b.fixtures <= a.fixtures * 2 + 1 for a, b in zip(few, many, strict=True)
    )
    assert {one.limit for one in many} == {PROCESSOR}
    short = capacity(COPY_S, 8, GB // 2)
    assert (short[0].fixtures, short[0].limit) == (6, MEMORY)
    assert "memory limits it, more of it would hold more" in words(short)


def test_a_lower_rate_holds_more() -> None:
    found = capacity(COPY_S, 4, 64 * GB)
    assert [one.rate_hz for one in found] == [100, 1000]
    assert found[0].fixtures > found[1].fixtures > 0
    assert "or a lower 'run --rate'" in words(found)


def test_advice_is_given_only_where_none_fits() -> None:
    assert advice(capacity(COPY_S, 2, 4 * GB)) == ()
    assert "no fixture at 100 Hz fits here: memory" in advice(capacity(COPY_S, 2, GB // 100))[0]


def test_a_copy_takes_some_time() -> None:
    assert 1e-8 < copy_s() < 1e-4
