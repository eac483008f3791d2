"""Axis parameters that a Trinamic module keeps as they are written: defaults and ranges.

Source: TMCM-1140 TMCL Firmware Manual, axis parameters; their numbers as PyTrinamic's TMCM1140 has
them. [B] Defaults. Speed and acceleration reach further here than the 2047 of a TMCM-1140, since
newer modules take steps a second.
"""

from typing import NamedTuple

from instruments.codecs.tmcl import INT32_MAX, INT32_MIN, Axis


class Kept(NamedTuple):
    """One parameter."""

    default: int
    low: int = 0
    high: int = 1


BYTE, SPEED, WORD = 255, 2047, 65_535

KEPT: dict[int, Kept] = {
    Axis.MAX_SPEED: Kept(1000, 0, INT32_MAX),
    Axis.MAX_ACCELERATION: Kept(500, 0, INT32_MAX),
    Axis.MAX_CURRENT: Kept(128, 0, BYTE),
    7: Kept(8, 0, BYTE),  # standby current
    12: Kept(0),  # right limit switch disabled
    13: Kept(0),  # left
    130: Kept(1, 0, SPEED),  # minimum speed
    138: Kept(0, 0, 2),  # ramp mode
    140: Kept(8, 0, 8),  # microsteps, a power of two
    141: Kept(0, 0, 4095),  # tolerance of the reference switch
    149: Kept(0),  # soft stop
    150: Kept(0),  # end switch takes the power off
    153: Kept(7, 0, 13),  # ramp divisor
    154: Kept(3, 0, 13),  # pulse divisor
    160: Kept(0),  # interpolation of steps
    161: Kept(0),
    162: Kept(2, 0, 3),  # 162 to 167: chopper
    163: Kept(0),
    164: Kept(0),
    165: Kept(2, -3, 12),
    166: Kept(3, 0, 8),
    167: Kept(5, 0, 15),
    168: Kept(0),  # 168 to 172: current by load
    169: Kept(0, 0, 3),
    170: Kept(0, 0, 15),
    171: Kept(0, 0, 3),
    172: Kept(0, 0, 15),
    173: Kept(0),  # 173 and 174: load measurement
    174: Kept(0, -64, 63),
    175: Kept(3, 0, 3),  # 175 to 179: driver
    176: Kept(3, 0, 3),
    177: Kept(0),
    178: Kept(0, 0, 3),
    179: Kept(0),
    181: Kept(0, 0, SPEED),  # 181 to 183: stop at stall
    182: Kept(0, 0, SPEED),
    183: Kept(0, 0, 31),
    184: Kept(0),
    193: Kept(1, 1, 8),  # 193 to 195: search of the reference switch
    194: Kept(0, 0, SPEED),
    195: Kept(0, 0, SPEED),
    200: Kept(0, 0, BYTE),  # boost current
    204: Kept(0, 0, WORD),  # delay of freewheeling
    210: Kept(25_600, INT32_MIN, INT32_MAX),  # 210 to 218: encoders
    212: Kept(0, 0, WORD),
    214: Kept(200, 1, WORD),  # delay of the standby current, 10 ms
    217: Kept(25_600, INT32_MIN, INT32_MAX),
    218: Kept(0, 0, WORD),
}
AT_REST = (9, 135, 180, 196, 197, 215, 216)  # read only, and 0 here: nothing is wired to them


def defaults() -> dict[int, int]:
    """Values of a new module."""
    return {number: kept.default for number, kept in KEPT.items()}
