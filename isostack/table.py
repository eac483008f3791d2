"""Columns of equal length by name, with their units."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = NDArray[Any]
ReadColumn = Callable[[str], Array]


class Table(Mapping[str, Array]):
    """Columns by name; a column is a new numpy array each time that it is read.

    `axis` is that of the others.
    """

    def __init__(self, units: dict[str, str], read: ReadColumn, axis: str = "") -> None:
        self._read = read
        self.axis = axis
        """The column on which the others depend; '' where there is none."""
        self.units = units
        """The unit of each column by its name; '1' or '' for a number without one."""

    def __getitem__(self, name: str) -> Array:
        """The column `name`. Raises KeyError where there is none."""
        if name not in self.units:
            raise KeyError(f"{name!r}; the columns are {', '.join(self.units)}")
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.units)

    def __len__(self) -> int:
        """The number of columns; `rows` is that of the rows."""
        return len(self.units)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self[next(iter(self))]) if self.units else 0

    def to_pandas(self) -> "pd.DataFrame":
        """All columns as a pandas DataFrame; `attrs["units"]` has the units.

        The axis, such as `test_time_second`, is its index, unless there is none. Raises
        ImportError without pandas.
        """
        pandas = _extra("pandas")
        frame: pd.DataFrame = pandas.DataFrame({name: self[name] for name in self})
        frame.attrs["units"] = dict(self.units)
        return frame.set_index(self.axis) if self.axis else frame

    def to_xarray(self) -> "xr.Dataset":
        """All columns as an xarray Dataset on the axis, such as `test_time_second`, else `row`.

        Each variable has its `units`. Raises ImportError without xarray.
        """
        xarray = _extra("xarray")
        along = (self.axis or "row",)
        variables = {name: (along, self[name], {"units": self.units[name]}) for name in self}
        return xarray.Dataset(variables)

    def __repr__(self) -> str:
        columns = [f"{name} / {unit}" if unit else name for name, unit in self.units.items()]
        return f"Table of {self.rows} rows: {', '.join(columns)}"


def as_text(column: Array) -> Array:
    """Bytes as text; what is none, as at the end of a text that was cut, reads U+FFFD."""
    return np.char.decode(column, "utf-8", "replace") if column.dtype.kind == "S" else column


def _extra(package: str) -> Any:
    """A package that only notebooks need, which takes seconds to load."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(
            f"{package} is not installed. Install what notebooks need: "
            "pip install 'isostack[notebook]'"
        ) from error
