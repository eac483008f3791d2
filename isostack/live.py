"""A run that goes on: watch it and stop it, from a script or a notebook."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from fixture.record.errors import RecordError
from fixture.runtime.link.client import Client
from fixture.runtime.link.messages import End, History, Live, Note, Row
from fixture.runtime.registry import RunState, run_folder, whole_path
from isostack.run import Run, open_run


class Watched(NamedTuple):
    """What a live run says about ten times a second."""

    row: dict[str, object]  # such as `t_s`, `pressure_mpa`; None: not known
    events: list[str]  # in words, since the row before


class LiveRun:
    """A run of this machine, reached through its link. Leaving it changes nothing in the run."""

    def __init__(self, folder: Path) -> None:
        """Use `isostack.connect`."""
        self.folder = folder
        self.name = RunState.read(folder).name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held between calls."""

    def __repr__(self) -> str:
        return f"<isostack.LiveRun {self.name!r}, {self.state}>"

    @property
    def state(self) -> str:
        """The phase, such as `running` or `tripped`; once it is over, how it ended."""
        found = RunState.read(self.folder)
        return found.outcome or found.phase

    def watch(self, history_s: float = 0.0) -> Iterator[Watched]:
        """Each new row until the run ends, after those of the last `history_s` s (0 to 60).

        Raises `isostack.RunError` if the run cannot be reached or stops answering.
        """
        with Client.connect(self.folder) as client:
            for message in client.watch(history_s):
                match message:
                    case History(rows, events) if history_s > 0.0:
                        yield from _history(rows, events)
                    case Live(row, events):
                        yield Watched(msgspec.structs.asdict(row), [one.text for one in events])
                    case End() | History():
                        pass

    def stop(self) -> str:
        """Request a stop: open circuit, then the rig's safe state. Returns the run's answer.

        It goes on to unload or hold as the rig says; `watch` shows it until the end. Raises
        RunError if the run cannot be reached or refuses.
        """
        with Client.connect(self.folder) as client:
            return client.request("stop").text

    def open(self) -> Run:
        """Its record as it is now, all parts. Raises RecordError before there is one."""
        path = whole_path(self.folder, self.name)
        if path is None:
            raise RecordError(f"{self.folder}: no record yet. Try again in a moment.")
        return open_run(path)


def _history(rows: tuple[Row, ...], events: tuple[Note, ...]) -> Iterator[Watched]:
    """The rows that were, each with the events since the one before it."""
    before = -1
    for row in rows:
        texts = [one.text for one in events if before < one.tick <= row.tick]
        yield Watched(msgspec.structs.asdict(row), texts)
        before = row.tick


def connect(run: str | Path) -> LiveRun:
    """The run of this name, or in this directory. It need not go on any more.

    Raises `isostack.RunError` if there is none; `isostack ls` lists them.
    """
    return LiveRun(run_folder(str(run)))
