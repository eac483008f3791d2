"""A LabJack T7 as bytes: its registers, what is wired to its terminals, and its watchdog.

Rules: as the device, from LabJack's register map and datasheet, not from the drivers. A 32-bit
value is read and written whole. Writing a digital line makes it an output, reading it an input
again; the state of all lines is read without that. The watchdog is fed by anything that is heard,
and its settings cannot be changed while it is enabled; they are flash, and writes are counted.
Terminals without a wire are at 0 V. A role (`labjack_t7_roles`) is such a box with its own wires;
`join` gives one box the wires of another, so that one stands for all roles at one address.

A thermocouple is wired by its temperature. An input whose extended feature is none refuses to be
read by it, and a feature that is chosen begins with its own defaults. A cold junction that is
measured wrong shifts the temperature by as much, which is what equal sensitivities at both ends do.

Marks: [B] the exception codes, that a DAC reads as it was written, and -9999 beyond 1.05 times the
range and of an open thermocouple.
"""

from collections.abc import Callable

from instruments.codecs import labjack_t7 as t7
from instruments.codecs import mbap, modbus
from instruments.codecs.labjack_t7 import Register

SECOND_NS = 1_000_000_000
BEYOND = 1.05  # times the range
DIGITAL = 23
PULLED_UP = 1  # a line that is an input, with nothing on it
SERIAL = 470012345
FIRMWARE = 1.0312
CLOCK_HZ = 40_000_000
TERMINALS_K = 298.15  # temperature of the box and its terminals
ZERO_C_K = 273.15
TO_UNIT: dict[int, Callable[[float], float]] = {
    t7.KELVIN: lambda kelvin: kelvin,
    t7.CELSIUS: lambda kelvin: kelvin - ZERO_C_K,
    t7.FAHRENHEIT: lambda kelvin: (kelvin - ZERO_C_K) * 1.8 + 32.0,
}
FEATURE = {  # what configures a thermocouple, and how it is once the feature was chosen
    t7.ain_ef_unit: float(t7.KELVIN),
    t7.ain_ef_cold: float(t7.TEMPERATURE_DEVICE_K.address),
    t7.ain_ef_cold_slope: 1.0,
    t7.ain_ef_cold_offset: 0.0,
}
CHOICES = (  # endings of registers that take nothing else
    ("_RANGE", t7.RANGES_V),
    ("_EF_INDEX", (0, *t7.THERMOCOUPLES.values())),
    ("_EF_CONFIG_A", tuple(TO_UNIT)),
)
CORE_TIMER = Register("CORE_TIMER", 61520, "UINT32")
HARDWARE_VERSION = Register("HARDWARE_VERSION", 60002, "FLOAT32")
FIXED = {
    t7.TEST: float(t7.TEST_VALUE),
    t7.PRODUCT_ID: t7.T7,
    HARDWARE_VERSION: 1.35,
    t7.FIRMWARE_VERSION: FIRMWARE,
    t7.SERIAL_NUMBER: float(SERIAL),
    t7.TEMPERATURE_DEVICE_K: TERMINALS_K,
}
FLASH = (
    t7.WATCHDOG_ENABLE,
    t7.WATCHDOG_ADVANCED,
    t7.WATCHDOG_TIMEOUT_S,
    t7.WATCHDOG_STRICT,
    t7.WATCHDOG_RESET,
    t7.WATCHDOG_DIO,
    *(make(dac) for dac in range(2) for make in (t7.watchdog_dac_enable, t7.watchdog_dac)),
)


class Refused(Exception):  # noqa: N818 - an answer, no error of ours
    """The exception code with which the box answers."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class LabjackT7Emulator:
    """`Emulator` of one box; `Lines`, `Watchful` and joinable."""

    def __init__(self) -> None:
        self.inputs: dict[int, Callable[[], float]] = {}  # V at a terminal
        self.thermocouples: dict[int, Callable[[], float]] = {}  # degC at the tip; NaN: open
        self.outputs: dict[int, Callable[[float], None]] = {}  # takes V of a DAC
        self.lines: dict[int, Callable[[int], None]] = {}  # takes the level of a digital line
        self.flash_writes = 0
        self._now_ns = self._heard_ns = 0
        self._is_output = [False] * DIGITAL
        self._level = [0] * DIGITAL
        self.values: dict[Register, float] = {}
        self.power_up()
        self._table = {register.address: register for register in _every()}
        self._line = self.line()

    def power_up(self) -> None:
        """As after the power came back: only the flash is kept."""
        kept = {register: self.values.get(register, 0.0) for register in FLASH}
        self.values = {t7.dac(0): 0.0, t7.dac(1): 0.0, **kept}
        for channel in range(t7.INPUTS):
            self.values[t7.ain_range(channel)] = 10.0
            self.values[t7.ain_negative(channel)] = t7.SINGLE_ENDED
            self.values[t7.ain_resolution(channel)] = 0.0
            self.values[t7.ain_settling_us(channel)] = 0.0
            self._choose(channel, 0.0)
        for number in range(2):
            self._drive(number, 0.0)
        self._is_output = [False] * DIGITAL
        for number, wire in self.lines.items():
            wire(self._at(number))

    def reset(self) -> None:
        """See `power_up`."""
        self.power_up()

    def join(self, other: "LabjackT7Emulator") -> None:
        """Let this box have the wires of another too, and its outputs as that has them."""
        self.inputs |= other.inputs
        self.thermocouples |= other.thermocouples
        self.lines |= other.lines
        self.outputs |= other.outputs
        for number in other.outputs:
            self.values[t7.dac(number)] = other.values[t7.dac(number)]

    # ---- the wire ---------------------------------------------------------------------------

    def line(self) -> "Connection":
        """A further connection to the same box."""
        return Connection(self)

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        return self._line.receive(data, t_ns)

    def tick(self, t_ns: int) -> None:
        """Time has come to `t_ns`: the watchdog acts once nothing was heard for too long."""
        self._now_ns = t_ns
        silent_ns = t_ns - self._heard_ns
        if not self.values[t7.WATCHDOG_ENABLE]:
            return
        if silent_ns < self.values[t7.WATCHDOG_TIMEOUT_S] * SECOND_NS:
            return
        for number in range(2):
            if self.values[t7.watchdog_dac_enable(number)]:
                self._drive(number, self.values[t7.watchdog_dac(number)])

    def hear(self, t_ns: int) -> None:
        """Something was heard at `t_ns`."""
        self.tick(t_ns)
        self._heard_ns = t_ns

    def answer(self, unit: int, pdu: bytes) -> bytes:
        """The PDU that answers a request."""
        request = modbus.parse_request(unit, pdu)
        if isinstance(request, int):
            return modbus.refusal(pdu[0], request)
        try:
            if request.function == modbus.READ:
                return modbus.read_reply(self._read(request.address, request.quantity))
            self._write(request.address, request.values)
        except Refused as refused:
            return modbus.refusal(request.function, refused.code)
        return modbus.write_reply(pdu)

    # ---- registers --------------------------------------------------------------------------

    def _whole(self, address: int, count: int) -> list[Register]:
        """The registers from `address` on that make up `count` words. Raises Refused."""
        found: list[Register] = []
        end = address + count
        while address < end:
            register = self._table.get(address)
            if register is None or address + register.size > end:
                raise Refused(modbus.ILLEGAL_ADDRESS)
            found.append(register)
            address += register.size
        return found

    def _read(self, address: int, count: int) -> tuple[int, ...]:
        words: list[int] = []
        for register in self._whole(address, count):
            words += register.pack(self._value(register))
        return tuple(words)

    def _value(self, register: Register) -> float:
        name, address = register.name, register.address
        if register in FIXED:
            return FIXED[register]
        if register in self.values:
            return self.values[register]
        if register == CORE_TIMER:
            return float(self._now_ns * CLOCK_HZ // SECOND_NS & 0xFFFFFFFF)
        if register == t7.DIO_STATE:
            return float(sum(self._at(number) << number for number in range(DIGITAL)))
        if register == t7.DIO_DIRECTION:
            return float(sum(out << number for number, out in enumerate(self._is_output)))
        if name.endswith("_EF_READ_A"):
            return self._temperature((address - t7.ain_ef_read(0).address) // 2)
        if name.endswith("_EF_READ_C"):
            return self._cold((address - t7.ain_ef_read_cold(0).address) // 2)
        if name.startswith("AIN"):
            return self._measured(address // 2)
        number = address - t7.dio(0).address
        self._is_output[number] = False
        self._signal(number)
        return float(self._at(number))

    def _measured(self, channel: int) -> float:
        volts = self._terminal(channel)
        negative = round(self.values[t7.ain_negative(channel)])
        if negative != t7.SINGLE_ENDED:
            volts -= self._terminal(negative)
        if not abs(volts) <= BEYOND * self.values[t7.ain_range(channel)]:
            return t7.INVALID_V
        return volts

    def _terminal(self, channel: int) -> float:
        wire = self.inputs.get(channel)
        return 0.0 if wire is None else wire()

    # ---- thermocouples ----------------------------------------------------------------------

    def _choose(self, channel: int, index: float) -> None:
        """An extended feature of an input, as it begins."""
        self.values[t7.ain_ef_index(channel)] = index
        for register, value in FEATURE.items():
            self.values[register(channel)] = value

    def _temperature(self, channel: int) -> float:
        off_k = self._cold_k(channel) - TERMINALS_K
        wire = self.thermocouples.get(channel)
        celsius = float("nan") if wire is None else wire()
        if celsius != celsius:
            return t7.INVALID_V
        return self._in_unit(channel, celsius + ZERO_C_K + off_k)

    def _cold(self, channel: int) -> float:
        return self._in_unit(channel, self._cold_k(channel))

    def _cold_k(self, channel: int) -> float:
        if self.values[t7.ain_ef_index(channel)] not in t7.THERMOCOUPLES.values():
            raise Refused(modbus.DEVICE_FAILURE)
        address = round(self.values[t7.ain_ef_cold(channel)])
        if address == t7.TEMPERATURE_DEVICE_K.address:
            measured = TERMINALS_K
        else:
            measured = self._measured(address // 2)
        slope = self.values[t7.ain_ef_cold_slope(channel)]
        return measured * slope + self.values[t7.ain_ef_cold_offset(channel)]

    def _in_unit(self, channel: int, kelvin: float) -> float:
        return TO_UNIT[round(self.values[t7.ain_ef_unit(channel)])](kelvin)

    # ---- writes -----------------------------------------------------------------------------

    def _write(self, address: int, words: tuple[int, ...]) -> None:
        for register in self._whole(address, len(words)):
            data = b"".join(word.to_bytes(2, "big") for word in words[: register.size])
            words = words[register.size :]
            self._set(register, register.unpack(data))

    def _set(self, register: Register, value: float) -> None:
        if register in FLASH:
            self._set_flash(register, value)
        elif register in (t7.dac(0), t7.dac(1)):
            self._drive((register.address - t7.dac(0).address) // 2, value)
        elif register.name.startswith("DIO") and register.kind == "UINT16":
            self._set_line(register.address - t7.dio(0).address, value)
        elif register in self.values:
            self._set_input(register, value)
        else:
            raise Refused(modbus.ILLEGAL_ADDRESS)  # it is only read

    def _set_flash(self, register: Register, value: float) -> None:
        if register != t7.WATCHDOG_ENABLE and self.values[t7.WATCHDOG_ENABLE]:
            raise Refused(modbus.ILLEGAL_VALUE)
        self.values[register] = value
        self.flash_writes += 1

    def _set_input(self, register: Register, value: float) -> None:
        name = register.name
        for ending, known in CHOICES:
            if name.endswith(ending) and value not in map(register.kept, known):
                raise Refused(modbus.ILLEGAL_VALUE)
        if name.endswith("_EF_INDEX"):
            self._choose((register.address - t7.ain_ef_index(0).address) // 2, value)
        self.values[register] = value

    def _set_line(self, number: int, value: float) -> None:
        self._is_output[number], self._level[number] = True, round(value)
        self._signal(number)

    def _drive(self, number: int, volts: float) -> None:
        """A DAC: it holds what was written, and gives the nearest of its steps."""
        self.values[t7.dac(number)] = volts
        step = round(min(max(volts, 0.0), t7.OUTPUT_V) / t7.STEP_V)
        if number in self.outputs:
            self.outputs[number](min(step, t7.OUTPUT_STEPS - 1) * t7.STEP_V)

    def _at(self, number: int) -> int:
        return self._level[number] if self._is_output[number] else PULLED_UP

    def _signal(self, number: int) -> None:
        if number in self.lines:
            self.lines[number](self._at(number))


class Connection:
    """`Emulator` of one connection to a box."""

    def __init__(self, box: LabjackT7Emulator) -> None:
        self._box = box
        self._requests = mbap.TcpRequests()

    def receive(self, data: bytes, t_ns: int) -> bytes:
        """Bytes heard at `t_ns`; the bytes answered."""
        self._box.hear(t_ns)
        return b"".join(
            frame.reply(self._box.answer(frame.unit, frame.pdu))
            for frame in self._requests.feed(data, t_ns)
            if frame.unit == t7.UNIT
        )


def _every() -> list[Register]:
    """All registers of the emulated box."""
    inputs = (
        t7.ain, t7.ain_range, t7.ain_negative, t7.ain_resolution, t7.ain_settling_us,
        t7.ain_ef_index, *FEATURE, t7.ain_ef_read, t7.ain_ef_read_cold,
    )  # fmt: skip
    return [
        *FIXED,
        *FLASH,
        CORE_TIMER,
        t7.DIO_STATE,
        t7.DIO_DIRECTION,
        *(t7.dac(number) for number in range(2)),
        *(t7.dio(number) for number in range(DIGITAL)),
        *(make(channel) for channel in range(t7.INPUTS) for make in inputs),
    ]
