"""Courses of position and force for the watch: a stack pressed by hand, window by window."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from fixture.core.config import Config
from fixture.core.measurement.lagged_current import Current
from fixture.core.measurement.signals import Known
from fixture.core.safety.plausibility import residual
from fixture.core.safety.plausibility.friction import Friction
from fixture.core.safety.plausibility.residual import Residual
from tests.core.bench import AREA_MM2, END, config

WINDOW_S = 0.5
SETPOINT_MPA = 15.0
K = 10.0 / AREA_MM2  # MPa/µm, as the bench declares
BREATHES_UM_PER_C = 3.133
SPEED_UM = 2.0  # a window
BEGUN, RESTS = Residual(), Current()
QUIET = Friction(0.5, 1.0, 0.0)


def table(**nominal: object) -> Config:
    """The bench's rig around a stack in a die."""
    found = config((END,))
    changed = msgspec.structs.replace(found.nominal, **({"flows": False} | nominal))
    return msgspec.structs.replace(found, nominal=changed)


@dataclass
class Course:
    """A press and a stack; `lies` is what the load cells read too much, MPa."""

    config: Config = field(default_factory=table)
    k: float = K
    seen: Residual = BEGUN
    windows: int = 0
    position_um: float = 0.0
    lost_um: float = 0.0  # of the stack's thickness
    lies_mpa: float = 0.0
    gain: float = 1.0
    celsius: float = 25.0
    current: Current = RESTS
    friction: Friction = QUIET
    setpoint_mpa: float = SETPOINT_MPA
    trace: list[Residual] = field(default_factory=list[Residual])

    @property
    def true_mpa(self) -> float:
        """Pressure on the stack."""
        grown_um = BREATHES_UM_PER_C * self.current.lagged_c
        return 0.5 + self.k * (self.position_um + grown_um - self.lost_um)

    @property
    def beyond(self) -> bool:
        """Whether the watch doubts it."""
        return residual.is_beyond(self.seen)

    def window(self, moved_um: float = 0.0) -> None:
        """Half a second."""
        self.windows += 1
        self.position_um += moved_um
        known = Known(
            windows=self.windows,
            mean_mpa=self.gain * self.true_mpa + self.lies_mpa,
            position_um=self.position_um,
            temperature_c=self.celsius,
        )
        t_ns = round(self.windows * WINDOW_S * 1e9)
        self.seen = residual.follow(
            self.config, self.seen, known, self.current, t_ns, self.setpoint_mpa, self.friction
        )
        self.trace.append(self.seen)

    def press(self, mpa: float = SETPOINT_MPA) -> "Course":
        """Press until the load cells read so much, or something is doubted."""
        while not self.beyond and self.gain * self.true_mpa + self.lies_mpa < mpa:
            self.window(SPEED_UM)
        return self

    def hold(self, seconds: float, each: Callable[["Course"], None]) -> Iterator[float]:
        """Hold what the load cells read; what happens each window; seconds until it is doubted."""
        for number in range(round(seconds / WINDOW_S)):
            each(self)
            error_mpa = self.setpoint_mpa - self.gain * self.true_mpa - self.lies_mpa
            moved_um = max(-SPEED_UM, min(SPEED_UM, error_mpa / self.k))
            self.window(moved_um if abs(error_mpa) > 0.05 else 0.0)
            if self.beyond:
                yield (number + 1) * WINDOW_S
                return

    def doubted_after(self, seconds: float, each: Callable[["Course"], None]) -> float | None:
        """Seconds of holding until something is doubted; None: nothing is."""
        return next(self.hold(seconds, each), None)

    def flow(self, ampere: float) -> None:
        """Half a second of this current."""
        passed = self.current.lagged_c + ampere * WINDOW_S
        self.current = Current(now_a=ampere, lagged_a=ampere, charge_c=passed, lagged_c=passed)
