"""Load cells whose values a file describes: what their options share, and values as counts.

`units` of the rig choose the values by their number, from 1; `count` is what one count is in the
values as they come: `0.01` for a weight with two digits, negative where load makes it smaller.
"""

import math
from typing import Annotated, Literal

from msgspec import Meta

from instruments.codecs.template import counted, printed
from instruments.options import LinkOptions, OptionError, Positive

Number = Annotated[int, Meta(ge=1, le=247)]
Units = Annotated[tuple[Number, ...], Meta(max_length=32)]
Name = Annotated[str, Meta(max_length=64)]
End = Literal["lf", "cr", "crlf"]
ENDS: dict[str, bytes] = {"lf": b"\n", "cr": b"\r", "crlf": b"\r\n"}  # what is sent
CUTS: dict[str, bytes] = {"lf": b"\n", "cr": b"\r", "crlf": b"\n"}  # where answers are cut


class ChannelOptions(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of load cells by a description.

    name: of the instrument, as records and errors call it. division_n and full_scale_n (N), one for
    all or one for each, and zero_counts, of each with nothing on it, are for the emulator: the
    driver reports plain counts.
    """

    name: Name = ""
    about: str = ""
    units: Units = ()  # which values, by number; empty: all
    count: float = 1.0
    division_n: Positive | Annotated[tuple[Positive, ...], Meta(min_length=1)] = 1.0
    zero_counts: tuple[float, ...] = ()  # of the rig
    full_scale_n: Positive | Annotated[tuple[Positive, ...], Meta(min_length=1)] = 1e6

    def __post_init__(self) -> None:
        """Raises OptionError."""
        if not math.isfinite(self.count) or not self.count:
            raise OptionError("count", "what one count is cannot be 0; write 1 for whole counts")

    def chosen(self, values: int) -> tuple[int, ...]:
        """Places of the values of `units` among so many, from 0."""
        return tuple([unit - 1 for unit in self.units]) if self.units else tuple(range(values))

    def require_units(self, values: int, where: str) -> None:
        """Raises OptionError at `where` for a unit that has no value."""
        most = max(self.units, default=1)
        if most > values:
            raise OptionError(
                where, f"it gives {values} of the values, and the rig has a load cell {most}"
            )

    def counts(self, values: tuple[float, ...]) -> tuple[int, ...]:
        """The values of `units` as counts. Raises BadReply beyond 32 bits."""
        return tuple([self.counted(values[place]) for place in self.chosen(len(values))])

    def counted(self, value: float) -> int:
        """One value as counts. Raises BadReply beyond 32 bits."""
        return counted(value, self.count, self.name)

    def of_each(self, value: float | tuple[float, ...], index: int) -> float:
        """What is one for all, or one for each."""
        return value[index] if isinstance(value, tuple) else value

    def printed(self, force_n: float, index: int) -> str:
        """What an emulated instrument says of a force at load cell `index`."""
        zero = self.zero_counts[index] if index < len(self.zero_counts) else 0.0
        return printed(round(zero + force_n / self.of_each(self.division_n, index)), self.count)

    def is_over(self, force_n: float, index: int) -> bool:
        """Whether a force is beyond the range of load cell `index`."""
        return abs(force_n) > self.of_each(self.full_scale_n, index)
