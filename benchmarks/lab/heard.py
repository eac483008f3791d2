"""What comes over the broker: ticks of each run, how old each row is; and the events it keeps."""

import asyncio
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress

import numpy as np
from nats.aio.msg import Msg

from fixture.lab.access import Access
from fixture.lab.broker import Backoff, connected, in_words
from fixture.lab.errors import BrokerError
from fixture.lab.messages import MESSAGE_ID, LiveRow, rows_of
from fixture.lab.names import Lab

SIMULATED = "machine-"  # in the names of machines whose rows are timed


class Heard:
    """Listens to the rows of a laboratory in a thread, also after the broker was away."""

    def __init__(self, access: Access, lab: Lab) -> None:
        self.ticks: dict[str, list[int]] = defaultdict(list)
        self.at_s: dict[str, list[float]] = defaultdict(list)  # when each row was made
        self.late_s: list[tuple[float, float]] = []  # when a row was made, and how old it came
        self.ready = threading.Event()
        self._access, self._lab = access, lab
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self.ready.wait(10.0)

    def close(self) -> None:
        """End."""
        while self._thread.is_alive():
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())
            self._thread.join(1.0)

    def missing(self, until_s: float) -> int:
        """Ticks that did not come, of those made before a time."""
        lost = 0
        for name, ticks in self.ticks.items():
            made = [
                tick for tick, at_s in zip(ticks, self.at_s[name], strict=True) if at_s < until_s
            ]
            lost += max(made, default=-1) + 1 - len(set(made))
        return lost

    def count(self, until_s: float) -> int:
        """Rows that came, of those made before a time."""
        return sum(at_s < until_s for times in self.at_s.values() for at_s in times)

    def ages_ms(self, until_s: float) -> tuple[float, float]:
        """Median and 99th percentile of how old a row is when it comes, ms."""
        ages = [1e3 * late_s for at_s, late_s in self.late_s if at_s < until_s]
        return (float(np.percentile(ages, 50)), float(np.percentile(ages, 99))) if ages else NONE

    async def _row(self, message: Msg) -> None:
        now_s = time.monotonic()
        found = rows_of(message.data)
        if isinstance(found, LiveRow) and SIMULATED in message.subject:
            name, at_s = message.subject, found.row.t_s
            self.ticks[name].append(found.row.tick)
            self.at_s[name].append(at_s)
            self.late_s.append((at_s, now_s - at_s))

    async def _listen(self) -> None:
        self._task = asyncio.current_task()
        backoff = Backoff(0.2, 0.5)
        while True:
            with suppress(BrokerError):
                async with connected(self._access, self._lab, "benchmark") as at:
                    with in_words():
                        subject = self._lab.every_row
                        await at.client.subscribe(subject, cb=self._row, pending_msgs_limit=1 << 20)
                        await at.client.flush()
                    self.ready.set()
                    await at.lost.wait()
            await asyncio.sleep(backoff.next_s())

    def _work(self) -> None:
        with (
            suppress(asyncio.CancelledError),
            asyncio.Runner(loop_factory=lambda: self._loop) as runner,
        ):
            runner.run(self._listen())


NONE = (float("nan"), float("nan"))


async def _event_ids(access: Access, lab: Lab) -> Counter[str]:
    found: Counter[str] = Counter()
    async with connected(access, lab, "benchmark") as at:
        with in_words():
            count = (await at.js.stream_info(lab.events_stream)).state.messages
            if not count:
                return found
            kept = await at.js.subscribe(lab.every_event, ordered_consumer=True)
            for _ in range(count):
                message = await kept.next_msg(timeout=10.0)
                headers = message.headers or {}
                found[f"{message.subject} {headers.get(MESSAGE_ID)}"] += 1
    return found


def event_ids(access: Access, lab: Lab) -> Counter[str]:
    """How often the broker has each event."""
    return asyncio.run(_event_ids(access, lab))


def events_kept(access: Access, lab: Lab) -> int:
    """How many events the broker has."""

    async def count() -> int:
        async with connected(access, lab, "benchmark") as at:
            with in_words():
                return (await at.js.stream_info(lab.events_stream)).state.messages

    return asyncio.run(count())
