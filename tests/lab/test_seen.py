"""A laboratory as it is seen: ages, silence, what needs somebody, and rows that were lost."""

from fixture.lab.messages import Claim, Filled, LiveRow, RecordedRow, RunReport
from fixture.lab.seen import Laboratory
from fixture.runtime.outcome import CODE_FAILED
from tests.lab.simulated import row

CLAIM = Claim("id", "host-1")


def lab(*machines: str, silent_s: float = 15.0) -> Laboratory:
    """Heard since long ago; machines that said something at 100 s."""
    made = Laboratory(silent_s)
    made.heard_since_s = 0.0
    for machine in machines:
        made.claimed(machine, CLAIM, 100.0)
    return made


def report(state: str = "running", *, over: bool = False) -> RunReport:
    return RunReport("17", {"state": state, "why": "", "pressure_mpa": 1.0}, over=over)


def live(n: int, epoch: int = 1) -> LiveRow:
    return LiveRow("17", epoch, n, row(n, 0.1 * n))


def recorded(after_s: float, before_s: float) -> Filled:
    return Filled("17", after_s, before_s, (RecordedRow(1, after_s + 0.1),))


def test_rows_that_do_not_come_are_counted_and_filled_from_the_record() -> None:
    made = lab("m")
    for n in (1, 2, 3, 10, 11):
        made.rows("m", "r", live(n))
    counts = made.runs["m", "r"].counts
    assert (counts.rows, counts.lost, counts.filled) == (5, 6, 0)
    made.rows("m", "r", recorded(0.25, 0.95))  # not all of the stretch
    assert counts.filled == 0
    made.rows("m", "r", recorded(0.1, 1.0))
    assert (counts.lost, counts.filled, counts.recorded) == (6, 6, 2)


def test_an_empty_fill_fills_nothing() -> None:
    made = lab("m")
    for n in (1, 5):
        made.rows("m", "r", live(n))
    made.rows("m", "r", Filled("17", 0.0, 9.0, ()))
    assert made.runs["m", "r"].counts.filled == 0


def test_a_publisher_that_was_started_again_counts_anew() -> None:
    made = lab("m")
    for message in (live(7), live(8), live(1, epoch=2), live(3, epoch=2)):
        made.rows("m", "r", message)
    assert made.runs["m", "r"].counts.lost == 1


def test_a_machine_is_silent_after_a_while_and_its_runs_need_somebody() -> None:
    made = lab("m", "n")
    for machine in "mn":
        made.reported(machine, "r", report(), 110.0)
    made.claimed("n", CLAIM, 112.0)
    assert made.silent(114.9) == []
    assert made.silent(115.0) == ["m"]
    first, second = made.listing(116.0)
    assert (first["machine"], first["state"], first["attention"]) == ("m", "silent", True)
    assert "nothing heard of m for 16 s; it was running" in first["why"]
    assert (second["machine"], second["state"], second["attention"]) == ("n", "running", False)


def test_a_machine_without_runs_is_told_of_only_while_it_is_silent() -> None:
    made = lab("m")
    assert made.listing(110.0) == []
    (told,) = made.listing(120.0)
    assert (told["run"], told["state"], told["command"]) == (
        "", "silent", "ssh -- host-1 isostack ls",
    )  # fmt: skip


def test_a_machine_that_left_in_order_is_not_silent() -> None:
    made = lab("m")
    made.reported("m", "r", report(), 100.0)
    made.claimed("m", Claim("id", "host-1", left=True), 101.0)
    assert made.silent(500.0) == []
    (told,) = made.listing(500.0)
    assert told["why"].startswith("its machine publishes no more")


def test_nobody_is_silent_as_long_as_the_broker_was_not_heard_long_enough() -> None:
    made = lab("m")
    made.heard_since_s = None
    assert made.silent(500.0) == []
    made.heard_since_s = 490.0
    assert made.silent(500.0) == []
    assert made.silent(505.0) == ["m"]


def test_a_run_that_is_over_does_not_age() -> None:
    made = lab("m")
    made.reported("m", "r", report("ended", over=True), 100.0)
    made.claimed("m", CLAIM, 5000.0)
    (told,) = made.listing(5001.0)
    assert (told["state"], told["attention"]) == ("ended", False)


def test_the_newest_row_is_shown_and_the_command_opens_the_run_there() -> None:
    made = lab("m")
    made.reported("m", "cell 7", report(), 100.0)
    made.rows("m", "cell 7", live(3))
    (told,) = made.listing(101.0)
    assert told["pressure_mpa"] == 15.0
    assert told["command"] == "isostack attach 'host-1:cell 7'"


def test_a_state_that_this_version_does_not_know_is_unknown() -> None:
    made = lab("m")
    made.reported("m", "r", report("hovering"), 100.0)
    (told,) = made.listing(101.0)
    assert (told["state"], told["attention"]) == ("unknown", True)
    assert "hovering" in told["why"]


def test_a_run_that_failed_needs_somebody_until_it_is_resumed_or_removed() -> None:
    made = lab("m")
    failed = RunReport(
        "17", {"state": "ended", "why": "control died", "exit_code": CODE_FAILED}, over=True
    )
    made.reported("m", "a", failed, 100.0)
    made.reported("m", "b", report("running"), 100.0)
    assert [(told["run"], told["attention"]) for told in made.listing(101.0)] == [
        ("a", True), ("b", False),
    ]  # fmt: skip


def test_what_needs_somebody_comes_first() -> None:
    made = lab("m")
    for name, state in (("a", "ended"), ("b", "running"), ("c", "tripped"), ("d", "stale")):
        made.reported("m", name, report(state, over=state == "ended"), 100.0)
    assert [told["run"] for told in made.listing(101.0)] == ["c", "d", "b", "a"]
