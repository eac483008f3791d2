"""`attach --every`: few rows, all events."""

import msgspec
import pytest

from fixture.cli.errors import UsageError
from fixture.cli.row_views import JsonView
from fixture.cli.thinned import Thinned, interval_s
from fixture.core.types import Event, EventKind
from fixture.runtime.link.messages import Live, Row, note_of

ROW = Row(0, 0.0, "running", "none", 1, 0, 15.0, 15.0, 1178.0, 10.0, 3.0, 0.5, 23.0, 40)


def row(t_s: float, unconfirmed: str = "") -> Row:
    return msgspec.structs.replace(ROW, t_s=t_s, unconfirmed=unconfirmed)


def shown(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, float]]:
    lines = map(msgspec.json.decode, capsys.readouterr().out.splitlines())
    return [(line["type"], line.get("t_s", 0.0)) for line in lines]


def test_rows_are_so_far_apart_and_events_are_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    view = Thinned(JsonView(), 10.0)
    view.history(tuple(row(float(t)) for t in range(0, 25, 5)), ())
    settled = note_of(Event(26 * 10**9, 260, int(EventKind.SETTLED), 1, 15.0))
    view.live(Live(row(26.0), (settled,)))
    view.live(Live(row(29.9), (), 3))
    view.live(Live(row(30.0), ()))
    assert shown(capsys) == [
        ("row", 0.0), ("row", 10.0), ("row", 20.0), ("event", 26.0), ("missed", 0.0), ("row", 30.0),
    ]  # fmt: skip


def test_what_is_not_confirmed_to_be_safe_does_not_wait(capsys: pytest.CaptureFixture[str]) -> None:
    view = Thinned(JsonView(), 3600.0)
    view.live(Live(row(1.0), ()))
    view.live(Live(row(2.0, "output may be on"), ()))
    view.live(Live(row(3.0, "output may be on"), ()))
    assert shown(capsys) == [("row", 1.0), ("row", 2.0)]


@pytest.mark.parametrize(("text", "seconds"), [("", 0.0), ("10s", 10.0), ("5 min", 300.0)])
def test_an_interval_is_a_time(text: str, seconds: float) -> None:
    assert interval_s(text) == seconds


@pytest.mark.parametrize("text", ["10", "10 V", "-1 s", "2 day"])
def test_another_interval_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--every: "):
        interval_s(text)
