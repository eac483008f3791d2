"""Which models there are: the only place where a model's name meets its code.

Rules: one row a model, and a model's code is imported when it is first asked for by name, so that
what a rig does not use costs nothing. The rest of the program calls `driver` and `emulator` of what
`find` gives. Packages of others add models by the entry-point group `isostack.models`, whose
entries are NAME = "MODULE:MODEL"; a model of ours wins where both have one name.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Any

from instruments.model import DeviceKind, Driver, Model, Plant, named
from instruments.options import OptionsError
from instruments.protocols import (
    CellPlant,
    ForcePlant,
    LoadCell,
    Potentiostat,
    Press,
    PressPlant,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "isostack.models"


class Models(Mapping[str, Model[Driver, Plant]]):
    """The models of one kind by name, each imported once it is asked for.

    Those of other packages are found by name, and listed by `outside` only: to look for them takes
    longer than to start.
    """

    def __init__(self, kind: DeviceKind, places: Mapping[str, str]) -> None:
        """`places`: name of each of ours, and MODULE:NAME of its row."""
        self.kind: DeviceKind = kind
        self._places = dict(places)
        self._rows: dict[str, Model[Driver, Plant]] = {}

    def __getitem__(self, name: str) -> Model[Driver, Plant]:
        if name not in self._rows:
            place = self._places.get(name)
            row = _outside(name, self.kind) if place is None else named(place)
            if row is None:
                raise KeyError(name)
            self._rows[name] = row
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def outside() -> dict[str, str]:
    """Name of each model that another package brings, and which package; none is imported."""
    return {
        point.name: point.dist.name if point.dist else ""
        for point in _points()
        if not any(point.name in list(table) for table in TABLES)
    }


def package_of(table: Models[Any, Any], name: str) -> tuple[str, str]:
    """Distribution and version of the package that brings a model; ("", "") for one of ours."""
    if name in list(table):
        return "", ""
    return next((_package(point) for point in _points(name=name)), ("", ""))


def _package(point: "EntryPoint") -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("", "")


def _points(name: str = "") -> "EntryPoints":
    """Entries of installed packages, of one name or of all."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 20 ms that few need

    found = entry_points(group=GROUP)
    return found.select(name=name) if name else found


def _outside(name: str, kind: DeviceKind) -> Any:
    """The row of another package's model; None where there is none of this kind.

    Raises OptionsError where its package does not import, or brings something else.
    """
    for point in _points(name=name):
        package = " ".join(_package(point)) or point.value
        try:
            row = point.load()
        except OptionsError as error:
            raise OptionsError(f"model {name} of package {package}: {error}") from error
        except (Exception, SystemExit) as error:
            raise OptionsError(
                f"model {name} of package {package}: it cannot be imported: {error!r}; "
                "mend or remove that package"
            ) from error
        if not isinstance(row, Model) or row.name != name:
            raise OptionsError(
                f"model {name}: {point.value} is no instruments.model.Model of that name"
            )
        return row if row.kind == kind else None
    return None


LOAD_CELLS: Models[LoadCell, ForcePlant] = Models(
    "load_cells",
    {
        "keithley-dmm6500": "instruments.loadcell.keithley_dmm6500:MODEL",
        "labjack-t7": "instruments.loadcell.labjack_t7:MODEL",
        "labjack-t7-thermocouple": "instruments.loadcell.labjack_t7_thermocouple:MODEL",
        "laumas-tlb": "instruments.loadcell.laumas_tlb:MODEL",
        "adapter": "instruments.loadcell.adapter:MODEL",
        "ascii-stream": "instruments.loadcell.ascii_stream:MODEL",
        "modbus-map": "instruments.loadcell.modbus_map:MODEL",
        "scpi": "instruments.loadcell.scpi:MODEL",
        "mantracourt-dsc": "instruments.loadcell.mantracourt_dsc:MODEL",
        "mt-sics": "instruments.loadcell.mt_sics:MODEL",
    },
)
PRESSES: Models[Press, PressPlant] = Models(
    "press",
    {
        "alicat": "instruments.press.alicat:MODEL",
        "ep-regulator": "instruments.press.ep_regulator:MODEL",
        "isco-d": "instruments.press.isco_d:MODEL",
        "trinamic-tmcl": "instruments.press.trinamic_tmcl:MODEL",
        "zaber-ascii": "instruments.press.zaber_ascii:MODEL",
        "adapter": "instruments.press.adapter:MODEL",
        "modbus-map": "instruments.press.modbus_map:MODEL",
        "scpi": "instruments.press.scpi:MODEL",
    },
)
POTENTIOSTATS: Models[Potentiostat, CellPlant] = Models(
    "potentiostat",
    {
        "follow-file": "instruments.potentiostat.follow_file:MODEL",
        "keithley-2400": "instruments.potentiostat.keithley_2400:MODEL",
        "keithley-2450": "instruments.potentiostat.keithley_2450:MODEL",
        "labjack-t7-monitors": "instruments.potentiostat.labjack_t7_monitors:MODEL",
        "adapter": "instruments.potentiostat.adapter:MODEL",
        "palmsens-emstat4": "instruments.potentiostat.palmsens_emstat4:MODEL",
    },
)
TABLES: tuple[Models[Any, Any], ...] = (LOAD_CELLS, PRESSES, POTENTIOSTATS)
METERS = ("thermometer", "gauge")  # sections of a rig that take any model of load cells


def find(table: Models[Driver, Plant], name: str) -> Model[Driver, Plant]:
    """The model called `name`. Raises OptionsError that says which there are."""
    model = table.get(name)
    if model is None:
        raise _unknown(name, table)
    return model


def of_kind(kind: str, name: str) -> Model[Any, Any]:
    """The model called `name` of a section of a rig: `load_cells`, `press`, `potentiostat`, or one
    of `METERS`. Raises OptionsError."""
    return find(table_of(kind), name)


def table_of(kind: str) -> Models[Any, Any]:
    """The models that a section of a rig can have."""
    if kind in METERS:
        return LOAD_CELLS
    return next(table for table in TABLES if table.kind == kind)


def is_ours(kind: str, name: str) -> bool:
    """Whether a model of a section of a rig comes with this package."""
    return name in list(table_of(kind))


def find_any(name: str) -> Model[Any, Any]:
    """The model called `name`, of whichever kind. Raises OptionsError that says which there are."""
    for table in TABLES:
        model = table.get(name)
        if model is not None:
            return model
    raise _unknown(name, *TABLES)


def _unknown(name: str, *tables: Models[Any, Any]) -> OptionsError:
    others = [f"{other} (of {package})" for other, package in sorted(outside().items())]
    names = ", ".join([*sorted(set(chain(*tables))), *others])
    near = get_close_matches(name, chain(*tables, outside()), n=1)
    meant = f"did you mean {near[0]}? There" if near else "there"
    return OptionsError(f"no model is called {name!r}; {meant} are {names}")
