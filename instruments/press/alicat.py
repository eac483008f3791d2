"""An Alicat pressure controller behind a cylinder or bellows: a press that is commanded by force.

Rules: a count of the press is `per_count` of pressure in the controller's own unit, so a rig's
position is a pressure; one below the controller's least is the least (unloaded), one beyond its
full scale is refused. A read is one exchange, the data frame; each `verify_every`-th also asks the
requested setpoint. A controller that has another than it was given was reset or set by hand: it
reports a fault from then on and takes no command but to stop. Stopping sets the setpoint to the
pressure that there is, once: the controller keeps it. It never holds its valves: what leaks then
would be lost. Valves that somebody holds hide a setpoint, to which the controller goes once the
hold is cancelled: `configure` sets the pressure that there is before it does that. Never is a bare
number sent, which would be a share of full scale.

Source: Alicat Serial Primer Rev. 2; `LS` needs firmware 9v00. [B] A setpoint sent by `LS` is kept
in RAM.
"""

import math
from collections.abc import Callable
from typing import Annotated, TypeVar

from msgspec import Meta

from instruments.codecs import alicat as codec
from instruments.codecs.template import counted
from instruments.model import Model
from instruments.options import Every, LinkOptions, Positive
from instruments.press.commanded import Commanded
from instruments.protocols import (
    BadReply,
    Clock,
    DeviceRefused,
    Identity,
    PressReading,
    Transport,
    WrongDevice,
)
from instruments.transport.lines import Hello, LineLink
from instruments.transport.link import Link

FIRST_FIRMWARE = (9, 0)
HELD = "HLD"
FAULTS = frozenset(("OPL", "POV", "P2O", "TOV", "OVR", "COM", HELD, "EXH", "ADC"))  # none controls
_NAN = math.nan
T = TypeVar("T")


class AlicatOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of an Alicat pressure controller.

    per_count, least, full_scale and settled are pressures in the controller's own unit.
    """

    um_per_count: Positive  # stack displacement of one count
    travel_um: tuple[float, float] = (0.0, 0.0)  # the rig's travel
    per_count: Positive = 0.01  # pressure of one count
    least: float = 0.0  # setpoint of an unloaded press
    full_scale: Positive = 100.0  # more is refused
    settled: Positive = 0.5  # so near the setpoint it is at rest
    decimals: Annotated[int, Meta(ge=0, le=6)] = 2  # of a setpoint that is sent
    unit: Annotated[str, Meta(pattern="^[A-Z]$")] = "A"  # letter of the controller
    verify_every: Every = 10  # of so many reads one asks for the setpoint

    def __post_init__(self) -> None:
        """Raises ValueError where a setpoint cannot show a count, or the travel's end."""
        if self.per_count * 10**self.decimals < 1.0 - 1e-9:
            raise ValueError(
                f"per_count {self.per_count:g} is less than a setpoint of {self.decimals} "
                "decimals can say; write more decimals, or a larger step and per_count"
            )
        end = self.travel_um[1] / self.um_per_count * self.per_count
        if end > self.full_scale:
            raise ValueError(
                f"the travel ends at {self.travel_um[1]:g} µm, a setpoint of {end:g}, and "
                f"full_scale is {self.full_scale:g}; let the travel end sooner, or mend per_count"
            )


def when_silent(options: AlicatOptions) -> str:
    """What the press does once nothing is heard of the host again."""
    del options
    return "the controller keeps its setpoint, while it has air and power"


class Alicat:
    """`Press` on one pressure controller."""

    def __init__(self, transport: Transport, clock: Clock, options: AlicatOptions) -> None:
        self._options = options
        self._unit = options.unit
        link = Link(transport, clock, options.deadline_ns, options.latency_ns, "press (Alicat)")
        hello = Hello(self._said("VE"), codec.is_version)
        self._line = LineLink(link, hello, "press", codec.END)
        self._per_um = options.per_count / options.um_per_count
        self._poll = self._said("")
        self._setpoint = Commanded()
        self._stands = False  # a stop was commanded ...
        self._stands_at = _NAN  # ... and at which pressure
        self._reads = 0
        self._lost = ""

    def identify(self) -> Identity:
        """Model, serial number and firmware. Raises LinkError; WrongDevice for a flow controller
        or firmware without `LS`."""
        line = self._line
        line.ready()
        firmware = codec.version(line.ask(self._said("VE")))
        if firmware < FIRST_FIRMWARE:
            raise WrongDevice(
                f"press: firmware {firmware[0]}v{firmware[1]:02d} has no LS command; "
                "9v00 or newer is needed"
            )
        self._frame()
        told = line.ask_lines(self._said("??M*"), codec.is_last)
        model, serial = (codec.about(told, which) for which in (codec.MODEL, codec.SERIAL))
        return Identity(model, serial, f"{firmware[0]}v{firmware[1]:02d}")

    def configure(self) -> None:
        """Keep the setpoint that there is; where the valves are held, the pressure, and cancel the
        hold. Raises LinkError."""
        self._lost, self._stands = "", False
        found = self._frame()
        if HELD in found.words:
            self._set(self._within(found.pressure))
            self._taken(codec.frame, "C")
        self._setpoint.kept(self._requested())

    def move_to(self, position_um: float) -> None:
        """Set the pressure of a position, µm. Raises ValueError where it is no number; LinkError;
        DeviceRefused beyond full scale, and where the controller was reset."""
        if self._lost:
            raise DeviceRefused(self._lost)
        if not math.isfinite(position_um):
            raise ValueError(f"press position {position_um} µm is not a number")
        options = self._options
        setpoint = max(position_um * self._per_um, options.least)
        if setpoint > options.full_scale:
            raise DeviceRefused(
                f"press: {position_um:g} µm are {setpoint:g}, and the controller's full scale is "
                f"{options.full_scale:g}; let the rig's travel end sooner"
            )
        self._stands = False
        self._set(setpoint)

    def stop(self) -> None:
        """Keep the pressure that there is. Raises LinkError."""
        if not self._stands:
            self._stands_at = self._within(self._frame().pressure)
        self._set(self._stands_at)
        self._stands = True

    def read(self) -> PressReading:
        """Pressure, in counts; now and then the setpoint beside it. Raises LinkError."""
        frame = self._frame()
        link = self._line.link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        self._reads += 1
        if self._reads % self._options.verify_every == 0:
            self.verify()
        fault = self._lost != "" or not FAULTS.isdisjoint(frame.words)
        position = counted(frame.pressure, self._options.per_count, "press")
        return PressReading(position, fault, False, False, _NAN, t_ns, uncertainty_ns)

    def moving(self) -> bool:
        """Whether the pressure is still on its way to the setpoint. Raises LinkError."""
        frame = self._frame()
        return abs(frame.pressure - frame.setpoint) > self._options.settled

    def verify(self) -> None:
        """Compare the requested setpoint with what was commanded, twice where it differs.

        Raises LinkError.
        """
        if self._setpoint.is_unknown or not self._differs() or not self._differs():
            return
        given = self._setpoint.newest
        self._lost = (
            f"press: the controller's setpoint is not the {given:g} that it was given: "
            "it was reset, or set by hand. Unload it by hand and start anew"
        )

    def _differs(self) -> bool:
        resolution = 10.0**-self._options.decimals
        return not self._setpoint.is_kept(self._requested(), resolution)

    def _within(self, pressure: float) -> float:
        """The setpoint that keeps a pressure."""
        return min(max(pressure, self._options.least), self._options.full_scale)

    def _requested(self) -> float:
        return self._taken(codec.setpoints, "LS")[1]

    def _set(self, setpoint: float) -> None:
        self._line.ready()
        decimals = self._options.decimals
        text = f"{setpoint:.{decimals}f}"
        self._setpoint.commanding(float(text))
        taken = self._taken(codec.setpoints, f"LS {text}")[1]
        if abs(taken - float(text)) > 10.0**-decimals:
            self._line.link.in_step = False
            raise BadReply(f"press: told {text}, and the controller says {taken:g}")
        self._setpoint.kept(float(text))

    def _frame(self) -> codec.Frame:
        return self._taken(codec.frame, "")

    def _taken(self, read: Callable[[str, str], T], command: str) -> T:
        """What `read` makes of the answer to a command."""
        self._line.ready()
        answer = self._line.ask(self._said(command))
        if answer.endswith(codec.UNKNOWN):
            self._line.link.in_step = False
            raise DeviceRefused(f"press refused {command!r}; check the controller's firmware")
        with self._line.understanding():
            return read(answer, self._unit)

    def _said(self, command: str) -> bytes:
        return codec.said(self._unit, command)


MODEL = Model(
    "press",
    "alicat",
    AlicatOptions,
    Alicat,
    "instruments.emulators.alicat:AlicatEmulator",
    when_silent,
    kinds=("serial", "tcp"),
)
