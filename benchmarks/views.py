"""How long a picture of a month takes, and of any part of it, beside reading the columns plainly.

`python -m benchmarks.views [--short] [--days N]`. A month at 10 Hz has 26 million rows; `--short`
makes six hours of it. Times are the median of several, of a file in memory, in wall time and CPU
time of the process that answers. With plotly installed, a page of the same data is made too.
"""

import importlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from benchmarks.common import Figure, conclude, parser
from benchmarks.month import SPIKE_PA, make
from fixture.analysis.rows import rows, span
from fixture.record.nodes import dataset_at
from fixture.record.parts import JoinedRecord

NAMES = ("surface_pressure_pa", "stack_pressure_setpoint_pa", "voltage_volt", "current_ampere")
PIXELS = 1000
DAYS, SHORT_DAYS = 30.0, 0.25
ZOOMS = {"a week": 604800.0, "a day": 86400.0, "two hours": 7200.0, "a minute": 60.0}
AGAIN = 5


class Spent(NamedTuple):
    """Median times of a call, and what it returned."""

    wall_s: float
    cpu_s: float
    result: Any


def spent(call: Callable[[], Any]) -> Spent:
    """Call it several times."""
    wall: list[float] = []
    cpu: list[float] = []
    result = None
    for _ in range(AGAIN):
        began, cpu_began = time.perf_counter(), time.process_time()
        result = call()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    return Spent(statistics.median(wall), statistics.median(cpu), result)


def first_picture(path: Path) -> Any:
    """What a view does first: open, and ask for the whole run."""
    run = JoinedRecord.open(path)
    try:
        return rows(run, *span(run), PIXELS, NAMES)
    finally:
        run.close()


def zooms(path: Path) -> Iterator[Figure]:
    """Parts of the run, each from its middle."""
    run = JoinedRecord.open(path)
    begin_s, end_s = span(run)
    for name, length_s in ZOOMS.items():
        if length_s > end_s - begin_s:
            continue
        at_s = 0.5 * (begin_s + end_s) - 0.3 * length_s
        took = spent(lambda a=at_s, b=at_s + length_s: rows(run, a, b, PIXELS, NAMES))
        yield Figure(f"zoom to {name}", 1e3 * took.wall_s, "ms", most=250.0, timed=True)
        yield Figure(f"zoom to {name}, CPU", 1e3 * took.cpu_s, "ms", most=15.0, timed=True)
    run.close()


def plain(path: Path) -> int:
    """Read the same columns as any program would."""
    with h5py.File(path) as file:
        axis = dataset_at(file, "entry/log/test_time_second")[()]
        return len(axis) + sum(len(dataset_at(file, f"entry/log/{n}")[()]) for n in NAMES)


def plotly_page(path: Path, out: Path) -> float:
    """Bytes of a plotly page of the same data, thinned as plotly's users do; 0 without plotly."""
    try:
        graph = importlib.import_module("plotly.graph_objects")
    except ImportError:
        return 0.0
    with h5py.File(path) as file:
        axis = dataset_at(file, "entry/log/test_time_second")[()]
        step = max(1, len(axis) // 100_000)
        lines = [
            graph.Scattergl(x=axis[::step], y=dataset_at(file, f"entry/log/{name}")[::step])
            for name in NAMES
        ]
    graph.Figure(lines).write_html(out)
    return float(out.stat().st_size)


def figures(folder: Path, days: float) -> Iterator[Figure]:
    """Everything, of a finished month and of one that is being written."""
    for word, finish in (("finished", True), ("live", False)):
        path = folder / f"{word}.h5"
        began = time.perf_counter()
        count = make(path, days, finish)
        yield Figure(f"{word}: made {count} rows", time.perf_counter() - began, "s")
        opened = spent(lambda p=path: JoinedRecord.open(p).close())
        yield Figure(f"{word}: open", 1e3 * opened.wall_s, "ms", most=50.0, timed=True)
        first = spent(lambda p=path: first_picture(p))
        yield Figure(f"{word}: first picture", first.wall_s, "s", most=1.0, timed=True)
        peak = float(np.nanmax(first.result.maximum[NAMES[0]]))
        yield Figure(f"{word}: its spike of one row", peak, "Pa", least=SPIKE_PA, most=SPIKE_PA)
        for figure in zooms(path):
            yield figure._replace(what=f"{word}: {figure.what}")
        if finish:
            began = time.perf_counter()
            plain(path)
            yield Figure("plain h5py, the same columns", time.perf_counter() - began, "s")
            began = time.perf_counter()
            size = plotly_page(path, folder / "page.html")
            if size:
                yield Figure("a plotly page of every n-th row", time.perf_counter() - began, "s")
                yield Figure("its size", size / 1e6, "MB")


def main() -> int:
    """Run everything; 0 if the goals are met."""
    command = parser(__doc__)
    command.add_argument("--days", type=float, default=DAYS, help="length of the record")
    told = command.parse_args()
    days = SHORT_DAYS if told.short else told.days
    with tempfile.TemporaryDirectory() as name:
        found = list(figures(Path(name), days))
    first = next(one.value for one in found if one.what == "finished: first picture")
    return conclude(
        found, f"{1e3 * first:.0f} ms to the first picture of {days:g} days", told.short
    )


if __name__ == "__main__":
    raise SystemExit(main())
