"""A page of a run that is left open for a day: what browser and server grow by.

The run is only a link and a growing record; a server shows it to a headless Chromium. First a day
of the run passes, with its record and its events, by rows that are further apart than those of a
link, while the clocks and timers of server and page go `FASTER` times as fast. Then the page has
its own time again, and rows as a link sends them come as fast as they are taken; what each adds is
given for the 432 000 of a day. `python -m benchmarks.left_open FOLDER` is the server.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from math import nan
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.common import Figure, running
from benchmarks.month import RATE_HZ, Growing, growing
from benchmarks.processes import memory
from fixture.runtime.registry import Registry, part_path
from fixture.view.web import stream
from fixture.view.web.catalogue import Catalogue
from fixture.view.web.serve import Server, bound
from fixture.view.web.stream import LiveFeed
from tests.lab.simulated import Fixtures, fixtures, note, row
from tests.view.web.chromium import Chromium, Tab, chromium

NAME = "left-open"
DAY_S = 86400.0
FASTER = 10.0
ROW_S = 0.2  # between two rows of a link
KEPT_ROWS, FILL_S = 2000, 1.0  # more than a page keeps (charts.js); between two counts
ROWS_HZ = 200.0  # of those that a page is to take
EVENT_S = 60.0  # between two events
SYNC_S = 0.2  # between two syncs of the record
AN_HOUR = "3"  # key of the page
BEFORE_DAYS = 0.25  # of the record, when the page is opened
WARM, MEASUREMENTS = 0.2, 8  # share of the time before the first; so many in each half of the rest
MOST_MB = 20.0  # in a day
READY = "document.documentElement.dataset.ready === 'yes'"
FAST_CLOCK = """(() => {
  const born = Date.now(), perf = performance.now.bind(performance);
  const timeout = setTimeout, interval = setInterval;
  window.FASTER = FACTOR;
  window.setTimeout = (done, ms = 0, ...rest) => timeout(done, ms / FASTER, ...rest);
  window.setInterval = (done, ms = 0, ...rest) => interval(done, ms / FASTER, ...rest);
  const since = [perf(), perf()]; // real and shown, when the factor was last set
  const shown = () => since[1] + FASTER * (perf() - since[0]);
  Date.now = () => Math.round(born + shown());
  performance.now = shown;
  window.setFaster = (factor) => {
    [since[1], since[0]] = [shown(), perf()];
    window.FASTER = factor;
  };
})()""".replace("FACTOR", f"{FASTER:g}")
COUNT_ROWS = """(() => {
  window.rows = 0;
  EventSource.prototype.addEventListener = function (kind, heard) {
    EventTarget.prototype.addEventListener.call(this, kind, (event) => {
      if (kind === "row") { window.rows += 1; window.stamp = JSON.parse(event.data).t_s; }
      heard(event);
    });
  };
})()"""


class Sizes(NamedTuple):
    """How large everything is after so many rows."""

    rows: int
    heap_mb: float  # of JavaScript, after a collection
    nodes: int  # of the document, those among them that nobody holds any more
    renderer_mb: float  # PSS
    server_mb: float


SIZES: dict[str, Callable[[Sizes], float]] = {
    "page, JavaScript's heap": lambda one: one.heap_mb,
    "browser, PSS of the page's process": lambda one: one.renderer_mb,
    "server, PSS": lambda one: one.server_mb,
}


def left_open(folder: Path, seconds: float) -> Iterator[Figure]:
    """A day of a run, in so many seconds."""
    runs_of = folder / "runs"
    with fixtures(folder / "run", [NAME], Registry(runs_of)) as runs, chromium() as browser:
        record = growing(part_path(runs.runs[NAME].folder, NAME, 1), BEFORE_DAYS)
        runs.say(NAME, row(record.tick, record.tick / RATE_HZ))
        with served(runs_of) as (server, link):
            tab = browser.tab()
            for script in (FAST_CLOCK, COUNT_ROWS):
                tab.call("Page.addScriptToEvaluateOnNewDocument", source=script)
            tab.size(1440, 1000)
            tab.open(link)
            tab.until(READY)
            tab.key(AN_HOUR)
            passing = Passing(runs, record, tab, browser, server)
            half_s = 0.5 * (1.0 - WARM) * seconds
            passing.rows(WARM * seconds, FASTER / ROW_S, DAY_S)
            day = [passing.measure(), *passing.rows(half_s, FASTER / ROW_S, DAY_S)]
            tab.value("setFaster(1)")
            passing.fill(half_s)
            rows = [passing.measure(), *passing.rows(half_s, ROWS_HZ)]
            passing.record.finish()
    yield from figures(day, rows, tab)


class Passing:
    """A run that goes on, and the sizes of what shows it."""

    def __init__(
        self, runs: Fixtures, record: Growing, tab: Tab, browser: Chromium, server: int
    ) -> None:
        self._runs, self.record = runs, record
        self._tab, self._browser, self._server = tab, browser, server
        self._event_s = self._synced_s = 0.0
        self._tick = record.tick

    def rows(self, seconds: float, rate_hz: float, run_s: float = 0.0) -> list[Sizes]:
        """Rows for so long, while so much of the run passes, at least their own; sizes on the
        way."""
        count = round(seconds * rate_hz)
        ticks = max(round(ROW_S * RATE_HZ), round(run_s * RATE_HZ / count))
        sizes, due_s = list[Sizes](), time.monotonic()
        for number in range(1, count + 1):
            self._row(ticks)
            if number % max(1, count // MEASUREMENTS) == 0:
                sizes.append(self.measure())
                due_s = time.monotonic()
            due_s += 1.0 / rate_hz
            time.sleep(max(0.0, due_s - time.monotonic()))
        return sizes

    def fill(self, most_s: float) -> None:
        """Rows until the page keeps no more of them, for so long at most."""
        end_s, before = time.monotonic() + most_s, self._tab.value("rows")
        while time.monotonic() < end_s and self._tab.value("rows") < before + KEPT_ROWS:
            self.rows(FILL_S, ROWS_HZ)

    def _row(self, ticks: int) -> None:
        self._tick = tick = self._tick + ticks
        now_s = tick / RATE_HZ
        if time.monotonic() - self._synced_s > SYNC_S:
            self.record = self.record.grow(tick - self.record.tick)
            self._synced_s = time.monotonic()
        events = [note(tick, now_s, "slip")] if now_s - self._event_s >= EVENT_S else []
        self._event_s = now_s if events else self._event_s
        self._runs.say(NAME, row(tick, now_s), *events)

    def measure(self) -> Sizes:
        """How large everything is."""
        tab = self._tab
        heap_mb = 1e-6 * min(tab.heap_bytes() for _ in range(3))
        nodes = tab.call("Memory.getDOMCounters")["nodes"]
        renderer_mb = sum(memory(pid).pss_mb for pid in self._browser.processes("renderer"))
        server_mb = memory(self._server).pss_mb
        return Sizes(int(tab.value("rows")), heap_mb, nodes, renderer_mb, server_mb)


def figures(day: Sequence[Sizes], rows: Sequence[Sizes], tab: Tab) -> Iterator[Figure]:
    """What grew: in a day of the run, and by the rows of a day."""
    sent, last = rows[-1].rows - rows[0].rows, rows[-1]
    later = rows[len(rows) // 2 :]  # threads and buffers are there by then
    yield Figure("left open: rows of a link that the page was sent", sent, "rows", least=1.0)
    yield Figure("  of all of a day", 100.0 * sent * ROW_S / DAY_S, "%")
    for what, size in SIZES.items():
        yield Figure(f"  {what}", size(last), "MB")
        grown = size(day[-1]) - size(day[0])
        yield Figure("    grown in a day of the run", grown, "MB", most=MOST_MB)
        per_row = slope([one.rows for one in later], [size(one) for one in later])
        of_all = per_row * DAY_S / ROW_S
        yield Figure("    by the rows of a day", of_all, "MB", most=MOST_MB, timed=True)
    yield Figure("  nodes that the document grew by", last.nodes - day[0].nodes, "nodes")
    yield Figure("  errors of the page", len(tab.errors), "", most=0.0)


def slope(rows: Sequence[int], sizes: Sequence[float]) -> float:
    """MB for each row: the median of the slopes between all pairs (Theil 1950); NaN without one."""
    x, y = np.array(rows, float), np.array(sizes)
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] > x[first]
    first, second = first[apart], second[apart]
    return float(np.median((y[second] - y[first]) / (x[second] - x[first]))) if len(first) else nan


@contextmanager
def served(runs: Path) -> Generator[tuple[int, str]]:
    """A server of a list of runs, a process of its own; its id, and the link to the run's page."""
    with running(
        [sys.executable, "-m", "benchmarks.left_open", str(runs)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield process.pid, json.loads(process.stdout.readline())


def main(runs: str) -> None:
    """Serve the page of the run, all clocks fast, until it is ended."""
    stream.POLL_S = LiveFeed.every_s = stream.POLL_S / FASTER

    def clock() -> int:
        return round(FASTER * time.monotonic_ns())

    server = Server(bound(0), Catalogue(Registry(Path(runs)), {}, clock, time.time_ns), NAME)
    print(json.dumps(server.link), flush=True)
    server.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
