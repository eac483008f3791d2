"""Draws terminal.svg: the full screen, in which a record is played.

    python docs/pictures/terminal.py [RECORD]

Without a record it first makes one, of the default run on the twin (about a minute).
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from fixture.view.recorded import RecordedSource
from fixture.view.terminal.app import RunScreen

PICTURE = Path(__file__).with_suffix(".svg")
COLUMNS, LINES = 120, 40
AT = 0.62  # of the record: within the second cycle
RUN = ("run", "sodium-assembly-hold", "--speed", "max", "--no-picture", "--out")


def draw(record: Path) -> str:
    """The screen as SVG."""
    source = RecordedSource(record, lambda: 0)
    first_s, last_s = source.span()
    source.playback.seek(first_s + AT * (last_s - first_s))
    app = RunScreen(source, played=source)

    async def shown() -> str:
        async with app.run_test(size=(COLUMNS, LINES)) as pilot:
            await app.look()
            await app.look_at_figures()
            await app.look()
            await app.look_at_curves()
            await pilot.pause()
            return app.export_screenshot(title="isostack replay sodium-assembly-hold.h5")

    try:
        return asyncio.run(shown())
    finally:
        source.close()


def main() -> None:
    """Write the picture."""
    if len(sys.argv) > 1:
        picture = draw(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            out = str(Path(folder) / "run")
            subprocess.run([sys.executable, "-m", "fixture.cli.main", *RUN, out], check=True)  # noqa: S603
            picture = draw(next(Path(out).glob("*.h5")))
    PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
