"""Draws the Mermaid diagrams of the pages as SVG for the site, which shows them without a script.

    python docs/pictures/diagrams.py MERMAID.js

`MERMAID.js` is a release of Mermaid (MIT, npm package `mermaid`, dist/mermaid.min.js), which is not
part of the repository. Each picture is named after its text (`docs/conf.py`), so a diagram that was
changed has none until this has run; pictures that no page has any more are removed.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from diagram import FOLDER, file_of  # noqa: E402 - of the checkout

from tests.view.web.chromium import chromium  # noqa: E402

FENCE = re.compile(r"^```mermaid\n(.*?)^```", re.DOTALL | re.MULTILINE)
SETTINGS = {
    "startOnLoad": False,
    "theme": "neutral",
    "htmlLabels": False,
    "flowchart": {"htmlLabels": False, "useMaxWidth": False},
    "state": {"useMaxWidth": False},
    "fontFamily": "sans-serif",
}


def draw(library: Path) -> None:
    """Every diagram of every page."""
    pages = (ROOT / "docs").rglob("*.md")
    texts = {t for page in pages for t in FENCE.findall(page.read_text(encoding="utf-8"))}
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        page = Path(made) / "page.html"
        page.write_text(f"<script>{library.read_text(encoding='utf-8')}</script>", encoding="utf-8")
        tab = browser.tab()
        tab.open(page.as_uri())
        tab.until("typeof mermaid !== 'undefined'")
        tab.value(f"mermaid.initialize({json.dumps(SETTINGS)})")
        for text in sorted(texts):
            drawn = f"mermaid.render('diagram', {json.dumps(text)}).then(done => done.svg)"
            file_of(text).write_text(tab.value(drawn) + "\n", encoding="utf-8")
            print(file_of(text))
    for other in set(FOLDER.glob("*.svg")) - {file_of(text) for text in texts}:
        other.unlink()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
