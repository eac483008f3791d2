"""What turns a plan on its twin in lockstep, through the bytes, and keeps every frame."""

from collections.abc import Callable

from fixture.cli import launch
from fixture.cli.launch import ReadyRig
from fixture.config.resolve import RunPlan
from fixture.core.types import EventKind, Request
from fixture.frame.frame import Frame
from fixture.runtime import lockstep
from fixture.runtime.lockstep import Hooks, Outcome
from fixture.runtime.tick import OperatorRequest


class Memory:
    """A recorder that keeps everything."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.checkpoints: list[int] = []
        self.synced = 0

    def append(self, frame: Frame, truth: tuple[float, ...]) -> None:
        assert truth
        self.frames.append(frame)

    def checkpoint(self, tick: int, payload: bytes) -> None:
        assert payload
        self.checkpoints.append(tick)

    def sync(self) -> int:
        self.synced += 1
        return self.frames[-1].sample.tick

    def kinds(self) -> list[int]:
        """Kinds of the events so far."""
        return [event.kind for frame in self.frames for event in frame.events]

    def codes(self, kind: EventKind) -> list[int]:
        """Codes of the events of a kind so far."""
        return [e.code for frame in self.frames for e in frame.events if e.kind == kind]


class Counting:
    """A wall clock that passes 10 ms at each look."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        self.now_ns += 10_000_000
        return self.now_ns


def ignore(_: object) -> None:
    """Somebody who is told and does nothing."""


def run_lockstep(
    found: RunPlan,
    recorder: Memory,
    stop_at: int = -1,
    prepare: Callable[[ReadyRig], None] = ignore,
) -> Outcome:
    """Run a plan on its twin, made ready by `prepare`; optionally ask to stop at a tick."""
    rig = launch.simulated(found)
    prepare(rig)
    rig.ports.open()
    ticks = iter(range(10_000_000))

    def request() -> OperatorRequest:
        return OperatorRequest(Request.STOP) if next(ticks) == stop_at else OperatorRequest()

    hooks = Hooks(Counting(), request, ignore, ignore)
    return lockstep.run(found.config, rig.ports, rig.world, recorder, hooks)
