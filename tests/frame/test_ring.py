"""What a reader gets from the ring is what was written, and what it did not get it has counted."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixture.frame.ring import Reader, Ring, RingError

SLOTS = 8
CAPACITY = 64
RACE = 30_000
WRITER = """
import sys
from fixture.frame.ring import Ring
ring = Ring.attach(int(sys.argv[1]))
for i in range(int(sys.argv[2])):
    ring.put(b"%d " % i * (1 + i % 13))
"""


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.create(SLOTS, CAPACITY)
    yield made
    made.close()


def write(ring: Ring, count: int) -> None:
    for _ in range(count):
        ring.put(b"payload %d" % (ring.newest() + 1))


def expected(first: int, end: int) -> list[tuple[int, bytes]]:
    return [(n, b"payload %d" % n) for n in range(first, end)]


def spoil(ring: Ring, sequence: int) -> None:
    """Change one byte of a payload behind the ring's back."""
    stride = (os.fstat(ring.fd).st_size - 32) // ring.slots
    at = 32 + sequence % ring.slots * stride + 8
    os.pwrite(ring.fd, bytes([os.pread(ring.fd, 1, at)[0] ^ 1]), at)


def test_an_empty_ring_has_no_newest_and_gives_nothing(ring: Ring) -> None:
    assert (ring.newest(), ring.reader().take(9), ring.get(0)) == (-1, [], None)


def test_sequence_numbers_begin_at_zero(ring: Ring) -> None:
    assert [ring.put(b"x") for _ in range(3)] == [0, 1, 2]
    assert ring.newest() == 2


def test_memory_that_was_never_written_passes_for_no_payload(ring: Ring) -> None:
    assert [ring.get(n) for n in range(SLOTS)] == [None] * SLOTS


def test_an_empty_payload_is_a_payload(ring: Ring) -> None:
    ring.put(b"")
    assert ring.reader().take(9) == [(0, b"")]


def test_a_reader_gets_everything_once_and_in_order(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, 3)
    assert reader.take(2) == expected(0, 2)
    write(ring, 2)
    assert reader.take(9) == expected(2, 5)
    assert reader.take(9) == []
    assert reader.lost == 0


def test_a_full_ring_that_was_not_lapped_has_lost_nothing(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, SLOTS)
    assert reader.take(99) == expected(0, SLOTS)
    assert reader.lost == 0


def test_a_lapped_reader_counts_exactly_what_was_overwritten(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, SLOTS + 5)
    assert reader.take(99) == expected(5, SLOTS + 5)
    write(ring, 3 * SLOTS)
    assert reader.take(99) == expected(3 * SLOTS + 5, 4 * SLOTS + 5)
    assert reader.lost == 5 + 2 * SLOTS


def test_a_late_reader_begins_at_the_oldest_or_where_it_is_told(ring: Ring) -> None:
    write(ring, 20)
    assert ring.reader().take(1) == expected(20 - SLOTS, 21 - SLOTS)
    assert ring.reader(18).take(9) == expected(18, 20)
    behind = ring.reader(3)
    assert behind.take(1) == expected(20 - SLOTS, 21 - SLOTS)
    assert behind.lost == 20 - SLOTS - 3


def test_a_reader_ahead_of_the_writer_waits_for_its_number(ring: Ring) -> None:
    reader = ring.reader(2)
    write(ring, 2)
    assert reader.take(9) == []
    write(ring, 1)
    assert reader.take(9) == expected(2, 3)


def test_an_overwritten_payload_is_not_there_under_its_old_number(ring: Ring) -> None:
    for _ in range(SLOTS + 1):
        ring.put(b"the same")
    assert ring.get(0) is None
    assert ring.get(SLOTS) == b"the same"


def test_a_damaged_payload_is_looked_at_twice_then_counted_as_lost(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, 3)
    spoil(ring, 1)
    assert reader.take(9) == expected(0, 1)
    assert (reader.take(9), reader.lost) == (expected(2, 3), 1)


def test_a_payload_that_becomes_whole_at_the_second_look_is_read(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, 2)
    spoil(ring, 1)
    assert reader.take(9) == expected(0, 1)
    spoil(ring, 1)
    assert (reader.take(9), reader.lost) == (expected(1, 2), 0)


def test_a_slot_that_is_being_overwritten_is_lost_at_once(ring: Ring) -> None:
    reader = ring.reader()
    write(ring, SLOTS)
    spoil(ring, 0)  # as if the writer had begun with the next lap and not yet said so
    assert reader.take(99) == expected(1, SLOTS)
    assert reader.lost == 1


def test_a_payload_larger_than_a_slot_is_refused_and_nothing_written(ring: Ring) -> None:
    with pytest.raises(RingError, match="65 bytes; a slot takes 64"):
        ring.put(bytes(CAPACITY + 1))
    assert ring.newest() == -1
    assert ring.put(bytes(CAPACITY)) == 0


def test_a_second_writer_goes_on_where_the_first_ended(ring: Ring) -> None:
    write(ring, 5)
    successor = Ring.attach(os.dup(ring.fd))
    assert successor.put(b"payload 5") == 5
    assert ring.reader().take(9) == expected(0, 6)
    successor.close()


@pytest.mark.parametrize("size", [0, 31, 32, 4096])
def test_a_descriptor_that_is_no_ring_is_refused(size: int) -> None:
    fd = os.memfd_create("test")
    os.ftruncate(fd, size)
    with pytest.raises(RingError, match="no ring"):
        Ring.attach(fd)
    os.close(fd)


def test_nobody_can_cut_the_ring_under_another(ring: Ring) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(ring.fd, 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * SLOTS), st.integers(0, 2 * SLOTS)), max_size=20))
def test_read_and_lost_add_up_to_written_however_the_two_take_turns(
    turns: list[tuple[int, int]],
) -> None:
    ring = Ring.create(SLOTS, CAPACITY)
    reader = ring.reader()
    read: list[tuple[int, bytes]] = []
    for puts, takes in turns:
        write(ring, puts)
        read += reader.take(takes)
    read += reader.take(SLOTS)
    assert len(read) + reader.lost == ring.newest() + 1
    assert all(payload == b"payload %d" % n for n, payload in read)
    assert [n for n, _ in read] == sorted({n for n, _ in read})
    ring.close()


@pytest.mark.parametrize("slots", [3, 500])
def test_a_reader_that_races_a_writer_of_another_process_gets_only_whole_payloads(
    slots: int,
) -> None:
    ring = Ring.create(slots, 128)
    command = [sys.executable, "-c", WRITER, str(ring.fd), str(RACE)]
    with subprocess.Popen(command, pass_fds=(ring.fd,)) as writer:
        got, lost = drain(ring.reader(), writer)
    assert writer.returncode == 0
    assert all(payload == b"%d " % n * (1 + n % 13) for n, payload in got)
    assert len(got) + lost == RACE == ring.newest() + 1
    ring.close()


def drain(reader: Reader, writer: "subprocess.Popen[bytes]") -> tuple[list[tuple[int, bytes]], int]:
    """What a reader gets, and what it lost, until the writer has ended."""
    got: list[tuple[int, bytes]] = []
    while writer.poll() is None:
        got += reader.take(64)
    while taken := reader.take(64):
        got += taken
    return got, reader.lost
