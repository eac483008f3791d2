"""The page: what a stretch costs the server, and how long people wait for what they see.

    python -m benchmarks.page [--short] [--record FILE] [--days N] [--parts N]

A record of N days of made-up rows (or FILE) and a made-up run are served in this process, and shown
in a headless Chromium. Times are those of a busy or idle machine as it is; CPU and memory count.
"""

import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.month import add_options, growing
from fixture.view.recorded import RecordedSource
from fixture.view.web import tiles
from fixture.view.web.serve import bound
from tests.view.web.chromium import Tab, chromium, path
from tests.view.web.served import FakeLive, Served, row

DAYS, SHORT_DAYS = 0.5, 0.02
UPDATES, SHORT_UPDATES = 3000, 200
SAMPLES, SHORT_SAMPLES = 60, 24
SAMPLE_S, UPDATE_S = 0.25, 0.05
PIXELS = 2 * 1200
NAMES = tiles.CHARTED[:5]
DRAWN = "Number(document.documentElement.dataset.drawn) > 0"
WATCH = """
window.seen = [];
new MutationObserver(() => seen.push([document.querySelector('#now dd').textContent, Date.now()]))
  .observe(document.getElementById('now'), {subtree: true, childList: true, characterData: true})
"""


def main() -> int:
    """Measure and print."""
    command = parser(__doc__)
    command.add_argument("--record", type=Path, help="a record to show in place of made-up rows")
    add_options(command, DAYS)
    options = command.parse_args()
    short: bool = options.short
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        days = SHORT_DAYS if short else options.days
        record = options.record or written(folder / "run.h5", days, options.parts)
        figures = tile_costs(record)
        tile = f"page: {figures[0].value:.1f} ms CPU a tile"
        if path() is None:
            print("no Chromium on this machine: the server alone")
            return conclude(figures, tile, short)
        with served(folder, record) as (server, link), chromium() as browser:
            tab = browser.tab()
            tab.size(1440, 1000)
            tab.open(link)
            figures += shown(tab, link.partition("?")[0] + "run/run")
            figures += followed(
                tab, server.catalogue.run, link.partition("?")[0] + "run/cell-7",
                *((SHORT_SAMPLES, SHORT_UPDATES) if short else (SAMPLES, UPDATES)),
            )  # fmt: skip
    return conclude(figures, tile, short)


def written(file: Path, days: float, parts: int) -> Path:
    """A finished record of made-up rows."""
    growing(file, days, parts).finish()
    return file


def tile_costs(record: Path) -> list[Figure]:
    """CPU of the server for stretches from the whole record to a few rows."""
    source = RecordedSource(record, time.monotonic_ns)
    first_s, last_s = source.span()
    costs: list[float] = []
    for depth in range(20):
        length_s = (last_s - first_s) / 1.7**depth
        begin_s = first_s + 0.37 * (last_s - first_s - length_s)
        before_s = time.process_time()
        tiles.packed(source.rows(begin_s, begin_s + length_s, PIXELS, NAMES))
        costs.append(1e3 * (time.process_time() - before_s))
    source.close()
    return [
        Figure("server CPU of a tile, median", statistics.median(costs), "ms", most=15.0),
        Figure("server CPU of a tile, largest", max(costs), "ms"),
    ]


@contextmanager
def served(folder: Path, record: Path) -> Generator[tuple[Served, str]]:
    """The page's application on a socket, while the block runs; the link that opens it."""
    made = Served(folder, {"run": record})
    sock = bound(0)
    server = uvicorn.Server(
        uvicorn.Config(made.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{sock.getsockname()[1]}/?token={made.access.token}"
    finally:
        made.closing = server.should_exit = True
        thread.join()
        made.catalogue.close()


def shown(tab: Tab, url: str) -> list[Figure]:
    """From opening a record to its picture, and from a key to the picture of another stretch."""
    before_s = time.monotonic()
    tab.open(url)
    tab.until(DRAWN)
    opened_ms = 1e3 * (time.monotonic() - before_s)
    zooms: list[float] = []
    for key in ("+", "+", "+", "ArrowRight", "+", "+", "ArrowLeft", "-", "+", "+", "a", "+"):
        tab.value(
            "window.tiles = performance.getEntriesByType('resource')"
            ".filter(e => e.name.includes('/rows?')).length"
        )
        before_s = time.monotonic()
        tab.key(key)
        tab.until(
            "performance.getEntriesByType('resource')"
            ".filter(e => e.name.includes('/rows?')).length > window.tiles"
        )
        tab.value("new Promise(requestAnimationFrame)")
        zooms.append(1e3 * (time.monotonic() - before_s))
    return [
        Figure("opening a record to its picture", opened_ms, "ms", most=1000.0, timed=True),
        Figure("zoom, median", statistics.median(zooms), "ms", most=250.0, timed=True),
        Figure("zoom, largest", max(zooms), "ms"),
    ]


def followed(tab: Tab, run: FakeLive, url: str, samples: int, updates: int) -> list[Figure]:
    """From a sample to the screen, and what a page that is left open grows by."""
    tab.open(url)
    tab.until("document.documentElement.dataset.ready === 'yes'")
    tab.value(WATCH)
    sent: dict[str, float] = {}
    tick = 1
    for tick in range(1, samples):
        run.now = row(10 * tick)
        sent[f"{tick:.1f} s"] = time.time()
        time.sleep(SAMPLE_S)
    delays = [at - 1e3 * sent[text] for text, at in tab.value("seen") if text in sent]
    tab.value("void (seen.length = 0)")
    push(run, 600, updates // 4)  # every buffer is full from here on
    heap, memory = tab.heap_bytes(), resident_bytes()
    push(run, 600 + updates // 4, updates)
    grown = tab.heap_bytes() - heap
    return [
        Figure("sample to screen, median", statistics.median(delays), "ms", most=300.0, timed=True),
        Figure("sample to screen, largest", max(delays), "ms"),
        Figure(f"growth of the page in {updates} updates", grown / 1e6, "MB", most=2.0),
        Figure("growth of the server", (resident_bytes() - memory) / 1e6, "MB", most=5.0),
    ]


def push(run: FakeLive, first: int, count: int) -> None:
    """Newer and newer rows."""
    for tick in range(first, first + count):
        run.now = row(tick)
        time.sleep(UPDATE_S)


def resident_bytes() -> float:
    """The most memory that this process has had."""
    return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    perform(main)
