"""A Keithley DMM6500 on the output of a load-cell amplifier, as one load cell.

Rules: a count is `step` of voltage; the rig's division is its force. `configure` sets the meter up:
DC volts, a fixed range, `nplc` power-line cycles, no autozero in between. Reading writes nothing:
each read is one `:READ?` with its unit, and a meter that measures no DC voltage is refused. What no
amplifier puts out, beyond `most_v`, is a fault, as of a broken cable; beyond the meter's range it
says so itself, and that is over-range. A meter that lost its settings still measures the voltage,
more slowly; `verify` writes them again.

Source: DMM6500 Reference Manual (DMM6500-901-01) sections 12 and 13: `:SENSe`, `:READ?`; 9.9E+37 is
overflow. [B] With autozero off a reading takes its power-line cycles and nothing beside.
"""

from typing import Annotated

from msgspec import Meta

from instruments.codecs.template import counted
from instruments.loadcell.silent import it_only_answers
from instruments.model import Model
from instruments.options import Every, LinkOptions, Positive
from instruments.protocols import (
    Clock,
    DeviceRefused,
    ForceReading,
    Identity,
    Transport,
    WrongDevice,
)
from instruments.transport.scpi import ScpiLink

MODELS = ("DMM6500", "DAQ6510")
RANGES_V = (0.1, 1.0, 10.0, 100.0, 1000.0)
CYCLE_MS = 20.0  # of a line of 50 Hz
OVER = 1.2  # of the range: what an overflow reads
_READ = b':READ? "defbuffer1",READ,UNIT\n'
RESET_NS = 1_000_000_000
VOLTS = "Volt DC"
SHOWN = 80  # characters of another instrument's answer


class KeithleyDmm6500Options(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a meter; the deadline is beyond the time of a reading."""

    division_n: Positive = 0.4  # of one count
    step: Positive = 0.001  # V of one count
    range_v: Positive = 10.0  # the meter's range
    most_v: Positive = 10.5  # a working amplifier puts out no more
    # integration time in power-line cycles
    nplc: Annotated[float, Meta(ge=0.0005, le=12.0)] = 0.1
    clear_every: Every = 10_000  # reads until the meter's buffer is cleared

    def __post_init__(self) -> None:
        """Raises ValueError where the meter has no such range."""
        if self.range_v not in RANGES_V:
            ranges = ", ".join(f"{one:g}" for one in RANGES_V)
            raise ValueError(f"range_v {self.range_v:g} is none of the meter's: {ranges}")

    @property
    def deadline_ns(self) -> int:
        """Deadline of one whole answer, ns: a reading may take twice its time [B]."""
        return round((self.deadline_ms + 2.0 * reading_ms(self)) * 1e6)


def reading_ms(options: KeithleyDmm6500Options) -> float:
    """How long a reading takes, ms."""
    return options.nplc * CYCLE_MS


class KeithleyDmm6500:
    """`LoadCell` behind an amplifier and a meter."""

    def __init__(self, transport: Transport, clock: Clock, options: KeithleyDmm6500Options) -> None:
        self._options = options
        self._scpi = ScpiLink(
            transport, clock, options.deadline_ns, options.latency_ns, "load cell's meter"
        )
        self._settings = {
            ":SENS:VOLT:RANG": options.range_v,
            ":SENS:VOLT:NPLC": options.nplc,
            ":SENS:VOLT:AZER": 0.0,
        }
        self._reads = 0

    def identify(self) -> Identity:
        """Maker's answer to `*IDN?`. Raises WrongDevice, LinkError."""
        self._scpi.ready()
        fields = [field.strip() for field in self._scpi.ask(b"*IDN?\n").split(",")]
        model = fields[1].removeprefix("MODEL ") if len(fields) == 4 else ""
        if model not in MODELS:
            raise WrongDevice(
                f"load cell's meter: a Keithley {' or '.join(MODELS)} was expected, "
                f"{','.join(fields)[:SHOWN]!r} answers; check the address"
            )
        return Identity(model, fields[2], fields[3])

    def configure(self) -> None:
        """Set up. Raises DeviceRefused with the meter's own error; LinkError."""
        self._scpi.ready()
        self._scpi.ask(b"*RST;*OPC?\n", RESET_NS)
        self._scpi.say(':SENS:FUNC "VOLT:DC"')
        for header, value in self._settings.items():
            self._scpi.say(f"{header} {value:g}")
        self._scpi.check("set-up")

    def read(self) -> ForceReading:
        """The voltage, once, in counts. Raises LinkError; DeviceRefused where it measures something
        else."""
        self._scpi.ready()
        answer, _, unit = self._scpi.ask(_READ).rpartition(",")
        (volts,) = self._scpi.numbers(answer, 1)
        if unit != VOLTS:
            raise DeviceRefused(
                f"load cell's meter measures {unit[:SHOWN]!r}, not {VOLTS}; set it to DC volts"
            )
        link, options = self._scpi.link, self._options
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        self._reads += 1
        if self._reads % options.clear_every == 0:
            self._scpi.say(':TRAC:CLE "defbuffer1"')
        over = volts != volts  # the meter says overflow
        fault = not over and abs(volts) > options.most_v
        shown_v = OVER * options.range_v if over else volts
        counts = counted(shown_v, options.step, "load cell's meter")
        return ForceReading((counts,), fault, t_ns, uncertainty_ns, over)

    def verify(self) -> None:
        """Read the settings back, and write them again where they are others. Raises LinkError."""
        self._scpi.ready()
        function = self._scpi.ask(b":SENS:FUNC?\n")
        found = {
            header: self._scpi.numbers(self._scpi.ask(f"{header}?\n".encode()), 1)[0]
            for header in self._settings
        }
        if function != '"VOLT:DC"' or found != self._settings:
            self.configure()


MODEL = Model(
    "load_cells",
    "keithley-dmm6500",
    KeithleyDmm6500Options,
    KeithleyDmm6500,
    "instruments.emulators.keithley_dmm6500:KeithleyDmm6500Emulator",
    it_only_answers,
    kinds=("tcp", "visa", "serial"),
    reading_ms=reading_ms,
)
