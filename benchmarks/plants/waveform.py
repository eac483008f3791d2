"""A known waveform as a plant: force and voltage follow it, whatever is commanded.

Rules: closed form, so that a filtered waveform is exact; times are seconds from the plant's start.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Waveform(NamedTuple):
    """offset + slope t + amplitude sin(omega t - phase), t in s; of any unit."""

    offset: float
    slope: float
    amplitude: float
    omega: float  # rad/s
    phase: float = 0.0

    def at(self, t_s: Array) -> Array:
        """Values at times, s."""
        return (
            self.offset + self.slope * t_s + self.amplitude * np.sin(self.omega * t_s - self.phase)
        )

    def slope_at(self, t_s: Array) -> Array:
        """Derivative, 1/s."""
        return self.slope + self.amplitude * self.omega * np.cos(self.omega * t_s - self.phase)

    def steepest(self) -> float:
        """Largest derivative, 1/s."""
        return abs(self.slope) + abs(self.amplitude * self.omega)

    def value(self, t_s: float) -> float:
        """Value at one time, s."""
        swing = self.amplitude * math.sin(self.omega * t_s - self.phase)
        return self.offset + self.slope * t_s + swing

    def low_passed(self, tau_s: float) -> "Waveform":
        """Behind a first-order filter, 1 / (1 + i omega tau); the ramp lags tau."""
        return self._replace(
            offset=self.offset - self.slope * tau_s,
            amplitude=self.amplitude / math.hypot(1.0, self.omega * tau_s),
            phase=self.phase + math.atan(self.omega * tau_s),
        )

    def averaged(self, window_s: float) -> "Waveform":
        """Mean of the window before each time: gain sin(x) / x, x = omega window / 2; all lags
        half the window."""
        x = self.omega * window_s / 2.0
        return self._replace(
            offset=self.offset - self.slope * window_s / 2.0,
            amplitude=self.amplitude * (math.sin(x) / x if x else 1.0),
            phase=self.phase + x,
        )


class Forces:
    """`ForcePlant` under a waveform of force, shared equally."""

    def __init__(self, wave: Waveform, cells: int) -> None:
        self._wave = wave
        self._cells = cells
        self.t_s = 0.0

    def force_n(self, cell: int) -> float:
        """Its share of the force, N."""
        del cell
        return self._wave.value(self.t_s) / self._cells


class Drive:
    """`PressPlant` that is at once where it is sent, and presses on nothing."""

    def __init__(self) -> None:
        self._counts = 0

    def move_to(self, counts: int) -> None:
        """Be there."""
        self._counts = counts

    def stop(self) -> None:
        """It stands already."""

    def position(self) -> int:
        """Where it stands."""
        return self._counts

    def target(self) -> int:
        """The same."""
        return self._counts

    def moving(self) -> bool:
        """Never."""
        return False

    def end_low(self) -> bool:
        """Never."""
        return False

    def end_high(self) -> bool:
        """Never."""
        return False

    def temperature_c(self) -> float:
        """A room's."""
        return 23.0


class Cell:
    """`CellPlant`: a waveform behind a resistance."""

    def __init__(self, wave: Waveform, resistance_ohm: float) -> None:
        self._wave = wave
        self._resistance_ohm = resistance_ohm
        self._current_a = 0.0
        self.t_s = 0.0

    def open_circuit(self) -> None:
        """No current."""
        self._current_a = 0.0

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """This current; no limit is ever reached."""
        del voltage_limit_v
        self._current_a = current_a

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """The current at its limit, towards a voltage that is never reached; 0 V is a reset."""
        way = math.copysign(1.0, voltage_v - self._wave.value(self.t_s)) if voltage_v else 0.0
        self._current_a = way * current_limit_a

    def voltage_v(self) -> float:
        """V at the terminals."""
        return self._wave.value(self.t_s) + self._resistance_ohm * self._current_a

    def current_a(self) -> float:
        """A."""
        return self._current_a

    def limited(self) -> bool:
        """Whether the current is what holds the source back."""
        return self._current_a != 0.0
