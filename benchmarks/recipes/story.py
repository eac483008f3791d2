"""What a record of a recipe says, as numbers: pressures reached, resistances, holds, damage."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixture.analysis.hold_error import HoldFigures, last_hold
from fixture.cli.report.measured import measured
from fixture.core.config import Config
from fixture.core.types import EventKind
from fixture.record.reader import Record

Array = NDArray[np.float64]
LAST_S = 10.0  # of a level: its end, where a mean is taken
JUDGED_MPA = 10.0  # overshoot is judged above this: one slip of a press for 60 kN is 1.8 % of it


class Story:
    """One record, read whole."""

    def __init__(self, path: Path) -> None:
        with Record.open(path) as record:
            self.config: Config = record.config
            self.outcome = record.outcome
            self.log = {name: record.log[name] for name in record.log}
            self.twin = {name: record.twin[name] for name in record.twin}
            self.cycles = dict(record.cycles)
            self.events = dict(record.events)
            self.measured: list[dict[str, Any]] = measured(record)
            self.hold: HoldFigures | None = last_hold(record)
        self._setpoint_mpa = 1e-6 * self.log["stack_pressure_setpoint_pa"]

    def stretches(self) -> list[slice]:
        """Rows of each setpoint, in order."""
        setpoint = self._setpoint_mpa
        edges = np.flatnonzero(setpoint[1:] != setpoint[:-1]) + 1
        bounds = [0, *edges.tolist(), len(setpoint)]
        return [slice(a, b) for a, b in pairwise(bounds) if setpoint[a] > 0.0]

    def reached_mpa(self, mpa: float) -> float:
        """True pressure at the end of the first stretch at a setpoint; NaN without one."""
        for rows in self.stretches():
            if abs(self._setpoint_mpa[rows.start] - mpa) < 1e-6 * mpa:
                true = 1e-6 * self.twin["true_pressure_pa"][rows]
                time_s = self.log["test_time_second"][rows]
                return float(true[time_s >= time_s[-1] - LAST_S].mean())
        return float("nan")

    def off_percent(self, mpa: float) -> float:
        """How far the end of the stretch at a setpoint is from it, true, %."""
        return 100.0 * (self.reached_mpa(mpa) / mpa - 1.0)

    def overshoot_percent(self) -> float:
        """The most by which the true pressure passed a setpoint that it rose to, %."""
        worst, before = 0.0, 0.0
        for rows in self.stretches():
            aim = float(self._setpoint_mpa[rows.start])
            if aim > before and aim > JUDGED_MPA:
                top = 1e-6 * float(self.twin["true_pressure_pa"][rows].max())
                worst = max(worst, 100.0 * (top / aim - 1.0))
            before = aim
        return worst

    def found(self, what: str) -> list[dict[str, Any]]:
        """Everything measured of a kind, in order."""
        return [one for one in self.measured if one["what"] == what]

    def values(self, what: str) -> list[float]:
        """Their numbers; one NaN where there is none."""
        return [float(one["value"]) for one in self.found(what)] or [float("nan")]

    def most(self, column: str) -> float:
        """The largest of a column of the truth; NaN where nothing is known."""
        known = self.twin[column][~np.isnan(self.twin[column])]
        return float(known.max()) if len(known) else float("nan")

    def ranges(self) -> list[int]:
        """Load cells in series, as they came to be believed one after the other."""
        events = self.events
        return events["code"][events["kind"] == EventKind.RANGE].tolist()
