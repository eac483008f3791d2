"""`python -m benchmarks.twin [--short] [--folder DIR]`: the twin beside what has been published.

Sodium's relaxation, swings in a fixed gap, contact resistances, extrusion, critical currents,
shorts, forming, and the kinds of press: each is simulated, judged against the published or computed
numbers with the tolerance that docs/twin.md states, and drawn beside them as twin-NAME.png.
Last, what a step of the plant costs. `--short` takes coarser steps, judges the same numbers and the
pictures' size but no time, and writes no file.
"""

from pathlib import Path

from benchmarks.common import ROOT, Figure, conclude, parser, perform
from benchmarks.twin import (
    cost,
    critical,
    extrusion,
    forming,
    lifetimes,
    presses,
    relaxation,
    resistance,
    swing,
)
from benchmarks.twin.drawing import MOST_BYTES, png

PICTURES = ROOT / "docs" / "pictures"
FACTS = (relaxation, swing, resistance, extrusion, critical, lifetimes, forming, presses)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, write the pictures; 1 where the twin is out of tolerance."""
    line = parser(__doc__)
    line.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures go")
    options = line.parse_args(arguments)
    figures: list[Figure] = []
    judged = 0
    for fact in FACTS:
        shown = fact.shown(options.short)
        picture = png(shown)
        judged += len(shown.figures)
        figures += shown.figures
        figures.append(
            Figure(f"twin-{shown.name}.png", len(picture), "bytes", most=float(MOST_BYTES))
        )
        if not options.short:
            (options.folder / f"twin-{shown.name}.png").write_bytes(picture)
    figures += cost.figures(options.short)
    return conclude(figures, f"twin: {judged} numbers, {len(FACTS)} pictures", options.short)


if __name__ == "__main__":
    perform(main)
