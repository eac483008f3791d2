"""A publisher within the test, and what lies on the broker after it."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import pytest

from fixture.lab import follow as follow_module
from fixture.lab import publisher as publisher_module
from fixture.lab import runs as runs_module
from fixture.lab.access import Access
from fixture.lab.broker import connected
from fixture.lab.claims import own_claim
from fixture.lab.messages import RunEvent, RunReport, event_of, report_of
from fixture.lab.names import Lab
from fixture.lab.publisher import Publisher, Told
from fixture.runtime.registry import Registry
from tests.lab.namespaces import enter

LAB = Lab("lab")
MACHINE = "press 1"


class Publishing:
    """A publisher in a thread."""

    def __init__(self, access: Access, registry: Registry, machine: str, inside: str) -> None:
        self.said: list[str] = []
        self.error: BaseException | None = None
        self._told = Told(access, LAB, machine, own_claim("host", "1", 1))
        self._registry, self._inside = registry, inside
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def stop(self) -> None:
        """Ctrl-C."""
        while self._thread.is_alive():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(1.0)

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _work(self) -> None:
        async def run() -> None:
            self._task = asyncio.current_task()
            await Publisher(self._told, self._registry, self.said.append).run()

        if self._inside:
            enter(self._inside)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(run())
            except asyncio.CancelledError:
                pass
            except Exception as error:  # noqa: BLE001 - the test looks at it
                self.error = error


@contextmanager
def publishing(
    access: Access, registry: Registry, machine: str = MACHINE, inside: str = ""
) -> Generator[Publishing]:
    """A publisher while the block runs, `inside` a network namespace."""
    made = Publishing(access, registry, machine, inside)
    try:
        yield made
    finally:
        made.stop()


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a recorder, and looks come often."""
    monkeypatch.setattr(runs_module, "LOOK_S", 0.05)
    monkeypatch.setattr(runs_module, "SPREAD_S", 0.0)
    monkeypatch.setattr(publisher_module, "RECORD_S", 0.1)
    monkeypatch.setattr(publisher_module, "BEAT_S", 0.1)
    monkeypatch.setattr(follow_module, "AGAIN_S", 0.1)


def stored_events(access: Access) -> list[RunEvent]:
    """Every event that the broker keeps, in order."""

    async def read() -> list[RunEvent]:
        async with connected(access, LAB, "test") as at:
            found: list[RunEvent] = []
            state = (await at.js.stream_info(LAB.events_stream)).state
            for number in range(state.first_seq, state.last_seq + 1) if state.messages else ():
                event = event_of((await at.js.get_msg(LAB.events_stream, number)).data or b"")
                assert event is not None
                found.append(event)
            return found

    return asyncio.run(read())


def stored_report(access: Access, run: str) -> RunReport | None:
    """How a run stands, as the broker keeps it."""

    async def read() -> RunReport | None:
        async with connected(access, LAB, "test") as at:
            bucket = await at.bucket(LAB.runs_bucket)
            assert bucket is not None
            return report_of((await bucket.get(LAB.key(MACHINE, run))).value or b"")

    return asyncio.run(read())
