"""A live run that pages show: whether its loop notices, and how old a sample is on the screen.

A run on the twin at 100 Hz and the page's server, each with its real processes. Blocks alternate:
no page shows it; `PAGES` pages do, which are what a page is to the server: a stream that stays
open, and a tile and the figures as often as a page fetches them. Then a headless Chromium shows the
run, alone and beside the others. `python -m benchmarks.watched HOST PATH COOKIE` is the pages.
"""

import http.client
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np

from benchmarks.common import Figure, running
from benchmarks.lab.processes import Command
from benchmarks.left_open import COUNT_ROWS, READY
from benchmarks.processes import cpu_s
from fixture.record.parts import JoinedRecord
from fixture.view.web.tiles import CHARTED
from tests.cli.live_runs import of_its_own
from tests.view.web.chromium import Tab, chromium
from tests.view.web.page_process import Page, page
from tests.waiting import until

NAME = "watched"
PAGES = 20
RATE_HZ = 100.0
TILE_S, FIGURES_S = 4.0, 5.0  # between two that a page fetches of a run that it follows
PIXELS = 2 * 1300
SHOWN_S = 600.0
UNCHANGED = 1.25  # times the lateness without pages
WATCH = """
window.seen = [];
new MutationObserver(() => seen.push([window.stamp, Date.now()]))
  .observe(document.getElementById('now'), {subtree: true, childList: true, characterData: true})
"""


class Blocks(NamedTuple):
    """How long, and how many of each kind."""

    seconds: float
    each: int


FULL, SHORT = Blocks(10.0, 6), Blocks(2.0, 1)
Stretch = tuple[float, float]  # of the monotonic clock, s


def watched(folder: Path, blocks: Blocks) -> Iterator[Figure]:
    """The loop's lateness with pages and without; from sample to screen."""
    with run_on_twin(folder) as out, page(folder, "attach", "--web", NAME) as server:
        host, path, cookie = let_in(server)
        record = out / f"{NAME}.h5"
        until(record.exists, "the record")
        quiet, busy = list[Stretch](), list[Stretch]()
        used_s = 0.0
        for _ in range(blocks.each):
            quiet.append(block(blocks.seconds))
            with pages(host, path, cookie):
                before_s = cpu_s(server.process.pid)
                busy.append(block(blocks.seconds))
                used_s += cpu_s(server.process.pid) - before_s
        with chromium() as browser:
            tab = opened(browser.tab(), server)
            alone = delays_ms(tab, record, blocks.seconds)
            with pages(host, path, cookie):
                beside = delays_ms(tab, record, blocks.seconds)
    yield from late(record, quiet, busy)
    share = used_s / sum(end - begin for begin, end in busy)
    yield Figure(f"  server with {PAGES} pages, of a core", 100.0 * share, "%")
    yield from aged("sample to screen", alone)
    yield from aged(f"  beside {PAGES} pages", beside)


def block(seconds: float) -> Stretch:
    """Let so much time pass."""
    begin_s = time.monotonic()
    time.sleep(seconds)
    return begin_s, time.monotonic()


def late(record: Path, quiet: Sequence[Stretch], busy: Sequence[Stretch]) -> Iterator[Figure]:
    """The loop's lateness in both kinds of block."""
    with JoinedRecord.open(record) as run:
        ticks, late_us = np.asarray(run.ticks["tick"]), np.asarray(run.ticks["late_us"])
        at_s = 1e-9 * (run.parts[0].header.t0_monotonic_ns + ticks * run.config.tick_ns)
    for part in (50, 99):
        found = [
            float(np.percentile(late_us[inside(at_s, stretches)], part))
            for stretches in (quiet, busy)
        ]
        yield Figure(f"loop late at p{part}, no page", found[0], "us")
        yield Figure(f"  {PAGES} pages", found[1], "us")
        yield Figure("  by that", found[1] / found[0], "", most=UNCHANGED, timed=True)


def inside(at_s: np.ndarray, stretches: Sequence[Stretch]) -> np.ndarray:
    """Which times lie in one of the stretches."""
    return np.logical_or.reduce([(at_s >= begin) & (at_s < end) for begin, end in stretches])


def aged(what: str, delays: Sequence[float]) -> Iterator[Figure]:
    """How old what was shown was when the document changed."""
    yield Figure(f"{what}, median", statistics.median(delays), "ms", most=300.0, timed=True)
    yield Figure(f"{what}, p95", float(np.percentile(delays, 95)), "ms")
    yield Figure(f"{what}, samples", len(delays), "", least=1.0)


def opened(tab: Tab, server: Page) -> Tab:
    """A browser's page of the run."""
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=COUNT_ROWS)
    tab.size(1440, 1000)
    tab.open(server.next_link())
    tab.until(READY)
    tab.until("window.rows > 5")
    tab.value(WATCH)
    return tab


def delays_ms(tab: Tab, record: Path, seconds: float) -> list[float]:
    """Time from the tick of the row that is shown to the change of the document, each."""
    with JoinedRecord.open(record) as run:
        start_ms = 1e-6 * run.header.start_unix_ns
    tab.value("void (seen.length = 0)")
    time.sleep(seconds)
    newest: dict[float, float] = {}  # the first change with a row; later ones are of other numbers
    for stamp_s, at_ms in tab.value("seen"):
        newest.setdefault(stamp_s, at_ms)
    return [at_ms - start_ms - 1e3 * stamp_s for stamp_s, at_ms in newest.items()]


@contextmanager
def run_on_twin(folder: Path) -> Generator[Path]:
    """A run in real time, until the block is left; its directory."""
    environ, out, log = of_its_own(folder), folder / "out", folder / "run.log"
    words = ("run", "manual", "--rig", "twin", f"--rate={RATE_HZ}", "--name", NAME, "--detach")
    started = Command(environ, log, *words, "--out", str(out))
    if started.process.wait(60.0):
        raise RuntimeError(log.read_text(encoding="utf-8"))
    try:
        yield out
    finally:
        Command(environ, log, "stop", NAME).process.wait(60.0)


def let_in(server: Page) -> tuple[str, str, str]:
    """Host, path of the run's API, and the cookie of a browser that was let in."""
    address = urlsplit(server.link)
    link = http.client.HTTPConnection(address.netloc)
    link.request("GET", f"{address.path}?{address.query}")
    cookie = link.getresponse().getheader("set-cookie", "").partition(";")[0]
    link.close()
    return address.netloc, f"/api/runs/{NAME}", cookie


@contextmanager
def pages(host: str, path: str, cookie: str) -> Generator[None]:
    """Pages show the run while the block runs; they are a process of their own."""
    with running(
        [sys.executable, "-m", "benchmarks.watched", host, path, cookie],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the pages were not let in")
        yield


def main(host: str, path: str, cookie: str) -> None:
    """Be `PAGES` pages until this process is ended."""
    open_ones = threading.Barrier(PAGES + 1)
    for number in range(PAGES):
        for work in (_streamed, _fetched):
            arguments = (host, path, cookie, number, open_ones)
            threading.Thread(target=work, args=arguments, daemon=True).start()
    open_ones.wait()
    print("ready", flush=True)
    threading.Event().wait()


def _streamed(host: str, path: str, cookie: str, number: int, open_ones: threading.Barrier) -> None:
    link = http.client.HTTPConnection(host)
    link.request("GET", f"{path}/stream?viewer=page-{number}", headers={"cookie": cookie})
    answer = link.getresponse()
    if answer.status == http.client.OK:
        answer.readline()
        open_ones.wait()
    with suppress(OSError):
        while answer.readline():
            pass


def _fetched(host: str, path: str, cookie: str, number: int, _: threading.Barrier) -> None:
    """Tiles and figures, each page at a moment of its own."""
    link = http.client.HTTPConnection(host)
    begin_s = time.monotonic()
    due_s = {"tile": number / PAGES * TILE_S, "figures": number / PAGES * FIGURES_S}
    while True:
        what = min(due_s, key=lambda one: due_s[one])
        time.sleep(max(0.0, begin_s + due_s[what] - time.monotonic()))
        due_s[what] += TILE_S if what == "tile" else FIGURES_S
        end_s = time.monotonic() - begin_s + SHOWN_S
        columns = ",".join(CHARTED[:6])
        stretch = f"begin={end_s - SHOWN_S}&end={end_s}&pixels={PIXELS}&names={columns}"
        place = f"rows?{stretch}" if what == "tile" else f"figures?viewer=page-{number}"
        link.request("GET", f"{path}/{place}", headers={"cookie": cookie})
        link.getresponse().read()


if __name__ == "__main__":
    main(*sys.argv[1:])
