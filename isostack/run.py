"""A run, read from its record."""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from fixture.analysis.hold_error import HoldError, hold_error
from fixture.analysis.rows import Rows, rows, span
from fixture.analysis.spectra import Spectrum, spectra
from fixture.core.config import Config
from fixture.core.types import EventKind
from fixture.record.columns import CYCLES, log_table
from fixture.record.errors import RecordError
from fixture.record.parts import JoinedRecord
from isostack.follow import follow
from isostack.table import Array, Table, as_text

TIME = "test_time_second"
UNITS = {
    column.name: column.unit
    for table in (log_table(gauge=True), CYCLES)
    for column in table.columns
}
SHOWN = (
    "surface_pressure_pa", "stack_pressure_setpoint_pa", "voltage_volt", "current_ampere",
    "press_displacement_metre",
)  # fmt: skip
KINDS = {int(kind): kind.name.lower() for kind in EventKind}


class Picture:
    """A picture as PNG; a notebook shows it."""

    def __init__(self, png: bytes) -> None:
        self.png = png

    def save(self, path: str | Path) -> None:
        """Write it to `path`, over what is there."""
        Path(path).write_bytes(self.png)

    def _repr_png_(self) -> bytes:
        return self.png


class Run:
    """One run, open for reading: finished, still running, or cut off.

    It shows what had been written when it was opened; open it again for more. Columns are read when
    they are requested, and need the run to be open. Close it, or use it in a `with`.
    """

    def __init__(self, record: JoinedRecord) -> None:
        """Use `isostack.open`."""
        self._record = record
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; columns can no longer be read."""
        self._closed = True
        self._record.close()

    def __repr__(self) -> str:
        state = self.outcome or "not finished"
        missing = f", {len(self.missing)} missing" if self.missing else ""
        return f"<isostack.Run {self.name!r}, {state}, {len(self.files)} file(s){missing}>"

    @property
    def name(self) -> str:
        """The run's name."""
        return self._record.header.name

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the record: one, and another for each resume or write error."""
        return tuple(part.path for part in self._record.parts)

    @property
    def missing(self) -> tuple[str, ...]:
        """Parts of which nothing can be read, and why; the rest of the run is what is here."""
        return tuple(map(str, self._record.missing))

    @property
    def finished(self) -> bool:
        """Whether the run has ended and its record was closed in order."""
        return self._record.parts[-1].finished

    @property
    def outcome(self) -> str:
        """How the run ended, such as `done` or `tripped: force stale`; '' before that."""
        return self._record.parts[-1].outcome if self.finished else ""

    @property
    def profile(self) -> str:
        """The profile as it was given: YAML text."""
        return self._record.header.profile_text

    @property
    def rig(self) -> str:
        """The rig as it was given: YAML text."""
        return self._record.header.rig_text

    @property
    def config(self) -> Config:
        """The compiled configuration: numbers with the unit in the name, such as `area_mm2`."""
        return self._record.config

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package that made the record."""
        return dict(self._record.header.versions)

    @cached_property
    def log(self) -> Table:
        """The synchronized table: everything at the same instants, at the recording rate."""
        return self._table(UNITS, self._record.log, TIME)

    @cached_property
    def truth(self) -> Table:
        """What only a simulated rig knows, on the rows of `log`; without columns on a real rig."""
        units = {column.name: column.unit for column in self._record.parts[0].truth}
        return self._table(units, self._record.twin)

    @cached_property
    def cycles(self) -> Table:
        """One row for each cycle. One that goes on in another file has a row in both, each not
        `complete`; a file that was cut off lacks the row of the cycle that it was in."""
        return self._table(UNITS, self._record.cycles, "cycle")

    @cached_property
    def spectra(self) -> tuple[Spectrum, ...]:
        """The impedance spectra, in order: frequencies, complex impedances, and the pressure
        meanwhile. One that was cut off is there as far as it came."""
        self._check_open()
        return spectra(self._record)

    @cached_property
    def events(self) -> Table:
        """What happened, and when; `kind` and `text` are words."""
        names = (TIME, *(name for name in self._record.events if name != "t_ns"))
        return Table({name: UNITS.get(name, "") for name in names}, self._event_column, TIME)

    def _event_column(self, name: str) -> Array:
        self._check_open()
        events = self._record.events
        if name == TIME:
            return 1e-9 * events["t_ns"]
        if name == "kind":
            return np.array([KINDS.get(kind, str(kind)) for kind in events[name].tolist()], np.str_)
        return as_text(events[name])

    def hold_error(self) -> HoldError:
        """The error of pressure on the rows of `log`, % of the setpoint, once it has settled.

        `measured` by the load cells, `true` on a simulated rig (else None), and `gap`: what a press
        that stands still would have left, computed with the stiffness `gap_n_per_um`, N/µm. NaN
        where no pressure is held.
        """
        self._check_open()
        return hold_error(self._record)

    def rows(
        self,
        begin_s: float | None = None,
        end_s: float | None = None,
        pixels: int = 2000,
        names: Sequence[str] = SHOWN,
    ) -> Rows:
        """The log between two test times, s, in at most `pixels` stretches, for a picture.

        `minimum`, `maximum` and `mean` have the columns `names` of `log` or `truth`, `time_s` when
        each stretch begins. A month takes a fraction of a second. None: from the beginning, to the
        end. Raises KeyError for another name.
        """
        self._check_open()
        if unknown := sorted({*names} - {*self.log, *self.truth}):
            there = ", ".join({**self.log.units, **self.truth.units})
            raise KeyError(f"{', '.join(map(repr, unknown))}; the columns are {there}")
        first_s, last_s = span(self._record)
        begin_s = first_s if begin_s is None else begin_s
        return rows(self._record, begin_s, last_s if end_s is None else end_s, pixels, names)

    def follow(self) -> Iterator[dict[str, float]]:
        """Each row of `log` that is written after this run was opened, until the run ends.

        A row comes one to two seconds after it was measured. Ends too where the recorder has died
        and none has taken over for 10 s. Closing this run does not end it.
        """
        self._check_open()
        return follow(self.files[0], self._record.log.rows)

    def plot(self) -> Picture:
        """The picture that `isostack run` draws: pressure, voltage, current, position, error."""
        self._check_open()
        from fixture.analysis.picture import draw  # noqa: PLC0415 - matplotlib takes a second

        png = io.BytesIO()
        draw(self._record, png)
        return Picture(png.getvalue())

    def _table(
        self, units: Mapping[str, str], columns: Mapping[str, Array], axis: str = ""
    ) -> Table:
        def read(name: str) -> Array:
            self._check_open()
            return columns[name]

        return Table({name: units.get(name, "") for name in columns}, read, axis)

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"{self.name}: the run is closed; read within the 'with'")


def open_run(path: str | Path) -> Run:
    """Open the record `path` and the parts that follow it, also while the run goes on.

    Raises `isostack.RecordError` if it is no record, is damaged or cut short, or was written by a
    newer isostack; its text says what to do.
    """
    if Path(path).is_dir():
        there = ", ".join(sorted(file.name for file in Path(path).glob("*.h5"))) or "none"
        raise RecordError(f"{path} is a folder. Open a record in it, such as run.h5: {there}.")
    return Run(JoinedRecord.open(path))
