"""`python -m benchmarks.hold spread`: our controller over many rigs, beside PI tuned for each.

At least 200 rigs, drawn by seed from every class of trouble that the twin can show: materials and
breathing curves, stiffness up to six times what is declared, friction laws, backlash, dead time,
noise and pick-up, cracks, currents, gas and temperature, tick rates, and several at once. Each is
pressed to its setpoint, held through a half cycle each way and a few reversals of current.

A line for each class goes to standard output, goals last. `--each N` takes the first N rigs of
each class, `--short` one; `--pi FILE` keeps what PI made of each rig, so that only ours runs when
the controller changes; `--rigs FILE` writes a line for each rig. 1 where a goal is missed.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.common import conclude, parser
from benchmarks.hold.spread import runs
from benchmarks.hold.spread.draw import CLASSES, rigs
from benchmarks.hold.spread.report import Pair, goals, lines, table

PROG = "python -m benchmarks.hold spread"
WORD = "spread"


def command_line() -> argparse.ArgumentParser:
    """The options."""
    line = parser(__doc__)
    line.prog = PROG
    add = line.add_argument
    add("--seed", type=int, default=1, help="of the draw (1)")
    add("--each", type=int, default=0, help="at most so many rigs of each class (all)")
    add("--class", dest="kinds", action="append", choices=[group.name for group in CLASSES])
    add("--pi", type=Path, help="a file that keeps the gains and figures of PI")
    add("--no-pi", action="store_true", help="ours alone")
    add("--rigs", type=Path, help="a file for a line of each rig")
    add("--jobs", type=int, default=2, help="processes (2)")
    return line


def main(arguments: Sequence[str]) -> int:
    """Run what is chosen, print it, judge it."""
    options = command_line().parse_args(arguments)
    chosen = list(rigs(options.seed, options.each or (1 if options.short else 0)))
    if options.kinds:
        chosen = [rig for rig in chosen if rig.kind in options.kinds]
    with ProcessPoolExecutor(options.jobs) as pool:
        ours = runs.ours(chosen, pool)
        theirs = {} if options.no_pi else runs.rivals(chosen, pool, options.pi)
    pairs = [Pair(rig, ours[runs.key(rig)], theirs.get(runs.key(rig))) for rig in chosen]
    if options.rigs is not None:
        options.rigs.write_text("\n".join(lines(pairs)) + "\n", encoding="utf-8")
    print("\n".join(table(pairs)))
    headline = f"spread: {len(pairs)} rigs, seed {options.seed}"
    return conclude(goals(pairs, short=options.short), headline, options.short)
