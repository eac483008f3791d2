"""A Teledyne ISCO D-series syringe pump by Modbus TCP: a hydraulic press commanded by force.

Rules: a count of the press is `per_count` of the pump's pressure; the pump keeps the pressure by
itself. A command is the setpoint and then `run`; a stop stops the motor, which holds the oil. Each
read asks for the pressure and, in turns, for alarms, mode or setpoint. A pump that does not run
though commanded to, or has another setpoint, was stopped or set by somebody else: it reports a
fault from then on and takes no command but to stop. A pump in another unit of pressure than the
rig's is refused, and so is one that runs at constant flow: at constant pressure it would go to a
setpoint of before. An empty cylinder is the end towards load, a full one that towards release. Each
question has a transaction of its own, so a late answer is never taken for another's.

Source: register and coil numbers and every answer's form: capture of a real pump and database of
the EPICS module SyringePump (st.cmd: functions 1, 3, 5, 15, 16). [B] That coils 0 and 9 are heeded
in remote mode alone; pump A of the controller.
"""

import math
import struct
from itertools import count
from typing import Annotated, Literal

from msgspec import Meta

from instruments.codecs import mbap, modbus
from instruments.codecs.template import counted
from instruments.model import Model
from instruments.options import Address, LinkOptions, Positive
from instruments.press.commanded import Commanded
from instruments.protocols import (
    BadReply,
    Clock,
    DeviceRefused,
    Identity,
    PressReading,
    Transport,
)
from instruments.transport.link import Link

SETPOINT, PRESSURE, PUMP_TYPE, SOFTWARE = 0, 72, 232, 240  # registers, two each
RUN, CONSTANT_PRESSURE, REMOTE, UNITS = 0, 9, 47, 84  # coils
TRANSDUCER, EMPTY, FULL, OVER, UNDER, MOTOR = range(109, 115)  # coils that say how it is
PRESSURE_UNITS = ("atm", "bar", "kPa", "psi")
EXCHANGE_MS = 35.0  # of the captured pump, at most
SAME = 1e-4  # share: a setpoint in 32 bits is the one that was sent
QUIET_NS = 5_000_000
_NAN = math.nan


class IscoDOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of an ISCO pump.

    per_count, full_scale and settled are pressures in `pressure_unit`.
    """

    # of one whole answer
    deadline_ms: Annotated[float, Meta(gt=0.0, le=10_000.0)] = 200.0
    um_per_count: Positive  # stack displacement of one count
    travel_um: tuple[float, float] = (0.0, 0.0)  # the rig's travel
    per_count: Positive = 1.0  # pressure of one count
    full_scale: Positive = 10_000.0  # more is refused
    settled: Positive = 10.0  # so near the setpoint it is at rest
    # the pump's own, or it is refused
    pressure_unit: Literal["atm", "bar", "kPa", "psi"] = "psi"
    unit: Address = 1  # number of the controller

    def __post_init__(self) -> None:
        """Raises ValueError where the travel ends beyond full scale."""
        end = self.travel_um[1] / self.um_per_count * self.per_count
        if end > self.full_scale:
            raise ValueError(
                f"the travel ends at {self.travel_um[1]:g} µm, {end:g} {self.pressure_unit}, and "
                f"full_scale is {self.full_scale:g}; let the travel end sooner, or mend per_count"
            )


def when_silent(options: IscoDOptions) -> str:
    """What the press does once nothing is heard of the host again."""
    del options
    return "the pump keeps its pressure, while it has oil"


def reading_ms(options: IscoDOptions) -> float:
    """How long a reading takes: two exchanges, ms."""
    del options
    return 2.0 * EXCHANGE_MS


class IscoD:
    """`Press` on pump A of a controller."""

    def __init__(self, transport: Transport, clock: Clock, options: IscoDOptions) -> None:
        self._options = options
        self._link = Link(transport, clock, options.deadline_ns, options.latency_ns, "press (ISCO)")
        self._per_um = options.per_count / options.um_per_count
        self._transactions = count(1)
        self._turns = (self._see_alarms, self._see_mode, self._see_setpoint)
        self._reads = 0
        self._alarms: tuple[bool, ...] = ()
        self._setpoint, self._runs = Commanded(), Commanded()  # 1: it runs, 0: it does not
        self._lost = ""

    def identify(self) -> Identity:
        """Type of pump and software; there is no serial number. Raises LinkError."""
        (kind,) = self._floats(PUMP_TYPE, 1)
        software = sum(self._floats(SOFTWARE, 3))
        return Identity(f"ISCO pump type {kind:g}", "", f"{software:.4f}")

    def configure(self) -> None:
        """Remote, constant pressure; neither run nor stop. Raises LinkError; DeviceRefused where
        the pump's pressures are in another unit, and where it runs at constant flow."""
        self._lost = ""
        self._runs.forget()
        self._setpoint.forget()
        wanted = self._options.pressure_unit
        shown = dict(zip(PRESSURE_UNITS, self._coils(UNITS, 4), strict=True))
        if not shown[wanted]:
            others = ", ".join(name for name, on in shown.items() if on) or "none that is known"
            raise DeviceRefused(
                f"press: the pump's unit of pressure is {others}, and the rig says {wanted}; "
                "set the pump's, or pressure_unit, per_count and full_scale"
            )
        running, *_, constant = self._coils(RUN, CONSTANT_PRESSURE + 1)
        if running and not constant:
            raise DeviceRefused(
                "press: the pump runs, and not at constant pressure; stop it at its panel, and see "
                "that nothing is under force"
            )
        self._switch(REMOTE, on=True)
        self._switch(CONSTANT_PRESSURE, on=True)

    def move_to(self, position_um: float) -> None:
        """Set the pressure of a position, µm, and run. Raises ValueError where it is no number;
        LinkError; DeviceRefused beyond full scale, and where the pump was set by somebody else."""
        if self._lost:
            raise DeviceRefused(self._lost)
        if not math.isfinite(position_um):
            raise ValueError(f"press position {position_um} µm is not a number")
        setpoint = max(position_um * self._per_um, 0.0)
        if setpoint > self._options.full_scale:
            raise DeviceRefused(
                f"press: {position_um:g} µm are {setpoint:g} {self._options.pressure_unit}, and "
                f"full_scale is {self._options.full_scale:g}; let the rig's travel end sooner"
            )
        words = struct.unpack(">2H", struct.pack(">f", setpoint))
        self._setpoint.commanding(setpoint)
        self._ask(modbus.write_many_request(SETPOINT, words))
        self._setpoint.kept(setpoint)
        self._run(on=True)

    def stop(self) -> None:
        """Stop the motor; it holds the oil. Raises LinkError."""
        self._run(on=False)

    def _run(self, *, on: bool) -> None:
        self._runs.commanding(float(on))
        self._switch(RUN, on=on)
        self._runs.kept(float(on))

    def read(self) -> PressReading:
        """Pressure, in counts, and the newest of what is asked in turns. Raises LinkError."""
        (pressure,) = self._floats(PRESSURE, 1)
        link = self._link
        t_ns, uncertainty_ns = link.t_ns, link.uncertainty_ns
        for look in self._turns if not self._alarms else (self._turns[self._reads % 3],):
            look()
        self._reads += 1
        connected, empty, full, over, _, motor = self._alarms
        return PressReading(
            counted(pressure, self._options.per_count, "press"),
            self._lost != "" or over or motor or not connected,
            full,
            empty,
            _NAN,
            t_ns,
            uncertainty_ns,
        )

    def moving(self) -> bool:
        """Whether the motor runs and the pressure is not yet the setpoint. Raises LinkError."""
        (running,) = self._coils(RUN, 1)
        if not running:
            return False
        (setpoint,), (pressure,) = self._floats(SETPOINT, 1), self._floats(PRESSURE, 1)
        return abs(pressure - setpoint) > self._options.settled

    def verify(self) -> None:
        """Compare mode and setpoint with what was commanded, twice where they differ. Raises
        LinkError."""
        self._see_mode()
        self._see_setpoint()

    def _see_alarms(self) -> None:
        self._alarms = self._coils(TRANSDUCER, 6)

    def _see_mode(self) -> None:
        if self._runs.is_unknown or self._runs_as_commanded() or self._runs_as_commanded():
            return
        self._lose("does not run as commanded")

    def _see_setpoint(self) -> None:
        if self._setpoint.is_unknown or self._keeps_setpoint() or self._keeps_setpoint():
            return
        self._lose(f"has not the setpoint of {self._setpoint.newest:g} that it was given")

    def _runs_as_commanded(self) -> bool:
        running, *_, constant = self._coils(RUN, CONSTANT_PRESSURE + 1)
        return self._runs.is_kept(float(running), 0.0) and constant

    def _keeps_setpoint(self) -> bool:
        (found,) = self._floats(SETPOINT, 1)
        return self._setpoint.is_kept(found, max(SAME * abs(found), SAME))

    def _lose(self, what: str) -> None:
        self._lost = (
            f"press: the pump {what}: it was stopped or set by somebody else, or restarted. "
            "Unload it by hand and start anew"
        )

    def _floats(self, register: int, count: int) -> tuple[float, ...]:
        pdu = self._ask(modbus.read_request(register, 2 * count))
        values = struct.unpack(f">{count}f", pdu[2:])
        if not all(map(math.isfinite, values)):
            raise BadReply(f"press: register {register} is no number")
        return values

    def _coils(self, coil: int, count: int) -> tuple[bool, ...]:
        return modbus.coils(self._ask(modbus.read_coils_request(coil, count)), count)

    def _switch(self, coil: int, *, on: bool) -> None:
        self._ask(modbus.write_coil_request(coil, on=on))

    def _ask(self, pdu: bytes) -> bytes:
        """The PDU that answers."""
        if not self._link.in_step:
            self._link.drain_until_quiet(QUIET_NS)
        replies = mbap.TcpReplies(self._options.unit, pdu, self._transactions)
        answer = self._link.exchange(replies.request(), replies.feed)
        if isinstance(answer, modbus.Reply):
            return answer.pdu
        raise DeviceRefused(
            f"press {answer.words()}; check the pump's controller and its Modbus option"
        )


MODEL = Model(
    "press",
    "isco-d",
    IscoDOptions,
    IscoD,
    "instruments.emulators.isco_d:IscoDEmulator",
    when_silent,
    kinds=("tcp",),
    unit="unit",
    reading_ms=reading_ms,
)
