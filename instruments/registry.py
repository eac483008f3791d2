"""Which models there are: the only place where a model's name meets its code.

Rules: one row a model. The rest of the program finds a row by name and calls `driver` and
`emulator`; options are a plain mapping of numbers, checked here against the model's own frozen
Struct: unknown keys, wrong types and values out of range are errors that name the field.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from instruments.emulators.keithley_2450 import Keithley2450Emulator
from instruments.emulators.laumas_tlb import LaumasTlbEmulator
from instruments.emulators.trinamic_tmcl import TrinamicTmclEmulator
from instruments.loadcell.laumas_tlb import LaumasTlb, LaumasTlbOptions
from instruments.options import LinkOptions
from instruments.potentiostat.keithley_2450 import Keithley2450, Keithley2450Options
from instruments.press.trinamic_tmcl import TrinamicTmcl, TrinamicTmclOptions
from instruments.protocols import (
    CellPlant,
    Clock,
    Emulator,
    ForcePlant,
    LoadCell,
    Potentiostat,
    Press,
    PressPlant,
    Transport,
)

Driver = TypeVar("Driver")
Plant = TypeVar("Plant")
Options = Mapping[str, object]


class OptionsError(ValueError):
    """A model that is not known, or options that do not fit it."""


class Model(NamedTuple, Generic[Driver, Plant]):
    """One model: its options and both sides of its wire."""

    name: str
    options: type[LinkOptions]
    make_driver: Callable[[Transport, Clock, Any], Driver]
    make_emulator: Callable[[Plant, Any], Emulator]

    def check(self, options: Options) -> LinkOptions:
        """`options` as the model's own frozen Struct. Raises OptionsError."""
        try:
            return msgspec.convert(options, self.options)
        except msgspec.ValidationError as error:
            fields = ", ".join(self.options.__struct_fields__)
            raise OptionsError(f"{self.name}: {error}; its options are {fields}") from None

    def driver(self, transport: Transport, clock: Clock, options: Options) -> Driver:
        """A driver on `transport`. Raises OptionsError."""
        return self.make_driver(transport, clock, self.check(options))

    def emulator(self, plant: Plant, options: Options) -> Emulator:
        """The other side of the wire, over `plant`. Raises OptionsError."""
        return self.make_emulator(plant, self.check(options))


LOAD_CELLS: dict[str, Model[LoadCell, ForcePlant]] = {
    "laumas-tlb": Model("laumas-tlb", LaumasTlbOptions, LaumasTlb, LaumasTlbEmulator),
}
PRESSES: dict[str, Model[Press, PressPlant]] = {
    "trinamic-tmcl": Model(
        "trinamic-tmcl", TrinamicTmclOptions, TrinamicTmcl, TrinamicTmclEmulator
    ),
}
POTENTIOSTATS: dict[str, Model[Potentiostat, CellPlant]] = {
    "keithley-2450": Model(
        "keithley-2450", Keithley2450Options, Keithley2450, Keithley2450Emulator
    ),
}


def find(table: Mapping[str, Model[Driver, Plant]], name: str) -> Model[Driver, Plant]:
    """The model called `name`. Raises OptionsError that says which there are."""
    model = table.get(name)
    if model is None:
        raise OptionsError(f"no model is called {name!r}; there are {', '.join(sorted(table))}")
    return model
