"""A record of a month, made of arrays: chunks as the recorder writes them, without its rows.

Not a benchmark by itself; `benchmarks.views` reads it. Noise, cycles of two hours, a spike.
"""

from pathlib import Path

import numpy as np

from fixture.record.arrays import Array, Arrays, round_to
from fixture.record.columns import LOG_CHUNK_ROWS, Column
from fixture.record.log_table import LogTable
from fixture.record.packing import dtype_of
from fixture.record.store import Store
from fixture.record.tables import BulkTable
from tests.record.synthetic import HEADER, START_UNIX_NS, TRUTH, make_config

RATE_HZ = 10
SYNC_CHUNKS = 600
SPIKE_PA = 60e6  # one row of the log
CYCLE_S = 7200.0
DISTINCT = 64  # chunks of noise, taken in turn


def make(path: Path, days: float, finish: bool = True) -> int:
    """Write it; the rows of its log. Without `finish`: as a recorder leaves one it still writes."""
    store = Store.create(path, HEADER, make_config(), TRUTH)
    store.start_swmr()
    chunks = max(2, round(days * 86400 * RATE_HZ / LOG_CHUNK_ROWS))
    noise = [
        np.random.default_rng(seed).normal(size=LOG_CHUNK_ROWS).clip(-4, 4)
        for seed in range(DISTINCT)
    ]
    for chunk in range(chunks):
        _write(store.ticks, chunk, noise[chunk % DISTINCT])
        _write(store.log, chunk, noise[chunk % DISTINCT], spike=chunk == chunks // 3)
        if chunk % SYNC_CHUNKS == SYNC_CHUNKS - 1:
            store.sync()
    store.sync()
    if finish:
        store.finish("done", START_UNIX_NS)
    store.close()
    return chunks * LOG_CHUNK_ROWS


def _write(table: BulkTable | LogTable, chunk: int, noise: Array, spike: bool = False) -> None:
    rows = np.arange(LOG_CHUNK_ROWS, dtype=np.int64) + chunk * LOG_CHUNK_ROWS
    values: Arrays = [_column(column, rows, noise) for column in table.table.columns]
    if spike:
        names = [column.name for column in table.table.columns]
        values[names.index("surface_pressure_pa")][LOG_CHUNK_ROWS // 2] = SPIKE_PA
    table.write_chunk(values)


def _column(column: Column, rows: Array, noise: Array) -> Array:
    """What a column has at these rows."""
    seconds = rows / RATE_HZ
    wave = np.sin(2.0 * np.pi / CYCLE_S * seconds)
    made = {
        "tick": rows,
        "test_time_second": seconds,
        "unix_time_second": START_UNIX_NS * 1e-9 + seconds,
        "surface_pressure_pa": 15e6 + 2e5 * wave + 4e3 * noise,
        "voltage_volt": 3.6 + 0.3 * wave + 2e-5 * noise,
        "current_ampere": 7.85e-4 * np.where(wave > 0.0, 1.0, -1.0) + 2e-7 * noise,
        "stack_pressure_setpoint_pa": np.full(len(rows), 15e6),
        "stack_force_newton": 1178.0 + 15.0 * wave + 0.3 * noise,
        "press_displacement_metre": 1e-5 * wave + 5e-8 * np.rint(noise),
        "counts_1": np.rint(3900 + 50 * wave + 3 * noise),
        "true_pressure_pa": 15e6 + 2e5 * wave,
        "cycle_count": seconds // CYCLE_S,
    }.get(column.name, np.zeros(len(rows)))
    return round_to(made, column.resolution).astype(dtype_of(column.dtype))
