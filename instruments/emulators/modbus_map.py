"""Instruments in Modbus registers, from their own map, over a plant.

Rules: registers that the map does not name are refused (exception 2); a read of several may go
across them only where all are named. Writes are refused but where the map writes. A reset drops
what was written.
"""

from collections.abc import Callable
from typing import Protocol

from instruments.codecs import modbus
from instruments.emulators.connection import Connection, Frame, of_frames
from instruments.loadcell.modbus_map import ModbusMapOptions
from instruments.press.modbus_map import ModbusPressOptions
from instruments.protocols import ForcePlant, PressPlant
from instruments.transport.registers import Flag, FramedOptions, Number, Write, silence_ns

Table = dict[tuple[int, int], int]  # value by function and register
NAN = float("nan")


class Registers(Protocol):
    """One unit's registers."""

    def table(self) -> Table:
        """All that can be read, as it is now."""
        ...

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Do a write; 0 or the exception code."""
        ...


def _connected(units: dict[int, Registers], options: FramedOptions) -> Connection[Frame]:
    """A connection to units."""

    def answer(frame: Frame) -> bytes:
        unit = units.get(frame.unit)
        if unit is None:
            return b""
        request = modbus.parse_request(frame.unit, frame.pdu)
        if isinstance(request, int):
            return frame.reply(modbus.refusal(frame.pdu[0], request))
        return frame.reply(_served(unit, request))

    return of_frames(answer, options.framing, silence_ns(options))


def _served(unit: Registers, request: modbus.Request) -> bytes:
    function = request.function
    if function not in modbus.READS:
        code = unit.write(request.address, request.values)
        return modbus.refusal(function, code) if code else modbus.write_reply(request.pdu)
    table = unit.table()
    wanted = [(function, request.address + i) for i in range(request.quantity)]
    if any(place not in table for place in wanted):
        return modbus.refusal(function, modbus.ILLEGAL_ADDRESS)
    return modbus.read_reply(tuple([table[place] for place in wanted]), function)


def _put(table: Table, number: Number, value: float) -> None:
    for offset, word in enumerate(number.words(value)):
        table[number.function, number.register + offset] = word


class _Transmitter:
    """The load cells of one unit on the bus: `cells` by number of the map."""

    def __init__(
        self, plant: ForcePlant, options: ModbusMapOptions, cells: dict[Number, int]
    ) -> None:
        self._plant = plant
        self._options = options
        self._cells = cells

    def table(self) -> Table:
        table: Table = {}
        bits = 0
        for number, cell in self._cells.items():
            value, told = self._shown(number, cell)
            bits |= told
            _put(table, number, value)
        if self._options.status is not None:
            _put(table, self._options.status.number, bits)
        return table

    def _shown(self, number: Number, cell: int) -> tuple[float, int]:
        """A value as its register has it, and the bits of the status."""
        options = self._options
        force_n, status = self._plant.force_n(cell), options.status
        if force_n != force_n:
            return (NAN if number.type == "float32" else 0.0), status.fault if status else 0
        bits = status.over if status and options.is_over(force_n, cell) else 0
        value = float(options.printed(force_n, cell))
        if status is not None and status.sign:
            return abs(value), bits | (status.sign if value < 0.0 else 0)
        return value, bits

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Nothing of a load cell is written here."""
        del address, values
        return modbus.ILLEGAL_ADDRESS


class ModbusMapLoadCellsEmulator:
    """`Emulator` of all units of a map, over load cells 0, 1, 2, …"""

    def __init__(self, plant: ForcePlant, options: ModbusMapOptions) -> None:
        self._options = options
        self._units: dict[int, Registers] = {}
        cell = 0
        for unit, numbers in options.places():
            cells = {number: cell + i for i, number in enumerate(numbers)}
            self._units[unit] = _Transmitter(plant, options, cells)
            cell += len(numbers)
        self._line = self.line()

    def line(self) -> Connection[Frame]:
        """Another connection to the same units."""
        return _connected(self._units, self._options)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._line.receive(data, t_ns)


class ModbusPressEmulator:
    """`Emulator` of a press in registers."""

    def __init__(self, plant: PressPlant, options: ModbusPressOptions) -> None:
        self._plant = plant
        self._options = options
        self._written: Table = {}
        self._target = 0.0
        self._line = self.line()
        self._flags: dict[str, Callable[[], bool]] = {
            "end_low": plant.end_low,
            "end_high": plant.end_high,
            "moving": plant.moving,
            "fault": lambda: False,
        }

    def line(self) -> Connection[Frame]:
        """Another connection to the same press."""
        return _connected({self._options.unit: self}, self._options)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._line.receive(data, t_ns)

    def reset(self) -> None:
        """As after a loss of supply: it stands, and what was written is 0."""
        self._plant.stop()
        self._written.clear()

    def table(self) -> Table:
        """All that can be read, as it is now."""
        options, table = self._options, dict(self._written)
        for one in (*options.set_up, *options.keeps):
            for offset in range(one.number.size):
                table.setdefault((modbus.READ, one.register + offset), 0)
        for name, is_set in self._flags.items():
            flag: Flag | None = getattr(options, name)
            if flag is not None:
                place = (flag.function, flag.register)
                table[place] = table.get(place, 0) | (flag.mask if is_set() else 0)
        _put(table, options.position, self._plant.position() * options.count)
        return table

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Do a write; 0 or the exception code."""
        options = self._options
        if address == options.target.register and len(values) == options.target.size:
            self._target = options.target.value(values)
            if not options.go:
                self._move()
            return 0
        known = {"go": options.go, "stop": options.stop, "set_up": options.set_up}
        for name, writes in known.items():
            for one in writes:
                if _is(one, address, values):
                    self._do(name, one)
                    return 0
        return modbus.ILLEGAL_ADDRESS

    def _do(self, name: str, one: Write) -> None:
        if name == "stop":
            self._plant.stop()
        elif name == "set_up":
            _put(self._written, one.number, one.value)
        elif one == self._options.go[-1]:
            self._move()

    def _move(self) -> None:
        self._plant.move_to(round(self._target / self._options.count))


def _is(one: Write, address: int, values: tuple[int, ...]) -> bool:
    return address == one.register and values == one.number.words(one.value)
