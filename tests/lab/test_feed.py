"""What waits of a run for the broker: the newest row, events in order, and gaps."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from fixture.lab.feed import FOREVER_S, MOST_EVENTS, MOST_ROWS, SETTLE_S, Gap, RunFeed
from fixture.lab.messages import EventKey, LiveRow, RunReport, keyed, rows_of
from fixture.lab.observer import Mark, Passed
from fixture.runtime.link.messages import Note, encoded
from tests.lab.simulated import note, row


def feed() -> RunFeed:
    return RunFeed("one", "17", 5)


def passed(tick: int) -> Passed:
    shown = row(tick, 0.1 * tick)
    return Passed(Mark(tick, shown.t_s), encoded(shown))


def drained(one: RunFeed) -> list[Note]:
    found: list[Note] = []
    while (following := one.next_event()) is not None:
        found.append(following[1])
        one.stored(following[0])
    return found


def test_a_row_goes_out_as_the_link_had_it_with_its_number() -> None:
    one = feed()
    one.row(passed(3))
    data = one.take_row()
    assert data is not None
    assert rows_of(data) == LiveRow("17", 5, 1, row(3, 0.1 * 3))
    assert one.take_row() is None


def test_only_the_newest_rows_wait_and_what_was_dropped_is_a_gap() -> None:
    one = feed()
    for tick in range(MOST_ROWS + 7):
        one.row(passed(tick))
        if tick < 3:
            one.take_row()
    numbers: list[tuple[int, int]] = []
    while (data := one.take_row()) is not None:
        found = rows_of(data)
        assert isinstance(found, LiveRow)
        numbers.append((found.n, found.row.tick))
    assert numbers == [(tick + 1, tick) for tick in range(7, MOST_ROWS + 7)]
    assert one.gaps == [Gap(0.2, 0.1 * 7 + SETTLE_S)]


def test_a_lost_connection_leaves_a_gap_that_begins_before_it() -> None:
    one = feed()
    one.row(passed(50))
    one.take_row()
    one.disconnected()
    one.row(passed(90))
    one.take_row()
    assert one.gaps == [Gap(3.0, 9.0 + SETTLE_S)]


def test_rows_that_went_into_a_cut_cable_are_in_the_gap_and_those_that_arrived_are_not() -> None:
    one = feed()
    for tick in (50, 100, 400):
        one.row(passed(tick))
        one.take_row()
        if tick == 100:
            one.arrived(one.sent_s)
    one.disconnected()
    one.row(passed(900))
    one.take_row()
    assert one.gaps == [Gap(10.0, 90.0 + SETTLE_S)]


def test_a_gap_that_is_not_filled_yet_is_known_to_the_next_publisher() -> None:
    one = feed()
    one.row(passed(50))
    one.take_row()
    assert one.report().t_s == 5.0
    one.disconnected()
    assert one.report().t_s == 3.0
    one.row(passed(900))
    one.take_row()
    again = feed()
    again.resume(None, one.report())
    again.row(passed(990))
    again.take_row()
    assert again.gaps == [Gap(3.0, 99.0 + SETTLE_S)]


def test_a_gap_is_filled_once_everybody_listens_again() -> None:
    one = feed()
    for tick in (50, 90):
        one.row(passed(tick))
        one.take_row()
        one.disconnected()
    assert one.due_gaps() == []
    one.row(passed(90 + round(10 * SETTLE_S)))
    one.take_row()
    assert one.due_gaps() == [Gap(3.0, 9.0 + SETTLE_S)]


def test_a_run_that_ends_while_the_broker_is_away_is_filled_to_its_end() -> None:
    one = feed()
    one.row(passed(50))
    one.take_row()
    one.disconnected()
    one.end()
    assert one.gaps == [Gap(3.0, FOREVER_S)]


EVENTS = st.lists(
    st.builds(note, st.integers(0, 20), st.just(0.0), st.sampled_from("ab"), st.integers(0, 2)),
    max_size=30,
).map(lambda notes: sorted(notes, key=lambda one: one.tick))


@given(EVENTS, st.integers(0, 30), st.integers(0, 30))
def test_events_that_come_by_link_and_record_are_stored_once_in_order(
    notes: list[Note], first: int, stored: int
) -> None:
    one, ticks = feed(), sorted({n.tick for n in notes})
    begin = ticks[min(first, len(ticks) - 1)] if ticks else 0
    one.add([n for n in notes if n.tick >= begin])  # the link knows whole ticks, from some on
    one.add(notes)
    found = drained(one)
    assert sorted(map(repr, found)) == sorted(map(repr, notes))
    again = feed()  # another publisher, which goes on behind the one that was killed
    keys = list(keyed(notes))
    last = keys[min(stored, len(keys) - 1)] if keys else None
    again.resume(last, None)
    again.add(notes)
    assert len(drained(again)) == len([key for key in keys if last is None or key > last])


def test_too_many_events_are_left_to_the_record() -> None:
    one = feed()
    one.must_read = False
    one.add([note(tick, 0.0) for tick in range(MOST_EVENTS + 7)])
    assert one.must_read
    assert len(drained(one)) == MOST_EVENTS


def test_what_the_broker_lost_soon_after_it_had_it_waits_again_without_a_record() -> None:
    one = feed()
    one.add([note(tick, 0.0, "a", 0) for tick in range(10)])
    assert len(drained(one)) == 10
    one.resume(EventKey(6, "a", 0, 0), None)
    assert [found.tick for found in drained(one)] == [7, 8, 9]


def test_what_the_broker_lost_is_read_from_the_record_again() -> None:
    one = feed()
    one.must_read = False
    one.stored(EventKey(9, "a", 0, 0))
    one.resume(EventKey(5, "a", 0, 0), None)
    assert one.must_read
    one.add([note(tick, 0.0, "a", 0) for tick in range(10)])
    assert [found.tick for found in drained(one)] == [6, 7, 8, 9]


def test_a_publisher_that_was_started_again_fills_what_it_missed() -> None:
    one = feed()
    one.resume(None, RunReport("17", {}, 4, 100, 12.5, EventKey(5, "a", 0, 0)))
    assert one.cursor == EventKey(5, "a", 0, 0)
    one.row(passed(200))
    one.take_row()
    assert one.gaps == [Gap(12.5, 20.0 + SETTLE_S)]


def test_a_report_of_an_earlier_run_of_this_name_says_nothing() -> None:
    one = feed()
    one.resume(None, RunReport("16", {}, 4, 100, 12.5, EventKey(5, "a", 0, 0), over=True))
    assert one.cursor is None
    assert one.must_read
    one.row(passed(200))
    one.take_row()
    assert one.gaps == []


def test_a_run_that_was_published_to_its_end_is_not_read_again() -> None:
    one = feed()
    one.resume(None, RunReport("17", {}, 4, 100, 12.5, None, over=True))
    one.end()
    assert not one.waits
    assert one.report().over


def test_an_event_is_known_by_its_id_and_by_its_run_alone() -> None:
    key = EventKey(5, "link lost", 3, 1)
    assert EventKey.of_message_id(key.message_id("17"), "17") == key
    assert EventKey.of_message_id(key.message_id("17"), "18") is None
    assert EventKey.of_message_id("rubbish", "17") is None


def test_a_message_of_another_version_is_let_pass_or_nothing() -> None:
    more = {"type": "row", "id": "1", "epoch": 1, "n": 1, "later": 3}
    known = msgspec.json.encode({**more, "row": row(1, 0.1)})
    assert isinstance(rows_of(known), LiveRow)
    assert rows_of(msgspec.json.encode({**more, "row": {}})) is None
    assert rows_of(b"\xff{") is None
