"""A whole page server on a stored record and a made-up live run, without a socket."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from fixture.analysis.rows import Rows
from fixture.core.config import Config
from fixture.runtime.link.client import RefusedError
from fixture.runtime.link.messages import Answer, End, Note, RequestName, Row
from fixture.runtime.registry import Registry
from fixture.view.live import LiveSource
from fixture.view.web.access import Access
from fixture.view.web.app import application
from fixture.view.web.catalogue import Catalogue, Opened

PORT = 8421
ORIGIN = f"http://127.0.0.1:{PORT}"
KEY = "k" * 43


class FakeLive(LiveSource):
    """A run that says what a test tells it to."""

    def __init__(self) -> None:
        self.name, self.role = "cell-7", "operate"
        self.now: Row | None = row(0)
        self.end: End | None = None
        self.trouble = ""
        self.config: Config | None = None
        self.header = None
        self.heard: list[tuple[RequestName, float, str]] = []
        self.refuses = ""
        self.notes: list[Note] = [Note(0, 0.0, "start", 4, 0.0, "start: core version 4")]

    def events(self) -> Sequence[Note]:
        return self.notes

    def span(self) -> tuple[float, float]:
        return 0.0, 100.0

    def rows(self, begin_s: float, end_s: float, pixels: int, names: Sequence[str]) -> Rows:
        time_s = np.linspace(begin_s, end_s, pixels)
        values = {name: np.sin(time_s) for name in names}
        return Rows(time_s, values, {name: v + 1.0 for name, v in values.items()}, 60, values)

    def request(self, request: RequestName, value: float = 0.0, text: str = "") -> Answer:
        if self.refuses:
            raise RefusedError(self.refuses)
        self.heard.append((request, value, text))
        return Answer(1, request, True, f"{request} accepted", 17)

    def close(self) -> None:
        pass


class FakeCatalogue(Catalogue):
    """A catalogue with one live run beside records."""

    def __init__(self, folder: Path, records: dict[str, Path]) -> None:
        self.ns = 0
        super().__init__(Registry(folder / "runs"), records, lambda: self.ns, lambda: 10**18)
        self.run = FakeLive()

    def _opened(self, name: str) -> Opened:
        return Opened(self.run, "") if name == self.run.name else super()._opened(name)


class Served:
    """An application, its token, and browsers."""

    def __init__(self, folder: Path, records: dict[str, Path]) -> None:
        self.used = 0
        self.access = Access(KEY, self._count)
        self.catalogue = FakeCatalogue(folder, records)
        self.closing = False
        self.app: ASGIApp = application(
            self.catalogue, self.access, PORT, closing=lambda: self.closing
        )

    def stranger(self) -> TestClient:
        """A browser that has not been let in."""
        return TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=True)

    def browser(self) -> TestClient:
        """One that has."""
        client = self.stranger()
        client.get("/", params={"token": self.access.token})
        return client

    def _count(self) -> None:
        self.used += 1


def row(tick: int) -> Row:
    """A row of a run that holds 15 MPa."""
    return Row(
        tick, 0.1 * tick, "running", "none", 0, 1, 15.0, 15.0, 1178.0, 160.0, 3.4, 0.785, 22.0, 40
    )
