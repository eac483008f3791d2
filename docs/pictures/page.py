"""Draws the picture of the page in docs/how-to/page.md, from a stored record, in a Chromium.

    python docs/pictures/page.py

The record is `data/press-and-cycle.h5.gz`, played to the second cycle; the picture is 1200 px wide.
"""

import gzip
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.view.web.chromium import chromium  # noqa: E402 - of the checkout
from tests.view.web.page_process import page  # noqa: E402

STORED = ROOT / "data" / "press-and-cycle.h5.gz"
PICTURE = Path(__file__).with_suffix(".png")
SIZE = 1200, 1010
DRAWN = "Number(document.documentElement.dataset.drawn) > 0"
PLAYED = "document.getElementById('played').textContent"


def draw() -> None:
    """Serve the record, play it to its second cycle, and take the picture."""
    with tempfile.TemporaryDirectory() as made:
        record = Path(made) / "press-and-cycle.h5"
        record.write_bytes(gzip.decompress(STORED.read_bytes()))
        served = page(Path(made), "replay", str(record), "--web", "--port", "0")
        with served as server, chromium() as browser:
            tab = browser.tab()
            tab.size(*SIZE)
            tab.open(server.link)
            tab.until(DRAWN)
            tab.until(f"{PLAYED} !== '–'")
            tab.value("document.querySelector('#events li:last-child button').click()")
            tab.until(f"{PLAYED} === '0.00 s'")
            for _ in range(2):
                before = tab.value(PLAYED)
                tab.key("c")
                tab.until(f"{PLAYED} !== {before!r}")
            tab.value("document.activeElement.blur()")
            tab.value("new Promise(done => setTimeout(done, 1500))")
            tab.picture(PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    draw()
