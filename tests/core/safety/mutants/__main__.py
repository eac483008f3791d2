"""`python -m tests.core.safety.mutants [--short] [--module NAME]`: is safety tested whole?

Every branch of `fixture.core.safety` must be taken by the tests beside it, and every small change
of one of its functions (`changes`) noticed, but for those that change nothing (`equivalent`).
Prints what is left; 1 where anything is. `--module`: only those whose name has it; `--short`: one
module with its own tests, in seconds.

Not mutmut or cosmic-ray: they name mutants by number, so that a table of the equivalent ones would
not outlive an edit; and they start pytest anew for each mutant, or copy the tree.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from coverage import Coverage

from tests.core.safety.mutants.changes import Mutant, mutants
from tests.core.safety.mutants.equivalent import EQUIVALENT
from tests.core.safety.mutants.play import Play

ROOT = Path(__file__).parents[4]
SAFETY = ROOT / "fixture" / "core" / "safety"  # imported while it is measured
TESTS = Path(__file__).parents[1]
APART = ("plausibility/test_constants.py",)  # changes the numbers itself, and takes minutes
ALSO = (  # load cells in series, and what an operator may request when
    "measurement/test_series.py",
    "sequence/test_after_trip.py",
    "sequence/test_intervention.py",
    "sequence/test_wait.py",
)
SHORT = {"temperature": "test_temperature.py"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is not tested."""
    line = argparse.ArgumentParser(prog="python -m tests.core.safety.mutants")
    line.add_argument("--short", action="store_true", help="one module, in seconds")
    line.add_argument("--module", default="", help="only modules whose name has this")
    line.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = line.parse_args(arguments)
    paths = [path for path in _modules() if asked.module in _name(path)]
    tests = [str(TESTS), *(str(TESTS.parent / name) for name in ALSO)]
    if asked.short:
        paths = [path for path in paths if path.stem in SHORT]
        tests = [str(TESTS / name) for name in SHORT.values()]
    begun_s = time.monotonic()
    found = [mutant for path in paths for mutant in mutants(path, _name(path))]
    play, branches = _played(found, tests, paths, asked.jobs)
    problems = [*(f"fails as it is: {name}" for name in play.failed), *branches]
    if not play.failed:
        problems += _left(found, play)
    print("\n".join(problems))
    known = sum(mutant.name in EQUIVALENT for mutant in found)
    seconds = time.monotonic() - begun_s
    print(
        f"mutants: {len(found)} of {len(paths)} modules, {known} equivalent, "
        f"{len(problems)} problems, {seconds:.0f} s"
    )
    return 1 if problems else 0


def _modules() -> list[Path]:
    return sorted(path for path in SAFETY.rglob("*.py") if path.name != "__init__.py")


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SAFETY).with_suffix("").parts)


def _played(
    found: Sequence[Mutant], tests: Sequence[str], paths: Sequence[Path], jobs: int
) -> tuple[Play, list[str]]:
    """What came of the mutants, and the branches that no test takes."""
    measured = [str(path) for path in paths]
    measure = Coverage(branch=True, include=measured, data_file=None, config_file=False)
    play = Play(found, measure, jobs)
    apart = [f"--ignore={TESTS / name}" for name in APART]
    without = [f"-pno:{name}" for name in ("terminal", "xdist", "cacheprovider")]
    measure.start()
    pytest.main(["-o", "addopts=", "--timeout=0", *without, *apart, *tests], plugins=[play])
    return play, list(_branches(measure, paths))


def _branches(measure: Coverage, paths: Sequence[Path]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        measure.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    found = {Path(name).resolve(): seen for name, seen in files.items()}
    for path in paths:
        for line in found[path]["missing_lines"]:
            yield f"{_name(path)}: no test comes by line {line}"
        for line, to in found[path]["missing_branches"]:
            yield f"{_name(path)}: line {line} never goes to {to}"


def _left(found: Sequence[Mutant], play: Play) -> Iterator[str]:
    """What survived, and what of the table is not so."""
    names, survived = {one.name for one in found}, {one.name for one in play.survivors}
    for kind, those in (("unnoticed", play.survivors), ("never reached", play.unreached)):
        for one in those:
            if one.name not in EQUIVALENT:
                yield f"{kind}: {one.path.name}:{one.line}: {one.name}"
    modules = {name.split(":")[0].rsplit(".", 1)[0] for name in names}
    for name in EQUIVALENT:
        if name.split(":")[0].rsplit(".", 1)[0] in modules and name not in survived:
            yield f"equivalent no more: {name}"


if __name__ == "__main__":
    sys.exit(main())
