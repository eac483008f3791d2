"""A Teledyne ISCO D-series controller with pump A behind Modbus TCP, over a `PressPlant`.

Rules: as the captured pump: 246 registers, floats of two each, and 142 coils; coils 35 to 45 and
from 109 on are read only, of the units of pressure one is on. While it runs at constant pressure,
the press goes to the setpoint; stopped it stays. The plant's counts are pressures of `per_count`.
Function 15 is not known here.

Source: as in `instruments.press.isco_d`.
"""

import math
import struct

from instruments.codecs import modbus
from instruments.emulators.connection import Connection, Frame, of_frames
from instruments.press import isco_d as isco
from instruments.protocols import PressPlant

REGISTERS, COILS = 246, 142
READ_ONLY = frozenset((*range(35, 46), *range(109, COILS)))
UNITS = range(isco.UNITS, isco.UNITS + len(isco.PRESSURE_UNITS))
MAX_PRESSURE, MIN_PRESSURE, FLOW, VOLUME, ABSOLUTE_MAX = 32, 40, 74, 76, 200
LEFT_ML = 18.9557  # of the captured pump
FIXED = {
    MAX_PRESSURE: 20_000.0, MIN_PRESSURE: 10.0, FLOW: 0.0, VOLUME: LEFT_ML,
    ABSOLUTE_MAX: 20_000.0, isco.PUMP_TYPE: 9.0,
    isco.SOFTWARE: 2.0, isco.SOFTWARE + 2: 0.11, isco.SOFTWARE + 4: 0.0003,
}  # fmt: skip


class IscoDEmulator:
    """`Emulator` of one controller."""

    def __init__(self, plant: PressPlant, options: isco.IscoDOptions) -> None:
        self._plant = plant
        self._options = options
        self._registers = FIXED | {isco.SETPOINT: plant.target() * options.per_count}
        self.coils = [False] * COILS
        self.coils[UNITS[isco.PRESSURE_UNITS.index(options.pressure_unit)]] = True
        self.coils[isco.TRANSDUCER] = True
        self._own = self.line()

    def reset(self) -> None:
        """As after a loss of supply [B]: it stands, at its panel's command, the setpoint kept."""
        self.coils[isco.RUN] = self.coils[isco.REMOTE] = False
        self._plant.stop()

    def line(self) -> Connection[Frame]:
        """Another connection to the same controller, with its own half request."""
        return of_frames(self.answer, "tcp")

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._own.receive(data, t_ns)

    def answer(self, frame: Frame) -> bytes:
        """The frame that answers; b'' to another unit's."""
        if frame.unit != self._options.unit:
            return b""
        request = modbus.parse_request(frame.unit, frame.pdu)
        if isinstance(request, int):
            return frame.reply(modbus.refusal(frame.pdu[0], request))
        act = _FUNCTIONS.get(request.function)
        pdu = act(self, request) if act else modbus.ILLEGAL_FUNCTION
        return frame.reply(modbus.refusal(request.function, pdu) if isinstance(pdu, int) else pdu)

    def read_registers(self, request: modbus.Request) -> bytes | int:
        """Function 3."""
        end = request.address + request.quantity
        if end > REGISTERS:
            return modbus.ILLEGAL_ADDRESS
        floats = dict(self._registers)
        floats[isco.PRESSURE] = self._plant.position() * self._options.per_count
        table = b"".join(struct.pack(">f", floats.get(at, 0.0)) for at in range(0, REGISTERS, 2))
        words = struct.unpack(f">{REGISTERS}H", table)
        return modbus.read_reply(words[request.address : end])

    def write_registers(self, request: modbus.Request) -> bytes | int:
        """Function 16: whole floats."""
        if request.address % 2 or request.quantity % 2:
            return modbus.ILLEGAL_VALUE
        if request.address + request.quantity > isco.PRESSURE:
            return modbus.ILLEGAL_ADDRESS
        packed = struct.pack(f">{request.quantity}H", *request.values)
        values = struct.unpack(f">{request.quantity // 2}f", packed)
        if not all(math.isfinite(value) and value >= 0.0 for value in values):
            return modbus.ILLEGAL_VALUE
        for index, value in enumerate(values):
            self._registers[request.address + 2 * index] = value
        self._apply()
        return modbus.write_reply(request.pdu)

    def read_coils(self, request: modbus.Request) -> bytes | int:
        """Function 1."""
        end = request.address + request.quantity
        if end > COILS:
            return modbus.ILLEGAL_ADDRESS
        plant = self._plant
        now = {isco.EMPTY: plant.end_high(), isco.FULL: plant.end_low()}
        coils = [now.get(at, on) for at, on in enumerate(self.coils)]
        return modbus.coils_reply(coils[request.address : end])

    def write_coil(self, request: modbus.Request) -> bytes | int:
        """Function 5."""
        if request.address >= COILS or request.address in READ_ONLY:
            return modbus.ILLEGAL_ADDRESS
        on = request.values[0] == modbus.COIL_ON
        if on and request.address in UNITS:
            for other in UNITS:
                self.coils[other] = False
        stopped = request.address == isco.RUN and self.coils[isco.RUN] and not on
        self.coils[request.address] = on
        if stopped:
            self._plant.stop()
        self._apply()
        return modbus.write_reply(request.pdu)

    def _apply(self) -> None:
        if self.coils[isco.RUN] and self.coils[isco.CONSTANT_PRESSURE]:
            self._plant.move_to(round(self._registers[isco.SETPOINT] / self._options.per_count))


_FUNCTIONS = {
    modbus.READ: IscoDEmulator.read_registers,
    modbus.WRITE_MANY: IscoDEmulator.write_registers,
    modbus.READ_COILS: IscoDEmulator.read_coils,
    modbus.WRITE_COIL: IscoDEmulator.write_coil,
}
