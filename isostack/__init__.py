"""The public API of isostack: its records and runs in Python, a script or a notebook.

    import isostack

    with isostack.open("runs/cell-7/cell-7.h5") as run:
        run.log["surface_pressure_pa"]      # a numpy array
        run.log.units["surface_pressure_pa"]  # 'Pa'

    isostack.connect("cell-7").stop()       # a run that goes on

Two modules beside it are for the authors of drivers, public as well: `isostack.drivers` has what a
driver in a package of its own needs, `isostack.testing` checks it.

What `__all__` names is public. Everything else, `fixture`, `instruments` and `profiles` with it, is
internal and may change in any version.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fixture.analysis.spectra import Spectrum
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
    "API_VERSION", "LiveRun", "Picture", "RecordError", "Rows", "Run", "RunError", "Spectrum",
    "Table", "Watched", "__version__", "connect", "open",
]  # fmt: skip

PLACES = {
    "LiveRun": "isostack.live:LiveRun",
    "Picture": "isostack.run:Picture",
    "RecordError": "fixture.record.errors:RecordError",
    "Rows": "isostack.run:Rows",
    "Run": "isostack.run:Run",
    "RunError": "fixture.runtime.errors:RunError",
    "Spectrum": "fixture.analysis.spectra:Spectrum",
    "Table": "isostack.table:Table",
    "Watched": "isostack.live:Watched",
    "connect": "isostack.live:connect",
    "open": "isostack.run:open_run",
}


def __getattr__(name: str) -> Any:
    """What is public is loaded when it is asked for: a driver's author needs no HDF5."""
    place = PLACES.get(name)
    if place is None:
        raise AttributeError(f"isostack has no {name!r}; it has {', '.join(__all__)}")
    module, _, inside = place.partition(":")
    return getattr(import_module(module), inside)
