"""A Keithley DMM6500 on the output of a load-cell amplifier, over a `ForcePlant`.

Rules: as the device: `*RST` takes 0.3 s and sets DC volts on autorange; a reading takes its
power-line cycles, twice with autozero; beyond 120 % of a fixed range it reads overflow. The
amplifier puts out `step` of voltage for each division of the rig, and 13 V of a broken bridge [A].
Only DC volts and amperes are known, of which the second reads 0.

Source and marks: as in `instruments.loadcell.keithley_dmm6500`.
"""

from instruments.codecs import scpi
from instruments.emulators.keithley_2450_buffers import Buffers, Reading, written
from instruments.emulators.scpi_device import (
    STALE,
    Arguments,
    Refused,
    ScpiDevice,
    Setting,
    integer,
    number,
    switch,
    word,
)
from instruments.loadcell.keithley_dmm6500 import RANGES_V, KeithleyDmm6500Options
from instruments.protocols import ForcePlant

IDENTITY = "KEITHLEY INSTRUMENTS,MODEL DMM6500,04512345,1.7.12b"
LINE_HZ = 50
RESET_S = 0.3
BEYOND = 1.2  # of a range: more is overflow
BROKEN_V = 13.0
SENSE, COUNT = "[SENSe[1]]:FUNCtion[:ON]", "[SENSe[1]]:COUNt"
VOLTS = "[SENSe[1]]:VOLTage[:DC]"
RANGE, AUTO, NPLC, AZERO = (
    f"{VOLTS}:{name}" for name in ("RANGe[:UPPer]", "RANGe:AUTO", "NPLCycles", "AZERo[:STATe]")
)
AMPERES = "[SENSe[1]]:CURRent[:DC]"
SETTINGS = (
    Setting(SENSE, "VOLT", word("VOLTage", "CURRent")),
    Setting(COUNT, "1", integer(1, 1_000_000)),
    Setting(RANGE, "1000", number(0.0, 1000.0)),
    Setting(AUTO, "1", switch),
    Setting(NPLC, "1", number(0.0005, 12.0)),
    Setting(AZERO, "1", switch),
    Setting(f"{VOLTS}:RELative", "0", number(-1000.0, 1000.0)),
    Setting(f"{VOLTS}:RELative:STATe", "0", switch),
    Setting(f"{AMPERES}:RANGe[:UPPer]", "3", number(0.0, 3.0)),
    Setting(f"{AMPERES}:RANGe:AUTO", "1", switch),
    Setting(f"{AMPERES}:NPLCycles", "1", number(0.0005, 12.0)),
    Setting("DISPlay:VOLTage[:DC]:DIGits", "6", integer(3, 6)),
    Setting("ROUTe:TERMinals", "FRON", word("FRONt", "REAR")),
)


class KeithleyDmm6500Emulator(ScpiDevice):
    """`Emulator` of one meter, over load cell 0."""

    def __init__(self, plant: ForcePlant, options: KeithleyDmm6500Options) -> None:
        super().__init__(SETTINGS, self._follow)
        self._plant = plant
        self._options = options
        self.buffers = Buffers()
        self.answer({
            "*IDN": lambda _: IDENTITY,
            "*LANG": lambda _: "SCPI",
            SENSE: lambda _: f'"{self.settings[SENSE]}:DC"',
            RANGE: lambda _: f"{self._range_v():g}",
            "READ": self._read,
            "MEASure": self._read,
            "MEASure:VOLTage[:DC]": self._read_volts,
            "FETCh": self._fetch,
            "SYSTem:VERSion": lambda _: "1999.0",
            "SYSTem:LFRequency": lambda _: str(LINE_HZ),
        })  # fmt: skip
        self.answer(self.buffers.queries())
        self.obey({
            "*RST": self._reset,
            "*LANG": lambda _: None,
            "[SENSe[1]]:AZERo:ONCE": lambda _: self.take(self._reading_s()),
        })  # fmt: skip
        self.obey(self.buffers.commands())

    def _follow(self, pattern: str) -> None:
        if pattern == RANGE:
            self.settings[AUTO] = "0"

    def _reset(self, _: Arguments) -> None:
        self.reset()
        self.buffers.reset()
        self.take(RESET_S)

    def _range_v(self) -> float:
        """The meter's own range for what was asked, V."""
        asked_v = float(self.settings[RANGE])
        return next(range_v for range_v in RANGES_V if asked_v <= range_v)

    def _reading_s(self) -> float:
        cycles = float(self.settings[NPLC]) / LINE_HZ
        return 2.0 * cycles if self.settings[AZERO] == "1" else cycles

    def _volts(self) -> float:
        force_n = self._plant.force_n(0)
        if force_n != force_n:
            return BROKEN_V
        return force_n / self._options.division_n * self._options.step

    def _measured(self) -> tuple[float, str]:
        if self.settings[SENSE] == "CURR":
            return 0.0, "Amp DC"
        volts = self._volts()
        fixed = self.settings[AUTO] == "0"
        beyond = fixed and abs(volts) > BEYOND * self._range_v()
        return (scpi.NOT_A_NUMBER if beyond else volts), "Volt DC"

    def _read(self, told: Arguments) -> str:
        buffer, elements = self.buffers.split(told)
        reading: Reading | None = None
        for _ in range(int(self.settings[COUNT])):
            value, unit = self._measured()
            t_ns = self.t_ns + self.took_ns
            reading = Reading(0.0, "", value, unit, t_ns, buffer.since_ns(t_ns) * 1e-9)
            buffer.readings.append(reading)
            self.take(self._reading_s())
        if reading is None:
            raise Refused(STALE)
        return written(reading, elements)

    def _read_volts(self, told: Arguments) -> str:
        self.put(SENSE, "VOLT")
        return self._read(told)

    def _fetch(self, told: Arguments) -> str:
        buffer, elements = self.buffers.split(told)
        if not buffer.readings:
            raise Refused(STALE)
        return written(buffer.readings[-1], elements)
