"""What every instrument's options have in common.

Rules: plain numbers with their unit in the name; unknown keys are errors; ranges are checked by
`msgspec.convert`. Quantities with units are the configuration's business, not ours.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0.0)]
Address = Annotated[int, Meta(ge=1, le=247)]
Byte = Annotated[int, Meta(ge=0, le=255)]
Every = Annotated[int, Meta(ge=1, le=1_000_000)]  # "each so many reads"


class OptionsError(ValueError):
    """A model that is not known, or options or an address that do not fit it."""


class OptionError(ValueError):
    """One option that does not fit; `field` is its name."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
        self.text = text


class LinkOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long an answer may take, and how old a value is when it leaves the instrument."""

    deadline_ms: Annotated[float, Meta(gt=0.0, le=10_000.0)] = 50.0  # of a whole answer
    # age of a value: filter delay, or half the integration time
    latency_ms: Annotated[float, Meta(ge=0.0, le=10_000.0)] = 0.0

    @property
    def deadline_ns(self) -> int:
        """Deadline of one whole answer, ns."""
        return round(self.deadline_ms * 1e6)

    @property
    def latency_ns(self) -> int:
        """Filter delay or half the integration window, ns."""
        return round(self.latency_ms * 1e6)
