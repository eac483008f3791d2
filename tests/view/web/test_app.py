"""The page's API: runs by what needs somebody, requests and their answers, playback, news."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixture.runtime.link.messages import End, Note
from fixture.runtime.registry import Registry, RunState
from fixture.view.operations import OPERATIONS
from fixture.view.recorded import RecordedSource
from fixture.view.web.catalogue import Catalogue, record_names
from fixture.view.web.stream import LiveFeed, PlaybackError, PlayedFeed, Viewers
from tests.view.web.served import ORIGIN, FakeLive, Served, row


def parsed(events: list[bytes]) -> list[tuple[str, Any]]:
    """Server-sent events as kind and data."""
    found = []
    for event in events:
        kind, data = event.decode().strip().split("\n")
        found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_a_run_is_described_before_its_first_row(served: Served) -> None:
    about = served.browser().get("/api/runs/cell-7").json()
    assert (about["live"], about["role"], about["last_s"]) == (True, "operate", 100.0)
    assert [o["request"] for o in about["operations"]] == [o.request for o in OPERATIONS]
    assert about["events"][0]["kind"] == "start"


def test_a_record_has_its_steps_and_no_operations(served: Served) -> None:
    about = served.browser().get("/api/runs/run").json()
    assert (about["live"], about["operations"]) == (False, [])
    assert len(about["steps"]) > 1
    assert {"text", "setpoint_mpa", "band_mpa", "points"} == set(about["steps"][0])
    assert about["events"][-1]["kind"] == "end"


def test_no_such_run_is_404_and_says_which_there_are(served: Served) -> None:
    answer = served.browser().get("/api/runs/nobody")
    assert answer.status_code == 404
    assert "no run is called nobody" in answer.json()["error"]


def test_an_address_without_a_page_is_a_page_that_leads_to_the_runs(served: Served) -> None:
    answer = served.browser().get("/runs")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<a href="/">All runs</a>' in answer.text


@pytest.mark.parametrize("name", ["letter.html", "start.html", "run.html"])
def test_a_page_has_no_other_address_than_its_own(served: Served, name: str) -> None:
    assert served.browser().get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fetc", "a b", "-x"])
def test_no_name_leads_out_of_the_list(served: Served, name: str) -> None:
    assert served.browser().get(f"/api/runs/{name}/rows").status_code in {400, 404}


def test_a_record_that_was_deleted_is_said_in_words(served: Served, stored: Path) -> None:
    stored.unlink()
    answer = served.browser().get("/api/runs/run")
    assert answer.status_code == 503
    assert "run.h5" in answer.json()["error"]


def test_a_request_reaches_the_run_and_its_answer_the_page(served: Served) -> None:
    browser, headers = served.browser(), {"origin": ORIGIN}
    path = "/api/runs/cell-7/request"
    answer = browser.post(path, json={"do": "jog", "value": 5.0}, headers=headers)
    assert answer.json() == {"ok": True, "text": "jog accepted"}
    assert served.catalogue.run.heard == [("jog", 5.0, "")]
    answer = browser.post(path, json={"do": "note", "text": "foils in"}, headers=headers)
    assert answer.json()["ok"]
    assert served.catalogue.run.heard[1:] == [("note", 0.0, "foils in")]
    served.catalogue.run.refuses = "someone else is operating this run"
    answer = browser.post(path, json={"do": "stop"}, headers=headers)
    assert answer.json() == {"ok": False, "text": "someone else is operating this run"}


@pytest.mark.parametrize(
    "body",
    [
        {"do": "explode"},
        {"do": "jog", "value": 1000.0},
        {"do": "jog", "value": "NaN"},
        {"do": "setpoint", "value": 0.0},
        {"do": "note", "text": "  "},
        {"do": "note", "text": "x" * 401},
        {"do": "stop", "other": 1},
        {},
        [],
    ],
)
def test_what_is_not_in_the_table_is_not_sent(served: Served, body: object) -> None:
    answer = served.browser().post(
        "/api/runs/cell-7/request", json=body, headers={"origin": ORIGIN}
    )
    assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert served.catalogue.run.heard == []


def test_a_record_takes_no_requests(served: Served) -> None:
    answer = served.browser().post(
        "/api/runs/run/request", json={"do": "stop"}, headers={"origin": ORIGIN}
    )
    assert answer.status_code == 400


def test_news_of_a_run_are_what_is_new() -> None:
    run = FakeLive()
    feed = LiveFeed(run)
    assert [kind for kind, _ in parsed(feed.news())] == ["row", "status"]
    assert feed.news() == []
    trip = Note(3, 0.3, "trip", 1, 900.0, "trip: over force (900 N)")
    run.now, run.notes = row(3), [*run.notes, trip]
    (events, (kind, newest)) = parsed(feed.news())
    assert (events[0], [e["text"] for e in events[1]]) == ("events", [trip.text])
    assert (kind, newest["tick"]) == ("row", 3)
    run.end = End("done")
    assert parsed(feed.news()) == [
        ("status", {"trouble": "", "end": {"type": "end", "outcome": "done", "code": 0}})
    ]
    assert feed.over


def test_news_of_a_record_follow_its_playback(stored: Path) -> None:
    ns = 0
    source = RecordedSource(stored, lambda: ns)
    feed = PlayedFeed(source)
    viewers = Viewers()
    viewers.enter("me", source)
    assert dict(parsed(feed.news()))["playback"]["t_s"] == source.playback.first_s
    assert feed.news() == []
    viewers.request("me", "speed", 10.0)
    viewers.request("me", "play", 0.0)
    ns = 2_000_000_000
    state = dict(parsed(feed.news()))["playback"]
    assert (state["playing"], state["t_s"]) == (True, pytest.approx(source.playback.first_s + 20.0))
    viewers.request("me", "pause", 0.0)
    viewers.request("me", "seek", 30.0)
    found = dict(parsed(feed.news()))
    assert (found["playback"]["t_s"], found["row"]["t_s"]) == (30.0, 30.0)
    viewers.request("me", "next cycle", 0.0)
    cycle = next(e.t_s for e in source.notes if e.kind == "cycle begin" and e.t_s > 30.0)
    assert dict(parsed(feed.news()))["playback"]["t_s"] == cycle
    viewers.leave("me", source)
    with pytest.raises(PlaybackError, match="reload"):
        viewers.request("me", "play", 0.0)
    source.close()


def test_a_stream_ends_when_the_server_closes(served: Served) -> None:
    served.closing = True
    with served.browser().stream("GET", "/api/runs/cell-7/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert b"".join(answer.iter_bytes()) == b"retry: 1000\n\n"
    assert served.catalogue.get("cell-7").users == 0


def test_a_stream_ends_with_the_run(served: Served) -> None:
    served.catalogue.run.end = End("done")
    with served.browser().stream("GET", "/api/runs/cell-7/stream") as answer:
        text = b"".join(answer.iter_bytes())
    assert b'"outcome":"done"' in text


def test_a_playback_that_nobody_shows_is_said(served: Served) -> None:
    answer = served.browser().post(
        "/api/runs/run/playback", json={"do": "play", "viewer": "x"}, headers={"origin": ORIGIN}
    )
    assert answer.status_code == 409


def test_the_slow_numbers_are_those_of_the_playback(stored: Path) -> None:
    source = RecordedSource(stored, lambda: 0)
    viewers = Viewers()
    viewers.enter("tab", source)
    assert viewers.source("tab") is source
    with pytest.raises(PlaybackError, match="reload"):
        viewers.source("another")
    source.close()


def test_a_page_is_told_the_slow_numbers_and_which_links_are_lost(served: Served) -> None:
    found = served.browser().get("/api/runs/cell-7/figures").json()
    assert found["links_lost"] == []
    assert {"error_rms_mpa", "budget_rms_mpa", "left_s", "step_left_s", "waits_for"} < set(found)
    lost = served.browser().get("/api/runs/run/figures?viewer=nobody")
    assert lost.status_code == 409


def test_what_nobody_uses_is_closed_after_a_minute(served: Served) -> None:
    first = served.catalogue.get("run")
    served.catalogue.ns = 59_000_000_000
    assert served.catalogue.get("run") is first
    served.catalogue.ns = 200_000_000_000
    served.catalogue.get("cell-7")
    assert served.catalogue.get("run") is not first


def test_a_run_that_is_over_is_opened_anew_as_a_record(served: Served) -> None:
    first = served.catalogue.get("cell-7")
    served.catalogue.run.end = End("done")
    first.users = 1
    assert served.catalogue.get("cell-7") is first
    first.users = 0
    assert served.catalogue.get("cell-7") is not first


def test_records_of_one_name_are_told_apart() -> None:
    named = record_names([Path("/a/run.h5"), Path("/b/run.h5")])
    assert named == {"run": Path("/a/run.h5"), "run-2": Path("/b/run.h5")}


def test_the_list_begins_with_records(served: Served) -> None:
    runs = served.browser().get("/api/runs").json()["runs"]
    assert [(run["run"], run["state"]) for run in runs] == [("run", "record")]


@pytest.mark.parametrize(("outcome", "said"), [("", "all its processes are gone"), ("done", "")])
def test_a_run_without_processes_is_shown_from_its_record_and_why(
    tmp_path: Path, stored: Path, outcome: str, said: str
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    stored.rename(folder / "one.h5")
    RunState("one", str(folder), outcome=outcome).write(folder)
    registry = Registry(tmp_path / "runs")
    registry.enter("one", folder)
    catalogue = Catalogue(registry, {}, lambda: 0, lambda: 10**18)
    opened = catalogue.get("one")
    assert isinstance(opened.source, RecordedSource)
    assert said in opened.why
    assert bool(opened.why) == bool(said)
    (listed,) = catalogue.listing()
    assert listed["attention"] == (not outcome)
    catalogue.close()
