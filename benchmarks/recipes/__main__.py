"""`python -m benchmarks.recipes [--short] [--folder DIR] [NAME …]`: every recipe, and its outcome.

Each runs by its one command on its own twin, with `--speed max`; its record is verified by a
replay, and judged by what it says alone. Then forming on cells of scattered stiffness, friction and
noise, hundreds of cycles, and each recipe's cycling part on rigs of other instruments. The pictures
of docs/recipes are those that the runs drew. `--short` takes the same pressures with short holds
and a few cycles, and writes no picture; where no name is given, of one recipe, since the tests
judge each of them so (tests/recipes).
"""

import tempfile
import time
from pathlib import Path

from benchmarks.common import ROOT, Figure, completed, conclude, parser, perform
from benchmarks.recipes import cycling, scatter, shorter
from benchmarks.recipes.outcome import NAMES, OUTCOMES, figures
from benchmarks.recipes.story import Story

PICTURES = ROOT / "docs" / "recipes" / "pictures"
SHOWN = {*OUTCOMES, "sodium-creep-forming-low"}  # on the pages
WALL_S = 180.0
MOST_BYTES = 80_000.0


def main(arguments: list[str] | None = None) -> int:
    """Print the table, write the pictures; 1 where a recipe does not come to its outcome."""
    line = parser(__doc__)
    line.add_argument("names", nargs="*", metavar="NAME", help="recipes; all without")
    line.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures go")
    options = line.parse_args(arguments)
    unknown = set(options.names) - set(NAMES)
    if unknown:
        line.error(f"no recipe {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    wanted = options.names or list(NAMES[:1] if options.short else NAMES)
    options.folder.mkdir(parents=True, exist_ok=True)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            found += _one(name, Path(folder) / name, options.folder, options.short)
        if not options.names:
            found += scatter.figures(Path(folder), options.short)
        if not options.short:  # the tests run each recipe so, and each rig
            for name in wanted:
                for rig in cycling.INSTRUMENTS:
                    found += cycling.figures(name, rig, Path(folder), short=False)
    return conclude(found, f"recipes: {len(wanted)} of {len(NAMES)} run", options.short)


def _one(name: str, folder: Path, pictures: Path, short: bool) -> list[Figure]:
    """A recipe run by its command, replayed, judged."""
    folder.mkdir()
    what = str(shorter.profile(name, folder)) if short else name
    out = folder / "out"
    begun_ns = time.monotonic_ns()
    ended = completed("run", what, "--speed", "max", "--out", str(out), *(["--no-picture"] * short))
    wall_s = (time.monotonic_ns() - begun_ns) * 1e-9
    record = out / f"{name}.h5"
    if not record.exists():
        raise RuntimeError(f"{name}: {ended.stdout}{ended.stderr}")
    verified = completed("replay", str(record), "--verify")
    found = [
        *figures(name, Story(record)),
        Figure(f"{name}: replays equal to the bit", float(verified.returncode == 0), "", least=1.0),
        Figure(f"{name}: wall time", wall_s, "s", most=WALL_S, timed=True),
    ]
    if not short:
        picture = (out / f"{name}.png").read_bytes()
        if name in SHOWN:
            (pictures / f"{name}.png").write_bytes(picture)
        found.append(Figure(f"{name}: picture", float(len(picture)), "bytes", most=MOST_BYTES))
    return found


if __name__ == "__main__":
    perform(main)
