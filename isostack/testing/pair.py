"""A driver and its emulator on a line in memory, and what breaks a rule."""

from collections.abc import Hashable, Mapping
from typing import Any

from instruments.emulators.faults import FaultyLine, faulty
from instruments.model import Model
from instruments.relink import Relink
from instruments.transport.reopening import Reopening
from isostack.testing.benches import BENCHES, FOLLOWED, Bench
from isostack.testing.line import MS, Line, Time

FIRST = 5  # reads until there is a value
STEP_MS = 100.0  # between two reads


def is_followed(model: Model[Any, Any], options: Any) -> bool:
    """Whether another program drives the cell."""
    return model.observes or bool(getattr(options, "observe", False))


class Broken(Exception):  # noqa: N818 - a rule, not an error
    """What broke a rule."""


class Pair:
    """A driver and its emulator on a line."""

    def __init__(self, model: Model[Any, Any], told: Mapping[str, object], chunk: int = 0) -> None:
        self.name = model.name
        self.options: Any = model.check(told)
        self.bench: Bench = FOLLOWED if is_followed(model, self.options) else BENCHES[model.kind]
        self.time = Time()
        self.plant = self.bench.plant(self.options)
        self.emulator = model.emulator(self.plant, told)
        self.faults: FaultyLine = faulty(self.emulator)
        self.line = Line(self.faults, self.time, chunk)
        self.again = Reopening(self.line, lambda: self.line, self.time, model.name)
        self.driver = model.driver(self.again, self.time, told)
        self.identity = self.driver.identify()
        self.bench.begin(self.driver, self.plant)
        every_ms = getattr(self.options, "emulated_every_ms", 0.0)  # of a table that grows
        self.step_ms = max(STEP_MS, 1.5 * getattr(self.emulator, "period_ns", 0) / MS, every_ms)
        self.at(0)
        for _ in range(FIRST):
            if not getattr(self.driver.read(), "absent", False):
                break
            self.wait()

    def at(self, level: int) -> None:
        """Put the plant to a level; time goes on."""
        self.plant.level(level)
        self.wait()

    def wait(self) -> None:
        """Let the time between two reads pass."""
        self.time.t_ns += round(self.step_ms * MS)
        tick = getattr(self.emulator, "tick", None)
        if tick is not None:
            tick(self.time.t_ns)

    def read(self) -> Hashable:
        """What is read."""
        return self.bench.value(self.driver.read())

    def relink(self) -> None:
        """Open the line again, as a run does: same instrument, settings read back."""
        Relink(self.again, self.driver, self.identity, self.name)()
