"""`python -m benchmarks.terminal [--short] [--days N]`: what the full screen in the terminal costs.

A made-up run of a day is shown at 200 × 60: CPU time to import it, to its first picture, for
numbers that change, for curves that change, and for a poll at which nothing has changed. Then a
record of N days is opened and shown.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.common import Figure, conclude, parser, perform
from benchmarks.month import add_options, growing
from fixture.analysis.rows import Rows
from fixture.view.recorded import RecordedSource
from fixture.view.terminal.app import RunScreen
from tests.view.terminal.fakes import FakeRun

SIZE = (200, 60)
DAYS, SHORT_DAYS = 0.5, 0.02
IMPORT = (
    "import time; import fixture.cli.attach, fixture.view.terminal.app; print(time.process_time())"
)


class Day(FakeRun):
    """Curves of a day that change with each poll, if they are to."""

    shift_s = 0.0

    def rows(self, begin_s: float, end_s: float, pixels: int, names: Sequence[str]) -> Rows:
        """As many columns as there are pixels."""
        time_s = np.linspace(begin_s, end_s, pixels)
        low = {name: 1.5e7 + 1e5 * np.sin(time_s + self.shift_s) for name in names}
        return Rows(time_s, low, {name: values + 1e4 for name, values in low.items()}, 60, low)


async def measured(times: int) -> dict[str, float]:
    """CPU time of each, s."""
    run = Day()
    before_s = time.process_time()
    app = RunScreen(run, operated=run)
    found: dict[str, float] = {}
    async with app.run_test(size=SIZE) as pilot:
        await app.look()
        await app.look_at_curves()
        await pilot.pause()
        found["first picture"] = time.process_time() - before_s
        app.workers.cancel_all()

        async def each(name: str, change: Callable[[int], None], poll: Awaiting) -> None:
            begin_s = time.process_time()
            for count in range(times):
                change(count)
                await poll()
                await pilot.pause()
            found[name] = (time.process_time() - begin_s) / times

        def numbers(count: int) -> None:
            run.now = msgspec.structs.replace(run.now, pressure_mpa=15.0 + 0.001 * count)  # type: ignore[type-var]

        def curves(count: int) -> None:
            run.shift_s = 0.1 * (count + 1)

        def nothing(count: int) -> None:
            del count

        await each("nothing new", nothing, app.look)
        await each("numbers", numbers, app.look)
        await each("curves", curves, app.look_at_curves)
    return found


async def recorded(days: float, parts: int) -> float:
    """CPU time from opening a record to its first picture, s."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "run.h5"
        growing(file, days, parts).finish()
        before_s = time.process_time()
        source = RecordedSource(file, time.monotonic_ns)
        app = RunScreen(source, played=source)
        async with app.run_test(size=SIZE) as pilot:
            await app.look()
            await app.look_at_curves()
            await pilot.pause()
            spent_s = time.process_time() - before_s
        source.close()
    return spent_s


Awaiting = Callable[[], Awaitable[None]]


def main() -> int:
    """Measure, and print."""
    command = parser(__doc__)
    add_options(command, DAYS)
    options = command.parse_args()
    short: bool = options.short
    line = [sys.executable, "-c", IMPORT]
    import_s = float(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    found = asyncio.run(measured(3 if short else 40))
    record_s = asyncio.run(recorded(SHORT_DAYS if short else options.days, options.parts))
    second_s = 5 * found["numbers"] + 2 * found["curves"]
    figures = [
        Figure("import", 1e3 * import_s, "ms CPU", most=1000.0, timed=True),
        Figure("first picture", 1e3 * found["first picture"], "ms CPU", most=1000.0, timed=True),
        Figure("first picture of a record", 1e3 * record_s, "ms CPU", most=1000.0, timed=True),
        Figure("a poll, nothing new", 1e3 * found["nothing new"], "ms CPU"),
        Figure("five numbers changed", 1e3 * found["numbers"], "ms CPU"),
        Figure("five curves changed", 1e3 * found["curves"], "ms CPU"),
        Figure("a second of a live run", 100.0 * second_s, "% of a core", most=60.0, timed=True),
    ]
    headline = f"the full screen at {SIZE[0]} x {SIZE[1]} takes {100.0 * second_s:.0f} % of a core"
    return conclude(figures, headline, short)


if __name__ == "__main__":
    perform(main)
