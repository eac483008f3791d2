"""The rules for a potentiostat that measures impedance by itself (`MeasuresImpedance`).

Rules: points come in order, at the frequencies that were asked for, and are finite and true, or
said to be doubtful; then the spectrum ends, and the cell is open. Meanwhile `read` returns at once,
with true values or none. A damaged, late or missing reply costs points, and a link that fails the
rest of the spectrum: no wrong value is taken, the cell ends open, and the next spectrum is whole.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from instruments.emulators.faults import Fault
from instruments.model import Model, Spectrometer
from instruments.protocols import CellReading, LinkError, MeasuresImpedance, Sweep, SweepPoint
from isostack.testing.line import MS
from isostack.testing.pair import Broken, Pair

POINTS = 5
HIGHEST_HZ, LOWEST_HZ = 1e4, 1.0  # of the spectra here, where the model reaches so far
LEAST_AMPLITUDES = 10.0  # times the smallest amplitude
NEAR_HZ = 0.01  # share of a frequency, that an instrument may choose it otherwise
NEAR_OHM = 0.001  # share of an impedance
LONGER = 3.0  # times what its points take, and
LONGER_S = 10.0  # beside that: so long may a spectrum or a silence last
MOST_MS = 2000.0  # of one call of `read`
LINK_READS = 4  # that fail before the link is opened again

Rule = tuple[str, Callable[[], str | None]]


def sweep_of(meter: Spectrometer) -> Sweep:
    """A spectrum within what the model measures."""
    lowest_hz, highest_hz = meter.frequency_hz
    amplitude_v = min(LEAST_AMPLITUDES * meter.amplitude_v[0], meter.amplitude_v[1])
    return Sweep(min(HIGHEST_HZ, highest_hz), max(LOWEST_HZ, lowest_hz), POINTS, amplitude_v)


class _Spectrum:
    """One driver that measures, polled as a run does."""

    def __init__(self, pair: Pair, sweep: Sweep, lasts_s: float) -> None:
        self.pair, self.sweep = pair, sweep
        self.points: list[SweepPoint] = []
        self.failed: LinkError | None = None  # the last time
        self.failures = self.reads = 0
        self._lasts_s = lasts_s
        self._in_a_row = 0

    def begin(self, number: int) -> "_Spectrum":
        """Begin to measure one with a number."""
        self.points = []
        self.pair.driver.open_circuit()
        self.pair.driver.measure_impedance(number, self.sweep)
        return self

    @property
    def over(self) -> bool:
        """Whether its end has come."""
        return any(point.point == 0 for point in self.points)

    def until(self, reached: Callable[[], bool]) -> "_Spectrum":
        """Poll. Raises Broken where it is not reached in time."""
        pair, end_ns = self.pair, self.pair.time() + round(1e9 * self._lasts_s)
        while not reached():
            if pair.time() > end_ns:
                raise Broken(f"{self._lasts_s:.3g} s later it goes on: {len(self.points)} points")
            pair.wait()
            self._poll()
        return self

    def _poll(self) -> None:
        pair = self.pair
        began_ns = pair.time()
        try:
            self._look(pair.driver.read())
        except LinkError as error:
            self.failed, self.failures = error, self.failures + 1
            self._in_a_row += 1
            if self._in_a_row > LINK_READS and not pair.line.mute:
                pair.relink()
        else:
            self._in_a_row = 0
            self.reads += 1
        took_ms = (pair.time() - began_ns) / MS
        if took_ms > MOST_MS:
            raise Broken(f"read() takes {took_ms:.0f} ms while a spectrum is measured")
        self.points += pair.driver.sweep_points()

    def _look(self, reading: CellReading) -> None:
        if not reading.absent and not reading.on and abs(reading.current_a) > 0.0:
            raise Broken(f"a current of {reading.current_a:g} A is read of an open cell")
        if reading.absent and not math.isnan(reading.voltage_v):
            raise Broken(f"a reading that is said to be absent has {reading.voltage_v:g} V")

    def judge(self) -> int:
        """How many points have a value, each of which must be true. Raises Broken."""
        places = [self._place(point) for point in self.points if point.point and not point.doubtful]
        if places != sorted(set(places)):
            raise Broken(f"points are not in order, or come twice: {self.points}")
        return len(places)

    def _place(self, point: SweepPoint) -> int:
        """Which of the frequencies that were asked for it is at."""
        sweep, plant = self.sweep, self.pair.plant
        for place in range(sweep.points):
            share = place / (sweep.points - 1)
            hertz = sweep.start_hz * (sweep.end_hz / sweep.start_hz) ** share
            if abs(point.frequency_hz / hertz - 1.0) <= NEAR_HZ:
                break
        else:
            raise Broken(f"{point.frequency_hz:g} Hz was not asked for")
        ohm, found = plant.impedance_ohm(hertz), complex(point.real_ohm, point.imaginary_ohm)
        if not abs(found - ohm) <= NEAR_OHM * abs(ohm):
            raise Broken(f"{found:.6g} ohm at {hertz:g} Hz was taken for true, and it is {ohm:.6g}")
        return place

    def require_open(self) -> None:
        """Raises Broken where the cell is not open, or is not read to be."""
        if self.pair.plant.amperes != 0.0:
            raise Broken(f"the cell is left at {self.pair.plant.amperes:g} A")
        self.pair.wait()
        if self.pair.driver.read().on:
            raise Broken("read() says on after the spectrum")


class Spectra:
    """All rules for the spectra of one model."""

    def __init__(self, model: Model[Any, Any], told: Mapping[str, object]) -> None:
        self._model = model
        self._told = told

    def rules(self) -> list[Rule]:
        """Names of the rules, and what tries them; none where the model says nothing of spectra."""
        if self._model.impedance is None:
            return []
        faults = [
            (f"takes no wrong point from a reply that is {one.value}", self._of(one))
            for one in Fault
        ]
        return [
            ("measures a spectrum, and reads meanwhile", self.measures),
            ("knows a spectrum by its number", self.begins_once),
            ("leaves the cell open where a spectrum is ended", self.ended),
            *faults,
            ("reports silence in a spectrum", self.silence),
            ("ends a spectrum by a reset", self.reset),
        ]

    def _of(self, fault: Fault) -> Callable[[], str]:
        return lambda: self.damaged(fault)

    def _spectrum(self) -> _Spectrum:
        meter = self._model.impedance
        pair = Pair(self._model, self._told)
        if meter is None or not isinstance(pair.driver, MeasuresImpedance):
            raise Broken("its driver lacks measure_impedance() and sweep_points()")
        sweep = sweep_of(meter)
        hertz = sorted((sweep.start_hz, sweep.end_hz))
        slowest_s = max(meter.point_s(one) for one in hertz)
        return _Spectrum(pair, sweep, LONGER_S + LONGER * sweep.points * slowest_s)

    def _begun(self, points: int = 1) -> _Spectrum:
        """One in its middle: so many points have come."""
        spectrum = self._spectrum().begin(1)
        return spectrum.until(lambda: len(spectrum.points) >= points)

    def _again(self, spectrum: _Spectrum, number: int) -> None:
        """The cell is open, and another spectrum is whole."""
        spectrum.require_open()
        spectrum.begin(number).until(lambda: spectrum.over)
        found = spectrum.judge()
        if found != spectrum.sweep.points:
            raise Broken(f"the next spectrum has {found} of {spectrum.sweep.points} points")
        spectrum.require_open()

    # ---- the rules --------------------------------------------------------------------------

    def measures(self) -> str:
        """Whole, in order, true, and over."""
        spectrum = self._spectrum().begin(1)
        spectrum.until(lambda: spectrum.over)
        found, asked = spectrum.judge(), spectrum.sweep.points
        numbers = [(point.sweep, point.point) for point in spectrum.points]
        if numbers != [*((1, count + 1) for count in range(asked)), (1, 0)]:
            raise Broken(f"points are numbered {numbers}")
        if found != asked:
            raise Broken(f"{found} of {asked} points have a value")
        spectrum.require_open()
        return f"{found} points, {spectrum.reads} reads meanwhile"

    def begins_once(self) -> str:
        """The same number changes nothing; another begins anew."""
        spectrum = self._begun()
        spectrum.pair.driver.measure_impedance(1, spectrum.sweep)
        spectrum.until(lambda: spectrum.over)
        if spectrum.judge() != spectrum.sweep.points:
            raise Broken("the same number again begins the spectrum anew")
        self._again(spectrum, 2)
        return ""

    def ended(self) -> str:
        """By any other command."""
        for act in ("open_circuit", "switch_off"):
            spectrum = self._begun()
            getattr(spectrum.pair.driver, act)()
            spectrum.require_open()
            late = [point for point in spectrum.pair.driver.sweep_points() if point.point]
            if late:
                raise Broken(f"points come after {act}(): {late}")
            self._again(spectrum, 2)
        return "by open_circuit() and switch_off()"

    def damaged(self, fault: Fault) -> str:
        """A fault takes a reply: when it begins, in its middle, and the last one."""
        seen: list[str] = []
        for place in (0, 1, POINTS - 1):
            spectrum = self._spectrum() if place == 0 else self._begun(place)
            spectrum.pair.faults.inject(fault)
            if place == 0:
                self._begin_anyway(spectrum)
            spectrum.until(lambda spectrum=spectrum: spectrum.over)
            seen.append(f"{spectrum.judge()} ({spectrum.failures} errors)")
            self._again(spectrum, 2)
        return f"of {POINTS} points {', '.join(seen)}"

    def _begin_anyway(self, spectrum: _Spectrum) -> None:
        """As a run does: a command that failed is given again, over a link that is opened anew."""
        for _ in range(LINK_READS):
            try:
                spectrum.begin(1)
            except LinkError:
                spectrum.failures += 1
                spectrum.pair.wait()
            else:
                return
        spectrum.pair.relink()
        spectrum.begin(1)

    def silence(self) -> str:
        """An error within a bound; once the link is back the spectrum is over."""
        spectrum = self._begun()
        pair = spectrum.pair
        pair.line.mute = True
        began_ns = pair.time()
        spectrum.until(lambda: spectrum.failed is not None)
        after_s = (pair.time() - began_ns) / 1e9
        pair.line.mute = False
        pair.relink()
        spectrum.until(lambda: spectrum.over)
        spectrum.judge()
        self._again(spectrum, 2)
        return f"{type(spectrum.failed).__name__} after {after_s:.1f} s"

    def reset(self) -> str | None:
        """The instrument was reset: the spectrum is over."""
        spectrum = self._begun()
        reset = getattr(spectrum.pair.emulator, "reset", None)
        if reset is None:
            return None
        reset()
        spectrum.pair.relink()
        spectrum.until(lambda: spectrum.over)
        spectrum.judge()
        self._again(spectrum, 2)
        return "over, the cell open"
