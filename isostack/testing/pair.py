"""A driver and its emulator on a line in memory, and what breaks a rule."""

from collections.abc import Hashable, Mapping
from typing import Any

from instruments.emulators.faults import FaultyLine, faulty
from instruments.model import Model
from instruments.relink import Relink
from instruments.transport.reopening import Reopening
from isostack.testing.benches import BENCHES, Bench
from isostack.testing.line import MS, Line, Time

STEP_MS = 100.0  # between two reads


class Broken(Exception):  # noqa: N818 - a rule, not an error
    """What broke a rule."""


class Pair:
    """A driver and its emulator on a line."""

    def __init__(self, model: Model[Any, Any], told: Mapping[str, object], chunk: int = 0) -> None:
        self.name = model.name
        self.options = model.check(told)
        self.bench: Bench = BENCHES[model.kind]
        self.time = Time()
        self.plant = self.bench.plant(self.options)
        self.emulator = model.emulator(self.plant, told)
        self.faults: FaultyLine = faulty(self.emulator)
        self.line = Line(self.faults, self.time, chunk)
        self.again = Reopening(self.line, lambda: self.line, self.time, model.name)
        self.driver = model.driver(self.again, self.time, told)
        self.identity = self.driver.identify()
        self.bench.begin(self.driver)
        self.step_ms = max(STEP_MS, 1.5 * getattr(self.emulator, "period_ns", 0) / MS)
        self.at(0)
        self.read()

    def at(self, level: int) -> None:
        """Put the plant to a level; time goes on."""
        self.plant.level(level)
        self.wait()

    def wait(self) -> None:
        """Let the time between two reads pass."""
        self.time.t_ns += round(self.step_ms * MS)

    def read(self) -> Hashable:
        """What is read."""
        return self.bench.value(self.driver.read())

    def relink(self) -> None:
        """Open the line again, as a run does: same instrument, settings read back."""
        Relink(self.again, self.driver, self.identity, self.name)()
