"""The public API of isostack: its records in Python, a script or a notebook.

    import isostack

    with isostack.open("runs/cell-7/cell-7.h5") as run:
        run.log["surface_pressure_pa"]      # a numpy array
        run.log.units["surface_pressure_pa"]  # 'Pa'

What `__all__` names is public. Everything else, `fixture`, `instruments` and `profiles` with it, is
internal and may change in any version.
"""

from fixture.record.errors import RecordError
from isostack.run import Picture, Run
from isostack.run import open_run as open  # noqa: A004 - to be read as isostack.open
from isostack.table import Table

__version__ = "0.1.0"

API_VERSION = 1
"""Raised when a public name is removed or changes its meaning; CHANGELOG.md says how to adapt."""

__all__ = ["API_VERSION", "Picture", "RecordError", "Run", "Table", "__version__", "open"]
