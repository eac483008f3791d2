"""Ranges of the Keithley 2400 family, and how far source and reading may be off a command.

[B] Data sheet of the 2400 (23 ± 5 °C, 1 year, 1 PLC), source and measurement together: from memory
of it, to be compared with the one that came with the instrument. A current is made by the limit of
the voltage source, whose accuracy adds 0.3 % of the range and 0.02 % of the value to the source's.
"""

from instruments.potentiostat.source_meter_ranges import LEAST_OF_RANGE, MARGIN, Range, place
from instruments.protocols import Accuracy

FULL_RANGE_V = 20.0  # the only range of voltage that is used
LIMIT_SHARE, LIMIT_OF_RANGE = 0.0002, 0.003  # what a limit adds
RANGES = (
    Range(1e-6, 0.00064, 0.9e-9),
    Range(1e-5, 0.0006, 2.7e-9),
    Range(1e-4, 0.00056, 26e-9),
    Range(1e-3, 0.00061, 0.26e-6),
    Range(1e-2, 0.0008, 2.6e-6),
    Range(1e-1, 0.00121, 26e-6),
    Range(1.0, 0.0049, 1.47e-3),
    Range(3.0, 0.0049, 5e-3),  # of the 2420 and 2440
)
BY_OFFSET = 2  # in so many of the lowest ranges the offset is what counts
VOLTAGE_SHARE, VOLTAGE_OFFSET_V = 0.00035, 3.9e-3  # in the range of 20 V


def accuracy(largest_a: float, largest_v: float) -> Accuracy:
    """Most that readings are off commands up to so much, data sheet times `MARGIN`."""
    used = RANGES[BY_OFFSET : 1 + place(RANGES, largest_a)]
    shares = [
        one.share
        + LIMIT_SHARE
        + (one.offset_a + LIMIT_OF_RANGE * one.full_a) / (LEAST_OF_RANGE * one.full_a)
        for one in used
    ]
    lowest = RANGES[BY_OFFSET - 1]
    return Accuracy(
        MARGIN * max(shares, default=lowest.share),
        MARGIN * (lowest.offset_a + LIMIT_OF_RANGE * lowest.full_a),
        MARGIN * (VOLTAGE_SHARE * largest_v + VOLTAGE_OFFSET_V),
    )
