"""The runs of the spread: ours and PI's, in a pool of processes, and the file that keeps PI's.

Truth is a mapping, so rigs are known by their class and name; kept figures count only for the
very same rig, by a digest of all its numbers.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.hold import coupling
from benchmarks.hold.rivals import Gains
from benchmarks.hold.spread import pi
from benchmarks.hold.spread.judge import Figures, judge
from benchmarks.hold.spread.pi import Rival
from benchmarks.hold.spread.rig import Rig, build
from fixture.core.control import controller
from fixture.core.step import Advance
from fixture.twin.plant import Plant

Found = TypeVar("Found")


def key(rig: Rig) -> str:
    """Its class and name: one rig of a draw."""
    return f"{rig.kind}/{rig.name}"


def ours_on(rig: Rig, advance: Advance = controller.advance) -> Figures:
    """Our controller on a rig. Raises ConfigError."""
    built = build(rig)
    config, devices = built.found.config, built.found.devices
    run = coupling.run(config, Plant(built.parameters), devices, pi.most_s(rig), advance)
    return judge(rig, built, run)


def ours(rigs: Sequence[Rig], pool: Executor) -> dict[str, Figures]:
    """Our controller on all of them."""
    return _all("ours", ours_on, rigs, pool, lambda _: None)


def rivals(rigs: Sequence[Rig], pool: Executor, file: Path | None) -> dict[str, Rival]:
    """PI tuned for each of them; those that the file has are taken from there, the rest added."""
    kept: dict[str, Any] = {}
    if file is not None and file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
    digests = {key(rig): _digest(rig) for rig in rigs}
    missing = [rig for rig in rigs if digests[key(rig)] not in kept]

    def keep(found: dict[str, Rival]) -> None:
        for name, rival in found.items():
            kept[digests[name]] = [name, rival.gains, rival.figures]
        if file is not None:
            file.write_text(json.dumps(kept, indent=1), encoding="utf-8")

    _all("PI", pi.tuned, missing, pool, keep)
    return {name: _rival(kept[digest]) for name, digest in digests.items()}


def _rival(kept: Sequence[Any]) -> Rival:
    _, gains, figures = kept
    return Rival(Gains(*gains), Figures(*figures))


def _digest(rig: Rig) -> str:
    """Of everything that is declared and true of it."""
    return hashlib.sha256(json.dumps(rig).encode()).hexdigest()[:16]


def _all(
    what: str,
    work: Callable[[Rig], Found],
    rigs: Sequence[Rig],
    pool: Executor,
    done: Callable[[dict[str, Found]], None],
) -> dict[str, Found]:
    """Work on each; `done` gets all that is found, each time something is."""
    futures = {pool.submit(work, rig): key(rig) for rig in rigs}
    found: dict[str, Found] = {}
    for future in as_completed(futures):
        name = futures[future]
        found[name] = future.result()
        done(found)
        print(f"{what} {len(found)}/{len(rigs)} {name}", file=sys.stderr, flush=True)
    return found
