"""Laumas transmitters behind one Modbus port (RTU bus or TCP), as bytes, over a `ForcePlant`.

Rules: as the device: weights are whole divisions, zero (command 8) shifts gross [B], preset tare
(registers 72-73, together or one by one, command 130) shifts net alone, saving (command 99) wears
the EEPROM and is counted; the outputs (register 17) are kept and switch nothing. A force that is
not a number is a broken bridge: status bit 0, and the weight at its rail. A unit that is not on the
bus, a broadcast and a damaged frame are not answered.

Source and marks: as in `instruments.loadcell.laumas_tlb`, whose registers these are.
"""

import struct

from instruments.codecs import modbus
from instruments.emulators.connection import Connection, Frame, of_frames
from instruments.loadcell import laumas_tlb as tlb
from instruments.protocols import ForcePlant
from instruments.transport.registers import silence_ns

ZERO, PRESET_TARE, SAVE = 8, 130, 99  # values of the command register
COMMANDS = (ZERO, PRESET_TARE, SAVE)
MAX_REGISTERS = 32
FUNCTIONS = (modbus.READ, modbus.WRITE_ONE, modbus.WRITE_MANY)
DISPLAY_MAX = 999_999
KG_AND_DIVISION_1 = 0x0000  # register 13: unit code in the high byte, division's in the low [B]
FIRMWARE, KIND, YEAR, SERIAL, PROGRAM = 114, 7, 2021, 20_101, 1  # serial: of the first unit [A]
_NOT_WIRED = dict.fromkeys((14, 15, 16), 0)  # coefficient and inputs
SIGN_OF_NET = 0x100  # status bit; the peak is never below 0

_HALVES = {  # of the preset tare: what a write keeps, and how far it shifts
    tlb.PRESET_TARE: (0x0000FFFF, 16),
    tlb.PRESET_TARE + 1: (0xFFFF0000, 0),
}
_FAST = tlb.STATUS, 3  # what the driver asks each tick
_STATUS_GROSS = struct.Struct(">BBHi")


class Transmitter:
    """One load cell's electronics; weights in counts."""

    def __init__(self, plant: ForcePlant, cell: int, options: tlb.LaumasTlbOptions) -> None:
        self._plant = plant
        self._cell = cell
        self._division_n = options.divisions_n()[cell]
        self._full_scale = options.full_scales_n()[cell] / self._division_n
        self._maximum = self._full_scale + 9.0
        self._rail = min(round(1.1 * self._full_scale) + 1, DISPLAY_MAX + 1)
        self._sign_mask = options.sign_mask if options.sign == "status_bit" else 0
        self._zero = 0
        self._tare = 0
        self._preset_tare = 0
        self._peak = 0
        self._outputs = 0
        self.saves = 0  # EEPROM writes

    def weigh(self) -> tuple[int, int]:
        """Status and gross, as the registers code them."""
        force_n = self._plant.force_n(self._cell)
        if force_n != force_n:
            return tlb.CELL_ERROR, self._rail
        raw = round(force_n / self._division_n)
        gross = raw - self._zero
        self._peak = max(self._peak, gross)
        status = 0 if -self._maximum <= raw <= self._maximum else self._overload(abs(raw))
        if self._sign_mask:
            status |= SIGN_OF_NET if gross < self._tare else 0
            status |= self._sign_mask if gross < 0 else 0
            gross = abs(gross)
        return status, gross

    def _overload(self, raw: int) -> int:
        status = tlb.ABOVE_MAXIMUM
        status |= tlb.ABOVE_110 if raw > 1.1 * self._full_scale else 0
        return status | (tlb.OVERFLOW if raw > DISPLAY_MAX else 0)

    def registers(self) -> dict[int, int]:
        """All readable registers by wire address."""
        status, gross = self.weigh()
        net = (-gross if status & self._sign_mask else gross) - self._tare
        pairs = {
            tlb.GROSS: gross,
            tlb.NET: abs(net) if self._sign_mask else net,
            tlb.PEAK: self._peak,
            tlb.PRESET_TARE: self._preset_tare,
        }
        table = {
            tlb.FIRMWARE: FIRMWARE,
            tlb.KIND: KIND,
            tlb.YEAR: YEAR,
            tlb.SERIAL: SERIAL + self._cell,
            tlb.PROGRAM: PROGRAM,
            tlb.COMMAND: 0,
            tlb.STATUS: status,
            tlb.DIVISIONS: KG_AND_DIVISION_1,
            tlb.OUTPUTS: self._outputs,
            **_NOT_WIRED,
        }
        for address, value in pairs.items():
            table[address] = value >> 16 & 0xFFFF
            table[address + 1] = value & 0xFFFF
        return table

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Do a write; 0 or the exception code."""
        if address == tlb.COMMAND and len(values) == 1:
            return self._command(values[0])
        if address == tlb.OUTPUTS and len(values) == 1:
            self._outputs = values[0]
            return 0
        for at, value in enumerate(values, address):
            if at not in _HALVES:
                return modbus.ILLEGAL_ADDRESS
            keep, shift = _HALVES[at]
            self._preset_tare = self._preset_tare & keep | value << shift
        return 0

    def _command(self, command: int) -> int:
        if command not in COMMANDS:
            return modbus.ILLEGAL_VALUE
        if command == ZERO:
            force_n = self._plant.force_n(self._cell)
            self._zero = round(force_n / self._division_n) if force_n == force_n else self._zero
        elif command == PRESET_TARE:
            self._tare = self._preset_tare
        else:
            self.saves += 1
        return 0


class LaumasTlbEmulator:
    """`Emulator` of all units on one port: one transmitter each, over load cells 0, 1, 2, …"""

    def __init__(self, plant: ForcePlant, options: tlb.LaumasTlbOptions) -> None:
        self._options = options
        self.transmitters = {
            unit: Transmitter(plant, cell, options) for cell, unit in enumerate(options.units)
        }
        self._line = self.line()

    def line(self) -> Connection[Frame]:
        """Another connection to the same transmitters, with its own half requests."""
        return of_frames(self._answer, self._options.framing, silence_ns(self._options))

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._line.receive(data, t_ns)

    def _answer(self, frame: Frame) -> bytes:
        transmitter = self.transmitters.get(frame.unit)
        if transmitter is None:
            return b""
        known = frame.pdu[0] in FUNCTIONS
        request = modbus.parse_request(frame.unit, frame.pdu) if known else modbus.ILLEGAL_FUNCTION
        if isinstance(request, int):
            return frame.reply(modbus.refusal(frame.pdu[0], request))
        return frame.reply(_served(transmitter, request))


def _served(transmitter: Transmitter, request: modbus.Request) -> bytes:
    if request.function == modbus.READ:
        return _read(transmitter, request)
    if request.function == modbus.READ_INPUT:
        return modbus.refusal(request.function, modbus.ILLEGAL_FUNCTION)
    code = transmitter.write(request.address, request.values)
    return modbus.refusal(request.function, code) if code else modbus.write_reply(request.pdu)


def _read(transmitter: Transmitter, request: modbus.Request) -> bytes:
    address, count = request.address, request.quantity
    if (address, count) == _FAST:
        return _STATUS_GROSS.pack(modbus.READ, 6, *transmitter.weigh())
    if count > MAX_REGISTERS:
        return modbus.refusal(modbus.READ, modbus.ILLEGAL_VALUE)
    table = transmitter.registers()
    wanted = range(address, address + count)
    if any(register not in table for register in wanted):
        return modbus.refusal(modbus.READ, modbus.ILLEGAL_ADDRESS)
    return modbus.read_reply(tuple(table[register] for register in wanted))
