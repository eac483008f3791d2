"""The cycling part of every recipe on rigs of other instruments, as one table.

`python -m benchmarks.rigs [--short] [RECIPE …]`. A row is a recipe, a column a set of instruments;
two of the sets only follow another program's cell. An entry is the root mean square of the true
pressure's error while current flows, in per cent, with a mark where it is more than the recipe may
have on its own rig, did not end as programmed, or had not its cycles (`benchmarks.recipes.cycling`
has the rules). `--short` cuts the half-cycles to two minutes, and takes one recipe where none is
named, since the tests judge each of them so (tests/recipes).
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import parser, perform
from benchmarks.recipes import cycling
from benchmarks.recipes.outcome import HELD, OUTCOMES

WIDTH = 16


def entry(recipe: str, rig: str, folder: Path, short: bool) -> tuple[str, bool]:
    """What stands in the table, and whether all is as it must be."""
    found = list(cycling.figures(recipe, rig, folder, short))
    held = next(figure for figure in found if figure.what.endswith(": true, rms"))
    met = all(figure.met() for figure in found)
    return f"{held.value:.3f} {held.unit}{'' if met else ' MISSED'}", met


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where an entry is not as it must be."""
    line = parser(__doc__)
    line.add_argument("recipes", nargs="*", metavar="RECIPE", help="all without")
    options = line.parse_args(arguments)
    unknown = set(options.recipes) - set(OUTCOMES)
    if unknown:
        line.error(f"no recipe {', '.join(sorted(unknown))}; choose from {', '.join(OUTCOMES)}")
    recipes = options.recipes or list(OUTCOMES)[: 1 if options.short else None]
    letters = dict(zip(cycling.INSTRUMENTS, "ABCDEFGH", strict=False))
    for rig, letter in letters.items():
        print(f"{letter}: {rig}")
    columns = "".join(f"{letter:>{WIDTH}}" for letter in letters.values())
    print(f"\n{'true, rms':26}{'may be':>10}{columns}")
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for recipe in recipes:
            print(f"{recipe:26}{f'{HELD[recipe]:g} %':>10}", end="", flush=True)
            for rig in letters:
                text, met = entry(recipe, rig, Path(folder), options.short)
                missed += not met
                print(f"{text:>{WIDTH}}", end="", flush=True)
            print()
    passed = len(recipes) * len(letters) - missed
    print(
        f"rigs: {passed} of {len(recipes) * len(letters)} pass, {len(letters)} sets of instruments"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    perform(main)
