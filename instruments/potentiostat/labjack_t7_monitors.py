"""A potentiostat that another program drives, followed by its monitors on a LabJack T7.

Voltage and current are read at the monitor outputs. Scale, sign and zero are the rig's: what an
output gives at 0 V and without current, and how many volts of the cell, or amperes, a volt of it
is. The current's scale is that of the range which the potentiostat is fixed to: one that changes
its range by itself changes the scale without a word, so autorange must be off in its program.
Current below `least_current_a` is none: offset and noise would count as charge otherwise.

A digital line of the T7 may be wired to an input of the potentiostat that opens its circuit
(BioLogic: OPEN IN, active low, SP-240 manual p. 63). Then a trip opens the cell after all, and it
stays so until the trip is reset; else the other program's cell is its own to open.

Rules: reading writes nothing. The line is read back without making it an input.

Source and marks: as in `instruments.codecs.labjack_t7`. Monitors: BioLogic SP-240 manual p. 63 (E
reversed, I scaled by range), Gamry 1010 manual p. 78 (I: 3 V is full scale).
"""

from typing import Annotated, Literal

from msgspec import Meta

from instruments.boxes.labjack_t7 import BOX, Box, Channel, InputOptions, Inputs
from instruments.codecs import labjack_t7 as t7
from instruments.model import Model
from instruments.protocols import (
    BadReply,
    CellReading,
    Clock,
    DeviceRefused,
    Identity,
    Transport,
)

LEAST_SHARE = 2e-3  # of the current's span: offset and noise of a monitor [A]
HIGH, LOW = 1, 0


class LabjackT7MonitorsOptions(InputOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a potentiostat's monitors on a T7.

    voltage_input, current_input: analog inputs. voltage_gain: volts of the cell for a volt of its
    monitor; -1: reversed. current_span_a (A) is what the current monitor shows as `monitor_span_v`
    (V); negative: reversed. voltage_zero_v, current_zero_v (V): what the monitors give at 0 V and
    at open circuit. least_current_a (A): below it no current flows; None: 0.2 % of the span.
    open_output: number of the digital line (0 to 7: FIO, 8 to 15: EIO, 16 to 19: CIO, 20 to 22:
    MIO) at the input that opens the circuit, at `open_level`; None: not wired.
    """

    observe: bool = True
    voltage_input: Channel = 0
    current_input: Channel = 1
    voltage_gain: float = 1.0
    voltage_zero_v: float = 0.0
    current_span_a: float = 1.0
    monitor_span_v: Annotated[float, Meta(gt=0.0, le=10.0)] = 1.0
    current_zero_v: float = 0.0
    least_current_a: Annotated[float, Meta(ge=0.0)] | None = None
    open_output: Annotated[int, Meta(ge=0, le=22)] | None = None
    open_level: Literal["low", "high"] = "low"

    def channels(self) -> tuple[int, ...]:
        """The two inputs."""
        return self.voltage_input, self.current_input

    def terminals(self) -> tuple[str, ...]:
        """The monitors' inputs, and the line that opens the circuit."""
        line = () if self.open_output is None else (f"DIO{self.open_output}",)
        return super().terminals() + line

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be followed."""
        super().__post_init__()
        if not self.observe:
            raise ValueError(
                "monitors only follow what another program does: write 'mode: observe'"
            )
        if self.voltage_input == self.current_input:
            raise ValueError(f"voltage and current are both at input {self.voltage_input}")
        if not self.voltage_gain or not self.current_span_a:
            raise ValueError("voltage_gain and current_span_a cannot be 0")
        if self.monitor_span_v > self.range_v:
            raise ValueError(
                f"the monitor's {self.monitor_span_v:g} V are beyond the range of the input, "
                f"{self.range_v:g} V"
            )

    def amperes_per_v(self) -> float:
        """Amperes of a volt of the current monitor."""
        return self.current_span_a / self.monitor_span_v

    def least_a(self) -> float:
        """Below this no current flows, A."""
        least_a = self.least_current_a
        return LEAST_SHARE * abs(self.current_span_a) if least_a is None else least_a

    def level(self, *, opened: bool) -> int:
        """Of the digital line."""
        return LOW if opened == (self.open_level == "low") else HIGH


def when_silent(options: LabjackT7MonitorsOptions) -> str:
    """What the cell does once nothing is heard of the host again."""
    stays = "the other program goes on with its cell"
    if options.open_output is None:
        return stays
    return f"{stays}; DIO{options.open_output} of the T7 stays as it is"


class LabjackT7Monitors:
    """`Potentiostat` that is only followed; `Followed`, whose circuit can be opened."""

    def __init__(
        self, transport: Transport, clock: Clock, options: LabjackT7MonitorsOptions
    ) -> None:
        self._options = options
        self._box = Box(transport, clock, options, "potentiostat's monitors")
        self._inputs = Inputs(self._box, options.channels(), options)
        self._per_v = options.amperes_per_v()
        self._least_a = options.least_a()
        self._opened: bool | None = None  # the line as commanded; None: not yet

    def identify(self) -> Identity:
        """See `Box.identify`: of the box, since monitors have no identity."""
        return self._box.identify()

    def configure(self) -> None:
        """Set the inputs up, and leave the cell to the other program. Raises LinkError."""
        self._inputs.configure()
        self.follow()

    def read(self) -> CellReading:
        """Voltage and current at the monitors; NaN where one is beyond its range; `on` while a
        current flows. Raises LinkError."""
        (voltage_v, current_v), span = self._inputs.read()
        options = self._options
        current_a = (current_v - options.current_zero_v) * self._per_v
        if abs(current_a) < self._least_a:
            current_a = 0.0
        return CellReading(
            (voltage_v - options.voltage_zero_v) * options.voltage_gain,
            current_a,
            current_a != 0.0,
            False,
            span.t_ns,
            span.uncertainty_ns,
        )

    def verify(self) -> None:
        """Set up again what a box without power has lost: inputs, and the line as commanded.
        Raises LinkError."""
        self._inputs.configure()
        if self._opened is not None:
            self._say(opened=self._opened)

    def follow(self) -> None:
        """Leave the cell to the other program. Raises LinkError."""
        if self._options.open_output is not None:
            self._say(opened=False)

    def open_circuit(self) -> None:
        """Open the other program's circuit. Raises DeviceRefused where no line does that;
        LinkError, BadReply where the line does not stand as told."""
        if self._options.open_output is None:
            raise DeviceRefused(
                "the cell is another program's: no line of ours opens its circuit ('open_output')"
            )
        self._say(opened=True)

    switch_off = open_circuit

    def source_current(self, current_a: float, voltage_limit_v: float) -> None:
        """Raises DeviceRefused: the cell is another program's."""
        del current_a, voltage_limit_v
        raise DeviceRefused("the potentiostat is only followed: another program drives the cell")

    def source_voltage(self, voltage_v: float, current_limit_a: float) -> None:
        """Raises DeviceRefused: the cell is another program's."""
        del voltage_v, current_limit_a
        raise DeviceRefused("the potentiostat is only followed: another program drives the cell")

    def _say(self, *, opened: bool) -> None:
        """Set the line, and read back that it is an output and stands so."""
        number, self._opened = self._options.open_output, opened
        if number is None:
            return
        level = self._options.level(opened=opened)
        self._box.write(t7.dio(number), level)
        states = self._box.value(t7.DIO_STATE), self._box.value(t7.DIO_DIRECTION)
        is_high, is_output = (round(state) >> number & 1 for state in states)
        if is_high != level or not is_output:
            raise BadReply(
                f"DIO{number} of the T7 was set {('low', 'high')[level]} and is "
                f"{('low', 'high')[is_high]}{'' if is_output else ', an input'}; look at its wiring"
            )


MODEL = Model(
    "potentiostat",
    "labjack-t7-monitors",
    LabjackT7MonitorsOptions,
    LabjackT7Monitors,
    "instruments.emulators.labjack_t7_roles:Monitors",
    when_silent,
    kinds=("tcp",),
    box=BOX,
    terminals=LabjackT7MonitorsOptions.terminals,
)
