"""All golden runs by name, and the digests that are kept of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.core.golden import control_runs, measurement_runs, sequence_runs, trip_runs, trouble_runs
from tests.core.golden.plant import Plant
from tests.core.golden.play import Run, play
from tests.core.golden.play import digest as play_digest

GOLDEN = Path(__file__).with_name("golden.json")
RUNS: dict[str, Run] = {
    **{f"trip: {trip.name.lower()}": run for trip, run in trip_runs.RUNS.items()},
    "trip: colder than possible": trip_runs.COLD,
    "trip: load cells apart": trip_runs.APART,
    **measurement_runs.RUNS,
    **sequence_runs.RUNS,
    **control_runs.RUNS,
    **trouble_runs.RUNS,
}


def stored() -> dict[str, Any]:
    """Digests as they were when the core's behaviour was last changed on purpose, and hints."""
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


@cache
def played(name: str) -> tuple[tuple[bytes, ...], Plant]:
    """The answers of a run of the core as it stands, and the plant at its end with all its events.

    They are kept, so take them before a change is tried.
    """
    return play(RUNS[name])


def digest(name: str) -> str:
    """Digest of a run of the core as it stands."""
    return play_digest(played(name)[0])


def digests() -> dict[str, str]:
    """Digests of all runs of the core as it stands."""
    return {name: digest(name) for name in RUNS}
