"""A run that stands still until it is told to go on."""

from collections.abc import Sequence

import msgspec
import numpy as np

from fixture.analysis.rows import Rows
from fixture.core.config import Config
from fixture.record.header import Header
from fixture.runtime.link.client import RefusedError
from fixture.runtime.link.messages import Answer, End, Note, RequestName, Row
from fixture.view.playback import Playback
from tests.record.synthetic import make_config

ROW = Row(
    tick=100, t_s=10.0, phase="running", trip="none", step=1, cycle=2, pressure_mpa=14.998,
    setpoint_mpa=15.0, force_n=1178.0, position_um=605.4, voltage_v=3.2801, current_ma=0.785,
    temperature_c=23.4, late_us=52, tilt=0.066, stiffness_n_per_um=8.4, breathing_um_per_c=0.5,
    lag_s=20.0, friction_um=0.43, slip_mpa=0.057,
)  # fmt: skip


def note(t_s: float, kind: str, text: str, code: int = 0) -> Note:
    return Note(round(10 * t_s), t_s, kind, code, None, text)


class FakeRun:
    """A run that is watched, operated and played."""

    def __init__(self) -> None:
        self.name = "one"
        self.config: Config | None = make_config()
        self.header: Header | None = None
        self.now: Row | None = ROW
        self.end: End | None = None
        self.trouble = ""
        self.notes: Sequence[Note] = (
            note(1.0, "step begin", "step begin: step 1 (step count 1)"),
            note(4.0, "cycle begin", "cycle begin: 1", 1),
            note(7.0, "slip", "slip: +0.05 MPa"),
        )
        self.sent: list[tuple[str, float, str]] = []
        self.refuses = ""
        self.asked: list[tuple[float, float, int]] = []
        self.wall_ns = 0
        self.playback = Playback(lambda: self.wall_ns, 0.0, 10.0)

    def change(self, **fields: object) -> None:
        """Another newest row."""
        assert self.now is not None
        self.now = msgspec.structs.replace(self.now, **fields)

    def events(self) -> Sequence[Note]:
        return self.notes

    def span(self) -> tuple[float, float]:
        return 0.0, 10.0

    def rows(self, begin_s: float, end_s: float, pixels: int, names: Sequence[str]) -> Rows:
        self.asked.append((begin_s, end_s, pixels))
        time_s = np.linspace(0.0, 10.0, 20)
        wave = {name: 1.5e7 + 1e5 * np.sin(time_s) for name in names}
        return Rows(time_s, wave, wave, 1, wave)

    def request(self, request: RequestName, value: float = 0.0, text: str = "") -> Answer:
        self.sent.append((request, value, text))
        if self.refuses:
            raise RefusedError(self.refuses)
        return Answer(1, request, ok=True, text="done")

    def next_event_s(self, kind: str = "") -> float | None:
        now_s = self.playback.now_s()
        return next((n.t_s for n in self.notes if n.t_s > now_s and kind in ("", n.kind)), None)

    def previous_event_s(self, kind: str = "") -> float | None:
        now_s = self.playback.now_s()
        earlier = (n.t_s for n in reversed(self.notes) if n.t_s < now_s and kind in ("", n.kind))
        return next(earlier, None)

    def close(self) -> None:
        pass
