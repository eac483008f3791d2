"""`python -m benchmarks.real_cell [--trace FILE] [--short]`: holding a real cell's breathing.

The recipe `traced-hold` on the rig `twin-traced`, driven by a measured table (CSV with a header,
plain or .gz; columns time_s, current_a, voltage_v, temperature_degc, hoop_strain_ppm). Errors count
from 5 min after the setpoint was set, beside what stick-slip allows at best, 0.29 δk (a sawtooth of
one slip δ on the stiffness k), and what a fixed gap would have given. The record is then verified.
Without a trace, or with `--short` and none, a made one of the same columns is used.
"""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.common import Figure, conclude, parser, perform
from fixture.analysis.hold_error import HoldFigures, hold_error, last_hold, stretch
from fixture.analysis.replay import Verdict, verify
from fixture.cli.errors import UsageError, guarded
from fixture.config.checks.estimate import SAWTOOTH
from fixture.config.resolve import plan
from fixture.record.reader import Record
from tests import made_trace
from tests.recording import record

GOAL = 1.5  # times 0.29 δk
SHORT_RATE = 5.0  # of a made trace: one charge in 12 min


class Found(NamedTuple):
    """What the run gave."""

    held: HoldFigures
    slip_percent: float  # δk, % of the setpoint
    hours: float
    slips: float
    travel_um: float
    verdict: Verdict
    run_s: float


def measure(trace: Path, folder: Path) -> Found:
    """Run, verify and read the record. Raises ConfigError, UsageError for an unfit table."""
    found = plan("traced-hold", "twin-traced", trace)
    begun_ns = time.monotonic_ns()
    path = folder / "traced-hold.h5"
    record(found, path, time.monotonic_ns)
    run_s = (time.monotonic_ns() - begun_ns) * 1e-9
    twin = found.twin
    assert twin is not None
    slip_mpa = twin.press.slip_um * twin.stack.stiffness_n_per_um / found.config.area_mm2
    with Record.open(path) as opened:
        held, part = last_hold(opened), stretch(hold_error(opened))
        if held is None or part is None:
            raise UsageError(f"{trace}: too short to judge a hold: give more than 5 min")
        slips = opened.twin["press_slips"][part]
        moved_m = np.abs(np.diff(opened.log["press_displacement_metre"][part]))
        hours = float(np.ptp(opened.log["test_time_second"][part])) / 3600.0
        return Found(
            held,
            100.0 * slip_mpa / held.setpoint_mpa,
            hours,
            float(slips[-1] - slips[0]),
            1e6 * float(np.nansum(moved_m)),
            verify(opened),
            run_s,
        )


def figures(found: Found) -> list[Figure]:
    """The table: everything in % of the setpoint and in δk."""
    held, slip = found.held, found.slip_percent
    bound = GOAL * SAWTOOTH * slip
    lines = [
        Figure("setpoint", held.setpoint_mpa, "MPa"),
        Figure("held for", found.hours, "h"),
        Figure("one slip of the press, δk", slip, "%"),
        Figure("best with that slip, 0.29 δk", SAWTOOTH * slip, "% rms"),
    ]
    for name, rms, peak, most in (
        ("load cells", held.rms, held.peak, bound),
        ("true", held.true_rms, held.true_peak, bound),
        ("fixed gap (computed)", held.gap_rms, held.gap_peak, float("inf")),
    ):
        lines += [
            Figure(f"{name}: error", rms, "% rms", most),
            Figure(f"{name}: error in δk", rms / slip, "δk rms", most / slip),
            Figure(f"{name}: largest error", peak, "%"),
            Figure(f"{name}: largest error in δk", peak / slip, "δk"),
        ]
    return [
        *lines,
        Figure("slips of the press", found.slips, ""),
        Figure("travel of the press", found.travel_um, "µm"),
        Figure("ticks replayed", found.verdict.ticks, ""),
        Figure("differences in the replay", 0.0 if found.verdict.good() else 1.0, "", most=0.0),
        Figure("the run took", found.run_s, "s"),
    ]


def judged(trace: Path | None, short: bool) -> int:
    """Measure and print; 1 where a goal is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rate, cycles = (SHORT_RATE, 1) if short else (1.0, 3)
        used = trace or made_trace.write(folder / "made.csv", cycles, rate)
        found = measure(used, folder)
    held, best = found.held, SAWTOOTH * found.slip_percent
    headline = (
        f"real_cell ({trace.name if trace else 'made trace'}): {held.true_rms:.3f} % rms of "
        f"{held.setpoint_mpa:g} MPa, {held.true_rms / best:.2f} × 0.29 δk; "
        f"a fixed gap {held.gap_rms:.2f} %"
    )
    return conclude(figures(found), headline, short)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a goal is missed, 2 where the table cannot be used."""
    line = parser(__doc__)
    line.add_argument("--trace", type=Path, help="a measured table; without it, a made one")
    options = line.parse_args(arguments)
    return guarded(lambda: judged(options.trace, options.short))


if __name__ == "__main__":
    perform(main)
