"""The public API of isostack: its records and runs in Python, a script or a notebook.

    import isostack

    with isostack.open("runs/cell-7/cell-7.h5") as run:
        run.log["surface_pressure_pa"]      # a numpy array
        run.log.units["surface_pressure_pa"]  # 'Pa'

    isostack.connect("cell-7").stop()       # a run that goes on

What `__all__` names is public. Everything else, `fixture`, `instruments` and `profiles` with it, is
internal and may change in any version.
"""

from fixture.record.errors import RecordError
from fixture.runtime.errors import RunError
from isostack.live import LiveRun, Watched, connect
from isostack.run import Picture, Rows, Run
from isostack.run import open_run as open  # noqa: A004 - to be read as isostack.open
from isostack.table import Table

__version__ = "0.1.0"

API_VERSION = 1
"""Raised when a public name is removed or changes its meaning; CHANGELOG.md says how to adapt."""

__all__ = [
    "API_VERSION", "LiveRun", "Picture", "RecordError", "Rows", "Run", "RunError", "Table",
    "Watched", "__version__", "connect", "open",
]  # fmt: skip
