"""A Keithley 2400 wired to a cell, as SCPI lines, over a `CellPlant`.

Rules: as the device: the output goes off when the source function or the terminals change [B] and
at `*RST`, which chooses the front ones [B]: at others than the cell's nothing is connected.
`:READ?` with the output off is error 803 and no answer. It answers the elements of
`:FORMat:ELEMents` in their own order. Behind an output that is off and at high impedance nothing
flows; in another off state 0 V is sourced, and the cell discharges through it. A limit is a
magnitude, on both sides of 0. A fixed measurement range limits by itself where it is below the
limit (range compliance). `*RST` takes 0.3 s and a reading the power-line cycles of both quantities,
and 5 ms [B].

Source and marks: as in `instruments.codecs.keithley_2400`. [B] Only what this program and
PyMeasure send to set up, source and read is known; buffers, sweeps, arithmetic and trigger layers
are errors.
"""

from instruments.codecs import keithley_2400 as codec
from instruments.codecs import scpi
from instruments.codecs.source_meter import TERMINALS
from instruments.emulators.scpi_device import (
    ILLEGAL,
    MISSING,
    OUTPUT_OFF,
    Arguments,
    Refused,
    ScpiDevice,
    Setting,
    integer,
    number,
    switch,
    word,
)
from instruments.potentiostat.keithley_2400 import OVERHEAD_MS, QUANTITIES, Keithley2400Options
from instruments.potentiostat.keithley_2400_ranges import RANGES
from instruments.potentiostat.source_meter_ranges import FULL_SCALE, range_for
from instruments.protocols import CellPlant

IDENTITY = "KEITHLEY INSTRUMENTS INC.,MODEL 2400,1162003,C33   Mar 31 2015 09:32:39/A02  /K/J"
LINE_HZ = 50
RESET_S = 0.3
OFF_STATE_A = 1e-3  # that "normal" off sources at most, about 0 V [A]
NAN = 9.91e37
FRONT, REMOTE_SENSE = 1 << 2, 1 << 22  # bits of the status word
MEASURED = {"VOLT": 1 << 11, "CURR": 1 << 12, "RES": 1 << 13}
SOURCED = {"VOLT": codec.BY_VOLTAGE, "CURR": codec.BY_CURRENT}
ELEMENTS: tuple[str, ...] = ("VOLTage", "CURRent", "RESistance", "TIME", "STATus")
SENSES = {"VOLT": "VOLTage[:DC]", "CURR": "CURRent[:DC]", "RES": "RESistance"}

OUTPUT = "OUTPut[1][:STATe]"
OFF_STATE = "OUTPut[1]:SMODe"
SOURCE = "SOURce[1]:FUNCtion[:MODE]"
LEVELS = {
    "CURR": "SOURce[1]:CURRent[:LEVel][:IMMediate][:AMPLitude]",
    "VOLT": "SOURce[1]:VOLTage[:LEVel][:IMMediate][:AMPLitude]",
}
LIMITS = {  # of a source of the one, the protection of the other
    "VOLT": "[SENSe[1]]:CURRent[:DC]:PROTection[:LEVel]",
    "CURR": "[SENSe[1]]:VOLTage[:DC]:PROTection[:LEVel]",
}
RANGE_A, AUTO_A = (f"[SENSe[1]]:CURRent[:DC]:RANGe{end}" for end in ("[:UPPer]", ":AUTO"))
NPLC = tuple(f"[SENSe[1]]:{name}:NPLCycles" for name in SENSES.values())
REMOTE = "SYSTem:RSENse"
ROUTE = "ROUTe:TERMinals"

SETTINGS = (
    Setting(OUTPUT, "0", switch),
    Setting(OFF_STATE, "NORM", word("HIMPedance", "NORMal", "ZERO", "GUARd")),
    Setting(SOURCE, "VOLT", word("VOLTage", "CURRent")),
    Setting(LEVELS["CURR"], "0", number(-1.05, 1.05)),
    Setting(LEVELS["VOLT"], "0", number(-210.0, 210.0)),
    Setting(LIMITS["VOLT"], "1.05E-4", number(-1.05, 1.05)),
    Setting(LIMITS["CURR"], "21", number(-210.0, 210.0)),
    Setting(RANGE_A, "1.05E-4", number(-1.05, 1.05)),
    Setting(AUTO_A, "1", switch),
    Setting("[SENSe[1]]:VOLTage[:DC]:RANGe[:UPPer]", "21", number(-210.0, 210.0)),
    Setting("[SENSe[1]]:VOLTage[:DC]:RANGe:AUTO", "1", switch),
    Setting("[SENSe[1]]:RESistance:RANGe[:UPPer]", "2.1E5", number(0.0, 210e6)),
    Setting("[SENSe[1]]:RESistance:RANGe:AUTO", "1", switch),
    Setting("[SENSe[1]]:RESistance:MODE", "MAN", word("MANual", "AUTO")),
    Setting("[SENSe[1]]:FUNCtion:CONCurrent", "1", switch),
    *(Setting(one, "1", number(0.01, 10.0)) for one in NPLC),
    Setting("[SENSe[1]]:AVERage[:STATe]", "0", switch),
    Setting("[SENSe[1]]:AVERage:COUNt", "10", integer(1, 100)),
    Setting("[SENSe[1]]:AVERage:TCONtrol", "REP", word("REPeat", "MOVing")),
    Setting("SOURce[1]:CURRent:RANGe", "1E-4", number(-1.05, 1.05)),
    Setting("SOURce[1]:CURRent:RANGe:AUTO", "1", switch),
    Setting("SOURce[1]:VOLTage:RANGe", "2E1", number(-210.0, 210.0)),
    Setting("SOURce[1]:VOLTage:RANGe:AUTO", "1", switch),
    Setting("SOURce[1]:DELay", "0", number(0.0, 999.9999)),
    Setting("SOURce[1]:DELay:AUTO", "1", switch),
    Setting("SOURce[1]:CLEar:AUTO", "0", switch),
    Setting("SYSTem:AZERo[:STATe]", "1", switch),
    Setting(REMOTE, "0", switch),
    Setting("SYSTem:BEEPer:STATe", "1", switch),
    Setting(ROUTE, "FRON", word("FRONt", "REAR")),
)
_APPLIED = frozenset(
    (OUTPUT, OFF_STATE, SOURCE, ROUTE, RANGE_A, AUTO_A, *LEVELS.values(), *LIMITS.values())
)


class Keithley2400Emulator(ScpiDevice):
    """`Emulator` of one SourceMeter."""

    def __init__(self, plant: CellPlant, options: Keithley2400Options) -> None:
        super().__init__(SETTINGS, self._follow)
        self._plant = plant
        self._wired = TERMINALS[options.terminals]
        self._senses = ("VOLT", "CURR")
        self._elements = ELEMENTS
        self.identity = IDENTITY  # the answer to *IDN?
        self.answer({
            "*IDN": lambda _: self.identity,
            "READ": lambda _: self._read(),
            "[SENSe[1]]:FUNCtion[:ON]": lambda _: ",".join(f'"{s}"' for s in self._senses),
            "FORMat:ELEMents[:SENSe[1]]": lambda _: ",".join(map(_short, self._elements)),
            f"{LIMITS['VOLT']}:TRIPped".replace("[:LEVel]", ""): lambda _: self._tripped("VOLT"),
            f"{LIMITS['CURR']}:TRIPped".replace("[:LEVel]", ""): lambda _: self._tripped("CURR"),
            **{
                f"MEASure:{header}": lambda _, sense=sense: self._measure_as(sense)
                for sense, header in SENSES.items()
            },
        })  # fmt: skip
        self.obey({
            "*RST": lambda _: self._reset(),
            "[SENSe[1]]:FUNCtion[:ON]": self._set_senses,
            "[SENSe[1]]:FUNCtion[:ON]:ALL": lambda _: self._set_senses(tuple(SENSES)),
            "[SENSe[1]]:FUNCtion:OFF": lambda _: None,
            "FORMat:ELEMents[:SENSe[1]]": self._set_elements,
            "SYSTem:TIME:RESet": lambda _: None,
        })  # fmt: skip

    # ---- settings and the cell --------------------------------------------------------------

    def put(self, pattern: str, value: str) -> None:
        """Set; the output goes off where the source function or the terminals change."""
        if pattern in (SOURCE, ROUTE) and value != self.settings[pattern]:
            self.settings[OUTPUT] = "0"
        super().put(pattern, value)

    def _follow(self, pattern: str) -> None:
        """Let a setting have what comes with it."""
        if pattern == RANGE_A:
            self.settings[AUTO_A] = "0"
        if pattern in NPLC:
            self.settings.update(dict.fromkeys(NPLC, self.settings[pattern]))
        if pattern in _APPLIED:
            self._apply()

    def _set_senses(self, told: Arguments) -> None:
        senses = [scpi.unquoted(one).upper().removesuffix(":DC") for one in told]
        if not senses:
            raise Refused(MISSING)
        known = [sense for sense in SENSES if any(_is(one, sense) for one in senses)]
        if len(known) != len(senses):
            raise Refused(ILLEGAL)
        self._senses = tuple(known)

    def _set_elements(self, told: Arguments) -> None:
        if not told:
            raise Refused(MISSING)
        known = [e for e in ELEMENTS if any(scpi.matches(one.upper(), e) for one in told)]
        if len(known) != len(told):
            raise Refused(ILLEGAL)
        self._elements = tuple(known)

    def _reset(self) -> None:
        self.reset()
        self._senses, self._elements = ("VOLT", "CURR"), ELEMENTS
        self._apply()
        self.take(RESET_S)

    def _on(self) -> bool:
        return self.settings[OUTPUT] == "1"

    def _range_limit_a(self) -> float:
        """What a fixed measurement range limits by itself, A."""
        if self.settings[AUTO_A] == "1":
            return float("inf")
        return FULL_SCALE * range_for(RANGES, abs(float(self.settings[RANGE_A])))

    def _apply(self) -> None:
        """Let the cell feel what the settings say."""
        settings, plant = self.settings, self._plant
        source = settings[SOURCE]
        level, limit = float(settings[LEVELS[source]]), abs(float(settings[LIMITS[source]]))
        if settings[ROUTE] != self._wired or (not self._on() and settings[OFF_STATE] == "HIMP"):
            plant.open_circuit()
        elif not self._on():
            plant.source_voltage(0.0, OFF_STATE_A)
        elif source == "CURR":
            plant.source_current(level, limit)
        else:
            plant.source_voltage(level, min(limit, self._range_limit_a()))

    # ---- readings ---------------------------------------------------------------------------

    def _tripped(self, source: str) -> str:
        relevant = self._on() and self.settings[SOURCE] == source
        return "1" if relevant and self._plant.limited() else "0"

    def _measure_as(self, sense: str) -> str:
        """One quantity beside those that are read; as `:CONFigure`, the output on."""
        self._senses = tuple(one for one in SENSES if one == sense or one in self._senses)
        self.put(OUTPUT, "1")
        return self._read()

    def _read(self) -> str:
        if not self._on():
            raise Refused(OUTPUT_OFF)
        t_ns = self.t_ns + self.took_ns
        self.take(QUANTITIES * float(self.settings[NPLC[0]]) / LINE_HZ + 1e-3 * OVERHEAD_MS)
        wired = self.settings[ROUTE] == self._wired
        voltage_v = self._plant.voltage_v() if wired else 0.0
        current_a = self._plant.current_a() if wired else 0.0
        ohm = voltage_v / current_a if current_a and "RES" in self._senses else NAN
        shown = (voltage_v, current_a, ohm, t_ns * 1e-9 % 1e5, self._status())
        values = dict(zip(ELEMENTS, shown, strict=True))
        return ",".join(f"{values[one]:+.6E}" for one in self._elements)

    def _status(self) -> float:
        """The status word."""
        source = self.settings[SOURCE]
        front = FRONT if self.settings[ROUTE] == "FRON" else 0
        bits = front | SOURCED[source] | sum(MEASURED[sense] for sense in self._senses)
        bits |= REMOTE_SENSE if self.settings[REMOTE] == "1" else 0
        if self._plant.limited():
            by_range = source == "VOLT" and self._range_limit_a() < abs(
                float(self.settings[LIMITS[source]])
            )
            bits |= codec.RANGE_COMPLIANCE if by_range else codec.COMPLIANCE
        return float(bits)


def _short(keyword: str) -> str:
    return "".join(letter for letter in keyword if not letter.islower())


def _is(word_: str, sense: str) -> bool:
    return scpi.matches(word_, SENSES[sense].removesuffix("[:DC]"))
