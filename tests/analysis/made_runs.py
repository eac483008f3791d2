"""Records for tests of what is made of a run: two cycles that breathe, in one file or in parts."""

import math
from collections.abc import Container
from pathlib import Path

from msgspec.structs import replace

from fixture.core.types import Event, EventKind
from fixture.record.parts import part_files
from fixture.record.writer import RecordWriter
from fixture.runtime.registry import part_path
from tests.record.synthetic import HEADER, TRUTH, make_config, make_frame

TICK_NS = 1_000_000_000
HALF_S = 400  # of a charge, and of a discharge
TICKS = 4 * HALF_S + 1
CURRENT_A = 7.85e-4
STIFFNESS, BREATHING = 10.0, 0.3  # N/µm, µm/C
_CONFIG = make_config(TICK_NS, TICK_NS)
_PRESS, _CYCLE, *_OTHERS = _CONFIG.steps
CONFIG = replace(
    _CONFIG, steps=(_PRESS, replace(_CYCLE, cycle_begin=True, cycle_end=True), *_OTHERS)
)


def write(
    path: Path,
    first: int = 0,
    last: int = TICKS,
    log_ns: int = TICK_NS,
    unread: Container[int] = (),
) -> RecordWriter:
    """Ticks of the run, still open for writing and synced; in those `unread` no force came."""
    config = replace(CONFIG, log_ns=log_ns)
    writer = RecordWriter.create(path, HEADER, config, TRUTH)
    for tick in range(first, last):
        half, within = divmod(tick, HALF_S)
        sign = 1.0 if half % 2 == 0 else -1.0
        charge_c = CURRENT_A * (within if sign > 0 else HALF_S - within)
        writer.append(
            make_frame(
                tick, tick_ns=TICK_NS, current_a=sign * CURRENT_A,
                voltage_v=3.5 + 0.2 * charge_c / (CURRENT_A * HALF_S) + 0.01 * sign,
                pressure_mpa=math.nan if tick in unread else 15.0 + 0.001 * math.sin(tick),
                position_um=12.5 - BREATHING * charge_c,
                cycle_count=half // 2 + 1, stiffness_n_per_um=STIFFNESS,
                events=_events(tick), late_us=0,
            ),
            (15e6, 0.5),
        )  # fmt: skip
    writer.sync()
    return writer


def _events(tick: int) -> tuple[Event, ...]:
    t_ns = tick * TICK_NS
    if tick == 0:
        step = Event(t_ns, tick, EventKind.STEP_BEGIN, 1, 2.0)
        return (step, Event(t_ns, tick, EventKind.CYCLE_BEGIN, 1, 0.0))
    if tick % (2 * HALF_S) == 0:
        number = tick // (2 * HALF_S)
        end = Event(t_ns, tick, EventKind.CYCLE_END, number, 0.0)
        return (end, Event(t_ns, tick, EventKind.CYCLE_BEGIN, number + 1, 0.0))
    return ()


def finished(folder: Path) -> Path:
    """The whole run in one file."""
    path = folder / "made-up.h5"
    write(path).finish("done", HEADER.start_unix_ns)
    return path


def in_parts(folder: Path) -> Path:
    """The same in two files; the first of them was cut off."""
    path = folder / "made-up.h5"
    write(path, 0, 700).close()
    write(part_path(folder, "made-up", 2), 700, TICKS).finish("done", HEADER.start_unix_ns)
    assert len(part_files(path)) == 2
    return path
