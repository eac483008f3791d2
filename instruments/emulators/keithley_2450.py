"""A Keithley 2450 wired to a cell, as SCPI lines, over a `CellPlant`.

Rules: as the device: the output goes off when the source function or the terminals change and at
`*RST`, which chooses the front ones: at others than the cell's nothing is connected. An emptied
buffer has no newest reading. Behind an output that is off and at high impedance the terminals read
nothing: 0. Where the off state is not high impedance, "off" sources 0 V, and the cell discharges
through it: so does ours. A limit of voltage is a magnitude, on both sides of 0 V. A limit of
current below 0.1 % of a fixed measurement range is changed to that, with an error (p. 6-71); beyond
full scale the range itself limits. `*RST` takes 0.3 s and a reading its power-line cycles. A linear
sweep is taken at INIT, all points at one instant of the plant, and takes the time that it would.
With `observe`, another program measures: each `:FETC?` finds a reading of that moment, and the
output is on from the beginning.

Source: 2450 Reference Manual section 6. [B] Only what this program and common drivers (PyMeasure,
QCoDeS) send is known; other headers are errors, as are those of trigger models.
"""

from typing import NamedTuple

from instruments.codecs import scpi
from instruments.codecs.source_meter import TERMINALS
from instruments.emulators import keithley_2450_settings as names
from instruments.emulators.keithley_2450_buffers import OWN, Buffers, Reading, written
from instruments.emulators.scpi_device import (
    ILLEGAL,
    MISSING,
    RANGE,
    STALE,
    Arguments,
    Refused,
    ScpiDevice,
    integer,
    number,
)
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.potentiostat.keithley_2450_ranges import RANGES
from instruments.potentiostat.source_meter_ranges import FULL_SCALE, range_for
from instruments.protocols import CellPlant

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL 2450,04096331,1.7.12b"
SCPI_VERSION = "1999.0"
LINE_HZ = 50
RESET_S = 0.3
OFF_STATE_PART = 0.1  # "normal" off sources 0 V with a tenth of the range (p. 8-139)
LEAST_LIMIT = 0.001  # of a fixed measurement range (p. 6-71)
SWEEP_ARGUMENTS = 9  # start, stop, points, delay, count, range, abort, dual, buffer

_LIMITING = (names.ILIM, names.RANGE_A, names.AUTO_A)
_APPLIED = frozenset(
    (
        names.SOURCE, names.CURRENT, names.VLIM, names.VOLTAGE, *_LIMITING, names.OUTPUT,
        *names.OFF_STATES.values(), names.TERMINALS,
    )
)  # fmt: skip
_LEVELS = {"CURR": names.CURRENT, "VOLT": names.VOLTAGE}
_UNITS = {"CURR": "Amp DC", "VOLT": "Volt DC", "RES": "Ohm"}
_SENSED_AS = {"CURR": '"CURR:DC"', "VOLT": '"VOLT:DC"', "RES": '"RES"'}


class Sweep(NamedTuple):
    """A linear sweep that INIT takes."""

    function: str
    begin: float
    end: float
    points: int
    delay_s: float
    buffer: str


class Keithley2450Emulator(ScpiDevice):
    """`Emulator` of one source-measure unit."""

    def __init__(self, plant: CellPlant, options: Keithley2450Options) -> None:
        super().__init__(names.SETTINGS, self._follow)
        self._plant = plant
        self._observe = options.observe
        self._wired = TERMINALS[options.terminals]
        self._sweep: Sweep | None = None
        self.buffers = Buffers()
        self.identity = IDENTITY  # the answer to *IDN?
        self.answer({
            "*IDN": lambda _: self.identity,
            "*LANG": lambda _: "SCPI",
            names.SENSE: lambda _: _SENSED_AS[self.settings[names.SENSE]],
            "READ": self._read,
            "FETCh": self._fetch,
            "MEASure": self._read,
            "SYSTem:VERSion": lambda _: SCPI_VERSION,
            "SYSTem:LFRequency": lambda _: str(LINE_HZ),
            f"{names.VLIM}:TRIPped": lambda _: self._tripped("CURR"),
            f"{names.ILIM}:TRIPped": lambda _: self._tripped("VOLT"),
            **{
                f"MEASure:{header}": lambda told, sense=sense: self._measure_as(sense, told)
                for header, sense in (
                    ("VOLTage[:DC]", "VOLT"), ("CURRent[:DC]", "CURR"), ("RESistance", "RES")
                )
            },
        })  # fmt: skip
        self.answer(self.buffers.queries())
        self.obey({
            "*RST": self._reset,
            "*TRG": lambda _: None,
            "SYSTem:BEEPer[:IMMediate]": _beep,
            "OUTPut[1]:SMODe": self._set_off_state,
            "TRACe:TRIGger": self._store,
            "[SENSe[1]]:AZERo:ONCE": lambda _: self.take(self._reading_s()),
            "INITiate[:IMMediate]": lambda _: self._run_sweep(),
            "ABORt": lambda _: None,
            **{
                f"SOURce[1]:SWEep:{header}:LINear": (
                    lambda told, function=function: self._plan_sweep(function, told)
                )
                for header, function in (("VOLTage", "VOLT"), ("CURRent", "CURR"))
            },
        })  # fmt: skip
        self.obey(self.buffers.commands())
        if options.observe:
            self.settings |= {names.SOURCE: "CURR", names.SENSE: "VOLT", names.OUTPUT: "1"}
            self.settings[names.TERMINALS] = self._wired

    @property
    def stored(self) -> int:
        """Readings in defbuffer1."""
        return len(self.buffers.split(OWN[:1])[0].readings)

    # ---- settings and the cell --------------------------------------------------------------

    def put(self, pattern: str, value: str) -> None:
        """Set; the output goes off where the source function or the terminals change."""
        if pattern in (names.SOURCE, names.TERMINALS) and value != self.settings[pattern]:
            self.settings[names.OUTPUT] = "0"
        super().put(pattern, value)

    def _follow(self, pattern: str) -> None:
        """Let a setting have what comes with it."""
        if pattern == names.RANGE_A:
            self.settings[names.AUTO_A] = "0"
        for function, fixed in names.RANGES.items():
            if pattern == fixed:
                self.settings[f"SOURce[1]:{_long(function)}:RANGe:AUTO"] = "0"
        if pattern in _LIMITING:
            self._keep_limit_in_range()
        if pattern in _APPLIED:
            self._apply()

    def _set_off_state(self, told: Arguments) -> None:
        """Without a function, that of the source's (p. 2-84)."""
        if not told:
            raise Refused(MISSING)
        self.put(names.OFF_STATES[self.settings[names.SOURCE]], names.OFF_STATE(told[0]))

    def _keep_limit_in_range(self) -> None:
        least_a = LEAST_LIMIT * self._range_a()
        fixed = self.settings[names.AUTO_A] == "0"
        if fixed and abs(float(self.settings[names.ILIM])) < least_a:
            self.settings[names.ILIM] = f"{least_a:.6E}"
            self.fail(RANGE)

    def _range_a(self) -> float:
        """The instrument's own range for what was asked, A."""
        return range_for(RANGES, float(self.settings[names.RANGE_A]) / FULL_SCALE)

    def _limit_a(self) -> float:
        """What limits the current of the voltage source, A."""
        limit_a = abs(float(self.settings[names.ILIM]))
        auto = self.settings[names.AUTO_A] == "1"
        return limit_a if auto else min(limit_a, FULL_SCALE * self._range_a())

    def _reset(self, _: Arguments) -> None:
        self.reset()
        self.buffers.reset()
        self._sweep = None
        self._apply()
        self.take(RESET_S)

    def _on(self) -> bool:
        return self.settings[names.OUTPUT] == "1"

    def _disconnected(self) -> bool:
        if self.settings[names.TERMINALS] != self._wired:
            return True
        off_state = self.settings[names.OFF_STATES[self.settings[names.SOURCE]]]
        return not self._on() and off_state == "HIMP"

    def _apply(self) -> None:
        """Let the cell feel what the settings say."""
        settings = self.settings
        if self._disconnected():
            self._plant.open_circuit()
        elif not self._on():
            part_a = OFF_STATE_PART * abs(float(settings[names.ILIM]))
            self._plant.source_voltage(0.0, part_a)
        elif settings[names.SOURCE] == "CURR":
            limit_v = float(settings[names.VLIM])
            self._plant.source_current(float(settings[names.CURRENT]), limit_v)
        else:
            self._plant.source_voltage(float(settings[names.VOLTAGE]), self._limit_a())

    def _tripped(self, function: str) -> str:
        relevant = self._on() and self.settings[names.SOURCE] == function
        return "1" if relevant and self._plant.limited() else "0"

    # ---- readings ---------------------------------------------------------------------------

    def _reading_s(self) -> float:
        return float(self.settings[names.NPLC[self.settings[names.SENSE]]]) / LINE_HZ

    def _read(self, told: Arguments) -> str:
        elements = told[1:]
        return written(self._store(told), elements)

    def _measure_as(self, sense: str, told: Arguments) -> str:
        self.put(names.SENSE, sense)
        return self._read(told)

    def _store(self, told: Arguments) -> Reading:
        """Measure as often as COUNt says; the last. Raises Refused."""
        count = int(self.settings[names.COUNT])
        reading = self._measure(told[:1])
        for _ in range(count - 1):
            reading = self._measure(told[:1])
        return reading

    def _fetch(self, told: Arguments) -> str:
        buffer, elements = self.buffers.split(told)
        if self._observe:
            return written(self._measure(told[:1], takes=False), elements)
        if not buffer.readings:
            raise Refused(STALE)
        return written(buffer.readings[-1], elements)

    def _measure(self, name: Arguments, *, takes: bool = True) -> Reading:
        """One reading into a buffer; it takes its time unless another program has taken it."""
        buffer, _ = self.buffers.split(name)
        t_ns = self.t_ns + self.took_ns
        open_relay = self._disconnected()
        voltage_v = 0.0 if open_relay else self._plant.voltage_v()
        current_a = 0.0 if open_relay else self._plant.current_a()
        function, sense = self.settings[names.SOURCE], self.settings[names.SENSE]
        sensed = {"VOLT": voltage_v, "CURR": current_a, "RES": _ratio(voltage_v, current_a)}
        reading = Reading(
            sensed[function], _UNITS[function], sensed[sense], _UNITS[sense], t_ns,
            buffer.since_ns(t_ns) * 1e-9,
        )  # fmt: skip
        buffer.readings.append(reading)
        if takes:
            self.take(self._reading_s())
        return reading

    # ---- sweeps -----------------------------------------------------------------------------

    def _plan_sweep(self, function: str, told: Arguments) -> None:
        if len(told) < 3:
            raise Refused(MISSING)
        if len(told) > SWEEP_ARGUMENTS:
            raise Refused(ILLEGAL)
        most = 210.0 if function == "VOLT" else 1.05
        begin, end = (float(number(-most, most)(text)) for text in told[:2])
        delay_s = max(float(number(-1.0, names.DELAY_S)(told[3])), 0.0) if len(told) > 3 else 0.0
        buffer = told[-1] if len(told) == SWEEP_ARGUMENTS else OWN[0]
        self.buffers.split((buffer,))
        points = int(integer(2, 1_000_000)(told[2]))
        self._sweep = Sweep(function, begin, end, points, delay_s, buffer)

    def _run_sweep(self) -> None:
        """Take all its points. Without a sweep there is no trigger model: an error [B]."""
        sweep = self._sweep
        if sweep is None:
            raise Refused(STALE)
        self.put(names.SOURCE, sweep.function)
        self.put(names.OUTPUT, "1")
        step = (sweep.end - sweep.begin) / (sweep.points - 1)
        for index in range(sweep.points):
            self.put(_LEVELS[sweep.function], f"{sweep.begin + index * step:.6E}")
            self.take(sweep.delay_s)
            self._measure((sweep.buffer,))
        self.put(names.OUTPUT, "0")


def _beep(told: Arguments) -> None:
    if len(told) != 2:
        raise Refused(MISSING)
    number(20.0, 20_000.0)(told[0])
    number(0.001, 100.0)(told[1])


def _ratio(voltage_v: float, current_a: float) -> float:
    return voltage_v / current_a if current_a else scpi.NOT_A_NUMBER


def _long(function: str) -> str:
    return {"CURR": "CURRent", "VOLT": "VOLTage"}[function]
