"""An electro-pneumatic regulator (SMC ITV, Festo VPPM) on an analog output of a LabJack T7.

The press is commanded by force: a position is one, by the rig's nominal stiffness, and so is a
count. The output of the T7 (0 to 5 V) sets the regulator's pressure, and with it the force of the
cylinder: `full_setpoint_v` makes `full_force_n`. The regulator's monitor, on an analog input, says
what the pressure is; without one the press reports what was commanded, and only the load cells show
that the air is gone.

Rules: no voltage is released. A stop holds the present setpoint: nothing is written, and air that
is still on its way goes on to it (a monitor is too coarse to hold at what it shows). What was
commanded is compared with what the output has at each read: where that differs, the box was reset,
its watchdog has acted or another program has set it. From then on the press reports a fault, and
goes down only. What the air does once the host is silent is the T7's own watchdog
(`when_silent`): to `release` it goes to 0 V after `watchdog_s`, also when the run is over; to
`hold` it is disabled. Loss of air is loss of force, whatever is commanded.

Source: data sheets of SMC ITV1000/2000/3000 (0 to 5 V in, 1 to 5 V monitor, 0.2 % linearity) [B];
of the box as in `instruments.codecs.labjack_t7`.
"""

import math
from typing import Annotated, Literal

from msgspec import Meta

from instruments.boxes import labjack_t7_watchdog as watchdog
from instruments.boxes.labjack_t7 import BOX, Box, Channel, InputOptions, Inputs
from instruments.codecs import labjack_t7 as t7
from instruments.codecs.template import counted
from instruments.model import Model
from instruments.options import Positive
from instruments.press.commanded import Commanded
from instruments.protocols import Clock, DeviceRefused, Identity, PressReading, Transport

SAME_V = t7.STEP_V  # between what was commanded to the output and what it says
NAN = math.nan


class EpRegulatorOptions(InputOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of an electro-pneumatic regulator on a T7.

    um_per_count (µm) and n_per_count (N): of one count. dac: the output. full_force_n (N): what the
    cylinder presses with at `full_setpoint_v` (V). monitor: the input of the regulator's monitor,
    which gives `monitor_zero_v` without pressure and `monitor_full_v` at `full_force_n`; None: not
    wired. tolerance_um: it has arrived within this. watchdog_s (s): silence after which the T7 lets
    the air go, where `when_silent` is release.
    """

    um_per_count: Positive = 1.0
    n_per_count: Positive = 10.0
    full_force_n: Positive = 5000.0
    full_setpoint_v: Annotated[float, Meta(gt=0.0, le=t7.OUTPUT_V)] = t7.OUTPUT_V
    travel_um: tuple[float, float] | None = None  # of the rig, to be within the regulator's
    dac: Annotated[int, Meta(ge=0, le=1)] = 0
    monitor: Channel | None = None
    monitor_zero_v: float = 1.0
    monitor_full_v: float = 5.0
    tolerance_um: float = 0.0
    when_silent: Literal["hold", "release"] = "hold"
    watchdog_s: Annotated[int, Meta(ge=1, le=watchdog.MOST_S)] = 10

    def channels(self) -> tuple[int, ...]:
        """The input of the monitor."""
        return () if self.monitor is None else (self.monitor,)

    def terminals(self) -> tuple[str, ...]:
        """The monitor's input, and the output."""
        return (*super().terminals(), f"DAC{self.dac}")

    def __post_init__(self) -> None:
        """Raises ValueError where the regulator cannot do what the rig asks."""
        super().__post_init__()
        if self.count_v() < t7.STEP_V:
            raise ValueError(
                f"a count of {self.n_per_count:g} N is less than a step of the T7's output "
                f"({t7.STEP_V / self.count_v() * self.n_per_count:.3g} N): make the press's step "
                "larger"
            )
        if self.monitor_zero_v == self.monitor_full_v:
            raise ValueError("monitor_zero_v and monitor_full_v are the same: no force shows")
        for at_um in self.travel_um or ():
            force_n = self.n_per_count * at_um / self.um_per_count
            if not 0.0 <= force_n <= self.full_force_n:
                raise ValueError(
                    f"the press's travel has {force_n:.6g} N at {at_um:g} um, and the regulator "
                    f"gives 0 to {self.full_force_n:g} N"
                )

    def count_v(self) -> float:
        """Voltage of one count at the output."""
        return self.n_per_count / self.full_force_n * self.full_setpoint_v

    def monitor_count_v(self) -> float:
        """Voltage of one count at the monitor."""
        return self.n_per_count / self.full_force_n * (self.monitor_full_v - self.monitor_zero_v)


def when_silent(options: EpRegulatorOptions) -> str:
    """What the press does once nothing is heard of the host again."""
    if options.when_silent == "hold":
        return f"DAC{options.dac} of the T7 and the pressure of the air stay as they are"
    return (
        f"after {options.watchdog_s} s the T7's watchdog sets DAC{options.dac} to 0 V, and the air "
        "is let go; also when the run is over"
    )


class EpRegulator:
    """`Press` commanded by force, by the voltage of one output."""

    def __init__(self, transport: Transport, clock: Clock, options: EpRegulatorOptions) -> None:
        self._options = options
        self._box = Box(transport, clock, options, "press")
        self._dac = t7.dac(options.dac)
        self._output = self._box.question(self._dac.address, self._dac.size)
        channels = options.channels()
        self._monitor = Inputs(self._box, channels, options) if channels else None
        self._watchdog = watchdog.settings(
            options.dac, options.watchdog_s, falls=options.when_silent == "release"
        )
        self._commanded_v = Commanded()
        self._lost = ""  # how the output was found to be another's

    def identify(self) -> Identity:
        """See `Box.identify`."""
        return self._box.identify()

    def configure(self) -> None:
        """Set up watchdog and monitor; the output stays as it is. Raises LinkError."""
        self._lost = ""
        self._commanded_v.kept(self._output_v())
        watchdog.set_up(self._box, self._watchdog)
        if self._monitor is not None:
            self._monitor.configure()

    def move_to(self, position_um: float) -> None:
        """Press with the force of a position, µm. Raises ValueError where it is no number;
        DeviceRefused beyond what the regulator gives, and upwards where the output was lost;
        LinkError."""
        options = self._options
        if not math.isfinite(position_um):
            raise ValueError(f"press position {position_um} µm is not a number")
        volts = round(position_um / options.um_per_count) * options.count_v()
        if not 0.0 <= volts <= options.full_setpoint_v * (1.0 + 1e-9):
            raise DeviceRefused(
                f"press: {position_um:g} µm is {volts:.4g} V, beyond the regulator's 0 to "
                f"{options.full_setpoint_v:g} V"
            )
        if self._lost and volts > self._output_v() + SAME_V:
            raise DeviceRefused(self._lost)
        self._commanded_v.commanding(volts)
        self._box.write(self._dac, volts)
        self._commanded_v.kept(volts)

    def stop(self) -> None:
        """Hold the setpoint that the output has now; an output that was lost stays so. Raises
        LinkError."""
        self._compare(self._output_v())

    def read(self) -> PressReading:
        """Where the regulator is, by its monitor. Raises LinkError."""
        options = self._options
        output_v = self._output_v()
        self._compare(output_v)
        taken, fault = self._box.link, self._lost != ""
        position = counted(output_v, options.count_v(), "press")
        if self._monitor is not None:
            (volts,), taken = self._monitor.read()
            fault |= volts != volts
            above_v = volts - options.monitor_zero_v if volts == volts else 0.0
            position = counted(above_v, options.monitor_count_v(), "press")
        return PressReading(position, fault, False, False, NAN, taken.t_ns, taken.uncertainty_ns)

    def moving(self) -> bool:
        """Whether the regulator is still on its way, by its monitor; without one that is not known,
        and it counts as arrived. Raises LinkError."""
        if self._monitor is None:
            return False
        left = self.read().position - self._commanded_v.newest / self._options.count_v()
        most = max(self._options.tolerance_um / self._options.um_per_count, 1.0)
        return not abs(left) <= most

    def verify(self) -> None:
        """Compare the output with what was commanded, and set the monitor's input up again where
        that was lost. Raises LinkError."""
        self._compare(self._output_v())
        if self._monitor is not None:
            self._monitor.configure()

    def _output_v(self) -> float:
        return self._dac.unpack(self._box.ask(self._output))

    def _compare(self, output_v: float) -> None:
        if not self._commanded_v.is_kept(output_v, SAME_V):
            commanded_v = self._commanded_v.newest
            self._lost = (
                f"DAC{self._options.dac} of the T7 is at {output_v:.4g} V and was set to "
                f"{commanded_v:.4g} V: the box was reset, its watchdog has acted, or another "
                "program sets it; the press only goes down. Look at it, and start anew"
            )


MODEL = Model(
    "press",
    "ep-regulator",
    EpRegulatorOptions,
    EpRegulator,
    "instruments.emulators.labjack_t7_roles:Regulator",
    when_silent,
    kinds=("tcp",),
    box=BOX,
    terminals=EpRegulatorOptions.terminals,
)
