"""Runs that are only a link and a state: what an observer sees of a fixture, without a controller.

Many in one thread, each with the real server of the link behind a real socket, its directory, its
`state.json` and its place in the list. `python -m tests.lab.simulated` serves them as a process of
its own, for the benchmark: rows at a rate, an event each second, until its standard input ends.
"""

import os
import selectors
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import msgspec

from fixture.runtime.link.address import Peer
from fixture.runtime.link.messages import Note, RequestMessage, Row
from fixture.runtime.link.server import LinkServer, Reply
from fixture.runtime.process import Process, this_machine
from fixture.runtime.registry import Registry, RunState


def row(tick: int, t_s: float, pressure_mpa: float = 15.0) -> Row:
    """A row of a run that holds its pressure."""
    return Row(
        tick, t_s, "running", "none", 0, 1, pressure_mpa, 15.0, 1178.0, 160.0, 3.4, 0.785, 22.0, 40
    )


def note(tick: int, t_s: float, kind: str = "step begin", code: int = 1) -> Note:
    """An event."""
    return Note(tick, t_s, kind, code, None, f"{kind} {code}")


class SimulatedRun:
    """One run; calls of one thread."""

    def __init__(self, folder: Path, name: str, selector: selectors.BaseSelector) -> None:
        folder.mkdir(parents=True)
        self.folder, self.name = folder, name
        self.refused = 0
        self._lock = threading.Lock()
        me = Process.of(os.getpid())
        self._state = RunState(
            name, str(folder), me, me, phase="running", tick=0, pressure_mpa=15.0,
            setpoint_mpa=15.0, voltage_v=3.4, machine=this_machine(),
        )  # fmt: skip
        self.state()
        self.server = LinkServer(folder, name, self, selector, time.monotonic_ns)

    def submit(self, who: Peer, request: RequestMessage, reply: Reply) -> None:
        """Nobody may request anything of these."""
        self.refused += 1

    def state(self, **changes: object) -> None:
        """Replace `state.json`."""
        with self._lock:
            self._state = msgspec.structs.replace(self._state, unix_ns=time.time_ns(), **changes)
            self._state.write(self.folder)

    def close(self, outcome: str = "done") -> None:
        """The run is over."""
        self.server.close()
        self.state(outcome=outcome, supervisor=Process(), control=Process())


class Fixtures:
    """Simulated runs, served by a thread; what is posted is done there."""

    def __init__(self, folder: Path, names: Sequence[str], registry: Registry) -> None:
        self._selector = selectors.DefaultSelector()
        self._posted: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._selector.register(self._wake, selectors.EVENT_READ, self._act)
        self.runs = {
            name: SimulatedRun(folder / f"{number}", name, self._selector)
            for number, name in enumerate(names)
        }
        for run in self.runs.values():
            registry.enter(run.name, run.folder)
        self._ended, self._over = False, threading.Event()
        self._states = threading.Thread(target=self._state)  # a disk that is slow delays no row
        self._states.start()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def post(self, act: Callable[[], None]) -> None:
        """Have it done by the thread that serves."""
        self._posted.put(act)
        os.eventfd_write(self._wake, 1)

    def say(self, name: str, shown: Row, *events: Note) -> None:
        """A row of a run, with what happened before it."""
        server = self.runs[name].server

        def act() -> None:
            for event in events:
                server.note(event)
            server.publish(shown)

        self.post(act)

    def close(self) -> None:
        """All runs end."""

        def act() -> None:
            self._ended = True
            for run in self.runs.values():
                run.close()

        self._over.set()
        self._states.join()
        self.post(act)
        self._thread.join()
        self._selector.close()
        os.close(self._wake)

    def _act(self, mask: int) -> None:
        os.eventfd_read(self._wake)
        while not self._posted.empty():
            self._posted.get()()

    def _state(self) -> None:
        while not self._over.wait(1.0):
            for run in self.runs.values():
                run.state()

    def _work(self) -> None:
        while not self._ended:
            for key, mask in self._selector.select(0.25):
                key.data(mask)
            for run in [] if self._ended else self.runs.values():
                run.server.poll(time.monotonic_ns())


@contextmanager
def fixtures(folder: Path, names: Sequence[str], registry: Registry) -> Generator[Fixtures]:
    """Simulated runs while the block runs."""
    made = Fixtures(folder, names, registry)
    try:
        yield made
    finally:
        made.close()


def main(folder: str, count: str, rate: str, seconds: str) -> None:
    """Serve `count` runs at `rate` Hz for `seconds`, from the time that standard input says: s of
    the monotonic clock. The test time of a row is the monotonic clock at which it was made."""
    names = [f"run-{number}" for number in range(int(count))]
    made = Fixtures(Path(folder), names, Registry.of_user())
    print("ready", flush=True)
    try:
        begin = sys.stdin.readline()
        if begin:
            _act(made, names, float(begin), float(rate), float(seconds))
            print("done", flush=True)
            sys.stdin.read()
    finally:
        made.close()


def _act(
    made: Fixtures, names: Sequence[str], first_s: float, rate_hz: float, seconds: float
) -> None:
    """Rows of all runs, spread over each period, and an event each second."""
    period_s, each = 1.0 / rate_hz, round(rate_hz)
    for tick in range(round(seconds * rate_hz)):
        for number, name in enumerate(names):
            due_s = first_s + period_s * (tick + number / len(names))
            time.sleep(max(0.0, due_s - time.monotonic()))
            now_s = time.monotonic()
            events = [note(tick, now_s)] if tick % each == number % each else []
            made.say(name, row(tick, now_s), *events)


if __name__ == "__main__":
    main(*sys.argv[1:])
