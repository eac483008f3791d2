"""Registers of a LabJack T7 by Modbus address, and their values as bytes.

Rules: pure. All values are big-endian; a float or a 32-bit number is two registers, high word
first, and is read and written whole: an odd count is refused by the device.

Source: LabJack's register map (github.com/labjack/ljm_constants, `ljm_constants.json`, January
2026), against which the tests compare every row; T-Series Datasheet, sections 3 (Modbus TCP, unit
1), 6 (Ethernet), 14 (analog inputs) and 14.1.1 (thermocouples). [B] An input that is beyond its
range reads -9999, and a thermocouple that is open.
"""

import struct
from typing import Literal, NamedTuple

UNIT = 1
Kind = Literal["FLOAT32", "UINT32", "UINT16"]


class Register(NamedTuple):
    """A register's name in LabJack's map, where it is and what it holds."""

    name: str
    address: int
    kind: Kind

    @property
    def size(self) -> int:
        """How many Modbus registers it takes."""
        return _FORMATS[self.kind].size // 2

    def pack(self, value: float) -> tuple[int, ...]:
        """A value as the words of a write."""
        number = value if self.kind == "FLOAT32" else round(value)
        data = _FORMATS[self.kind].pack(number)
        return struct.unpack(f">{len(data) // 2}H", data)

    def unpack(self, data: bytes) -> float:
        """The value in the bytes of a read; whole numbers too are floats."""
        return float(_FORMATS[self.kind].unpack(data)[0])

    def kept(self, value: float) -> float:
        """`value` as the register holds it."""
        return self.unpack(struct.pack(f">{self.size}H", *self.pack(value)))


_FORMATS = {
    "FLOAT32": struct.Struct(">f"),
    "UINT32": struct.Struct(">I"),
    "UINT16": struct.Struct(">H"),
}

INPUTS = 14  # AIN0-13 on the box; more with an expansion board
OUTPUT_V = 5.0  # DAC0 and DAC1 reach it, nearly
OUTPUT_STEPS = 4096
STEP_V = OUTPUT_V / OUTPUT_STEPS  # of a DAC: 12 bits
RANGES_V = (10.0, 1.0, 0.1, 0.01)
SINGLE_ENDED = 199  # as negative channel: against ground
INVALID_V = -9999.0

THERMOCOUPLES = {  # type, and its index as an extended feature
    "E": 20, "J": 21, "K": 22, "R": 23, "T": 24, "S": 25, "N": 27, "B": 28, "C": 30,
}  # fmt: skip
KELVIN, CELSIUS, FAHRENHEIT = range(3)  # what configuration A of a thermocouple is

TEST = Register("TEST", 55100, "UINT32")
TEST_VALUE = 0x00112233
PRODUCT_ID = Register("PRODUCT_ID", 60000, "FLOAT32")
T7 = 7.0
FIRMWARE_VERSION = Register("FIRMWARE_VERSION", 60004, "FLOAT32")
SERIAL_NUMBER = Register("SERIAL_NUMBER", 60028, "UINT32")
TEMPERATURE_DEVICE_K = Register("TEMPERATURE_DEVICE_K", 60052, "FLOAT32")

DIO_STATE = Register("DIO_STATE", 2800, "UINT32")  # a read turns no line into an input
DIO_DIRECTION = Register("DIO_DIRECTION", 2850, "UINT32")

WATCHDOG_ENABLE = Register("WATCHDOG_ENABLE_DEFAULT", 61600, "UINT32")
WATCHDOG_ADVANCED = Register("WATCHDOG_ADVANCED_DEFAULT", 61602, "UINT32")
WATCHDOG_TIMEOUT_S = Register("WATCHDOG_TIMEOUT_S_DEFAULT", 61604, "UINT32")
WATCHDOG_STRICT = Register("WATCHDOG_STRICT_ENABLE_DEFAULT", 61610, "UINT32")
WATCHDOG_RESET = Register("WATCHDOG_RESET_ENABLE_DEFAULT", 61620, "UINT32")
WATCHDOG_DIO = Register("WATCHDOG_DIO_ENABLE_DEFAULT", 61630, "UINT32")


def ain(channel: int) -> Register:
    """Voltage of an analog input, V."""
    return Register(f"AIN{channel}", 2 * channel, "FLOAT32")


def ain_range(channel: int) -> Register:
    """Its range: `RANGES_V`, V either way."""
    return Register(f"AIN{channel}_RANGE", 40000 + 2 * channel, "FLOAT32")


def ain_negative(channel: int) -> Register:
    """What it is measured against: `SINGLE_ENDED`, or the next channel."""
    return Register(f"AIN{channel}_NEGATIVE_CH", 41000 + channel, "UINT16")


def ain_resolution(channel: int) -> Register:
    """Its resolution index: higher is finer and slower, 0 is the device's own choice."""
    return Register(f"AIN{channel}_RESOLUTION_INDEX", 41500 + channel, "UINT16")


def ain_settling_us(channel: int) -> Register:
    """Time between switching to it and measuring, µs; 0 is the device's own choice."""
    return Register(f"AIN{channel}_SETTLING_US", 42000 + 2 * channel, "FLOAT32")


def ain_ef_index(channel: int) -> Register:
    """Its extended feature: one of `THERMOCOUPLES`; 0: none. A write resets what configures it."""
    return Register(f"AIN{channel}_EF_INDEX", 9000 + 2 * channel, "UINT32")


def ain_ef_unit(channel: int) -> Register:
    """Of a thermocouple: `KELVIN`, `CELSIUS` or `FAHRENHEIT`."""
    return Register(f"AIN{channel}_EF_CONFIG_A", 9300 + 2 * channel, "UINT32")


def ain_ef_cold(channel: int) -> Register:
    """Of a thermocouple: address of the register that its cold junction is measured by."""
    return Register(f"AIN{channel}_EF_CONFIG_B", 9600 + 2 * channel, "UINT32")


def ain_ef_cold_slope(channel: int) -> Register:
    """Of a thermocouple: K of what that register reads, in its unit."""
    return Register(f"AIN{channel}_EF_CONFIG_D", 10200 + 2 * channel, "FLOAT32")


def ain_ef_cold_offset(channel: int) -> Register:
    """Of a thermocouple: K where that register reads 0."""
    return Register(f"AIN{channel}_EF_CONFIG_E", 10500 + 2 * channel, "FLOAT32")


def ain_ef_read(channel: int) -> Register:
    """Measure by the extended feature: of a thermocouple its temperature."""
    return Register(f"AIN{channel}_EF_READ_A", 7000 + 2 * channel, "FLOAT32")


def ain_ef_read_cold(channel: int) -> Register:
    """Of a thermocouple: temperature of its cold junction at the last measurement."""
    return Register(f"AIN{channel}_EF_READ_C", 7600 + 2 * channel, "FLOAT32")


def dac(number: int) -> Register:
    """Voltage of an analog output, V."""
    return Register(f"DAC{number}", 1000 + 2 * number, "FLOAT32")


def dio(number: int) -> Register:
    """A digital line: a write makes it an output, and a read an input."""
    return Register(f"DIO{number}", 2000 + number, "UINT16")


def watchdog_dac_enable(number: int) -> Register:
    """Whether the watchdog sets an analog output."""
    return Register(f"WATCHDOG_DAC{number}_ENABLE_DEFAULT", 61640 + 10 * number, "UINT32")


def watchdog_dac(number: int) -> Register:
    """What it sets it to, V."""
    return Register(f"WATCHDOG_DAC{number}_DEFAULT", 61642 + 10 * number, "FLOAT32")
