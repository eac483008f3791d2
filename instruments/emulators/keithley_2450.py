"""A Keithley 2450 wired to a cell, as SCPI lines, over a `CellPlant`.

Rules: as the device: headers in short or long form, several commands on a line, an error queue
(-113 undefined header, -109 missing parameter, -222 out of range, -224 illegal value); the output
goes off when the source function changes and at `*RST`; an emptied buffer has no newest reading.
Behind an output that is off and at high impedance the terminals read nothing: 0. Where the off
state is not high impedance, "off" sources 0 V, and the cell discharges through it: so does ours.
A limit of voltage is a magnitude, on both sides of 0 V. A limit of current below 0.1 % of a fixed
measurement range is changed to that, with an error; beyond full scale the range itself limits.
With `observe`, another program measures: each `:FETC?` finds a reading of that moment, and the
output is on from the beginning.

Source: 2450 Reference Manual section 6. [B] Only what this program and common drivers send is
known; other headers are errors, as are those of trigger models and sweeps.
"""

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from instruments.codecs import scpi
from instruments.potentiostat.keithley_2450 import Keithley2450Options
from instruments.potentiostat.keithley_2450_ranges import FULL_SCALE, range_for
from instruments.protocols import CellPlant

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL 2450,04096331,1.7.12b"
NO_ERROR = '0,"No error;0,0,0"'
ERRORS = {
    -109: "Missing parameter",
    -113: "Undefined header",
    -222: "Parameter data out of range",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -363: "Input buffer overrun",
}
QUEUE = 64
OFF_STATE_PART = 0.1  # "normal" off sources 0 V with a tenth of the range (p. 8-139)

Arguments = tuple[str, ...]
T = TypeVar("T")


class _Error(Exception):
    """A command that the device refuses; the argument is the SCPI code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _number(low: float, high: float) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            value = float(text)
        except ValueError:
            raise _Error(-224) from None
        if not low <= value <= high:
            raise _Error(-222)
        return f"{value:.6E}"

    return check


def _switch(text: str) -> str:
    if text.upper() in ("1", "ON"):
        return "1"
    if text.upper() in ("0", "OFF"):
        return "0"
    raise _Error(-224)


def _word(*keywords: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        word = scpi.unquoted(text).removesuffix(":DC")
        for keyword in keywords:
            if scpi.matches(word, keyword):
                return "".join(c for c in keyword if not c.islower())
        raise _Error(-224)

    return check


_SMODE = _word("NORMal", "HIMPedance", "ZERO", "GUARd")

# Pattern, value after *RST, and how a new value is checked and written.
_SETTINGS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("SOURce[1]:FUNCtion[:MODE]", "VOLT", _word("VOLTage", "CURRent")),
    ("[SENSe[1]]:FUNCtion[:ON]", "CURR", _word("VOLTage", "CURRent", "RESistance")),
    ("SOURce[1]:CURRent[:LEVel][:IMMediate][:AMPLitude]", "0", _number(-1.05, 1.05)),
    ("SOURce[1]:CURRent:VLIMit[:LEVel]", "21", _number(0.02, 210.0)),
    ("SOURce[1]:CURRent:RANGe", "1E-8", _number(-1.05, 1.05)),
    ("SOURce[1]:CURRent:RANGe:AUTO", "1", _switch),
    ("SOURce[1]:CURRent:READ:BACK", "1", _switch),
    ("SOURce[1]:CURRent:DELay", "0", _number(0.0, 10_000.0)),
    ("SOURce[1]:CURRent:DELay:AUTO", "1", _switch),
    ("SOURce[1]:VOLTage[:LEVel][:IMMediate][:AMPLitude]", "0", _number(-210.0, 210.0)),
    ("SOURce[1]:VOLTage:ILIMit[:LEVel]", "1.05E-4", _number(-1.05, 1.05)),
    ("SOURce[1]:VOLTage:RANGe", "2E-2", _number(-210.0, 210.0)),
    ("SOURce[1]:VOLTage:RANGe:AUTO", "1", _switch),
    ("SOURce[1]:VOLTage:READ:BACK", "1", _switch),
    ("SOURce[1]:VOLTage:DELay", "0", _number(0.0, 10_000.0)),
    ("SOURce[1]:VOLTage:DELay:AUTO", "1", _switch),
    ("SENSe[1]:VOLTage[:DC]:RSENse", "0", _switch),
    ("SENSe[1]:VOLTage[:DC]:NPLCycles", "1", _number(0.01, 10.0)),
    ("SENSe[1]:VOLTage[:DC]:AZERo", "1", _switch),
    ("SENSe[1]:VOLTage[:DC]:RANGe[:UPPer]", "20", _number(-210.0, 210.0)),
    ("SENSe[1]:VOLTage[:DC]:RANGe:AUTO", "1", _switch),
    ("SENSe[1]:CURRent[:DC]:RSENse", "0", _switch),
    ("SENSe[1]:CURRent[:DC]:NPLCycles", "1", _number(0.01, 10.0)),
    ("SENSe[1]:CURRent[:DC]:AZERo", "1", _switch),
    ("SENSe[1]:CURRent[:DC]:RANGe[:UPPer]", "1E-8", _number(-1.05, 1.05)),
    ("SENSe[1]:CURRent[:DC]:RANGe:AUTO", "1", _switch),
    ("OUTPut[1][:STATe]", "0", _switch),
    ("OUTPut[1]:CURRent:SMODe", "NORM", _SMODE),
    ("OUTPut[1]:VOLTage:SMODe", "NORM", _SMODE),
    ("ROUTe:TERMinals", "FRON", _word("FRONt", "REAR")),
)
_SOURCE, _SENSE, _CURRENT, _VLIM = (row[0] for row in _SETTINGS[:4])
_VOLTAGE, _ILIM = _SETTINGS[9][0], _SETTINGS[10][0]
_RANGE_A, _AUTO_A = "SENSe[1]:CURRent[:DC]:RANGe[:UPPer]", "SENSe[1]:CURRent[:DC]:RANGe:AUTO"
LEAST_LIMIT = 0.001  # of a fixed measurement range (p. 6-71)
_OUTPUT = "OUTPut[1][:STATe]"
_OFF_STATES = {"CURR": "OUTPut[1]:CURRent:SMODe", "VOLT": "OUTPut[1]:VOLTage:SMODe"}
_LIMITING = (_ILIM, _RANGE_A, _AUTO_A)
_APPLIED = frozenset(
    (_SOURCE, _CURRENT, _VLIM, _VOLTAGE, *_LIMITING, _OUTPUT, *_OFF_STATES.values())
)  # what reaches the cell
_BY_HEADER = {
    header: (pattern, check)
    for pattern, _, check in _SETTINGS
    for header in scpi.spellings(pattern)
}

_ELEMENTS = ("SOURce", "READing", "RELative", "UNIT")


class _Reading:
    """The newest entry of `defbuffer1`."""

    __slots__ = ("measured", "relative_s", "source", "unit")

    def __init__(self, source: float, measured: float, relative_s: float, unit: str) -> None:
        self.source = source
        self.measured = measured
        self.relative_s = relative_s
        self.unit = unit


_FORMATS: dict[str, Callable[[_Reading], str]] = {
    "SOURce": lambda reading: f"{reading.source:.6E}",
    "READing": lambda reading: f"{reading.measured:.6E}",
    "RELative": lambda reading: f"{reading.relative_s:.6f}",
    "UNIT": lambda reading: reading.unit,
}


@lru_cache(maxsize=64)
def _elements(arguments: Arguments) -> tuple[Callable[[_Reading], str], ...]:
    """How a reading is written for `"defbuffer1",SOUR,READ,…`."""
    if arguments and scpi.unquoted(arguments[0]).lower() != "defbuffer1":
        raise _Error(-224)
    return tuple(_FORMATS[_element(word)] for word in arguments[1:]) or (_FORMATS["READing"],)


def _element(word: str) -> str:
    for keyword in _ELEMENTS:
        if scpi.matches(word, keyword):
            return keyword
    raise _Error(-224)


class Keithley2450Emulator:
    """`Emulator` of one source-measure unit."""

    def __init__(self, plant: CellPlant, options: Keithley2450Options) -> None:
        self._plant = plant
        self._observe = options.observe
        self.identity = IDENTITY  # the answer to *IDN?
        self._line = self.line()
        self._errors: deque[int] = deque()
        self._t_ns = 0
        self._began_ns: int | None = None
        self._newest: _Reading | None = None
        self.stored = 0  # readings in defbuffer1
        self.settings = _after_reset()
        self._queries = _by_header(self._query_table())
        self._commands = _by_header(self._command_table())
        if options.observe:
            self.settings[_SOURCE], self.settings[_SENSE] = "CURR", "VOLT"
            self.settings[_OUTPUT] = "1"

    def _query_table(self) -> dict[str, Callable[[Arguments], str]]:
        return {
            "*IDN": lambda _: self.identity,
            "*LANG": lambda _: "SCPI",
            "*OPC": lambda _: "1",
            "*STB": lambda _: "4" if self._errors else "0",
            "*ESR": lambda _: "0",
            "READ": self._read,
            "FETCh": self._fetch,
            "SYSTem:ERRor[:NEXT]": self._next_error,
            "SYSTem:ERRor:COUNt": lambda _: str(len(self._errors)),
            "SOURce[1]:CURRent:VLIMit[:LEVel]:TRIPped": lambda _: self._tripped("CURR"),
            "SOURce[1]:VOLTage:ILIMit[:LEVel]:TRIPped": lambda _: self._tripped("VOLT"),
            "TRACe:ACTual": lambda _: str(self.stored),
        }

    def _command_table(self) -> dict[str, Callable[[Arguments], None]]:
        return {
            "*RST": self._reset,
            "*CLS": lambda _: self._errors.clear(),
            "*WAI": lambda _: None,
            "SYSTem:CLEar": lambda _: self._errors.clear(),
            "SYSTem:BEEPer[:IMMediate]": lambda _: None,
            "TRACe:CLEar": self._clear,
        }

    def line(self) -> "ScpiLine":
        """Another connection to the same instrument, with its own half line."""
        return ScpiLine(self.hear)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._line.receive(data, t_ns)

    def hear(self, lines: scpi.Lines, data: bytes, t_ns: int) -> bytes:
        """Bytes of one connection, whose half line `lines` keeps."""
        self._t_ns = t_ns
        overlong = lines.overlong
        replies = [self._obey(line) for line in lines.feed(data)]
        if lines.overlong != overlong:
            self._fail(-363)
        return b"".join(replies)

    def _obey(self, line: bytes) -> bytes:
        answers: list[str] = []
        for unit in scpi.parse(line.decode("latin-1")):
            try:
                self._do(unit, answers)
            except _Error as error:
                self._fail(error.code)
        return ";".join(answers).encode("latin-1") + b"\n" if answers else b""

    def _do(self, unit: scpi.Unit, answers: list[str]) -> None:
        if unit.query:
            ask = self._queries.get(unit.header)
            answers.append(ask(unit.arguments) if ask else self.settings[_known(unit.header)[0]])
            return
        command = self._commands.get(unit.header)
        if command:
            command(unit.arguments)
        else:
            self._set(*_known(unit.header), unit.arguments)

    def _fail(self, code: int) -> None:
        if len(self._errors) < QUEUE:
            self._errors.append(code)

    def _next_error(self, _: Arguments) -> str:
        if not self._errors:
            return NO_ERROR
        code = self._errors.popleft()
        return f'{code},"{ERRORS[code]};1;{self._t_ns}"'

    # ---- settings and the cell --------------------------------------------------------------

    def _set(self, pattern: str, check: Callable[[str], str], arguments: Arguments) -> None:
        if not arguments:
            raise _Error(-109)
        value = check(arguments[0])
        if pattern == _SOURCE and value != self.settings[_SOURCE]:
            self.settings[_OUTPUT] = "0"
        self.settings[pattern] = value
        if pattern == _RANGE_A:
            self.settings[_AUTO_A] = "0"
        if pattern in _LIMITING:
            self._keep_limit_in_range()
        if pattern in _APPLIED:
            self._apply()

    def _keep_limit_in_range(self) -> None:
        least_a = LEAST_LIMIT * self._range_a()
        if self.settings[_AUTO_A] == "0" and abs(float(self.settings[_ILIM])) < least_a:
            self.settings[_ILIM] = f"{least_a:.6E}"
            self._fail(-222)

    def _range_a(self) -> float:
        """The instrument's own range for what was asked, A."""
        return range_for(float(self.settings[_RANGE_A]) / FULL_SCALE)

    def _limit_a(self) -> float:
        """What limits the current of the voltage source, A."""
        limit_a = abs(float(self.settings[_ILIM]))
        auto = self.settings[_AUTO_A] == "1"
        return limit_a if auto else min(limit_a, FULL_SCALE * self._range_a())

    def _reset(self, _: Arguments) -> None:
        self.settings.update(_after_reset())
        self._clear(())
        self._apply()

    def _on(self) -> bool:
        return self.settings[_OUTPUT] == "1"

    def _disconnected(self) -> bool:
        return not self._on() and self.settings[_OFF_STATES[self.settings[_SOURCE]]] == "HIMP"

    def _apply(self) -> None:
        """Let the cell feel what the settings say."""
        settings = self.settings
        if self._disconnected():
            self._plant.open_circuit()
        elif not self._on():
            self._plant.source_voltage(0.0, OFF_STATE_PART * abs(float(settings[_ILIM])))
        elif settings[_SOURCE] == "CURR":
            self._plant.source_current(float(settings[_CURRENT]), float(settings[_VLIM]))
        else:
            self._plant.source_voltage(float(settings[_VOLTAGE]), self._limit_a())

    def _tripped(self, function: str) -> str:
        relevant = self._on() and self.settings[_SOURCE] == function
        return "1" if relevant and self._plant.limited() else "0"

    # ---- readings ---------------------------------------------------------------------------

    def _read(self, arguments: Arguments) -> str:
        elements = _elements(arguments)
        reading = self._measure()
        return ",".join([write(reading) for write in elements])

    def _fetch(self, arguments: Arguments) -> str:
        if self._observe:
            return self._read(arguments)
        if self._newest is None:
            raise _Error(-230)
        return ",".join([write(self._newest) for write in _elements(arguments)])

    def _measure(self) -> _Reading:
        if self._began_ns is None:
            self._began_ns = self._t_ns
        relative_s = (self._t_ns - self._began_ns) * 1e-9
        open_relay = self._disconnected()
        voltage_v = 0.0 if open_relay else self._plant.voltage_v()
        current_a = 0.0 if open_relay else self._plant.current_a()
        source = current_a if self.settings[_SOURCE] == "CURR" else voltage_v
        measured, unit = self._sensed(voltage_v, current_a)
        self._newest = _Reading(source, measured, relative_s, unit)
        self.stored += 1
        return self._newest

    def _sensed(self, voltage_v: float, current_a: float) -> tuple[float, str]:
        sense = self.settings[_SENSE]
        if sense == "VOLT":
            return voltage_v, "Volt DC"
        if sense == "CURR":
            return current_a, "Amp DC"
        return (voltage_v / current_a if current_a else scpi.NOT_A_NUMBER), "Ohm"

    def _clear(self, _: Arguments) -> None:
        self.stored = 0
        self._began_ns = None
        self._newest = None


class ScpiLine:
    """`Emulator` of one connection."""

    def __init__(self, hear: Callable[[scpi.Lines, bytes, int], bytes]) -> None:
        self._hear = hear
        self._lines = scpi.Lines()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the lines answered."""
        return self._hear(self._lines, data, t_ns)


def _after_reset() -> dict[str, str]:
    return {pattern: value for pattern, value, _ in _SETTINGS}


def _known(header: str) -> tuple[str, Callable[[str], str]]:
    found = _BY_HEADER.get(header)
    if found is None:
        raise _Error(-113)
    return found


def _by_header(table: dict[str, T]) -> dict[str, T]:
    return {header: act for pattern, act in table.items() for header in scpi.spellings(pattern)}
