"""Options of a PalmSens potentiostat."""

from typing import Annotated

from msgspec import Meta

from instruments.options import LinkOptions


class PalmsensEmstat4Options(LinkOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a PalmSens potentiostat.

    interval_ms: between two packages. voltage_max_v (V) and current_range_a (A): the largest that
    are accepted. alone_s: a script that nobody renews ends after this, and opens the cell.
    """

    deadline_ms: Annotated[float, Meta(gt=0.0, le=10_000.0)] = 500.0
    interval_ms: Annotated[float, Meta(ge=10.0, le=5_000.0)] = 50.0
    voltage_max_v: Annotated[float, Meta(gt=0.0, le=10.0)] = 5.0
    current_range_a: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.1
    alone_s: Annotated[float, Meta(ge=10.0, le=86_400.0)] = 3600.0

    @property
    def interval_ns(self) -> int:
        """Between two packages, ns."""
        return round(1e6 * self.interval_ms)
