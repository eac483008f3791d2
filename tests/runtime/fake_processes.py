"""Processes that behave as control, recorder and supervisor do from outside, and nothing more.

`python -m tests.runtime.fake_processes ROLE RUNDIR OPTIONS`. What control does after so many ticks
is in the environment: FAKE_TRIP, FAKE_END, FAKE_DIE (ticks), FAKE_NEVER (fails before the first).
FAKE_SLOW: ticks that it takes to end once it has got SIGTERM.
"""

import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from functools import partialmethod
from pathlib import Path

from fixture.core.safety.trips import Trip
from fixture.core.types import Event, EventKind, Phase, Refusal, Request
from fixture.frame.codec import decode, encode
from fixture.frame.ring import Ring
from fixture.frame.status_page import StatusPage
from fixture.runtime.at_rest import READ_BACK
from fixture.runtime.run_spec import RunSpec
from fixture.runtime.say import say
from fixture.runtime.supervisor import failsafe, run_trouble
from fixture.runtime.supervisor import supervise as supervisor
from fixture.runtime.supervisor.request_queue import RequestQueue
from tests.runtime.fake_frames import frame

NEVER = 1 << 60
TAKEN = {Request.JOG, Request.HOLD, Request.RESUME, Request.SKIP, Request.SETPOINT}
REQUEST = struct.Struct("<qqd")


def command(role: str) -> tuple[str, ...]:
    """How to start one of these."""
    return (sys.executable, "-m", "tests.runtime.fake_processes", role)


def option(arguments: Sequence[str], name: str) -> int:
    return int(arguments[arguments.index(name) + 1])


def after(name: str) -> int:
    return int(os.environ.get(name, NEVER))


class Control:
    """Ticks, stamps the status page, answers requests."""

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self.tick_ns = RunSpec.read(folder).config.tick_ns
        self.ring = Ring.attach(option(arguments, "--ring"))
        self.status_page = StatusPage.attach(option(arguments, "--status-page"))
        self.requests = socket.socket(fileno=option(arguments, "--requests"))
        self.requests.setblocking(False)
        self.phase, self.trip, self.stop = Phase.RUNNING, Trip.NONE, False
        self.slow = int(os.environ.get("FAKE_SLOW", "0"))
        signal.signal(signal.SIGTERM, self.asked)

    def asked(self, *_: object) -> None:
        self.stop = True

    def run(self) -> int:
        start_ns = time.monotonic_ns()
        self.status_page.set("start_ns", start_ns)
        tick = 0
        while self.phase != Phase.ENDED:
            t_ns = tick * self.tick_ns
            time.sleep(max(0.0, (start_ns + t_ns - time.monotonic_ns()) / 1e9))
            events = self.happen(tick, t_ns)
            shown = frame(tick, t_ns, self.phase, int(self.trip), events, 5.0 + tick % 7)
            self.ring.put(encode(shown).payload)
            self.status_page.set("phase", int(self.phase))
            self.status_page.set("control_ns", start_ns + t_ns)
            tick += 1
        say(f"control: {READ_BACK}")
        self.status_page.set("read_back", 1)
        return 0

    def happen(self, tick: int, t_ns: int) -> tuple[Event, ...]:
        if tick == after("FAKE_DIE"):
            sys.exit(7)
        if tick == after("FAKE_TRIP"):
            self.phase, self.trip = Phase.TRIPPED, Trip.OVER_FORCE
            return (Event(t_ns, tick, int(EventKind.TRIP), int(Trip.OVER_FORCE), 6100.0),)
        if tick == after("FAKE_END"):
            self.phase = Phase.ENDED
        if self.stop and self.slow:
            self.slow -= 1
        elif self.stop:
            self.phase = Phase.ENDED
            return (Event(t_ns, tick, int(EventKind.REQUEST), int(Request.STOP), 0.0),)
        return self.answer(tick, t_ns)

    def answer(self, tick: int, t_ns: int) -> tuple[Event, ...]:
        try:
            message = self.requests.recv(REQUEST.size)
        except BlockingIOError:
            return ()
        if not message:  # the supervisor is gone
            return ()
        _, code, value = REQUEST.unpack(message)
        taken = code == Request.STOP or (code == Request.RESET and self.trip)
        if taken:
            self.phase = Phase.ENDED
        if taken or code in TAKEN:
            return (Event(t_ns, tick, int(EventKind.REQUEST), code, value),)
        why = Refusal.NO_TRIP if code == Request.RESET else Refusal.SEQUENCE_RUNS
        return (
            Event(t_ns, tick, int(EventKind.REFUSED), code, value),
            Event(t_ns, tick, int(EventKind.REASON), int(why), float("nan")),
        )


def control(folder: Path, arguments: Sequence[str]) -> int:
    if "FAKE_NEVER" in os.environ:
        say("control: press: nobody answers")
        return 3
    return Control(folder, arguments).run()


def recorder(folder: Path, arguments: Sequence[str]) -> int:
    """Counts the frames; one line of its count when it has finished."""
    ending: list[int] = []

    def end(*_: object) -> None:
        ending.append(1)

    signal.signal(signal.SIGTERM, end)
    reader = Ring.attach(option(arguments, "--ring")).reader()
    status_page = StatusPage.attach(option(arguments, "--status-page"))
    count, ended = 0, False
    status_page.set("part", status_page.get("part") + 1)
    while True:
        status_page.set("recorder_ns", time.monotonic_ns())
        batch = reader.take(1000)
        count += len(batch)
        ended |= any(decode(payload).status.phase == Phase.ENDED for _, payload in batch)
        if not batch and (ended or ending):
            break
        time.sleep(0.005)
    with (folder / "recorded").open("a", encoding="ascii") as file:
        file.write(f"{count} {reader.lost}\n")
    status_page.set("recorded", 1)
    return 0


def broken(queue: RequestQueue, file: Path, now_ns: int) -> None:
    del queue, now_ns
    if file.exists():
        raise ZeroDivisionError


def supervised(folder: Path, arguments: Sequence[str]) -> int:
    """The real supervisor, with the recorder above.

    FAKE_FULL: every disk is nearly full to it; FAKE_HURRY: it allows no time for unloading;
    FAKE_BROKEN: an error of its own in each poll, once the run's directory has a file `broken`, and
    no patience with what it ends.
    """
    del arguments
    if "FAKE_BROKEN" in os.environ:
        RequestQueue.poll = partialmethod(broken, folder / "broken")  # type: ignore[method-assign]
        supervisor.END_S = 0.01
    if "FAKE_FULL" in os.environ:
        run_trouble.LOW_BYTES = NEVER
    if "FAKE_HURRY" in os.environ:
        failsafe.SPARE_NS = -NEVER
    return supervisor.supervise(folder, command("recorder"))


ROLES = {"control": control, "recorder": recorder, "supervisor": supervised}

if __name__ == "__main__":
    sys.exit(ROLES[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:]))
