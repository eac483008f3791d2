"""Ranges of the Keithley 2450 family, and how far source and reading may be off a command.

Source: data sheet SPEC-2450 Rev. A, p. 2 (23 ± 5 °C, 1 year, 1 PLC); a limit of current is that of
the source in its range. [B] 4 to 7 A of the 2460 and 2461.
"""

from instruments.potentiostat.source_meter_ranges import LEAST_OF_RANGE, MARGIN, Range, place
from instruments.protocols import Accuracy

FULL_RANGE_V = 20.0  # the only range of voltage that is used
RANGES = (  # those below 1 µA settle in seconds, and are not used
    Range(1e-6, 0.0005, 0.7e-9),
    Range(1e-5, 0.0005, 2.2e-9),
    Range(1e-4, 0.0004, 21e-9),
    Range(1e-3, 0.0004, 0.21e-6),
    Range(1e-2, 0.0004, 2.1e-6),
    Range(1e-1, 0.0005, 21e-6),
    Range(1.0, 0.00097, 1.4e-3),
    Range(7.0, 0.00097, 10e-3),
)
BY_OFFSET = 2  # in so many of the lowest ranges the offset is what counts
VOLTAGE_SHARE, VOLTAGE_OFFSET_V = 0.0003, 3.4e-3  # in the range of 20 V


def accuracy(largest_a: float, largest_v: float) -> Accuracy:
    """Most that readings are off commands up to so much, data sheet times `MARGIN`.

    Of a current it is worst at the bottom of a range: 0.25 % by the data sheet up to 105 mA.
    """
    used = RANGES[BY_OFFSET : 1 + place(RANGES, largest_a)]
    shares = [one.share + one.offset_a / (LEAST_OF_RANGE * one.full_a) for one in used]
    lowest = RANGES[BY_OFFSET - 1]
    return Accuracy(
        MARGIN * max(shares, default=lowest.share),
        MARGIN * lowest.offset_a,
        MARGIN * (VOLTAGE_SHARE * largest_v + VOLTAGE_OFFSET_V),
    )
