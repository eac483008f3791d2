"""The page of a laboratory: all machines at once, what needs somebody first, and how to open it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from starlette.testclient import TestClient

from fixture.lab.follow import Follower
from fixture.lab.page import LabCatalogue
from fixture.lab.seen import Laboratory
from fixture.runtime.errors import NoRunError
from fixture.runtime.registry import Registry
from fixture.view.web.access import Access
from fixture.view.web.app import application
from tests.lab.brokers import BrokerProcess
from tests.lab.publishing import publishing, quick
from tests.lab.simulated import fixtures, row
from tests.lab.test_seen import lab, live, report
from tests.view.web.chromium import chromium, path
from tests.view.web.page_process import page
from tests.view.web.served import KEY, ORIGIN, PORT

T = TypeVar("T")


class FakeFollower(Follower):
    """A laboratory that a test made up."""

    def __init__(self, seen: Laboratory, now_s: float) -> None:
        self.trouble, self._made, self._now_s = "", seen, now_s

    def read(self, look: Callable[[Laboratory, float], T]) -> T:
        return look(self._made, self._now_s)

    def close(self) -> None:
        pass


@pytest.fixture
def browser() -> Iterator[TestClient]:
    """A browser that was let in to a laboratory of two runs, of which one's machine is silent."""
    made = lab("press-1", "press-2")
    for machine in ("press-1", "press-2"):
        made.reported(machine, "cell-7", report(), 110.0)
    made.claimed("press-1", made.machines["press-1"].claim, 119.0)
    made.rows("press-1", "cell-7", live(3))
    access = Access(KEY, lambda: None)
    catalogue = LabCatalogue("sodium", FakeFollower(made, 120.0))
    app = application(catalogue, access, PORT, closing=lambda: False)
    client = TestClient(app, base_url=ORIGIN)
    client.get("/", params={"token": access.token})
    yield client
    with pytest.raises(NoRunError):
        catalogue.get("cell-7")


def test_the_first_page_has_runs_of_the_same_name_apart_and_the_silent_one_first(
    browser: TestClient,
) -> None:
    told = browser.get("/api/runs").json()
    assert (told["lab"], told["trouble"]) == ("sodium", "")
    first, second = told["runs"]
    assert (first["machine"], first["state"], first["attention"]) == ("press-2", "silent", True)
    assert (second["machine"], second["pressure_mpa"]) == ("press-1", 15.0)
    assert second["command"] == "isostack attach host-1:cell-7"


def test_a_run_of_a_laboratory_is_not_opened_here_and_takes_no_request(
    browser: TestClient,
) -> None:
    for answer in (
        browser.get("/api/runs/cell-7"),
        browser.post("/api/runs/cell-7/request", json={"do": "stop"}, headers={"origin": ORIGIN}),
    ):
        assert answer.status_code == 404
        assert "on its machine" in answer.json()["error"]


@pytest.mark.skipif(path() is None, reason="no Chromium on this machine")
def test_the_page_shows_what_machines_publish(
    tmp_path: Path, broker: BrokerProcess, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    monkeypatch.setenv("NATS_URL", broker.access.url)
    monkeypatch.setenv("NATS_TOKEN", broker.access.token)
    with (
        fixtures(tmp_path / "runs", ["one", "two"], registry) as made,
        publishing(broker.access, registry),
        page(tmp_path, "attach", "--web", "--lab", "--port", "0") as served,
        chromium() as browser,
    ):
        made.post(lambda: made.runs["two"].state(phase="tripped", trip="over-force"))
        tab = browser.tab(served.link)
        tab.until("document.querySelectorAll('#runs .card').length === 2")
        tab.until("document.querySelector('#runs .card h3').textContent === 'two'")
        tab.until("document.querySelector('#runs h2').textContent === 'Needs attention (1)'")
        assert tab.value("document.getElementById('count').textContent") == (
            "1 going on, 1 needs attention"
        )
        text = tab.value("document.querySelector('#runs .card').innerText")
        assert "on press 1" in text
        assert "Tripped: over-force" in text
        assert "isostack attach host:two" in text
        assert "Laboratory lab" in tab.value("document.title")
        made.say("one", row(5, 0.5, pressure_mpa=12.5))
        tab.until("document.getElementById('runs').innerText.includes('12.50 MPa')")
        broker.kill()
        tab.until("!document.getElementById('lost').hidden")
        assert "runs are not affected" in tab.value("document.getElementById('lost').textContent")
        assert [error for error in tab.errors if "Failed to load resource" not in error] == []
        tab.picture(tmp_path / "lab.png")
