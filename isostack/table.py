"""Columns of equal length by name, with their units."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ReadColumn = Callable[[str], Array]


class Table(Mapping[str, Array]):
    """Columns by name; a column is a new numpy array each time that it is read.

    It is a mapping, so that `pandas.DataFrame(dict(table))` works.
    """

    def __init__(self, units: dict[str, str], read: ReadColumn) -> None:
        self._read = read
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

    def __repr__(self) -> str:
        columns = [f"{name} / {unit}" if unit else name for name, unit in self.units.items()]
        return f"Table of {self.rows} rows: {', '.join(columns)}"


def as_text(column: Array) -> Array:
    """Bytes as text."""
    return np.char.decode(column, "utf-8") if column.dtype.kind == "S" else column
