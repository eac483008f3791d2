"""The page in a browser: what people see and can do, on a live run and on a record."""

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixture.frame.time_text import time_text
from fixture.runtime.registry import Registry, RunState
from tests.cli.live_runs import a_run, of_its_own
from tests.view.web.chromium import Chromium, Tab, chromium, path
from tests.view.web.conftest import STORED
from tests.view.web.page_process import Page, page

pytestmark = [
    pytest.mark.skipif(path() is None, reason="no Chromium on this machine"),
    pytest.mark.timeout(240),
]
DRAWN = "Number(document.documentElement.dataset.drawn) > 0"
STRETCH = "document.getElementById('stretch').textContent"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as found:
        yield found


@pytest.fixture
def tab(browser: Chromium) -> Iterator[Tab]:
    tab = browser.tab()
    tab.size(1280, 900)
    yield tab
    assert [error for error in tab.errors if "Failed to load resource" not in error] == []
    tab.close()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Page]:
    """A page on a run that ticks."""
    with a_run(tmp_path, **of_its_own(tmp_path)) as run:
        Registry.of_user(of_its_own(tmp_path)).enter("one", run.folder)
        with page(tmp_path, "attach", "--web", "--port", "0") as served:
            yield served


@pytest.fixture
def own(tmp_path: Path, stored: Path) -> Iterator[Page]:
    """A page on a record, of its own for the test."""
    with page(tmp_path, "replay", str(stored), "--web", "--port", "0") as served:
        yield served


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page on a record that tests share which only look."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "run.h5").write_bytes(gzip.decompress(STORED.read_bytes()))
    with page(folder, "replay", str(folder / "run.h5"), "--web", "--port", "0") as served:
        yield served


@pytest.fixture
def record(serving: Page, tab: Tab) -> Page:
    """The same, and a browser that keeps nothing of what another test did there."""
    tab.call("Storage.clearDataForOrigin", origin=serving.origin, storageTypes="local_storage")
    return serving


def test_a_live_run_is_found_on_the_first_page_and_goes_on_before_the_eyes(
    live: Page, tab: Tab
) -> None:
    tab.open(live.link)
    tab.until("document.querySelector('#runs .card h3')?.textContent === 'one'")
    assert "token" not in tab.value("location.href")
    tab.value("document.querySelector('#runs .card a').click()")
    tab.until("document.documentElement.dataset.ready === 'yes'")
    first = tab.until("document.querySelector('#now dd')?.textContent")
    tab.until(f"document.querySelector('#now dd').textContent !== {first!r}")
    tab.until("document.getElementById('state').textContent.startsWith('Running')")


def test_a_stop_is_asked_for_and_its_answer_is_shown(live: Page, tab: Tab) -> None:
    tab.open(live.link)
    tab.open(f"{live.origin}/run/one")
    tab.until("!!document.querySelector('#buttons .stop')")
    tab.value("document.querySelector('#buttons .stop').click()")
    tab.until("document.getElementById('ask').open")
    assert "The cell is opened" in tab.value("document.getElementById('ask').textContent")
    assert tab.value("document.activeElement.textContent") == "Cancel"
    tab.value("document.querySelector('#ask button[type=submit]').click()")
    tab.until("/Stop: (?!sent)/.test(document.getElementById('answer').textContent)")
    tab.until("document.getElementById('state').textContent.startsWith('Over')")
    assert tab.value("document.querySelector('#buttons .stop').disabled")


def test_a_run_is_held_and_what_does_not_fit_is_not_offered(live: Page, tab: Tab) -> None:
    offered = (
        "[...document.querySelectorAll('#buttons button')].filter(b => !b.hidden)"
        ".map(b => b.textContent.replace(' …', ''))"
    )
    tab.open(live.link)
    tab.open(f"{live.origin}/run/one")
    tab.until("document.querySelector('#now dd')?.textContent")
    assert tab.value(offered) == ["Stop", "Hold", "Skip", "Setpoint", "Note"]
    tab.value("document.querySelectorAll('#buttons button')[1].click()")
    tab.until("document.getElementById('ask').open")
    tab.value("document.querySelector('#ask button[type=submit]').click()")
    tab.until("/Hold: the sequence is held/.test(document.getElementById('answer').textContent)")
    tab.until("/hold/.test(document.getElementById('events').textContent)")
    tab.value(
        "fetch('/api/runs/one/request', {method: 'POST', body: JSON.stringify({do: 'confirm'}),"
        " headers: {'content-type': 'application/json'}}).then(() => 0)"
    )
    tab.until("/Refused: confirm.*Because/.test(document.getElementById('events').textContent)")


def test_what_could_not_be_sent_is_said_in_the_dialog_with_its_unit(live: Page, tab: Tab) -> None:
    tab.open(live.link)
    tab.open(f"{live.origin}/run/one")
    tab.until("document.querySelector('#now dd')?.textContent")
    press = (
        "[...document.querySelectorAll('#buttons button')]"
        ".find(b => b.textContent === '{} …').click()"
    )
    send = "document.querySelector('#ask button[type=submit]').click()"
    wrong = "document.querySelector('#ask .wrong')?.textContent"
    for button, value, said in [
        ("Setpoint", "1001", "Setpoint: write 0.01 to 1000 MPa"),
        ("Setpoint", "", "Setpoint: write 0.01 to 1000 MPa"),
        ("Note", "  ", "Note: write 1 to 400 characters"),
    ]:
        tab.value(press.format(button))
        tab.value(f"void (document.querySelector('#ask input').value = {value!r})")
        tab.value(send)
        assert (tab.value(wrong), tab.value("document.getElementById('ask').open")) == (said, True)
        tab.value("document.getElementById('ask').close()")
    tab.value(press.format("Setpoint"))
    tab.value("void (document.querySelector('#ask input').value = '5.1234')")
    tab.value(send)
    tab.until("/Setpoint 5.1234 MPa/.test(document.getElementById('answer').textContent)")


def test_without_the_link_there_is_a_page_that_says_what_to_do(
    own: Page, browser: Chromium
) -> None:
    first = browser.tab(own.link)
    first.until(DRAWN)
    first.close()
    other = browser.tab()
    other.call("Network.clearBrowserCookies")
    other.open(own.link)
    text = other.value("document.body.innerText")
    assert "isostack attach --web" in text
    other.open(own.next_link())
    other.until(DRAWN)
    other.close()


def test_drag_wheel_and_keys_zoom_and_a_double_click_shows_all(record: Page, tab: Tab) -> None:
    tab.open(record.link)
    tab.until(DRAWN)
    whole = tab.value(STRETCH)
    box = tab.value(
        "(({left, top, width}) => ({left, top, width}))"
        "(document.querySelector('.chart .u-over').getBoundingClientRect())"
    )
    y = box["top"] + 40
    tab.drag(box["left"] + 0.25 * box["width"], y, box["left"] + 0.5 * box["width"])
    dragged = tab.until(f"{STRETCH} !== {whole!r} && {STRETCH}")
    x = box["left"] + 0.5 * box["width"]
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-300)
    wheeled = tab.until(f"{STRETCH} !== {dragged!r} && {STRETCH}")
    tab.key("+")
    keyed = tab.until(f"{STRETCH} !== {wheeled!r} && {STRETCH}")
    assert keyed not in (whole, dragged)
    for count in (1, 2):
        tab.mouse("mousePressed", x, y, button="left", clickCount=count)
        tab.mouse("mouseReleased", x, y, button="left", clickCount=count)
    tab.until(f"{STRETCH} === {whole!r}")


def test_a_record_is_played_sought_and_stepped_through(record: Page, tab: Tab) -> None:
    played = "document.getElementById('played').textContent"
    tab.open(record.link)
    tab.until(DRAWN)
    tab.until("document.getElementById('state').textContent.startsWith('Over')")
    tab.key(" ")
    tab.until("document.getElementById('play').textContent === 'Pause'")
    at = tab.value(played)
    tab.until(f"{played} !== {at!r}")
    tab.key(" ")
    tab.until("document.getElementById('play').textContent === 'Play'")
    before = tab.value(played)
    tab.key("c")
    tab.until(f"{played} !== {before!r}")
    assert tab.until("document.querySelector('#events .later')?.textContent")
    tab.value("document.querySelector('#events li:last-child button').click()")
    tab.until(f"{played} === '0.00 s'")


def test_a_record_and_a_run_that_is_over_have_their_small_charts_on_the_first_page(
    own: Page, tab: Tab, tmp_path: Path, stored: Path
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(stored, folder / "one.h5")
    RunState("one", str(folder), outcome="done").write(folder)
    Registry.of_user(of_its_own(tmp_path)).enter("one", folder)
    tab.open(own.link)
    tab.open(f"{own.origin}/")
    names = "[...document.querySelectorAll('#runs .card h3')].map((head) => head.textContent)"
    tab.until(f"{names}.length === 2")
    assert sorted(tab.value(names)) == ["one", "run"]
    drawn = "[...document.querySelectorAll('#runs .card path')].every((p) => p.getAttribute('d'))"
    tab.until(drawn)
    assert "–" not in tab.value("document.getElementById('runs').innerText")


def test_times_are_said_as_in_the_terminal_and_a_short_gap_is_minor(record: Page, tab: Tab) -> None:
    tab.open(record.link)
    tab.until("document.documentElement.dataset.ready === 'yes'")
    times_s = [75.4, 605.0, 3599.7, 3629.9, 17628.4, 86399.0, 86400.0, 93599.0, 2591999.0]
    shown = tab.value(
        "import('/static/format.js').then(({duration}) =>"
        f" {times_s}.map((time) => duration(time)))"
    )
    padded = [re.sub(r"\b0(?=\d (s|min)\b)", "", text) for text in shown]
    assert [re.sub(r" 0 (s|min|h)$", "", text) for text in padded] == [
        time_text(time_s) for time_s in times_s
    ]
    kinds = "[{kind: 'trip'}, {kind: 'gap', value: 0.01}, {kind: 'gap', value: 5}].map"
    assert tab.value(f"import('/static/format.js').then((m) => {kinds}(m.isBad))") == [
        True, False, True,
    ]  # fmt: skip
    assert tab.value(f"import('/static/format.js').then((m) => {kinds}(m.isMinor))") == [
        False, True, False,
    ]  # fmt: skip


def test_two_tabs_play_by_themselves(record: Page, tab: Tab, browser: Chromium) -> None:
    tab.open(record.link)
    tab.until(DRAWN)
    other = browser.tab(tab.value("location.href"))
    other.until(DRAWN)
    played = "document.getElementById('played').textContent"
    ended = other.until(f"{played} !== '–' && {played}")
    tab.front()
    tab.value("document.getElementById('timeline').focus()")
    tab.key("PageDown")
    tab.until(f"{played} !== {ended!r}")
    other.front()
    assert other.value(played) == ended
    other.close()


def test_a_playback_is_as_it_was_left_when_its_tab_is_shown_again(
    record: Page, tab: Tab, browser: Chromium
) -> None:
    played = "document.getElementById('played').textContent"
    tab.open(record.link)
    tab.until(DRAWN)
    tab.front()
    tab.key("Home")
    tab.value("document.querySelector('#events li:last-child button').click()")
    tab.until(f"{played} === '0.00 s'")
    other = browser.tab()
    other.front()
    tab.until("document.hidden")
    tab.until("document.documentElement.dataset.stream === 'closed'")
    tab.front()
    tab.until("document.documentElement.dataset.stream === 'open'")
    tab.key("c")
    tab.until(f"{played} !== '0.00 s'")
    other.close()


def test_the_page_says_that_its_server_is_gone_and_finds_it_again(
    tmp_path: Path, stored: Path, tab: Tab
) -> None:
    with page(tmp_path, "replay", str(stored), "--web", "--port", "0") as first:
        tab.open(first.link)
        tab.until(DRAWN)
        port = first.port
    tab.until("!document.getElementById('lost').hidden")
    assert f"--port {port}" in tab.value("document.getElementById('lost').textContent")
    with page(tmp_path, "replay", str(stored), "--web", "--port", str(port)):
        tab.until("document.getElementById('lost').hidden")
        tab.key(" ")
        tab.until("document.getElementById('play').textContent === 'Pause'")


def test_a_record_that_is_deleted_under_the_page_is_said(own: Page, stored: Path, tab: Tab) -> None:
    tab.open(own.link)
    tab.until(DRAWN)
    stored.unlink()
    tab.value("location.reload()")
    tab.until("/run.h5/.test(document.getElementById('lost').textContent)")


@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_is_wider_than_the_window(record: Page, tab: Tab, width: int) -> None:
    tab.size(width, 844)
    tab.open(record.link)
    tab.until(DRAWN)
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")


def test_layouts_are_named_and_the_address_has_them(record: Page, tab: Tab) -> None:
    tab.open(record.link)
    tab.until(DRAWN)
    tab.key("v")
    tab.until("document.getElementById('layout').value === 'Pressure'")
    assert "layout=Pressure=pressure:high" in tab.value("location.hash")
    tab.open(tab.value("location.origin + location.pathname") + "#layout=Mine=tilt:high")
    tab.value("location.reload()")
    tab.until("document.getElementById('layout').value === 'Mine'")
    tab.until("document.querySelectorAll('.chart').length === 1")


def test_every_control_has_a_name(record: Page, tab: Tab) -> None:
    tab.open(record.link)
    tab.until(DRAWN)
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "combobox", "checkbox", "link", "region", "textbox"}
    named = [
        (n["role"]["value"], n.get("name", {}).get("value"))
        for n in nodes
        if n.get("role", {}).get("value") in roles and not n.get("ignored")
    ]
    assert len(named) > 15
    assert [role for role, name in named if not name] == []
    assert {"main", "complementary", "banner"} <= {n.get("role", {}).get("value") for n in nodes}
