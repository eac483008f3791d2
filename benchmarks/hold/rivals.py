"""What else holds pressure: a press that stands, a spring, and PI controllers.

A rival takes the place of the controller in `step` and nothing else: measurement, sequence,
compensation and safety are those of the core. Of the controller's state it sets the target, and
that it is active; what it needs to remember it keeps itself.
"""

import math
from typing import NamedTuple, Protocol

import msgspec

from fixture.core.config import Config
from fixture.core.control.state import Controller as State
from fixture.core.measurement.lagged_current import Current
from fixture.core.measurement.signals import Known
from fixture.core.sequence.state import SequenceState
from fixture.core.types import NO_EVENTS, Event, HoldMode, Sample

GAP = int(HoldMode.GAP)
Answer = tuple[State, tuple[Event, ...]]


class Rival(Protocol):
    """What stands in for the core's own controller: its `advance` is given to `step`."""

    def advance(
        self,
        config: Config,
        state: State,
        known: Known,
        current: Current,
        sequence: SequenceState,
        sample: Sample,
    ) -> Answer:
        """As `fixture.core.control.controller.advance`."""
        ...


class Gains(NamedTuple):
    """Of a PI controller, relative to the rig's nominal stiffness."""

    proportional: float  # of the error's travel, at once
    integral_per_s: float  # of the error's travel, each second
    deadband: float = 0.0  # of the nominal slip: a smaller error is left alone


APPROACH = Gains(0.3, 0.03)  # gentle: what brings a press to where it then stands


def first_cycling(config: Config) -> int:
    """The first row after the pressure rows that begin the sequence."""
    for index, row in enumerate(config.steps):
        if not row.setpoint_mpa:
            return index
    return len(config.steps)


class Pi:
    """A PI controller of the press's position on the mean of each window, in its velocity form.

    Knowing the press's speed, it never commands more in a window than the press can do, which is
    all the anti-windup that a velocity form needs. Without, the target runs ahead of the press.
    Feed-forward takes away the thickness that the charge brings, by the declared coefficient and
    lag.
    """

    def __init__(
        self, config: Config, gains: Gains, *, knows_speed: bool = True, feeds: bool = False
    ) -> None:
        nominal = config.nominal
        self._um_per_mpa = config.area_mm2 / nominal.stiffness_n_per_um
        self._proportional = gains.proportional * self._um_per_mpa
        self._integral = gains.integral_per_s * config.control.window_s * self._um_per_mpa
        self._deadband_mpa = gains.deadband * nominal.stick_band_um / self._um_per_mpa
        self._reach_um = config.press.speed_um_per_s * config.control.window_s
        self._knows_speed = knows_speed
        self._fed_um_per_a = nominal.breathing_um_per_c * config.control.window_s if feeds else 0.0
        self._window = 0
        self._error_mpa = 0.0
        self._wish_um = 0.0
        self._setpoint_mpa = math.nan  # none yet

    def advance(
        self,
        config: Config,
        state: State,
        known: Known,
        current: Current,
        sequence: SequenceState,
        sample: Sample,
    ) -> Answer:
        """See `Rival`."""
        del sample
        standing = not sequence.holding or sequence.mode == GAP
        if standing or known.windows == self._window:
            return state, NO_EVENTS
        self._window = known.windows
        error_mpa = known.mean_mpa - sequence.setpoint_mpa
        if sequence.setpoint_mpa != self._setpoint_mpa:
            self._setpoint_mpa, self._error_mpa = sequence.setpoint_mpa, error_mpa
            self._wish_um = known.position_um
        self._wish_um += self._change_um(error_mpa) - self._fed_um_per_a * current.lagged_a
        press = config.press
        self._wish_um = min(max(self._wish_um, press.travel_min_um), press.travel_max_um)
        target_um = round(self._wish_um / press.um_per_count) * press.um_per_count
        return msgspec.structs.replace(
            state,
            goal=msgspec.structs.replace(state.goal, active=True),
            stroke=msgspec.structs.replace(state.stroke, target_um=target_um),
        ), NO_EVENTS

    def _change_um(self, error_mpa: float) -> float:
        """What error and its change command in this window."""
        last_mpa, self._error_mpa = self._error_mpa, error_mpa
        if -self._deadband_mpa <= error_mpa <= self._deadband_mpa:
            return 0.0
        change_um = -self._proportional * (error_mpa - last_mpa) - self._integral * error_mpa
        if not self._knows_speed:
            return change_um
        return min(max(change_um, -self._reach_um), self._reach_um)


class Standing:
    """A PI controller up to the first cycling row, or a time; then the press stands."""

    def __init__(self, config: Config, from_s: float) -> None:
        """`from_s`: run time; NaN: from the first cycling row."""
        self._from_row = first_cycling(config)
        self._from_ns = from_s * 1e9
        self._approach = Pi(config, APPROACH)

    def advance(
        self,
        config: Config,
        state: State,
        known: Known,
        current: Current,
        sequence: SequenceState,
        sample: Sample,
    ) -> Answer:
        """See `Rival`."""
        if sequence.step >= self._from_row or sample.t_ns >= self._from_ns:
            return state, NO_EVENTS
        return self._approach.advance(config, state, known, current, sequence, sample)
