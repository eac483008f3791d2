"""`python -m tests.refresh_data`: make the stored records and their manifest anew.

For a deliberate change of the core, the twin or the record's layout only; the change that comes
with it says why.
"""

import gzip
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from fixture.config.resolve import plan
from fixture.record.columns import LAYOUT
from fixture.record.reader import Record
from tests import made_trace
from tests.recording import record

DATA = Path(__file__).parent.parent / "data"
MANIFEST = DATA / "manifest.json"
TRACE_RATE = 8.0  # one cycle in a quarter of an hour


class Story(NamedTuple):
    """How a stored record is made, and what happens in it."""

    profile: str
    rig: str
    told: str
    traced: bool = False
    silent_from: int = -1


STORIES = (
    Story(
        "press-and-cycle",
        "twin",
        "Sodium is pressed on at 20 MPa for 20 s, lowered to 8 MPa and cycled twice at 2 mA; "
        "each cycle waits until the pressure has settled.",
    ),
    Story(
        "traced",
        "data/twin-traced-soon.yaml",
        "15 MPa is held while a made trace of one charge (constant current, then constant "
        "voltage) and discharge breathes by 13 um; the potentiostat is only observed.",
        traced=True,
    ),
    Story(
        "silent-load-cells",
        "twin",
        "In the middle of a charge at 10 MPa the load cells stop answering: the force goes "
        "stale, the run trips, the cell goes to open circuit and the press stops where it is.",
        silent_from=3950,
    ),
)


def make(story: Story, folder: Path) -> Path:
    """The record of a story, made in `folder`."""
    trace = made_trace.write(folder / "trace.csv", 1, TRACE_RATE) if story.traced else None
    rig = str(DATA.parent / story.rig) if "/" in story.rig else story.rig
    found = plan(str(DATA / f"{story.profile}.yaml"), rig, trace)
    path = folder / f"{story.profile}.h5"
    record(found, path, silent_from=story.silent_from)
    return path


def store(story: Story, made: Path) -> dict[str, Any]:
    """Compress a record into the folder of data; its entry in the manifest."""
    packed = gzip.compress(made.read_bytes(), 9, mtime=0)
    target = DATA / f"{story.profile}.h5.gz"
    target.write_bytes(packed)
    with Record.open(made) as found:
        return {
            "file": target.name,
            "sha256": hashlib.sha256(packed).hexdigest(),
            "layout": LAYOUT,
            "core_version": found.config.core_version,
            "profile": f"data/{story.profile}.yaml",
            "rig": story.rig,
            "ticks": found.ticks.rows,
            "cycles": len(found.cycles["cycle"]),
            "peak_mpa": round(1e-6 * float(found.log["stack_pressure_peak_pa"][-1]), 3),
            "outcome": found.outcome,
            "story": story.told,
        }


def main() -> None:
    """Write every record and the manifest."""
    entries: list[dict[str, Any]] = []
    for story in STORIES:
        with tempfile.TemporaryDirectory() as folder:
            entries.append(store(story, make(story, Path(folder))))
    text = json.dumps(entries, indent=2, ensure_ascii=False)
    MANIFEST.write_text(text + "\n", encoding="utf-8")
    print(f"{MANIFEST}: {len(entries)} records")


if __name__ == "__main__":
    main()
