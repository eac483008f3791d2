"""How long a picture of a month takes, and of any part of it, beside reading the columns plainly.

`python -m benchmarks.views [--short] [--days N] [--parts N]`. A month at 10 Hz has 26 million rows;
`--short` makes six hours of it. It is looked at while a recorder has it open, and once it is
finished. CPU time of the process that answers is judged, of the first call and in the median of
several; wall time stands beside it. Plainly read with h5py, and a plotly page, are the same data.
Report and exports run as commands, each a process of its own, whose largest memory is judged; with
`--exports` also those that write gigabytes. Last, where there is a Chromium: a page that is left
open for a day of a run (`left_open`), and twenty that show a live one (`watched`).
"""

import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import plotly.graph_objects as graph

from benchmarks import left_open, watched
from benchmarks.common import Figure, completed, conclude, isostack, parser, perform, running
from benchmarks.month import SHORT_DAYS, SPIKE_PA, Growing, add_options, growing
from benchmarks.processes import cpu_s
from fixture.analysis.hold_error import setpoints
from fixture.analysis.rows import rows, span
from fixture.record.nodes import dataset_at
from fixture.record.parts import JoinedRecord, part_files
from fixture.view.source import GrowingRecord
from isostack import open as isostack_open
from tests.view.web.chromium import path as chromium_path

NAMES = ("surface_pressure_pa", "stack_pressure_setpoint_pa", "voltage_volt", "current_ampere")
PIXELS = 1000
ZOOMS = {"a week": 604800.0, "a day": 86400.0, "two hours": 7200.0, "a minute": 60.0}
AGAIN = 5
POLLS = 20
SECOND_NS = 1_000_000_000
MOST_MB = 400.0  # of a command, however long the run is
A_DAY_S, SHORT_DAY_S = 360.0, 10.0  # in which a day of a run passes by a page
SMALL_EXPORTS = ("bdf-parquet", "hdf5")
ALL_EXPORTS = (*SMALL_EXPORTS, "eln", "csv", "bdf-csv")


class Spent(NamedTuple):
    """Median times of a call, and what it returned."""

    wall_s: float
    cpu_s: float
    first_cpu_s: float
    result: Any


def spent_once(call: Callable[[], Any]) -> Spent:
    """Call it once."""
    return spent(call, 1)


def spent(call: Callable[[], Any], times: int = AGAIN) -> Spent:
    """Call it several times."""
    wall: list[float] = []
    cpu: list[float] = []
    result = None
    for _ in range(times):
        began, cpu_began = time.perf_counter(), time.process_time()
        result = call()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    return Spent(statistics.median(wall), statistics.median(cpu), cpu[0], result)


def first_picture(path: Path) -> Any:
    """What a view does first: open, and request the whole run."""
    run = JoinedRecord.open(path)
    try:
        return rows(run, *span(run), PIXELS, NAMES)
    finally:
        run.close()


def judged(what: str, took: Spent, cpu_ms: float) -> Iterator[Figure]:
    """Its CPU time against a goal, and the wall time."""
    yield Figure(f"{what}, CPU", 1e3 * took.cpu_s, "ms", most=cpu_ms, timed=True)
    yield Figure(f"{what}, CPU of the first", 1e3 * took.first_cpu_s, "ms")
    yield Figure(f"{what}, wall", 1e3 * took.wall_s, "ms")


def looked_at(word: str, path: Path) -> Iterator[Figure]:
    """One record, opened, drawn, and zoomed into around its middle."""
    yield from judged(f"{word}: open", spent(lambda: JoinedRecord.open(path).close()), 300.0)
    first = spent(lambda: first_picture(path))
    yield from judged(f"{word}: open to first picture", first, 1000.0)
    peak = float(np.nanmax(first.result.maximum[NAMES[0]]))
    yield Figure(f"{word}: its spike of one row", peak, "Pa", least=SPIKE_PA, most=SPIKE_PA)
    with JoinedRecord.open(path) as run:
        yield from judged(f"{word}: every setpoint", spent(lambda: setpoints(run)), 1000.0)
        begin_s, end_s = span(run)
        for name, length_s in ZOOMS.items():
            if length_s > end_s - begin_s:
                continue
            at_s = 0.5 * (begin_s + end_s) - 0.3 * length_s
            took = spent(lambda a=at_s, b=at_s + length_s: rows(run, a, b, PIXELS, NAMES))
            yield from judged(f"{word}: zoom to {name}", took, 15.0)


def drawn_in_a_notebook(word: str, path: Path) -> Iterator[Figure]:
    """`isostack.open(path).plot()`, with matplotlib loaded, and what a record says it has lost."""
    with isostack_open(path) as run:
        run.plot()
        took = spent(run.plot)
    yield from judged(f"{word}: notebook's plot()", took, 1000.0)
    with JoinedRecord.open(path) as run:
        yield from judged(f"{word}: what is lost", spent_once(lambda: run.lost), 1000.0)


def commanded(path: Path, out: Path, what: str, *arguments: str) -> Iterator[Figure]:
    """A command on the record as a process: its time, and the largest memory of any so far."""
    began, cpu_began = time.perf_counter(), children_cpu_s()
    done = completed(*arguments[:1], str(path), *arguments[1:], "--out", str(out), "--force")
    if done.returncode:
        raise RuntimeError(done.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield Figure(f"{what}, CPU", children_cpu_s() - cpu_began, "s")
    yield Figure(f"{what}, wall", time.perf_counter() - began, "s")
    yield Figure("  largest memory so far", used.ru_maxrss / 1024, "MB", most=MOST_MB)
    out.unlink(missing_ok=True)


def first_of_report(path: Path, out: Path) -> Iterator[Figure]:
    """When a report's first picture stands, from the start of the command on."""
    began = time.perf_counter()
    command = isostack("report", str(path), "--out", str(out))
    with running(command, stdout=subprocess.DEVNULL) as process:
        while not out.exists() and process.poll() is None:
            time.sleep(0.002)
        wall_s, spent_s = time.perf_counter() - began, cpu_s(process.pid)
        first = out.read_text(encoding="utf-8")
    yield Figure("report: its first picture, CPU", spent_s, "s", most=1.0, timed=True)
    yield Figure("report: its first picture, wall", wall_s, "s")
    yield Figure("  curves in it", first.count("<path"), "", least=len(NAMES))
    out.unlink(missing_ok=True)  # the interrupted command has removed it


def children_cpu_s() -> float:
    """CPU time of all processes that have ended, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def polled(grown: Growing) -> Iterator[Figure]:
    """What it costs a view to poll each second, the run going on."""
    now_ns = 0
    file = GrowingRecord(grown.path, lambda: now_ns)
    end_s = file.span()[1]
    polls: list[float] = []
    for _ in range(POLLS):
        grown = grown.grow(10)
        now_ns += SECOND_NS
        began = time.process_time()
        file.rows(end_s - 60.0, end_s + 60.0, PIXELS, NAMES)
        polls.append(time.process_time() - began)
    seen_s = file.span()[1] - end_s
    file.close()
    yield Figure("live: a poll each second, CPU", 1e3 * statistics.median(polls), "ms", most=30.0,
                 timed=True)  # fmt: skip
    yield Figure("live: seconds that came to be seen", seen_s, "s", least=POLLS - 1.0)


def plain(path: Path) -> int:
    """Read the same columns as any program would."""
    with h5py.File(path) as file:
        axis = dataset_at(file, "entry/log/test_time_second")[()]
        return len(axis) + sum(len(dataset_at(file, f"entry/log/{n}")[()]) for n in NAMES)


def plotly_page(path: Path, out: Path) -> float:
    """Bytes of a plotly page of the same data, thinned as plotly's users do."""
    with h5py.File(path) as file:
        axis = dataset_at(file, "entry/log/test_time_second")[()]
        step = max(1, len(axis) // 100_000)
        lines = [
            graph.Scattergl(x=axis[::step], y=dataset_at(file, f"entry/log/{name}")[::step])
            for name in NAMES
        ]
    graph.Figure(lines).write_html(out)
    return float(out.stat().st_size)


def figures(folder: Path, days: float, parts: int, exports: Sequence[str]) -> Iterator[Figure]:
    """Everything, of a record that is being written and then is finished."""
    path = folder / "month.h5"
    made = spent_once(lambda: growing(path, days, parts))
    yield Figure("made, CPU", made.cpu_s, "s")
    yield from looked_at("live", path)
    yield from polled(made.result)
    yield from drawn_in_a_notebook("live", path)
    made.result.finish()
    yield from looked_at("finished", path)
    yield from drawn_in_a_notebook("finished", path)
    yield from first_of_report(path, folder / "report.html")
    yield from commanded(path, folder / "report.html", "report", "report")
    for kind in exports:
        yield from commanded(path, folder / "out", f"export {kind}", "export", f"--format={kind}")
    rows_read = spent_once(lambda: sum(plain(part) for part in part_files(path)))
    yield Figure("plain h5py, the same columns, CPU", rows_read.cpu_s, "s")
    page = spent_once(lambda: plotly_page(path, folder / "page.html"))
    yield Figure("a plotly page of every n-th row, CPU", page.cpu_s, "s")
    yield Figure("its size", page.result / 1e6, "MB")


def in_a_browser(folder: Path, *, short: bool) -> Iterator[Figure]:
    """Pages that are left open; nothing where there is no Chromium."""
    if chromium_path() is None:
        return
    for name in ("day", "live"):
        (folder / name).mkdir()
    yield from left_open.left_open(folder / "day", SHORT_DAY_S if short else A_DAY_S)
    yield from watched.watched(folder / "live", watched.SHORT if short else watched.FULL)


def main() -> int:
    """Run everything; 0 if the goals are met."""
    command = parser(__doc__)
    add_options(command)
    command.add_argument("--exports", action="store_true", help="the large ones too")
    options = command.parse_args()
    exports = ALL_EXPORTS if options.exports else () if options.short else SMALL_EXPORTS
    days = SHORT_DAYS if options.short else options.days
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = list(figures(folder, days, options.parts, exports))
        found += in_a_browser(folder, short=options.short)
    first = next(one.value for one in found if one.what == "live: open to first picture, CPU")
    return conclude(found, f"{first:.0f} ms to the first picture of {days:g} days", options.short)


if __name__ == "__main__":
    perform(main)
