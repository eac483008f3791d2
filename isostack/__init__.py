"""The public API of isostack: its records and runs in Python, a script or a notebook.

    import isostack

    with isostack.open("runs/cell-7/cell-7.h5") as run:
        run.log["surface_pressure_pa"]      # a numpy array
        run.log.units["surface_pressure_pa"]  # 'Pa'

    isostack.connect("cell-7").stop()       # a run that goes on

What `__all__` names is public. Everything else, `fixture`, `instruments` and `profiles` with it, is
internal and may change in any version.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fixture.record.errors import RecordError
from isostack.run import Picture, Rows, Run
from isostack.run import open_run as open  # noqa: A004 - to be read as isostack.open
from isostack.table import Table

if TYPE_CHECKING:
    from fixture.runtime.errors import RunError
    from isostack.live import LiveRun, Watched, connect

__version__ = "0.1.0"

API_VERSION = 1
"""Raised when a public name is removed or changes its meaning; CHANGELOG.md says how to adapt."""

__all__ = [
    "API_VERSION", "LiveRun", "Picture", "RecordError", "Rows", "Run", "RunError", "Table",
    "Watched", "__version__", "connect", "open",
]  # fmt: skip

LIVE = {"RunError": "fixture.runtime.errors"} | dict.fromkeys(
    ("LiveRun", "Watched", "connect"), "isostack.live"
)


def __getattr__(name: str) -> Any:
    """What reaches a run that goes on is loaded when it is asked for: records need none of it."""
    if name not in LIVE:
        raise AttributeError(f"isostack has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(LIVE[name]), name)
