"""An ACME potentiostat for isostack, which measures impedance by itself: a second model of the package.

The protocol, in lines on TCP: a request is a number and words, `#7 READ`; its answer begins with the
same number, so that a late one is told from that which is waited for. `OFF`, `CURRENT A V` and
`VOLTAGE V A` are answered by `OK`, `READ` by volts, amperes, on and limited. `SWEEP HZ HZ POINTS V`
begins a spectrum; `POINT 3` is answered by `WAIT`, by hertz and two ohms, or by `OVER`. Once a
spectrum is over the instrument opens the cell. What it does not do is answered by `NO` and why.
"""

import math

from isostack.drivers import (
    Accuracy,
    BadReply,
    CellPlant,
    CellReading,
    Clock,
    DeviceRefused,
    Identity,
    ImpedancePlant,
    Lines,
    Link,
    LinkOptions,
    Model,
    Positive,
    Spectrometer,
    Sweep,
    SweepPoint,
    Transport,
    WrongDevice,
    require,
)

require(2)

NAME = "ACME-CELL"
QUIET_NS = 5_000_000  # longer than the gap between two bytes of one answer


class AcmeCellOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`voltage_max_v` and `current_range_a` come from the rig."""

    voltage_max_v: Positive = 5.0
    current_range_a: Positive = 0.1


def point_s(frequency_hz: float) -> float:
    """How long a point takes, s."""
    return 0.1 + 2.0 / frequency_hz


class AcmeCell:
    """`Potentiostat` that is also `MeasuresImpedance`."""

    def __init__(self, transport: Transport, clock: Clock, options: AcmeCellOptions) -> None:
        self._link = Link(transport, clock, options.deadline_ns, options.latency_ns, "acme cell")
        self._lines = Lines()
        self._asked = 0
        self._drives = False  # as commanded
        self._was_off = False  # though commanded to drive: it was reset
        self._sweep = 0  # number of the spectrum
        self._measures = False  # it
        self._found = 0  # of its points
        self._points: list[SweepPoint] = []

    def identify(self) -> Identity:
        """Name, serial number and firmware. Raises WrongDevice, LinkError."""
        name, *rest = self._ask("WHO")
        if name != NAME or len(rest) != 2:
            raise WrongDevice(f"acme cell: {name!r} answers; check the address")
        return Identity(NAME, rest[0], rest[1])

    def configure(self) -> None:
        """Open the cell. Raises LinkError."""
        self.open_circuit()

    def verify(self) -> None:
        """Read whether it still drives; a spectrum is ended, and the cell open. Raises LinkError."""
        if self._measures:
            self._do("OFF")
            self._end_sweep()
            return
        self._was_off |= self._drives and not self._state()[2]

    # ---- commands

    def open_circuit(self) -> None:
        """Open the cell. Raises LinkError."""
        self._do("OFF")
        self._drives = self._was_off = self._measures = False
        self._sweep, self._points = 0, []

    switch_off = open_circuit

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Drive a current, A, to a limit of voltage, V. Raises LinkError."""
        self._drive(f"CURRENT {current_a:.9g} {voltage_limit_v:.6g}")

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Drive to a voltage, V, with at most a current, A. Raises LinkError."""
        self._drive(f"VOLTAGE {voltage_v:.6g} {abs(current_limit_a):.9g}")

    def measure_impedance(self, number: int, sweep: Sweep) -> None:
        """Begin a spectrum; the same number again changes nothing. Raises LinkError."""
        if number == self._sweep:
            return
        if sweep.galvanostatic:
            raise DeviceRefused("acme cell: it measures impedance by a voltage alone")
        self.open_circuit()
        self._do(
            f"SWEEP {sweep.start_hz:.9g} {sweep.end_hz:.9g} {sweep.points} {sweep.amplitude:.6g}"
        )
        self._sweep, self._measures, self._found = number, True, 0

    def sweep_points(self) -> tuple[SweepPoint, ...]:
        """Points that `read` has found since the last call."""
        points, self._points = tuple(self._points), []
        return points

    # ---- readings

    def read(self) -> CellReading:
        """Voltage and current; while a spectrum is measured only that it is. Raises LinkError."""
        if self._measures:
            self._look_for_a_point()
            t_ns, half_ns = self._link.t_ns, self._link.uncertainty_ns
            return CellReading(math.nan, math.nan, True, False, t_ns, half_ns, absent=True)
        volts, amperes, on, limited = self._state()
        self._was_off |= self._drives and not on
        t_ns, half_ns = self._link.t_ns, self._link.uncertainty_ns
        return CellReading(volts, amperes, bool(on), bool(limited), t_ns, half_ns)

    def _look_for_a_point(self) -> None:
        words = self._ask(f"POINT {self._found + 1}")
        if words == ["WAIT"]:
            return
        if words == ["OVER"]:
            self._end_sweep()
            return
        hertz, real_ohm, imaginary_ohm = self._numbers(words, 3)
        self._found += 1
        point = SweepPoint(self._sweep, self._found, hertz, real_ohm, imaginary_ohm)
        self._points.append(point)

    def _end_sweep(self) -> None:
        self._measures = False
        self._points.append(SweepPoint(self._sweep, 0))

    def _state(self) -> tuple[float, ...]:
        return self._numbers(self._ask("READ"), 4)

    # ---- the wire

    def _drive(self, words: str) -> None:
        if self._was_off:
            raise DeviceRefused("acme cell: it was reset; it is not switched on again by itself")
        self._measures, self._sweep = False, 0
        self._do(words)
        self._drives = True

    def _do(self, words: str) -> None:
        answer = self._ask(words)
        if answer != ["OK"]:
            raise BadReply(f"acme cell: {words} is answered by {answer}")

    def _ask(self, words: str) -> list[str]:
        if not self._link.in_step:
            self._link.drain_until_quiet(QUIET_NS)
        self._lines.reset()
        self._asked += 1
        number = f"#{self._asked}"
        answer = self._link.exchange(f"{number} {words}\n".encode(), self._of(number))
        if answer[:1] == ["NO"]:
            raise DeviceRefused(f"acme cell: {words} is refused: {' '.join(answer[1:])}")
        return answer

    def _of(self, number: str):
        """What finds the words of the answer with this number; others are stepped over."""

        def take(chunk: bytes) -> list[str] | None:
            for line in self._lines.feed(chunk):
                head, *words = line.decode("latin-1").split(" ")
                if head == number:
                    return words
            return None

        return take

    def _numbers(self, words: list[str], count: int) -> tuple[float, ...]:
        try:
            numbers = tuple(float(word) for word in words)
        except ValueError:
            numbers = ()
        if len(numbers) != count:
            raise BadReply(f"acme cell: {count} numbers were expected, {words} came")
        return numbers


class AcmeCellEmulator:
    """`Emulator` of one potentiostat over a `CellPlant`."""

    def __init__(self, plant: CellPlant, options: AcmeCellOptions) -> None:
        del options
        self._plant = plant
        self._lines = Lines()
        self._on = False
        self._to_come: list[tuple[int, float]] = []  # when, and at how many Hz
        self._found: list[tuple[float, complex]] = []

    def reset(self) -> None:
        """Power fails and comes back: the cell is open."""
        self._lines.reset()
        self._do_off()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes that arrive at `t_ns`; the answers."""
        self._measure(t_ns)
        return b"".join([self._answer(line, t_ns) for line in self._lines.feed(data)])

    def _answer(self, line: bytes, t_ns: int) -> bytes:
        number, word, *rest = [*line.decode("latin-1").split(), "", ""]
        numbers = [float(one) for one in rest if one]
        answer = "OK"
        match word:
            case "WHO":
                answer = f"{NAME} 4711 1.2"
            case "OFF":
                self._do_off()
            case "CURRENT":
                self._on = True
                self._plant.source_current(numbers[0], numbers[1])
            case "VOLTAGE":
                self._on = True
                self._plant.source_voltage(numbers[0], numbers[1])
            case "READ":
                plant = self._plant
                answer = f"{plant.voltage_v():.7f} {plant.current_a():.9f} {self._on:d} 0"
            case "SWEEP":
                answer = self._begin(numbers, t_ns)
            case "POINT":
                answer = self._point(round(numbers[0]))
            case _:
                answer = "NO such command"
        return f"{number} {answer}\n".encode()

    def _do_off(self) -> None:
        self._on, self._to_come, self._found = False, [], []
        self._plant.open_circuit()

    def _begin(self, numbers: list[float], t_ns: int) -> str:
        if not isinstance(self._plant, ImpedancePlant):
            return "NO impedance here"
        first_hz, last_hz, points, _ = numbers
        for point in range(round(points)):
            hertz = first_hz * (last_hz / first_hz) ** (point / (points - 1))
            t_ns += round(1e9 * point_s(hertz))
            self._to_come.append((t_ns, hertz))
        self._plant.source_voltage(self._plant.voltage_v(), 0.001)
        return "OK"

    def _measure(self, t_ns: int) -> None:
        """The points up to `t_ns`; after the last one the cell is opened."""
        plant = self._plant
        while self._to_come and self._to_come[0][0] <= t_ns and isinstance(plant, ImpedancePlant):
            _, hertz = self._to_come.pop(0)
            self._found.append((hertz, plant.impedance_ohm(hertz)))
            if not self._to_come:
                plant.open_circuit()

    def _point(self, number: int) -> str:
        if number <= len(self._found):
            hertz, ohm = self._found[number - 1]
            return f"{hertz:.6f} {ohm.real:.6f} {ohm.imag:.6f}"
        return "WAIT" if self._to_come else "OVER"


def accuracy(current_a: float, voltage_v: float) -> Accuracy:
    """How far a reading may be off a command up to so many A and V."""
    return Accuracy(0.01, 0.005 * current_a, 0.01 + 0.01 * voltage_v)


def when_silent(options: AcmeCellOptions) -> str:
    """What it does once nothing is heard of the host again."""
    del options
    return "the current goes on to its limit of voltage; a spectrum ends, and opens the cell"


MODEL = Model(
    "potentiostat",
    "acme-cell",
    AcmeCellOptions,
    AcmeCell,
    "isostack_acme_cell:AcmeCellEmulator",
    when_silent,
    kinds=("tcp",),
    accuracy=accuracy,
    impedance=Spectrometer((1e-3, 1e6), (1e-3, 0.1), point_s),
)
