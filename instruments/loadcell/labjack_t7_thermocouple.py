"""A thermocouple on an analog input of a LabJack T7, as the thermometer of a rig.

The T7 linearises it by itself (an extended feature of the input) and compensates the cold junction,
by the sensor inside the box or by one at the terminals (an LM34 on another input). The driver
counts in the rig's `division`, from 0 degC.

Rules: `configure` sets the type, degC, the cold junction and the input, and reads them back; after
its power failed a T7 has none of it, and is set up again before it counts. A temperature that no
thermocouple of the type has, -9999 among them, is no temperature but a fault of the sensor, and so
is a cold junction by a sensor of one's own that the box could not work at.

Source: T-Series Datasheet, 14.1.1; application note "Thermocouples with the T7": an LM34 is 55.56
K/V and 255.37 K at 0 V. Ranges of the types: NIST Monograph 175 (ITS-90), C: ASTM E230. Other marks
as in `instruments.codecs.labjack_t7`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from instruments.boxes import labjack_t7 as boxes
from instruments.boxes.labjack_t7 import BOX, Box, Channel, InputOptions
from instruments.codecs import labjack_t7 as t7
from instruments.loadcell.silent import they_only_answer
from instruments.model import Model
from instruments.options import OptionError, Positive
from instruments.protocols import Clock, DeviceRefused, ForceReading, Identity, Transport

LM34_K_PER_V, LM34_OFFSET_K = 55.56, 255.37
COLD_RANGE_V = 10.0
COLD_C = (-40.0, 85.0)  # where a T7 works; T-Series Datasheet, appendix A-7
RANGES_C = {
    "B": (0.0, 1820.0),
    "C": (0.0, 2315.0),
    "E": (-270.0, 1000.0),
    "J": (-210.0, 1200.0),
    "K": (-270.0, 1372.0),
    "N": (-270.0, 1300.0),
    "R": (-50.0, 1768.1),
    "S": (-50.0, 1768.1),
    "T": (-270.0, 400.0),
}
Type = Literal["B", "C", "E", "J", "K", "N", "R", "S", "T"]


class LabjackT7ThermocoupleOptions(
    InputOptions, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Options of a thermocouple on a T7.

    units: its analog input. division_n: a count, K. cold_input: the input of a sensor at the
    terminals that shows the cold junction; None: the one inside the box. cold_k_per_volt and
    cold_offset_k: its scale, an LM34's without.
    """

    type: Type
    units: Annotated[tuple[Channel, ...], Meta(min_length=1, max_length=1)] = (0,)
    division_n: Positive = 0.01
    range_v: float = 0.1
    cold_input: Channel | None = None
    cold_k_per_volt: Positive = LM34_K_PER_V
    cold_offset_k: float = LM34_OFFSET_K

    def channels(self) -> tuple[int, ...]:
        """The thermocouple's input."""
        return self.units

    def terminals(self) -> tuple[str, ...]:
        """The thermocouple's input or inputs, and that of the cold junction."""
        cold = () if self.cold_input is None else (f"AIN{self.cold_input}",)
        return super().terminals() + cold

    def __post_init__(self) -> None:
        """Raises OptionError where both sensors are at one input."""
        super().__post_init__()
        if self.cold_input is not None and f"AIN{self.cold_input}" in super().terminals():
            raise OptionError(
                "cold_input", f"AIN{self.cold_input} is the thermocouple's; wire it to another"
            )


class LabjackT7Thermocouple:
    """`LoadCell` with one channel, whose counts are a temperature."""

    def __init__(
        self, transport: Transport, clock: Clock, options: LabjackT7ThermocoupleOptions
    ) -> None:
        self._box = box = Box(transport, clock, options, "thermometer")
        (channel,) = options.units
        self._index = {t7.ain_ef_index(channel): float(t7.THERMOCOUPLES[options.type])}
        self._settings = boxes.settings((channel,), options) | _cold(channel, options)
        self._read_a = t7.ain_ef_read(channel)
        self._asks = box.question(self._read_a.address, self._read_a.size)
        self._cold = None if options.cold_input is None else t7.ain_ef_read_cold(channel)
        self._range_c = RANGES_C[options.type]
        self._division_k = options.division_n

    def identify(self) -> Identity:
        """See `Box.identify`."""
        return self._box.identify()

    def configure(self) -> None:
        """Set the input up, and read that back. Raises LinkError."""
        boxes.write_changed(self._box, self._index)  # it resets the rest
        boxes.write_changed(self._box, self._settings)

    def read(self) -> ForceReading:
        """The temperature, counts from 0 degC; a fault where there is none. Raises LinkError."""
        link = self._box.link
        celsius = self._read_a.unpack(self._measured())
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        fault = not _within(celsius, self._range_c)
        if self._cold is not None:
            fault |= not _within(self._box.value(self._cold), COLD_C)
        counts = 0 if fault else round(celsius / self._division_k)
        return ForceReading((counts,), fault, t_ns, uncertainty_ns)

    def _measured(self) -> bytes:
        try:
            return self._box.ask(self._asks)
        except DeviceRefused as error:
            raise DeviceRefused(
                f"{error} Its input is set up for a thermocouple by a run"
            ) from None

    def verify(self) -> None:
        """As `configure`: a box that was without power has lost its settings. Raises LinkError."""
        self.configure()


def _within(celsius: float, range_c: tuple[float, float]) -> bool:
    low, high = range_c
    return low <= celsius <= high


def _cold(channel: int, options: LabjackT7ThermocoupleOptions) -> dict[t7.Register, float]:
    """How the thermocouple's feature, and the cold junction's input, are to be set up."""
    of, slope, offset = float(t7.TEMPERATURE_DEVICE_K.address), 1.0, 0.0
    found: dict[t7.Register, float] = {}
    cold = options.cold_input
    if cold is not None:
        of = float(t7.ain(cold).address)
        slope, offset = options.cold_k_per_volt, options.cold_offset_k
        found = {
            t7.ain_range(cold): COLD_RANGE_V,
            t7.ain_negative(cold): t7.SINGLE_ENDED,
            t7.ain_resolution(cold): options.resolution,
            t7.ain_settling_us(cold): options.settling_us,
        }
    return found | {
        t7.ain_ef_unit(channel): t7.CELSIUS,
        t7.ain_ef_cold(channel): of,
        t7.ain_ef_cold_slope(channel): slope,
        t7.ain_ef_cold_offset(channel): offset,
    }


MODEL = Model(
    "load_cells",
    "labjack-t7-thermocouple",
    LabjackT7ThermocoupleOptions,
    LabjackT7Thermocouple,
    "instruments.emulators.labjack_t7_roles:Thermocouple",
    they_only_answer,
    kinds=("tcp",),
    box=BOX,
    terminals=LabjackT7ThermocoupleOptions.terminals,
    only=("thermometer",),
)
